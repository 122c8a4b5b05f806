"""What a post had at an age: between the captures around it, never beyond them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smdash.core.equal_age import AGES, DAY, WEEK, Age, Around, at, is_young, says

HOUR = 3_600


@pytest.mark.parametrize(
    ("around", "value"),
    [
        # Half way between 10 at 23 h and 14 at 25 h; a quarter of the way between 22 h and 30 h.
        (Around(10, 23 * HOUR, 14, 25 * HOUR), 12),
        (Around(0, 22 * HOUR, 40, 30 * HOUR), 10),
        # A network that charges is asked once a day.
        (Around(10, 12 * HOUR, 30, 36 * HOUR), 20),
        # Further apart nothing is made up, unless one of them is near.
        (Around(10, 10 * HOUR, 30, 40 * HOUR), None),
        (Around(10, 23 * HOUR, 30, 50 * HOUR), 10),
        (Around(7, 22 * HOUR), 7),
        (Around(7, 21 * HOUR), None),
        (Around(after=9, after_s=26 * HOUR), 9),
        (Around(after=9, after_s=27 * HOUR), None),
        (Around(), None),
    ],
)
def test_the_value_at_24_hours(around: Around, value: float | None) -> None:
    assert at(DAY, around) == value


def test_the_value_at_7_days() -> None:
    assert at(WEEK, Around(100, 160 * HOUR, 116, 176 * HOUR)) == 108
    assert at(WEEK, Around(100, 155 * HOUR)) is None
    assert at(WEEK, Around(100, 157 * HOUR)) == 100


def test_a_younger_post_has_no_figure_yet() -> None:
    assert is_young(DAY, timedelta(hours=23, minutes=59))
    assert not is_young(DAY, timedelta(hours=24))
    # What it had at 23:30 says it already, and what it had an hour after it went out does not.
    assert says(DAY, 23.5 * HOUR) and says(DAY, 0) and not says(DAY, -1) and not says(WEEK, 1 * HOUR)


@settings(max_examples=40)
@given(
    st.sampled_from(AGES),
    st.integers(0, 1_000), st.integers(0, 1_000), st.integers(0, 400 * HOUR), st.integers(0, 400 * HOUR),
)  # fmt: skip
def test_it_lies_between_its_captures(age: Age, before: int, after: int, before_s: int, after_s: int) -> None:
    before_s, after_s = min(before_s, age.seconds), max(after_s, age.seconds + 1)
    value = at(age, Around(before, before_s, after, after_s))
    if value is not None:
        assert min(before, after) <= value <= max(before, after)
