"""One delivery's way, killed at every point of it: run as a program it says, as JSON, where it was killed and what became
of it.

``PLANS`` are what the network does. Each is run once to the end, so that it is known which points it passes in which
order; then again for each of them, killed there, begun again, and looked at: at each of its passes where the network
ignores keys, at the first alone where it honours them. Where a restart has steps of its own, it
is killed at those, too. Time is moved by hand and kept in a file, so that nothing is waited for.
"""

from __future__ import annotations

import asyncio
import json
import random
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from smdash.core import threads
from smdash.core.clock import FixedClock, decode, encode
from smdash.core.records import Category, DeliveryState, Format
from smdash.store import posts, resolving, teams
from smdash.store.connection import create_file, open_store
from smdash.sync import publisher as publishing
from tests.publishing import POINTS, REFUSED, Network, Passes, Rig, in_child, left, traced

NOW = datetime(2026, 11, 23, 7, 5, tzinfo=UTC)
STEP = timedelta(seconds=10)
Kill = Callable[[str, int], bool]


@dataclass(frozen=True)
class Plan:
    """What the network does at each call, and in which states it may end, with how many posts out."""

    does: tuple[str, ...]
    ends: frozenset[tuple[str, int]] = frozenset({("sent", 1)})
    text: str = "Cara seduh V60"
    late: bool = False
    comment: str = ""


PLANS = {
    "all goes well": Plan(("ok",)),
    "the check fails first": Plan(("ok", "cut")),
    "the answer is cut": Plan(("cut after",)),
    "the answer is cut, and the first look too": Plan(("cut after", "blind")),
    "the call is lost": Plan(("lost", "ok")),
    "fewer calls are wanted": Plan(("rate", "ok")),
    "a thread with a first comment": Plan(
        ("ok", "cut after"), text="Cara seduh V60\n---\nGiling kasar", comment="Menu"
    ),
    "refused": Plan((), frozenset({("failed", 0)}), f"{REFUSED}: Cara seduh V60"),
    "late": Plan((), frozenset({("held", 0)}), late=True),
}
# How many wrong ends are told before it is given up.
ENOUGH = 5
# Where the service has to die first, so that the next one has something to find out.
BEFORE = ("after begin", "after intent", "after noted sent")


def run(folder: Path, plan: Plan, honours: bool, kill: Kill) -> None:
    """Be the service until all is settled, or until one is killed."""
    told = folder / "clock"
    clock = FixedClock(decode(told.read_text()) if told.exists() else NOW)
    over = folder / "over"
    done = len(over.read_text()) if over.exists() else 0

    async def work() -> None:
        with open_store(folder / "desk.db", clock=clock, service=True, any_thread=True) as store:
            network = Network(
                folder / "taken.jsonl", random.Random(1), honours=honours, plan=list(plan.does[done:]), over=over
            )
            rig = Rig(store, network, folder / "service", [1])
            passes = Passes(folder / "passes.jsonl", kill)
            traced(rig, passes)
            for _turn in range(200):
                await rig.turn()
                if not await rig._read(partial(left, checks=True)):
                    break
                clock.move(STEP)
                told.write_text(encode(clock.now()))
            await rig.publisher.close()
            passes.keep(None)

    asyncio.run(work())


def at(number: int) -> Kill:
    """Kill at that pass, counted from 1."""
    return lambda _point, passed: passed == number


def at_point(point: str) -> Kill:
    return lambda passed, _number: passed == point


def never(_point: str, _passed: int) -> bool:
    return False


