"""Counting entries by local days: no second is lost or counted twice, whatever a zone's clocks do."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from smdash.core.clock import Span, Week, week_of
from smdash.core.counting import clipped, days_of, edges, seconds_between

HOUR = timedelta(hours=1)
# A day near which the zone's clocks change, or one like any other.
CHANGES = {
    "Asia/Jakarta": [date(2026, 11, 25)],
    "America/New_York": [date(2026, 3, 8), date(2026, 11, 1)],
    "Australia/Lord_Howe": [date(2026, 4, 5), date(2026, 10, 4)],  # half an hour
    "Africa/Casablanca": [date(2026, 2, 15), date(2026, 3, 22)],  # around Ramadan, the other way
    "Pacific/Apia": [date(2011, 12, 30)],  # a day that was left out
    "America/Sao_Paulo": [date(2018, 11, 4), date(2019, 2, 17)],  # at midnight
    "America/St_Johns": [date(2006, 4, 2), date(2006, 10, 29)],  # at a minute past midnight
}
DAYS = [(zone, day) for zone, days in CHANGES.items() for day in days]


@st.composite
def counted(draw: st.DrawFn) -> tuple[ZoneInfo, int, Week, list[tuple[datetime, datetime | None]], datetime]:
    """A zone, the first day of its weeks, a week, entries in and around it, and what time it is."""
    name, day = draw(st.sampled_from(DAYS))
    zone, week_start = ZoneInfo(name), draw(st.integers(0, 6))
    week = week_of(datetime(day.year, day.month, day.day, 12, tzinfo=UTC), zone, week_start)
    span = week.span(zone, week_start)
    begin = st.integers(-30 * 3600, 8 * 24 * 3600).map(lambda n: span.start + timedelta(seconds=n))
    length = st.integers(1, 24 * 3600 * 1000).map(lambda n: timedelta(milliseconds=n))
    stretches = draw(st.lists(st.tuples(begin, length), max_size=6))
    found: list[tuple[datetime, datetime | None]] = [(start, start + some) for start, some in stretches]
    if draw(st.booleans()):
        found.append((draw(begin), None))
    return zone, week_start, week, found, draw(begin)


@given(counted())
@settings(max_examples=150)
def test_the_days_of_a_week_have_all_seconds_of_it_once(
    case: tuple[ZoneInfo, int, Week, list[tuple[datetime, datetime | None]], datetime],
) -> None:
    zone, week_start, week, found, now = case
    span = week.span(zone, week_start)
    at = edges(days_of(week, week_start), zone)
    assert (at[0], at[-1]) == span
    raw = timedelta()
    for start, end in found:
        raw += max(min(end or now, span.end) - max(start, span.start), timedelta())
    days = seconds_between(found, at, now)
    assert len(days) == 7
    assert sum(days) == pytest.approx(raw.total_seconds(), abs=1e-6)
    for place, seconds in enumerate(days):
        there = [
            max(min(end or now, at[place + 1]) - max(start, at[place]), timedelta()).total_seconds()
            for start, end in found
        ]
        assert seconds == pytest.approx(sum(there), abs=1e-6)


@given(counted(), st.integers(1, 3))
@settings(max_examples=60)
def test_weeks_in_a_row_have_all_seconds_once(
    case: tuple[ZoneInfo, int, Week, list[tuple[datetime, datetime | None]], datetime], more: int
) -> None:
    zone, week_start, week, found, now = case
    first = days_of(week, week_start)[0]
    total, begin, end = 0.0, None, None
    for number in range(-1, more + 1):
        noon = datetime.combine(first + timedelta(days=7 * number), time(12), UTC)
        one = week_of(noon, UTC, week_start)
        at = edges(days_of(one, week_start), zone)
        assert end is None or at[0] == end
        begin, end = begin or at[0], at[-1]
        total += sum(seconds_between(found, at, now))
    assert begin is not None and end is not None
    assert total == pytest.approx(sum(seconds_between(found, (begin, end), now)), abs=1e-6)


@given(st.sampled_from(DAYS), st.integers(0, 6))
@example(("Pacific/Apia", date(2011, 12, 30)), 0)
@settings(max_examples=40)
def test_who_works_all_week_has_its_hours_by_the_clock(day: tuple[str, date], week_start: int) -> None:
    zone = ZoneInfo(day[0])
    week = week_of(datetime(day[1].year, day[1].month, day[1].day, 12, tzinfo=UTC), zone, week_start)
    at = edges(days_of(week, week_start), zone)
    worked = seconds_between([(at[0] - HOUR, at[-1] + HOUR)], at, at[-1])
    assert worked == [(end - start).total_seconds() for start, end in pairwise(at)]


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("America/New_York", date(2026, 3, 8), 23), ("America/New_York", date(2026, 11, 1), 25),
        ("Australia/Lord_Howe", date(2026, 4, 5), 24.5), ("Pacific/Apia", date(2011, 12, 30), 0),
        ("America/Sao_Paulo", date(2018, 11, 4), 23), ("Asia/Jakarta", date(2026, 11, 25), 24),
    ],
)  # fmt: skip
def test_a_local_day_has_the_hours_that_passed(zone: str, day: date, hours: float) -> None:
    at = edges([day], ZoneInfo(zone))
    assert seconds_between([(at[0] - HOUR, None)], at, at[1] + HOUR) == [hours * 3600]


def test_an_entry_over_midnight_is_in_both_days() -> None:
    at = edges([date(2026, 11, 23), date(2026, 11, 24)], ZoneInfo("Asia/Jakarta"))
    assert seconds_between([(at[1] - HOUR, at[1] + 2 * HOUR)], at, at[1]) == [3600, 7200]


def test_what_runs_counts_to_now_and_not_from_the_future() -> None:
    at = edges([date(2026, 11, 23)], ZoneInfo("Asia/Jakarta"))
    assert seconds_between([(at[0] + HOUR, None)], at, at[0] + 3 * HOUR) == [7200]
    assert seconds_between([(at[0] + HOUR, None)], at, at[0]) == [0]


def test_weeks_begin_on_the_teams_day() -> None:
    assert days_of(Week(2026, 48))[0] == date(2026, 11, 23)
    assert days_of(Week(2026, 48), 6) == tuple(date(2026, 11, 22) + timedelta(days=n) for n in range(7))


def test_what_of_a_span_lies_within_another() -> None:
    noon = datetime(2026, 11, 23, 12, tzinfo=UTC)
    day = Span(noon - 12 * HOUR, noon + 12 * HOUR)
    assert clipped(Span(noon, noon + 20 * HOUR), day) == Span(noon, day.end)
    assert clipped(Span(day.end, day.end + HOUR), day) is None
