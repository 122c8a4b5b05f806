"""What the service sends, step by step: which delivery is next, and what became of a call.

Each function that writes is one step of the state machine (``core.deliveries``, DESIGN.md section 3) and the line of it
in ``attempt``; the caller holds the write lock. A step that the row's state does not allow raises Refused.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

from smdash.core import threads
from smdash.core.clock import decode, decode_optional, encode, encode_optional
from smdash.core.deliveries import may_become
from smdash.core.errors import InputError, Refused
from smdash.core.labels import state as state_label
from smdash.core.records import DeliveryState, MentionKind
from smdash.core.text import clean, one_line, safe_link
from smdash.locale import gettext as _
from smdash.store import goals, teams
from smdash.store.driver import Connection, new_id

ERROR_LIMIT = 500


class Addressed(NamedTuple):
    """The mention that an answer or an act is for."""

    mention_id: int
    remote_id: str
    kind: MentionKind
    author_handle: str
    url: str | None
    thread_key: str | None
    erased: bool


class Above(NamedTuple):
    """What the next part of a thread, or the first comment, goes below: the network's ids of it and of the first."""

    remote_id: str
    root_id: str


class Order(NamedTuple):
    """A delivery with all that its sending needs. Times are UTC.

    ``part`` counts from 1 (0 is the first comment); ``above`` is missing of the first one.
    """

    id: int
    kind: str
    key: str
    state: DeliveryState
    due_at: datetime
    first_at: datetime | None
    account_id: int
    platform: str
    account: str
    account_status: str
    limits: dict[str, int]
    text: str
    addressed: Addressed | None
    post_id: int | None = None
    part: int = 1
    above: Above | None = None


class Tries(NamedTuple):
    """How often it was tried so far, how often it may have arrived then, and looks in vain since the last try."""

    sent: int
    missed: int
    unsure: int


_OPEN = "d.state IN ('queued', 'sending', 'failed', 'unknown', 'held')"
# The part that has to be out before this one, and the first of all.
_BEFORE = (
    "LEFT JOIN delivery b ON d.part <> 1 AND b.post_id = d.post_id AND b.account_id = d.account_id "
    "AND b.kind = 'post' AND b.replaced = 0 AND b.part = iif(d.part = 0, 1, d.part - 1) "
    "LEFT JOIN delivery r ON d.part <> 1 AND r.post_id = d.post_id AND r.account_id = d.account_id "
    "AND r.kind = 'post' AND r.replaced = 0 AND r.part = 1 "
)
_SELECT = (
    "SELECT d.id, d.kind, d.key, d.state, max(d.due_at, coalesce(b.sent_at, '')), d.first_at, d.account_id, "
    "a.platform, a.name, a.status, a.limits, coalesce(d.body, pa.body, p.body, ''), i.id, i.remote_id, i.kind, "
    "i.author_handle, i.url, i.thread_key, i.erased_at IS NOT NULL, d.post_id, d.part, d.body IS NULL, "
    "p.first_comment, b.remote_id, r.remote_id FROM delivery d JOIN account a ON a.id = d.account_id "
    "LEFT JOIN post p ON p.id = d.post_id "
    "LEFT JOIN post_account pa ON pa.post_id = d.post_id AND pa.account_id = d.account_id "
    f"LEFT JOIN mention i ON i.id = d.mention_id {_BEFORE}"
)


def has_work(conn: Connection) -> bool:
    """Whether there is anything to send, to find out or to look at, now or later."""
    row = conn.execute(
        f"SELECT 1 FROM delivery d WHERE {_OPEN} AND d.state IN ('queued', 'sending', 'unknown') UNION ALL "
        "SELECT 1 FROM delivery d WHERE d.state = 'sent' AND d.kind = 'post' AND d.checked_at IS NULL LIMIT 1"
    ).fetchone()
    return row is not None


def due(conn: Connection, now: datetime, busy: Collection[int]) -> list[Order]:
    """Of each account that is not *busy*, the queued delivery that is to be sent next, the earliest due first."""
    rows = conn.execute(
        f"{_SELECT}WHERE {_OPEN} AND d.state = 'queued' AND d.due_at <= :now AND coalesce(d.next_at, '') <= :now "
        "AND (d.part = 1 OR b.state = 'sent') AND a.status <> 'paused' "
        "AND d.account_id NOT IN (SELECT value FROM json_each(:busy)) "
        "ORDER BY d.due_at, d.id",
        {"now": encode(now), "busy": json.dumps(sorted(busy))},
    )
    found: dict[int, Order] = {}
    for row in rows:
        one = _order(row)
        found.setdefault(one.account_id, one)
    return list(found.values())


