"""All figures of Insights for each period, read as the screen reads them; p95, and what the processor had to do with it.

The mentions are twenty seconds apart, so that a million of them are 33 weeks, and half of them are answered; 2,500 posts
of 26 weeks have 100,000 figures.
"""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from smdash.core.clock import SystemClock, encode
from smdash.core.insights import PERIODS
from smdash.store import insights, metrics, teams
from smdash.store.connection import open_store
from smdash.store.driver import Connection
from smdash.store.insights import Only
from smdash.store.metrics import Reading
from tests.bench.common import arguments, database, p95, report

ZONE = ZoneInfo("Asia/Jakarta")
NAMES = ("views", "likes", "shares", "replies", "saves")


def answer(conn: Connection) -> None:
    """Half of the mentions are answered, some are hidden, urgent or labelled."""
    conn.execute(
        "UPDATE mention SET response_s = 60 + id * 7919 % 90000, done_at = received_at, answered_at = "
        "strftime('%Y-%m-%dT%H:%M:%fZ', julianday(sent_at) + 0.03) WHERE id % 2 = 0"
    )
    conn.execute("UPDATE mention SET state = 'hidden' WHERE state = 'done' AND id % 20 = 1")
    conn.execute("UPDATE mention SET priority = 1 WHERE id % 5 = 0")
    conn.execute("INSERT INTO label (name) VALUES ('complaint-bench'), ('praise-bench')")
    for every, name in ((100, "complaint-bench"), (150, "praise-bench")):
        conn.execute(
            "INSERT INTO mention_label SELECT m.id, l.id FROM mention m JOIN label l ON l.name = ? WHERE m.id % ? = 0",
            (name, every),
        )


def publish(conn: Connection, now: datetime, number: int, figures: int) -> None:
    """Posts of 26 weeks with so many figures."""
    dice = random.Random(3)
    accounts = [one.id for one in teams.accounts(conn)]
    (member,) = conn.execute("SELECT min(id) FROM member").fetchone()
    found: dict[int, list[Reading]] = {one: [] for one in accounts}
    for at in range(number):
        sent = now - timedelta(weeks=26) * (number - at) / number
        stamp, account = encode(sent), accounts[at % len(accounts)]
        (post,) = conn.execute(
            "INSERT INTO post (state, category, format, body, author_id, due_at, created_at, updated_at) "
            "VALUES ('ready', ?, ?, 'b', ?, ?, ?, ?) RETURNING id",
            (dice.choice(("education", "quote", "soft_sell")), dice.choice(("text", "image")), member, *[stamp] * 3),
        ).fetchone()
        conn.execute(
            "INSERT INTO delivery (kind, account_id, post_id, state, key, due_at, sent_at, remote_id, created_at, "
            "updated_at) VALUES ('post', ?, ?, 'sent', ?, ?, ?, ?, ?, ?)",
            (account, post, f"bench-{at}", stamp, stamp, f"bench-{at}", stamp, stamp),
        )
        days = figures // number // len(NAMES)
        for hours in (23.5, 24.5, *(24 * day for day in range(2, days + 1))):
            found[account] += [
                Reading(f"bench-{at}", name, dice.randint(1, 900), sent + timedelta(hours=hours)) for name in NAMES
            ]
    for account, readings in found.items():
        metrics.write(conn, account, readings, ZONE)


def main() -> None:
    options = arguments(mentions=1_000_000, times=20, posts=2_500, figures=100_000)
    figures: dict[str, object] = {"mentions": options.mentions}
    with database(options.mentions) as path, open_store(path, clock=SystemClock()) as store:
        now = store.clock.now()
        with store.writing() as conn:
            answer(conn)
            publish(conn, now, options.posts, options.figures)
            (figures["metric"],) = conn.execute("SELECT count(*) FROM metric").fetchone()

        def timed(name: str, read: Callable[[Connection], object]) -> None:
            taken: list[float] = []
            worked: list[float] = []
            for _turn in range(options.times):
                began, busy = time.perf_counter(), time.thread_time()
                with store.reading() as conn:
                    read(conn)
                taken.append((time.perf_counter() - began) * 1000)
                worked.append((time.thread_time() - busy) * 1000)
            figures[name] = (
                f"{statistics.median(taken):.0f} ms, p95 {p95(taken):.0f}, processor {statistics.median(worked):.0f}"
            )

        for weeks in PERIODS:
            timed(f"{weeks} weeks", lambda conn, weeks=weeks: insights.read(conn, weeks, now))  # type: ignore[misc]
        timed("12 weeks, one account", lambda conn: insights.read(conn, 12, now, Only((1,))))
    report("insights", figures, options.json)


if __name__ == "__main__":
    main()
