"""What networks tell by themselves of what we sent: it settles a delivery of which nobody knows whether it is out.

What is told while the call is under way waits in the kept body, as a row of ``received_mention`` by the delivery's key,
until the service has written down what it knows. The service's ledger is left alone: an intent in it keeps
anything from going out twice, and no state becomes less than it was.
"""

from __future__ import annotations

from datetime import datetime

from smdash.core.clock import encode
from smdash.core.deliveries import Told
from smdash.core.records import DeliveryState as State
from smdash.core.text import clean, one_line
from smdash.locale import gettext as _
from smdash.store import outbox
from smdash.store.driver import Connection
from smdash.store.outbox import Order

# The row by which a body is found again, and the first text behind all such.
_MARK, _BEHIND = "delivery:", "delivery;"
_OWED = (
    "FROM account a CROSS JOIN received_mention l ON l.account_id = a.id AND l.remote_id >= :mark "
    "AND l.remote_id < :behind CROSS JOIN delivery d ON d.key = substr(l.remote_id, length(:mark) + 1) "
    "WHERE d.account_id = a.id AND d.state <> 'sending'"
)
# Told of the last sending, not of one before it.
_REFUSED = (
    "FROM attempt t WHERE t.delivery_id = {id} AND t.what = 'look' AND t.outcome = 'refused' AND t.id > "
    "(SELECT coalesce(max(id), 0) FROM attempt WHERE delivery_id = {id} AND what <> 'look')"
)
_MARKS = {"mark": _MARK, "behind": _BEHIND}


def tell(conn: Connection, account_id: int, told: Told, received_id: int, now: datetime) -> None:
    """Take over what a body tells of a delivery of that account. The caller holds the write lock.

    ``unknown`` becomes ``sent``; what is about to go out a second time is held; a failure after all, for which the
    state machine has no place, stands in the delivery's error and among its attempts.
    """
    row = conn.execute("SELECT id FROM delivery WHERE key = ? AND account_id = ?", (told.key, account_id)).fetchone()
    if row is None:
        return  # another program's, or one of before a restored backup
    one = outbox.get(conn, row[0])
    if one.state is State.SENDING:
        marks = [_MARK + told.key]
        if one.addressed is not None and not one.addressed.erased:
            # Erasing who it was sent to reaches the body by this.
            marks.append(one.addressed.remote_id)
        conn.executemany(
            "INSERT INTO received_mention (account_id, remote_id, received_id) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
            [(account_id, mark, received_id) for mark in marks],
        )
    elif told.arrived:
        _arrived(conn, one, told, now)
    elif one.state in (State.SENT, State.UNKNOWN):
        _failed(conn, one, told, now)


def owed(conn: Connection) -> bool:
    """Whether something was told of a delivery while its call was under way, and the call is over."""
    return conn.execute(f"SELECT 1 {_OWED} LIMIT 1", _MARKS).fetchone() is not None


def read_again(conn: Connection) -> None:
    """Let the bodies be read anew that told of calls which are over now. The caller holds the write lock."""
    marks = conn.execute(f"SELECT l.account_id, l.remote_id, l.received_id {_OWED}", _MARKS).fetchall()
    conn.executemany(
        "UPDATE received SET processed_at = NULL WHERE id = ? AND body IS NOT NULL", [(mark[2],) for mark in marks]
    )
    conn.executemany("DELETE FROM received_mention WHERE account_id = ? AND remote_id = ? AND received_id = ?", marks)


def failed_since(conn: Connection, account_id: int, since: datetime) -> int:
    """How many deliveries count as sent of which the network told since then that they did not arrive."""
    refused = _REFUSED.format(id="d.id")
    (number,) = conn.execute(
        "SELECT count(*) FROM delivery d WHERE d.account_id = ? AND d.state = 'sent' AND d.sent_at >= ? "
        f"AND EXISTS (SELECT 1 {refused})",
        (account_id, encode(since)),
    ).fetchone()
    return int(number)


def _arrived(conn: Connection, one: Order, told: Told, now: datetime) -> None:
    said = _("the network told that it is out already; look yourself before it goes out again")
    if one.state is State.UNKNOWN:
        failure = _failure(conn, one)
        # A like has no id of its own: it is known by what it is of.
        liked = one.addressed.remote_id if one.kind == "like" and one.addressed is not None else None
        outbox.sent(conn, one, now, liked or told.remote_id, None, what="look", seconds=None)
        if failure:
            _say(conn, one, failure, now)
    elif one.state is State.QUEUED:
        outbox.hold(conn, one, now, "ledger", said)
    elif one.state in (State.HELD, State.FAILED):
        _say(conn, one, said, now)


def _failed(conn: Connection, one: Order, told: Told, now: datetime) -> None:
    (remote_id,) = conn.execute("SELECT remote_id FROM delivery WHERE id = ?", (one.id,)).fetchone()
    another = one.kind != "like" and remote_id not in (None, "", told.remote_id)
    if another or _failure(conn, one):
        return
    said = _("the network told later that it did not arrive")
    if told.problem:
        said = _("the network told later that it did not arrive: {reason}").format(reason=told.problem)
    said = one_line(clean(said, limit=outbox.ERROR_LIMIT))
    _say(conn, one, said, now)
    conn.execute(
        "INSERT INTO attempt (delivery_id, at, what, outcome, error) VALUES (?, ?, 'look', 'refused', ?)",
        (one.id, encode(now), said),
    )


def _failure(conn: Connection, one: Order) -> str:
    """What was told before of its not arriving, or nothing."""
    row = conn.execute(f"SELECT t.error {_REFUSED.format(id=':id')}", {"id": one.id}).fetchone()
    return "" if row is None else str(row[0])


def _say(conn: Connection, one: Order, said: str, now: datetime) -> None:
    """Write it into the row, whose state stays; where it is unknown, a person decides from here on."""
    conn.execute(
        "UPDATE delivery SET error = ?, next_at = iif(state = 'unknown', NULL, next_at), updated_at = ? WHERE id = ?",
        (said, encode(now), one.id),
    )
