"""Own memory (USS) of a dashboard after some use, against one with 1,000 mentions and against hello."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.bench.common import HELLO, SMDASH, Terminal, arguments, database, report, uss_mb


def desk_uss(mentions: int) -> float:
    with database(mentions) as path, Terminal([*SMDASH, "--db", str(path)]) as terminal:
        terminal.wait_for(b"open")
        terminal.quiet(1.0)
        for keys in (b"\x04" * 10, b"G", b"g", b"j" * 40, b"/kopi\r", b"\x1b"):
            terminal.key(keys, 0.4)
        return uss_mb(terminal.pid)


def main() -> None:
    asked = arguments(mentions=10_000)
    with tempfile.TemporaryDirectory() as folder:
        hello = Path(folder) / "hello.py"
        hello.write_text(HELLO)
        with Terminal([sys.executable, str(hello)]) as terminal:
            terminal.wait_for(b"hello")
            terminal.quiet(0.5)
            base = uss_mb(terminal.pid)
    small = desk_uss(1_000)
    large = desk_uss(asked.mentions)
    figures = {
        "mentions": asked.mentions,
        "hello_mb": round(base, 1),
        "at_1000_mb": round(small, 1),
        "uss_mb": round(large, 1),
        "growth_mb": round(large - small, 1),
        "goal": "<= 45 MB, growth <= 3 MB",
    }
    report("memory", figures, asked.json)


if __name__ == "__main__":
    main()
