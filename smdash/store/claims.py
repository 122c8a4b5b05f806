"""Who is at the desk right now: a row for each open dashboard, kept alive by a heartbeat.

A heartbeat moves ``beat_at`` alone, which the change feed passes over: only coming and going is news. Rows whose desk
died are swept by the next heartbeat of anybody, so the others need no clock of their own for them.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from smdash.core.clock import encode
from smdash.store.driver import Connection

# How often a desk says that it is there, and after how long without a word it is not.
BEAT = timedelta(seconds=10)
OVER = timedelta(seconds=30)


def beat(conn: Connection, member_id: int, session: str, now: datetime) -> None:
    """Say that this desk is there, and sweep those that are not any more. The caller holds the write lock.

    A beat from the future is of a clock that was set back since, so it is over too.
    """
    conn.execute(
        "DELETE FROM claim WHERE (beat_at < ? OR beat_at > ?) AND session <> ?",
        (encode(now - OVER), encode(now + OVER), session),
    )
    conn.execute(
        "INSERT INTO claim (kind, member_id, session, since, beat_at) VALUES ('presence', ?, ?, ?, ?) "
        "ON CONFLICT (session) WHERE kind = 'presence' DO UPDATE SET beat_at = excluded.beat_at",
        (member_id, session, encode(now), encode(now)),
    )


def leave(conn: Connection, session: str) -> None:
    """Take back everything that this desk claims. The caller holds the write lock."""
    conn.execute("DELETE FROM claim WHERE session = ?", (session,))


def desks(conn: Connection) -> int:
    """How many desks are open, in a number that is good enough to share the machine by."""
    (found,) = conn.execute("SELECT count(*) FROM claim WHERE kind = 'presence'").fetchone()
    return int(found)


def online(conn: Connection, now: datetime) -> int:
    """How many members have a desk open; one with several counts once."""
    (found,) = conn.execute(
        "SELECT count(DISTINCT member_id) FROM claim WHERE kind = 'presence' AND beat_at BETWEEN ? AND ?",
        (encode(now - OVER), encode(now + OVER)),
    ).fetchone()
    return int(found)
