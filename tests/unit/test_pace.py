"""Desks give way when the machine is full, and come back when it is not."""

from smdash.tui.pace import LONGEST_S, SHORTEST_S, Pace


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