def unsure(conn: Connection, now: datetime) -> list[Order]:
    """Deliveries of which it is not known whether they are out, and that are to be looked for now."""
    rows = conn.execute(
        f"{_SELECT}WHERE {_OPEN} AND d.state = 'unknown' AND d.next_at <= ? ORDER BY d.next_at, d.id", (encode(now),)
    ).fetchall()
    return [_order(row) for row in rows]


def to_check(conn: Connection, now: datetime, since: datetime, until: datetime) -> list[tuple[Order, str]]:
    """Posts that went out between two times and were not looked at since, with their ids on the network."""
    rows = conn.execute(
        "SELECT d.id, d.remote_id FROM delivery d WHERE d.state = 'sent' AND d.kind = 'post' AND d.checked_at IS NULL "
        "AND d.sent_at BETWEEN ? AND ? AND coalesce(d.next_at, '') <= ? AND d.remote_id <> '' ORDER BY d.sent_at",
        (encode(since), encode(until), encode(now)),
    ).fetchall()
    return [(get(conn, delivery_id), remote_id) for delivery_id, remote_id in rows]


def address(conn: Connection, one: Order) -> str | None:
    """Where people see what went out, or nothing."""
    row = conn.execute("SELECT remote_url FROM delivery WHERE id = ?", (one.id,)).fetchone()
    return None if row is None else _text(row[0])


def checked(conn: Connection, one: Order, now: datetime, *, there: bool) -> None:
    """It was looked at: the post is there, or it is gone."""
    moment = encode(now)
    conn.execute(
        "UPDATE delivery SET checked_at = ?, gone_at = ?, next_at = NULL, updated_at = ? "
        "WHERE id = ? AND state = 'sent'",
        (moment, None if there else moment, moment, one.id),
    )


def check_later(conn: Connection, one: Order, at: datetime) -> None:
    """Whether it is there could not be told; the next look is *at* a time."""
    conn.execute("UPDATE delivery SET next_at = ? WHERE id = ? AND state = 'sent'", (encode(at), one.id))


def sending(conn: Connection, before: datetime | None = None) -> list[Order]:
    """Deliveries whose call is under way, or whose service died; *before*: only those that began before that."""
    rows = conn.execute(
        f"{_SELECT}WHERE {_OPEN} AND d.state = 'sending' AND (:before IS NULL OR d.updated_at < :before) ORDER BY d.id",
        {"before": encode_optional(before)},
    ).fetchall()
    return [_order(row) for row in rows]


def get(conn: Connection, delivery_id: int) -> Order:
    """One delivery. Raises InputError where there is none."""
    row = conn.execute(f"{_SELECT}WHERE d.id = ?", (delivery_id,)).fetchone()
    if row is None:
        raise InputError(_("there is no delivery {id}").format(id=delivery_id))
    return _order(row)


def behind(conn: Connection, one: Order) -> list[Order]:
    """The parts of a thread that can't go out without this one; of the first part, the first comment too."""
    rows = conn.execute(
        f"{_SELECT}WHERE d.kind = 'post' AND :kind = 'post' AND d.post_id = :post AND d.account_id = :account "
        "AND d.replaced = 0 AND d.state IN ('queued', 'held', 'failed') AND d.id <> :id AND :part > 0 "
        "AND (d.part > :part OR d.part = 0 AND :part = 1) ORDER BY d.id",
        {"kind": one.kind, "post": one.post_id, "account": one.account_id, "id": one.id, "part": one.part},
    ).fetchall()
    return [_order(row) for row in rows]


