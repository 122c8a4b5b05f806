"""The desk as a member sees and uses it."""

from __future__ import annotations

import asyncio
import os
import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from textual.events import Key
from textual.widgets import Input

from smdash.core.clock import FixedClock
from smdash.core.records import Actor
from smdash.store import events, freezing, hours, inbox, triage
from smdash.store.connection import Store
from smdash.tui import typed_ahead
from smdash.tui.screens.desk import PANES, DeskScreen
from smdash.tui.widgets.pane import Pane
from tests.desk import arrive, desk_app, monday, plan_post
from tests.tui.conftest import screen_text, until

WIDE = (120, 40)
SMALL = (80, 24)


@pytest.fixture
def desk_store(store: Store, actor: Actor) -> Store:
    monday(store, actor)
    return store


async def test_four_panes_are_drawn_with_their_rows_at_once(desk_store: Store, db: Path, clock: FixedClock) -> None:
    async with desk_app(db, clock).run_test(size=WIDE) as pilot:
        text = screen_text(pilot)
        for words in ("1 Today · 2 posts · 1 late", "2 Mentions · 4 open · 2 overdue", "3 Campaigns · 1 running",
                      "4 Hours · week 48 · 0.7 of 39.5", "Cerita petani Gayo", "late 2h 00m", "in 25m",
                      "Kak pesanan saya belum sampai", "last call", "2d 10:00", "▶ conversation", "▶ 0:42",
                      "Kopi Senja · Mon 23 Nov 14:05 WIB", "j/k move"):  # fmt: skip
            assert words in text, words


async def test_the_first_picture_marks_the_mentions_as_focused(desk_store: Store, db: Path, clock: FixedClock) -> None:
    app = desk_app(db, clock)
    async with app.run_test(size=WIDE) as pilot:
        await pilot.pause(0.3)
        for pane in app.desk.panes:
            border = {piece.style for piece in pane._drawn[0] if piece.text.startswith("╭")}
            assert border == {"border_focus" if pane is app.desk.mentions else "border"}


async def test_a_small_terminal_has_one_open_pane_and_three_summary_lines(
    desk_store: Store, db: Path, clock: FixedClock
) -> None:
    async with desk_app(db, clock).run_test(size=SMALL) as pilot:
        lines = screen_text(pilot).splitlines()
        assert lines[1].startswith("  1 Today · 2 posts")
        assert lines[2].startswith("╭ 2 Mentions")
        await pilot.press("1")
        lines = (await until(pilot, lambda text: "╭ 1 Today" in text)).splitlines()
        assert lines[1].startswith("╭ 1 Today")
        assert any(line.startswith("  2 Mentions · 4 open") for line in lines)


async def test_what_strangers_write_is_shown_as_those_characters(
    desk_store: Store, db: Path, clock: FixedClock
) -> None:
    async with desk_app(db, clock).run_test(size=WIDE) as pilot:
        assert "[red]red[/red] x[/]" in screen_text(pilot)


async def test_done_takes_the_row_away_and_undo_brings_it_back(desk_store: Store, db: Path, clock: FixedClock) -> None:
    async with desk_app(db, clock).run_test(size=WIDE) as pilot:
        await pilot.press("d")
        text = await until(pilot, lambda text: "3 open" in text)
        assert "pesanan saya" not in text
        await pilot.press("u")
        text = await until(pilot, lambda text: "4 open" in text and "pesanan saya" in text)
        assert "undone: set to done" in text
    with desk_store.reading() as conn:
        assert [one.verb for one in events.history(conn, "mention", 1)] == ["done", "undo"]


async def test_a_batch_of_marked_rows_is_one_step(desk_store: Store, db: Path, clock: FixedClock) -> None:
    async with desk_app(db, clock).run_test(size=WIDE) as pilot:
        await pilot.press("space", "space")
        assert "2 marked" in await until(pilot, lambda text: "2 marked" in text)
        await pilot.press("d")
        await until(pilot, lambda text: "2 Mentions · 2 open" in text)
        await pilot.press("u")
        await until(pilot, lambda text: "2 Mentions · 4 open" in text)


