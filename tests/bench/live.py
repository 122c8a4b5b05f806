"""From another process's commit to the changed screen, with many dashboards open and steady writes."""

from __future__ import annotations

import random
import statistics
import subprocess
import sys
import time
from pathlib import Path

from smdash.store.connection import open_store
from tests.bench.common import SMDASH, Terminal, arguments, database, news, p95, report

WRITER = """
import sys, time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from smdash.core.errors import StoreBusy
from smdash.core.records import IncomingMention, MentionKind
from smdash.store import journal, mentions
from smdash.store.connection import open_store
path, rate, seconds = Path(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3])
with open_store(path, service=True) as store:
    end = time.monotonic() + seconds
    n = 0
    due = time.monotonic()
    while time.monotonic() < end:
        now = datetime.now(UTC)
        one = IncomingMention("x", "kopi", f"live{now.timestamp()}-{n}", MentionKind.MENTION, "budi", "Budi", "masuk", None, now)
        try:
            with store.writing() as conn:
                mentions.apply(conn, [one], {"mention": 240}, now)
        except StoreBusy:
            continue  # as the service does: what was not written is tried again
        n += 1
        if n % rate == 0:
            journal.shorten(store)
        due += 1 / rate
        time.sleep(max(due - time.monotonic(), 0))
print(n)
"""


def main() -> None:
    asked = arguments(mentions=10_000, desks=20, rate=100, samples=60)
    latencies: list[float] = []
    with database(asked.mentions) as path:
        desks = [Terminal([*SMDASH, "--db", str(path)]) for _desk in range(asked.desks)]
        try:
            for desk in desks:
                desk.wait_for(b"open", 60)
            time.sleep(3)
            seconds = asked.samples * 0.5 + 8
            writer = subprocess.Popen([sys.executable, "-c", WRITER, str(path), str(asked.rate), str(seconds)])
            time.sleep(2)
            latencies = _sample(path, desks, asked.samples)
            writer.wait()
        finally:
            for desk in desks:
                desk.close()
    figures = {
        "mentions": asked.mentions,
        "desks": asked.desks,
        "writes_per_s": asked.rate,
        "p50_ms": round(statistics.median(latencies), 1),
        "p95_ms": round(p95(latencies), 1),
        "goal": "p95 <= 150 ms",
    }
    report("live", figures, asked.json)


def _sample(path: Path, desks: list[Terminal], count: int) -> list[float]:
    """Commit a post's text that a desk must draw, and time it; the other desks are drained in between."""
    found: list[float] = []
    dice = random.Random(4)
    with open_store(path) as store:
        for turn in range(count):
            for desk in desks:
                while desk.read(0):
                    pass
                desk.output = b""
            watched = dice.choice(desks)
            word = news(turn)
            with store.writing() as conn:
                conn.execute("UPDATE post SET body = ? WHERE id = 5", (word,))
            began = time.perf_counter()
            while time.perf_counter() - began < 3:
                watched.read(0.02)
                if word.encode() in watched.output:
                    break
            found.append((time.perf_counter() - began) * 1000)
            time.sleep(dice.uniform(0.2, 0.45))
    return found


if __name__ == "__main__":
    main()
