"""Targets and pace of a week over the rows: a few queries for one member or for the whole team."""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import date, datetime, timedelta, tzinfo

from smdash.core.clock import Span, Week, decode, encode, find_zone
from smdash.core.errors import InputError
from smdash.core.targets import BUDGET, Eaten, Target, WeekPace, Working, asked, part_of, week_pace, working
from smdash.core.worktime import DEFAULT_TIMES, Absence, WeekTimes, from_plain
from smdash.store import days_off, teams
from smdash.store.driver import Connection
from smdash.store.time_rows import LOOK_BACK

# Whose week it is: the members who are there, and of a week that is over those who were still there then.
_MEMBERS = (
    "SELECT id, login, zone, hours FROM member WHERE (:member IS NULL AND (left_at IS NULL OR left_at >= :end)) "
    "OR id = :member ORDER BY id"
)
_ABSENCES = (
    "SELECT member_id, first_day, last_day FROM absence WHERE last_day >= :first AND first_day <= :last "
    "AND (:member IS NULL OR member_id = :member)"
)
_OWN = (
    "SELECT t.member_id, a.key, t.minutes FROM member_target t JOIN activity a ON a.id = t.activity_id "
    "WHERE :member IS NULL OR t.member_id = :member ORDER BY a.position"
)
_PLAN = "SELECT key, target_minutes FROM activity ORDER BY position, id"
# Cut to the week in whole milliseconds; the reserve by what it went to.
_DONE = (
    "SELECT a.key, g.note, c.name, b.name, g.ms FROM (SELECT activity_id, iif(activity_id = :budget, note, NULL) AS "
    "note, iif(activity_id = :budget, campaign_id, NULL) AS campaign_id, iif(activity_id = :budget, brand_id, NULL) AS "
    "brand_id, sum(max(CAST(round((julianday(min(coalesce(ended_at, :now), :end)) - "
    "julianday(max(started_at, :start))) * 86400000.0) AS INTEGER), 0)) AS ms FROM ({rows}) GROUP BY 1, 2, 3, 4) g "
    "JOIN activity a ON a.id = g.activity_id LEFT JOIN campaign c ON c.id = g.campaign_id "
    "LEFT JOIN brand b ON b.id = g.brand_id"
)
_ROWS = (
    "SELECT activity_id, note, campaign_id, brand_id, started_at, ended_at FROM time_entry "
    "WHERE {which} AND state = 'confirmed' AND removed_at IS NULL"
)
_FINISHED = "started_at >= :early AND started_at < :end AND ended_at > :start"
# The sign leaves SQLite the index of what runs alone.
_RUNNING = "+started_at < :end AND ended_at IS NULL"


def targets(
    conn: Connection, week: Week, now: datetime, member_id: int | None, *, brand_id: int | None = None
) -> tuple[Target, ...]:
    """The week's activities of one member, or (with ``None``) of the team, in the plan's order."""
    return read(conn, week, now, member_id, brand_id=brand_id).targets


def read(
    conn: Connection, week: Week, now: datetime, member_id: int | None, *, brand_id: int | None = None
) -> WeekPace:
    """The week of one member, or (with ``None``) the sum over the members who have not left.

    The plan is no brand's own: with a brand only what was done is that brand's, and nothing is said to fit or not.
    Somebody who is no member yet (0) has the plan of a full-time member.
    """
    team = teams.team(conn)
    span = week.span(find_zone(team.zone), team.week_start)
    plan, parts, part = _asked(conn, week, now, member_id)
    done, eaten = _done(conn, span, now, member_id, brand_id)
    found = week_pace(plan, [one[1:] for one in parts], done, eaten, part if member_id is not None else 1.0)
    if brand_id is not None:
        fitting = tuple(one._replace(fits=True) for one in found.targets)
        return found._replace(targets=fitting, total=found.total._replace(fits=True))
    return found


def of_members(conn: Connection, week: Week, now: datetime) -> dict[int, int]:
    """What the week asks of each member, by id, in minutes."""
    _plan, parts, _part = _asked(conn, week, now, None)
    return {one: sum(minutes for minutes, _expected in wanted.values()) for one, wanted, _time in parts}


