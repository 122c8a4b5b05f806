"""The lines of the sync screen: each account's jobs and what goes out to it, then the links, then the feeds."""

from __future__ import annotations

from datetime import datetime

from smdash.core.clock import decode_optional
from smdash.core.health import service_seems_alive
from smdash.core.records import Job
from smdash.core.sync_health import AccountHealth, HealthLine, Picture, Sending
from smdash.store import jobs
from smdash.store.driver import Connection

# The last part of the name of what the publisher sends, as a round of it is called.
DELIVERIES = "deliveries"


def read(conn: Connection, now: datetime) -> Picture:
    """Everything that the screen shows."""
    found = jobs.select(conn)
    health = _health(conn, now)
    names = dict(conn.execute("SELECT id, name FROM account").fetchall())
    more = {
        name: rest
        for name, *rest in conn.execute(
            "SELECT name, last_new, last_changed, last_seconds, quota_limit, quota_resets_at FROM sync_job"
        ).fetchall()
    }
    lines = []
    for job in found:
        new, changed, seconds, limit, resets_at = more[job.name]
        account = names.get(job.account_id, "") if job.account_id is not None else ""
        known = health.get(job.account_id) if job.account_id is not None else None
        resets = decode_optional(resets_at)
        if resets is not None and resets <= now:
            # What was left then says nothing of now.
            job, limit, resets = job._replace(quota_left=None), None, None
        lines.append(HealthLine(job, account, new, changed, seconds, limit, resets, known))
    lines += _sending(conn, health)
    return Picture(tuple(sorted(lines, key=_order)), service_seems_alive(found, now))


def _order(line: HealthLine) -> tuple[int, str, str, bool, str]:
    job = line.job
    if job.feed_id is not None:
        return 2, "", "", False, job.label.casefold()
    return int(job.account_id is None), job.platform, line.account, line.sending is not None, job.name


def _health(conn: Connection, now: datetime) -> dict[int, AccountHealth]:
    rows = conn.execute(
        "SELECT account_id, cost, token_ends_at, checked_at, budget, unit, used, resets_at FROM account_health"
    ).fetchall()
    found = {}
    for one, cost, ends, checked, budget, unit, used, resets in rows:
        resets_at = decode_optional(resets)
        over = resets_at is None or resets_at <= now
        found[one] = AccountHealth(
            cost, decode_optional(ends), decode_optional(checked), budget, unit, 0 if over else used,
            None if over else resets_at,
        )  # fmt: skip
    return found


def _sending(conn: Connection, health: dict[int, AccountHealth]) -> list[HealthLine]:
    """A line for each account that the service knows and that is sent to."""
    rows = conn.execute(
        "SELECT a.id, a.platform, a.name, a.status, "
        "(SELECT max(d.sent_at) FROM delivery d WHERE d.account_id = a.id AND d.sent_at IS NOT NULL), "
        "o.next_at, coalesce(o.waiting, 0), coalesce(o.stuck, 0), o.error "
        "FROM account a LEFT JOIN (SELECT account_id, "
        "  min(iif(state = 'queued', coalesce(next_at, due_at), NULL)) AS next_at, "
        "  sum(state IN ('queued', 'sending')) AS waiting, sum(state IN ('failed', 'unknown')) AS stuck, "
        "  max(iif(state IN ('failed', 'unknown'), error, NULL)) AS error "
        "  FROM delivery WHERE state IN ('queued', 'sending', 'failed', 'unknown', 'held') GROUP BY account_id) o "
        "ON o.account_id = a.id WHERE a.status IN ('active', 'paused') "
        "AND (o.account_id IS NOT NULL OR EXISTS (SELECT 1 FROM account_health h WHERE h.account_id = a.id))"
    ).fetchall()
    found = []
    for one, platform, name, status, sent_at, next_at, waiting, stuck, error in rows:
        job = Job(
            f"{platform}/{name}/{DELIVERIES}", name, platform, one, None, 0, status, decode_optional(next_at), None,
            decode_optional(sent_at), stuck, error, None, None, None,
        )  # fmt: skip
        found.append(HealthLine(job, name, health=health.get(one), sending=Sending(waiting, stuck)))
    return found
