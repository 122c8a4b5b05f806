"""Colleagues who are at their desks, as the header tells; and an undo that the screen shows before the file."""

from __future__ import annotations

import time
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from smdash.core.clock import FixedClock
from smdash.core.records import Actor
from smdash.store import claims, time_entries
from smdash.store.connection import Store
from tests.desk import desk_app, monday
from tests.tui.conftest import screen_text, until

WIDE = (120, 40)


@pytest.fixture
def desk_store(store: Store, actor: Actor) -> Store:
    monday(store, actor)
    return store


def sessions(store: Store) -> int:
    with store.reading() as conn:
        return int(conn.execute("SELECT count(*) FROM claim").fetchone()[0])


async def test_a_colleague_comes_and_goes(desk_store: Store, db: Path, clock: FixedClock, second: Actor) -> None:
    async with desk_app(db, clock).run_test(size=WIDE) as pilot:
        assert "online" not in screen_text(pilot)
        await until(pilot, lambda _text: sessions(desk_store) == 1)
        with desk_store.writing() as conn:
            claims.beat(conn, second.member_id, "other", clock.now())
        await until(pilot, lambda text: "2 online · Kopi Senja · Mon 23 Nov 14:05 WIB" in text)
        with desk_store.writing() as conn:
            claims.leave(conn, "other")
        await until(pilot, lambda text: "online" not in text)
    assert sessions(desk_store) == 0


@pytest.mark.parametrize("by", [timedelta(hours=1), -timedelta(days=1)])
async def test_after_the_clock_was_set_a_desk_beats_at_once(
    desk_store: Store, db: Path, clock: FixedClock, actor: Actor, second: Actor, by: timedelta
) -> None:
    with desk_store.writing() as conn:
        # Or it would be asked about, now that an hour is gone.
        time_entries.stop(conn, actor, clock.now())
    async with desk_app(db, clock).run_test(size=WIDE) as pilot:
        await until(pilot, lambda _text: sessions(desk_store) == 1)
        with desk_store.writing() as conn:
            claims.beat(conn, second.member_id, "other", clock.now())
        await until(pilot, lambda text: "2 online" in text)
        clock.jump(by)
        began = time.monotonic()
        await until(pilot, lambda text: "online" not in text)
        with desk_store.writing() as conn:
            # The other one is told of the clock as well, and finds this desk's beat to be of now.
            claims.beat(conn, second.member_id, "other", clock.now())
        await until(pilot, lambda text: "2 online" in text and sessions(desk_store) == 2)
        assert time.monotonic() - began < 5


async def test_a_heartbeat_reads_no_list_again(desk_store: Store, db: Path, clock: FixedClock, second: Actor) -> None:
    app = desk_app(db, clock)
    async with app.run_test(size=WIDE) as pilot:
        await until(pilot, lambda _text: sessions(desk_store) == 1)
        read: list[str] = []
        for pane in app.desk.panes:
            pane.reload = partial(read.append, pane.name_words())  # type: ignore[method-assign]
        with desk_store.writing() as conn:
            claims.beat(conn, second.member_id, "other", clock.now())
        await until(pilot, lambda text: "2 online" in text)
    assert read == []


async def test_a_desk_that_only_reads_is_not_seen(desk_store: Store, db: Path, clock: FixedClock) -> None:
    async with desk_app(db, clock, read_only=True).run_test(size=WIDE) as pilot:
        await pilot.pause(1.3)
        assert sessions(desk_store) == 0


async def test_undo_is_on_screen_before_it_is_in_the_file(desk_store: Store, db: Path, clock: FixedClock) -> None:
    app = desk_app(db, clock)
    async with app.run_test(size=WIDE) as pilot:
        first = app.desk.mentions.cursor_key
        await pilot.press("d")
        await until(pilot, lambda text: "Kak pesanan" not in text and not app.desk.mentions._pending.leaving)
        desk_store.conn.execute("BEGIN IMMEDIATE")
        try:
            await pilot.press("u")
            text = await until(pilot, lambda text: "Kak pesanan" in text)
            assert "4 open" in text
            assert app.desk.mentions.cursor_key == first
        finally:
            desk_store.conn.execute("ROLLBACK")
        await until(pilot, lambda text: "undone" in text)
        with desk_store.reading() as conn:
            assert conn.execute("SELECT count(*) FROM mention WHERE state = 'open'").fetchone() == (4,)


async def test_what_is_done_again_after_an_undo_stays_away(desk_store: Store, db: Path, clock: FixedClock) -> None:
    """The first undo is not read back yet when the row leaves once more."""
    app = desk_app(db, clock)
    async with app.run_test(size=WIDE) as pilot:
        await pilot.press("d")
        await until(pilot, lambda text: "Kak pesanan" not in text and not app.desk.mentions._pending.leaving)
        desk_store.conn.execute("BEGIN IMMEDIATE")
        try:
            await pilot.press("u")
            await until(pilot, lambda text: "Kak pesanan" in text)
            await pilot.press("d")
            app.desk.mentions.reload()
            await pilot.pause(0.3)
            assert "Kak pesanan" not in screen_text(pilot)
        finally:
            desk_store.conn.execute("ROLLBACK")
        await until(pilot, lambda text: "3 open" in text and not app.desk.mentions._pending.leaving)


async def test_an_undo_that_is_refused_takes_the_row_off_again(
    desk_store: Store, db: Path, clock: FixedClock, second: Actor
) -> None:
    app = desk_app(db, clock)
    async with app.run_test(size=WIDE) as pilot:
        first = app.desk.mentions.cursor_key
        await pilot.press("d")
        await until(pilot, lambda text: "Kak pesanan" not in text and not app.desk.mentions._pending.leaving)
        with desk_store.writing() as conn:
            conn.execute("UPDATE mention SET done_by = ? WHERE id = ?", (second.member_id, first))
        await pilot.press("u")
        text = await until(pilot, lambda text: "not undone" in text and "Kak pesanan" not in text)
        assert "3 open" in text


async def test_who_comes_while_the_desk_is_left_is_no_reason_to_crash(
    desk_store: Store, db: Path, clock: FixedClock
) -> None:
    app = desk_app(db, clock)
    async with app.run_test(size=WIDE) as pilot:
        await until(pilot, lambda text: "Kopi Senja" in text)
    app.desk.header.redraw()
