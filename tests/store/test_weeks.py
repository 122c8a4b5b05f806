"""A week as a table: days by activities, overlaps, and gaps of working time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smdash.core.clock import Span, Week, encode, start_of_day, week_of
from smdash.core.records import Actor
from smdash.store import brands, hours, members, teams, time_entries, weeks
from smdash.store.connection import Store
from smdash.store.driver import Connection

JAKARTA = ZoneInfo("Asia/Jakarta")
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
NOW = datetime(2026, 11, 26, 7, 5, tzinfo=UTC)  # Thursday 14:05 in Jakarta
WEEK = Week(2026, 48)


def at(day: int, clock: str, zone: str = "Asia/Jakarta") -> datetime:
    """A time of November 2026."""
    hour, minute = map(int, clock.split(":"))
    return datetime(2026, 11, day, hour, minute, tzinfo=ZoneInfo(zone)).astimezone(UTC)


def log(store: Store, who: Actor, activity: str, begin: datetime, end: datetime, **options: Any) -> int:
    with store.writing() as conn:
        return time_entries.log(conn, who, NOW, activity, Span(begin, end), **options)


def read(store: Store, who: Actor | None, now: datetime = NOW, **options: Any) -> weeks.WeekTable:
    with store.reading() as conn:
        return weeks.read(conn, WEEK, now, who.member_id if who else None, **options)


def done(table: weeks.WeekTable) -> dict[str, list[float]]:
    """Hours a day of the activities that have any."""
    return {key: [one / 3600 for one in some] for key, some in table.seconds.items() if any(some)}


def test_days_and_activities(store: Store, actor: Actor, second: Actor) -> None:
    log(store, actor, "updates", at(22, "23:00"), at(23, "01:00"))
    log(store, actor, "updates", at(23, "09:00"), at(23, "10:00"))
    log(store, actor, "blogging", at(24, "23:30"), at(25, "02:00"))
    log(store, second, "blogging", at(24, "23:00"), at(25, "00:00"))
    with store.writing() as conn:
        time_entries.start(conn, actor, NOW, "strategy", at=at(26, "13:05"))
    mine = read(store, actor)
    assert mine.days == tuple(date(2026, 11, 23) + timedelta(days=number) for number in range(7))
    assert list(mine.seconds)[:3] == ["updates", "research_planning", "blogging"] and len(mine.seconds) == 11
    assert done(mine) == {
        "updates": [2, 0, 0, 0, 0, 0, 0], "blogging": [0, 0.5, 2, 0, 0, 0, 0], "strategy": [0, 0, 0, 1, 0, 0, 0],
    }  # fmt: skip
    assert [one.activity for one in mine.entries] == ["updates", "updates", "blogging", "strategy"]
    team = read(store, None)
    assert done(team)["blogging"] == [0, 1.5, 2, 0, 0, 0, 0]
    assert (team.entries, team.overlaps, team.gaps) == ((), (), ())


def test_what_runs_is_in_no_week_to_come_and_in_each_that_it_went_through(store: Store, actor: Actor) -> None:
    with store.writing() as conn:
        time_entries.start(conn, actor, at(22, "23:00"), "strategy")
    assert done(read(store, actor, at(22, "23:30"))) == {} and read(store, actor, at(22, "23:30")).entries == ()
    table = read(store, actor, at(23, "01:00"))
    assert done(table)["strategy"][0] == 1 and len(table.entries) == 1


def test_removed_and_proposed_entries_are_passed_over(store: Store, actor: Actor) -> None:
    first = log(store, actor, "updates", at(23, "09:00"), at(23, "10:00"))
    second = log(store, actor, "updates", at(23, "10:00"), at(23, "11:00"))
    with store.writing() as conn:
        time_entries.remove(conn, actor, [first], NOW)
        conn.execute("UPDATE time_entry SET state = 'proposed' WHERE id = ?", (second,))
    for table in (read(store, actor), read(store, None)):
        assert done(table) == {} and table.entries == ()


def test_by_brand(store: Store, actor: Actor) -> None:
    with store.writing() as conn:
        kopi = brands.add(conn, actor, NOW, "Kopi")
    log(store, actor, "updates", at(23, "09:00"), at(23, "10:00"), brand="Kopi")
    log(store, actor, "updates", at(23, "10:00"), at(23, "12:00"))
    table = read(store, actor, brand_id=kopi)
    assert done(table) == {"updates": [1, 0, 0, 0, 0, 0, 0]} and len(table.entries) == 1
    assert table.gaps == read(store, actor).gaps
    assert done(read(store, None, brand_id=kopi)) == done(table)


def test_gaps_are_working_time_up_to_now(store: Store, actor: Actor) -> None:
    with store.writing() as conn:
        teams.put(conn, "working_hours", {"mon": ["09:00-12:00", "13:00-17:00"], "wed": ["09:00-17:00"],
                                          "thu": ["09:00-17:00"], "fri": ["09:00-17:00"]})  # fmt: skip
        teams.put(conn, "holidays", {"2026-11-25": "Hari Guru"})
    log(store, actor, "updates", at(23, "08:00"), at(23, "10:00"))
    log(store, actor, "updates", at(23, "12:30"), at(23, "16:00"))
    log(store, actor, "updates", at(23, "16:00") + timedelta(seconds=40), at(23, "18:00"))
    monday = [Span(at(23, "10:00"), at(23, "12:00"))]
    assert list(read(store, actor).gaps) == [*monday, Span(at(26, "09:00"), NOW)]
    with store.writing() as conn:
        time_entries.start(conn, actor, NOW, "updates", at=at(26, "13:00"))
    assert list(read(store, actor).gaps) == [*monday, Span(at(26, "09:00"), at(26, "13:00"))]
    with store.writing() as conn:
        members.absent(conn, actor, NOW, "ana", date(2026, 11, 26), date(2026, 11, 27), "leave")
    assert list(read(store, actor, NOW + timedelta(days=1)).gaps) == monday
    with store.writing() as conn:
        members.change(conn, actor, NOW, "ana", {"hours": '{"tue": ["22:00-24:00"]}', "zone": "America/New_York"})
    assert list(read(store, actor).gaps) == [
        Span(at(24, "22:00", "America/New_York"), at(25, "00:00", "America/New_York"))
    ]


def test_a_member_elsewhere_works_in_the_teams_week_on_another_day(store: Store, actor: Actor) -> None:
    with store.writing() as conn:
        members.change(conn, actor, NOW, "ana", {"hours": '{"sun": ["16:00-20:00"]}', "zone": "America/New_York"})
    # Sunday's evening there is Monday's morning in Jakarta.
    monday = Span(at(22, "16:00", "America/New_York"), at(22, "20:00", "America/New_York"))
    assert read(store, actor).gaps == (monday,)
    assert monday.start == at(23, "04:00")


def test_what_overlaps_is_shown(store: Store, actor: Actor) -> None:
    entry = log(store, actor, "updates", at(23, "09:00"), at(23, "10:00"))
    log(store, actor, "blogging", at(23, "10:00"), at(23, "11:00"))
    with store.writing() as conn:  # as another program may do
        conn.execute("UPDATE time_entry SET ended_at = ? WHERE id = ?", (encode(at(23, "10:20")), entry))
    assert read(store, actor).overlaps == (Span(at(23, "10:00"), at(23, "10:20")),)


ZONES = {
    "America/New_York": date(2026, 11, 1), "Australia/Lord_Howe": date(2026, 10, 4), "Africa/Casablanca": date(2026, 3, 22),
    "Pacific/Apia": date(2011, 12, 30), "America/Sao_Paulo": date(2018, 11, 4), "Asia/Jakarta": date(2026, 11, 25),
}  # fmt: skip


@given(
    st.sampled_from(sorted(ZONES)),
    st.integers(0, 6),
    st.lists(st.tuples(st.integers(0, 7200), st.integers(1, 86_400)), max_size=9),
)
@settings(max_examples=40)
def test_weeks_in_a_row_have_all_that_was_stored(
    memory: Connection, within: Callable[[Connection], Any], name: str, week_start: int, some: list[tuple[int, int]]
) -> None:
    zone, day = ZoneInfo(name), ZONES[name]
    with within(memory) as conn:
        who = teams.find_member(conn, "ana", "ana")
        assert who is not None
        teams.put(conn, "zone", name)
        teams.put(conn, "week_start", week_start)
        begin = start_of_day(day - timedelta(days=4), zone)
        raw, now = 0, datetime(2030, 1, 1, tzinfo=UTC)
        for place, (rest, length) in enumerate(some):
            begin += timedelta(seconds=rest)
            span = Span(begin, begin + timedelta(seconds=length))
            time_entries.log(conn, who, now, ("updates", "blogging")[place % 2], span)
            begin, raw = span.end, raw + length
        counted, minutes = 0.0, 0.0
        for number in range(-2, 4):
            # By the calendar alone: of a day that the zone left out there is no noon.
            noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC) + timedelta(days=7 * number)
            week = week_of(noon, UTC, week_start)
            table = weeks.read(conn, week, now, who.member_id)
            assert table.seconds == weeks.read(conn, week, now, None).seconds
            counted += sum(sum(one) for one in table.seconds.values())
            found = hours.week(conn, week.span(zone, week_start), now, who.member_id)
            minutes += sum(one.done_minutes for one in found.activities)
        assert counted == pytest.approx(raw, abs=1e-3) and minutes * 60 == pytest.approx(raw, abs=1e-3)
