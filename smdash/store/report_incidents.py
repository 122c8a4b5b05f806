"""What went wrong in a stretch of time, for reports: freezes, deliveries, sync jobs."""

from __future__ import annotations

from datetime import datetime

from smdash.core.clock import Span, decode, decode_optional, encode
from smdash.core.reports import MOST_NAMED, FailingJob, Freeze, Incidents, Trouble
from smdash.store.driver import Connection

# The states are named twice: the first list is that of the index.
_TROUBLES = (
    "FROM delivery d JOIN account a ON a.id = d.account_id LEFT JOIN post p ON p.id = d.post_id "
    "WHERE d.state IN ('queued', 'sending', 'failed', 'unknown', 'held') AND d.state IN ('failed', 'unknown') "
    "AND d.due_at >= :start AND d.due_at < :end AND (:brand IS NULL OR a.brand_id = :brand)"
)


def read(conn: Connection, span: Span, now: datetime, brand_id: int | None = None) -> Incidents:
    """The freezes that touch the span, deliveries due in it, and the jobs that fail since then or longer.

    A freeze is the whole team's, whatever the brand. Of jobs only the present is kept.
    """
    values = {"start": encode(span.start), "end": encode(span.end), "brand": brand_id}
    (count,) = conn.execute(f"SELECT count(*) {_TROUBLES}", values).fetchone()
    rows = conn.execute(
        "SELECT d.id, d.kind, a.platform || '/' || a.name, d.state, d.due_at, coalesce(d.error, ''), d.post_id, "
        f"coalesce(d.body, p.body, '') {_TROUBLES} ORDER BY d.due_at, d.id LIMIT {MOST_NAMED}",
        values,
    ).fetchall()
    jobs = conn.execute(
        "SELECT j.name, j.label, j.failures, j.last_ok_at, coalesce(j.error, '') FROM sync_job j "
        "LEFT JOIN account a ON a.id = j.account_id WHERE j.failures > 0 AND j.state = 'active' "
        "AND coalesce(j.last_ok_at, '') < :end AND (:brand IS NULL OR a.brand_id = :brand) ORDER BY j.name",
        values,
    ).fetchall()
    return Incidents(
        _freezes(conn, span, now),
        tuple(
            Trouble(one, kind, account, state, decode(due), error, post_id, body)
            for one, kind, account, state, due, error, post_id, body in rows
        ),
        count,
        tuple(FailingJob(name, label, n, decode_optional(ok), error) for name, label, n, ok, error in jobs),
    )


def _freezes(conn: Connection, span: Span, now: datetime) -> tuple[Freeze, ...]:
    rows = conn.execute(
        "SELECT e.at, e.verb, coalesce(m.name, e.login), coalesce(e.detail, '') FROM event e "
        "LEFT JOIN member m ON m.id = e.member_id WHERE e.subject = 'team' AND e.subject_id IS NULL "
        "AND e.verb IN ('freeze', 'unfreeze') AND e.at <= ? ORDER BY e.id",
        (encode(now),),
    ).fetchall()
    found: list[Freeze] = []
    for at, verb, who, why in rows:
        if verb == "freeze":
            found.append(Freeze(decode(at), None, who, why))
        elif found and found[-1].ended_at is None:
            found[-1] = found[-1]._replace(ended_at=decode(at), ended_by=who)
    return tuple(one for one in found if one.at < span.end and (one.ended_at is None or one.ended_at > span.start))
