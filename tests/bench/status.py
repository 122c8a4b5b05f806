"""``smdash status`` against ``python -c "import sqlite3"``, in one run."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.bench.common import arguments, database, median_seconds, report, run_quietly


def main() -> None:
    asked = arguments(mentions=10_000, runs=25)
    script = Path(sys.executable).with_name("smdash")
    with database(asked.mentions) as path:
        floor = median_seconds(lambda: run_quietly([sys.executable, "-c", "import sqlite3"]), asked.runs)
        ours = median_seconds(lambda: run_quietly([str(script), "--db", str(path), "status"]), asked.runs)
    figures = {
        "mentions": asked.mentions,
        "floor_s": round(floor, 4),
        "status_s": round(ours, 4),
        "ratio": round(ours / floor, 2),
        "goal": "<= 4",
    }
    report("status", figures, asked.json)


if __name__ == "__main__":
    main()
