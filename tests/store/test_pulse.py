"""The time away under a running timer: what is a sign of work, and what becomes of the entry."""

from __future__ import annotations

from datetime import timedelta

import pytest

from smdash.core.clock import FixedClock
from smdash.core.errors import InputError, Refused
from smdash.core.idle import Away
from smdash.core.records import Actor
from smdash.store import pulse, time_entries, triage, undoing
from smdash.store.connection import Store
from tests.conftest import NOW, ZoneInfo
from tests.desk import arrive

JAKARTA = ZoneInfo("Asia/Jakarta")
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


def start(store: Store, who: Actor, activity: str = "conversation", ago: timedelta = timedelta()) -> None:
    now = store.clock.now()
    with store.writing() as conn:
        time_entries.start(conn, who, now, activity, at=now - ago if ago else None, note="pagi")


def seen(store: Store, who: Actor, **options: bool) -> Away | None:
    with store.reading() as conn:
        return pulse.seen(conn, who.member_id, store.clock.now(), JAKARTA, 15, **options).away  # type: ignore[arg-type]


def rows(store: Store, who: Actor) -> list[tuple[str, int, int | None, str | None]]:
    """Activity, minutes after NOW at which it began and ended, and note."""
    with store.reading() as conn:
        found = time_entries.select(conn, who.member_id, pulse_span(store))
    return [
        (
            one.activity, round((one.started_at - NOW) / MINUTE),
            None if one.ended_at is None else round((one.ended_at - NOW) / MINUTE), one.note,
        )
        for one in found
    ]  # fmt: skip


def pulse_span(store: Store):  # type: ignore[no-untyped-def]
    from smdash.core.clock import Span

    return Span(NOW - 24 * HOUR, store.clock.now() + HOUR)


def test_keys_and_steps_are_signs_and_nothing_running_is_never_asked_about(
    store: Store, actor: Actor, second: Actor, clock: FixedClock
) -> None:
    arrive(store, "satu", "dua")
    assert seen(store, actor) is None
    start(store, actor)
    clock.move(20 * MINUTE)
    assert seen(store, actor) == Away(NOW, NOW + 20 * MINUTE, is_open=True, is_night=False)
    with store.writing() as conn:
        triage.finish(conn, second, [1], NOW + 10 * MINUTE)
    assert seen(store, actor) is not None, "what a colleague does is no sign"
    with store.writing() as conn:
        triage.finish(conn, actor, [2], NOW + 10 * MINUTE)
    assert seen(store, actor) is None
    clock.move(20 * MINUTE)
    assert seen(store, actor) == Away(NOW + 10 * MINUTE, NOW + 40 * MINUTE, is_open=True, is_night=False)
    with store.writing() as conn:
        pulse.beat(conn, actor.member_id, clock.now())
        pulse.beat(conn, actor.member_id, NOW)
    assert seen(store, actor) is None, "an earlier key than the last one known changes nothing"


def test_who_starts_in_the_past_was_at_it_until_then(store: Store, actor: Actor, clock: FixedClock) -> None:
    start(store, actor, ago=50 * MINUTE)
    assert seen(store, actor) is None
    clock.move(16 * MINUTE)
    assert seen(store, actor) == Away(NOW, NOW + 16 * MINUTE, is_open=True, is_night=False)


def test_a_remark_in_the_morning_does_not_count_the_night(store: Store, actor: Actor, clock: FixedClock) -> None:
    start(store, actor)
    clock.move(17 * HOUR)
    with store.writing() as conn:
        entry = pulse.seen(conn, actor.member_id, clock.now(), JAKARTA, 15).running
        assert entry is not None
        time_entries.edit(conn, actor, entry.id, clock.now(), note="lupa")
    found = seen(store, actor, nights_only=True)
    assert found is not None and found.since == NOW and found.is_night


@pytest.mark.parametrize("other", [None, "community"])
def test_time_away_is_taken_out_or_given_away_as_one_step(
    store: Store, actor: Actor, clock: FixedClock, other: str | None
) -> None:
    start(store, actor)
    with store.writing() as conn:
        pulse.beat(conn, actor.member_id, NOW + 10 * MINUTE)
    clock.move(70 * MINUTE)
    away = seen(store, actor)
    assert away is not None
    clock.move(MINUTE)
    with store.writing() as conn:
        running = pulse.seen(conn, actor.member_id, clock.now(), JAKARTA, 15).running
        assert running is not None
        pulse.give(conn, actor, clock.now(), running.id, away, other)
    between = [] if other is None else [(other, 10, 71, None)]
    assert rows(store, actor) == [("conversation", 0, 10, "pagi"), *between, ("conversation", 71, None, "pagi")]
    assert seen(store, actor) is None
    with store.writing() as conn:
        undoing.undo(conn, actor, clock.now())
    assert rows(store, actor) == [("conversation", 0, None, "pagi")]


def test_nothing_is_left_of_an_entry_in_which_nothing_was_done(store: Store, actor: Actor, clock: FixedClock) -> None:
    start(store, actor)
    clock.move(30 * MINUTE)
    away = seen(store, actor)
    assert away is not None
    with store.writing() as conn:
        pulse.give(conn, actor, clock.now(), 1, away)
    assert rows(store, actor) == [("conversation", 30, None, "pagi")]


def test_a_decision_that_comes_too_late_is_refused(store: Store, actor: Actor, clock: FixedClock) -> None:
    start(store, actor)
    clock.move(30 * MINUTE)
    away = seen(store, actor)
    assert away is not None
    with pytest.raises(InputError, match="choose one of"), store.writing() as conn:
        pulse.give(conn, actor, clock.now(), 1, away, "juggling")
    start(store, actor, "blogging")
    for decide in (
        lambda conn: pulse.give(conn, actor, clock.now(), 1, away),
        lambda conn: pulse.keep(conn, actor, clock.now(), 1),
    ):
        with pytest.raises(Refused, match="changed meanwhile, in another terminal"), store.writing() as conn:
            decide(conn)
    assert rows(store, actor) == [("conversation", 0, 30, "pagi"), ("blogging", 30, None, "pagi")]


def test_a_day_and_a_night_are_no_single_entry_of_another_activity(
    store: Store, actor: Actor, clock: FixedClock
) -> None:
    start(store, actor)
    clock.move(64 * HOUR)
    away = seen(store, actor)
    assert away is not None and away.is_night
    with pytest.raises(InputError, match="at most 24 hours"), store.writing() as conn:
        pulse.give(conn, actor, clock.now(), 1, away, "strategy")
    with store.writing() as conn:
        pulse.give(conn, actor, clock.now(), 1, away)
    assert rows(store, actor) == [("conversation", 64 * 60, None, "pagi")]


def test_the_command_line_is_told_of_a_night_once_it_is_one(store: Store, actor: Actor, clock: FixedClock) -> None:
    start(store, actor)

    def ask() -> None:
        with store.reading() as conn:
            pulse.refuse_night(conn, actor, clock.now(), JAKARTA, 15)

    clock.move(3 * HOUR)
    ask()
    clock.move(14 * HOUR)
    with pytest.raises(Refused, match="nothing was done from Mon 23 Nov 14:05 WIB to now") as refused:
        ask()
    assert 'smdash hours stop --at "2026-11-23 14:05"' in str(refused.value)
    with store.writing() as conn:
        pulse.keep(conn, actor, clock.now(), 1)
    ask()
