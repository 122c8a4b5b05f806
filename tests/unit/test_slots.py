"""Slots on days on which the clocks change, which of them posts fill, and slots as the team's TOML has them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smdash.core.errors import InputError, SettingsError
from smdash.core.query import Names
from smdash.core.slots import WITHIN, Filler, Opening, Slot, empty, openings, parse_time, to_plain
from smdash.core.team import TeamSettings
from smdash.settings import team

NEW_YORK, HOWE = ZoneInfo("America/New_York"), ZoneInfo("Australia/Lord_Howe")
MONDAY = date(2026, 11, 23)
NINE = datetime(2026, 11, 23, 9, tzinfo=UTC)
IG, MA = "instagram/kopi", "mastodon/kopi"


def daily(*times: str) -> list[Slot]:
    return [Slot(day, at) for day in range(1, 8) for at in times]


def clocks(day: date, zone: ZoneInfo, *times: str) -> list[str]:
    """What the clocks show at the slots of a day, with the offset in minutes."""
    found = [one.at.astimezone(zone) for one in openings(daily(*times), day, day, zone)]
    return [f"{one:%d %H:%M} {int((one.utcoffset() or timedelta()).total_seconds() // 60):+d}" for one in found]


def test_a_wall_time_that_the_clocks_skip_moves_by_what_they_skip() -> None:
    assert clocks(date(2026, 3, 8), NEW_YORK, "01:30", "02:30", "09:00") == [
        "08 01:30 -300", "08 03:30 -240", "08 09:00 -240",
    ]  # fmt: skip
    # Half an hour is skipped there.
    assert clocks(date(2026, 10, 4), HOWE, "01:45", "02:15", "02:45") == [
        "04 01:45 +630", "04 02:45 +660",
    ]  # fmt: skip


def test_a_wall_time_that_comes_twice_is_the_first() -> None:
    assert clocks(date(2026, 11, 1), NEW_YORK, "01:30", "09:00") == ["01 01:30 -240", "01 09:00 -300"]
    assert clocks(date(2026, 4, 5), HOWE, "01:45") == ["05 01:45 +660"]


def test_a_slot_at_midnight_is_on_its_own_day_and_a_skipped_day_has_none() -> None:
    assert clocks(MONDAY, NEW_YORK, "00:00", "23:59") == ["23 00:00 -300", "23 23:59 -300"]
    # Clocks in Santiago skip the first hour of that day; Apia skipped the whole of another.
    assert clocks(date(2026, 9, 6), ZoneInfo("America/Santiago"), "00:00") == ["06 01:00 -180"]
    apia = ZoneInfo("Pacific/Apia")
    assert clocks(date(2011, 12, 30), apia, "09:00") == [] and len(clocks(date(2011, 12, 31), apia, "09:00")) == 1


def test_days_off_have_no_slots() -> None:
    found = openings(daily("09:00"), MONDAY, MONDAY + timedelta(days=2), NEW_YORK, {MONDAY + timedelta(days=1)})
    assert [one.at.day for one in found] == [23, 25]


@pytest.mark.parametrize(("minutes", "filled"), [(0, True), (30, True), (-30, True), (31, False), (-31, False)])
def test_a_post_fills_a_slot_half_an_hour_around_it(minutes: int, filled: bool) -> None:
    left = empty([Opening(NINE, IG)], [Filler(NINE + timedelta(minutes=minutes), (IG,))])
    assert (left == []) is filled


def test_another_accounts_post_fills_nothing_but_a_slot_for_any() -> None:
    assert empty([Opening(NINE, IG)], [Filler(NINE, (MA,))]) == [Opening(NINE, IG)]
    assert empty([Opening(NINE)], [Filler(NINE, (MA,))]) == []


def test_a_post_fills_one_slot_of_each_of_its_accounts_the_nearest_first() -> None:
    near, far = Opening(NINE, IG), Opening(NINE + timedelta(minutes=20), IG)
    post = Filler(NINE + timedelta(minutes=5), (IG, MA))
    assert empty([near, far], [post]) == [far]
    assert empty([near, Opening(NINE, MA)], [post]) == []
    # The slot for any is not filled by what filled the account's own already.
    assert empty([near, Opening(NINE)], [post]) == [Opening(NINE)]
    assert empty([Opening(NINE), Opening(NINE + timedelta(minutes=10))], [post]) == [
        Opening(NINE + timedelta(minutes=10))
    ]


def test_what_filled_a_slot_for_any_fills_no_other_and_an_accounts_own_goes_first() -> None:
    own = Opening(NINE + timedelta(minutes=20), IG)
    assert empty([Opening(NINE), own], [Filler(NINE, (IG,))]) == [own]
    assert empty([Opening(NINE), Opening(NINE, IG)], [Filler(NINE, (IG,))]) == [Opening(NINE)]


def test_two_posts_near_one_slot_leave_the_next_to_the_farther() -> None:
    first, second = Opening(NINE, IG), Opening(NINE + timedelta(minutes=40), IG)
    posts = [Filler(NINE, (IG,)), Filler(NINE + timedelta(minutes=15), (IG,))]
    assert empty([first, second], posts) == []
    assert empty([first, second], posts[:1]) == [second]


@given(
    st.lists(st.tuples(st.integers(0, 300), st.sampled_from([IG, MA, None])), max_size=12),
    st.lists(st.tuples(st.integers(0, 300), st.sampled_from([(IG,), (MA,), (IG, MA)])), max_size=12),
)
def test_no_post_fills_more_than_its_accounts_allow(
    slots: list[tuple[int, str | None]], posts: list[tuple[int, tuple[str, ...]]]
) -> None:
    found = sorted((Opening(NINE + timedelta(minutes=at), whose) for at, whose in slots), key=lambda one: one.at)
    fillers = sorted(Filler(NINE + timedelta(minutes=at), whose) for at, whose in posts)
    left = empty(found, fillers)
    assert len(found) - len(left) <= sum(len(one.accounts) for one in fillers)
    for one in left:  # what is left has no idle post beside it
        near = [post for post in fillers if abs(post.at - one.at) <= WITHIN and (one.account or "") in post.accounts]
        assert len(near) <= len(found) - len(left)
    if not fillers:
        assert left == found


@pytest.mark.parametrize("text", ["24:00", "9", "09:60", "0900", "", "ab:cd", "-1:00"])
def test_what_is_no_time_of_day_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="not a time of day"):
        parse_time(text)


def test_times_with_the_same_days_stand_in_one_table() -> None:
    slots = [Slot(day, at, IG, "quote") for day in (1, 3) for at in ("16:30", "09:00")] + [
        Slot(7, "09:00", IG, "quote")
    ]
    assert to_plain(slots) == [
        {"days": ["mon", "wed", "sun"], "at": ["09:00"], "account": IG, "category": "quote"},
        {"days": ["mon", "wed"], "at": ["16:30"], "account": IG, "category": "quote"},
    ]


def test_mistakes_in_slots_are_told_with_their_line_and_all_at_once() -> None:
    text = """\
