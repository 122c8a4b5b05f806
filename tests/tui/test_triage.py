"""Triage from the keyboard: every key of a mention, on one row and on marked ones."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from smdash.core.clock import FixedClock
from smdash.core.errors import StoreBusy
from smdash.core.records import Actor, IncomingMention, Mention, MentionKind, MentionState
from smdash.store import batches, claims, inbox, mentions, notes, teams, triage
from smdash.store.connection import Store
from smdash.store.driver import Connection
from smdash.store.steps import Stepped
from smdash.tui.app import DeskApp
from smdash.tui.widgets.pane import Pane
from tests.desk import arrive, desk_app
from tests.tui.conftest import until

WIDE = (120, 40)


@pytest.fixture
def four(store: Store, actor: Actor, second: Actor) -> Store:
    arrive(store, "satu", "dua", "tiga", "empat")
    return store


def row(store: Store, mention_id: int) -> Mention:
    with store.reading() as conn:
        found = inbox.whole(conn, mention_id)
    assert found is not None
    return found.mention


async def test_taking_and_giving_and_repeating(four: Store, db: Path, clock: FixedClock) -> None:
    async with desk_app(db, clock).run_test(size=WIDE) as pilot:
        await pilot.press("A")
        text = await until(pilot, lambda text: "1 mine" in text and "1 mention is yours" in text)
        assert "Ana" in next(line for line in text.splitlines() if "satu" in line)
        await pilot.press("j", "full_stop")
        await until(pilot, lambda text: "2 mine" in text)
        await pilot.press("j", "a")
        text = await until(pilot, lambda text: "Who takes it?" in text)
        assert "1  Ana" in text and "2  Budi" in text and "3  nobody" in text
        await pilot.press("2")
        text = await until(pilot, lambda text: "assigned to Budi" in text)
        assert "Budi" in next(line for line in text.splitlines() if "tiga" in line)
    assert [row(four, one).assignee for one in (1, 2, 3, 4)] == ["Ana", "Ana", "Budi", None]


async def test_urgent_starred_and_labelled_is_seen_on_the_row(four: Store, db: Path, clock: FixedClock) -> None:
    async with desk_app(db, clock).run_test(size=WIDE) as pilot:
        await pilot.press("exclamation_mark", "S", "l")
        await until(pilot, lambda text: "Which label?" in text)
        await pilot.press("1")  # there is none yet, so it asks for one
        await pilot.press(*"keluhan", "enter")
        text = await until(pilot, lambda text: "#keluhan satu" in text and "labelled keluhan" in text)
        assert "›" in next(line for line in text.splitlines() if "satu" in line)
        await until(pilot, lambda _text: row(four, 1).labels == ("keluhan",))
        await pilot.press("u")
        await until(pilot, lambda text: "#keluhan" not in text and "undone: labelled" in text)
        await pilot.press("ctrl+r")
        await until(pilot, lambda text: "#keluhan satu" in text and "done again: labelled" in text)
    found = row(four, 1)
    assert (found.priority, found.star, found.labels) == (1, True, ("keluhan",))


async def test_put_aside_by_one_key_and_by_a_typed_time(four: Store, db: Path, clock: FixedClock) -> None:
    async with desk_app(db, clock).run_test(size=WIDE) as pilot:
        await pilot.press("z")
        text = await until(pilot, lambda text: "Until when?" in text)
        assert "tomorrow morning" in text and "Tue 24 Nov 09:00" in text
        await pilot.press("2")
        await until(pilot, lambda text: "3 open" in text and "put aside until Mon 23 Nov 17:05" in text)
        await pilot.press("z", "7", *"besok 8", "enter")
        await until(pilot, lambda text: "2 open" in text and "Tue 24 Nov 08:00" in text)
        await pilot.press("z", "7", *"yesterday", "enter")
        text = await until(pilot, lambda text: "“yesterday”" in text)
        assert ("2 open" in text and "> yesterday" in text.replace("  ", " ")) or "yesterday" in text.splitlines()[-1]
        await pilot.press("escape", "u")
        await until(pilot, lambda text: "3 open" in text and "dua" in text)
    assert row(four, 1).snoozed_until == clock.now() + timedelta(hours=3)
    assert row(four, 2).state is MentionState.OPEN


async def test_all_marked_rows_are_one_step(four: Store, db: Path, clock: FixedClock) -> None:
    async with desk_app(db, clock).run_test(size=WIDE) as pilot:
        await pilot.press("asterisk", "z")
        await until(pilot, lambda text: "Until when? (4 mentions)" in text)
        await pilot.press("1")
        await until(pilot, lambda text: "2 Mentions · 0 open" in text)
        await pilot.press("u")
        text = await until(pilot, lambda text: "2 Mentions · 4 open" in text)
        assert "marked" not in text


async def test_undo_and_the_next_step_wait_for_a_long_one_to_be_written(
    four: Store, db: Path, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "ROWS", 1)
    monkeypatch.setattr(batches, "REST_S", 0.05)
    async with desk_app(db, clock).run_test(size=WIDE) as pilot:
        # Three of four, their undo before they can be written, and a step of one row behind it.
        await pilot.press("space", "space", "space", "d", "u", "exclamation_mark")
        await until(pilot, lambda _text: sum(row(four, one).priority for one in (1, 2, 3, 4)) == 1)
        assert all(row(four, one).state is MentionState.OPEN for one in (1, 2, 3, 4))
        await until(pilot, lambda text: "2 Mentions · 4 open" in text)
        await pilot.press("u")
        await until(pilot, lambda _text: not any(row(four, one).priority for one in (1, 2, 3, 4)))


async def test_a_long_step_whose_rest_is_refused_shows_what_the_file_holds(
    four: Store, db: Path, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "ROWS", 3)
    finish = triage.finish

    def busy_at_last(conn: Connection, actor: Actor, ids: list[int], *words: Any, **options: Any) -> Stepped:
        if len(ids) < 3:
            raise StoreBusy("somebody else is writing")
        return finish(conn, actor, ids, *words, **options)

    monkeypatch.setattr(triage, "finish", busy_at_last)
    async with desk_app(db, clock).run_test(size=WIDE) as pilot:
        await pilot.press("asterisk", "d")
        await until(pilot, lambda text: "somebody else is writing" in text and "2 Mentions · 1 open" in text)
        await pilot.press("u")
        await until(pilot, lambda text: "2 Mentions · 4 open" in text and "undone: set to done, 3 rows" in text)


async def test_what_a_colleague_did_meanwhile_stays_and_is_told(
    four: Store, db: Path, clock: FixedClock, second: Actor
) -> None:
    app: DeskApp = desk_app(db, clock)
    async with app.run_test(size=WIDE) as pilot:
        app.desk.mentions.reload = lambda: None  # type: ignore[method-assign]  # its news are on the way
        with four.writing() as conn:
            triage.assign(conn, second, [1], second.member_id, clock.now())
        await pilot.press("A")
        await until(pilot, lambda text: "Budi was faster" in text)
    assert row(four, 1).assignee == "Budi"


async def test_the_keys_work_on_the_mention_that_is_shown_whole(four: Store, db: Path, clock: FixedClock) -> None:
    async with desk_app(db, clock).run_test(size=WIDE) as pilot:
        await pilot.press("enter")
        await until(pilot, lambda text: "History" in text)
        await pilot.press("A")
        await until(pilot, lambda text: "held by Ana" in text)
        await pilot.press("z", "1")
        text = await until(pilot, lambda text: "dua" in text and "History" in text)
        assert "satu" not in text and "put aside until Mon 23 Nov 15:05" in text


async def test_the_inbox_shows_the_mention_under_the_cursor_beside_the_list(
    four: Store, db: Path, clock: FixedClock
) -> None:
    async with desk_app(db, clock).run_test(size=WIDE) as pilot:
        await pilot.press("right_square_bracket")
        text = await until(pilot, lambda text: "Tamu 0 · comment · instagram/kopi" in text)
        assert "2 Mentions · 4 open" in text and "1 Today" not in text
        await pilot.press("j")
        await until(pilot, lambda text: "Tamu 1 · comment" in text and "Tamu 0 ·" not in text)
        await pilot.press("d")
        await until(pilot, lambda text: "Tamu 2 · comment" in text and "3 open" in text)
        await pilot.press("A")
        await until(pilot, lambda text: "held by Ana" in text)
        await pilot.press("escape")
        await until(pilot, lambda text: "1 Today" in text and "Tamu 2 ·" not in text)


async def test_the_inbox_of_a_small_terminal_has_the_mention_below_the_list(
    four: Store, db: Path, clock: FixedClock
) -> None:
    async with desk_app(db, clock).run_test(size=(80, 24)) as pilot:
        await pilot.press("right_square_bracket")
        lines = (await until(pilot, lambda text: "Tamu 0 · comment" in text)).splitlines()
        below = next(at for at, line in enumerate(lines) if "Tamu 0 ·" in line)
        assert lines[0].startswith(" Inbox") and lines[1].startswith("╭ 2 Mentions") and below == 11
        await pilot.press("1")
        await until(pilot, lambda text: "╭ 1 Today" in text)


async def test_who_replies_is_seen_on_the_row_and_the_list_is_not_read_for_it(
    four: Store, db: Path, clock: FixedClock, second: Actor
) -> None:
    with four.writing() as conn:
        # Before the desk opens: a new member is a reason to read the list.
        long_named = teams.join(conn, "maxi", "Maximiliana Putri", "maxi", clock.now())
    app = desk_app(db, clock)
    async with app.run_test(size=WIDE) as pilot:
        await pilot.press("S")
        # Written, told to the list and read by it: nothing is on its way to the list from here on.
        await until(pilot, lambda _text: row(four, 1).star and not app.desk.mentions._pending._looks)
        read: list[object] = []
        app.desk.mentions.apply = read.append  # type: ignore[method-assign]
        with four.writing() as conn:
            claims.begin_reply(conn, second, 3, "a desk of hers", clock.now() - timedelta(seconds=20))
        text = await until(pilot, lambda text: "Budi replying 0:20" in text)
        assert "tiga" in next(line for line in text.splitlines() if "Budi replying" in line)
        with four.writing() as conn:
            claims.end_reply(conn, 3, "a desk of hers")
        await until(pilot, lambda text: "replying" not in text)
        with four.writing() as conn:
            claims.begin_reply(conn, long_named, 3, "another desk", clock.now() - timedelta(seconds=20))
        await until(pilot, lambda text: "Maximil… replying 0:20" in text)
        assert not read


async def test_what_was_put_aside_comes_back_with_its_reason_though_no_service_runs(
    four: Store, db: Path, clock: FixedClock
) -> None:
    app = desk_app(db, clock)
    async with app.run_test(size=WIDE) as pilot:
        await pilot.press("z", "1")
        await until(pilot, lambda text: "3 open" in text)
        await until(pilot, lambda _text: row(four, 1).state is MentionState.SNOOZED)
        clock.move(timedelta(minutes=59))
        app.woke()
        await until(pilot, lambda text: "3 open" in text and "15:04" in text)
        clock.move(timedelta(minutes=1))
        app.woke()
        await until(pilot, lambda text: "4 open" in text and "(its time) satu" in text)


async def test_views_with_their_counts_and_queries_in_the_filter(four: Store, db: Path, clock: FixedClock) -> None:
    async with desk_app(db, clock).run_test(size=WIDE) as pilot:
        await pilot.press("A", "w")
        text = await until(pilot, lambda text: "Which view?" in text)
        line = next(line for line in text.splitlines() if "2  mine" in line)
        assert " 1 " in line
        await pilot.press("2")
        text = await until(pilot, lambda text: "1 shown" in text)
        assert "satu" in text and "dua" not in text
        await pilot.press("escape")
        await until(pilot, lambda text: "dua" in text)
        await pilot.press("slash", *"-is:mine tiga", "enter")
        text = await until(pilot, lambda text: "1 shown" in text and "tiga" in text)
        assert "dua" not in text
        await pilot.press("escape", "slash", *"is:nonsense")
        await until(pilot, lambda text: "nonsense" in text and "expected" in text)
        await pilot.press("escape")
        await until(pilot, lambda text: "shown" not in text and "empat" in text)


async def test_fields_and_values_of_a_query_are_completed(four: Store, db: Path, clock: FixedClock) -> None:
    async with desk_app(db, clock).run_test(size=WIDE) as pilot:
        await pilot.press("slash", *"plat", "tab", *"inst", "tab")
        await until(pilot, lambda text: "platform:instagram" in text.splitlines()[-1] and "4 shown" in text)
        await pilot.press("escape", "slash", *"is:un", "tab")
        await until(pilot, lambda text: "is:unassigned" in text.splitlines()[-1])


async def test_a_note_for_me_is_told_counted_and_found(four: Store, db: Path, clock: FixedClock, second: Actor) -> None:
    async with desk_app(db, clock).run_test(size=WIDE) as pilot:
        await until(pilot, lambda text: "tiga" in text)
        with four.writing() as conn:
            notes.add(conn, second, clock.now(), "@ana tolong dilihat", mention_id=3)
        await until(pilot, lambda text: "note for you by Budi" in text and "1 note for you" in text)
        await pilot.press("w")
        text = await until(pilot, lambda text: "note by Budi" in text)
        line = next(line for line in text.splitlines() if "note by Budi" in line)
        await pilot.press(line.split("note by Budi")[0].split()[-1])
        await until(pilot, lambda text: "tiga" in text and "@ana tolong dilihat" in text and "History" in text)
        await pilot.press("escape")
        await until(pilot, lambda text: "2 Mentions" in text and "note for you" not in text)


async def test_comments_are_liked_from_the_list_of_commands(four: Store, db: Path, clock: FixedClock) -> None:
    with four.writing() as conn:
        teams.put_account(conn, "facebook_page", "kopi", clock.now())
        mentions.apply(
            conn,
            [IncomingMention("facebook_page", "kopi", "f", MentionKind.COMMENT, "tamu", "Tamu", "mantap", None,
                             clock.now() - timedelta(hours=9))],
            {}, clock.now(),
        )  # fmt: skip
    app = desk_app(db, clock)
    async with app.run_test(size=WIDE) as pilot:
        await until(pilot, lambda text: "mantap" in text)
        await app.run_by_id("mention.like")
        await until(pilot, lambda text: "1 queued" in text)
        await pilot.press("u")
        await until(pilot, lambda text: "undone: liked" in text)
        await app.run_by_id("mention.merge")
        await until(pilot, lambda text: "mark two mentions" in text)
        await pilot.press("space", "space")
        await app.run_by_id("mention.merge")
        await until(pilot, lambda text: "one person now" in text)


async def test_what_changes_while_the_pane_is_hidden_is_whole_when_it_is_seen_again(
    four: Store, db: Path, clock: FixedClock
) -> None:
    app = desk_app(db, clock)
    async with app.run_test(size=WIDE) as pilot:
        await pilot.press("1", "plus")
        await until(pilot, lambda text: "2 Mentions" not in text)
        app.desk.mentions.redraw_lines([0, 1])
        await pilot.press("escape")
        await until(pilot, lambda text: "╭ 2 Mentions · 4 open" in text and "satu" in text)


async def test_a_claim_counts_its_seconds_and_nothing_else_is_drawn_or_read_for_that(
    four: Store, db: Path, clock: FixedClock, second: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = desk_app(db, clock)
    async with app.run_test(size=WIDE) as pilot:
        with four.writing() as conn:
            claims.begin_reply(conn, second, 3, "a desk of hers", clock.now())
        await until(pilot, lambda text: "Budi replying 0:00" in text)
        ticked: list[Pane] = []
        for pane in app.desk.panes:
            monkeypatch.setattr(pane, "tick", partial(ticked.append, pane))
        clock.move(timedelta(seconds=7))
        app._tick()
        await until(pilot, lambda text: "Budi replying 0:07" in text)
        assert ticked == []
        clock.move(timedelta(seconds=60))
        app._tick()
        await until(pilot, lambda _text: len(ticked) == 4)
