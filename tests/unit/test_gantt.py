"""The timeline in cells, and days as they are typed for it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smdash.core import campaign_typing
from smdash.core.clock import Span
from smdash.core.errors import InputError
from smdash.core.gantt import SCALES, day_names, phase_names, runs, window
from smdash.core.records import Campaign, CampaignKind, Phase

JAKARTA = ZoneInfo("Asia/Jakarta")
NOW = datetime(2026, 11, 23, 7, tzinfo=UTC)
DAY = timedelta(days=1)


def campaign(start: int, days: int, *phases: tuple[str, int, int]) -> Campaign:
    first = window(date(2026, 11, 23), 1, JAKARTA).start
    found = tuple(Phase(name, first + at * DAY, first + end * DAY) for name, at, end in phases)
    return Campaign(1, "Gajian", CampaignKind.PROMOTION, first + start * DAY, first + (start + days) * DAY, found, 0, 0)


def test_each_cell_holds_what_its_middle_holds() -> None:
    one = campaign(1, 6, ("tease", 1, 3), ("launch", 3, 5), ("wrap", 6, 7))
    found = runs(one, window(date(2026, 11, 23), 14, JAKARTA), 14, NOW)
    assert [(run.cells, run.phase) for run in found] == [
        (1, None), (2, 0), (2, 1), (1, -1), (1, 2), (7, None),
    ]  # fmt: skip
    assert [run.over for run in found] == [True] + [False] * 5
    assert [run.over for run in runs(one, window(date(2026, 11, 23), 14, JAKARTA), 14, NOW + 3 * DAY)][:4] == [
        True,
        True,
        True,
        False,
    ]


def test_what_is_shorter_than_a_cell_is_seen() -> None:
    one = campaign(5, 3, ("tease", 5, 6), ("launch", 6, 7), ("wrap", 7, 8))
    found = runs(one, window(date(2026, 10, 1), 366, JAKARTA), 40, NOW)
    assert any(run.phase is not None for run in found)
    bare = runs(campaign(5, 1), window(date(2026, 10, 1), 366, JAKARTA), 20, NOW)
    assert sum(run.cells for run in bare if run.phase == -1) == 1


@given(st.integers(-400, 400), st.integers(1, 200), st.sampled_from(SCALES), st.integers(1, 200))
def test_a_line_is_as_wide_as_asked_for(start: int, days: int, scale: int, width: int) -> None:
    one = campaign(start, days, ("a", start, start + days))
    assert sum(run.cells for run in runs(one, window(date(2026, 11, 20), scale, JAKARTA), width, NOW)) == width


@pytest.mark.parametrize("zone", ["Asia/Jakarta", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia"])
@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("width", [20, 43, 90])
def test_names_of_days_never_touch(zone: str, scale: int, width: int) -> None:
    found = day_names(window(date(2026, 10, 20), scale, ZoneInfo(zone)), width, ZoneInfo(zone), 0)
    assert found
    for (at, name), (after, _other) in pairwise(found):
        assert at + len(name) < after
    assert found[-1][0] + len(found[-1][1]) <= width


def test_days_are_named_as_closely_as_fits() -> None:
    assert day_names(window(date(2026, 11, 23), 14, JAKARTA), 140, JAKARTA, 0)[1] == (10, "Tue 24")
    assert day_names(window(date(2026, 11, 23), 42, JAKARTA), 60, JAKARTA, 0)[:2] == [(0, "23 Nov"), (10, "30 Nov")]
    assert day_names(window(date(2026, 11, 23), 126, JAKARTA), 50, JAKARTA, 0)[0] == (3, "Dec")


def test_phases_are_named_where_they_begin() -> None:
    one = campaign(-3, 10, ("tease", -3, 1), ("launch", 1, 5), ("wrap", 5, 7))
    assert phase_names(one, window(date(2026, 11, 23), 14, JAKARTA), 14) == [
        (0, "tease", 0), (1, "launch", 3), (5, "wrap", 9),
    ]  # fmt: skip


def test_a_campaign_without_phases_in_sight_has_no_names() -> None:
    shown = window(date(2026, 11, 23), 14, JAKARTA)
    assert phase_names(campaign(0, 3), shown, 14) == [] == phase_names(campaign(60, 3, ("a", 60, 63)), shown, 14)


OLD = Span(window(date(2026, 11, 20), 1, JAKARTA).start, window(date(2026, 11, 22), 1, JAKARTA).end)


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2026-11-20..2026-11-25", "2026-11-20", "2026-11-25"), ("24..26", "2026-11-24", "2026-11-26"),
        ("24/11..2/12", "2026-11-24", "2026-12-02"), ("28..3", "2026-11-28", "2026-12-03"), ("1", "2026-12-01", "2026-12-01"),
        ("+3", "2026-11-23", "2026-11-25"), ("-2d", "2026-11-18", "2026-11-20"), ("31..31", "2026-12-31", "2026-12-31"),
        ("29/2", "2028-02-29", "2028-02-29"),
    ],
)  # fmt: skip
def test_days_as_they_are_typed(text: str, first: str, last: str) -> None:
    found = campaign_typing.parse_days(text, JAKARTA, date(2026, 11, 23), OLD)
    assert campaign_typing.typed(found, JAKARTA) == f"{first}..{last}"
    assert campaign_typing.parse_days(campaign_typing.typed(found, JAKARTA), JAKARTA, date(2026, 11, 23)) == found


@pytest.mark.parametrize(
    "text", ["", "..", "x", "32", "25..24/11/2026", "2026-11-25..2026-11-20", "30/2", "99999-01-01", "+3"]
)
def test_what_is_no_days_is_refused_in_words(text: str) -> None:
    with pytest.raises(InputError) as problem:
        campaign_typing.parse_days(text, JAKARTA, date(2026, 11, 23))
    assert len(str(problem.value)) > 10


@given(st.integers(-40, 40))
def test_days_that_are_moved_stay_whole_where_the_clocks_change(days: int) -> None:
    zone = ZoneInfo("America/New_York")
    old = Span(window(date(2026, 10, 25), 1, zone).start, window(date(2026, 11, 3), 1, zone).end)
    found = campaign_typing.parse_days(f"{days:+d}", zone, date(2026, 10, 20), old)
    assert found.start == window(date(2026, 10, 25) + days * DAY, 1, zone).start
    assert found.end == window(date(2026, 11, 3) + days * DAY, 1, zone).end
