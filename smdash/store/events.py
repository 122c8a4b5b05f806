"""The append-only book of who did what, when, and what undoes it (``store.undoing`` reads that)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from typing import Any

from smdash.core.clock import decode, encode
from smdash.core.records import Actor, Happening
from smdash.store.driver import Connection, new_id


def record(
    conn: Connection,
    actor: Actor,
    now: datetime,
    verb: str,
    subject: str,
    subject_id: int | None,
    *,
    detail: str | None = None,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    step: int | None = None,
    undoes: int | None = None,
) -> int:
    """Write one event; *before* and *after* are the columns that changed, which is what undo needs.

    Events of one batch share the *step*: the id of the batch's first event.
    """
    cursor = conn.execute(
        "INSERT INTO event (at, member_id, login, verb, subject, subject_id, detail, before, after, step, undoes) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            encode(now),
            actor.member_id,
            actor.real_login,
            verb,
            subject,
            subject_id,
            detail,
            None if before is None else json.dumps(before),
            None if after is None else json.dumps(after),
            step,
            undoes,
        ),
    )
    return new_id(cursor)


def history(conn: Connection, subject: str, subject_id: int, limit: int = 100) -> list[Happening]:
    """What happened to a row, oldest first, at most *limit* of the newest."""
    rows = conn.execute(
        # What a rule did was done by the rule.
        "SELECT e.at, coalesce(m.name, iif(e.verb = 'rule', e.detail, e.login)), e.verb, coalesce(e.detail, '') "
        "FROM event e LEFT JOIN member m ON m.id = e.member_id WHERE e.subject = ? AND e.subject_id = ? "
        "ORDER BY e.id DESC LIMIT ?",
        (subject, subject_id, limit),
    ).fetchall()
    return [Happening(decode(at), who, verb, detail) for at, who, verb, detail in reversed(rows)]


_together: ContextVar[int | None] = ContextVar("together", default=None)


@contextmanager
def one_step(conn: Connection) -> Iterator[int]:
    """All that is written within is one step, whichever functions write it. The caller holds the write lock."""
    step = next_step(conn)
    mark = _together.set(step)
    try:
        yield step
    finally:
        _together.reset(mark)


def next_step(conn: Connection) -> int:
    """The number for a batch that is about to be written. The caller holds the write lock."""
    if (step := _together.get()) is not None:
        return step
    return int(conn.execute("SELECT coalesce(max(id), 0) + 1 FROM event").fetchone()[0])


def ids_of(conn: Connection, step: int, subject: str = "mention") -> list[int]:
    """The rows of a step, in its order."""
    rows = conn.execute(
        "SELECT subject_id FROM event WHERE step = ? AND subject = ? ORDER BY id", (step, subject)
    ).fetchall()
    return [row[0] for row in rows]
