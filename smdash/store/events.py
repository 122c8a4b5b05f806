"""The append-only book of who did what, and undo, which reads it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from smdash.core.clock import decode, encode
from smdash.core.errors import Refused
from smdash.core.records import Actor, Happening
from smdash.locale import gettext as _
from smdash.store.driver import Connection

# The columns of each table that a step may change and undo may put back.
_UNDOABLE = {
    "mention": frozenset({"state", "done_at", "done_by", "answered_at", "assignee_id", "priority", "star"}),
}
# How many of the member's own events undo looks back over.
_LOOK_BACK = 500


class Undone(NamedTuple):
    """What undo put back: the verb of the step, and the row."""

    verb: str
    subject: str
    subject_id: int


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
    undoes: int | None = None,
) -> int:
    """Write one event; *before* and *after* are the columns that changed, which is what undo needs."""
    cursor = conn.execute(
        "INSERT INTO event (at, member_id, login, verb, subject, subject_id, detail, before, after, undoes) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
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
            undoes,
        ),
    )
    assert cursor.lastrowid is not None  # noqa: S101 (an INSERT always has one)
    return cursor.lastrowid


def history(conn: Connection, subject: str, subject_id: int, limit: int = 100) -> list[Happening]:
    """What happened to a row, oldest first, at most *limit* of the newest."""
    rows = conn.execute(
        "SELECT e.at, coalesce(m.name, e.login), e.verb, coalesce(e.detail, '') FROM event e "
        "LEFT JOIN member m ON m.id = e.member_id WHERE e.subject = ? AND e.subject_id = ? ORDER BY e.id DESC LIMIT ?",
        (subject, subject_id, limit),
    ).fetchall()
    return [Happening(decode(at), who, verb, detail) for at, who, verb, detail in reversed(rows)]


def undo(conn: Connection, actor: Actor, now: datetime) -> Undone:
    """Put back the member's last step that is not undone yet. The caller holds the write lock.

    Raises Refused when there is none, or when somebody changed the row since.
    """
    row = conn.execute(
        "SELECT id, verb, subject, subject_id, before, after FROM event e WHERE member_id = ? AND before IS NOT NULL "
        "AND undoes IS NULL AND id > (SELECT coalesce(max(id), 0) - ? FROM event) "
        "AND NOT EXISTS (SELECT 1 FROM event u WHERE u.undoes = e.id) ORDER BY id DESC LIMIT 1",
        (actor.member_id, _LOOK_BACK),
    ).fetchone()
    if row is None:
        raise Refused(_("there is nothing of yours to undo"))
    event_id, verb, subject, subject_id, before_text, after_text = row
    before, after = json.loads(before_text), json.loads(after_text)
    columns = sorted(after)
    if subject not in _UNDOABLE or not _UNDOABLE[subject].issuperset(columns):
        raise Refused(_("this step can't be undone"))
    found = conn.execute(f"SELECT {', '.join(columns)} FROM {subject} WHERE id = ?", (subject_id,)).fetchone()
    if found is None:
        raise Refused(_("the row is gone, so there is nothing to undo"))
    if dict(zip(columns, found, strict=True)) != after:
        raise Refused(
            _("{who} changed it since, so it was not undone").format(who=_last_other(conn, subject, subject_id, actor))
        )
    conn.execute(
        f"UPDATE {subject} SET {', '.join(f'{column} = ?' for column in columns)} WHERE id = ?",
        (*(before[column] for column in columns), subject_id),
    )
    record(conn, actor, now, "undo", subject, subject_id, detail=verb, before=after, after=before, undoes=event_id)
    return Undone(verb, subject, subject_id)


def _last_other(conn: Connection, subject: str, subject_id: int, actor: Actor) -> str:
    row = conn.execute(
        "SELECT m.name FROM event e JOIN member m ON m.id = e.member_id WHERE e.subject = ? AND e.subject_id = ? "
        "AND e.member_id <> ? ORDER BY e.id DESC LIMIT 1",
        (subject, subject_id, actor.member_id),
    ).fetchone()
    return str(row[0]) if row else _("somebody")
