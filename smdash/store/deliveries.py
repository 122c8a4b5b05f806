"""Deliveries on their way out: which are due, and each step of one."""

from __future__ import annotations

from datetime import datetime

from smdash.core.clock import decode_optional, encode
from smdash.core.deliveries import may_become
from smdash.core.errors import InputError, Refused
from smdash.core.labels import state as state_label
from smdash.core.records import Delivery, DeliveryState
from smdash.core.text import clean, one_line, safe_link
from smdash.locale import gettext as _
from smdash.store.driver import Connection

ERROR_LIMIT = 500


def due(conn: Connection, now: datetime, limit: int = 100) -> list[Delivery]:
    """Queued deliveries whose time has come, the earliest first, at most *limit* of them."""
    rows = conn.execute(
        "SELECT d.id, d.post_id, a.name, a.platform, d.state, d.due_at, d.sent_at, d.remote_url, d.error "
        "FROM delivery d JOIN account a ON a.id = d.account_id "
        "WHERE d.state = 'queued' AND d.due_at <= ? ORDER BY d.due_at, d.id LIMIT ?",
        (encode(now), limit),
    ).fetchall()
    return [
        Delivery._make(
            (*row[:4], DeliveryState(row[4]), decode_optional(row[5]), decode_optional(row[6]), *row[7:]),
        )
        for row in rows
    ]


def begin(conn: Connection, delivery_id: int, now: datetime) -> None:
    """Claim a queued delivery: committed before the network is called. The caller holds the write lock.

    Raises Refused when it is not queued (any more), InputError when there is none.
    """
    _step(conn, delivery_id, DeliveryState.SENDING)
    conn.execute(
        "UPDATE delivery SET state = 'sending', error = NULL, updated_at = ? WHERE id = ?", (encode(now), delivery_id)
    )


def sent(conn: Connection, delivery_id: int, now: datetime, remote_id: str, remote_url: str | None) -> None:
    """Note that it is out: the network's own id, and its address where it is a safe link. The caller holds the lock.

    Raises Refused unless it was being sent or not known whether sent, InputError when there is none.
    """
    _step(conn, delivery_id, DeliveryState.SENT)
    conn.execute(
        "UPDATE delivery SET state = 'sent', sent_at = ?, remote_id = ?, remote_url = ?, error = NULL, updated_at = ? "
        "WHERE id = ?",
        (encode(now), remote_id, safe_link(remote_url), encode(now), delivery_id),
    )


def failed(conn: Connection, delivery_id: int, now: datetime, error: str) -> None:
    """Note that the network certainly did not take it, and why (cleaned, one line). The caller holds the lock.

    Raises Refused unless it was being sent, InputError when there is none.
    """
    _step(conn, delivery_id, DeliveryState.FAILED)
    conn.execute(
        "UPDATE delivery SET state = 'failed', error = ?, updated_at = ? WHERE id = ?",
        (one_line(clean(error, limit=ERROR_LIMIT)), encode(now), delivery_id),
    )


def _step(conn: Connection, delivery_id: int, new: DeliveryState) -> None:
    row = conn.execute("SELECT state FROM delivery WHERE id = ?", (delivery_id,)).fetchone()
    if row is None:
        raise InputError(_("there is no delivery {id}").format(id=delivery_id))
    if not may_become(DeliveryState(row[0]), new):
        raise Refused(
            _("delivery {id} is “{old}”, so it can't become “{new}”").format(
                id=delivery_id, old=state_label(row[0]), new=state_label(new)
            )
        )
