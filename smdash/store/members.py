"""Members beyond joining: adding one with a role."""

from __future__ import annotations

from datetime import datetime

from smdash.core.clock import encode
from smdash.core.errors import InputError
from smdash.core.records import Actor, Role
from smdash.locale import gettext as _
from smdash.store import events
from smdash.store.driver import Connection, new_id


def add(conn: Connection, actor: Actor, now: datetime, *, login: str, name: str, role: Role) -> int:
    """Write a member who has not joined by using smdash yet; returns the id. The caller holds the write lock.

    Raises InputError when the login is a member's already.
    """
    if conn.execute("SELECT 1 FROM member WHERE login = ?", (login,)).fetchone():
        raise InputError(_("{login} is a member already").format(login=login))
    cursor = conn.execute(
        "INSERT INTO member (login, name, role, joined_at) VALUES (?, ?, ?, ?)", (login, name, role.value, encode(now))
    )
    member_id = new_id(cursor)
    events.record(conn, actor, now, "add", "member", member_id)
    return member_id
