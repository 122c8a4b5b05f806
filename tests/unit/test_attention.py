"""When a desk rings, and when it does not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from smdash.core.attention import Attention, Figures, Reason
from smdash.core.worktime import Interval

START = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


class Desk:
    """What a desk tells of its figures, minute by minute."""

    def __init__(self, *quiet: Interval) -> None:
        self.attention = Attention(quiet)
        self.now = START
        self.open = 100
        self.see(0)

    def see(self, came: int, *, mine: int = 0, urgent: int = 0, after: timedelta = MINUTE) -> list[Reason]:
        self.now += after
        self.open += came
        return self.attention.notice(Figures(self.open, mine, urgent), self.now, UTC)


def test_more_of_ones_own_and_what_is_urgent_ring_once() -> None:
    desk = Desk()
    assert desk.see(1) == []
    assert desk.see(1, mine=1) == [Reason.MINE] and desk.see(0, mine=1) == []
    assert desk.see(1, mine=1, urgent=1) == [Reason.URGENT]
    assert desk.see(0) == [] and desk.see(0, mine=1) == [Reason.MINE]


def test_what_the_member_did_is_no_news() -> None:
    desk = Desk()
    desk.attention.own_step()
    assert desk.see(0, mine=5) == [] and desk.see(0, mine=6) == [Reason.MINE]


def test_far_more_than_usual_is_a_spike_and_told_once() -> None:
    desk = Desk()
    for _minute in range(40):
        assert desk.see(1) == []
    found = [desk.see(10) for _minute in range(10)]
    assert found.count([Reason.SPIKE]) == 1 and found.count([]) == 9


def test_as_many_as_always_are_no_spike_however_often_they_are_read() -> None:
    desk = Desk()
    for _second in range(3_600 * 2):
        assert desk.see(1, after=timedelta(seconds=0.5)) == []
    assert desk.see(60, after=timedelta(seconds=1)) == []


def test_nothing_rings_in_quiet_hours_nor_later_for_them() -> None:
    desk = Desk(Interval(0, 4 * 60))
    assert desk.see(1, mine=1) == []
    desk.now += timedelta(hours=3)
    assert desk.see(0, mine=1) == [] and desk.see(0, mine=2) == [Reason.MINE]


def test_a_flood_all_day_long_takes_no_more_memory() -> None:
    desk = Desk()
    for _read in range(8 * 3_600):
        desk.see(13, after=timedelta(seconds=0.125))
    assert len(desk.attention._arrived) < 200
