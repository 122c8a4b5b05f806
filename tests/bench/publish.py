"""Publishing under faults: 40 of 100 calls go wrong and the service is killed at every point in turn, until all is settled.

Once with a network that takes the same key once, and once with one that ignores keys. Then, without faults, how late
deliveries go out, and five hundred due in one minute over ten accounts. Time runs *speed* times as fast in the first part.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from smdash.core.clock import SystemClock, encode
from smdash.core.records import Category, DeliveryState, Format
from smdash.store import posts, resolving, teams
from smdash.store.connection import Store, create_file, open_store
from smdash.sync.service import BUSY_TICK_S, TICK_S
from tests.bench.common import arguments, p95, report
from tests.publishing import REFUSED, Network, Rig, left, summary

# How many posts are refused by the network, and how many are late, beside those that are measured.
EXTRA = 20


def main() -> None:
    asked = arguments(mentions=0, deliveries=2_000, faults=40, speed=60, patience=100)
    figures: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as name:
        os.environ["SMDASH_STATE_DIR"] = name
        for honours in (True, False):
            folder = Path(name) / f"honours-{honours}"
            folder.mkdir()
            found = _under_faults(folder, asked, honours=honours)
            figures |= {f"{'keys' if honours else 'no_keys'}_{what}": value for what, value in found.items()}
        figures |= asyncio.run(_minute(Path(name)))
    figures["goal"] = "0 duplicates, 0 lost, 0 falsely sent; <= 1 % left to a person"
    report("publish", figures, asked.json)


def _filled(path: Path, accounts: int, count: int, base: datetime, spread: timedelta, word: str = "nomor") -> None:
    new = not path.exists()
    if new:
        create_file(path)
    with open_store(path) as store, store.writing() as conn:
        if new:
            teams.start(conn, "Kopi Senja", "Asia/Jakarta")
        me = teams.join(conn, "ana", "Ana", "ana", base)
        for number in range(accounts):
            teams.put_account(conn, "x", f"kopi{number}", base)
        known = teams.accounts(conn)
        for number in range(count):
            posts.add(
                conn, me, base, accounts=[known[number % accounts]], category=Category.EDUCATION, format=Format.TEXT,
                body=f"{word} {number}", due_at=base + spread * (number / max(count, 1)), zone="Asia/Jakarta",
            )  # fmt: skip


def _under_faults(folder: Path, asked: Any, *, honours: bool) -> dict[str, Any]:
    base = datetime.now(UTC)
    path, taken = folder / "desk.db", folder / "taken.jsonl"
    _filled(path, 20, asked.deliveries, base, timedelta())
    # Some that are refused, and some that were due long ago: those steps are points, too.
    _filled(path, 20, EXTRA, base, timedelta(), REFUSED)
    _filled(path, 20, EXTRA, base - timedelta(hours=3), timedelta(), "terlambat")
    passes, began = folder / "passes.jsonl", time.perf_counter()
    given = {
        "db": str(path), "folder": str(folder / "service"), "taken": str(taken), "base": encode(base),
        "speed": asked.speed, "faults": asked.faults, "honours": honours, "passes": str(passes),
        "patience": asked.patience,
    }  # fmt: skip
    # One process that forks the services: it opens nothing itself.
    ended = subprocess.run(
        [sys.executable, "-m", "tests.publishing", json.dumps(given)], stdout=subprocess.PIPE, check=True
    )
    kills, points = int(ended.stdout), summary(passes)
    texts = [json.loads(line)["text"] for line in taken.read_text().splitlines()]
    with open_store(path, read_only=True) as store, store.reading() as conn:
        rows = resolving.select(conn, tuple(DeliveryState))
    extra = [row for row in rows if not row.body.startswith("nomor")]
    rows = [row for row in rows if row.body.startswith("nomor")]
    out = {row.body for row in rows if row.state is DeliveryState.SENT}
    asks = [row for row in rows if row.state in (DeliveryState.UNKNOWN, DeliveryState.FAILED, DeliveryState.HELD)]
    return {
        "deliveries": len(rows),
        "kills": kills,
        "minutes": round((time.perf_counter() - began) / 60, 1),
        "duplicates": len(texts) - len(set(texts)),
        "lost": sum(row.state in (DeliveryState.QUEUED, DeliveryState.SENDING) for row in rows),
        "falsely_sent": len(out - set(texts)),
        "failed_but_out": sum(row.state is DeliveryState.FAILED and row.body in texts for row in rows),
        "left_because": dict(Counter(f"{row.state} {row.held_for or ''}".strip() for row in asks)),
        "left_to_a_person": f"{len(asks)} = {100 * len(asks) / len(rows):.2f} %",
        # Passes of each point, and how many of them were the service's last.
        "refused_or_late": len(extra),
        "refused_or_late_but_out": sum(row.body in texts for row in extra),
        "points": {point: f"{times}, killed {points['killed'][point]}" for point, times in points["passed"].items()},
        "points_never_met": [point for point, times in points["passed"].items() if not times],
        "points_never_killed_at": [point for point, times in points["killed"].items() if not times],
    }


async def _minute(folder: Path) -> dict[str, Any]:
    """Five hundred due within a minute over ten accounts, one and a half second's calls, in the machine's own time."""
    base = datetime.now(UTC) + timedelta(seconds=3)
    path = folder / "minute.db"
    _filled(path, 10, 500, base, timedelta(seconds=60))
    with open_store(path, clock=SystemClock(), service=True, any_thread=True) as store:
        network = Network(folder / "minute.jsonl", random.Random(1))
        rig = Rig(store, network, folder / "minute", list(range(1, 11)))
        began = time.perf_counter()
        while True:
            await rig.publisher.turn(rig.sources, "db", None)  # type: ignore[arg-type]
            # As the service's loop does.
            await asyncio.sleep(BUSY_TICK_S if rig.publisher.busy else TICK_S)
            if not await rig._read(left):
                break
        took = time.perf_counter() - began
        await rig.publisher.close()
        late = _late(store)
    return {
        "minute_deliveries": len(late),
        "minute_due_to_sent_p50_s": round(statistics.median(late), 2),
        "minute_due_to_sent_p95_s": round(p95(late), 2),
        "minute_all_out_after_s": round(took, 1),
        "minute_duplicates": len(network.taken()) - len({one["text"] for one in network.taken()}),
    }


def _late(store: Store) -> list[float]:
    with store.reading() as conn:
        rows = resolving.select(conn, (DeliveryState.SENT,))
    return [(row.sent_at - row.due_at).total_seconds() for row in rows if row.sent_at is not None]


if __name__ == "__main__":
    main()
