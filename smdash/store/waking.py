"""Waking what was put aside: at its time, when its author writes again, or when they change what they wrote.

A row wakes in one statement under the write lock and only while it is snoozed, so it doesn't matter who asks: the
service, a desk where no service runs, or both at once.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from smdash.core.clock import encode
from smdash.core.records import MentionState
from smdash.store import events
from smdash.store.driver import Connection

# As whom the book of events names what nobody of the team did.
LOGIN = "service"
_DUE = (
    "FROM mention WHERE state = 'snoozed' AND coalesce(snoozed_until, '9999') <= ? AND snooze IS NOT 'reply' "
    "ORDER BY coalesce(snoozed_until, '9999'), id LIMIT ?"
)
# A new one of the author in the same conversation: the same thread, an answer to it, or another direct message.
_AUTHORS = (
    "SELECT DISTINCT m.id FROM json_each(?) j CROSS JOIN mention m INDEXED BY mention_snoozed_by_author "
    "ON m.author_handle = json_extract(j.value, '$[0]') AND m.account_id = ? AND m.state = 'snoozed' "
    "WHERE m.snooze IS NOT 'hard' AND m.sent_at <= json_extract(j.value, '$[4]') "
    "AND (m.thread_key = json_extract(j.value, '$[1]') OR m.remote_id = json_extract(j.value, '$[2]') "
    "OR (m.kind = 'dm' AND json_extract(j.value, '$[3]')))"
)


class Written(NamedTuple):
    """What a new mention says about whom it may wake: ``sent_at`` is encoded."""

    author_handle: str
    thread_key: str | None
    parent_id: str | None
    dm: bool
    sent_at: str


def due(conn: Connection, now: datetime) -> bool:
    """Whether the time of any has come: cheap enough for every second, and needs no lock."""
    return conn.execute(f"SELECT 1 {_DUE}", (encode(now), 1)).fetchone() is not None


def wake(conn: Connection, now: datetime, limit: int = 500) -> list[int]:
    """Open those whose time has come, the longest overdue first, at most *limit*; returns their ids.

    The caller holds the write lock.
    """
    ids = [row[0] for row in conn.execute(f"SELECT id {_DUE}", (encode(now), limit)).fetchall()]
    return _open(conn, ids, now, "time")


def any_snoozed(conn: Connection) -> bool:
    """Whether anything is put aside at all."""
    return conn.execute("SELECT 1 FROM mention WHERE state = 'snoozed' LIMIT 1").fetchone() is not None


def written_again(conn: Connection, account_id: int, written: Sequence[Written], now: datetime) -> list[int]:
    """Open those whose authors wrote in the same conversation since. The caller holds the write lock."""
    rows = conn.execute(_AUTHORS, (json.dumps(written), account_id)).fetchall()
    return _open(conn, [row[0] for row in rows], now, "reply")


def edited(conn: Connection, ids: Sequence[int], now: datetime) -> list[int]:
    """Open those of these whose text was changed while they were put aside. The caller holds the write lock."""
    rows = conn.execute(
        "SELECT m.id FROM json_each(?) j JOIN mention m ON m.id = j.value "
        "WHERE m.state = 'snoozed' AND m.snooze IS NOT 'hard'",
        (json.dumps(list(ids)),),
    ).fetchall()
    return _open(conn, [row[0] for row in rows], now, "edit")


def _open(conn: Connection, ids: Sequence[int], now: datetime, why: str) -> list[int]:
    if not ids:
        return []
    chosen = json.dumps(list(ids))
    conn.execute(
        "INSERT INTO event (at, login, verb, subject, subject_id, detail, after, step) "
        "SELECT ?, ?, 'wake', 'mention', value, ?, ?, ? FROM json_each(?)",
        (
            encode(now),
            LOGIN,
            why,
            json.dumps({"state": MentionState.OPEN.value}),
            events.next_step(conn),
            chosen,
        ),
    )
    conn.execute(
        "UPDATE mention SET state = 'open', snooze = NULL, snoozed_until = NULL, woke = ? "
        "WHERE id IN (SELECT value FROM json_each(?))",
        (why, chosen),
    )
    return list(ids)