def _order(row: tuple[object, ...]) -> Order:
    addressed = None
    if row[12] is not None:
        addressed = Addressed(
            int(str(row[12])), str(row[13]), MentionKind(str(row[14])), str(row[15]), _text(row[16]), _text(row[17]),
            bool(row[18]),
        )  # fmt: skip
    kind, platform, text, part = str(row[1]), str(row[7]), str(row[11]), int(str(row[20]))
    if kind == "post" and row[21]:
        text = threads.piece(platform, text, _text(row[22]), part)
    above = None if part == 1 or row[23] is None else Above(str(row[23]), str(row[24] or ""))
    return Order(
        int(str(row[0])), kind, str(row[2]), DeliveryState(str(row[3])), decode(str(row[4])),
        decode_optional(_text(row[5])), int(str(row[6])), platform, str(row[8]), str(row[9]),
        teams.told(row[10]), text, addressed, None if row[19] is None else int(str(row[19])), part,
        above,
    )  # fmt: skip


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def tries(conn: Connection, delivery_id: int) -> Tries:
    """What was tried so far."""
    sent, missed, unsure = conn.execute(
        "SELECT count(*) FILTER (WHERE what = 'send'), count(*) FILTER (WHERE what = 'look' AND outcome = 'missing' "
        "AND id > (SELECT coalesce(max(id), 0) FROM attempt WHERE delivery_id = :one AND what <> 'look')), "
        "count(*) FILTER (WHERE what = 'send' AND outcome = 'unknown') FROM attempt WHERE delivery_id = :one",
        {"one": delivery_id},
    ).fetchone()
    return Tries(sent, missed, unsure)


def is_anothers(conn: Connection, one: Order, remote_id: str) -> bool:
    """Whether what was found belongs to another delivery of the account."""
    row = conn.execute(
        "SELECT 1 FROM delivery WHERE account_id = ? AND kind = ? AND remote_id = ? AND id <> ? LIMIT 1",
        (one.account_id, one.kind, remote_id, one.id),
    ).fetchone()
    return row is not None


def begin(conn: Connection, one: Order, now: datetime) -> None:
    """The network is about to be called. Committed before it is."""
    _move(conn, one.id, DeliveryState.SENDING, now, first_at=encode(one.first_at or now))


def sent(
    conn: Connection, one: Order, now: datetime, remote_id: str, url: str | None, *, what: str, seconds: float | None
) -> None:
    """It is out: the call said so (*what* is ``send``), or it was found (``look``, ``person``)."""
    _move(
        conn, one.id, DeliveryState.SENT, now, sent_at=encode(now), remote_id=clean(remote_id, limit=ERROR_LIMIT),
        remote_url=safe_link(url),
    )  # fmt: skip
    _attempt(conn, one.id, now, what, "sent", seconds)
    if one.kind == "reply" and one.addressed is not None:
        (member,) = conn.execute("SELECT member_id FROM delivery WHERE id = ?", (one.id,)).fetchone()
        goals.answered(conn, one.addressed.mention_id, now, member)


def failed(conn: Connection, one: Order, now: datetime, error: str, seconds: float | None = None) -> None:
    """It surely did not arrive, and waiting does not mend it: a person decides."""
    _move(conn, one.id, DeliveryState.FAILED, now, error=error)
    _attempt(conn, one.id, now, "send", "refused", seconds, error)


def later(conn: Connection, one: Order, now: datetime, error: str, at: datetime, seconds: float | None = None) -> None:
    """It surely did not arrive, and is tried again *at* a time."""
    _move(conn, one.id, DeliveryState.QUEUED, now, error=error, next_at=encode(at))
    _attempt(conn, one.id, now, "send", "later", seconds, error)


def unknown(
    conn: Connection, one: Order, now: datetime, error: str, at: datetime | None, seconds: float | None = None
) -> None:
    """Whether it arrived is not known; it is looked for *at* a time, or by a person."""
    _move(conn, one.id, DeliveryState.UNKNOWN, now, error=error, next_at=encode_optional(at))
    _attempt(conn, one.id, now, "send", "unknown", seconds, error)


def looked(
    conn: Connection, one: Order, now: datetime, outcome: str, at: datetime | None, error: str = "",
    seconds: float | None = None,
) -> None:  # fmt: skip
    """A look that did not find it: it is ``missing``, or that could not be told (``unknown``); the next is *at*."""
    _refuse(conn, one.id, DeliveryState.UNKNOWN)
    conn.execute(
        "UPDATE delivery SET next_at = ?, error = coalesce(nullif(?, ''), error), updated_at = ? WHERE id = ?",
        (encode_optional(at), _line(error), encode(now), one.id),
    )
    _attempt(conn, one.id, now, "look", outcome, seconds, error)


