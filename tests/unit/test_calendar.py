"""Weeks, months and wall times as a calendar needs them, and the times that members type for a post."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smdash.core import calendar, formats
from smdash.core.clock import week_of
from smdash.core.errors import InputError
from smdash.core.snooze import parse_new_time

JAKARTA, BERLIN = ZoneInfo("Asia/Jakarta"), ZoneInfo("Europe/Berlin")
DAYS = st.dates(date(1971, 1, 1), date(2998, 12, 31))
NOW = datetime(2026, 11, 23, 7, 5, tzinfo=UTC)  # Monday 14:05 in Jakarta
FRIDAY = datetime(2026, 11, 27, 3, 30, tzinfo=UTC)  # 10:30 there


@given(DAYS, st.integers(0, 6))
def test_a_week_has_its_day_and_begins_where_the_clock_says(day: date, week_start: int) -> None:
    found = calendar.week_days(day, week_start)
    assert day in found and found[0].weekday() == week_start and len(set(found)) == 7
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    assert week_of(noon, UTC, week_start).first_day(week_start) == found[0]


@given(DAYS, st.integers(0, 6))
def test_a_month_has_all_its_days_once_in_whole_weeks(day: date, week_start: int) -> None:
    weeks = calendar.month_weeks(day, week_start)
    flat = [one for week in weeks for one in week]
    assert 4 <= len(weeks) <= 6 and flat == [flat[0] + timedelta(days=at) for at in range(len(flat))]
    own = [one for one in flat if (one.year, one.month) == (day.year, day.month)]
    assert own[0].day == 1 and (own[-1] + timedelta(days=1)).day == 1
    assert all(any(one in own for one in week) for week in weeks)


def test_a_month_later_stays_within_the_month() -> None:
    assert calendar.month_later(date(2027, 1, 31), 1) == date(2027, 2, 28)
    assert calendar.month_later(date(2026, 1, 15), -1) == date(2025, 12, 15)


def test_days_have_23_and_25_hours_where_the_clocks_change() -> None:
    hours = [calendar.hours_of(date(2026, month, day), BERLIN) for month, day in ((3, 28), (3, 29), (10, 25))]
    assert hours == [24, 23, 25]
    span = calendar.days_span(date(2026, 10, 25), date(2026, 10, 26), BERLIN)
    assert (span.start, span.end) == (datetime(2026, 10, 24, 22, tzinfo=UTC), datetime(2026, 10, 26, 23, tzinfo=UTC))


def test_days_later_keep_the_wall_time() -> None:
    at_nine = datetime(2026, 10, 24, 7, tzinfo=UTC)  # 09:00 CEST
    assert calendar.days_later(at_nine, 1, BERLIN) == datetime(2026, 10, 25, 8, tzinfo=UTC)
    skipped = datetime(2026, 3, 28, 1, 30, tzinfo=UTC)  # 02:30, which the next day does not have
    assert calendar.days_later(skipped, 1, BERLIN).astimezone(BERLIN).strftime("%d %H:%M") == "29 03:30"
    twice = datetime(2026, 10, 25, 1, 30, tzinfo=UTC)  # the second 02:30
    assert calendar.days_later(twice, 1, BERLIN) == datetime(2026, 10, 26, 1, 30, tzinfo=UTC)


def test_spans_of_days_are_written_short() -> None:
    assert formats.days_words(date(2026, 11, 23), date(2026, 11, 29)) == "23–29 Nov 2026"
    assert formats.days_words(date(2026, 11, 30), date(2026, 12, 6)) == "30 Nov – 6 Dec 2026"
    assert formats.days_words(date(2026, 12, 28), date(2027, 1, 3)) == "28 Dec 2026 – 3 Jan 2027"


@pytest.mark.parametrize(
    ("typed", "local"),
    [
        ("besok 9", "24 09:00"),
        ("Fri 14:00", "27 14:00"),
        # A time alone stays on the post's day, a day alone keeps its time.
        ("15:30", "27 15:30"),
        ("09:00", "27 09:00"),
        ("besok", "24 10:30"),
        ("2026-11-30", "30 10:30"),
        ("Sabtu", "28 10:30"),
        ("next week", "30 10:30"),
        ("sore", "27 16:00"),
        ("tonight", "23 19:00"),
        ("2026-11-25 08:15", "25 08:15"),
        ("3h", "23 17:05"),
        ("2d", "25 14:05"),
        ("now", "23 14:05"),
    ],
)
def test_a_new_time_is_read_beside_the_old_one(typed: str, local: str) -> None:
    found = parse_new_time(typed, FRIDAY, JAKARTA, NOW)
    assert found.astimezone(JAKARTA).strftime("%d %H:%M") == local


def test_a_time_alone_is_the_next_one_where_the_old_day_is_today_or_over() -> None:
    for old in (NOW + timedelta(hours=1), NOW - timedelta(days=3)):
        assert parse_new_time("16:00", old, JAKARTA, NOW).astimezone(JAKARTA).strftime("%d %H:%M") == "23 16:00"
        assert parse_new_time("09:00", old, JAKARTA, NOW).astimezone(JAKARTA).strftime("%d %H:%M") == "24 09:00"


@pytest.mark.parametrize("typed", ["", "kapan-kapan", "reply", "9", "2026-11-20 09:00", "today 9", "400d", "25:00"])
def test_what_is_no_time_to_come_is_refused(typed: str) -> None:
    with pytest.raises(InputError):
        parse_new_time(typed, FRIDAY, JAKARTA, NOW)


def test_a_wall_time_that_the_clocks_skip_is_refused() -> None:
    now = datetime(2026, 3, 20, 8, tzinfo=UTC)
    with pytest.raises(InputError, match="skip"):
        parse_new_time("2026-03-29 02:30", now + timedelta(days=1), BERLIN, now)
