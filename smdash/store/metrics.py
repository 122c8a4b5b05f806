"""Figures of accounts and of what went out (table ``metric``): kept by the day, read as the newest of each."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta, tzinfo
from typing import NamedTuple

from smdash.core.clock import decode, encode
from smdash.core.figures import Figure, Followers
from smdash.store import at_age
from smdash.store.driver import Connection

# How many days the course of a post's figures is kept, and that of an account's; the newest of a post stay.
POST_DAYS = 90
ACCOUNT_DAYS = 800
# SQLite's whole numbers end there; what a network tells beyond is none of ours.
_MOST = 2**63 - 1


class Reading(NamedTuple):
    """A figure as a network told it: of one of its posts, or (empty ``remote_id``) of the account; ``at`` in UTC."""

    remote_id: str
    name: str
    value: int
    at: datetime


class Out(NamedTuple):
    """Something that went out: the network's id of it, and when (UTC)."""

    remote_id: str
    sent_at: datetime


def write(conn: Connection, account_id: int, readings: Iterable[Reading], zone: tzinfo) -> int:
    """Keep figures by the day of *zone*, the newest in place of that day's; returns how many are new or other values.

    An older one than is kept changes nothing. The caller holds the write lock.
    """
    changed = 0
    readings = list(readings)
    for one in readings:
        if not 0 <= one.value <= _MOST:
            continue
        day = one.at.astimezone(zone).date().isoformat()
        values = (account_id, one.remote_id, one.name, day)
        before = conn.execute(
            "SELECT value FROM metric WHERE account_id = ? AND remote_id = ? AND name = ? AND day = ?", values
        ).fetchone()
        conn.execute(
            "INSERT INTO metric (account_id, remote_id, name, day, value, at) VALUES (?, ?, ?, ?, ?, ?) "
            "ON CONFLICT DO UPDATE SET value = excluded.value, at = excluded.at WHERE excluded.at > at",
            (*values, one.value, encode(one.at)),
        )
        changed += before is None or before[0] != one.value
    at_age.keep(conn, account_id, [one for one in readings if 0 <= one.value <= _MOST])
    return changed


def remove_old(conn: Connection, account_id: int, now: datetime, zone: tzinfo) -> int:
    """Remove an account's figures of long ago; a post's newest stay. Returns how many. The caller holds the lock."""
    today = now.astimezone(zone).date()
    return conn.execute(
        "DELETE FROM metric WHERE account_id = :account AND ((remote_id = '' AND day < :account_day) OR "
        "(remote_id <> '' AND day < :post_day AND EXISTS (SELECT 1 FROM metric n WHERE "
        "n.account_id = metric.account_id AND n.remote_id = metric.remote_id AND n.name = metric.name "
        "AND n.day > metric.day)))",
        {
            "account": account_id,
            "account_day": (today - timedelta(days=ACCOUNT_DAYS)).isoformat(),
            "post_day": (today - timedelta(days=POST_DAYS)).isoformat(),
        },
    ).rowcount


def outs(conn: Connection, account_id: int, since: datetime) -> list[Out]:
    """What went out to an account since then and is there still, as far as is known; the newest first."""
    rows = conn.execute(
        "SELECT remote_id, max(sent_at) FROM delivery WHERE account_id = ? AND sent_at >= ? AND state = 'sent' "
        "AND kind = 'post' AND remote_id IS NOT NULL AND remote_id <> '' AND gone_at IS NULL "
        "GROUP BY remote_id ORDER BY 2 DESC",
        (account_id, encode(since)),
    ).fetchall()
    return [Out(remote_id, decode(sent)) for remote_id, sent in rows]


def of_deliveries(conn: Connection, delivery_ids: Sequence[int]) -> dict[int, tuple[Figure, ...]]:
    """The newest figures of deliveries that were sent, by their ids; those without any are left out."""
    rows = conn.execute(
        "SELECT d.id, m.name, m.value, m.at, max(m.day) FROM delivery d JOIN metric m "
        "ON m.account_id = d.account_id AND m.remote_id = d.remote_id "
        "WHERE d.id IN (SELECT value FROM json_each(?)) AND d.state = 'sent' AND d.remote_id <> '' "
        "GROUP BY d.id, m.name ORDER BY d.id, m.name",
        (json.dumps(list(delivery_ids)),),
    ).fetchall()
    found: dict[int, list[Figure]] = {}
    for delivery_id, name, value, at, _day in rows:
        found.setdefault(delivery_id, []).append(Figure(name, value, decode(at)))
    return {key: tuple(figures) for key, figures in found.items()}


def followers(conn: Connection, now: datetime, zone: tzinfo, *, days: int = 7) -> dict[int, Followers]:
    """How many follow each account, by its id, with the change since *days* local days before *now*.

    The change is not known where no figure is as old as that, or none of the week before that is kept.
    """
    today = now.astimezone(zone).date()
    then = (today - timedelta(days=days)).isoformat()
    earliest = (today - timedelta(days=days + 7)).isoformat()
    rows = conn.execute(
        "SELECT account_id, value, at, max(day) FROM metric WHERE remote_id = '' AND name = 'followers' "
        "GROUP BY account_id"
    ).fetchall()
    before = {
        account_id: value
        for account_id, value, _day in conn.execute(
            "SELECT account_id, value, max(day) FROM metric WHERE remote_id = '' AND name = 'followers' "
            "AND day <= ? AND day >= ? GROUP BY account_id",
            (then, earliest),
        ).fetchall()
    }
    # A newest figure that is as old as the earlier one says nothing of a change.
    return {
        account_id: Followers(
            value, decode(at), value - before[account_id] if account_id in before and day > then else None
        )
        for account_id, value, at, day in rows
    }
