"""How long a mention is put aside, as members type it in English and Indonesian."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smdash.core.errors import InputError
from smdash.core.records import Snooze
from smdash.core.snooze import LONGEST, parse_snooze

JAKARTA = ZoneInfo("Asia/Jakarta")
BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 23, 7, 5, tzinfo=UTC)  # Monday 14:05 in Jakarta


def local(text: str) -> str:
    how, until = parse_snooze(text, JAKARTA, NOW)
    assert how is Snooze.UNTIL and until is not None
    return until.astimezone(JAKARTA).strftime("%a %d %b %H:%M")


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("3h", "Mon 23 Nov 17:05"),
        ("3 jam", "Mon 23 Nov 17:05"),
        ("1h30m", "Mon 23 Nov 15:35"),
        ("30m", "Mon 23 Nov 14:35"),
        ("1,5 jam", "Mon 23 Nov 15:35"),
        ("2d", "Wed 25 Nov 14:05"),
        ("2 hari", "Wed 25 Nov 14:05"),
        ("1w", "Mon 30 Nov 14:05"),
        ("2 minggu", "Mon 07 Dec 14:05"),
        ("in 2 hours", "Mon 23 Nov 16:05"),
        ("besok 9", "Tue 24 Nov 09:00"),
        ("Besok jam 3 sore", "Tue 24 Nov 15:00"),
        ("9 besok", "Tue 24 Nov 09:00"),
        ("tomorrow 9:30", "Tue 24 Nov 09:30"),
        ("tomorrow at 2pm", "Tue 24 Nov 14:00"),
        ("lusa", "Wed 25 Nov 09:00"),
        ("Mon 09:00", "Mon 30 Nov 09:00"),
        ("mon 15:00", "Mon 23 Nov 15:00"),
        ("senin 9", "Mon 30 Nov 09:00"),
        ("Jumat pagi", "Fri 27 Nov 09:00"),
        ("minggu", "Sun 29 Nov 09:00"),
        ("next fri 10.30", "Fri 04 Dec 10:30"),
        ("senin depan", "Mon 30 Nov 09:00"),
        ("next week", "Mon 30 Nov 09:00"),
        ("minggu depan", "Mon 30 Nov 09:00"),
        ("tonight", "Mon 23 Nov 19:00"),
        ("nanti malam", "Mon 23 Nov 19:00"),
        ("nanti malam jam 9 malam", "Mon 23 Nov 21:00"),
        ("nanti sore", "Mon 23 Nov 16:00"),
        ("14:30", "Mon 23 Nov 14:30"),
        ("14:00", "Tue 24 Nov 14:00"),
        ("2026-11-30 08:00", "Mon 30 Nov 08:00"),
        ("2026-11-30", "Mon 30 Nov 09:00"),
        ("2026-11-30T01:00Z", "Mon 30 Nov 08:00"),
    ],
)
def test_what_people_type(typed: str, meant: str) -> None:
    assert local(typed) == meant


@pytest.mark.parametrize("typed", ["reply", "balas", " Balas ", "sampai dibalas"])
def test_until_the_author_writes(typed: str) -> None:
    assert parse_snooze(typed, JAKARTA, NOW) == (Snooze.REPLY, None)


@pytest.mark.parametrize("typed", ["hard besok 9", "besok 9 hard", "pasti besok 9", "besok 9 pasti"])
def test_for_certain(typed: str) -> None:
    assert parse_snooze(typed, JAKARTA, NOW) == (Snooze.HARD, datetime(2026, 11, 24, 2, tzinfo=UTC))


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("", "is not a time"),
        ("9", "is not a time"),
        ("kemarin", "is not a time"),
        ("besok jam 25", "is not a time"),
        ("2026-02-30", "is not a time"),
        ("hard reply", "name one"),
        ("hard", "is not a time"),
        ("0m", "is over already"),
        ("today 9", "is over already"),
        ("2026-11-22 10:00", "is over already"),
        ("2027-11-30", "more than a year away"),
        ("99999d", "more than a year away"),
        ("53w", "more than a year away"),
    ],
)
def test_what_is_refused_says_why(typed: str, why: str) -> None:
    with pytest.raises(InputError, match=why):
        parse_snooze(typed, JAKARTA, NOW)


def test_a_wall_time_that_the_clocks_skip_is_refused_and_a_span_goes_over_it() -> None:
    before = datetime(2026, 3, 28, 1, 30, tzinfo=UTC)  # 02:30 in Berlin, the night before the clocks go forward
    with pytest.raises(InputError, match="the clocks skip it"):
        parse_snooze("tomorrow 2:30", BERLIN, before)
    assert parse_snooze("1d", BERLIN, before).until == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    assert parse_snooze("2d", BERLIN, before).until == datetime(2026, 3, 30, 0, 30, tzinfo=UTC)


ZONES = st.sampled_from([JAKARTA, BERLIN, ZoneInfo("America/New_York"), ZoneInfo("Asia/Kathmandu")])
MOMENTS = st.integers(1_577_836_800, 2_051_222_400).map(lambda second: datetime.fromtimestamp(second, UTC))
WORDS = st.lists(
    st.sampled_from(
        ["besok", "senin", "next", "9", "14:30", "hard", "jam", "3h", "minggu", "depan", "pagi", "2026-03-29", "02:30"]
    ),
    max_size=4,
).map(" ".join)


@given(st.one_of(st.text(max_size=30), WORDS), ZONES, MOMENTS)
def test_whatever_is_typed_is_a_time_to_come_or_one_sentence(typed: str, zone: ZoneInfo, now: datetime) -> None:
    try:
        how, until = parse_snooze(typed, zone, now)
    except InputError as problem:
        assert str(problem)
        return
    assert (until is None) == (how is Snooze.REPLY)
    assert until is None or now < until <= now + LONGEST


@given(st.integers(1, 300), st.integers(0, 23), st.integers(0, 59), ZONES, MOMENTS)
def test_a_date_that_is_named_comes_back_on_that_wall_time(
    days: int, hour: int, minute: int, zone: ZoneInfo, now: datetime
) -> None:
    wall = (now.astimezone(zone) + timedelta(days=days + 1)).replace(hour=hour, minute=minute, tzinfo=None)
    try:
        until = parse_snooze(f"{wall:%Y-%m-%d %H:%M}", zone, now).until
    except InputError as problem:
        assert "skip" in str(problem)
        return
    assert until is not None and f"{until.astimezone(zone):%Y-%m-%d %H:%M}" == f"{wall:%Y-%m-%d %H:%M}"


@given(st.integers(0, 6), st.integers(0, 23), MOMENTS)
def test_a_weekday_is_its_next_one_within_a_week(weekday: int, hour: int, now: datetime) -> None:
    english = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")[weekday]
    indonesian = ("senin", "selasa", "rabu", "kamis", "jumat", "sabtu", "ahad")[weekday]
    until = parse_snooze(f"{english} {hour}:00", JAKARTA, now).until
    assert until is not None and until.astimezone(JAKARTA).weekday() == weekday
    assert now < until <= now + timedelta(days=7)
    assert parse_snooze(f"{indonesian} {hour}", JAKARTA, now).until == until
