"""What the team decided in a week, with its owner: typed in, changed, done, taken away, and all of it undone."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from smdash.core.clock import Week, decode, decode_optional, encode
from smdash.core.errors import InputError, Refused
from smdash.core.records import Actor
from smdash.core.reports import Decision
from smdash.core.text import clean, one_line
from smdash.locale import gettext as _
from smdash.store import events, members
from smdash.store.driver import Connection, new_id

LONGEST = 1000
_SELECT = (
    "SELECT d.id, d.week, d.body, o.login, o.name, m.login, m.name, c.name, d.at, d.done_at FROM decision d "
    "JOIN member m ON m.id = d.member_id LEFT JOIN member o ON o.id = d.owner_id "
    "LEFT JOIN campaign c ON c.id = d.campaign_id WHERE d.removed_at IS NULL "
)


def select(conn: Connection, week: Week | None = None, *, every: bool = False) -> tuple[Decision, ...]:
    """The decisions of a week, or those of all weeks that are not done yet (*every*: the others, too); by week."""
    rows = conn.execute(
        f"{_SELECT}AND (:week IS NULL OR d.week = :week) AND (:every OR :week IS NOT NULL OR d.done_at IS NULL) "
        "ORDER BY d.week, d.id",
        {"week": week.label if week else None, "every": every},
    ).fetchall()
    return tuple(map(_decision, rows))


def before(conn: Connection, week: Week) -> tuple[Decision, ...]:
    """The decisions of earlier weeks that are not done yet, by week."""
    rows = conn.execute(f"{_SELECT}AND d.week < ? AND d.done_at IS NULL ORDER BY d.week, d.id", (week.label,))
    return tuple(map(_decision, rows.fetchall()))


def of_campaign(conn: Connection, campaign_id: int) -> tuple[Decision, ...]:
    """The decisions about a campaign, by week."""
    rows = conn.execute(f"{_SELECT}AND d.campaign_id = ? ORDER BY d.week, d.id", (campaign_id,)).fetchall()
    return tuple(map(_decision, rows))


def get(conn: Connection, decision_id: int) -> Decision:
    """One decision. Raises InputError where there is none."""
    row = conn.execute(f"{_SELECT}AND d.id = ?", (decision_id,)).fetchone()
    if row is None:
        raise InputError(_("there is no decision {id}; see: smdash decision list --all").format(id=decision_id))
    return _decision(row)


def _decision(row: tuple[Any, ...]) -> Decision:
    found, week, body, owner_login, owner, author_login, author, campaign, at, done_at = row
    return Decision(
        found, week, body, owner_login, owner, author_login, author, campaign, decode(at), decode_optional(done_at)
    )


def add(
    conn: Connection,
    actor: Actor,
    now: datetime,
    week: Week,
    body: str,
    *,
    owner: str | None = None,
    campaign: str | None = None,
) -> int:
    """Write down a decision; *owner* is a login. Returns its id. The caller holds the write lock.

    Raises InputError for no words and for no such member or campaign, Refused for an owner who left.
    """
    cursor = conn.execute(
        "INSERT INTO decision (week, body, owner_id, member_id, campaign_id, at) VALUES (?, ?, ?, ?, ?, ?)",
        (
            week.label,
            _words(body),
            _owner(conn, owner),
            actor.member_id,
            _campaign(conn, campaign),
            encode(now),
        ),
    )
    decision_id = new_id(cursor)
    # Undoing it is taking it away.
    events.record(
        conn, actor, now, "decide", "decision", decision_id, detail=_words(body),
        before={"removed_at": encode(now)}, after={"removed_at": None}, step=events.next_step(conn),
    )  # fmt: skip
    return decision_id


def edit(
    conn: Connection,
    actor: Actor,
    decision_id: int,
    now: datetime,
    *,
    body: str | None = None,
    owner: str | None = None,
    week: Week | None = None,
    campaign: str | None = None,
) -> bool:
    """Change a decision; an empty *owner* or *campaign* takes it away. Returns whether anything changed.

    The caller holds the write lock. Raises as ``add`` does, and InputError where there is no such decision.
    """
    wished: dict[str, object] = {}
    if body is not None:
        wished["body"] = _words(body)
    if owner is not None:
        wished["owner_id"] = _owner(conn, owner)
    if week is not None:
        wished["week"] = week.label
    if campaign is not None:
        wished["campaign_id"] = _campaign(conn, campaign)
    return _change(conn, actor, decision_id, now, "edit", wished)


def done(conn: Connection, actor: Actor, decision_id: int, now: datetime) -> None:
    """It is done. The caller holds the write lock. Raises InputError where there is none, Refused where it is done."""
    if get(conn, decision_id).done_at is not None:
        raise Refused(_("decision {id} is done already").format(id=decision_id))
    _change(conn, actor, decision_id, now, "done", {"done_at": encode(now)})


def remove(conn: Connection, actor: Actor, decision_id: int, now: datetime) -> None:
    """Take it away. The caller holds the write lock. Raises InputError where there is none."""
    _change(conn, actor, decision_id, now, "remove", {"removed_at": encode(now)})


def _change(
    conn: Connection, actor: Actor, decision_id: int, now: datetime, verb: str, wished: dict[str, object]
) -> bool:
    get(conn, decision_id)
    columns = list(wished)
    row = conn.execute(f"SELECT {', '.join(columns) or 'id'} FROM decision WHERE id = ?", (decision_id,)).fetchone()
    present = dict(zip(columns, row, strict=False))
    after = {column: value for column, value in wished.items() if value != present[column]}
    if not after:
        return False
    conn.execute(
        f"UPDATE decision SET {', '.join(f'{column} = ?' for column in after)} WHERE id = ?",
        (*after.values(), decision_id),
    )
    events.record(
        conn, actor, now, verb, "decision", decision_id, before={column: present[column] for column in after},
        after=after, step=events.next_step(conn),
    )  # fmt: skip
    return True


def _words(body: str) -> str:
    words = one_line(clean(body, limit=LONGEST))
    if not words:
        raise InputError(_("a decision needs words"))
    return words


def _owner(conn: Connection, login: str | None) -> int | None:
    if not login:
        return None
    found = members.find(conn, login)
    if found.left_at is not None:
        raise Refused(_("{login} has left the team").format(login=login))
    return found.id


def _campaign(conn: Connection, name: str | None) -> int | None:
    from smdash.store import campaigns

    return campaigns.find(conn, name) if name else None