def again(conn: Connection, one: Order, now: datetime, error: str) -> None:
    """It was looked for and is not there: it is sent again, with the same key."""
    _move(conn, one.id, DeliveryState.QUEUED, now, error=error)


def hold(conn: Connection, one: Order, now: datetime, held_for: str, error: str) -> None:
    """It waits for a person. *held_for*: ``freeze``, ``member``, ``late``, ``ledger``, ``restored`` or ``lint``."""
    _move(conn, one.id, DeliveryState.HELD, now, error=error, held_for=held_for)


def released(conn: Connection, one: Order, now: datetime) -> None:
    """A person lets it go out now, whatever was in the way."""
    _move(conn, one.id, DeliveryState.QUEUED, now, due_at=encode(max(one.due_at, now)))
    _attempt(conn, one.id, now, "person", "missing", None)


def unheld(conn: Connection, one: Order, now: datetime) -> None:
    """What a member held goes on, at once where its time has passed; that says nothing of whether it is out."""
    _move(conn, one.id, DeliveryState.QUEUED, now, due_at=encode(max(one.due_at, now)))


def cancelled(conn: Connection, one: Order, now: datetime) -> None:
    """It is not to go out."""
    _move(conn, one.id, DeliveryState.CANCELLED, now)


def released_at(conn: Connection, delivery_id: int) -> datetime | None:
    """When a person last said that it is not out and should be, or nothing."""
    (found,) = conn.execute(
        "SELECT max(at) FROM attempt WHERE delivery_id = ? AND what = 'person' AND outcome = 'missing'", (delivery_id,)
    ).fetchone()
    return decode_optional(found)


def hold_all(conn: Connection, now: datetime, held_for: str, error: str) -> int:
    """Hold everything that is queued; returns how much that was."""
    cursor = conn.execute(
        "UPDATE delivery SET state = 'held', held_for = ?, error = ?, next_at = NULL, updated_at = ? "
        "WHERE state = 'queued'",
        (held_for, _line(error), encode(now)),
    )
    return int(cursor.rowcount)


def _refuse(conn: Connection, delivery_id: int, wanted: DeliveryState) -> None:
    row = conn.execute("SELECT state FROM delivery WHERE id = ?", (delivery_id,)).fetchone()
    if row is None:
        raise InputError(_("there is no delivery {id}").format(id=delivery_id))
    if row[0] != wanted:
        raise Refused(
            _("delivery {id} is “{old}” and not “{wanted}”").format(
                id=delivery_id, old=state_label(row[0]), wanted=state_label(wanted)
            )
        )


def _move(
    conn: Connection, delivery_id: int, new: DeliveryState, now: datetime, *, error: str = "", **columns: str | None
) -> None:
    row = conn.execute("SELECT state FROM delivery WHERE id = ?", (delivery_id,)).fetchone()
    if row is None:
        raise InputError(_("there is no delivery {id}").format(id=delivery_id))
    if not may_become(DeliveryState(row[0]), new):
        raise Refused(
            _("delivery {id} is “{old}”, so it can't become “{new}”").format(
                id=delivery_id, old=state_label(row[0]), new=state_label(new)
            )
        )
    # What was said of the state before is no more true, unless it is said again.
    values: dict[str, str | None] = {
        "state": new.value, "error": _line(error) or None, "next_at": None, "held_for": None, "updated_at": encode(now),
    } | columns  # fmt: skip
    conn.execute(
        f"UPDATE delivery SET {', '.join(f'{name} = ?' for name in values)} WHERE id = ?",
        (*values.values(), delivery_id),
    )


def _attempt(
    conn: Connection, delivery_id: int, now: datetime, what: str, outcome: str, seconds: float | None, error: str = ""
) -> int:
    cursor = conn.execute(
        "INSERT INTO attempt (delivery_id, at, what, outcome, seconds, error) VALUES (?, ?, ?, ?, ?, ?)",
        (delivery_id, encode(now), what, outcome, None if seconds is None else round(seconds, 3), _line(error) or None),
    )
    return new_id(cursor)


def _line(error: str) -> str:
    return one_line(clean(error, limit=ERROR_LIMIT))
