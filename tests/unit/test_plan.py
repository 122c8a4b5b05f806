"""Hours, campaign countdowns, and when a sync job runs next."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smdash.core import schedule
from smdash.core.campaigns import Countdown, countdown
from smdash.core.clock import Span, Week, start_of_day
from smdash.core.hours import minutes_within
from smdash.core.records import Campaign, CampaignKind, Phase

NOW = datetime(2026, 11, 23, 7, 5, tzinfo=UTC)
HOUR = timedelta(hours=1)
JAKARTA = ZoneInfo("Asia/Jakarta")
WEEK = Week(2026, 48).span(JAKARTA)


def test_minutes_of_entries_within_the_week() -> None:
    entries = [(WEEK.start, WEEK.start + HOUR), (WEEK.start + 2 * HOUR, WEEK.start + 2.5 * HOUR)]
    assert minutes_within(entries, WEEK, WEEK.end) == 90


def test_an_entry_over_the_weeks_edge_counts_for_each_week_its_own_part() -> None:
    entry = [(WEEK.start - HOUR, WEEK.start + 0.5 * HOUR)]
    before = Span(WEEK.start - timedelta(days=7), WEEK.start)
    assert minutes_within(entry, before, NOW) == 60
    assert minutes_within(entry, WEEK, NOW) == 30


def test_a_running_entry_counts_up_to_now() -> None:
    assert minutes_within([(NOW - HOUR, None)], WEEK, NOW) == 60


def test_a_running_entry_of_last_week_counts_to_that_weeks_end() -> None:
    before = Span(WEEK.start - timedelta(days=7), WEEK.start)
    assert minutes_within([(WEEK.start - HOUR, None)], before, NOW) == 60


def test_an_entry_that_begins_after_now_counts_nothing() -> None:
    assert minutes_within([(NOW + HOUR, None)], WEEK, NOW) == 0


@given(st.lists(st.tuples(st.integers(-2000, 12_000), st.integers(1, 3000)), max_size=6))
def test_weeks_add_up_to_what_was_logged(shapes: list[tuple[int, int]]) -> None:
    entries = [
        (WEEK.start + timedelta(minutes=begin), WEEK.start + timedelta(minutes=begin + length))
        for begin, length in shapes
    ]
    weeks = [Span(WEEK.start + timedelta(days=7 * n), WEEK.start + timedelta(days=7 * (n + 1))) for n in (-1, 0, 1)]
    total = sum(minutes_within(entries, week, NOW) for week in weeks)
    assert total == pytest.approx(sum(length for _begin, length in shapes))


def campaign(*phases: Phase) -> Campaign:
    return Campaign(1, "Lomba foto", CampaignKind.CONTEST, NOW, NOW + 100 * HOUR, phases, 0, 0)


TEASE = Phase("tease", NOW, NOW + 10 * HOUR)
LAST_CALL = Phase("last call", NOW + 90 * HOUR, NOW + 100 * HOUR)


def test_before_it_starts_a_campaign_counts_down_to_its_start() -> None:
    assert countdown(campaign(LAST_CALL, TEASE), NOW - HOUR) == Countdown("tease", False, NOW)
    assert countdown(campaign(), NOW - HOUR) == Countdown(None, False, NOW)


def test_in_a_phase_it_counts_down_to_the_phases_end() -> None:
    assert countdown(campaign(TEASE, LAST_CALL), NOW) == Countdown("tease", True, NOW + 10 * HOUR)


def test_between_phases_it_counts_down_to_the_next() -> None:
    assert countdown(campaign(LAST_CALL, TEASE), NOW + 10 * HOUR) == Countdown("last call", False, NOW + 90 * HOUR)


def test_without_phases_it_counts_down_to_its_end() -> None:
    assert countdown(campaign(), NOW) == Countdown(None, True, NOW + 100 * HOUR)
    assert countdown(campaign(TEASE), NOW + 20 * HOUR) == Countdown(None, True, NOW + 100 * HOUR)


def test_afterwards_nothing_is_counted_down() -> None:
    assert countdown(campaign(LAST_CALL), NOW + 100 * HOUR) == Countdown(None, True, None)
    assert countdown(campaign(LAST_CALL), NOW + 100 * HOUR - timedelta(milliseconds=1)).edge is not None


MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(("dice", "wait"), [(0.0, 54), (0.5, 60), (1.0, 66)])
def test_a_good_run_is_followed_by_the_interval_give_or_take_a_tenth(dice: float, wait: int) -> None:
    assert schedule.after_success(NOW, MINUTE, dice) == NOW + timedelta(seconds=wait)


def test_the_network_may_ask_for_more_time() -> None:
    assert schedule.after_success(NOW, MINUTE, 0.5, NOW + HOUR) == NOW + HOUR
    assert schedule.after_success(NOW, HOUR, 0.5, NOW + MINUTE) == NOW + HOUR
    assert schedule.after_failure(NOW, MINUTE, 1, 0.0, retry_at=NOW + 7 * HOUR) == NOW + 7 * HOUR


@pytest.mark.parametrize(("failures", "minutes"), [(1, 1), (2, 2), (3, 4), (6, 32), (9, 256), (10, 360), (10_000, 360)])
def test_failures_in_a_row_double_the_wait_up_to_six_hours(failures: int, minutes: int) -> None:
    assert schedule.after_failure(NOW, MINUTE, failures, 0.0) == NOW + minutes * MINUTE


def test_a_short_interval_backs_off_from_half_a_minute() -> None:
    assert schedule.after_failure(NOW, timedelta(seconds=2), 1, 0.0) == NOW + timedelta(seconds=30)


def test_jitter_after_a_failure_only_adds() -> None:
    assert schedule.after_failure(NOW, MINUTE, 1, 1.0) == NOW + timedelta(seconds=66)


@pytest.mark.parametrize("failures", [1, 5, 50])
def test_what_needs_a_person_is_tried_hourly(failures: int) -> None:
    assert schedule.after_failure(NOW, MINUTE, failures, 0.0, needs_person=True) == NOW + HOUR
    assert schedule.after_failure(NOW, 2 * HOUR, failures, 0.0, needs_person=True) == NOW + 2 * HOUR


def test_the_week_of_the_tests_begins_on_monday_midnight_in_jakarta() -> None:
    assert WEEK.start == start_of_day(date(2026, 11, 23), JAKARTA)
