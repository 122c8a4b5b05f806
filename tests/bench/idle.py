"""What a dashboard costs while nothing happens: processor and bytes a minute."""

from __future__ import annotations

import time

import psutil

from tests.bench.common import SMDASH, Terminal, arguments, database, report


def main() -> None:
    asked = arguments(mentions=10_000, seconds=120)
    with database(asked.mentions) as path, Terminal([*SMDASH, "--db", str(path)]) as terminal:
        terminal.wait_for(b"open")
        terminal.quiet(1.0)
        time.sleep(5)
        terminal.quiet(0.2)
        process = psutil.Process(terminal.pid)
        before = process.cpu_times()
        began = time.monotonic()
        size = 0
        while (left := asked.seconds - (time.monotonic() - began)) > 0:
            size += len(terminal.read(min(left, 5)))
        after = process.cpu_times()
        used = after.user + after.system - before.user - before.system
    figures = {
        "mentions": asked.mentions,
        "seconds": asked.seconds,
        "cpu_percent": round(100 * used / asked.seconds, 3),
        "bytes_per_minute": round(size * 60 / asked.seconds),
        "goal": "<= 0.3 % of a core, <= 2048 bytes",
    }
    report("idle", figures, asked.json)


if __name__ == "__main__":
    main()
