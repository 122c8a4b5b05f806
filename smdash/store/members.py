"""Members beyond joining: adding one with a role, changing one, and the days on which they are away."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from smdash.core.clock import decode, decode_optional, encode
from smdash.core.errors import InputError, Refused
from smdash.core.records import Actor, Member, Role
from smdash.core.worktime import Absence, from_plain, without
from smdash.locale import gettext as _
from smdash.store import events
from smdash.store.driver import Connection, new_id

_COLUMNS = "id, login, name, role, zone, hours, joined_at, left_at"
_ABSENCES = (
    "SELECT a.id, m.login, a.first_day, a.last_day, a.kind FROM absence a JOIN member m ON m.id = a.member_id "
    "WHERE (?1 IS NULL OR a.member_id = ?1) AND a.last_day >= ?2 ORDER BY a.first_day, m.login, a.id"
)
BEFORE_ALL = date(1, 1, 1)


def _member(row: tuple[Any, ...]) -> Member:
    member_id, login, name, role, zone, hours, joined, left = row
    own = None if hours is None else from_plain(json.loads(hours))
    return Member(member_id, login, name, Role(role), zone, own, decode(joined), decode_optional(left))


def select(conn: Connection, *, with_left: bool = False) -> list[Member]:
    """The members by login; those who left only when asked for."""
    rows = conn.execute(
        f"SELECT {_COLUMNS} FROM member WHERE left_at IS NULL OR ? ORDER BY login", (with_left,)
    ).fetchall()
    return [_member(row) for row in rows]


def find(conn: Connection, login: str) -> Member:
    """The member with this login. Raises InputError where there is none."""
    row = conn.execute(f"SELECT {_COLUMNS} FROM member WHERE login = ?", (login,)).fetchone()
    if row is None:
        raise InputError(_("there is no member “{login}”; see: smdash member list --all").format(login=login))
    return _member(row)


def add(
    conn: Connection, actor: Actor, now: datetime, *, login: str, name: str, role: Role, zone: str | None = None
) -> int:
    """Write a member who has not joined by using smdash yet; returns the id. The caller holds the write lock.

    Raises InputError when the login is a member's already.
    """
    if conn.execute("SELECT 1 FROM member WHERE login = ?", (login,)).fetchone():
        raise InputError(_("{login} is a member already").format(login=login))
    cursor = conn.execute(
        "INSERT INTO member (login, name, role, zone, joined_at) VALUES (?, ?, ?, ?, ?)",
        (login, name, role.value, zone, encode(now)),
    )
    member_id = new_id(cursor)
    after = {"login": login, "name": name, "role": role.value, "zone": zone}
    events.record(conn, actor, now, "add", "member", member_id, after=after)
    return member_id


def change(conn: Connection, actor: Actor, now: datetime, login: str, wishes: Mapping[str, str | None]) -> list[str]:
    """Set columns of a member (name, role, zone, hours, left_at as the table keeps them); returns which changed.

    The caller holds the write lock. Raises InputError for a login that is nobody's.
    """
    member_id = find(conn, login).id
    columns = sorted(wishes)
    row = conn.execute(f"SELECT {', '.join(columns)} FROM member WHERE id = ?", (member_id,)).fetchone()
    before = dict(zip(columns, row, strict=True))
    changed = [column for column in columns if before[column] != wishes[column]]
    if not changed:
        return []
    conn.execute(
        f"UPDATE member SET {', '.join(f'{column} = ?' for column in changed)} WHERE id = ?",
        (*(wishes[column] for column in changed), member_id),
    )
    events.record(
        conn, actor, now, "edit", "member", member_id, detail=", ".join(changed),
        before={column: before[column] for column in changed}, after={column: wishes[column] for column in changed},
    )  # fmt: skip
    return changed


def open_mentions(conn: Connection, member_id: int) -> int:
    """How many open mentions the member holds."""
    return int(
        conn.execute("SELECT count(*) FROM mention WHERE state = 'open' AND assignee_id = ?", (member_id,)).fetchone()[
            0
        ]
    )


def absences(conn: Connection, member_id: int | None = None, since: date = BEFORE_ALL) -> list[Absence]:
    """The absences of one member or of all that end on *since* or later, the earliest first."""
    rows = conn.execute(_ABSENCES, (member_id, since.isoformat())).fetchall()
    return [Absence(key, login, _day(first), _day(last), kind) for key, login, first, last, kind in rows]


def _day(text: str) -> date:
    """A day that another program may have written oddly must not hide the others."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return decode(text).date()


def absent(conn: Connection, actor: Actor, now: datetime, login: str, first: date, last: date, kind: str) -> int:
    """Write days on which a member is away, both ends included; returns the absence's id.

    The caller holds the write lock. Raises InputError for a login that is nobody's or a last day before the first,
    Refused where the member is away on one of these days already.
    """
    member_id = find(conn, login).id
    if last < first:
        raise InputError(_("{last} is before {first}; the first day comes first").format(last=last, first=first))
    for one in absences(conn, member_id, first):
        if one.first_day <= last:
            raise Refused(
                _("{login} is away from {first} to {last} already; take days back with: smdash member present").format(
                    login=login, first=one.first_day, last=one.last_day
                )
            )
    absence_id = _put_absence(conn, now, member_id, first, last, kind)
    after = {"first_day": first.isoformat(), "last_day": last.isoformat(), "kind": kind}
    events.record(conn, actor, now, "absent", "member", member_id, detail=_span(first, last), after=after)
    return absence_id


def _put_absence(conn: Connection, now: datetime, member_id: int, first: date, last: date, kind: str) -> int:
    cursor = conn.execute(
        "INSERT INTO absence (member_id, first_day, last_day, kind, created_at) VALUES (?, ?, ?, ?, ?)",
        (member_id, first.isoformat(), last.isoformat(), kind, encode(now)),
    )
    return new_id(cursor)


def present(conn: Connection, actor: Actor, now: datetime, login: str, first: date, last: date) -> list[Absence]:
    """Take days back on which a member was to be away; returns the absences that were touched, as they were.

    An absence that reaches beyond these days is cut, or split in two. The caller holds the write lock. Raises
    InputError for a login that is nobody's, Refused where the member is not away on any of them.
    """
    member_id = find(conn, login).id
    touched = without(absences(conn, member_id, first), first, last)
    if not touched:
        raise Refused(_("{login} is not away on these days").format(login=login))
    for one, left in touched:
        if left:
            (start, end), *second = left
            conn.execute(
                "UPDATE absence SET first_day = ?, last_day = ? WHERE id = ?",
                (start.isoformat(), end.isoformat(), one.id),
            )
        else:
            second = []
            conn.execute("DELETE FROM absence WHERE id = ?", (one.id,))
        before = {"first_day": one.first_day.isoformat(), "last_day": one.last_day.isoformat(), "kind": one.kind}
        after = [[start.isoformat(), end.isoformat()] for start, end in left]
        detail = _span(max(first, one.first_day), min(last, one.last_day))
        events.record(
            conn, actor, now, "present", "member", member_id, detail=detail,
            before=before, after={"left": after},
        )  # fmt: skip
        for start, end in second:
            _put_absence(conn, now, member_id, start, end, one.kind)
    return [one for one, _left in touched]


def _span(first: date, last: date) -> str:
    return first.isoformat() if first == last else f"{first.isoformat()} – {last.isoformat()}"
