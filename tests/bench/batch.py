"""Ten thousand mentions in one step, its undo and its redo, and how long others wait for their writes meanwhile."""

from __future__ import annotations

import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from smdash.core.records import Actor
from smdash.store import batches, teams, triage
from smdash.store.connection import Store, open_store
from tests.bench.common import arguments, database, report

# Another member: a small step each 5 ms; the longest time that one took, in ms.
OTHER = """
import sys, time
from datetime import UTC, datetime
from pathlib import Path
from smdash.store import teams, triage
from smdash.store.connection import open_store
most = 0.0
with open_store(Path(sys.argv[1])) as store:
    with store.writing() as conn:
        me = teams.join(conn, "other", "Other", "other", datetime.now(UTC))
        one = conn.execute("SELECT min(id) FROM mention WHERE state = 'open'").fetchone()[0]
    print("ready", flush=True)
    n = 0
    while sys.stdin.readline().strip() == "go":
        most = 0.0
        end = time.perf_counter() + float(sys.stdin.readline())
        while time.perf_counter() < end:
            began = time.perf_counter()
            with store.writing() as conn:
                triage.star(conn, me, [one], n % 2 == 0, datetime.now(UTC))
            n += 1
            most = max(most, time.perf_counter() - began)
            time.sleep(0.005)
        print(most * 1000, flush=True)
"""


def main() -> None:
    asked = arguments(mentions=100_000, rows=10_000, runs=5)
    figures: dict[str, object] = {"mentions": asked.mentions, "rows": asked.rows}
    with database(asked.mentions) as path, open_store(path) as store:
        with store.writing() as conn:
            me = teams.join(conn, "bench", "Bench", "bench", datetime.now(UTC))
            ids = [
                row[0]
                for row in conn.execute(
                    "SELECT id FROM mention WHERE state = 'open' ORDER BY id DESC LIMIT ?", (asked.rows,)
                )
            ]
        figures["rows"] = len(ids)
        other = subprocess.Popen(
            [sys.executable, "-c", OTHER, str(Path(path))],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1,
        )  # fmt: skip
        try:
            if other.stdout is None or other.stdin is None:
                raise RuntimeError("no pipes")
            other.stdout.readline()
            for rows, name in ((batches.ROWS, "parts"), (len(ids), "whole")):
                batches.ROWS = rows
                took: dict[str, list[float]] = {"done": [], "undo": [], "redo": []}
                waits = []
                for _run in range(asked.runs):
                    other.stdin.write("go\n4\n")
                    time.sleep(0.2)
                    works = (
                        ("done", batches.Batch(ids, lambda conn, who, some, step: triage.finish(
                            conn, who, some, datetime.now(UTC), step=step))),
                        ("undo", batches.undo(datetime.now(UTC))),
                        ("redo", batches.redo(datetime.now(UTC))),
                        ("undo", batches.undo(datetime.now(UTC))),
                    )  # fmt: skip
                    for verb, work in works:
                        took[verb].append(_write(store, me, work))
                    waits.append(float(other.stdout.readline()))
                for verb, seconds in took.items():
                    figures[f"{name}_{verb}_s"] = round(sorted(seconds)[len(seconds) // 2], 3)
                figures[f"{name}_others_waited_most_ms"] = round(max(waits), 1)
        finally:
            other.kill()
    figures["goal"] = "done and undo <= 1 s each"
    report("batch", figures, asked.json)


def _write(store: Store, me: Actor, work: batches.Parts[object]) -> float:
    began = time.perf_counter()
    while work.more:
        with store.writing() as conn:
            part = work.part(conn, me)
        work.add(part)
        if work.more:
            time.sleep(batches.REST_S)
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
