"""Private notes on a mention or on a person: for the team alone, never sent. ``@ana`` in one tells Ana."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from smdash.core.clock import decode, encode
from smdash.core.errors import InputError, Refused
from smdash.core.records import Actor
from smdash.core.text import clean
from smdash.locale import gettext as _
from smdash.store import events
from smdash.store.driver import Connection, new_id

_SELECT = (
    "SELECT n.id, n.mention_id, n.author_id, n.member_id, m.name, n.body, n.created_at, "
    "(SELECT json_group_array(t.name) FROM note_for f JOIN member t ON t.id = f.member_id WHERE f.note_id = n.id) "
    "FROM note n JOIN member m ON m.id = n.member_id "
)
MOST_UNSEEN = 100


class Note(NamedTuple):
    """A note: on a mention or on a person (``author_id``), by whom, and whom it names."""

    id: int
    mention_id: int | None
    author_id: int | None
    member_id: int
    who: str
    body: str
    at: datetime
    names: tuple[str, ...]


class Noted(NamedTuple):
    """What ``add`` wrote: the note, the step that undo puts back, and the names of the members who are told."""

    note_id: int
    step: int
    told: tuple[str, ...]


def add(
    conn: Connection, actor: Actor, now: datetime, body: str, *, mention_id: int | None = None,
    author_id: int | None = None, step: int | None = None,
) -> Noted:  # fmt: skip
    """Write a note on a mention or on a person; ``step`` adds to a step that was begun.

    The caller holds the write lock.

    Raises InputError for an empty text and for a mention or person that does not exist.
    """
    body = clean(body).strip()
    if not body:
        raise InputError(_("a note needs words"))
    if mention_id is not None and conn.execute("SELECT 1 FROM mention WHERE id = ?", (mention_id,)).fetchone() is None:
        raise InputError(_("there is no mention {id}").format(id=mention_id))
    if author_id is not None and conn.execute("SELECT 1 FROM author WHERE id = ?", (author_id,)).fetchone() is None:
        raise InputError(_("there is no person {id}").format(id=author_id))
    cursor = conn.execute(
        "INSERT INTO note (mention_id, author_id, member_id, body, created_at) VALUES (?, ?, ?, ?, ?)",
        (mention_id, author_id, actor.member_id, body, encode(now)),
    )
    note_id = new_id(cursor)
    told = {who: name for who, name in named(conn, body).items() if who != actor.member_id}
    conn.executemany("INSERT INTO note_for (note_id, member_id) VALUES (?, ?)", [(note_id, who) for who in told])
    step = events.next_step(conn) if step is None else step
    events.record(conn, actor, now, "note", "note", note_id, before={"deleted": 1}, after={"deleted": 0}, step=step)
    if mention_id is not None:
        # For the mention's own history.
        events.record(conn, actor, now, "note", "mention", mention_id, step=step)
    return Noted(note_id, step, tuple(told.values()))


def remove(conn: Connection, actor: Actor, now: datetime, note_id: int) -> int:
    """Take one's own note away as a step; returns the step. The caller holds the write lock.

    Raises InputError where there is none, Refused for a colleague's.
    """
    row = conn.execute(
        "SELECT n.member_id, m.name FROM note n JOIN member m ON m.id = n.member_id WHERE n.id = ? AND n.deleted = 0",
        (note_id,),
    ).fetchone()
    if row is None:
        raise InputError(_("there is no note {id}").format(id=note_id))
    if row[0] != actor.member_id:
        raise Refused(_("the note is {who}'s, who alone may take it away").format(who=row[1]))
    conn.execute("UPDATE note SET deleted = 1 WHERE id = ?", (note_id,))
    step = events.next_step(conn)
    events.record(conn, actor, now, "remove", "note", note_id, before={"deleted": 0}, after={"deleted": 1}, step=step)
    return step


def named(conn: Connection, body: str) -> dict[int, str]:
    """The members that a text names with ``@`` and their login, name or first name, by their ids.

    A first name that two members share names both: better told twice than not at all.
    """
    if "@" not in body:
        return {}
    members = conn.execute("SELECT id, login, name FROM member WHERE left_at IS NULL ORDER BY id").fetchall()
    calls: list[tuple[str, int, str]] = []
    for member_id, login, name in members:
        words = {login.casefold(), name.casefold(), (name.split() or [""])[0].casefold()} - {""}
        calls += [(word, member_id, name) for word in words]
    found: dict[int, str] = {}
    text = body.casefold()
    at = -1
    while (at := text.find("@", at + 1)) >= 0:
        # An address such as kedai@ana.id names nobody.
        if at and (text[at - 1].isalnum() or text[at - 1] in "._-"):
            continue
        begun = [one for one in calls if text.startswith(one[0], at + 1) and _ends(text, at + 1 + len(one[0]))]
        longest = max((len(word) for word, _id, _name in begun), default=0)
        found.update({member_id: name for word, member_id, name in begun if len(word) == longest})
    return found


def _ends(text: str, at: int) -> bool:
    """Whether a name ends here: what follows begins no longer name and no address."""
    if at >= len(text) or not (text[at].isalnum() or text[at] in "_-.@"):
        return True
    return text[at] in ".-" and not text[at + 1 : at + 2].isalnum()


def of_mention(conn: Connection, mention_id: int) -> tuple[Note, ...]:
    """The notes on a mention, oldest first."""
    return _notes(conn, "WHERE n.mention_id = ? AND n.deleted = 0 ORDER BY n.id", mention_id)


def of_people(conn: Connection, author_ids: Sequence[int]) -> tuple[Note, ...]:
    """The notes on a person, by all their accounts, oldest first."""
    return _notes(
        conn, "WHERE n.author_id IN (SELECT value FROM json_each(?)) AND n.deleted = 0 ORDER BY n.id",
        json.dumps(list(author_ids)),
    )  # fmt: skip


def unseen(conn: Connection, member_id: int, limit: int = MOST_UNSEEN) -> tuple[Note, ...]:
    """Notes that name the member and that they have not seen, oldest first."""
    return _notes(
        conn,
        "JOIN note_for u ON u.note_id = n.id AND u.member_id = ? AND u.seen_at IS NULL WHERE n.deleted = 0 "
        "ORDER BY n.id LIMIT ?",
        member_id,
        limit,
    )


def mark_seen(conn: Connection, member_id: int, ids: Sequence[int] | None, now: datetime) -> int:
    """Note that the member saw these notes, or all; returns how many were news. The caller holds the write lock."""
    cursor = conn.execute(
        "UPDATE note_for SET seen_at = :at WHERE member_id = :member AND seen_at IS NULL "
        "AND (:ids IS NULL OR note_id IN (SELECT value FROM json_each(:ids)))",
        {"at": encode(now), "member": member_id, "ids": None if ids is None else json.dumps(list(ids))},
    )
    return cursor.rowcount


def _notes(conn: Connection, rest: str, *values: object) -> tuple[Note, ...]:
    return tuple(_note(row) for row in conn.execute(f"{_SELECT} {rest}", values).fetchall())


def _note(row: tuple[Any, ...]) -> Note:
    note_id, mention_id, author_id, member_id, who, body, at, names = row
    return Note(note_id, mention_id, author_id, member_id, who, body, decode(at), tuple(json.loads(names)))
