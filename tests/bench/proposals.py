"""A day's proposals in a file of five years of a team of fifty: 5,000,000 events and 1,000,000 time entries."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from smdash.core.clock import FixedClock, encode
from smdash.core.records import Actor
from smdash.store import proposals, pulse, teams
from smdash.store.connection import open_store
from smdash.store.driver import Connection
from tests.bench.common import arguments, database, p95, report, uss_mb

LAST = date(2026, 11, 27)
NOW = datetime(2026, 11, 27, 10, 0, tzinfo=UTC)
MEMBERS, DAYS = 50, 5 * 260
# What a member does with mentions, and of which subject the book tells it; some of it in batches of this many rows.
VERBS = (("reply", "delivery"), ("done", "mention"), ("label", "mention"), ("hide", "delivery"), ("move", "post"))
BATCH = 20
ASKED = 60


def work_days() -> list[date]:
    """The last DAYS days from Monday to Friday."""
    found: list[date] = []
    day = LAST
    while len(found) < DAYS:
        if day.weekday() < 5:
            found.append(day)
        day -= timedelta(days=1)
    return found[::-1]


def happened(events: int, seed: int = 1) -> Iterator[tuple[Any, ...]]:
    """Events by time: each working day as many, between 9 and 17 in Jakarta."""
    chance = random.Random(seed)
    number = 0
    for day in work_days():
        begin = datetime(day.year, day.month, day.day, 2, tzinfo=UTC)
        for second in sorted(chance.randrange(8 * 3600 - 600) for _one in range(events // DAYS)):
            number += 1
            verb, subject = VERBS[chance.randrange(len(VERBS))]
            member = 1 + number // BATCH % MEMBERS if chance.random() < 0.3 else chance.randrange(1, MEMBERS + 1)
            step = number - number % BATCH + 1 if verb == "done" else number
            stamp = encode(begin + timedelta(seconds=second))
            yield stamp, member, "ana", verb, subject, chance.randrange(1, 10_000), '{"state": 1}', '{"state": 2}', step


def entries(count: int) -> Iterator[tuple[Any, ...]]:
    """Fifteen minutes each, with holes between them; none on the last day."""
    each = count // (DAYS * MEMBERS)
    for day in work_days()[:-1]:
        begin = datetime(day.year, day.month, day.day, 2, tzinfo=UTC)
        for member in range(1, MEMBERS + 1):
            for at in range(each + 1):
                start = begin + timedelta(minutes=30 * at)
                yield member, 1 + at % 11, encode(start), encode(start + timedelta(minutes=15)), encode(start)


def fill(path: Path, events: int, count: int) -> None:
    with open_store(path) as store:
        conn = store.conn
        conn.execute("PRAGMA synchronous = OFF")
        with store.writing():
            for number in range(MEMBERS):
                teams.join(conn, f"member{number}", f"Member {number}", f"member{number}", NOW)
            conn.executemany(
                "INSERT INTO event (at, member_id, login, verb, subject, subject_id, before, after, step) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                happened(events),
            )
            conn.executemany(
                "INSERT INTO time_entry (member_id, activity_id, started_at, ended_at, created_at) VALUES (?, ?, ?, ?, ?)",
                entries(count),
            )
            conn.execute(
                "INSERT INTO time_entry (member_id, activity_id, started_at, created_at) SELECT id, 1, ?1, ?1 FROM member "
                "WHERE id NOT IN (SELECT member_id FROM time_entry WHERE ended_at IS NULL)",
                (encode(NOW - timedelta(hours=8)),),
            )


def measured(conn: Connection) -> dict[str, Any]:
    chance = random.Random(2)
    days = work_days()
    taken: dict[str, list[float]] = {"day": [], "write": [], "week": [], "seen": []}
    found = 0

    def timed(name: str, work: Callable[..., Any], *values: Any) -> Any:
        began = time.perf_counter()
        got = work(conn, *values)
        taken[name].append((time.perf_counter() - began) * 1000)
        return got

    for _turn in range(ASKED):
        member, day = chance.randrange(1, MEMBERS + 1), chance.choice(days[-250:])
        monday = day - timedelta(days=day.weekday())
        timed("day", proposals.day, member, day, NOW)
        found += len(timed("write", proposals.refresh, Actor(member, "m", "M", "m"), day, NOW))
        timed("week", proposals.left, member, [monday + timedelta(days=n) for n in range(7)], NOW)
        # What runs since the morning without a key: the longest look back.
        timed("seen", pulse.seen, member, NOW, UTC, 15)
    return {f"{name}_p95_ms": round(p95(values), 1) for name, values in taken.items()} | {
        "proposals_a_day": round(found / ASKED, 1)
    }


def child(path: str) -> None:
    """What a process of its own needs, which is how a command or a desk computes them."""
    store = open_store(Path(path), clock=FixedClock(NOW), any_thread=True)
    before = uss_mb(os.getpid())
    with store, store.writing() as conn:
        figures = measured(conn)
    print(
        json.dumps(
            figures | {"own_mb": round(uss_mb(os.getpid()), 1), "grown_mb": round(uss_mb(os.getpid()) - before, 1)}
        )
    )


def main() -> None:
    asked = arguments(events=5_000_000, entries=1_000_000)
    with database(10_000) as path:
        fill(path, asked.events, asked.entries)
        code = f"from tests.bench.proposals import child; child({str(path)!r})"
        done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    figures = json.loads(done.stdout) | {"goal": "p95 <= 300 ms, <= 60 MB"}
    report("proposals", {"events": asked.events, "entries": asked.entries, **figures}, asked.json)


if __name__ == "__main__":
    main()
