"""A desk of five years of a team of fifty: time entries, events, posts with their deliveries, freezes, decisions.

Its mentions are those of ``common.database``. With SMDASH_BENCH_CACHE set the whole is kept there for three hours.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from smdash.core.clock import encode
from smdash.store import migrations
from smdash.store.connection import open_store
from smdash.store.driver import Connection
from tests.bench.common import database

MEMBERS = 50
YEARS = 5
_STAMP = "strftime('%Y-%m-%dT%H:%M:%fZ', julianday(:first) + {days})"
# Each member's day is cut into stretches of as many minutes as the count asks for.
_ENTRIES = (
    "WITH RECURSIVE n(at) AS (SELECT 0 UNION ALL SELECT at + 1 FROM n WHERE at + 1 < :count) "
    "INSERT INTO time_entry (member_id, activity_id, started_at, ended_at, created_at) "
    f"SELECT 1 + at % :members, 1 + at * 7 % 11, {_STAMP.format(days='(at / :members) * :step')}, "
    f"{_STAMP.format(days='(at / :members) * :step + :step * 0.4')}, :first FROM n"
)
_EVENTS = (
    "WITH RECURSIVE n(at) AS (SELECT 0 UNION ALL SELECT at + 1 FROM n WHERE at + 1 < :count) "
    "INSERT INTO event (at, member_id, login, verb, subject, subject_id, before, after, step) "
    f"SELECT {_STAMP.format(days='at * :step')}, 1 + at % :members, 'm' || (1 + at % :members), "
    "CASE at % 4 WHEN 0 THEN 'done' WHEN 1 THEN 'reply' WHEN 2 THEN 'assign' ELSE 'label' END, 'mention', "
    '1 + at % :mentions, \'{"state": "open"}\', \'{"state": "done"}\', at FROM n'
)
_POSTS = (
    "WITH RECURSIVE n(at) AS (SELECT 0 UNION ALL SELECT at + 1 FROM n WHERE at + 1 < :count) "
    "INSERT INTO post (id, state, category, format, body, author_id, due_at, created_at, updated_at) "
    "SELECT 1000 + at, 'ready', CASE at % 4 WHEN 0 THEN 'education' WHEN 1 THEN 'quote' WHEN 2 THEN 'soft_sell' "
    f"ELSE 'hard_sell' END, 'text', 'Kopi hari ini ' || at, 1, {_STAMP.format(days='at * :step')}, :first, :first FROM n"
)


@contextmanager
def desk(entries: int, events: int, mentions: int) -> Iterator[Path]:
    """The path of such a desk, with this many rows of each, the last of them now."""
    kept = None
    if folder := os.environ.get("SMDASH_BENCH_CACHE"):
        kept = Path(folder) / f"years-{migrations.VERSION}-{entries}-{events}-{mentions}.db"
        if kept.exists() and time.time() - kept.stat().st_mtime < 3 * 3600:
            with tempfile.TemporaryDirectory(prefix="smdash-bench-") as place:
                yield Path(shutil.copyfile(kept, Path(place) / "desk.db"))
            return
    with database(mentions) as path:
        with open_store(path) as store, store.writing() as conn:
            fill(conn, entries, events, mentions)
        if kept is not None:
            shutil.copyfile(path, kept)
        yield path


def fill(conn: Connection, entries: int, events: int, mentions: int) -> None:
    """Five years of work up to now. The caller holds the write lock."""
    now = datetime.now(UTC)
    first = encode(now - timedelta(days=365 * YEARS))
    days = 365.0 * YEARS
    conn.executemany(
        "INSERT OR IGNORE INTO member (id, login, name, joined_at) VALUES (?, ?, ?, ?)",
        [(at, f"m{at}", f"Member {at}", first) for at in range(2, MEMBERS + 1)],
    )
    conn.execute("DELETE FROM time_entry")
    named = {"first": first, "members": MEMBERS, "mentions": max(mentions, 1)}
    conn.execute(_ENTRIES, {**named, "count": entries, "step": days / max(entries / MEMBERS, 1)})
    conn.execute(_EVENTS, {**named, "count": events, "step": days / max(events, 1)})
    posts = 50 * 52 * YEARS
    conn.execute(_POSTS, {**named, "count": posts, "step": days / posts})
    conn.execute("INSERT INTO post_account (post_id, account_id) SELECT id, 1 + id % 6 FROM post WHERE id >= 1000")
    conn.execute(
        "INSERT INTO delivery (kind, account_id, post_id, state, key, due_at, sent_at, created_at, updated_at) "
        "SELECT 'post', 1 + id % 6, id, iif(id % 97 = 0, 'failed', 'sent'), 'y' || id, due_at, "
        "iif(id % 97 = 0, NULL, due_at), created_at, updated_at FROM post WHERE id >= 1000"
    )
    conn.execute(
        "UPDATE mention SET answered_at = sent_at, response_s = id % 9000, done_at = sent_at WHERE state = 'done'"
    )
    conn.executemany(
        "INSERT INTO decision (week, body, member_id, at) VALUES (?, 'Lebih banyak edukasi', 1, ?)",
        [(f"{2022 + at // 52}-W{1 + at % 52:02d}", first) for at in range(52 * YEARS)],
    )
    conn.execute("ANALYZE")
