"""The weekly plan's activities, what runs, and a week's minutes; ``time_entries`` writes them."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from smdash.core.clock import Span, decode, decode_optional
from smdash.core.hours import minutes_within
from smdash.core.records import ActivityHours, Running
from smdash.store import time_rows
from smdash.store.driver import Connection


class WeekHours(NamedTuple):
    """A week's activities in their order, with what runs for the member right now."""

    activities: tuple[ActivityHours, ...]
    running: Running | None


def activities(conn: Connection) -> list[str]:
    """The keys of all activities, in the plan's order."""
    return [key for (key,) in conn.execute("SELECT key FROM activity ORDER BY position").fetchall()]


def running(conn: Connection, member_id: int) -> Running | None:
    """What the member has running, in whatever terminal."""
    row = conn.execute(
        "SELECT t.id, a.key, t.started_at, t.note FROM time_entry t JOIN activity a ON a.id = t.activity_id "
        "WHERE t.member_id = ? AND t.ended_at IS NULL AND t.removed_at IS NULL",
        (member_id,),
    ).fetchone()
    return Running(row[0], row[1], decode(row[2]), row[3]) if row else None


def week(
    conn: Connection,
    span: Span,
    now: datetime,
    member_id: int | None,
    runner_id: int | None = None,
    *,
    brand_id: int | None = None,
) -> WeekHours:
    """Minutes by activity within the span, of one member or (with ``None``) of the team; for one brand, if given.

    *runner_id* names the member whose running entry is shown. Only confirmed entries count. The plan is each
    member's, so the team's is as many times that.
    """
    heads = 1
    if member_id is None:
        (heads,) = conn.execute("SELECT max(count(*), 1) FROM member WHERE left_at IS NULL").fetchone()
    plan = [
        (key, target * heads)
        for key, target in conn.execute("SELECT key, target_minutes FROM activity ORDER BY position").fetchall()
    ]
    condition, values = time_rows.touching(span, member_id)
    of_brand = "" if brand_id is None else "AND t.brand_id = :brand "
    rows = conn.execute(
        "SELECT a.key, t.started_at, t.ended_at FROM time_entry t JOIN activity a ON a.id = t.activity_id "
        f"WHERE {condition} AND t.state = 'confirmed' {of_brand}",
        {**values, "brand": brand_id},
    ).fetchall()
    entries: dict[str, list[tuple[datetime, datetime | None]]] = {}
    for key, started, ended in rows:
        entries.setdefault(key, []).append((decode(started), decode_optional(ended)))
    runner = runner_id if runner_id is not None else member_id
    return WeekHours(
        tuple(ActivityHours(key, key, target, minutes_within(entries.get(key, ()), span, now)) for key, target in plan),
        running(conn, runner) if runner is not None else None,
    )
