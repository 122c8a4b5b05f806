"""Every list, search and count that the desk shows, read as its panes read them; p95 at one size, and the worst."""

from __future__ import annotations

import getpass
import random
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from smdash.core.clock import day_span, week_of
from smdash.core.query import parse
from smdash.core.records import Actor
from smdash.core.views import FIRST
from smdash.store import campaigns, finding, hours, inbox, jobs, posts, targets
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
# One field, several, words with fields, what hardly any row has, what all have, what must not be there, what is closed.
QUERIES = (
    "is:unassigned",
    "is:mine",
    "platform:instagram kind:dm before:2d",
    "platform:instagram,fb priority:>=1",
    "followers:>=1000",
    "label:complaint is:unassigned",
    "label:praise",
    "from:@user123",
    "is:any from:@user123",
    "assignee:me is:overdue -kind:review",
    "kopi platform:instagram kind:dm",
    "kopi followers:>=1000",
    'pesanan -susu "terima kasih"',
    "-pesanan",
    "is:done",
    "is:done pesanan",
    "is:done is:urgent",
    "is:any kopi",
    "咖啡",
)


def main() -> None:
    asked = arguments(mentions=10_000, times=100)
    dice = random.Random(3)
    figures: dict[str, Any] = {"mentions": asked.mentions}
    me = Actor(1, getpass.getuser(), "Ana", getpass.getuser())
    with database(asked.mentions) as path:
        triaged(path)
        measure(path, asked.times, figures, dice, me)
    figures["goal"] = "p95 <= 20 ms, search <= 50 ms, at a million at most 1.5 x that at 10,000"
    report("lists", figures, asked.json)


def triaged(path: Path) -> None:
    """Give the open ones holders, labels, priorities and stars, as a team does in a day."""
    with open_store(path) as store, store.writing() as conn:
        conn.execute("INSERT OR IGNORE INTO label (id, name) VALUES (1, 'complaint'), (2, 'praise')")
        conn.execute("UPDATE mention SET assignee_id = 1 WHERE state = 'open' AND id % 20 = 0")
        conn.execute("UPDATE mention SET priority = 2 WHERE state = 'open' AND id % 100 = 1")
        conn.execute("UPDATE mention SET priority = 1 WHERE state = 'open' AND id % 100 = 2")
        conn.execute("UPDATE mention SET followers = 5000 WHERE state = 'open' AND id % 500 = 3")
        conn.execute("UPDATE mention SET state = 'snoozed', snooze = 'hard' WHERE state = 'open' AND id % 100 = 4")
        conn.execute("INSERT INTO mention_label SELECT id, 1 FROM mention WHERE id % 10 = 5")
        conn.execute("INSERT INTO mention_label SELECT id, 2 FROM mention WHERE state = 'open' AND id % 200 = 6")


def measure(path: Path, times: int, figures: dict[str, Any], dice: random.Random, me: Actor) -> None:
    with open_store(path, read_only=True, any_thread=True) as store:
        now = datetime.now(UTC)
        with store.reading() as conn:
            open_ids = [row[0] for row in conn.execute("SELECT id FROM mention WHERE state = 'open'").fetchall()]
        day = day_span(now.astimezone(ZONE).date(), ZONE)
        week = week_of(now, ZONE)

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
            "hours": lambda conn: (targets.read(conn, week, now, 1), hours.running(conn, 1)),
            "sync": jobs.select,
        }

        def found(text: str, order: Order) -> Callable[[Connection], object]:
            return lambda conn: finding.find(conn, parse(text), order, now=now, me=me, zone=ZONE)

        def counted(text: str) -> Callable[[Connection], object]:
            return lambda conn: finding.count(conn, parse(text), now=now, me=me, zone=ZONE)

        for text in (*SEARCHES, *QUERIES):
            what = "search" if text in SEARCHES else "query"
            for order in Order:
                reads[f"{what} {text} {order.value}"] = found(text, order)
            reads[f"count {text}"] = counted(text)
        for view in FIRST:
            reads[f"view {view.name}"] = found(view.query, Order.WAITING)
            reads[f"view {view.name} count"] = counted(view.query)
        for name, read in reads.items():
            taken: list[float] = []
            for _turn in range(
                times if name.split()[0] not in ("search", "query", "count", "view") else max(times // 5, 10)
            ):
                began = time.perf_counter()
                with store.reading() as conn:
                    read(conn)
                taken.append((time.perf_counter() - began) * 1000)
            figures[name] = f"{statistics.median(taken):.2f} ms, p95 {p95(taken):.2f}"


if __name__ == "__main__":
    main()
