"""A network that loses, cuts and forgets, and a service that is killed at any step: for the tests and the bench.

Time runs faster here, the same in each process: ``HurriedClock``. What the network took stands in a file, a line each, so
that it outlives whoever is killed. Run as a program it is the service until nothing is left to do.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from smdash.core.clock import decode, encode
from smdash.core.errors import ErrorKind, PlatformError
from smdash.platforms.base import Abilities, Platform
from smdash.platforms.outgoing import Outgoing, Published
from smdash.settings.service import AccountSettings
from smdash.store.connection import Store, open_store
from smdash.store.driver import Connection
from smdash.sync import publisher as publishing
from smdash.sync.ledger import Ledger
from smdash.sync.ledger import _line as ledger_line
from smdash.sync.plan import Source
from smdash.sync.publisher import Publisher
from smdash.sync.secrets import Secrets

T = TypeVar("T")
# A post that begins so is refused by the network, however often it is sent.
REFUSED = "ditolak"
# What is written into the row, each in a transaction; the name is that of the step in the code, "buried" where a
# service finds what another one left behind.
WRITES = (
    "begin", "sent", "found", "later", "failed", "unknown", "looked", "again", "hold", "checked", "check later", "meet",
    "buried later", "buried unknown", "buried found",
)  # fmt: skip
# What is written into the ledger: a line, synced.
NOTES = ("intent", "noted sent", "noted not")
# Where a service is killed: before, in and after each thing that it writes down or asks of the network. In a
# transaction that is before its commit, in the ledger in the middle of a line, in a call when it was done there.
POINTS = (
    "before the ledger begins", "after the ledger began",
    *(f"{when} {what}" for what in (*WRITES, *NOTES) for when in ("before", "in", "after")),
    "before upload", "before call", "in call", "after call", "before look", "after look", "before check", "after check",
)  # fmt: skip


class HurriedClock:
    """The machine's clock, *speed* times as fast since *base*."""

    def __init__(self, base: datetime, speed: float) -> None:
        self._base = base
        self._speed = speed

    def now(self) -> datetime:
        return self._base + (datetime.now(UTC) - self._base) * self._speed

    def monotonic(self) -> float:
        return time.monotonic() * self._speed


@dataclass
class Network:
    """Takes what is sent, or says so, or both, or neither. ``faults`` of a hundred calls go wrong.

    ``honours`` keys: the same key twice is one. What it took is seen by ``find`` up to ``hides`` later.
    """

    file: Path
    dice: random.Random
    faults: int = 0
    honours: bool = False
    hides: timedelta = timedelta()
    plan: list[str] = field(default_factory=list)
    asked: int = 0
    # What somebody took down again.
    removed: set[str] = field(default_factory=set)
    # What the posts' own pages answer; nothing where nobody could tell.
    pages: list[bool | None] = field(default_factory=list)
    die: Callable[[str], None] = lambda _point: None
    # Where it is kept how much of the plan is over, so that it outlives whoever is killed.
    over: Path | None = None

    def _next(self) -> str:
        if self.over is not None:
            with self.over.open("a") as opened:
                opened.write("x")
        return self.plan.pop(0)

    def taken(self) -> list[dict[str, Any]]:
        if not self.file.exists():
            return []
        return [json.loads(line) for line in self.file.read_text().splitlines()]

    def take(self, out: Outgoing) -> Published:
        known = next((one for one in self.taken() if one["key"] == out.key), None) if self.honours else None
        if known is None:
            known = {
                "key": out.key, "text": out.text, "id": f"r{os.urandom(6).hex()}", "at": encode(out.now),
                "above": out.above and out.above.remote_id, "root": out.above and out.above.root_id,
                "media": [f"{one.media_type} {one.alt}" for one in out.media],
                "seen": encode(out.now + self.hides * self.dice.random()),
            }  # fmt: skip
            handle = os.open(self.file, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)
            os.write(handle, (json.dumps(known) + "\n").encode())
            os.close(handle)
        return Published(str(known["id"]), f"https://kopi.example/{known['id']}")

    async def publish(self, out: Outgoing, _client: object) -> Published:
        self.asked += 1
        # What adapters do ahead of a write: logging in, reading what is answered, uploading what goes along.
        self.die("before upload")
        self.die("before call")
        what = self._next() if self.plan else "ok"
        if out.text.startswith(REFUSED):
            what = "refuse"
        elif not self.plan and self.faults and self.dice.randrange(100) < self.faults:
            what = self.dice.choice(["cut before", "lost", "cut after", "cut after", "trouble", "rate"])
        if what == "cut before":
            raise PlatformError(ErrorKind.NETWORK, "kopi.example: connection refused", arrived=False)
        if what == "lost":
            raise PlatformError(ErrorKind.NETWORK, "kopi.example broke off")
        if what == "trouble":
            raise PlatformError(ErrorKind.SERVER, "kopi.example is in trouble (500)")
        if what == "rate":
            raise PlatformError(
                ErrorKind.RATE, "kopi.example asks for fewer calls (429)", retry_at=out.now + timedelta(seconds=40),
                arrived=False,
            )  # fmt: skip
        if what == "refuse":
            raise PlatformError(ErrorKind.REJECTED, "kopi.example refused the request (422): too long", arrived=False)
        found = self.take(out)
        self.die("in call")
        if what == "cut after":
            raise PlatformError(ErrorKind.NETWORK, "kopi.example broke off")
        self.die("after call")
        return found

    async def find(self, out: Outgoing, _client: object) -> Published | None:
        self.die("before look")
        if self.plan[:1] == ["blind"] and self._next():
            raise PlatformError(ErrorKind.NETWORK, "kopi.example broke off")
        if self.faults and self.dice.randrange(100) < self.faults // 2:
            raise PlatformError(ErrorKind.NETWORK, "kopi.example broke off")
        self.die("after look")
        for one in self.taken():
            made_since = decode(one["at"]) >= out.first_at - timedelta(minutes=2)  # clocks differ
            same = one["text"] == out.text and one["above"] == (out.above and out.above.remote_id)
            if same and made_since and decode(one["seen"]) <= out.now:
                return Published(one["id"], f"https://kopi.example/{one['id']}")
        return None

    async def answers(self, url: str, _account_url: str, _client: object) -> bool | None:
        assert url.startswith("https://kopi.example/")
        return self.pages.pop(0) if self.pages else True

    async def is_there(self, _out: Outgoing, remote_id: str, _client: object) -> bool:
        self.die("before check")
        if self.plan:
            self._next()
            raise PlatformError(ErrorKind.NETWORK, "kopi.example broke off")
        if self.faults and self.dice.randrange(100) < self.faults // 2:
            raise PlatformError(ErrorKind.NETWORK, "kopi.example broke off")
        self.die("after check")
        return remote_id not in self.removed and any(one["id"] == remote_id for one in self.taken())


