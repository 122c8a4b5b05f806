"""What a member types for the times of an entry, and what it comes to."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smdash.core.edges import Edges, Typed, edges_text, parse_edges, parse_since
from smdash.core.errors import InputError

JAKARTA = ZoneInfo("Asia/Jakarta")
BERLIN = ZoneInfo("Europe/Berlin")
ZONES = ("Asia/Jakarta", "Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe")
DAY = date(2026, 11, 23)
NOW = datetime(2026, 11, 23, 7, 5, tzinfo=UTC)


def at(text: str, day: int = 23) -> datetime:
    """A wall time of November 2026 in Jakarta."""
    return datetime.fromisoformat(f"2026-11-{day:02d}T{text}+07:00").astimezone(UTC)


OLD = Edges(at("09:10:37"), at("11:00:12"))


@pytest.mark.parametrize(
    ("text", "start", "end", "note"),
    [
        ("09:15-10:00", at("09:15"), at("10:00"), None),
        ("9.15 – 10.00 rapat pagi", at("09:15"), at("10:00"), "rapat pagi"),
        ("09:10-11:00", OLD.start, OLD.end, None),
        ("09:10-11:30 a-b", OLD.start, at("11:30"), "a-b"),
        ("09:00-", at("09:00"), OLD.end, None),
        ("-11:30", OLD.start, at("11:30"), None),
        ("09:00", at("09:00"), OLD.end, None),
        ("09:00 45m telepon", at("09:00"), at("09:45"), "telepon"),
        ("09:00 1h30m", at("09:00"), at("10:30"), None),
        ("09:00 1.5j", at("09:00"), at("10:30"), None),
        ("+15m", OLD.start, at("11:15:12"), None),
        ("-10m", OLD.start, at("10:50:12"), None),
        ("+1h lembur", OLD.start, at("12:00:12"), "lembur"),
        ("-10m-", at("09:00:37"), OLD.end, None),
        ("09:00-+5m", at("09:00"), at("11:05:12"), None),
        ("09:00-now", at("09:00"), NOW, None),
        ("13:00-SEKARANG", at("13:00"), NOW, None),
    ],
)
def test_times_are_read_as_they_are_typed(text: str, start: datetime, end: datetime, note: str | None) -> None:
    assert parse_edges(text, DAY, OLD, JAKARTA, NOW) == Typed(start, end, note)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is no time of an entry; expected one such as 09:10-11:00"),
        ("rapat", "is no time of an entry"),
        ("25:00-26:00", "is not a time"),
        ("11:00-09:10", "ends before it begins"),
        ("-3h", "ends before it begins"),
        ("13:00-14:30", "is still to come; an entry ends now at the latest"),
        ("+5h", "is still to come"),
        ("-24:00", "is still to come"),
        ("-9999m-", "is longer than the 24 hours"),
    ],
)
def test_what_can_not_be_is_refused_in_a_sentence(text: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        parse_edges(text, DAY, OLD, JAKARTA, NOW)


def test_without_old_times_both_ends_must_be_named() -> None:
    assert parse_edges("09:10-10:00", DAY, Edges(), JAKARTA, NOW)[:2] == (at("09:10"), at("10:00"))
    for text, words in {
        "-10:00": "does not say when it began", "+15m": "does not say when it began",
        "+15m-10:00": "no time to count from",
    }.items():  # fmt: skip
        with pytest.raises(InputError, match=words):
            parse_edges(text, DAY, Edges(), JAKARTA, NOW)


def test_a_night_ends_on_the_next_day() -> None:
    late = at("03:00", 25)
    assert parse_edges("22:00-01:30", DAY, Edges(), JAKARTA, late)[:2] == (at("22:00"), at("01:30", 24))
    assert parse_edges("16:00-24:00", DAY, Edges(), JAKARTA, late)[:2] == (at("16:00"), at("00:00", 24))
    assert parse_edges("16:00-00:00", DAY, Edges(), JAKARTA, late)[:2] == (at("16:00"), at("00:00", 24))
    # One that is over midnight already keeps its end when its start is typed.
    night = Edges(at("23:00"), at("07:30", 24))
    assert parse_edges("22:00-07:30", DAY, night, JAKARTA, late)[:2] == (at("22:00"), night.end)


def test_one_that_runs_keeps_running_unless_an_end_is_named() -> None:
    runs = Edges(at("13:23"), None)
    assert edges_text(runs, JAKARTA) == "13:23-"
    assert parse_edges("13:20- rapat", DAY, runs, JAKARTA, NOW) == Typed(at("13:20"), None, "rapat")
    assert parse_edges("-14:00", DAY, runs, JAKARTA, NOW)[:2] == (runs.start, at("14:00"))


def test_wall_times_that_the_clocks_skip_are_refused_and_lengths_are_real_time() -> None:
    spring = date(2026, 3, 29)
    later = datetime(2026, 3, 29, 12, tzinfo=UTC)
    with pytest.raises(InputError, match="the clocks skip it"):
        parse_edges("02:30-04:00", spring, Edges(), BERLIN, later)
    start, end, _note = parse_edges("01:30-03:30", spring, Edges(), BERLIN, later)
    assert start is not None and end is not None and end - start == timedelta(hours=1)
    assert parse_edges("01:30 1h", spring, Edges(), BERLIN, later)[:2] == (start, end)
    # In autumn a clock shows an hour twice: what began in the second one ends in it.
    autumn, began = date(2026, 10, 25), datetime(2026, 10, 25, 1, 15, tzinfo=UTC)
    end = parse_edges("-02:45", autumn, Edges(began, began + timedelta(hours=2)), BERLIN, NOW).end
    assert end == began + timedelta(minutes=30)


@given(st.integers(0, 324 * 86_400), st.integers(1, 24 * 3600 - 1), st.sampled_from(ZONES))
@settings(max_examples=60)
def test_what_is_offered_and_left_as_it_is_changes_nothing(began: int, seconds: int, name: str) -> None:
    zone = ZoneInfo(name)
    start = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=began)
    old = Edges(start, start + timedelta(seconds=seconds))
    day = start.astimezone(zone).date()
    assert parse_edges(edges_text(old, zone), day, old, zone, NOW)[:2] == old


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("09:10", at("09:10")),
        ("9.10", at("09:10")),
        ("15m", NOW - timedelta(minutes=15)),
        ("-15m", NOW - timedelta(minutes=15)),
        ("1h", NOW - timedelta(hours=1)),
        ("now", NOW),
        ("2026-11-22 18:00", at("18:00", 22)),
    ],
)
def test_a_moment_that_is_over(text: str, moment: datetime) -> None:
    assert parse_since(text, JAKARTA, NOW) == moment


def test_a_time_of_day_after_midnight_was_last_night_but_a_slip_is_not_yesterday() -> None:
    midnight = at("00:20")
    assert parse_since("23:30", JAKARTA, midnight) == at("23:30", 22)
    with pytest.raises(InputError, match="still to come"):
        parse_since("14:30", JAKARTA, NOW)
    with pytest.raises(InputError, match="is not a time"):
        parse_since("besok", JAKARTA, NOW)


def test_a_moment_is_moved_from_where_it_was() -> None:
    old = at("13:23:45")
    assert parse_since("+10m", JAKARTA, NOW, old) == at("13:33:45")
    assert parse_since("-10m", JAKARTA, NOW, old) == at("13:13:45")
    assert parse_since("13:23", JAKARTA, NOW, old) == old
    assert parse_since("13:00", JAKARTA, NOW, old) == at("13:00")
