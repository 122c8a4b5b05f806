"""Who made mistakes has to wait, and nobody else."""

from smdash.core.throttle import Throttle, is_local, network_of


def test_a_few_at_once_and_then_one_a_second() -> None:
    throttle = Throttle(burst=3, per_second=1)
    for _turn in range(3):
        assert throttle.wait_s("a", "/x", 0) == 0
        throttle.mistake("a", "/x", 0)
    assert throttle.wait_s("a", "/x", 0) == 1
    assert throttle.wait_s("a", "/x", 0.75) == 0.25
    assert throttle.wait_s("a", "/x", 1) == 0
    throttle.mistake("a", "/x", 1)
    assert throttle.wait_s("a", "/x", 1) == 1
    assert throttle.wait_s("b", "/x", 0) == throttle.wait_s("a", "/y", 0) == 0
    assert throttle.wait_s("a", "/x", 100) == 0


def test_asking_costs_nothing_and_a_clock_that_stands_gives_nothing() -> None:
    throttle = Throttle(burst=1, per_second=1)
    assert [throttle.wait_s("a", "", 0) for _turn in range(10)] == [0] * 10
    throttle.mistake("a", "", 5)
    throttle.mistake("a", "", 5)
    assert throttle.wait_s("a", "", 4) == throttle.wait_s("a", "", 5) == 1


def test_only_so_many_are_remembered() -> None:
    throttle = Throttle(burst=1, remembered=100)
    for number in range(1_000):
        throttle.mistake(str(number), "", 0)
    assert throttle.wait_s("0", "", 0) == 0 and throttle.wait_s("999", "", 0) == 1
    assert len(throttle._left) == 100


def test_whom_an_address_counts_as() -> None:
    assert network_of(" 203.0.113.9 ") == "203.0.113.9"
    assert network_of("2001:db8:1:2:3:4:5:6") == network_of("2001:db8:1:2::1") == "2001:db8:1:2::/64"
    assert network_of("::ffff:203.0.113.9") == "203.0.113.9"
    assert network_of("<script>") == network_of("") == "?"
    assert is_local("127.0.0.1") and is_local("::1") and is_local("::ffff:127.0.0.1")
    assert not is_local("10.0.0.1") and not is_local("x")