class Rig:
    """A publisher on a store, with that network behind all its accounts."""

    def __init__(self, store: Store, network: Network, folder: Path, account_ids: list[int]) -> None:
        self.store = store
        self.network = network
        self.publisher = Publisher(self._read, self._write, store.clock, Secrets(), folder, answers=network.answers)
        platform = Platform(
            name="x", title="X", code="X", status="live", load=lambda: network,  # type: ignore[arg-type,return-value]
            abilities=Abilities(publish=True, reply=True, media=True, threads=True, first_comment=True),
        )  # fmt: skip
        self.sources = {
            one: Source(platform, "x", AccountSettings("x", f"kopi{one}", token="t"), one) for one in account_ids
        }

    async def _read(self, work: Callable[[Connection], T]) -> T:
        with self.store.reading() as conn:
            return work(conn)

    async def _write(self, work: Callable[[Connection], T]) -> T:
        with self.store.writing() as conn:
            return work(conn)

    async def turn(self) -> int:
        """Begin what is due and wait for it."""
        begun = await self.publisher.turn(self.sources, "db", None)  # type: ignore[arg-type]
        await self.publisher.finished()
        return begun


def left(conn: Connection, *, checks: bool = False) -> int:
    """How many deliveries the service still has to do something about; with *checks* also those to be looked at."""
    (found,) = conn.execute(
        "SELECT count(*) FROM delivery WHERE state IN ('queued', 'sending') OR state = 'unknown' AND next_at IS NOT NULL "
        "OR ? AND state = 'sent' AND checked_at IS NULL",
        (checks,),
    ).fetchone()
    return int(found)


class Passes:
    """Counts how often each point was passed, and kills this process where it is told to. Kept in a file.

    ``kill`` is asked at each pass, with the point and how many passes there were in this process.
    """

    def __init__(self, file: Path, kill: Callable[[str, int], bool]) -> None:
        self.file = file
        self.kill = kill
        self.passed: Counter[str] = Counter()

    def __call__(self, point: str, half: Callable[[], object] = lambda: None) -> None:
        self.passed[point] += 1
        if self.kill(point, self.passed.total()):
            half()
            self.keep(point)
            os.kill(os.getpid(), signal.SIGKILL)

    def keep(self, killed_at: str | None) -> None:
        with self.file.open("a") as opened:
            opened.write(json.dumps({"killed_at": killed_at, "passed": self.passed}) + "\n")


