"""Stretches of one member's time beside each other."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smdash.core.clock import Span
from smdash.core.entries import Stretch, followers, gaps, overlaps, parse_edge, spans, united
from smdash.core.errors import InputError

NINE = datetime(2026, 11, 23, 9, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
NOW = NINE + timedelta(hours=10)


def span(start: float, end: float) -> Span:
    """Minutes after nine."""
    return Span(NINE + start * MINUTE, NINE + end * MINUTE)


def stretch(entry_id: int, start: float, end: float | None) -> Stretch:
    return Stretch(entry_id, NINE + start * MINUTE, None if end is None else NINE + end * MINUTE)


@pytest.mark.parametrize(
    ("new", "shorter", "longer"),
    [
        ((50, 120), [(1, 0, 50)], []),
        ((70, 120), [], [(1, 0, 70)]),
        ((60, 130), [(3, 130, 180)], []),
        ((60, 110), [], [(3, 110, 180)]),
        ((70, 130), [(3, 130, 180)], [(1, 0, 70)]),
        ((60, 120), [], []),
        ((300, 360), [], []),  # it moves away as a whole
        ((0, 120), [(1, 0, 0)], []),  # nothing is left of the first
    ],
)
def test_a_neighbour_that_touches_follows(
    new: tuple[int, int], shorter: list[tuple[int, int, int]], longer: list[tuple[int, int, int]]
) -> None:
    others = [stretch(1, 0, 60), stretch(2, 60, 120), stretch(3, 120, 180), stretch(4, 180, 200)]
    found = followers(others[1], stretch(2, *new), others)
    assert found == ([stretch(*one) for one in shorter], [stretch(*one) for one in longer])


def test_what_does_not_touch_stays() -> None:
    others = [stretch(1, 0, 59), stretch(3, 121, None)]
    assert followers(stretch(2, 60, 120), stretch(2, 59, 121), others) == ([], [])


def test_what_runs_follows_too() -> None:
    assert followers(stretch(2, 60, 120), stretch(2, 60, 130), [stretch(3, 120, None)])[0] == [stretch(3, 130, None)]
    assert followers(stretch(3, 120, None), stretch(3, 100, None), [stretch(2, 60, 120)])[0] == [stretch(2, 60, 100)]


def test_what_two_cover_is_told_once() -> None:
    assert overlaps([span(0, 60), span(30, 90), span(40, 50), span(90, 100)]) == (span(30, 60),)
    assert overlaps([span(0, 60), span(60, 90)]) == ()


def test_gaps_are_what_no_entry_covers() -> None:
    taken = [span(-10, 10), span(20, 30), span(30, 40), span(59.5, 70)]
    assert gaps(taken, [span(0, 60), span(60, 120), span(300, 310)]) == (
        span(10, 20), span(40, 59.5), span(70, 120), span(300, 310),
    )  # fmt: skip
    assert gaps([span(0, 59.5)], [span(0, 60)]) == ()
    assert gaps([], [span(0, 60)]) == (span(0, 60),)


def test_what_runs_reaches_to_now() -> None:
    running = (NINE, None)
    assert spans([running, (NOW, None)], NOW) == [Span(NINE, NOW)]


SPANS = st.lists(st.tuples(st.integers(0, 60), st.integers(1, 30)).map(lambda one: span(one[0], one[0] + one[1])))


@given(SPANS, SPANS)
@settings(max_examples=80)
def test_every_minute_is_where_it_belongs(taken: list[Span], within: list[Span]) -> None:
    def covers(some: list[Span] | tuple[Span, ...], at: datetime) -> int:
        return sum(one.start <= at < one.end for one in some)

    free, twice = gaps(taken, within), overlaps(taken)
    assert united(free) == free and united(twice) == twice
    for number in range(100):
        at = NINE + number * MINUTE
        assert covers(free, at) == (covers(within, at) > 0 and not covers(taken, at))
        assert covers(twice, at) == (covers(taken, at) > 1)


def test_a_time_alone_is_of_the_entrys_day() -> None:
    zone = ZoneInfo("Asia/Jakarta")
    late, early = datetime(2026, 11, 20, 15, tzinfo=UTC), datetime(2026, 11, 20, 19, tzinfo=UTC)  # 22:00 and 02:00
    assert parse_edge("09:10", zone, NOW, [late]) == datetime(2026, 11, 20, 2, 10, tzinfo=UTC)
    assert parse_edge("23.30", zone, NOW, [late, early]) == datetime(2026, 11, 20, 16, 30, tzinfo=UTC)
    assert parse_edge("01:30", zone, NOW, [late, early]) == datetime(2026, 11, 20, 18, 30, tzinfo=UTC)
    assert parse_edge("2026-11-19 09:10", zone, NOW, [late]) == datetime(2026, 11, 19, 2, 10, tzinfo=UTC)
    assert parse_edge("now", zone, NOW, [late]) == NOW
    with pytest.raises(InputError, match="not a time"):
        parse_edge("half nine", zone, NOW, [late])
