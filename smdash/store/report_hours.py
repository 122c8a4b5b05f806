"""The hours of a week for reports: by activity against plan and pace, and each member's total."""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import datetime, timedelta

from smdash.core.clock import Span, Week, encode
from smdash.core.reports import ActivityLine, Hours, MemberLine
from smdash.store import targets
from smdash.store.driver import Connection

# Longer than this no entry lasts but one that runs.
_LONGEST = timedelta(days=15)
# Cut to the week in whole milliseconds.
_BY_MEMBER = (
    "SELECT member_id, sum(max(CAST(round((julianday(min(coalesce(ended_at, :now), :end)) - "
    "julianday(max(started_at, :start))) * 86400000.0) AS INTEGER), 0)) FROM time_entry "
    "WHERE started_at >= :early AND started_at < :end AND (ended_at IS NULL OR ended_at > :start) "
    "AND state = 'confirmed' AND removed_at IS NULL AND (:brand IS NULL OR brand_id = :brand) GROUP BY member_id"
)
# Who was there at the end of the week, and whoever did something in it.
_MEMBERS = (
    "SELECT id, login, name FROM member WHERE (joined_at < :end AND (left_at IS NULL OR left_at >= :end)) "
    "OR id IN (SELECT value FROM json_each(:busy)) ORDER BY name COLLATE NOCASE, login"
)


def read(conn: Connection, week: Week, span: Span, now: datetime, brand_id: int | None = None) -> Hours:
    """Confirmed entries, cut at the week's edges; one that runs counts up to *now*.

    With a brand only its time is counted, and there is no plan: that is for all of them.
    """
    named = {
        "early": encode(span.start - _LONGEST), "start": encode(span.start), "end": encode(span.end),
        "now": encode(now), "brand": brand_id,
    }  # fmt: skip
    done: dict[int, float] = defaultdict(float)
    for member_id, milliseconds in conn.execute(_BY_MEMBER, named).fetchall():
        done[member_id] = (milliseconds or 0) / 60_000
    busy = [one for one, minutes in done.items() if minutes]
    members = conn.execute(_MEMBERS, {"end": named["end"], "busy": json.dumps(busy)}).fetchall()
    if brand_id is not None:
        members = [row for row in members if row[0] in busy]
    found = targets.read(conn, week, now, None, brand_id=brand_id)
    plans = {} if brand_id is not None else targets.of_members(conn, week, now)
    return Hours(
        tuple(
            ActivityLine(
                one.key, one.done_minutes, None if brand_id else one.target_minutes,
                None if brand_id else one.expected_minutes, one.fits,
            )
            for one in found.targets
        ),
        tuple(MemberLine(login, name, done[one], plans.get(one)) for one, login, name in members),
        0.0 if brand_id is not None else found.off_minutes,
        found.budget.eaten if found.budget is not None else (),
    )  # fmt: skip
