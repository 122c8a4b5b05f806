"""Whether somebody was away under their timer: which pause is asked about, and which is a night."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from smdash.core.idle import Away, away
from smdash.settings import member

ZONE = ZoneInfo("Asia/Jakarta")
# 16:05 in Jakarta.
NOW = datetime(2026, 11, 23, 9, 5, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


def test_a_pause_is_asked_about_from_so_many_minutes_on() -> None:
    assert away(NOW - 15 * MINUTE, (), NOW, ZONE, 15) == Away(NOW - 15 * MINUTE, NOW, is_open=True, is_night=False)
    assert away(NOW - 14 * MINUTE, (), NOW, ZONE, 15) is None
    assert away(NOW - HOUR, [NOW - n * MINUTE for n in (50, 40, 30, 20, 10)], NOW, ZONE, 15) is None


def test_the_longest_pause_counts_also_where_work_went_on_since() -> None:
    signs = [NOW - 55 * MINUTE, NOW - 10 * MINUTE, NOW - 5 * MINUTE]
    found = away(NOW - HOUR, signs, NOW, ZONE, 15)
    assert found == Away(NOW - 55 * MINUTE, NOW - 10 * MINUTE, is_open=False, is_night=False)


def test_zero_asks_about_nights_alone() -> None:
    assert away(NOW - 7 * HOUR, (), NOW, ZONE, 0) is None
    assert away(NOW - 7 * HOUR, (), NOW, ZONE, 15, nights_only=True) is None
    for minutes in (0, 15, 720):
        found = away(NOW - 8 * HOUR - MINUTE, (), NOW, ZONE, minutes)
        assert found is not None and found.is_night


@pytest.mark.parametrize(
    ("minutes", "pause", "asked"), [(15, 20, True), (15, 14, False), (0, 20, True), (60, 20, False)]
)
def test_what_goes_over_local_midnight_is_a_night(minutes: int, pause: int, asked: bool) -> None:
    midnight = datetime(2026, 11, 23, 17, 0, tzinfo=UTC)
    found = away(midnight - 10 * MINUTE, (), midnight + (pause - 10) * MINUTE, ZONE, minutes, nights_only=True)
    assert (found is not None and found.is_night) == asked


def test_signs_of_another_time_say_nothing() -> None:
    assert away(NOW, [NOW - HOUR, NOW + HOUR], NOW, ZONE, 15) is None
    found = away(NOW - HOUR, [NOW - 2 * HOUR, NOW + HOUR], NOW, ZONE, 15)
    assert found is not None and (found.since, found.until) == (NOW - HOUR, NOW)


@pytest.mark.parametrize(
    ("text", "minutes", "problem"),
    [
        ("", 15, ""),
        ("idle_minutes = 0", 0, ""),
        ("idle_minutes = 45", 45, ""),
        ("idle_minutes = -1", 15, "expected minutes from 0 (never) to 720"),
        ("idle_minutes = 721", 15, "expected minutes from 0 (never) to 720"),
        ('idle_minutes = "15m"', 15, "expected"),
    ],
)
def test_a_member_says_in_their_settings_when_to_be_asked(
    tmp_path: Path, text: str, minutes: int, problem: str
) -> None:
    file = tmp_path / "config.toml"
    file.write_text(text)
    found = member.read(file)
    assert found.idle_minutes == minutes
    assert problem in " ".join(found.problems) and bool(found.problems) == bool(problem)
