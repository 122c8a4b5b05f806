"""First real paint (rows of the file on screen) against a Textual program that only says hello, in one run."""

from __future__ import annotations

import statistics
import sys
import tempfile
from pathlib import Path

from tests.bench.common import HELLO, SMDASH, Terminal, arguments, database, report


def main() -> None:
    asked = arguments(mentions=10_000, runs=15)
    with database(asked.mentions) as path, tempfile.TemporaryDirectory() as folder:
        hello = Path(folder) / "hello.py"
        hello.write_text(HELLO)
        base: list[float] = []
        desk: list[float] = []
        for _turn in range(asked.runs):
            with Terminal([sys.executable, str(hello)]) as terminal:
                base.append(terminal.wait_for(b"hello"))
            with Terminal([*SMDASH, "--db", str(path)]) as terminal:
                desk.append(terminal.wait_for(b"Cara seduh"))
    figures = {
        "mentions": asked.mentions,
        "hello_s": round(statistics.median(base), 4),
        "paint_s": round(statistics.median(desk), 4),
        "ratio": round(statistics.median(desk) / statistics.median(base), 3),
        "goal": "<= 1.6",
    }
    report("paint", figures, asked.json)


if __name__ == "__main__":
    main()
