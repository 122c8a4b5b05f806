"""What the service knows of an account beside its jobs: what calls cost, its budget, and when its token ends."""

from __future__ import annotations

from datetime import datetime, timedelta

from smdash.core.budgets import Counting, Standing
from smdash.core.clock import decode, encode, encode_optional
from smdash.store.driver import Connection

# How long after one look at an account's token the next one is (the service's).
CHECK_EVERY = timedelta(days=1)


def keep(conn: Connection, account_id: int, now: datetime, counting: Counting, *, cost: str, most: int | None) -> None:
    """Bring an account's row up to date. The caller holds the write lock.

    A budget that leaves room again ends the wait of the jobs that waited for its next period.
    """
    period = counting.period(now)
    before = conn.execute(
        "SELECT cost, budget, unit, period, used, resets_at FROM account_health WHERE account_id = ?", (account_id,)
    ).fetchone()
    if before is None:
        conn.execute(
            "INSERT INTO account_health (account_id, cost, budget, unit, period, resets_at) VALUES (?, ?, ?, ?, ?, ?)",
            (account_id, cost, most, counting.unit, period.key, encode(period.ends)),
        )
        return
    _cost, budget, _unit, key, used, resets_at = before
    if (_cost, budget, _unit) != (cost, most, counting.unit):
        conn.execute(
            "UPDATE account_health SET cost = ?, budget = ?, unit = ? WHERE account_id = ?",
            (cost, most, counting.unit, account_id),
        )
    # The unit may have changed its period: what was counted by days is no count of a month.
    if budget is not None and (most is None or key != period.key or used < most):
        conn.execute(
            "UPDATE sync_job SET next_at = NULL, error = NULL, error_kind = NULL "
            "WHERE account_id = ? AND failures = 0 AND error_kind = 'quota' AND next_at = ?",
            (account_id, resets_at),
        )


def standing(conn: Connection, account_id: int, counting: Counting, now: datetime) -> Standing:
    """How the account's budget stands; what was used before the present period began counts no more."""
    period = counting.period(now)
    found = conn.execute(
        "SELECT budget, iif(period = ?, used, 0) FROM account_health WHERE account_id = ?", (period.key, account_id)
    ).fetchone()
    return Standing(found[0], found[1], period.ends) if found else Standing(None, 0, period.ends)


def spend(conn: Connection, account_id: int, counting: Counting, now: datetime, units: int) -> Standing:
    """Count what a call cost; returns how the budget stands then. The caller holds the write lock."""
    period = counting.period(now)
    conn.execute(
        "UPDATE account_health SET used = iif(period = :key, used, 0) + :units, period = :key, resets_at = :ends "
        "WHERE account_id = :id",
        {"key": period.key, "units": max(units, 0), "ends": encode(period.ends), "id": account_id},
    )
    return standing(conn, account_id, counting, now)


def checked(conn: Connection, account_id: int, now: datetime, ends_at: datetime | None) -> None:
    """Note when the account's token ends, if its network says so. The caller holds the write lock."""
    conn.execute(
        "INSERT INTO account_health (account_id, token_ends_at, checked_at) VALUES (?, ?, ?) "
        "ON CONFLICT (account_id) DO UPDATE SET token_ends_at = excluded.token_ends_at, "
        "checked_at = excluded.checked_at",
        (account_id, encode_optional(ends_at), encode(now)),
    )


def tried(conn: Connection, account_id: int, now: datetime) -> None:
    """Note that the network was asked of the token and did not say. The caller holds the write lock."""
    conn.execute("UPDATE account_health SET checked_at = ? WHERE account_id = ?", (encode(now), account_id))


def to_check(conn: Connection, now: datetime) -> set[int]:
    """The accounts whose tokens nobody looked at for a day."""
    rows = conn.execute("SELECT account_id, checked_at FROM account_health").fetchall()
    return {one for one, at in rows if at is None or not now - CHECK_EVERY < decode(at) <= now}
