"""Time: written and read, local days and weeks, and what people type."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smdash.core import clock
from smdash.core.clock import (
    FixedClock,
    SystemClock,
    Week,
    day_span,
    decode,
    decode_optional,
    encode,
    encode_optional,
    find_zone,
    parse_day,
    parse_duration,
    parse_week,
    parse_when,
    start_of_day,
    week_of,
)
from smdash.core.errors import InputError

ZONES = sorted(available_timezones() - {"localtime"})
# Zones that change their clocks at midnight, by half an hour, over the date line, or never.
AWKWARD = [
    "America/Sao_Paulo",
    "America/Havana",
    "America/St_Johns",
    "Asia/Beirut",
    "Asia/Gaza",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Asia/Jakarta",
    "Europe/Berlin",
    "America/Nuuk",
    "Africa/Cairo",
]
zones = st.one_of(st.sampled_from(AWKWARD), st.sampled_from(ZONES)).map(ZoneInfo)
days = st.dates(date(1971, 1, 1), date(2037, 12, 1))
instants = st.datetimes(datetime(1971, 1, 1), datetime(2900, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
NOW = datetime(2026, 11, 23, 7, 5, tzinfo=UTC)
JAKARTA = ZoneInfo("Asia/Jakarta")


@given(instants)
def test_what_is_written_is_read_back_to_the_millisecond(instant: datetime) -> None:
    assert decode(encode(instant)) == instant.replace(microsecond=instant.microsecond // 1000 * 1000)


@given(instants, instants)
def test_written_times_sort_as_the_times_do(one: datetime, other: datetime) -> None:
    if encode(one) < encode(other):
        assert one < other


@given(instants, zones)
def test_a_time_of_any_zone_is_written_as_utc(instant: datetime, zone: ZoneInfo) -> None:
    assert encode(instant.astimezone(zone)) == encode(instant)


def test_the_written_form() -> None:
    assert encode(datetime(2026, 11, 23, 14, 5, 6, 789_999, tzinfo=JAKARTA)) == "2026-11-23T07:05:06.789Z"


def test_a_naive_time_is_never_written() -> None:
    with pytest.raises(ValueError, match="naive"):
        encode(datetime(2026, 11, 23))  # noqa: DTZ001


def test_nothing_stays_nothing() -> None:
    assert encode_optional(None) is None and decode_optional(None) is None
    assert decode_optional(encode_optional(NOW)) == NOW


@given(days, zones)
def test_a_day_begins_with_the_first_instant_that_bears_its_date(day: date, zone: ZoneInfo) -> None:
    first = start_of_day(day, zone)
    assert first.astimezone(zone).date() >= day
    assert (first - timedelta(milliseconds=1)).astimezone(zone).date() < day


@given(days, zones)
def test_days_follow_each_other_without_gap_or_overlap(day: date, zone: ZoneInfo) -> None:
    today, tomorrow = day_span(day, zone), day_span(day + timedelta(days=1), zone)
    assert today.start <= today.end == tomorrow.start


@pytest.mark.parametrize(
    ("zone", "day", "first", "hours"),
    [
        ("Asia/Jakarta", date(2026, 11, 23), "2026-11-22T17:00:00.000Z", 24),
        ("Europe/Berlin", date(2026, 3, 29), "2026-03-28T23:00:00.000Z", 23),
        ("Europe/Berlin", date(2026, 10, 25), "2026-10-24T22:00:00.000Z", 25),
        ("America/Sao_Paulo", date(2018, 11, 4), "2018-11-04T03:00:00.000Z", 23),  # begins at 01:00
        ("Asia/Beirut", date(2026, 3, 29), "2026-03-28T22:00:00.000Z", 23),  # begins at 01:00
        ("America/Havana", date(2025, 11, 2), "2025-11-02T04:00:00.000Z", 25),  # has midnight twice
        ("Australia/Lord_Howe", date(2026, 4, 5), "2026-04-04T13:00:00.000Z", 24.5),
        ("Pacific/Apia", date(2011, 12, 30), "2011-12-30T10:00:00.000Z", 0),  # the day that Samoa left out
    ],
)
def test_days_on_which_clocks_change(zone: str, day: date, first: str, hours: float) -> None:
    span = day_span(day, ZoneInfo(zone))
    assert encode(span.start) == first
    assert (span.end - span.start) / timedelta(hours=1) == hours


@given(instants.filter(lambda moment: moment.year < 2037), zones, st.integers(0, 6))
def test_a_moment_lies_in_the_week_that_it_falls_into(moment: datetime, zone: ZoneInfo, week_start: int) -> None:
    week = week_of(moment, zone, week_start)
    local = moment.astimezone(zone).date()
    first = week.first_day(week_start)
    assert first.weekday() == week_start
    assert first <= local < first + timedelta(days=7)
    assert parse_week(week.label) == week


@given(instants.filter(lambda moment: moment.year < 2037), zones, st.sampled_from([0, 6]))
def test_weeks_follow_each_other_without_gap_or_overlap(moment: datetime, zone: ZoneInfo, week_start: int) -> None:
    week = week_of(moment, zone, week_start)
    next_week = week_of(week.span(zone, week_start).end, zone, week_start)
    assert next_week != week
    assert next_week.span(zone, week_start).start == week.span(zone, week_start).end


@pytest.mark.parametrize(
    ("moment", "week_start", "label"),
    [
        ("2026-11-22T16:59:59.999Z", 0, "2026-W47"),  # Sunday night in Jakarta
        ("2026-11-22T17:00:00.000Z", 0, "2026-W48"),
        ("2026-11-21T16:59:59.999Z", 6, "2026-W47"),  # the team's week begins on Sunday
        ("2026-11-21T17:00:00.000Z", 6, "2026-W48"),
        ("2026-12-31T12:00:00.000Z", 0, "2026-W53"),
        ("2027-01-02T17:00:00.000Z", 6, "2027-W01"),
    ],
)
def test_when_the_week_turns(moment: str, week_start: int, label: str) -> None:
    assert week_of(decode(moment), JAKARTA, week_start).label == label


@pytest.mark.parametrize("text", ["2026-W48", "2026-w48", "2026W48", " 2026-W48 "])
def test_a_week_may_be_typed_in_several_ways(text: str) -> None:
    assert parse_week(text) == Week(2026, 48)


@pytest.mark.parametrize(
    "text", ["", "48", "2026-48", "2025-W53", "2026-W00", "2026-W54", "0001-W01", "9999-W52", "W48"]
)
def test_what_is_not_a_week_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="2026-W48"):
        parse_week(text)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("now", "2026-11-23T07:05:00.000Z"),
        ("Sekarang", "2026-11-23T07:05:00.000Z"),
        ("14:30", "2026-11-23T07:30:00.000Z"),
        ("9.05", "2026-11-23T02:05:00.000Z"),
        ("2026-11-23 14:30", "2026-11-23T07:30:00.000Z"),
        ("2026-11-23T14:30", "2026-11-23T07:30:00.000Z"),
        ("2026-11-23T14:30:15", "2026-11-23T07:30:15.000Z"),
        ("2026-11-23T14:30Z", "2026-11-23T14:30:00.000Z"),
        ("2026-11-23T14:30+09:00", "2026-11-23T05:30:00.000Z"),
        ("2026-11-24", "2026-11-23T17:00:00.000Z"),
    ],
)
def test_times_as_people_type_them(typed: str, meant: str) -> None:
    assert encode(parse_when(typed, JAKARTA, NOW)) == meant


def test_a_bare_time_means_today_where_the_team_is() -> None:
    late = decode("2026-11-23T18:00:00.000Z")  # 01:00 of the 24th in Jakarta
    assert encode(parse_when("08:00", JAKARTA, late)) == "2026-11-24T01:00:00.000Z"


@pytest.mark.parametrize(
    "typed",
    ["", "later", "25:00", "14:60", "2026-13-01", "2026-11-31 10:00", "23/11/2026", "0001-01-01 00:00", "9999-12-31 23:59",
     "0001-01-01T00:00+14:00", "9999-12-31T23:59-14:00", "١٤:٣٠", "\udcff", "9" * 5_000],
)  # fmt: skip
def test_what_is_not_a_time_is_refused(typed: str) -> None:
    with pytest.raises(InputError):
        parse_when(typed, JAKARTA, NOW)


@pytest.mark.parametrize(
    ("zone", "typed"),
    [
        ("Europe/Berlin", "2026-03-29 02:30"),
        ("America/Sao_Paulo", "2018-11-04 00:15"),
        ("Australia/Lord_Howe", "2026-10-04 02:15"),
        ("Pacific/Apia", "2011-12-30 12:00"),
    ],
)
def test_a_wall_time_that_the_clocks_skip_is_refused(zone: str, typed: str) -> None:
    with pytest.raises(InputError, match="clocks skip it"):
        parse_when(typed, ZoneInfo(zone), NOW)


def test_a_wall_time_that_comes_twice_is_its_first() -> None:
    assert encode(parse_when("2026-10-25 02:30", ZoneInfo("Europe/Berlin"), NOW)) == "2026-10-25T00:30:00.000Z"


@given(st.text(max_size=30), zones)
def test_typed_times_are_read_or_refused_but_never_crash(typed: str, zone: ZoneInfo) -> None:
    for read in (lambda: parse_when(typed, zone, NOW), lambda: parse_day(typed), lambda: parse_week(typed)):
        try:
            read()
        except InputError:
            pass


@pytest.mark.parametrize("typed", ["2026-11-31", "", "tomorrow", "0001-01-01", "9999-12-31"])
def test_what_is_not_a_day_is_refused(typed: str) -> None:
    with pytest.raises(InputError):
        parse_day(typed)


@pytest.mark.parametrize(
    ("typed", "minutes"),
    [
        ("1h30m", 90),
        ("1h 30m", 90),
        ("1h30", 90),
        ("1.5h", 90),
        ("1,5 jam", 90),
        ("1j30mnt", 90),
        ("45m", 45),
        ("45min", 45),
        ("90", 90),
        ("1:30", 90),
        ("0:01", 1),
        ("24h", 1440),
    ],
)
def test_durations_as_people_type_them(typed: str, minutes: int) -> None:
    assert parse_duration(typed) == timedelta(minutes=minutes)


@pytest.mark.parametrize(
    "typed",
    ["", " ", "0", "0h", "0:00", "24h1m", "1441", "1:60", "-5m", "m", "h", "1d", "abc", "0.0000001h", "9" * 5_000],
)
def test_what_is_not_a_duration_is_refused(typed: str) -> None:
    with pytest.raises(InputError, match="1h30m"):
        parse_duration(typed)


@given(st.text(st.sampled_from("0123456789hjmin.,: "), max_size=12))
def test_typed_durations_are_between_a_minute_and_a_day_or_refused(typed: str) -> None:
    try:
        assert timedelta(minutes=1) <= parse_duration(typed) <= timedelta(days=1)
    except InputError:
        pass


@pytest.mark.parametrize(
    "name", ["", "Mars/Phobos", "../../etc/passwd", "/etc/passwd", "Asia", "\udcff", "Asia/Jakarta\x00"]
)
def test_what_is_not_a_zone_is_refused(name: str) -> None:
    with pytest.raises(InputError, match="Asia/Jakarta"):
        find_zone(name)


def test_a_fixed_clock_stands_until_it_is_moved() -> None:
    fixed = FixedClock(NOW)
    assert fixed.now() == fixed.now() == NOW
    fixed.move(timedelta(minutes=5))
    assert fixed.now() - NOW == timedelta(minutes=5) and fixed.monotonic() == 300


def test_a_fixed_clock_that_is_set_back_measures_no_negative_time() -> None:
    fixed = FixedClock(NOW)
    fixed.move(timedelta(hours=-1))
    assert fixed.now() < NOW and fixed.monotonic() == 0


def test_the_system_clock_is_aware_and_goes_on() -> None:
    system = SystemClock()
    assert system.now().tzinfo is UTC
    assert system.monotonic() <= system.monotonic()


def test_only_plausible_times_are_kept() -> None:
    assert clock.is_plausible(NOW)
    assert not clock.is_plausible(datetime(1, 1, 1, tzinfo=UTC))
    assert not clock.is_plausible(datetime(9999, 12, 31, tzinfo=UTC))