def _asked(
    conn: Connection, week: Week, now: datetime, member_id: int | None
) -> tuple[list[tuple[str, int]], list[tuple[int, dict[str, tuple[int, float]], Working]], float]:
    """The plan; each member with what is asked of them and their working time; and how much the last one works."""
    team = teams.team(conn)
    zone = find_zone(team.zone)
    span = week.span(zone, team.week_start)
    first = week.first_day(team.week_start)
    days = [first + timedelta(days=number) for number in range(7)]
    plan = [(key, minutes) for key, minutes in conn.execute(_PLAN).fetchall()]
    hours = team_hours(conn)
    off = frozenset(one.day for one in days_off.holidays(conn))
    named = {"member": member_id, "end": encode(span.end), "first": first.isoformat(), "last": days[-1].isoformat()}
    absences: dict[int, list[Absence]] = defaultdict(list)
    for whose, start, end in conn.execute(_ABSENCES, named).fetchall():
        absences[whose].append(Absence(0, "", _day(start), _day(end), ""))
    own: dict[int, dict[str, int]] = defaultdict(dict)
    for whose, key, minutes in conn.execute(_OWN, named).fetchall():
        own[whose][key] = minutes
    rows = conn.execute(_MEMBERS, named).fetchall() or ([(0, "", None, None)] if member_id is not None else [])
    # Most members have the same hours in the same zone, and are not away.
    usual: dict[tuple[str, str], Working] = {}
    parts: list[tuple[int, dict[str, tuple[int, float]], Working]] = []
    part = 1.0
    for whose, _login, own_zone, own_hours in rows:
        theirs = own_times(own_hours)
        kind = (own_zone or team.zone, own_hours or "")
        time = None if whose in absences else usual.get(kind)
        if time is None:
            where = _zone(own_zone, zone)
            time = working(days, hours if theirs is None else theirs, where, off, absences.get(whose, ()), now)
            if whose not in absences:
                usual[kind] = time
        part = part_of(theirs, hours)
        parts.append((whose, asked(plan, own.get(whose, {}), part, time), time))
    return plan, parts, part


def _done(
    conn: Connection, span: Span, now: datetime, member_id: int | None, brand_id: int | None
) -> tuple[dict[str, float], list[Eaten]]:
    """The minutes of each activity, and what the reserve went to."""
    whose = "" if member_id is None else " AND member_id = :member"
    of_brand = "" if brand_id is None else " AND brand_id = :brand"
    parts = (_ROWS.format(which=which + whose + of_brand) for which in (_FINISHED, _RUNNING))
    sql = _DONE.format(rows=" UNION ALL ".join(parts))
    row = conn.execute("SELECT id FROM activity WHERE key = ?", (BUDGET,)).fetchone()
    named = {
        "budget": row[0] if row else 0, "member": member_id, "brand": brand_id, "now": encode(now),
        "start": encode(span.start), "end": encode(span.end), "early": encode(span.start - LOOK_BACK),
    }  # fmt: skip
    done: dict[str, float] = defaultdict(float)
    eaten = []
    for key, note, campaign, brand, milliseconds in conn.execute(sql, named).fetchall():
        minutes = (milliseconds or 0) / 60_000
        done[key] += minutes
        if key == BUDGET and minutes:
            eaten.append(Eaten(note or "", campaign or "", brand or "", minutes))
    return done, eaten


def team_hours(conn: Connection) -> WeekTimes:
    """The working hours that a full-time member has."""
    value = teams.get(conn, "working_hours")
    times = from_plain(value) if value is not None else DEFAULT_TIMES
    # A team that says no hours still has a week's plan; office hours give it a pace.
    return times if any(times) else DEFAULT_TIMES


def own_times(hours: str | None) -> WeekTimes | None:
    """A member's own hours as the table keeps them, or nothing where the team's count."""
    return None if hours is None else from_plain(json.loads(hours))


def _zone(name: str | None, team: tzinfo) -> tzinfo:
    try:
        return find_zone(name) if name else team
    except InputError:
        return team


def _day(text: str) -> date:
    """A day that another program may have written oddly must not hide the others."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return decode(text).date()
