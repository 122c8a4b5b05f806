"""Feeds and what was read from them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

from smdash.core.clock import encode, encode_optional
from smdash.core.errors import InputError
from smdash.core.records import Actor, Counts, Feed, IncomingItem
from smdash.locale import gettext as _
from smdash.store import events
from smdash.store.driver import Connection, new_id

# Of a feed's first reading only this many items are news; the rest was there before anyone asked.
FIRST_UNREAD = 10


def add(conn: Connection, actor: Actor, now: datetime, url: str, title: str | None = None) -> int:
    """Follow a feed. The caller holds the write lock. Raises InputError when it is followed already."""
    if conn.execute("SELECT 1 FROM feed WHERE url = ?", (url,)).fetchone():
        raise InputError(_("the feed {url} is followed already").format(url=url))
    cursor = conn.execute("INSERT INTO feed (url, title, created_at) VALUES (?, ?, ?)", (url, title, encode(now)))
    feed_id = new_id(cursor)
    events.record(conn, actor, now, "add", "feed", feed_id)
    return feed_id


def select(conn: Connection) -> list[Feed]:
    """All feeds with the numbers of their items."""
    rows = conn.execute(
        "SELECT f.id, f.url, f.title, f.status, (SELECT count(*) FROM feed_item i WHERE i.feed_id = f.id), "
        "(SELECT count(*) FROM feed_item i WHERE i.feed_id = f.id AND i.state = 'unread') FROM feed f ORDER BY f.id"
    ).fetchall()
    return [Feed(*row) for row in rows]


def stamp(conn: Connection) -> tuple[int, ...]:
    """A value that changes when a feed is added, paused or moved; items don't change it."""
    return tuple(
        conn.execute("SELECT count(*), max(id), sum(status = 'active'), sum(length(url)) FROM feed").fetchone()
    )


def retitle(conn: Connection, feed_id: int, title: str) -> None:
    """Keep the feed's own name."""
    conn.execute("UPDATE feed SET title = ? WHERE id = ? AND title IS NOT ?", (title, feed_id, title))


def move(conn: Connection, feed_id: int, url: str) -> None:
    """Keep a feed's new permanent address, unless another feed has it."""
    conn.execute("UPDATE OR IGNORE feed SET url = ? WHERE id = ?", (url, feed_id))


def apply(conn: Connection, feed_id: int, incoming: Sequence[IncomingItem], now: datetime) -> Counts:
    """Write what a feed holds; the same bytes again change nothing. The caller holds the write lock."""
    kept = {
        row[0]: row[1:]
        for row in conn.execute(
            "SELECT key, id, url, title, body, author, published_at, updated_at FROM feed_item "
            "WHERE feed_id = ? AND key IN (SELECT value FROM json_each(?))",
            (feed_id, json.dumps([one.key for one in incoming])),
        ).fetchall()
    }
    first_time = conn.execute("SELECT 1 FROM feed_item WHERE feed_id = ? LIMIT 1", (feed_id,)).fetchone() is None
    fresh: dict[str, tuple[object, ...]] = {}
    changed = unchanged = 0
    for one in incoming:
        shape = (
            one.url,
            one.title,
            one.body,
            one.author,
            encode_optional(one.published_at),
            encode_optional(one.updated_at),
        )
        old = kept.get(one.key)
        if old is None and one.key not in fresh:
            state = "seen" if first_time and len(fresh) >= FIRST_UNREAD else "unread"
            fresh[one.key] = (feed_id, one.key, *shape, encode(now), state)
        elif old is not None and tuple(old[1:]) != shape:
            conn.execute(
                "UPDATE feed_item SET url = ?, title = ?, body = ?, author = ?, published_at = ?, updated_at = ? "
                "WHERE id = ?",
                (*shape, old[0]),
            )
            changed += 1
        else:
            unchanged += 1
    conn.executemany(
        "INSERT INTO feed_item (feed_id, key, url, title, body, author, published_at, updated_at, "
        "first_seen_at, state) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        fresh.values(),
    )
    return Counts(len(fresh), changed, unchanged)
