"""The hours of a week for reports: by activity against plan and pace, and each member's total."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta

from smdash.core.clock import Span, Week, decode, decode_optional, encode, find_zone
from smdash.core.hours import minutes_within, pace
from smdash.core.reports import ActivityLine, Hours, MemberLine
from smdash.store import teams
from smdash.store.driver import Connection

# An entry is at most a few days long, so earlier starts need no look.
_LONGEST = timedelta(days=14)
_ENTRIES = (
    "SELECT t.member_id, a.key, t.started_at, t.ended_at FROM time_entry t JOIN activity a ON a.id = t.activity_id "
    "WHERE t.started_at >= :earliest AND t.started_at < :end AND coalesce(t.ended_at, '9999') > :start "
    "AND t.state = 'confirmed' AND t.removed_at IS NULL AND (:brand IS NULL OR t.brand_id = :brand)"
)


def read(conn: Connection, week: Week, span: Span, now: datetime, brand_id: int | None = None) -> Hours:
    """Confirmed entries, cut at the week's edges; one that runs counts up to *now*."""
    rows = conn.execute(
        _ENTRIES,
        {"earliest": encode(span.start - _LONGEST), "start": encode(span.start), "end": encode(span.end),
         "brand": brand_id},
    ).fetchall()  # fmt: skip
    by_activity: dict[str, float] = defaultdict(float)
    by_member: dict[int, float] = defaultdict(float)
    for member_id, key, started, ended in rows:
        minutes = minutes_within([(decode(started), decode_optional(ended))], span, now)
        by_activity[key] += minutes
        by_member[member_id] += minutes
    plan = conn.execute("SELECT key, target_minutes FROM activity ORDER BY position").fetchall()
    members = [
        MemberLine(login, name, by_member.get(member_id, 0.0), sum(target for _key, target in plan))
        for member_id, login, name in conn.execute(
            "SELECT id, login, name FROM member WHERE joined_at < ? AND (left_at IS NULL OR left_at > ?) "
            "OR id IN (SELECT value FROM json_each(?)) ORDER BY name, login",
            (encode(span.end), encode(span.start), str(list(by_member))),
        ).fetchall()
    ]
    part = pace(span, find_zone(teams.team(conn).zone), now)
    heads = max(len(members), 1)
    return Hours(
        tuple(
            ActivityLine(key, by_activity.get(key, 0.0), target * heads, target * heads * part) for key, target in plan
        ),
        tuple(members),
    )
