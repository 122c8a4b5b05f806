"""Until when an answer is due, in working hours, across holidays and changes of the clocks."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smdash.core.goals import Calendar, Goal, ResponseGoals, from_plain, to_plain
from smdash.core.mentions import DEFAULT_GOALS
from smdash.core.worktime import NO_TIMES, Interval, is_working, parse_week_times

JAKARTA = ZoneInfo("Asia/Jakarta")
BERLIN = ZoneInfo("Europe/Berlin")
SENT = datetime(2026, 11, 23, 6, 5, tzinfo=UTC)
OFFICE = parse_week_times("mon-fri 09:00-12:00,13:00-17:00; sat 09:00-12:00")


def at(text: str, zone: ZoneInfo = JAKARTA) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)


@pytest.mark.parametrize(("kind", "minutes"), [("dm", 60), ("reply", 240), ("review", 1440)])
def test_the_goal_depends_on_the_kind(kind: str, minutes: int) -> None:
    goals = ResponseGoals.by_kind(DEFAULT_GOALS)
    assert goals.due_at(kind, "mastodon", 0, SENT) == SENT + timedelta(minutes=minutes)


def test_a_kind_without_a_goal_is_never_overdue() -> None:
    assert ResponseGoals.by_kind(DEFAULT_GOALS).due_at("listening", "mastodon", 0, SENT) is None


def test_a_network_that_writes_in_the_year_9999_waits_for_no_answer() -> None:
    end = datetime(9999, 12, 31, 23, 59, tzinfo=UTC)
    for calendar in (None, Calendar(OFFICE, JAKARTA)):
        assert ResponseGoals([Goal(60)], calendar).due_at("dm", "x", 0, end) is None


@pytest.mark.parametrize("hours", [1, 24])
def test_the_networks_window_counts_when_it_is_sooner(hours: int) -> None:
    closes = SENT + timedelta(hours=hours)
    goals = ResponseGoals.by_kind(DEFAULT_GOALS)
    assert goals.due_at("mention", "whatsapp", 0, SENT, closes) == min(closes, SENT + timedelta(hours=4))
    assert goals.due_at("listening", "whatsapp", 0, SENT, closes) == closes


def test_of_the_goals_that_fit_the_one_that_names_most_counts() -> None:
    goals = ResponseGoals(
        [
            Goal(240, "dm"), Goal(120, None, "instagram"), Goal(90, None, None, 2), Goal(60, "dm", "instagram"),
            Goal(50, "dm", None, 2), Goal(40, None, "instagram", 2), Goal(5, "dm", "instagram", 2),
        ]
    )  # fmt: skip

    def minutes(kind: str, platform: str, priority: int) -> int | None:
        found = goals.goal(kind, platform, priority)
        return None if found is None else int(found.total_seconds()) // 60

    assert minutes("dm", "x", 0) == 240
    assert minutes("comment", "instagram", 0) == 120
    assert minutes("comment", "x", 2) == 90
    assert minutes("dm", "instagram", 1) == 60
    assert minutes("dm", "x", 2) == 50
    assert minutes("comment", "instagram", 2) == 40
    assert minutes("dm", "instagram", 2) == 5
    assert minutes("comment", "x", 1) is None


@pytest.mark.parametrize(
    ("sent", "due"),
    [
        ("2026-11-23 09:00", "2026-11-23 10:00"),
        ("2026-11-23 08:59:59", "2026-11-23 10:00"),
        ("2026-11-23 11:00", "2026-11-23 12:00"),  # it ends with the morning, not after lunch
        ("2026-11-23 11:00:01", "2026-11-23 13:00:01"),
        ("2026-11-23 12:00", "2026-11-23 14:00"),
        ("2026-11-23 12:30", "2026-11-23 14:00"),
        ("2026-11-23 16:00", "2026-11-23 17:00"),
        ("2026-11-23 16:30", "2026-11-24 09:30"),
        ("2026-11-23 17:00", "2026-11-24 10:00"),
        ("2026-11-23 23:59", "2026-11-24 10:00"),
        ("2026-11-27 16:45", "2026-11-28 09:45"),
        ("2026-11-28 11:30", "2026-11-30 09:30"),  # over Sunday
        ("2026-12-24 16:30", "2026-12-26 09:30"),  # over a holiday
        ("2026-12-25 10:00", "2026-12-26 10:00"),
    ],
)
def test_an_hour_of_working_time(sent: str, due: str) -> None:
    goals = ResponseGoals([Goal(60)], Calendar(OFFICE, JAKARTA, [date(2026, 12, 25)]))
    assert goals.due_at("dm", "x", 0, at(sent)) == at(due)


def test_a_night_shift_over_the_hour_that_comes_twice_is_longer_and_over_the_one_that_is_skipped_shorter() -> None:
    calendar = Calendar(parse_week_times("sun 00:00-06:00"), BERLIN)
    autumn, spring = at("2026-10-25 00:00", BERLIN), at("2026-03-29 00:00", BERLIN)
    assert calendar.between(autumn, autumn + timedelta(hours=12)) == timedelta(hours=7)
    assert calendar.between(spring, spring + timedelta(hours=12)) == timedelta(hours=5)
    assert calendar.later(spring, timedelta(hours=5)) == at("2026-03-29 06:00", BERLIN)


def test_where_nobody_ever_works_there_is_no_goal() -> None:
    assert Calendar(NO_TIMES, JAKARTA).later(SENT, timedelta(minutes=1)) is None


def test_a_response_is_counted_as_the_goals_are() -> None:
    sent, answered = at("2026-11-23 16:45"), at("2026-11-24 09:15")
    assert ResponseGoals([], Calendar(OFFICE, JAKARTA)).seconds(sent, answered) == 30 * 60
    assert ResponseGoals([]).seconds(sent, answered) == 16.5 * 3600
    assert ResponseGoals([]).seconds(answered, sent) == 0


def test_a_hundred_years_are_not_walked_day_by_day() -> None:
    calendar = Calendar(OFFICE, JAKARTA)
    assert calendar.between(datetime(1971, 1, 1, tzinfo=UTC), SENT) < timedelta(days=2 * 366)


@st.composite
def weeks(draw: st.DrawFn) -> tuple[tuple[Interval, ...], ...]:
    edges = st.lists(st.integers(0, 1440), max_size=6, unique=True).map(sorted)
    days = draw(st.lists(edges, min_size=7, max_size=7).filter(lambda found: any(len(day) > 1 for day in found)))
    return tuple(tuple(Interval(*pair) for pair in zip(day[::2], day[1::2], strict=False)) for day in days)


# Weeks with a change of the clocks: by an hour, by half an hour, at midnight, and over a day that never was.
CHANGES = (
    ("Europe/Berlin", datetime(2026, 3, 28, tzinfo=UTC)),
    ("Europe/Berlin", datetime(2026, 10, 24, tzinfo=UTC)),
    ("Australia/Lord_Howe", datetime(2026, 4, 4, tzinfo=UTC)),
    ("America/Sao_Paulo", datetime(2018, 11, 3, tzinfo=UTC)),
    ("America/Sao_Paulo", datetime(2019, 2, 16, tzinfo=UTC)),
    ("America/St_Johns", datetime(2010, 11, 6, tzinfo=UTC)),
    ("Pacific/Apia", datetime(2011, 12, 29, tzinfo=UTC)),
    ("Asia/Jakarta", datetime(2026, 11, 23, tzinfo=UTC)),
)
OFFSETS = st.integers(-3 * 86_400, 3 * 86_400).map(lambda seconds: timedelta(seconds=seconds))


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(CHANGES), weeks(), OFFSETS, st.integers(1, 3000), st.sets(st.integers(-2, 9), max_size=4))
def test_never_early_never_late(
    change: tuple[str, datetime], week: tuple[tuple[Interval, ...], ...], offset: timedelta, minutes: int, off: set[int]
) -> None:
    zone = ZoneInfo(change[0])
    holidays = [change[1].date() + timedelta(days=one) for one in off]
    calendar = Calendar(week, zone, holidays)
    start = change[1] + offset
    due = calendar.later(start, timedelta(minutes=minutes))
    if due is None:
        return
    # Exactly so much working time has passed, the last moment before it was working time, and none was needed more.
    assert calendar.between(start, due) == timedelta(minutes=minutes)
    assert is_working(due - timedelta(microseconds=1), week, zone, holidays)
    assert calendar.between(start, due - timedelta(seconds=1)) < timedelta(minutes=minutes)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(CHANGES), weeks(), OFFSETS, OFFSETS, st.integers(1, 3000), st.integers(0, 600))
def test_who_writes_later_or_gets_more_time_is_due_no_sooner(
    change: tuple[str, datetime],
    week: tuple[tuple[Interval, ...], ...],
    one: timedelta,
    other: timedelta,
    minutes: int,
    more: int,
) -> None:
    calendar = Calendar(week, ZoneInfo(change[0]))
    first, second = sorted((change[1] + one, change[1] + other))
    early = calendar.later(first, timedelta(minutes=minutes))
    late = calendar.later(second, timedelta(minutes=minutes + more))
    assert early is None or late is None or early <= late


def test_goals_are_kept_and_what_is_none_is_left_out() -> None:
    goals = (Goal(30, "dm", "instagram"), Goal(5, priority=2))
    assert from_plain(to_plain(goals)) == goals
    assert from_plain([{"minutes": "soon"}, 3, {"minutes": 0}, {"minutes": 5, "kind": 7}]) == ()
    assert from_plain("nothing") == ()
