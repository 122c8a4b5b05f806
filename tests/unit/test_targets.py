"""What a week asks: part-time, days off, own targets; what is expected by now; what no longer fits."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smdash.core.clock import Week
from smdash.core.targets import Eaten, WeekPace, Working, asked, part_of, week_pace, working
from smdash.core.team import DEFAULT_TIMES
from smdash.core.worktime import Absence, WeekTimes, parse_week_times

JAKARTA = ZoneInfo("Asia/Jakarta")
MONDAY = date(2026, 11, 23)
DAYS = [MONDAY + timedelta(days=number) for number in range(7)]
PLAN = [("blogging", 450), ("listening", 150), ("contingency", 300)]


def local(text: str, zone: ZoneInfo = JAKARTA) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


def time(now: str = "2026-11-23 00:00", times: WeekTimes = DEFAULT_TIMES, **more: object) -> Working:
    arguments = {"off": (), "absences": ()} | more
    return working(DAYS, times, JAKARTA, now=local(now), **arguments)  # type: ignore[arg-type]


def week(done: dict[str, float], now: str = "2026-11-23 00:00", **more: object) -> WeekPace:
    found = time(now, **more)  # type: ignore[arg-type]
    return week_pace(PLAN, [(asked(PLAN, {}, 1.0, found), found)], done, ())


@pytest.mark.parametrize(
    ("now", "minutes"),
    [
        ("2026-11-23 08:59", 0),
        ("2026-11-23 13:00", 240),
        ("2026-11-23 23:00", 480),
        ("2026-11-25 09:30", 990),
        ("2026-11-28 12:00", 2400),
        ("2026-12-09 12:00", 2400),
    ],
)
def test_time_passes_in_working_hours_only(now: str, minutes: int) -> None:
    assert time(now) == (2400, 2400, minutes)


def test_a_members_own_hours_make_the_pace() -> None:
    evenings = parse_week_times("mon-tue 18:00-22:00")
    assert time("2026-11-23 17:00", evenings) == (480, 480, 0)
    assert time("2026-11-23 19:00", evenings) == (480, 480, 60)


def test_days_off_take_their_working_time_out() -> None:
    away = [Absence(1, "ana", date(2026, 11, 26), date(2026, 12, 4), "leave")]
    found = time("2026-11-25 13:00", off={date(2026, 11, 24)}, absences=away)
    assert found == (2400, 960, 480 + 240)
    # Monday and Wednesday of five days: two fifths of the plan, three quarters of which is due.
    assert asked(PLAN, {}, 1.0, found)["blogging"] == (180, 135)


def test_a_week_away_asks_nothing() -> None:
    away = [Absence(1, "ana", MONDAY, DAYS[-1], "sick")]
    assert set(asked(PLAN, {}, 1.0, time("2026-11-27 12:00", absences=away)).values()) == {(0, 0.0)}


def test_part_time_is_a_part_of_the_teams_hours() -> None:
    assert part_of(None, DEFAULT_TIMES) == 1.0
    assert part_of(parse_week_times("mon-wed 09:00-17:00"), DEFAULT_TIMES) == 0.6
    assert part_of(parse_week_times("mon-sun 08:00-20:00"), DEFAULT_TIMES) == 1.0
    assert part_of(parse_week_times(""), DEFAULT_TIMES) == 0.0


def test_a_members_own_target_takes_the_place_of_their_part() -> None:
    found = asked(PLAN, {"blogging": 60}, 0.5, time())
    assert (found["blogging"][0], found["listening"][0]) == (60, 75)


def test_a_full_time_member_has_exactly_the_plan() -> None:
    assert week({}).total.target_minutes == 900


def test_what_no_longer_fits_is_said_of_one_activity_and_of_all() -> None:
    # Thursday evening: eight hours are left.
    found = week({"listening": 150}, "2026-11-26 17:00")
    assert found.room_minutes == 480 and found.left_minutes == 450
    assert [one.fits for one in found.targets] == [True, True, True] and found.total.fits
    found = week({}, "2026-11-26 17:00")
    assert [one.fits for one in found.targets] == [True, True, True] and not found.total.fits
    found = week({"listening": 150}, "2026-11-27 10:00")
    assert [one.fits for one in found.targets] == [False, True, True] and not found.total.fits


def test_the_reserve_need_not_be_used_up() -> None:
    found = week({"blogging": 450, "listening": 150}, "2026-11-27 16:59")
    assert found.left_minutes == 0 and found.total.fits
    assert found.budget is not None and not found.budget.is_spent
    assert found.targets[2].left_minutes > found.room_minutes and found.targets[2].fits


def test_the_reserve_says_what_ate_it_the_biggest_first() -> None:
    eaten = [Eaten("", "Gajian hemat", "", 60), Eaten("Server mati\nsemua", "Gajian hemat", "", 240)]
    found = week_pace(PLAN, [], {"contingency": 300}, eaten).budget
    assert found is not None and [one.words for one in found.eaten] == ["Server mati", "Gajian hemat"]
    assert found.is_spent


@settings(max_examples=40)
@given(
    st.integers(0, 7 * 24 * 60 - 1),
    st.sampled_from(["Asia/Jakarta", "Europe/Berlin", "America/Sao_Paulo", "Australia/Lord_Howe"]),
    st.sampled_from(["mon-fri 09:00-17:00", "sun 00:00-24:00", "sat-sun 01:00-04:00", "mon-sun 00:00-24:00"]),
)
def test_expected_never_goes_back_and_ends_at_the_target(minute: int, zone_name: str, hours: str) -> None:
    zone, times = ZoneInfo(zone_name), parse_week_times(hours)
    first = date(2018, 10, 29)
    days = [first + timedelta(days=number) for number in range(7)]
    begin = Week(2018, 44).span(zone).start + timedelta(minutes=minute)
    earlier, later, end = (
        asked(PLAN, {}, 1.0, working(days, times, zone, (), (), at))["blogging"]
        for at in (begin, begin + timedelta(minutes=1), datetime(2018, 11, 9, tzinfo=UTC))
    )
    assert 0 <= earlier[1] <= later[1] <= later[0] == 450
    assert end == (450, 450)
