"""A hundred dashboards on one file: each writes every two seconds while mentions keep coming in.

Real dashboards in pseudo-terminals, driven by keys (``d`` and ``u`` in turn). Figures: how long their writes took,
busy errors, the size of the write-ahead log, and how late a colleague's change is on a screen.
"""

from __future__ import annotations

import os
import random
import selectors
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path

import psutil

from smdash.core.errors import StoreBusy
from smdash.store.connection import open_store
from tests.bench.common import Terminal, arguments, database, news, report
from tests.bench.live import WRITER

EVERY_S = 2.0


class Drain(threading.Thread):
    """Reads what the desks draw, so that none of them waits for its terminal; remembers when a word came."""

    def __init__(self, desks: list[Terminal]) -> None:
        super().__init__(daemon=True)
        self._selector = selectors.DefaultSelector()
        for desk in desks:
            self._selector.register(desk.fd, selectors.EVENT_READ, desk)
        self.bytes = 0
        self.looking_for = b"\x00"
        self.seen: dict[int, float] = {}

    def run(self) -> None:
        tails: dict[int, bytes] = {}
        while True:
            for key, _mask in self._selector.select(1.0):
                try:
                    got = os.read(key.fd, 65_536)
                except OSError:
                    self._selector.unregister(key.fd)
                    continue
                self.bytes += len(got)
                text = tails.get(key.fd, b"") + got
                tails[key.fd] = text[-40:]
                if self.looking_for in text:
                    self.seen.setdefault(key.fd, time.perf_counter())


def main() -> None:
    asked = arguments(mentions=10_000, desks=100, rate=100, seconds=600)
    with database(asked.mentions) as path, tempfile.TemporaryDirectory() as folder:
        files = [Path(folder) / f"desk{at}" for at in range(asked.desks)]
        desks: list[Terminal] = []
        for file in files:
            desks.append(Terminal([sys.executable, "-m", "tests.bench.timed_desk", str(path), str(file)]))
            desks[-1].wait_for(b"open", 60)
        drain = Drain(desks)
        drain.start()
        time.sleep(5)
        for file in files:
            # What the start wrote (joining, the first heartbeat) is not the load.
            os.truncate(file, 0)
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(path), str(asked.rate), str(asked.seconds)],
            stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        wal = path.with_name(path.name + "-wal")
        largest, late = 0, []
        cpu_before = psutil.cpu_times()
        processes = {"desks": [psutil.Process(desk.pid) for desk in desks], "mentions": [psutil.Process(writer.pid)],
                     "bench": [psutil.Process()]}  # fmt: skip
        used_before = {name: _used(found) for name, found in processes.items()}
        try:
            largest, late = _drive(path, desks, drain, wal, asked.seconds)
            used = {f"{name}_cpu_percent": round(100 * (_used(found) - used_before[name]) / asked.seconds, 1)
                    for name, found in processes.items()}  # fmt: skip
            came_in = int((writer.communicate(timeout=60)[0] or "0").strip() or 0)
            cpu = psutil.cpu_times()
        finally:
            for desk in desks:
                desk.close()
        took, errors = _figures(files)
    busy = 100 * (1 - (cpu.idle - cpu_before.idle) / sum(now - old for now, old in zip(cpu, cpu_before, strict=True)))
    report(
        "load",
        {
            "mentions": asked.mentions,
            "desks": asked.desks,
            "seconds": asked.seconds,
            "mentions_in": came_in,
            "writes": len(took),
            "write_p50_ms": round(statistics.median(took), 2),
            "write_p99_ms": round(statistics.quantiles(took, n=100)[98], 2),
            "write_max_ms": round(max(took), 1),
            "busy": errors.get("StoreBusy", 0),
            "other_refusals": {name: count for name, count in errors.items() if name != "StoreBusy"},
            "wal_mb": round(largest / 1e6, 2),
            "late_p50_ms": round(statistics.median(late)) if late else None,
            "late_p95_ms": round(statistics.quantiles(late, n=20)[18]) if len(late) > 1 else None,
            "machine_busy_percent": round(busy, 1),
            **used,
            "goal": "write p99 <= 10 ms, 0 busy errors, WAL <= 16 MB",
        },
        asked.json,
    )


def _used(processes: list[psutil.Process]) -> float:
    """Processor seconds of all of them so far."""
    return sum(sum(one.cpu_times()[:2]) for one in processes if one.is_running())


def _drive(path: Path, desks: list[Terminal], drain: Drain, wal: Path, seconds: float) -> tuple[int, list[float]]:
    """Press a key in each desk every two seconds, at moments of its own; every 5 s see how late a change is shown."""
    dice = random.Random(6)
    began = time.perf_counter()
    due = sorted((began + dice.uniform(0, EVERY_S), at, 0) for at in range(len(desks)))
    largest, late, turn, next_mark = 0, [], 0, began + 5
    with open_store(path) as store:
        while (now := time.perf_counter()) < began + seconds:
            moment, at, count = due.pop(0)
            time.sleep(max(moment - now, 0))
            os.write(desks[at].fd, b"du"[count % 2 : count % 2 + 1])
            due.append((moment + EVERY_S, at, count + 1))
            largest = max(largest, wal.stat().st_size if wal.exists() else 0)
            if moment > next_mark:
                next_mark = moment + 5
                late += list(drain.seen.values())
                drain.seen = {}
                turn += 1
                drain.looking_for = news(turn).encode()
                with suppress(StoreBusy), store.writing() as conn:
                    conn.execute("UPDATE post SET body = ? WHERE id = 5", (drain.looking_for.decode(),))
                marked = time.perf_counter()
                drain.seen = _Since(marked)
    return largest, late


class _Since(dict[int, float]):
    """Keeps moments as milliseconds since one."""

    def __init__(self, start: float) -> None:
        super().__init__()
        self._start = start

    def setdefault(self, key: int, default: float | None = None) -> float:
        return super().setdefault(key, ((default or 0) - self._start) * 1000)


def _figures(files: list[Path]) -> tuple[list[float], dict[str, int]]:
    took: list[float] = []
    errors: Counter[str] = Counter()
    for file in files:
        for line in file.read_text(encoding="utf-8").replace("\x00", "").splitlines():
            if line[:1].isdigit():
                took.append(float(line))
            else:
                errors[line] += 1
    return took, dict(errors)


if __name__ == "__main__":
    main()
