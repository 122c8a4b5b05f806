"""What nobody approved in time does not go out."""

from __future__ import annotations

import json
from datetime import datetime

from smdash.core.approval import has_expired
from smdash.core.clock import encode
from smdash.core.records import PostState
from smdash.store import events, posts
from smdash.store.driver import Connection
from smdash.store.waking import LOGIN

# How many posts one short transaction of the service lets expire.
BATCH = 200


def overdue(conn: Connection, now: datetime) -> bool:
    """Whether the time of any post in review has passed: cheap enough for every second, and needs no lock."""
    found = conn.execute("SELECT 1 FROM post WHERE state = 'review' AND due_at <= ? LIMIT 1", (encode(now),)).fetchone()
    return found is not None


def expire(conn: Connection, now: datetime, limit: int = BATCH) -> list[int]:
    """What nobody approved in time is expired; returns the ids, at most *limit*. The caller holds the write lock."""
    ids = [
        post.id for post in posts.awaiting(conn, limit=limit) if has_expired(post.state, post.due_at, now)
    ]  # fmt: skip
    stamp, step = encode(now), events.next_step(conn)
    conn.execute(
        "INSERT INTO event (at, login, verb, subject, subject_id, before, after, step) "
        "SELECT ?, ?, 'expire', 'post', value, ?, ?, ? FROM json_each(?)",
        (stamp, LOGIN, json.dumps({"state": PostState.REVIEW}), json.dumps({"state": PostState.EXPIRED}), step,
         json.dumps(ids)),
    )  # fmt: skip
    conn.execute(
        "UPDATE post SET state = 'expired', updated_at = ? WHERE id IN (SELECT value FROM json_each(?))",
        (stamp, json.dumps(ids)),
    )
    return ids
