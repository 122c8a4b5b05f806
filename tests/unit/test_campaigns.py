"""Campaigns as pure counting: phases of templates over days of 23 and 25 hours, how they move, and the pace of goals."""

import itertools
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smdash.core.campaign_plan import TEMPLATES, moved, phases, rezoned, shared
from smdash.core.campaigns import GoalPace, expected
from smdash.core.clock import Span, start_of_day
from smdash.core.errors import InputError
from smdash.core.records import CampaignKind, Phase

DAY = timedelta(days=1)
JAKARTA = ZoneInfo("Asia/Jakarta")
# One of them skips midnight itself, one a whole day.
ZONES = st.sampled_from(["Asia/Jakarta", "Europe/Berlin", "America/Sao_Paulo", "Pacific/Apia", "Australia/Lord_Howe"])
FIRST = st.dates(date(2008, 1, 1), date(2030, 12, 31))


def days(first: date, count: int, zone: ZoneInfo) -> Span:
    return Span(start_of_day(first, zone), start_of_day(first + count * DAY, zone))


@given(st.sampled_from(CampaignKind), FIRST, st.integers(1, 70), ZONES)
@settings(max_examples=60)
def test_a_template_fills_the_campaign_with_whole_local_days(
    kind: CampaignKind, first: date, count: int, name: str
) -> None:
    zone = ZoneInfo(name)
    span = days(first, count, zone)
    if span.end - span.start < count * timedelta(hours=22):
        return  # the day that Samoa skipped
    found = phases(kind, span, zone)
    assert (found[0].starts_at, found[-1].ends_at) == span
    assert all(one.ends_at == after.starts_at for one, after in itertools.pairwise(found))
    for one in found:
        local = one.starts_at.astimezone(zone)
        assert start_of_day(local.date(), zone) == one.starts_at < one.ends_at
    assert len(found) == min(count, len(TEMPLATES[kind]))


@given(st.lists(st.integers(1, 9), min_size=1, max_size=5), st.integers(0, 60))
@settings(max_examples=50)
def test_days_are_shared_in_proportion(shares: list[int], more: int) -> None:
    count = len(shares) + more
    found = shared(shares, count)
    assert sum(found) == count and min(found) >= 1
    for length, share in zip(found, shares, strict=True):
        ideal = share * count / sum(shares)
        # A day each comes first, which others then lack.
        assert length <= max(ideal + 1, 1) and (length > ideal - len(shares))


def test_what_a_short_campaign_leaves_out() -> None:
    def names(kind: CampaignKind, count: int) -> list[str]:
        return [one.name for one in phases(kind, days(date(2026, 11, 20), count, JAKARTA), JAKARTA)]

    assert names(CampaignKind.DISCOUNT, 1) == ["launch"]
    assert names(CampaignKind.DISCOUNT, 2) == ["launch", "last call"]
    assert names(CampaignKind.PROMOTION, 30) == ["tease", "launch", "last call", "wrap"]
    assert names(CampaignKind.EVENT, 2) == ["last call", "the day"]
    span = days(date(2026, 11, 20), 10, JAKARTA)
    assert [(one.ends_at - one.starts_at) / DAY for one in phases(CampaignKind.PROMOTION, span, JAKARTA)] == [
        2,
        5,
        2,
        1,
    ]


def test_a_template_keeps_to_a_campaign_that_begins_at_noon() -> None:
    span = Span(datetime(2026, 11, 20, 5, tzinfo=UTC), datetime(2026, 11, 25, 9, tzinfo=UTC))
    found = phases(CampaignKind.LAUNCH, span, JAKARTA)
    assert (found[0].starts_at, found[-1].ends_at) == span


def test_phases_move_along_over_a_change_of_clocks() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    old, new = days(date(2026, 10, 20), 10, berlin), days(date(2026, 11, 1), 10, berlin)
    placed = phases(CampaignKind.PROMOTION, old, berlin)
    later = moved(placed, old, new, berlin, berlin)
    assert later == phases(CampaignKind.PROMOTION, new, berlin)
    assert moved(later, new, old, berlin, berlin) == placed
    twice = moved(placed, old, days(date(2026, 10, 20), 20, berlin), berlin, berlin)
    assert [one.starts_at.astimezone(berlin).day for one in twice] == [20, 24, 3, 7]
    with pytest.raises(InputError, match="“wrap” would have no day left"):
        moved(placed, old, days(date(2026, 10, 20), 3, berlin), berlin, berlin)


def test_phases_of_hours_keep_their_share() -> None:
    start = datetime(2026, 11, 23, 7, 5, tzinfo=UTC)
    old = Span(start, start + timedelta(hours=10))
    half = [Phase("a", start, start + timedelta(hours=5)), Phase("b", start + timedelta(hours=5), old.end)]
    new = Span(start + DAY, start + DAY + timedelta(hours=4))
    assert moved(half, old, new, JAKARTA, JAKARTA) == (
        Phase("a", new.start, new.start + timedelta(hours=2)), Phase("b", new.start + timedelta(hours=2), new.end),
    )  # fmt: skip


def test_another_zone_keeps_the_wall_time() -> None:
    noon = datetime(2026, 11, 23, 5, tzinfo=UTC)
    assert rezoned(noon, JAKARTA, ZoneInfo("Asia/Jayapura")) == noon - timedelta(hours=2)


def test_a_goal_is_expected_in_step_with_the_time() -> None:
    start = datetime(2026, 11, 20, tzinfo=UTC)
    end = start + 10 * DAY
    told = [expected(200, start, end, start + part * DAY) for part in (-3, 0, 2.5, 9, 10, 30)]
    assert told == [0, 0, 50, 180, 200, 200]
    assert GoalPace("likes", 200, 49, 50.0).is_behind
    # Half a like is none that anybody waits for.
    assert not GoalPace("likes", 200, 50, 50.9).is_behind
