"""Triage while colleagues do the same: keys of one desk of six with mentions coming in, and claims seen by the others.

``first byte`` is the first that comes after a key; with news on their way it may be theirs, so ``done`` and ``undo`` are
also timed until the row's own text has gone or come back. A claim is written by another process and looked for on every
other desk's screen.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from smdash.core.query import parse
from smdash.core.records import Actor
from smdash.core.views import FIRST
from smdash.store import claims, finding, teams
from smdash.store.connection import open_store
from smdash.store.inbox import Order
from tests.bench.common import SMDASH, Terminal, arguments, database, p95, report, uss_mb
from tests.bench.live import WRITER
from tests.bench.load import Drain

STEPS = {"move": [b"j", b"k"], "mark": [b" ", b"k"], "done": [b"d"], "undo": [b"u"], "open": [b"\r"]}
FILTER = [b"/", *(bytes([letter]) for letter in b"pesanan")]
# A lone Escape is only known for one when nothing has followed it for a while (ESCDELAY), so it is not timed.
BACK = {"open": 1, "filter": len(FILTER)}


def main() -> None:
    asked = arguments(mentions=10_000, desks=6, rate=100, times=30, claims=40)
    figures: dict[str, object] = {
        "mentions": asked.mentions, "desks": asked.desks, "arrivals_per_s": asked.rate,
    }  # fmt: skip
    with database(asked.mentions) as path:
        desks = [Terminal([*SMDASH, "--db", str(path)]) for _desk in range(asked.desks)]
        try:
            for desk in desks:
                desk.wait_for(b"open", 60)
            time.sleep(2)
            drain = Drain(desks[1:])
            drain.start()
            writer = subprocess.Popen(
                [sys.executable, "-c", WRITER, str(path), str(asked.rate), "600"], stdout=subprocess.DEVNULL
            )
            time.sleep(2)
            began = time.monotonic()
            try:
                before = [uss_mb(desk.pid) for desk in desks]
                figures |= _keys(desks[0], asked.times)
                figures |= _claims(path, desks, drain, asked.claims)
                figures |= _reads(path)
                after = [uss_mb(desk.pid) for desk in desks]
                figures["memory_mb"] = f"{max(before):.1f} at most at first, {max(after):.1f} at the end"
                figures["minutes"] = round((time.monotonic() - began) / 60, 1)
            finally:
                writer.kill()
        finally:
            for desk in desks:
                desk.close()
    figures["goal"] = "keys p95 <= 10 ms; a claim seen by others p95 <= 1000 ms; memory flat"
    report("triage", figures, asked.json)


def _keys(desk: Terminal, times: int) -> dict[str, object]:
    found: dict[str, object] = {}
    for name, keys in {**STEPS, "filter": FILTER}.items():
        took = []
        for turn in range(times):
            # What was on its way is read first.
            desk.quiet(0.02) if turn % 4 else desk.read(0.15)
            took.append(desk.key(keys[turn % len(keys)], 0.03)[0] * 1000)
            time.sleep(0.1)
            if name in BACK and (turn + 1) % BACK[name] == 0:
                os.write(desk.fd, b"\x1b")
                desk.read(0.3)
                time.sleep(0.3)
        found[f"{name}_p50_ms"] = round(statistics.median(took), 2)
        found[f"{name}_p95_ms"] = round(p95(took), 2)
        os.write(desk.fd, b"\x1b")
        desk.read(0.3)
        time.sleep(0.5)
    return found


def _claims(path: Path, desks: list[Terminal], drain: Drain, count: int) -> dict[str, object]:
    """How long after its commit a claim on the first row stands on the other desks."""
    late: list[float] = []
    expected = 0
    with open_store(path) as store:
        now = datetime.now(UTC)
        with store.writing() as conn:
            actor = teams.join(conn, "zulaikha", "Zulaikha", "zulaikha", now)
            (first,) = conn.execute(
                "SELECT id FROM mention WHERE state = 'open' AND own = 0 ORDER BY sent_at, id LIMIT 1"
            ).fetchone()
        for desk in desks[1:]:
            # Rows that were undone came back above their cursor, out of sight.
            os.write(desk.fd, b"\x1b[H")
        time.sleep(1)
        for turn in range(count):
            drain.looking_for = b"Zulaikha"
            drain.seen = {}
            with store.writing() as conn:
                claims.begin_reply(conn, actor, first, f"bench{turn}", datetime.now(UTC))
            marked = time.perf_counter()
            time.sleep(1.5)
            late += [(moment - marked) * 1000 for moment in drain.seen.values()]
            expected += len(desks) - 1
            drain.looking_for = b"\x00"
            with store.writing() as conn:
                claims.end_reply(conn, first, f"bench{turn}")
            time.sleep(0.6)
    return {
        "claims_seen": f"{len(late)} of {expected}",
        "claim_p50_ms": round(statistics.median(late)) if late else None,
        "claim_p95_ms": round(p95(late)) if len(late) > 1 else None,
    }


def _reads(path: Path) -> dict[str, object]:
    """What a desk asks when a view or a search is chosen, as it asks it, beside what the six do."""
    found: dict[str, object] = {}
    now = datetime.now(UTC)
    me = Actor(1, "bench", "Bench", "bench")
    with open_store(path, read_only=True, any_thread=True) as store:
        for name, texts in (("view", [view.query for view in FIRST]), ("search", ["kopi", "pesanan", "kopi susu"])):
            counts: list[float] = []
            lists: list[float] = []
            for _turn in range(20):
                for text in texts:
                    for took, ask in ((counts, finding.count), (lists, partial(finding.find, order=Order.WAITING))):
                        began = time.perf_counter()
                        with store.reading() as conn:
                            ask(conn, parse(text), now=now, me=me, zone=UTC)
                        took.append((time.perf_counter() - began) * 1000)
                    time.sleep(0.02)
            found[f"{name}_count_p95_ms"] = round(p95(counts), 1)
            found[f"{name}_list_p95_ms"] = round(p95(lists), 1)
    return found


if __name__ == "__main__":
    main()
