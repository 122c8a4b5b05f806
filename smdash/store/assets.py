"""Assets: what was asked of whom for a post or a campaign, until when, and whether it is made."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from smdash.core.assets import Asset, makers
from smdash.core.clock import decode, decode_optional, encode, encode_optional
from smdash.core.errors import InputError, Refused
from smdash.core.records import Actor, Member, PostState
from smdash.core.text import clean, one_line
from smdash.locale import gettext as _
from smdash.store import events, members, posts
from smdash.store.driver import Connection, new_id

LONGEST_WHAT = 500
_SELECT = (
    "SELECT s.id, s.what, s.post_id, c.name, coalesce(o.login, ''), coalesce(o.name, ''), b.name, s.asked_at, "
    "s.due_at, s.due_zone, s.done_at, s.dropped_at, p.due_at FROM asset s JOIN member b ON b.id = s.asked_by "
    "LEFT JOIN member o ON o.id = s.owner_id LEFT JOIN post p ON p.id = s.post_id "
    "LEFT JOIN campaign c ON c.id = s.campaign_id "
)
_OPEN = "s.done_at IS NULL AND s.dropped_at IS NULL"


def ask(
    conn: Connection,
    actor: Actor,
    now: datetime,
    *,
    what: str,
    owner: str,
    post_id: int | None = None,
    campaign: str | None = None,
    due_at: datetime | None = None,
    zone: str | None = None,
) -> int:
    """Ask a member (*owner*, a login) to make something for a post or a campaign; returns its id.

    *zone* is where the time was chosen. The caller holds the write lock. Raises InputError for no words, a time that is
    over, and no such post, campaign or member; Refused for a post that is called off and a member who left.
    """
    words = one_line(clean(what, limit=LONGEST_WHAT))
    if not words:
        raise InputError(_("say what is to be made"))
    if (post_id is None) == (campaign is None):
        raise InputError(_("an asset is for a post or for a campaign; name one of them"))
    maker = members.find(conn, owner)
    if maker.left_at is not None:
        raise Refused(_("{login} has left the team").format(login=owner))
    if due_at is not None and due_at < now:
        raise InputError(_("that time is over already; choose one that is still to come"))
    if post_id is not None and posts.get(conn, post_id).state is PostState.CANCELLED:
        raise Refused(_("post {id} is called off; plan a new one").format(id=post_id))
    cursor = conn.execute(
        "INSERT INTO asset (post_id, campaign_id, what, owner_id, asked_by, asked_at, due_at, due_zone) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (post_id, posts.find_campaign(conn, campaign), words, maker.id, actor.member_id, encode(now),
         encode_optional(due_at), zone if due_at else None),
    )  # fmt: skip
    asset_id = new_id(cursor)
    # Undoing it is dropping it.
    events.record(
        conn, actor, now, "ask", "asset", asset_id, detail=f"{maker.login}: {words}",
        before={"dropped_at": encode(now)}, after={"dropped_at": None}, step=events.next_step(conn),
    )  # fmt: skip
    return asset_id


def done(conn: Connection, actor: Actor, asset_id: int, now: datetime) -> Asset:
    """It is made; returns it as it was. The caller holds the write lock.

    Raises InputError where there is none, Refused where it is not open.
    """
    return _end(conn, actor, asset_id, now, "done", {"done_at": encode(now), "done_by": actor.member_id})


def drop(conn: Connection, actor: Actor, asset_id: int, now: datetime) -> Asset:
    """It is not needed any more; returns it as it was. The caller holds the write lock. Raises as ``done`` does."""
    return _end(conn, actor, asset_id, now, "drop", {"dropped_at": encode(now)})


def _end(conn: Connection, actor: Actor, asset_id: int, now: datetime, verb: str, after: dict[str, Any]) -> Asset:
    asset = get(conn, asset_id)
    if not asset.open:
        said = _("asset {id} is made already") if asset.done_at else _("asset {id} was dropped")
        raise Refused(said.format(id=asset_id))
    conn.execute(
        f"UPDATE asset SET {', '.join(f'{column} = ?' for column in after)} WHERE id = ?", (*after.values(), asset_id)
    )
    events.record(
        conn, actor, now, verb, "asset", asset_id, detail=asset.what, before=dict.fromkeys(after), after=after,
        step=events.next_step(conn),
    )  # fmt: skip
    return asset


def get(conn: Connection, asset_id: int) -> Asset:
    """One asset. Raises InputError where there is none."""
    row = conn.execute(f"{_SELECT}WHERE s.id = ?", (asset_id,)).fetchone()
    if row is None:
        raise InputError(_("there is no asset {id}; see: smdash asset list --all").format(id=asset_id))
    return _asset(row)


def of_post(conn: Connection, post_id: int, *, every: bool = False) -> tuple[Asset, ...]:
    """What is still to be made for a post, the next due first; *every*: also what is made or was dropped."""
    rows = conn.execute(
        f"{_SELECT}WHERE s.post_id = ? AND (? OR ({_OPEN})) ORDER BY s.due_at IS NULL, s.due_at, s.id",
        (post_id, every),
    ).fetchall()
    return tuple(map(_asset, rows))


def of_campaign(conn: Connection, campaign_id: int) -> tuple[Asset, ...]:
    """What is still to be made for a campaign and for its posts, the next due first."""
    rows = conn.execute(
        f"{_SELECT}WHERE s.id IN (SELECT id FROM asset WHERE campaign_id = :id UNION SELECT a.id FROM asset a "
        f"JOIN post q ON q.id = a.post_id WHERE q.campaign_id = :id) AND {_OPEN} ORDER BY s.due_at IS NULL, s.due_at, "
        "s.id",
        {"id": campaign_id},
    ).fetchall()
    return tuple(map(_asset, rows))


def select(conn: Connection, *, owner_id: int | None = None, every: bool = False) -> tuple[Asset, ...]:
    """What is still to be made, the next due first, what has no time last; of one member where *owner_id* says so.

    *every*: after those also what is made or was dropped.
    """
    rows = conn.execute(
        f"{_SELECT}WHERE (:owner IS NULL OR s.owner_id = :owner) AND (:every OR ({_OPEN})) "
        f"ORDER BY NOT ({_OPEN}), s.due_at IS NULL, s.due_at, s.id",
        {"owner": owner_id, "every": every},
    ).fetchall()
    return tuple(map(_asset, rows))


def choices(conn: Connection) -> list[Member]:
    """Who may be asked, designers first."""
    return makers(members.select(conn))


def _asset(row: tuple[Any, ...]) -> Asset:
    asked, due, zone, made, dropped, post_due = row[7:]
    return Asset(
        row[0], row[1], row[2], row[3], row[4], row[5], row[6], decode(asked), decode_optional(due), zone,
        decode_optional(made), decode_optional(dropped), decode_optional(post_due),
    )  # fmt: skip
