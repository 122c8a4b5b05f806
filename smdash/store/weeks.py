"""A week of hours as a table: days by activities, with a member's entries, what overlaps, and gaps of working time.

Counted in the team's zone; what is stored stays whole.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

from smdash.core import counting, entries
from smdash.core.clock import Span, Week, decode, decode_optional, find_zone
from smdash.core.records import TimeEntry
from smdash.core.worktime import DEFAULT_TIMES, away, from_plain, working_spans
from smdash.store import days_off, hours, members, teams, time_rows
from smdash.store.driver import Connection

ONE_DAY = timedelta(days=1)


class WeekTable(NamedTuple):
    """Seven local days in the team's zone, and the seconds of each activity (all of them, in the plan's order) a day.

    Only confirmed entries count; a running one counts up to now. ``entries`` are those of one member that touch the
    week, ``overlaps`` what two of them cover, ``gaps`` the working time up to now that none covers; the team has none
    of the three.
    """

    week: Week
    days: tuple[date, ...]
    seconds: dict[str, tuple[float, ...]]
    entries: tuple[TimeEntry, ...]
    overlaps: tuple[Span, ...]
    gaps: tuple[Span, ...]


def read(
    conn: Connection, week: Week, now: datetime, member_id: int | None, *, brand_id: int | None = None
) -> WeekTable:
    """The week of one member or (with ``None``) of the team.

    With a brand, its entries alone are counted and listed; gaps are what no entry of any brand covers.
    """
    team = teams.team(conn)
    days = counting.days_of(week, team.week_start)
    edges = counting.edges(days, find_zone(team.zone))
    span = Span(edges[0], edges[-1])
    condition, values = time_rows.touching(span, member_id)
    of_brand = "" if brand_id is None else "AND t.brand_id = :brand "
    rows = conn.execute(
        "SELECT a.key, t.started_at, t.ended_at FROM time_entry t JOIN activity a ON a.id = t.activity_id "
        f"WHERE {condition} AND t.state = 'confirmed' {of_brand}",
        {**values, "brand": brand_id},
    ).fetchall()
    stretches: dict[str, list[tuple[datetime, datetime | None]]] = {key: [] for key in hours.activities(conn)}
    for key, started, ended in rows:
        stretches[key].append((decode(started), decode_optional(ended)))
    seconds = {key: tuple(counting.seconds_between(some, edges, now)) for key, some in stretches.items()}
    if member_id is None:
        return WeekTable(week, days, seconds, (), (), ())
    found = tuple(
        one
        for one in time_rows.select(conn, member_id, span)
        if entries.reaches(one.started_at, one.ended_at, span, now)
    )
    taken = entries.spans(((one.started_at, one.ended_at) for one in found), now)
    clipped = (counting.clipped(one, span) for one in entries.overlaps(taken))
    brand = None if brand_id is None else _brand(conn, brand_id)
    return WeekTable(
        week,
        days,
        seconds,
        found if brand_id is None else tuple(one for one in found if one.brand == brand),
        tuple(one for one in clipped if one is not None),
        entries.gaps(taken, working_time(conn, member_id, days, Span(span.start, min(span.end, now)))),
    )


def working_time(conn: Connection, member_id: int, days: Sequence[date], span: Span) -> tuple[Span, ...]:
    """When the member is to work within the span: their hours or the team's, but for holidays and days away.

    *days* are the local days that the span touches; a member's own zone may begin them earlier or end them later.
    """
    row = conn.execute("SELECT hours, zone, left_at FROM member WHERE id = ?", (member_id,)).fetchone()
    if row is None:
        return ()
    times = teams.get(conn, "working_hours") if row[0] is None else json.loads(row[0])
    zone = find_zone(teams.team(conn).zone) if row[1] is None else find_zone(row[1])
    off = {one.day for one in days_off.holidays(conn)}
    away_days = members.absences(conn, member_id, days[0] - ONE_DAY)
    until = span.end if row[2] is None else min(span.end, decode(row[2]))
    found: list[Span] = []
    for number in range(-1, len(days) + 1):
        day = days[0] + number * ONE_DAY
        if away(away_days, day) is None:
            found += working_spans(day, DEFAULT_TIMES if times is None else from_plain(times), zone, off)
    clipped = (counting.clipped(one, Span(span.start, until)) for one in found)
    return tuple(one for one in clipped if one is not None)


def _brand(conn: Connection, brand_id: int) -> str | None:
    row = conn.execute("SELECT name FROM brand WHERE id = ?", (brand_id,)).fetchone()
    return row[0] if row else None
