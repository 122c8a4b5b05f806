"""Desks give way when the machine is full, and come back when it is not."""

import pytest

from smdash.tui.pace import ALLOWED, KEYS_S, LONGEST_S, SHORTEST_S, Pace


def naps(pace: Pace, late: float, count: int) -> None:
    for _nap in range(count):
        pace.woke(0.05, 0.05 + late)


def test_a_quiet_machine_refreshes_eight_times_a_second() -> None:
    pace = Pace()
    naps(pace, 0.001, 100)
    assert pace.between_s == SHORTEST_S


def test_one_late_nap_is_no_crowd() -> None:
    pace = Pace()
    naps(pace, 0.001, 50)
    naps(pace, 0.04, 1)
    assert pace.between_s == SHORTEST_S


def test_a_full_machine_slows_down_but_not_for_ever() -> None:
    pace = Pace()
    naps(pace, 0.08, 40)
    assert pace.between_s > 1
    naps(pace, 60.0, 5)
    assert pace.between_s == LONGEST_S


def test_room_is_used_again_within_some_seconds() -> None:
    pace = Pace()
    naps(pace, 0.2, 20)
    naps(pace, 0.0005, 150)
    assert pace.between_s == SHORTEST_S


def test_a_slow_line_is_refreshed_once_a_second_at_most() -> None:
    assert Pace(1.0).between_s == 1.0


def test_a_clock_that_says_less_than_asked_is_no_credit() -> None:
    pace = Pace()
    naps(pace, -0.04, 50)
    assert pace.between_s == SHORTEST_S


def shared(desks: int, cost: float, seconds: float = 30.0) -> float:
    """The part of a machine of two that *desks* take whose refreshes cost so much, as each of them sees it."""
    pace = Pace()
    pace._cores = 2
    now = used = 0.0
    while now < seconds:
        pace.refreshed(desks, now, used)
        now += pace.between_s
        used += cost
    return desks * used / now / 2


def test_twenty_desks_leave_out_no_refresh() -> None:
    assert shared(20, 0.005) == pytest.approx(20 * 0.005 / SHORTEST_S / 2, rel=0.02)


def test_a_hundred_desks_keep_to_their_part_together() -> None:
    assert shared(100, 0.005) == pytest.approx(ALLOWED - 100 * KEYS_S / 2, rel=0.1)


def test_keys_take_the_place_of_refreshes() -> None:
    """A desk whose keys cost more than its part still hears of the others every few seconds."""
    pace = Pace()
    for at in range(50):
        pace.refreshed(100, at * 1.0, at * 0.5)
    assert SHORTEST_S < pace.between_s <= LONGEST_S
