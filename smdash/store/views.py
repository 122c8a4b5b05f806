"""The named queries of the team and of its members."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from smdash.core.errors import InputError, Refused
from smdash.core.query import parse
from smdash.core.records import Actor
from smdash.core.views import MOST_VIEWS, NamedQuery, checked_name
from smdash.locale import gettext as _
from smdash.store import events, finding
from smdash.store.driver import Connection, new_id

_SELECT = "SELECT id, name, query, member_id IS NOT NULL FROM view"


class View(NamedTuple):
    """A view; ``own`` says that it is the member's, not the team's."""

    id: int
    name: str
    query: str
    own: bool


def select(conn: Connection, member_id: int | None) -> list[View]:
    """The team's views in their order, then the member's own."""
    rows = conn.execute(
        f"{_SELECT} WHERE member_id IS NULL OR member_id = ? ORDER BY member_id IS NOT NULL, position, id", (member_id,)
    ).fetchall()
    return [_view(row) for row in rows]


def named(conn: Connection, member_id: int | None, name: str) -> View:
    """The view of this name, a member's own before the team's. Raises InputError where there is none."""
    found = select(conn, member_id)
    for one in reversed(found):
        if one.name.casefold() == name.strip().casefold():
            return one
    near = difflib.get_close_matches(name, [one.name for one in found], 1)
    if near:
        raise InputError(_("there is no view “{name}”; did you mean {near}?").format(name=name, near=near[0]))
    raise InputError(
        _("there is no view “{name}”; known: {known}").format(
            name=name, known=", ".join(one.name for one in found) or "–"
        )
    )


def team_views(conn: Connection) -> tuple[NamedQuery, ...]:
    """The team's views, as its settings hold them."""
    return tuple(NamedQuery(one.name, one.query) for one in select(conn, None))


def replace(conn: Connection, after: Iterable[NamedQuery]) -> None:
    """Put these views in the place of the team's; one that keeps its name stays the same row.

    The caller holds the write lock and writes the event.
    """
    wanted = list(after)
    names = {one.name.casefold() for one in wanted}
    present = {one.name.casefold(): one for one in select(conn, None)}
    for name, old in present.items():
        if name not in names:
            conn.execute("DELETE FROM view WHERE id = ?", (old.id,))
    for position, one in enumerate(wanted, start=1):
        if kept := present.get(one.name.casefold()):
            conn.execute(
                "UPDATE view SET name = ?, query = ?, position = ? WHERE id = ?",
                (one.name, one.query, position, kept.id),
            )
        else:
            conn.execute("INSERT INTO view (name, query, position) VALUES (?, ?, ?)", (one.name, one.query, position))


def add(conn: Connection, actor: Actor, now: datetime, name: str, query: str, *, own: bool = True) -> View:
    """Keep a query under a name, as the last of the member's own or of the team's. The caller holds the write lock.

    Raises InputError for a name or query that is none, Refused for a name that is taken.
    """
    owner = actor.member_id if own else None
    name, text = checked_name(name), parse(query, finding.names(conn)).text
    _refuse_taken(conn, name, owner, None)
    count, last = conn.execute(
        "SELECT count(*), coalesce(max(position), 0) FROM view WHERE member_id IS ?", (owner,)
    ).fetchone()
    if count >= MOST_VIEWS:
        raise Refused(_("there are {most} views already; remove one first").format(most=MOST_VIEWS))
    cursor = conn.execute(
        "INSERT INTO view (name, query, member_id, position) VALUES (?, ?, ?, ?)", (name, text, owner, last + 1)
    )
    view_id = new_id(cursor)
    events.record(conn, actor, now, "add", "view", view_id, detail=f"{name}: {text}")
    return View(view_id, name, text, own)


def edit(
    conn: Connection, actor: Actor, now: datetime, view_id: int, *, name: str | None = None, query: str | None = None
) -> View:
    """Change a view's name or query. The caller holds the write lock. Raises as ``add``."""
    old = _seen(conn, actor, view_id)
    new = old._replace(
        name=old.name if name is None else checked_name(name),
        query=old.query if query is None else parse(query, finding.names(conn)).text,
    )
    if new != old:
        _refuse_taken(conn, new.name, actor.member_id if old.own else None, view_id)
        conn.execute("UPDATE view SET name = ?, query = ? WHERE id = ?", (new.name, new.query, view_id))
        events.record(conn, actor, now, "edit", "view", view_id, detail=f"{new.name}: {new.query}")
    return new


def move(conn: Connection, actor: Actor, now: datetime, view_id: int, place: int) -> None:
    """Put a view at a place (from 1) among the member's own or the team's. The caller holds the write lock."""
    view = _seen(conn, actor, view_id)
    others = [one.id for one in select(conn, actor.member_id) if one.own is view.own and one.id != view_id]
    others.insert(max(place, 1) - 1, view_id)
    conn.executemany(
        "UPDATE view SET position = ?1 WHERE id = ?2 AND position <> ?1",
        [(position, one) for position, one in enumerate(others, start=1)],
    )
    events.record(conn, actor, now, "move", "view", view_id, detail=view.name)


def remove(conn: Connection, actor: Actor, now: datetime, view_id: int) -> None:
    """Take a view away. The caller holds the write lock. Raises InputError where there is none."""
    view = _seen(conn, actor, view_id)
    conn.execute("DELETE FROM view WHERE id = ?", (view_id,))
    events.record(conn, actor, now, "remove", "view", view_id, detail=f"{view.name}: {view.query}")


def _seen(conn: Connection, actor: Actor, view_id: int) -> View:
    row = conn.execute(
        f"{_SELECT} WHERE id = ? AND (member_id IS NULL OR member_id = ?)", (view_id, actor.member_id)
    ).fetchone()
    if row is None:
        raise InputError(_("there is no view {id}").format(id=view_id))
    return _view(row)


def _view(row: Sequence[object]) -> View:
    view_id, name, query, own = row
    return View(int(str(view_id)), str(name), str(query), bool(own))


def _refuse_taken(conn: Connection, name: str, owner: int | None, besides: int | None) -> None:
    row = conn.execute(
        "SELECT 1 FROM view WHERE name = ? AND member_id IS ? AND id IS NOT ?", (name, owner, besides)
    ).fetchone()
    if row is not None:
        raise Refused(_("there is a view “{name}” already").format(name=name))