[[slots]]
days = ["mon", "xx"]
at = ["25:00"]
account = "kopi"
category = "foo"
extra = 1
[[slots]]
days = ["mon", "monday"]
[[slots]]
days = []
at = ["09:00", "9.00"]
account = "instagram/teh"
"""
    names = Names(profiles=(IG, MA))
    with pytest.raises(SettingsError) as refused:
        team.read(text, "FILE", TeamSettings(), names)
    assert [one.partition(": ")[0] + ": " + one.split(": ")[1] for one in refused.value.problems] == [
        "FILE:2: slots.days", "FILE:3: slots.at", "FILE:4: slots.account", "FILE:5: slots.category",
        "FILE:6: slots.extra", "FILE:7: slots", "FILE:8: slots.days", "FILE:10: slots.days", "FILE:11: slots.at",
        "FILE:12: slots.account",
    ]  # fmt: skip


def test_an_account_may_be_named_without_its_network_where_there_is_one_and_no_days_are_all_days() -> None:
    found = team.read('[[slots]]\nat = ["9:00"]\naccount = "kopi"\n', "FILE", TeamSettings(), Names(profiles=(IG,)))
    assert found.slots == tuple(Slot(day, "09:00", IG) for day in range(1, 8))
    assert team.read("slots = []", "FILE", found).slots == ()
    assert team.read('name = "x"', "FILE", found).slots == found.slots