async def test_undo_is_refused_by_name_when_somebody_changed_the_row(
    desk_store: Store, db: Path, clock: FixedClock, second: Actor
) -> None:
    async with desk_app(db, clock).run_test(size=WIDE) as pilot:
        await pilot.press("d")
        await until(pilot, lambda text: "3 open" in text)
        with desk_store.writing() as conn:
            triage.reopen(conn, second, [1], clock.now())
        await pilot.press("u")
        await until(pilot, lambda text: "Budi changed it since" in text)


async def test_arrivals_move_neither_cursor_nor_marks(desk_store: Store, db: Path, clock: FixedClock) -> None:
    app = desk_app(db, clock)
    async with app.run_test(size=WIDE) as pilot:
        await pilot.press("j", "space")
        pane = app.desk.mentions
        before = (pane.cursor_key, set(pane.marks))
        assert before[0] is not None
        arrive(desk_store, "lebih lama", minutes_ago=900)
        await until(pilot, lambda text: "5 open" in text and "lebih lama" in text)
        assert (pane.cursor_key, set(pane.marks)) == before


async def test_a_colleague_finishing_the_row_under_the_cursor_leaves_it_on_the_next(
    desk_store: Store, db: Path, clock: FixedClock, second: Actor
) -> None:
    app = desk_app(db, clock)
    async with app.run_test(size=WIDE) as pilot:
        await pilot.press("j")
        with desk_store.writing() as conn:
            triage.finish(conn, second, [2], clock.now())
        await until(pilot, lambda text: "3 open" in text)
        assert app.desk.mentions.cursor_key == 3


async def test_rows_written_by_any_other_program_show_up(desk_store: Store, db: Path, clock: FixedClock) -> None:
    async with desk_app(db, clock).run_test(size=WIDE) as pilot:
        with desk_store.writing() as conn:
            conn.execute("UPDATE post SET body = 'dari program lain' WHERE id = 2")
        await until(pilot, lambda text: "dari program lain" in text)


async def test_the_filter_shows_matching_rows_and_escape_all(desk_store: Store, db: Path, clock: FixedClock) -> None:
    app = desk_app(db, clock)
    async with app.run_test(size=WIDE) as pilot:
        await pilot.press("slash", *"enak")
        text = await until(pilot, lambda text: "1 shown" in text)
        assert "Kopinya enak" in text and "pesanan saya" not in text
        assert text.splitlines()[-1].strip() == "enak", "what is typed must be seen"
        await pilot.press("enter")
        assert not app.desk.query(Input)
        arrive(desk_store, "baru dan enak juga", minutes_ago=1)
        await until(pilot, lambda text: "2 shown" in text)
        await pilot.press("escape")
        await until(pilot, lambda text: "pesanan saya" in text)