def name_of(work: Any) -> str:
    """What a transaction of the publisher is for, among ``WRITES``."""
    step = getattr(work, "func", work)
    given = getattr(work, "keywords", {})
    name = str(step.__name__).strip("_").replace("_", " ")
    if name == "lambda" or name == "<lambda>":
        name = "meet"
    if name == "sent" and given.get("what") == "look":
        return "found"
    if name == "found":
        return "buried found"
    if name in ("later", "unknown") and "seconds" not in given:
        return f"buried {name}"
    return "again" if name == "missed" else name


def traced(rig: Rig, passes: Passes) -> None:
    """From here on each point that this process passes is noted, and may be its last."""
    rig.network.die = passes
    note, begun = Ledger.note, Ledger.__init__

    def began(self: Ledger, folder: Path, now: datetime) -> None:
        new = not (folder / "ledger.jsonl").exists()
        if new:
            passes("before the ledger begins")
        begun(self, folder, now)
        if new:
            passes("after the ledger began")

    def noted(self: Ledger, key: str, entry: Any) -> None:
        what = "intent" if entry.step == "intent" else f"noted {entry.step}"
        line = ledger_line(key, entry).encode()
        passes(f"before {what}")
        passes(f"in {what}", lambda: os.write(self._handle, line[: len(line) // 2]))
        note(self, key, entry)
        passes(f"after {what}")

    Ledger.__init__, Ledger.note = began, noted  # type: ignore[method-assign]
    write = rig._write

    async def written(work: Callable[[Connection], T]) -> T:
        name = name_of(work)

        def whole(conn: Connection) -> T:
            found = work(conn)
            passes(f"in {name}")
            return found

        passes(f"before {name}")
        found = await write(whole)
        passes(f"after {name}")
        return found

    rig.publisher._write = written  # type: ignore[assignment]


def every_point(file: Path, patience: int) -> Callable[[str, int], bool]:
    """Kill at every point in turn: at one where the fewest were killed so far, *file* tells, over all of ``POINTS``.

    What is rarely passed is waited for: for each *patience* passes one kill more is allowed to count as few.
    """
    killed: Counter[str] = Counter(dict.fromkeys(POINTS, 0))
    if file.exists():
        killed.update(one for one in (json.loads(line)["killed_at"] for line in file.open()) if one)
    fewest = min(killed.values())
    return lambda point, passed: killed[point] < max(fewest + passed // patience, 1)


async def serve(
    db: Path,
    folder: Path,
    taken: Path,
    base: datetime,
    speed: float,
    seed: int,
    *,
    faults: int,
    honours: bool,
    passes: Path | None = None,
    patience: int = 0,
) -> None:
    """Be the service until nothing is left to do, or until one is killed."""
    dice = random.Random(seed)
    clock = HurriedClock(base, speed)
    with open_store(db, clock=clock, service=True, any_thread=True) as store:
        with store.reading() as conn:
            accounts = [row[0] for row in conn.execute("SELECT id FROM account").fetchall()]
        network = Network(taken, dice, faults, honours, timedelta(seconds=60))
        rig = Rig(store, network, folder, accounts)
        counted = None
        if passes is not None:
            counted = Passes(passes, every_point(passes, patience))
            traced(rig, counted)
        while True:
            await rig.publisher.turn(rig.sources, "db", None)  # type: ignore[arg-type]
            await asyncio.sleep(0.002)
            if not rig.publisher._running and not await rig._read(partial(left, checks=passes is not None)):
                break
        await rig.publisher.close()
        if counted is not None:
            counted.keep(None)


def until_settled(given: dict[str, Any]) -> int:
    """Begin the service again whenever it was killed, until nothing is left to do; returns how often that was.

    Children are forks, so that a death costs no start of Python: nothing may be open here.
    """
    kills = 0
    while (ended := in_child(lambda seed=kills: asyncio.run(serve(**given, seed=seed)))) == -signal.SIGKILL:
        kills += 1
    if ended:
        raise SystemExit(f"the service ended with {ended}")
    return kills


def in_child(work: Callable[[], object]) -> int:
    """Do it in a child of this process; returns how that ended: 0, 1, or minus a signal."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            work()
            code = 0
        except BaseException:
            traceback.print_exc()
        os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def summary(file: Path) -> dict[str, dict[str, int]]:
    """How often each point was passed, and how often a service died there."""
    passed: Counter[str] = Counter(dict.fromkeys(POINTS, 0))
    killed: Counter[str] = Counter(dict.fromkeys(POINTS, 0))
    for one in map(json.loads, file.read_text().splitlines()):
        passed.update(one["passed"])
        killed.update([one["killed_at"]] if one["killed_at"] else [])
    return {"passed": dict(passed), "killed": dict(killed)}


if __name__ == "__main__":
    asked = json.loads(sys.argv[1])
    publishing.log.setLevel("CRITICAL")
    folders = {name: Path(asked.pop(name)) for name in ("db", "folder", "taken", "passes")}
    print(until_settled(asked | folders | {"base": decode(asked["base"])}))
