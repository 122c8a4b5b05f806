"""Saved replies: the team's, which everybody uses and edits, and a member's own, which nobody else sees."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from smdash.core import saved
from smdash.core.clock import decode, encode
from smdash.core.errors import InputError, Refused
from smdash.core.records import Actor
from smdash.core.text import clean, clean_name
from smdash.locale import gettext as _
from smdash.store import events
from smdash.store.driver import Connection, new_id

_SELECT = "SELECT s.id, s.name, s.body, s.member_id IS NOT NULL, s.uses, s.updated_at FROM saved_reply s "
# Another member's own ones are as if they weren't there.
_SEEN = "(s.member_id IS NULL OR s.member_id = :member)"


class SavedReply(NamedTuple):
    """A saved reply; ``private`` is the member's own. ``body`` is a template (core.saved)."""

    id: int
    name: str
    body: str
    private: bool
    uses: int
    updated_at: datetime


def select(conn: Connection, member_id: int | None, words: str = "") -> list[SavedReply]:
    """The team's and the member's own that have all the words in name or text, the most used first."""
    wanted = [word.casefold() for word in clean(words).split()]
    rows = conn.execute(
        f"{_SELECT} WHERE {_SEEN} ORDER BY s.uses DESC, s.name, s.member_id IS NULL", {"member": member_id}
    ).fetchall()
    found = [_reply(row) for row in rows]
    return [one for one in found if all(word in f"{one.name}\n{one.body}".casefold() for word in wanted)]


def find(conn: Connection, member_id: int | None, name: str) -> SavedReply:
    """The one with this name (the member's own before the team's), or with this id written ``#3``.

    Raises InputError where there is none.
    """
    row = conn.execute(
        f"{_SELECT} WHERE {_SEEN} AND (s.name = :name OR '#' || s.id = :name) ORDER BY s.member_id IS NULL LIMIT 1",
        {"member": member_id, "name": clean_name(name)},
    ).fetchone()
    if row is None:
        raise InputError(_("there is no saved reply “{name}”; see: smdash saved list").format(name=clean_name(name)))
    return _reply(row)


def _reply(row: tuple[Any, ...]) -> SavedReply:
    return SavedReply(row[0], row[1], row[2], bool(row[3]), row[4], decode(row[5]))


def add(conn: Connection, actor: Actor, now: datetime, name: str, body: str, *, private: bool = False) -> int:
    """Save a reply; returns its id. The caller holds the write lock.

    Raises InputError for a name that is taken or empty and for a text that is empty or has a broken field.
    """
    name, body = _checked_name(name), _checked_body(body)
    owner = actor.member_id if private else None
    _refuse_taken(conn, name, owner, None)
    cursor = conn.execute(
        "INSERT INTO saved_reply (name, body, member_id, created_at, updated_at) VALUES (?, ?, ?, ?, ?)",
        (name, body, owner, encode(now), encode(now)),
    )
    reply_id = new_id(cursor)
    events.record(conn, actor, now, "add", "saved_reply", reply_id, detail=name)
    return reply_id


def edit(
    conn: Connection, actor: Actor, now: datetime, reply_id: int, *, name: str | None = None, body: str | None = None
) -> bool:
    """Change a saved reply; returns whether anything changed. The caller holds the write lock. Raises as ``add``."""
    old = _owned(conn, actor, reply_id)
    name = old.name if name is None else _checked_name(name)
    body = old.body if body is None else _checked_body(body)
    if (name, body) == (old.name, old.body):
        return False
    _refuse_taken(conn, name, actor.member_id if old.private else None, reply_id)
    conn.execute(
        "UPDATE saved_reply SET name = ?, body = ?, updated_at = ? WHERE id = ?", (name, body, encode(now), reply_id)
    )
    events.record(conn, actor, now, "edit", "saved_reply", reply_id, detail=name)
    return True


def remove(conn: Connection, actor: Actor, now: datetime, reply_id: int) -> None:
    """Take a saved reply away. The caller holds the write lock. Raises InputError where there is none."""
    old = _owned(conn, actor, reply_id)
    conn.execute("DELETE FROM saved_reply WHERE id = ?", (reply_id,))
    events.record(conn, actor, now, "remove", "saved_reply", reply_id, detail=old.name)


def used(conn: Connection, reply_id: int) -> None:
    """Count one use. The caller holds the write lock; one that was removed meanwhile is no trouble."""
    conn.execute("UPDATE saved_reply SET uses = uses + 1 WHERE id = ?", (reply_id,))


def _owned(conn: Connection, actor: Actor, reply_id: int) -> SavedReply:
    row = conn.execute(
        f"{_SELECT} WHERE {_SEEN} AND s.id = :id", {"member": actor.member_id, "id": reply_id}
    ).fetchone()
    if row is None:
        raise InputError(_("there is no saved reply {id}").format(id=reply_id))
    return _reply(row)


def _checked_name(name: str) -> str:
    name = clean_name(name)
    if not name or name.startswith("#"):
        raise InputError(_("a saved reply needs a name that does not begin with #"))
    return name


def _checked_body(body: str) -> str:
    body = clean(body).strip()
    if not body:
        raise InputError(_("a saved reply needs words"))
    saved.fields(body)
    return body


def _refuse_taken(conn: Connection, name: str, owner: int | None, besides: int | None) -> None:
    row = conn.execute(
        "SELECT 1 FROM saved_reply WHERE name = ? AND member_id IS ? AND id IS NOT ?", (name, owner, besides)
    ).fetchone()
    if row is not None:
        raise Refused(_("there is a saved reply “{name}” already").format(name=name))
