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
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from smdash.core.clock import decode, encode
from smdash.core.errors import ErrorKind, PlatformError
from smdash.platforms.base import Abilities, Platform
from smdash.platforms.outgoing import Outgoing, Published
from smdash.settings.service import AccountSettings
from smdash.store import outbox
from smdash.store.connection import Store, open_store
from smdash.store.driver import Connection
from smdash.sync import publisher as publishing
from smdash.sync.ledger import Ledger
from smdash.sync.plan import Source
from smdash.sync.publisher import Publisher
from smdash.sync.secrets import Secrets

T = TypeVar("T")
# Where a service is killed: before and after each thing that it writes down or asks of the network.
POINTS = (
    "before begin", "after begin", "before intent", "after intent", "before call", "in call", "after call",
    "before outcome in the ledger", "after outcome in the ledger", "before outcome", "after outcome",
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
    die: Callable[[str], None] = lambda _point: None

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
        self.die("before call")
        what = self.plan.pop(0) if self.plan else "ok"
        if not self.plan and self.faults and self.dice.randrange(100) < self.faults:
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
        if self.faults and self.dice.randrange(100) < self.faults // 2:
            raise PlatformError(ErrorKind.NETWORK, "kopi.example broke off")
        for one in self.taken():
            made_since = decode(one["at"]) >= out.first_at - timedelta(minutes=2)  # clocks differ
            same = one["text"] == out.text and one["above"] == (out.above and out.above.remote_id)
            if same and made_since and decode(one["seen"]) <= out.now:
                return Published(one["id"], f"https://kopi.example/{one['id']}")
        return None

    async def is_there(self, _out: Outgoing, remote_id: str, _client: object) -> bool:
        if self.plan:
            self.plan.pop(0)
            raise PlatformError(ErrorKind.NETWORK, "kopi.example broke off")
        return remote_id not in self.removed and any(one["id"] == remote_id for one in self.taken())


class Rig:
    """A publisher on a store, with that network behind all its accounts."""

    def __init__(self, store: Store, network: Network, folder: Path, account_ids: list[int]) -> None:
        self.store = store
        self.network = network
        self.publisher = Publisher(self._read, self._write, store.clock, Secrets(), folder)
        platform = Platform(
            name="x", title="X", code="X", status="live", load=lambda: network,  # type: ignore[arg-type,return-value]
            abilities=Abilities(publish=True, reply=True, media=True, threads=True),
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


def left(conn: Connection) -> int:
    """How many deliveries the service still has to do something about."""
    (found,) = conn.execute(
        "SELECT count(*) FROM delivery WHERE state IN ('queued', 'sending') OR state = 'unknown' AND next_at IS NOT NULL"
    ).fetchone()
    return int(found)


def deadly(rig: Rig, dice: random.Random, one_in: int) -> None:
    """From here on this process is killed at one of so many passes of a point, whichever that is."""

    def die(_point: str) -> None:
        if dice.randrange(one_in) == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    rig.network.die = die
    note = Ledger.note

    def noted(self: Ledger, key: str, entry: Any) -> None:
        what = "intent" if entry.step == "intent" else "outcome in the ledger"
        die(f"before {what}")
        note(self, key, entry)
        die(f"after {what}")

    Ledger.note = noted  # type: ignore[method-assign]
    write = rig._write

    async def written(work: Callable[[Connection], T]) -> T:
        step = getattr(work, "func", None)
        what = "begin" if step is outbox.begin else "outcome"
        die(f"before {what}")
        found = await write(work)
        die(f"after {what}")
        return found

    rig.publisher._write = written  # type: ignore[assignment]


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
    one_in: int,
) -> None:
    """Be the service until nothing is left to do, or until one is killed."""
    dice = random.Random(seed)
    clock = HurriedClock(base, speed)
    with open_store(db, clock=clock, service=True, any_thread=True) as store:
        with store.reading() as conn:
            accounts = [row[0] for row in conn.execute("SELECT id FROM account").fetchall()]
        network = Network(taken, dice, faults, honours, timedelta(seconds=60))
        rig = Rig(store, network, folder, accounts)
        if one_in:
            deadly(rig, dice, one_in)
        while True:
            await rig.publisher.turn(rig.sources, "db", None)  # type: ignore[arg-type]
            await asyncio.sleep(0.002)
            if not rig.publisher._running and not await rig._read(left):
                break
        await rig.publisher.close()


if __name__ == "__main__":
    given = json.loads(sys.argv[1])
    publishing.log.setLevel("CRITICAL")
    asyncio.run(serve(
        Path(given["db"]), Path(given["folder"]), Path(given["taken"]), decode(given["base"]), given["speed"], given["seed"],
        faults=given["faults"], honours=given["honours"], one_in=given["one_in"],
    ))  # fmt: skip