class Trials:
    """Runs plans with kills, and notes where it was killed and what was wrong afterwards."""

    def __init__(self, folder: Path, honours: bool) -> None:
        self.folder = folder
        self.honours = honours
        self.killed: Counter[str] = Counter()
        self.passed: Counter[str] = Counter()
        self.wrong: list[str] = []
        self.runs = 0

    def try_all(self) -> None:
        for name, plan in PLANS.items():
            self._try(name, plan, [])
        for point in BEFORE:
            self._try("all goes well", PLANS["all goes well"], [at_point(point)])

    def _try(self, name: str, plan: Plan, first: list[Kill]) -> None:
        """Kill at each pass of what comes after *first*."""
        passed = self._trial(name, plan, first)
        last = [at_point(point) for point in passed] if self.honours else [
            at(number) for number in range(1, sum(passed.values()) + 1)
        ]  # fmt: skip
        for kill in last:
            if len(self.wrong) >= ENOUGH:
                return
            self._trial(name, plan, [*first, kill])

    def _trial(self, name: str, plan: Plan, kills: list[Kill]) -> dict[str, int]:
        """One delivery's way with these deaths; returns which points its last service passed, how often."""
        self.runs += 1
        folder = self.folder / f"trial{self.runs}"
        folder.mkdir()
        shutil.copyfile(self._template(plan), folder / "desk.db")
        deaths = []
        for kill in [*kills, never]:
            ended = in_child(partial(run, folder, plan, self.honours, kill))
            told = json.loads((folder / "passes.jsonl").read_text().splitlines()[-1])
            self.passed.update(told["passed"])
            if told["killed_at"] is not None:
                deaths.append(told["killed_at"])
                self.killed[told["killed_at"]] += 1
            elif ended:
                self.wrong.append(f"{name}: ended with {ended} after {deaths}")
        self._judge(f"{name}, killed {' and '.join(deaths) or 'never'}", folder, plan)
        shutil.rmtree(folder)
        return dict(told["passed"])

    def _judge(self, story: str, folder: Path, plan: Plan) -> None:
        taken = folder / "taken.jsonl"
        out = [json.loads(line) for line in taken.read_text().splitlines()] if taken.exists() else []
        with open_store(folder / "desk.db", read_only=True) as store, store.reading() as conn:
            rows = resolving.select(conn, tuple(DeliveryState))
        for row in rows:
            mine = [one for one in out if one["text"] == row.body]
            found = (row.state.value, len(mine))
            if found not in plan.ends:
                self.wrong.append(f"{story}: {found} {row.error}")
            elif row.state is DeliveryState.SENT and (row.remote_id != mine[0]["id"] or row.gone_at or not row.sent_at):
                self.wrong.append(f"{story}: sent, but as {row.remote_id}, gone at {row.gone_at}")
            elif row.state is not DeliveryState.SENT and not row.error:
                self.wrong.append(f"{story}: {found} without a reason")
            if len({one["key"] for one in mine}) > 1:
                self.wrong.append(f"{story}: sent with another key")
        texts = [*threads.parts(plan.text), *([plan.comment] if plan.comment else [])]
        if sorted(row.body for row in rows) != sorted(texts) or len(out) > len(rows):
            self.wrong.append(f"{story}: {[row.body for row in rows]} of {texts}, {len(out)} out")

    def _template(self, plan: Plan) -> Path:
        path = self.folder / f"{'late' if plan.late else 'due'}-{len(plan.text)}-{len(plan.comment)}.db"
        if path.exists():
            return path
        # In a child, so that this process never opens what its other children open.

        def make() -> None:
            create_file(path)
            with open_store(path, clock=FixedClock(NOW)) as store, store.writing() as conn:
                teams.start(conn, "Kopi Senja", "Asia/Jakarta")
                me = teams.join(conn, "ana", "Ana", "ana", NOW)
                teams.put_account(conn, "x", "kopi1", NOW)
                posts.add(
                    conn, me, NOW - timedelta(days=1), accounts=teams.accounts(conn), category=Category.EDUCATION,
                    format=Format.TEXT, body=plan.text, due_at=NOW - (timedelta(hours=3) if plan.late else timedelta()),
                    zone="Asia/Jakarta", first_comment=plan.comment or None,
                )  # fmt: skip

        if in_child(make):
            raise SystemExit("no database could be made")
        return path


def main(honours: bool) -> dict[str, Any]:
    publishing.log.setLevel("CRITICAL")
    with tempfile.TemporaryDirectory() as name:
        trials = Trials(Path(name), honours)
        trials.try_all()
    return {
        "runs": trials.runs,
        "wrong": trials.wrong,
        "killed": trials.killed,
        "never": [point for point in POINTS if not trials.killed[point]],
        "nameless": sorted((trials.passed | trials.killed).keys() - set(POINTS)),
    }


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1] == "honours")))
