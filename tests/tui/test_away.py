"""The question after a time away from a running timer: when it comes, when it waits, and what each answer does."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from smdash.core.clock import FixedClock, Span
from smdash.core.records import Actor
from smdash.store import time_entries, triage
from smdash.store.connection import Store
from smdash.tui.idle import Idle
from smdash.tui.screens import away
from tests.conftest import NOW
from tests.desk import arrive, desk_app
from tests.tui.conftest import screen_text, until

WIDE = (120, 40)
MINUTE = timedelta(minutes=1)
ASKED = "what was it?"


@pytest.fixture(autouse=True)
def hears_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(away, "DEAF_S", 0.0)


@pytest.fixture
def running(store: Store, actor: Actor) -> Store:
    """Conversation runs from now on, and there are mentions to work on."""
    arrive(store, *(f"pesan {n}" for n in range(6)), minutes_ago=2000)
    with store.writing() as conn:
        time_entries.start(conn, actor, NOW, "conversation")
    return store


def entries(store: Store, actor: Actor) -> list[tuple[str, int, int | None]]:
    """Activity, and the minutes after NOW at which it began and ended."""
    with store.reading() as conn:
        found = time_entries.select(conn, actor.member_id, Span(NOW, store.clock.now() + MINUTE))
    return [
        (one.activity, round((one.started_at - NOW) / MINUTE),
         None if one.ended_at is None else round((one.ended_at - NOW) / MINUTE))
        for one in found
    ]  # fmt: skip


def pulse_of(store: Store) -> str | None:
    with store.reading() as conn:
        row = conn.execute("SELECT at FROM pulse").fetchone()
    return row[0] if row else None


@pytest.mark.parametrize(
    ("keys", "found"),
    [
        ("1", [("conversation", 0, None)]),
        ("2", [("conversation", 0, 5), ("conversation", 45, None)]),
        ("38", [("conversation", 0, 5), ("community", 5, 45), ("conversation", 45, None)]),
    ],
)
async def test_the_first_key_after_a_pause_asks_once_and_each_answer_does_what_it_says(
    running: Store, actor: Actor, db: Path, clock: FixedClock, keys: str, found: list[tuple[str, int, int | None]]
) -> None:
    async with desk_app(db, clock).run_test(size=WIDE) as pilot:
        clock.move(5 * MINUTE)
        await pilot.press("j")
        await until(pilot, lambda _text: pulse_of(running) == "2026-11-23T07:10:00.000Z")
        clock.move(40 * MINUTE)
        # The key that wakes the desk does nothing else, and is no answer.
        await pilot.press("2")
        await until(pilot, lambda text: "Away 14:10 – 14:50 (0:40): what was it?" in text)
        for key in keys:
            await pilot.press(key)
            await pilot.pause(0.1)
        await until(pilot, lambda text: "6 open" in text and ASKED not in text)
        await until(pilot, lambda _text: entries(running, actor) == found)
        clock.move(2 * MINUTE)
        await pilot.press("d")
        await until(pilot, lambda text: "5 open" in text and ASKED not in text)
        if keys != "1":
            await pilot.press("u", "u")
            await until(pilot, lambda _text: entries(running, actor) == [("conversation", 0, None)])


async def test_keys_are_noted_once_a_minute_and_read_no_list_again(
    running: Store, actor: Actor, db: Path, clock: FixedClock
) -> None:
    app = desk_app(db, clock)
    async with app.run_test(size=WIDE) as pilot:
        await pilot.pause(0.6)
        read: list[str] = []
        for pane in app.desk.panes:
            pane.reload = partial(read.append, pane.name_words())  # type: ignore[method-assign]
        for seconds, noted in ((50, None), (11, "07:06:01"), (30, "07:06:01"), (31, "07:07:02")):
            clock.move(timedelta(seconds=seconds))
            await pilot.press("j", "k")
            await pilot.pause(0.15)
            found = pulse_of(running)
            assert (None if found is None else found[11:19]) == noted
    assert read == []


async def test_without_a_timer_nothing_is_noted_and_nothing_asked(
    running: Store, actor: Actor, db: Path, clock: FixedClock
) -> None:
    with running.writing() as conn:
        time_entries.stop(conn, actor, NOW + MINUTE, at=NOW)
        time_entries.log(conn, actor, NOW + MINUTE, "updates", Span(NOW, NOW + MINUTE))
    async with desk_app(db, clock).run_test(size=WIDE) as pilot:
        clock.move(timedelta(hours=3))
        await pilot.press("d")
        await until(pilot, lambda text: "5 open" in text and ASKED not in text)
    assert pulse_of(running) is None


async def test_a_desk_that_is_opened_on_a_timer_of_yesterday_asks_about_the_night(
    running: Store, actor: Actor, db: Path, clock: FixedClock
) -> None:
    clock.move(timedelta(hours=17))
    for answer in ("escape", "2"):
        # What was not decided is asked again by the next desk, as after a lost connection.
        async with desk_app(db, clock).run_test(size=WIDE) as pilot:
            text = await until(pilot, lambda text: "Away Mon 23 Nov 14:05 – Tue 24 Nov 07:0" in text)
            # In the middle, over the desk.
            assert "Desk  Inbox" in text.splitlines()[0] and ASKED in "".join(text.splitlines()[10:30])
            await pilot.press(answer)
            await until(pilot, lambda text: ASKED not in text and "6 open" in text)
            clock.move(3 * MINUTE)
            await pilot.press("d", "u")
            await until(pilot, lambda text: ASKED not in text and "undone: set to done" in text)
    assert entries(running, actor) == [("conversation", 17 * 60 + 3, None)]


@pytest.mark.parametrize("noticed", ["by the clock that was set", "by the next minute"])
async def test_after_the_machines_sleep_it_asks_by_itself(
    running: Store, actor: Actor, db: Path, clock: FixedClock, noticed: str
) -> None:
    app = desk_app(db, clock)
    async with app.run_test(size=WIDE) as pilot:
        await pilot.pause(0.6)
        # Minutes that pass one after the other are no sleep, whatever runs.
        for _minute in range(20):
            clock.move(MINUTE)
            app.desk.tick()
        await pilot.pause(0.1)
        assert ASKED not in screen_text(pilot)
        clock.move(100 * MINUTE)
        if noticed == "by the next minute":
            app.desk.tick()
        else:
            app.woke()
        await until(pilot, lambda text: "Away 14:05 – 16:05 (2:00)" in text)
        # The member comes ten minutes after that; until then they were away.
        clock.move(10 * MINUTE)
        await pilot.press("2")
        await until(pilot, lambda _text: entries(running, actor) == [("conversation", 130, None)])


async def test_it_never_comes_between_what_is_being_typed(
    running: Store, actor: Actor, db: Path, clock: FixedClock
) -> None:
    async with desk_app(db, clock).run_test(size=WIDE) as pilot:
        await pilot.press("slash")
        await pilot.press("p")
        clock.move(20 * MINUTE)
        await pilot.press("e", "s", "a", "n", "space", "2")
        await until(pilot, lambda text: "1 shown" in text and ASKED not in text)
        await pilot.press("enter", "j")
        await until(pilot, lambda text: ASKED in text)


async def test_work_elsewhere_meanwhile_is_no_time_away(
    running: Store, actor: Actor, db: Path, clock: FixedClock
) -> None:
    async with desk_app(db, clock).run_test(size=WIDE) as pilot:
        await pilot.pause(0.6)
        for number in (1, 2, 3):
            clock.move(10 * MINUTE)
            with running.writing() as conn:
                triage.finish(conn, actor, [number], clock.now())
        await pilot.press("j")
        await until(pilot, lambda text: "3 open" in text and ASKED not in text)
        await until(pilot, lambda _text: pulse_of(running) == "2026-11-23T07:35:00.000Z")


async def test_what_is_typed_with_the_waking_key_answers_nothing(
    running: Store, actor: Actor, db: Path, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(away, "DEAF_S", 30.0)
    async with desk_app(db, clock).run_test(size=WIDE) as pilot:
        clock.move(30 * MINUTE)
        await pilot.press("t", "2", "enter", "escape", "3")
        await until(pilot, lambda text: ASKED in text)
    assert entries(running, actor) == [("conversation", 0, None)]


async def test_who_is_asked_soon_is_not_asked_while_they_work(
    running: Store, actor: Actor, db: Path, clock: FixedClock
) -> None:
    app = desk_app(db, clock)
    app.idle = Idle(app, 1)
    async with app.run_test(size=WIDE) as pilot:
        await pilot.pause(0.3)
        for _key in range(8):
            clock.move(timedelta(seconds=40))
            await pilot.press("j")
            await pilot.pause(0.1)
            assert ASKED not in screen_text(pilot)
        clock.move(timedelta(seconds=70))
        await pilot.press("j")
        await until(pilot, lambda text: "Away 14:10 – 14:11 (0:01)" in text)
        # What is left open is not asked again by this desk, however often keys are noted.
        await pilot.press("escape")
        await until(pilot, lambda text: ASKED not in text)
        for _key in range(4):
            clock.move(timedelta(seconds=40))
            await pilot.press("k")
            await pilot.pause(0.1)
            assert ASKED not in screen_text(pilot)


async def test_time_away_begins_with_the_last_key_though_it_was_not_noted(
    running: Store, actor: Actor, db: Path, clock: FixedClock
) -> None:
    app = desk_app(db, clock)
    async with app.run_test(size=WIDE) as pilot:
        await pilot.pause(0.3)
        clock.move(5 * MINUTE)
        await pilot.press("j")
        await until(pilot, lambda _text: pulse_of(running) == "2026-11-23T07:10:00.000Z")
        # Too soon after that to be noted.
        clock.move(timedelta(seconds=59))
        await pilot.press("j")
        clock.move(timedelta(minutes=100, seconds=1))
        app.woke()
        await until(pilot, lambda text: "Away 14:10 – 15:51 (1:40)" in text)
        await pilot.press("2")
        await until(
            pilot, lambda _text: entries(running, actor) == [("conversation", 0, 6), ("conversation", 106, None)]
        )
