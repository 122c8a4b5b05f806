"""One step of a member on one mention or ten thousand: a few statements, and undo can put it back."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from smdash.core.clock import encode
from smdash.core.errors import InputError, Refused
from smdash.core.records import Actor, MentionState
from smdash.locale import gettext as _
from smdash.store import events
from smdash.store.driver import Connection

# What a mention has no more once it is not waiting for anything.
NOT_WAITING = {"snooze": None, "snoozed_until": None, "woke": None}
# A row that another member changed since the one who acts has seen it.
_SINCE = (
    "SELECT e.subject_id, m.name FROM event e JOIN member m ON m.id = e.member_id "
    "WHERE e.id > ? AND e.subject = 'mention' AND e.member_id <> ? AND e.after IS NOT NULL "
    "AND e.subject_id IN (SELECT value FROM json_each(?)) "
    "AND EXISTS (SELECT 1 FROM json_each(e.after) k WHERE k.key IN (SELECT value FROM json_each(?))) ORDER BY e.id"
)


class Stepped(NamedTuple):
    """How many rows a step changed, and whom its other rows were taken by since the member saw them."""

    changed: int
    faster: Mapping[int, str]


def last_seen(conn: Connection) -> int:
    """Up to where in the book of events what is read now knows; for ``seen`` of a step."""
    return int(conn.execute("SELECT coalesce(max(id), 0) FROM event").fetchone()[0])


def change(
    conn: Connection,
    actor: Actor,
    ids: Sequence[int],
    now: datetime,
    verb: str,
    after: Mapping[str, object],
    *,
    unless: MentionState | None = None,
    seen: int | None = None,
    detail: str | None = None,
    step: int | None = None,
) -> Stepped:
    """Set columns of mentions as one step that undo can put back.

    Rows in the state *unless*, those that hold these values already, and those whose columns another member changed
    after the event *seen* are passed over. ``step`` adds to a step that was begun, on other rows or in
    other columns. The caller holds the write lock.
    Raises InputError for an id that does not exist, Refused for what our own account wrote.
    """
    wanted = json.dumps(list(dict.fromkeys(ids)))
    refuse(conn, ids)
    columns = sorted(after)
    faster: dict[int, str] = {}
    if seen is not None:
        faster = dict(conn.execute(_SINCE, (seen, actor.member_id, wanted, json.dumps(columns))).fetchall())
        if faster:
            wanted = json.dumps([one for one in dict.fromkeys(ids) if one not in faster])
    first = events.next_step(conn)
    step = first if step is None else step
    values = [after[column] for column in columns]
    before = ", ".join(f"'{one}', i.{one}" for one in columns)
    cursor = conn.execute(
        "INSERT INTO event (at, member_id, login, verb, subject, subject_id, detail, before, after, step) "
        f"SELECT ?, ?, ?, ?, 'mention', i.id, ?, json_object({before}), ?, ? "
        "FROM json_each(?) j CROSS JOIN mention i ON i.id = j.value "
        f"WHERE i.state IS NOT ? AND ({' OR '.join(f'i.{one} IS NOT ?' for one in columns)}) ORDER BY j.key",
        (
            encode(now),
            actor.member_id,
            actor.real_login,
            verb,
            detail,
            json.dumps(dict(after)),
            step,
            wanted,
            unless,
            *values,
        ),
    )
    changed = cursor.rowcount
    if changed:
        conn.execute(
            f"UPDATE mention SET {', '.join(f'{one} = ?' for one in columns)} "
            "WHERE id IN (SELECT subject_id FROM event WHERE id >= ? AND step = ? AND subject = 'mention')",
            (*values, first, step),
        )
    return Stepped(changed, faster)


def refuse(conn: Connection, ids: Sequence[int]) -> None:
    """Raise InputError for the first id that names no mention, Refused for one of our own account's."""
    row = conn.execute(
        "SELECT j.value, i.id FROM json_each(?) j LEFT JOIN mention i ON i.id = j.value "
        "WHERE i.id IS NULL OR i.own = 1 ORDER BY j.key LIMIT 1",
        (json.dumps(list(ids)),),
    ).fetchone()
    if row is None:
        return
    if row[1] is None:
        raise InputError(_("there is no mention {id}").format(id=row[0]))
    raise Refused(_("mention {id} was written by our own account").format(id=row[0]))
