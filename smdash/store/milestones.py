"""Milestones of campaigns: what has to be reached until when, and who sees to it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from smdash.core.clock import decode, decode_optional, encode
from smdash.core.errors import InputError, Refused
from smdash.core.records import Actor, Milestone
from smdash.core.text import clean_name
from smdash.locale import gettext as _
from smdash.store import campaigns, events, members
from smdash.store.driver import Connection, new_id

_SELECT = (
    "SELECT s.id, c.name, s.name, s.due_at, o.login, o.name, s.done_at, d.name FROM milestone s "
    "JOIN campaign c ON c.id = s.campaign_id LEFT JOIN member o ON o.id = s.owner_id "
    "LEFT JOIN member d ON d.id = s.done_by WHERE s.removed_at IS NULL AND c.removed_at IS NULL "
)


def add(
    conn: Connection,
    actor: Actor,
    now: datetime,
    campaign_id: int,
    *,
    name: str,
    due_at: datetime,
    owner: str | None = None,
) -> int:
    """Write a milestone of a campaign (its id); returns its id. *owner* is the login of who sees to it.

    The caller holds the write lock. Raises InputError for no name, a time that is over and an unknown
    member, Refused for one who left and for a campaign that was called off.
    """
    campaigns.standing(conn, campaign_id)
    title = _named(name)
    if due_at < now:
        raise InputError(_("that time is over already; choose one that is still to come"))
    owner_id = _owner(conn, owner) if owner else None
    found = new_id(
        conn.execute(
            "INSERT INTO milestone (campaign_id, name, due_at, owner_id, created_at) VALUES (?, ?, ?, ?, ?)",
            (campaign_id, title, encode(due_at), owner_id, encode(now)),
        )
    )
    # Undoing it is removing it.
    events.record(
        conn, actor, now, "add", "milestone", found, detail=title, before={"removed_at": encode(now)},
        after={"removed_at": None}, step=events.next_step(conn),
    )  # fmt: skip
    return found


def edit(
    conn: Connection,
    actor: Actor,
    milestone_id: int,
    now: datetime,
    *,
    name: str | None = None,
    due_at: datetime | None = None,
    owner: str | None = None,
) -> bool:
    """Change a milestone; an empty *owner* takes whoever it was off. Whether anything changed.

    The caller holds the write lock. Raises as ``add`` does, and InputError where there is none.
    """
    get(conn, milestone_id)
    wanted: dict[str, Any] = {}
    if name is not None:
        wanted["name"] = _named(name)
    if due_at is not None:
        wanted["due_at"] = encode(due_at)
    if owner is not None:
        wanted["owner_id"] = _owner(conn, owner) if owner else None
    return _change(conn, actor, milestone_id, now, "edit", wanted)


def done(conn: Connection, actor: Actor, milestone_id: int, now: datetime) -> Milestone:
    """It is reached; returns it as it was. The caller holds the write lock.

    Raises InputError where there is none, Refused where it is done already.
    """
    found = get(conn, milestone_id)
    if found.done_at is not None:
        raise Refused(_("milestone {id} is done already").format(id=milestone_id))
    _change(conn, actor, milestone_id, now, "done", {"done_at": encode(now), "done_by": actor.member_id})
    return found


def reopen(conn: Connection, actor: Actor, milestone_id: int, now: datetime) -> Milestone:
    """It is not reached after all; returns it as it was. The caller holds the write lock. Raises as ``done`` does."""
    found = get(conn, milestone_id)
    if found.done_at is None:
        raise Refused(_("milestone {id} is not done yet").format(id=milestone_id))
    _change(conn, actor, milestone_id, now, "reopen", {"done_at": None, "done_by": None})
    return found


def remove(conn: Connection, actor: Actor, milestone_id: int, now: datetime) -> Milestone:
    """Take a milestone away; returns it as it was. The caller holds the write lock.

    Raises InputError where there is none.
    """
    found = get(conn, milestone_id)
    _change(conn, actor, milestone_id, now, "remove", {"removed_at": encode(now)})
    return found


def get(conn: Connection, milestone_id: int) -> Milestone:
    """One milestone. Raises InputError where there is none."""
    row = conn.execute(f"{_SELECT}AND s.id = ?", (milestone_id,)).fetchone()
    if row is None:
        raise InputError(_("there is no milestone {id}; see: smdash campaign milestone list").format(id=milestone_id))
    return _milestone(row)


def of_campaign(conn: Connection, campaign_id: int) -> tuple[Milestone, ...]:
    """The milestones of a campaign by their time, those that are done too."""
    rows = conn.execute(f"{_SELECT}AND s.campaign_id = ? ORDER BY s.due_at, s.id", (campaign_id,)).fetchall()
    return tuple(map(_milestone, rows))


def select(conn: Connection, *, owner_id: int | None = None, every: bool = False) -> tuple[Milestone, ...]:
    """What is to be reached, the next first; of one member where *owner_id* says so; *every*: what is done too."""
    rows = conn.execute(
        f"{_SELECT}AND (:owner IS NULL OR s.owner_id = :owner) AND (:every OR s.done_at IS NULL) "
        "ORDER BY s.done_at IS NOT NULL, s.due_at, s.id",
        {"owner": owner_id, "every": every},
    ).fetchall()
    return tuple(map(_milestone, rows))


def _named(name: str) -> str:
    title = clean_name(name)
    if not title:
        raise InputError(_("a milestone needs a name"))
    return title


def _owner(conn: Connection, login: str) -> int:
    found = members.find(conn, login)
    if found.left_at is not None:
        raise Refused(_("{login} has left the team").format(login=login))
    return found.id


def _change(
    conn: Connection, actor: Actor, milestone_id: int, now: datetime, verb: str, wanted: dict[str, Any]
) -> bool:
    row = conn.execute(
        "SELECT name, due_at, owner_id, done_at, done_by, removed_at FROM milestone WHERE id = ?", (milestone_id,)
    ).fetchone()
    held = dict(zip(("name", "due_at", "owner_id", "done_at", "done_by", "removed_at"), row, strict=True))
    after = {column: value for column, value in wanted.items() if held[column] != value}
    if not after:
        return False
    put = ", ".join(f"{column} = ?" for column in after)
    conn.execute(f"UPDATE milestone SET {put} WHERE id = ?", (*after.values(), milestone_id))
    events.record(
        conn, actor, now, verb, "milestone", milestone_id, detail=str(after.get("name", held["name"])),
        before={column: held[column] for column in after}, after=after, step=events.next_step(conn),
    )  # fmt: skip
    return True


def _milestone(row: tuple[Any, ...]) -> Milestone:
    return Milestone(row[0], row[1], row[2], decode(row[3]), row[4], row[5], decode_optional(row[6]), row[7])
