"""The report of a week after five years of a team of fifty: read and rendered, p95, and what memory it needs."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from smdash.core.clock import week_of
from smdash.reports import render_html, render_text
from smdash.reports import week as rendering
from smdash.store import reporting
from smdash.store.connection import open_store
from tests.bench.common import SMDASH, arguments, p95, report, uss_mb
from tests.bench.years import desk

ZONE = ZoneInfo("Asia/Jakarta")


def main() -> None:
    asked = arguments(entries=1_000_000, events=5_000_000, mentions=1_000_000, times=40)
    figures: dict[str, Any] = {"entries": asked.entries, "events": asked.events, "mentions": asked.mentions}
    with desk(asked.entries, asked.events, asked.mentions) as path:
        measure(path, asked.times, figures)
        figures["command_s"] = command(path)
    figures["goal"] = "read and rendered p95 <= 300 ms, <= 60 MB"
    report("week_report", figures, asked.json)


def measure(path: Path, times: int, figures: dict[str, Any]) -> None:
    """This week, whose mentions are open, and one of a month ago, whose are done."""
    now = datetime.now(UTC)
    for name, at in (("this_week", now), ("last_month", now - timedelta(days=35))):
        took = []
        with open_store(path) as store:
            for _turn in range(times):
                began = time.perf_counter()
                with store.reading() as conn:
                    found = reporting.week(conn, week_of(at, ZONE), now)
                render_html.render(rendering.document(found))
                render_text.render(rendering.document(found))
                took.append(1000 * (time.perf_counter() - began))
        figures[f"{name}_mentions"] = found.mentions.whole.incoming
        figures[f"{name}_median_ms"] = round(statistics.median(took), 1)
        figures[f"{name}_p95_ms"] = round(p95(took), 1)
    figures["uss_mb"] = round(uss_mb(os.getpid()), 1)


def command(path: Path) -> float:
    """Seconds of the whole command in a process of its own."""
    took = []
    for _turn in range(5):
        began = time.perf_counter()
        subprocess.run(
            [*SMDASH, "--db", str(path), "report", "week", "--format", "html"], stdout=subprocess.DEVNULL, check=True
        )
        took.append(time.perf_counter() - began)
    return round(statistics.median(took), 2)


if __name__ == "__main__":
    sys.exit(main())
