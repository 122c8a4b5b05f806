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
from smdash.store.driver import Connection, new_id

# The columns of each table that a step may change and undo may put back.
_UNDOABLE = {
    "mention": frozenset({"state", "done_at", "done_by", "answered_at", "assignee_id", "priority", "star"}),
}
# Steps on other things keep their before and after in the book too; undo passes them over.
_SUBJECTS = "(" + ", ".join(f"'{subject}'" for subject in sorted(_UNDOABLE)) + ")"


class Undone(NamedTuple):
    """What undo put back: the verb of the step, its rows, and how many others changed meanwhile and stay."""

    verb: str
    subject: str
    ids: tuple[int, ...]
    refused: int


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
        "SELECT e.at, coalesce(m.name, e.login), e.verb, coalesce(e.detail, '') FROM event e "
        "LEFT JOIN member m ON m.id = e.member_id WHERE e.subject = ? AND e.subject_id = ? ORDER BY e.id DESC LIMIT ?",
        (subject, subject_id, limit),
    ).fetchall()
    return [Happening(decode(at), who, verb, detail) for at, who, verb, detail in reversed(rows)]


def next_step(conn: Connection) -> int:
    """The number for a batch that is about to be written. The caller holds the write lock."""
    return int(conn.execute("SELECT coalesce(max(id), 0) + 1 FROM event").fetchone()[0])


def undo(conn: Connection, actor: Actor, now: datetime) -> Undone:
    """Put back the member's last step that is not undone yet. The caller holds the write lock.

    Of a batch, rows that somebody changed since are left as they are. Raises Refused when nothing can be
    put back.
    """
    last = conn.execute(
        f"SELECT id, step FROM event e WHERE member_id = ? AND subject IN {_SUBJECTS} "
        "AND before IS NOT NULL AND undoes IS NULL "
        "AND NOT EXISTS (SELECT 1 FROM event u WHERE u.undoes = e.id) ORDER BY id DESC LIMIT 1",
        (actor.member_id,),
    ).fetchone()
    if last is None:
        raise Refused(_("there is nothing of yours to undo"))
    rows = conn.execute(
        "SELECT id, verb, subject, subject_id, before, after FROM event e WHERE (id = ? OR step = ?) "
        "AND member_id = ? AND NOT EXISTS (SELECT 1 FROM event u WHERE u.undoes = e.id) ORDER BY id",
        (*last, actor.member_id),
    ).fetchall()
    step = next_step(conn)
    put_back: list[int] = []
    for event_id, verb, subject, subject_id, before_text, after_text in rows:
        before, after = json.loads(before_text), json.loads(after_text)
        if _restore(conn, subject, subject_id, before, after):
            record(
                conn, actor, now, "undo", subject, subject_id,
                detail=verb, before=after, after=before, step=step, undoes=event_id,
            )  # fmt: skip
            put_back.append(subject_id)
    _event_id, verb, subject, subject_id, *_rest = rows[-1]
    if not put_back:
        raise Refused(
            _("{who} changed it since, so it was not undone").format(who=_last_other(conn, subject, subject_id, actor))
        )
    return Undone(verb, subject, tuple(put_back), len(rows) - len(put_back))


def _restore(conn: Connection, subject: str, subject_id: int, before: dict[str, Any], after: dict[str, Any]) -> bool:
    """Put one row back if it still is as the step left it."""
    columns = sorted(after)
    if not _UNDOABLE.get(subject, frozenset()).issuperset(columns):
        return False
    found = conn.execute(f"SELECT {', '.join(columns)} FROM {subject} WHERE id = ?", (subject_id,)).fetchone()
    if found is None or dict(zip(columns, found, strict=True)) != after:
        return False
    conn.execute(
        f"UPDATE {subject} SET {', '.join(f'{column} = ?' for column in columns)} WHERE id = ?",
        (*(before[column] for column in columns), subject_id),
    )
    return True


def _last_other(conn: Connection, subject: str, subject_id: int, actor: Actor) -> str:
    row = conn.execute(
        "SELECT m.name FROM event e JOIN member m ON m.id = e.member_id WHERE e.subject = ? AND e.subject_id = ? "
        "AND e.member_id <> ? ORDER BY e.id DESC LIMIT 1",
        (subject, subject_id, actor.member_id),
    ).fetchone()
    return str(row[0]) if row else _("somebody")
