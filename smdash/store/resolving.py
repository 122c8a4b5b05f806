"""What people decide about deliveries: it is out, send it again, let it go, hold it. Nothing here sends anything."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from smdash.core import threads
from smdash.core.clock import decode, decode_optional, encode
from smdash.core.errors import InputError, Refused
from smdash.core.labels import state as state_label
from smdash.core.records import Actor, DeliveryState
from smdash.core.text import safe_link
from smdash.locale import gettext as _
from smdash.store import events, freezing, outbox
from smdash.store.driver import Connection
from smdash.store.outbox import Order


class Attempt(NamedTuple):
    """One call, or one decision: when (UTC), what came of it, and how long it took (seconds)."""

    at: datetime
    what: str
    outcome: str
    seconds: float | None
    error: str | None


class Row(NamedTuple):
    """A delivery as lists show it. Times are UTC."""

    id: int
    kind: str
    platform: str
    account: str
    state: DeliveryState
    due_at: datetime
    sent_at: datetime | None
    next_at: datetime | None
    held_for: str | None
    error: str | None
    remote_id: str | None
    remote_url: str | None
    post_id: int | None
    mention_id: int | None
    body: str
    gone_at: datetime | None
    # Which part of a thread, from 1; 0 is the first comment.
    part: int = 1


_SELECT = (
    "SELECT d.id, d.kind, a.platform, a.name, d.state, d.due_at, d.sent_at, d.next_at, d.held_for, d.error, "
    "d.remote_id, d.remote_url, d.post_id, d.mention_id, coalesce(d.body, pa.body, p.body, ''), d.gone_at, "
    "d.part, d.body IS NULL, p.first_comment "
    "FROM delivery d JOIN account a ON a.id = d.account_id LEFT JOIN post p ON p.id = d.post_id "
    "LEFT JOIN post_account pa ON pa.post_id = d.post_id AND pa.account_id = d.account_id "
)


def select(conn: Connection, states: tuple[DeliveryState, ...], limit: int = -1) -> list[Row]:
    """Deliveries in these states, those due first before the others."""
    marks = ", ".join("?" * len(states))
    rows = conn.execute(
        f"{_SELECT}WHERE d.state IN ({marks}) ORDER BY d.due_at, d.id LIMIT ?", (*states, limit)
    ).fetchall()
    return [_row(row) for row in rows]


def get(conn: Connection, delivery_id: int) -> Row:
    """One delivery. Raises InputError where there is none."""
    row = conn.execute(f"{_SELECT}WHERE d.id = ?", (delivery_id,)).fetchone()
    if row is None:
        raise InputError(_("there is no delivery {id}").format(id=delivery_id))
    return _row(row)


def _row(row: tuple[object, ...]) -> Row:
    *found, untold, comment = row
    found[4] = DeliveryState(str(found[4]))
    found[5] = decode(str(found[5]))
    for at in (6, 7, 15):
        found[at] = decode_optional(None if found[at] is None else str(found[at]))
    one = Row._make(found)
    if one.kind == "post" and untold:
        body = threads.piece(one.platform, one.body, None if comment is None else str(comment), one.part)
        return one._replace(body=body)
    return one


def for_a_person(conn: Connection) -> int:
    """How many deliveries nobody but a person can move on."""
    (found,) = conn.execute(
        "SELECT count(*) FROM delivery WHERE state IN ('queued', 'sending', 'failed', 'unknown', 'held') "
        "AND (state IN ('failed', 'held') OR state = 'unknown' AND next_at IS NULL)"
    ).fetchone()
    return int(found)


def overdue(conn: Connection, before: datetime) -> int:
    """How many deliveries of accounts that a service of ours has should have gone out before that."""
    (found,) = conn.execute(
        "SELECT count(*) FROM delivery d JOIN account a ON a.id = d.account_id "
        "WHERE d.state IN ('queued', 'sending', 'failed', 'unknown', 'held') AND d.state = 'queued' "
        "AND d.due_at < :before AND coalesce(d.next_at, '') < :before AND a.status = 'active'",
        {"before": encode(before)},
    ).fetchone()
    return int(found)


def attempts(conn: Connection, delivery_id: int) -> list[Attempt]:
    """What was tried so far, oldest first."""
    rows = conn.execute(
        "SELECT at, what, outcome, seconds, error FROM attempt WHERE delivery_id = ? ORDER BY id", (delivery_id,)
    ).fetchall()
    return [Attempt(decode(at), *rest) for at, *rest in rows]


def saw_sent(conn: Connection, actor: Actor, delivery_id: int, now: datetime, url: str | None) -> None:
    """A person saw it on the network. The caller holds the write lock.

    Raises InputError for no such delivery and for an address that is none; Refused unless it is not known whether it
    is out.
    """
    one = outbox.get(conn, delivery_id)
    if url is not None and safe_link(url) is None:
        raise InputError(_("“{url}” is no web address").format(url=url))
    _refuse_unless(one, (DeliveryState.UNKNOWN,))
    outbox.sent(conn, one, now, "", url, what="person", seconds=None)
    events.record(conn, actor, now, "resolve", "delivery", delivery_id, detail="sent")


def send_again(conn: Connection, actor: Actor, delivery_id: int, now: datetime) -> None:
    """A person says that it is not out and should be. The caller holds the write lock.

    It keeps its key, so that a network that has it all the same takes no second one. Raises InputError for no such
    delivery; Refused where it is on its way or out, and while everything is frozen.
    """
    one = outbox.get(conn, delivery_id)
    _refuse_unless(one, (DeliveryState.UNKNOWN, DeliveryState.FAILED, DeliveryState.HELD))
    if (why := freezing.reason(conn)) is not None:
        raise Refused(_("{why}; lift it first: smdash freeze off").format(why=why))
    outbox.released(conn, one, now)
    events.record(conn, actor, now, "resolve", "delivery", delivery_id, detail="again")


def cancel(conn: Connection, actor: Actor, delivery_id: int, now: datetime) -> None:
    """It is not to go out, nor are the parts that would go below it. The caller holds the write lock.

    Raises InputError for no such delivery; Refused where it is out, or may be.
    """
    one = outbox.get(conn, delivery_id)
    _refuse_unless(one, (DeliveryState.QUEUED, DeliveryState.HELD, DeliveryState.FAILED))
    for each in (one, *outbox.behind(conn, one)):
        outbox.cancelled(conn, each, now)
    events.record(conn, actor, now, "resolve", "delivery", delivery_id, detail="cancel")


def hold_post(conn: Connection, actor: Actor, post_id: int, now: datetime) -> int:
    """Hold what a post still has to send; returns how much that is. The caller holds the write lock.

    Raises InputError for no such post, Refused where nothing waits.
    """
    waiting = _of_post(conn, post_id, (DeliveryState.QUEUED,))
    if not waiting:
        raise Refused(_("nothing of post {id} waits to go out").format(id=post_id))
    for one in waiting:
        outbox.hold(conn, one, now, "member", _("held by {who}").format(who=actor.name))
    events.record(conn, actor, now, "hold", "post", post_id)
    return len(waiting)


def release_post(conn: Connection, actor: Actor, post_id: int, now: datetime) -> int:
    """Let go again what members held of a post, at once where its time has passed; returns how much that is.

    What is held for another reason stays held. The caller holds the write lock. Raises InputError for no such post;
    Refused where no member holds any of it, and while everything is frozen.
    """
    waiting = _of_post(conn, post_id, (DeliveryState.HELD,))
    ours = {
        row[0]
        for row in conn.execute(
            "SELECT id FROM delivery WHERE post_id = ? AND held_for = 'member'", (post_id,)
        ).fetchall()
    }
    held = [one for one in waiting if one.id in ours]
    if not held:
        raise Refused(_("no member holds anything of post {id}").format(id=post_id))
    if (why := freezing.reason(conn)) is not None:
        raise Refused(_("{why}; lift it first: smdash freeze off").format(why=why))
    for one in held:
        outbox.unheld(conn, one, now)
    events.record(conn, actor, now, "release", "post", post_id)
    return len(held)


def cancel_post(conn: Connection, actor: Actor, post_id: int, now: datetime) -> int:
    """Call a post off: what is not out stays here; returns how many deliveries that is.

    The caller holds the write lock. Raises InputError for no such post; Refused where all of it is out or may be.
    """
    open_ = (DeliveryState.QUEUED, DeliveryState.HELD, DeliveryState.FAILED)
    waiting = _of_post(conn, post_id, open_)
    (others,) = conn.execute(
        "SELECT count(*) FROM delivery WHERE post_id = ? AND state IN ('sending', 'sent', 'unknown')", (post_id,)
    ).fetchone()
    if not waiting and others:
        raise Refused(_("post {id} is out already, or may be; delete it on the network itself").format(id=post_id))
    for one in waiting:
        outbox.cancelled(conn, one, now)
    if not others:
        conn.execute("UPDATE post SET state = 'cancelled', updated_at = ? WHERE id = ?", (encode(now), post_id))
    events.record(conn, actor, now, "cancel", "post", post_id)
    return len(waiting)


def _of_post(conn: Connection, post_id: int, states: tuple[DeliveryState, ...]) -> list[Order]:
    if conn.execute("SELECT 1 FROM post WHERE id = ?", (post_id,)).fetchone() is None:
        raise InputError(_("there is no post {id}").format(id=post_id))
    marks = ", ".join("?" * len(states))
    rows = conn.execute(
        f"SELECT id FROM delivery WHERE post_id = ? AND state IN ({marks}) ORDER BY id", (post_id, *states)
    ).fetchall()
    return [outbox.get(conn, row[0]) for row in rows]


def _refuse_unless(one: Order, allowed: tuple[DeliveryState, ...]) -> None:
    if one.state in allowed:
        return
    if one.state is DeliveryState.UNKNOWN:
        raise Refused(_("delivery {id} may be out: look, then say “sent” or “again”").format(id=one.id))
    raise Refused(
        _("delivery {id} is “{state}”; that is only for: {states}").format(
            id=one.id, state=state_label(one.state), states=", ".join(state_label(state) for state in allowed)
        )
    )
