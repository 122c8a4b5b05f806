"""The captures around the ages that posts are compared at (table ``metric_at_age``)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from smdash.core.clock import decode, encode
from smdash.core.equal_age import AGES, OLDEST, says
from smdash.store.driver import Connection

if TYPE_CHECKING:
    from smdash.store.metrics import Reading

_BEFORE = (
    "INSERT INTO metric_at_age (account_id, remote_id, name, hours, before, before_s) VALUES (?, ?, ?, ?, ?, ?) "
    "ON CONFLICT DO UPDATE SET before = excluded.before, before_s = excluded.before_s "
    "WHERE before_s IS NULL OR excluded.before_s > before_s"
)
_AFTER = (
    "INSERT INTO metric_at_age (account_id, remote_id, name, hours, after, after_s) VALUES (?, ?, ?, ?, ?, ?) "
    "ON CONFLICT DO UPDATE SET after = excluded.after, after_s = excluded.after_s "
    "WHERE after_s IS NULL OR excluded.after_s < after_s"
)


def keep(conn: Connection, account_id: int, readings: Sequence[Reading]) -> None:
    """Keep what these figures say of posts at an age; of each side the nearest. The caller holds the write lock."""
    of_posts = [one for one in readings if one.remote_id]
    if not of_posts:
        return
    sent = _sent(conn, account_id, min(one.at for one in of_posts) - OLDEST)
    for one in of_posts:
        if one.remote_id not in sent:
            continue
        old = round((one.at - sent[one.remote_id]).total_seconds())
        for age in AGES:
            if says(age, old):
                values = (account_id, one.remote_id, one.name, age.hours, one.value, old)
                conn.execute(_BEFORE if old <= age.seconds else _AFTER, values)


def _sent(conn: Connection, account_id: int, since: datetime) -> dict[str, datetime]:
    """When what went out to an account since then did so, by the network's id."""
    rows = conn.execute(
        "SELECT remote_id, min(sent_at) FROM delivery WHERE account_id = ? AND sent_at >= ? AND state = 'sent' "
        "AND kind = 'post' AND remote_id IS NOT NULL GROUP BY remote_id",
        (account_id, encode(since)),
    ).fetchall()
    return {remote_id: decode(at) for remote_id, at in rows}
