"""The timer's keys: one more key switches the activity, and a menu starts, stops and mends it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from textual.pilot import Pilot

from smdash.core.clock import FixedClock, Span
from smdash.core.records import Actor, Running
from smdash.store import hours, time_entries
from smdash.store.connection import Store
from tests.desk import desk_app
from tests.tui.conftest import until

SIZE = (80, 24)
WIB = timedelta(hours=7)


def at(clock: str, day: int = 23) -> datetime:
    """A wall time of November 2026 in Jakarta; it is Monday the 23rd, 14:05."""
    return datetime.fromisoformat(f"2026-11-{day:02d}T{clock}").replace(tzinfo=UTC) - WIB


@pytest.fixture
def worked(store: Store, actor: Actor) -> Store:
    """Blogging (1) from 12:00 to 13:23, where conversation (2) began that runs."""
    now = store.clock.now()
    with store.writing() as conn:
        time_entries.log(conn, actor, now, "blogging", Span(at("12:00"), at("13:23")))
        time_entries.start(conn, actor, now, "conversation", at=at("13:23"))
    return store


def running(store: Store) -> Running | None:
    with store.reading() as conn:
        return hours.running(conn, 1)


def ended(store: Store, entry_id: int) -> datetime | None:
    with store.reading() as conn:
        return time_entries.get(conn, entry_id).ended_at


async def menu(pilot: Pilot[None]) -> str:
    await pilot.press("T")
    return await until(pilot, lambda text: "start at…" in text or "stop at…" in text)


async def test_t_marks_what_runs_and_a_letter_picks_the_tenth(worked: Store, db: Path, clock: FixedClock) -> None:
    async with desk_app(db, clock).run_test(size=SIZE) as pilot:
        await pilot.press("t")
        text = await until(pilot, lambda text: "Which activity now?" in text)
        (row,) = [line for line in text.splitlines() if "5  conversation" in line]
        assert "▶ 0:42  0.7/4.0" in row and "b  analytics" in text
        # What runs already is not started again.
        await pilot.press("5")
        await until(pilot, lambda text: "conversation has been running since 13:23; T has more" in text)
        assert running(worked) == Running(2, "conversation", at("13:23"), None)
        await pilot.press("t", "b")
        await until(pilot, lambda text: "analytics is running" in text)
        # Beside another week than this one its figures would mislead.
        await pilot.press("4", "h")
        await until(pilot, lambda text: "week 47" in text)
        await pilot.press("t")
        text = await until(pilot, lambda text: "Which activity now?" in text)
        assert "▶ 0:00" in text and "/4.0 │" not in text
    found = running(worked)
    assert found is not None and found.activity == "analytics" and ended(worked, 2) == clock.now()


@pytest.mark.parametrize("last", ["T", "enter"])
async def test_t_and_t_again_or_enter_stops_now_and_u_lets_it_go_on(
    worked: Store, db: Path, clock: FixedClock, last: str
) -> None:
    async with desk_app(db, clock).run_test(size=SIZE) as pilot:
        text = await menu(pilot)
        assert "conversation since 13:23 · 0:42" in text and "T  stop now" in text
        await pilot.press(last)
        await until(pilot, lambda text: "conversation: 0:42" in text)
        assert running(worked) is None and ended(worked, 2) == clock.now()
        await pilot.press("u")
        await until(pilot, lambda text: "undone: stopped" in text)
    assert running(worked) is not None


async def test_stop_at_a_time_that_is_over(worked: Store, db: Path, clock: FixedClock) -> None:
    async with desk_app(db, clock).run_test(size=SIZE) as pilot:
        await menu(pilot)
        await pilot.press("e", *"13:50")
        await until(pilot, lambda text: "conversation until 13:50 · 0:27" in text)
        await pilot.press("enter")
        await until(pilot, lambda text: "conversation: 0:27" in text)
        assert ended(worked, 2) == at("13:50")


@pytest.mark.parametrize(
    ("keys", "typed", "words"),
    [
        ("e", "13:00", "conversation has been running since Mon 23 Nov 13:23 WIB; choose a later time"),
        ("e", "15:00", "“15:00” is still to come; expected a time that is over"),
        ("s", "sore", "“sore” is not a time; expected now, 14:30 or 2026-11-23 14:30"),
        ("m", "11:00", "nothing would be left of blogging from Mon 23 Nov 12:00 WIB"),
    ],
)
async def test_what_can_not_be_is_one_sentence_and_nothing_changes(
    worked: Store, db: Path, clock: FixedClock, keys: str, typed: str, words: str
) -> None:
    async with desk_app(db, clock).run_test(size=(140, 24)) as pilot:
        await menu(pilot)
        await pilot.press(keys, *typed, "enter")
        await until(pilot, lambda text: words in text)
    assert running(worked) == Running(2, "conversation", at("13:23"), None) and ended(worked, 1) == at("13:23")


async def test_start_at_asks_for_the_time_and_then_the_activity(worked: Store, db: Path, clock: FixedClock) -> None:
    async with desk_app(db, clock).run_test(size=SIZE) as pilot:
        await menu(pilot)
        await pilot.press("s", *"13:40")
        await until(pilot, lambda text: "since 13:40 · 0:25; conversation ends there" in text)
        await pilot.press("enter")
        await until(pilot, lambda text: "Which activity since 13:40?" in text)
        await pilot.press("4")
        await until(pilot, lambda text: "curation is running since 13:40" in text)
    found = running(worked)
    assert found is not None and found.activity == "curation" and ended(worked, 2) == found.started_at == at("13:40")


async def test_where_nothing_runs_the_menu_starts_at_a_time_or_resumes(
    worked: Store, actor: Actor, db: Path, clock: FixedClock
) -> None:
    with worked.writing() as conn:
        time_entries.stop(conn, actor, clock.now(), at=at("13:45"))
    async with desk_app(db, clock).run_test(size=SIZE) as pilot:
        text = await menu(pilot)
        assert "Nothing runs" in text and "stop" not in text.split("Nothing runs")[1].split("╰")[0]
        # Whoever stops twice starts nothing.
        await pilot.press("T")
        await pilot.press("r")
        await until(pilot, lambda text: "conversation is running" in text)
        found = running(worked)
        assert found is not None and found.started_at == clock.now()
        await pilot.press("u")
        await until(pilot, lambda text: "undone: resumed" in text)
        await menu(pilot)
        await pilot.press("s", *"15m", "enter", "1")
        await until(pilot, lambda text: "updates is running since 13:50" in text)


async def test_the_start_moves_and_what_ended_there_follows(worked: Store, db: Path, clock: FixedClock) -> None:
    async with desk_app(db, clock).run_test(size=SIZE) as pilot:
        await menu(pilot)
        await pilot.press("m")
        await until(pilot, lambda text: "When did conversation begin?" in text or "since 13:23 · 0:42" in text)
        await pilot.press(*"-13m")
        await until(pilot, lambda text: "since 13:10 · 0:55" in text)
        await pilot.press("enter")
        await until(pilot, lambda text: "conversation is running since 13:10" in text)
        found = running(worked)
        assert found is not None and found.started_at == at("13:10") == ended(worked, 1)
        await pilot.press("u")
        await until(pilot, lambda text: "undone: edited" in text)
    assert ended(worked, 1) == at("13:23")


async def test_a_note_is_written_shown_and_taken_away(worked: Store, db: Path, clock: FixedClock) -> None:
    async with desk_app(db, clock).run_test(size=SIZE) as pilot:
        await menu(pilot)
        await pilot.press("c", *"menjawab T dan j", "enter")
        await until(pilot, lambda text: "noted" in text)
        found = running(worked)
        assert found is not None and found.note == "menjawab T dan j"
        await until(pilot, lambda text: "▶" in text)
        text = await menu(pilot)
        assert "menjawab T dan j" in text
        await pilot.press("c", "delete", "enter")
        await until(pilot, lambda text: "the note is taken away" in text)
    found = running(worked)
    assert found is not None and found.note is None


async def test_after_midnight_a_time_of_the_evening_is_last_nights(
    worked: Store, actor: Actor, db: Path, clock: FixedClock
) -> None:
    with worked.writing() as conn:
        time_entries.stop(conn, actor, clock.now())
    clock.move(timedelta(hours=10, minutes=15))
    async with desk_app(db, clock).run_test(size=SIZE) as pilot:
        await menu(pilot)
        await pilot.press("s", *"23:30")
        await until(pilot, lambda text: "since Mon 23 Nov 23:30 · 0:50" in text)
        await pilot.press("enter", "5")
        await until(pilot, lambda text: "conversation is running since Mon 23 Nov 23:30" in text)


async def test_the_menu_knows_at_once_what_this_desk_started_and_stopped(
    worked: Store, db: Path, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = desk_app(db, clock)
    async with app.run_test(size=SIZE) as pilot:
        await menu(pilot)
        # From here on no pane is read again, as in the moment before one is.
        monkeypatch.setattr(app.desk.hours, "reload", lambda: None)
        await pilot.press("T")
        await until(pilot, lambda text: "conversation: 0:42" in text)
        assert "Nothing runs" in await menu(pilot)
        await pilot.press("r")
        await until(pilot, lambda text: "conversation is running" in text)
        assert "stop now" in await menu(pilot)
