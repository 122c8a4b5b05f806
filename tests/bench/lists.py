"""Every list, search and count that the desk shows, read as its panes read them; p95 at one size, and the worst."""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from smdash.core.clock import day_span, week_of
from smdash.store import campaigns, hours, inbox, jobs, posts, search
from smdash.store.connection import open_store
from smdash.store.driver import Connection
from smdash.store.inbox import Order
from tests.bench.common import arguments, database, p95, report

ZONE = ZoneInfo("Asia/Jakarta")
# Words of every frequency: in most rows, in some, in one, in none, two together, a beginning, a network, a handle.
SEARCHES = (
    "kopi",
    "pesanan",
    "kopi susu",
    "pes",
    "instagram kopi",
    "user123",
    "@user4999",
    "tidakada",
    "k",
    "50% kopi",
)


def main() -> None:
    asked = arguments(mentions=10_000, times=100)
    dice = random.Random(3)
    figures: dict[str, Any] = {"mentions": asked.mentions}
    with database(asked.mentions) as path, open_store(path, read_only=True) as store:
        now = datetime.now(UTC)
        with store.reading() as conn:
            open_ids = [row[0] for row in conn.execute("SELECT id FROM mention WHERE state = 'open'").fetchall()]
        day = day_span(now.astimezone(ZONE).date(), ZONE)
        week = week_of(now, ZONE).span(ZONE)

        def anchored(order: Order) -> Callable[[Connection], object]:
            return lambda conn: inbox.window(conn, order, anchor=dice.choice(open_ids), before=100, after=150)

        reads: dict[str, Callable[[Connection], object]] = {
            "counts": lambda conn: inbox.counts(conn, now, 1),
            "first_window": lambda conn: inbox.window(conn, Order.WAITING, anchor=None, before=100, after=150),
            "window_waiting": anchored(Order.WAITING),
            "window_newest": anchored(Order.NEWEST),
            "window_time_left": anchored(Order.TIME_LEFT),
            "jump": lambda conn: inbox.at(conn, Order.WAITING, dice.randrange(len(open_ids)), 250),
            "whole": lambda conn: inbox.whole(conn, dice.choice(open_ids)),
            "today": lambda conn: (posts.of_day(conn, day), posts.between(conn, day, 20)),
            "campaigns": lambda conn: campaigns.select(conn, ending_after=now - timedelta(days=1)),
            "hours": lambda conn: hours.week(conn, week, now, 1, 1),
            "sync": jobs.select,
        }
        for word in SEARCHES:
            for order in (Order.WAITING, Order.NEWEST, Order.TIME_LEFT):
                reads[f"search {word} {order.value}"] = (
                    lambda conn, word=word, order=order: search.matching(conn, order, word)  # type: ignore[misc]
                )
        for name, read in reads.items():
            taken: list[float] = []
            for _turn in range(asked.times if not name.startswith("search") else max(asked.times // 5, 10)):
                began = time.perf_counter()
                with store.reading() as conn:
                    read(conn)
                taken.append((time.perf_counter() - began) * 1000)
            figures[name] = f"{statistics.median(taken):.2f} ms, p95 {p95(taken):.2f}"
    figures["goal"] = "p95 <= 20 ms, search <= 50 ms, at a million at most 1.5 x that at 10,000"
    report("lists", figures, asked.json)


if __name__ == "__main__":
    main()