async def test_keys_read_a_moment_later_overtake_none(
    desk_store: Store, db: Path, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second half of what was typed at once is read just as the first key has its effect."""
    opened = DeskScreen.open_filter

    def open_filter(screen: DeskScreen) -> None:
        opened(screen)
        for letter in "san":
            screen.app.post_message(Key(letter, letter))
        screen.app.post_message(Key("enter", "\r"))

    async def slow(_pane: Pane, _event: Key) -> None:
        await asyncio.sleep(0.01)

    monkeypatch.setattr(DeskScreen, "open_filter", open_filter)
    monkeypatch.setattr(Pane, "on_key", slow, raising=False)
    app = desk_app(db, clock)
    async with app.run_test(size=WIDE) as pilot:
        for key in ("slash", "p", "e"):
            app.post_message(Key(key, "/" if key == "slash" else key))
        text = await until(pilot, lambda text: "/pesan " in text and "1 shown" in text and not app.desk.query(Input))
        # None of the letters was a key of the list: it is sorted and marked as before.
        assert "first" not in text and "time left" not in text and "marked" not in text


async def test_a_key_is_not_late_after_one_that_closed_what_took_it(
    desk_store: Store, db: Path, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(typed_ahead, "PATIENCE_S", 60.0)
    app = desk_app(db, clock)
    async with app.run_test(size=WIDE) as pilot:
        await pilot.press("t")
        await until(pilot, lambda text: "Which activity" in text)
        await pilot.press("3")
        await until(pilot, lambda text: "is running" in text and "Which" not in text)
        await pilot.press("4", "M")
        await until(pilot, lambda text: "team" in text and app.desk.pane.number == 4)


async def test_letters_typed_into_the_filter_are_text(desk_store: Store, db: Path, clock: FixedClock) -> None:
    async with desk_app(db, clock).run_test(size=WIDE) as pilot:
        await pilot.press("slash", "d", "q", "u")
        await until(pilot, lambda text: "/dqu" in text and "4 open" in text)


async def test_sorting_goes_through_three_orders(desk_store: Store, db: Path, clock: FixedClock) -> None:
    app = desk_app(db, clock)
    async with app.run_test(size=WIDE) as pilot:
        await pilot.press("s")
        await until(pilot, lambda text: "newest first" in text)
        assert app.desk.mentions.cursor_key == 4
        await pilot.press("s")
        await until(pilot, lambda text: "time left" in text)
        await pilot.press("s")
        await until(pilot, lambda text: "time left" not in text)
        assert app.desk.mentions.cursor_key == 1


async def test_a_long_list_is_walked_to_its_end_and_back(
    store: Store, actor: Actor, db: Path, clock: FixedClock
) -> None:
    arrive(store, *[f"nomor {at:04d}" for at in range(900)], minutes_ago=2000)
    app = desk_app(db, clock)
    async with app.run_test(size=WIDE) as pilot:
        await pilot.press("G")
        await until(pilot, lambda text: "nomor 0899" in text)
        assert app.desk.mentions.cursor_key == 900
        await pilot.press("g")
        await until(pilot, lambda text: "nomor 0000" in text)
        for _turn in range(30):
            await pilot.press("ctrl+d")
        await pilot.pause(0.2)
        half = app.desk.mentions.visible_rows // 2
        await until(pilot, lambda _text: app.desk.mentions.cursor_key == 30 * half + 1)


async def test_enter_shows_a_mention_whole_and_d_goes_to_the_next(
    desk_store: Store, db: Path, clock: FixedClock
) -> None:
    async with desk_app(db, clock).run_test(size=WIDE) as pilot:
        await pilot.press("enter")
        text = await until(pilot, lambda text: "History" in text)
        assert "Kak pesanan saya belum sampai" in text and "Monday, 23 November 2026, 09:05 WIB" in text
        await pilot.press("d")
        await until(pilot, lambda text: "Buka jam berapa" in text and "History" in text)
        await pilot.press("escape")
        await until(pilot, lambda text: "3 open" in text)


async def test_t_switches_the_activity_with_one_more_key(desk_store: Store, db: Path, clock: FixedClock) -> None:
    async with desk_app(db, clock).run_test(size=WIDE) as pilot:
        clock.move(timedelta(minutes=3))
        await pilot.press("t")
        await until(pilot, lambda text: "Which activity now?" in text)
        await pilot.press("3")
        await until(pilot, lambda text: "▶ blogging" in text)
        await pilot.press("T", "T")
        await until(pilot, lambda text: "▶ blogging" not in text)
    with desk_store.reading() as conn:
        assert hours.running(conn, 1) is None


async def test_u_gives_the_timer_back_that_was_stopped(desk_store: Store, db: Path, clock: FixedClock) -> None:
    async with desk_app(db, clock).run_test(size=WIDE) as pilot:
        await until(pilot, lambda text: "▶ conversation" in text)
        clock.move(timedelta(minutes=3))
        await pilot.press("T", "T")
        await until(pilot, lambda text: "▶ conversation" not in text)
        await pilot.press("u")
        await until(pilot, lambda text: "▶ conversation" in text and "undone: stopped" in text)
        await pilot.press("ctrl+r")
        await until(pilot, lambda text: "▶ conversation" not in text)


async def test_weeks_and_team_in_hours(desk_store: Store, db: Path, clock: FixedClock, second: Actor) -> None:
    async with desk_app(db, clock).run_test(size=WIDE) as pilot:
        await pilot.press("4", "h")
        await until(pilot, lambda text: "week 47 · 0.0 of 39.5" in text)
        await pilot.press("l", "M")
        await until(pilot, lambda text: "of 79.0 · team" in text)


async def test_tomorrow_stands_under_a_rule_when_the_day_is_done(
    store: Store, actor: Actor, db: Path, clock: FixedClock
) -> None:
    plan_post(store, actor, "Besok pagi", clock.now() + timedelta(days=1))
    async with desk_app(db, clock).run_test(size=WIDE) as pilot:
        text = screen_text(pilot)
        assert "── Tomorrow" in text and "Besok pagi" in text and "1 Today · 0 posts" in text


async def test_midnight_rolls_the_day_over(store: Store, actor: Actor, db: Path, clock: FixedClock) -> None:
    plan_post(store, actor, "Kiriman hari ini", clock.now() + timedelta(minutes=5))
    plan_post(store, actor, "Kiriman besok", clock.now() + timedelta(days=1))
    app = desk_app(db, clock)
    async with app.run_test(size=WIDE) as pilot:
        assert "Kiriman besok" not in screen_text(pilot)
        clock.move(timedelta(hours=10))
        app._tick()
        text = await until(pilot, lambda text: "Kiriman besok" in text)
        assert "Tue 24 Nov" in text and "2 posts · 1 late" in text


async def test_empty_panes_say_what_fills_them(store: Store, actor: Actor, db: Path, clock: FixedClock) -> None:
    async with desk_app(db, clock).run_test(size=(240, 40)) as pilot:
        text = screen_text(pilot)
        for words in ("N writes one", "smdash mention ingest", "smdash campaign add", "smdash account add"):
            assert words in text


async def test_zoom_tab_and_numbers_move_between_panes(desk_store: Store, db: Path, clock: FixedClock) -> None:
    app = desk_app(db, clock)
    async with app.run_test(size=WIDE) as pilot:
        for at in range(len(PANES)):
            await pilot.press(str(at + 1))
            assert app.desk.pane.has_focus and app.desk.focused_index == at
        await pilot.press("tab")
        assert app.desk.focused_index == 0
        await pilot.press("plus")
        await until(pilot, lambda text: "2 Mentions" not in text and "1 Today" in text)
        await pilot.press("escape")
        await until(pilot, lambda text: "2 Mentions" in text)


async def test_help_and_palette_list_the_actions(desk_store: Store, db: Path, clock: FixedClock) -> None:
    async with desk_app(db, clock).run_test(size=(120, 220)) as pilot:
        await pilot.press("question_mark")
        await until(pilot, lambda text: "Set to done, go to the next" in text and "^d" in text)
        await pilot.press("escape", "colon")
        await until(pilot, lambda text: "Undo your last step" in text)
        await pilot.press(*"choose a theme")
        await until(pilot, lambda text: "Choose a theme" in text)
        await pilot.press("enter")
        await until(pilot, lambda text: "Which theme?" in text)
        await pilot.press("escape")


@pytest.mark.parametrize("width", [60, 80, 120, 200])
async def test_the_line_of_keys_ends_with_help_at_any_width(
    desk_store: Store, db: Path, clock: FixedClock, width: int
) -> None:
    async with desk_app(db, clock).run_test(size=(width, 34)) as pilot:
        text = await until(pilot, lambda text: "? help" in text)
        keys = text.rstrip().splitlines()[-1].rstrip()
        assert keys.endswith("? help") and "j/k move" in keys
        await pilot.click(offset=(keys.index("? help"), 33))
        await until(pilot, lambda text: "Keys and marks" in text and "Everywhere" in text)


async def test_leaving_is_asked_once(desk_store: Store, db: Path, clock: FixedClock) -> None:
    app = desk_app(db, clock)
    async with app.run_test(size=WIDE) as pilot:
        await pilot.press("q")
        await until(pilot, lambda text: "press q again to leave" in text)
        await pilot.press("q")
        await pilot.pause(0.1)
        assert app._exit


async def test_a_mouse_chooses_rows_and_keys(desk_store: Store, db: Path, clock: FixedClock) -> None:
    app = desk_app(db, clock)
    async with app.run_test(size=WIDE) as pilot:
        await pilot.click(app.desk.panes[0], offset=(10, 2))
        assert app.desk.focused_index == 0 and app.desk.panes[0].cursor == 1
        await pilot.click(app.desk.mentions, offset=(10, 3), times=2)
        await until(pilot, lambda text: "History" in text)


async def test_a_locked_file_is_one_line_and_loses_nothing(
    desk_store: Store, db: Path, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("smdash.store.connection.BUSY_TIMEOUT_MS", 200)
    async with desk_app(db, clock).run_test(size=WIDE) as pilot:
        with desk_store.writing():
            await pilot.press("d")
            await until(pilot, lambda text: "is locked by another program" in text)
        await until(pilot, lambda text: "4 open" in text and "pesanan saya" in text)


async def test_read_only_says_so_and_changes_nothing(desk_store: Store, db: Path, clock: FixedClock) -> None:
    async with desk_app(db, clock, read_only=True).run_test(size=WIDE) as pilot:
        assert "read-only" in screen_text(pilot)
        await pilot.press("d")
        await until(pilot, lambda text: "--read-only" in text and "4 open" in text)


async def test_a_replaced_file_is_noticed_within_a_second(
    desk_store: Store, db: Path, clock: FixedClock, template: Path
) -> None:
    async with desk_app(db, clock).run_test(size=WIDE) as pilot:
        copy = db.with_name("copy.db")
        shutil.copyfile(template, copy)
        for leftover in ("-wal", "-shm"):
            Path(f"{db}{leftover}").unlink(missing_ok=True)
        os.replace(copy, db)
        await until(pilot, lambda text: "the database was replaced" in text)
        await until(pilot, lambda text: "2 Mentions · 0 open" in text)


async def test_nothing_that_was_done_is_lost_when_leaving_at_once(
    desk_store: Store, db: Path, clock: FixedClock
) -> None:
    async with desk_app(db, clock).run_test(size=WIDE) as pilot:
        await pilot.press("d", "d")
        await pilot.press("ctrl+q")
    with desk_store.reading() as conn:
        assert inbox.counts(conn, clock.now(), None).open == 2


async def test_plain_look_is_ascii(desk_store: Store, db: Path, clock: FixedClock) -> None:
    async with desk_app(db, clock, plain=True).run_test(size=WIDE) as pilot:
        lines = screen_text(pilot).splitlines()
        frame = [line.replace("·", "").replace("…", "") for line in lines]
        assert all(line.isascii() for line in frame), [line for line in frame if not line.isascii()]


async def test_what_is_typed_at_once_goes_where_it_belongs(desk_store: Store, db: Path, clock: FixedClock) -> None:
    """A slow line brings many keys together: letters after / are text, those after enter are keys again."""
    app = desk_app(db, clock)
    async with app.run_test(size=WIDE) as pilot:
        await pilot.pause()

        def burst(*keys: str) -> None:
            for key in keys:
                app.simulate_key(key)

        burst("slash", *"dusdq", "enter")
        await until(pilot, lambda text: "/dusdq" in text and "0 shown" in text and "j/k move" in text)
        burst("escape", "slash", *"pesanan", "enter")
        await until(pilot, lambda text: "/pesanan" in text and "1 shown" in text and "j/k move" in text)
        burst("d", "escape", "u", "t", "1")
        await until(pilot, lambda text: "4 open" in text and "shown" not in text and "is running" in text)
        burst("slash", *"buka", "escape", "s")
        await until(pilot, lambda text: "newest first" in text and "4 open" in text and "/buka" not in text)


async def test_everything_that_goes_out_is_frozen_with_a_reason_that_others_see(
    desk_store: Store, db: Path, clock: FixedClock, second: Actor
) -> None:
    async with desk_app(db, clock).run_test(size=WIDE) as pilot:
        await pilot.press("colon", *"stop everything that", "enter")
        await until(pilot, lambda text: "Nothing goes out any more. Why?" in text)
        await pilot.press(*"gempa di Bandung", "enter")
        await until(pilot, lambda text: "nothing goes out, frozen by Ana: gempa di Bandung" in text)
        with desk_store.reading() as conn:
            found = freezing.current(conn)
        assert found is not None and (found.by, found.reason) == ("Ana", "gempa di Bandung")
        with desk_store.writing() as conn:
            freezing.off(conn, second, clock.now())
            freezing.on(conn, second, clock.now(), "[red]x[/]")
        await until(pilot, lambda text: "frozen by Budi: [red]x[/]" in text)
        await pilot.press("colon", *"stop everything that", "enter")
        await until(pilot, lambda text: "lifted: what is due from now on goes out" in text)
