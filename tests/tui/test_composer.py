"""Writing replies: the text, its count, saved replies, drafts, and what a colleague did meanwhile."""

from __future__ import annotations

from pathlib import Path

import pytest

from smdash.core.clock import FixedClock
from smdash.core.errors import InputError
from smdash.core.records import Actor
from smdash.store import claims, inbox, replies, saved_replies, teams
from smdash.store.connection import Store
from tests.desk import arrive, desk_app
from tests.tui.conftest import until

WIDE = (120, 40)
LIMITS = '{"max_characters": 1000}'


@pytest.fixture
def asked(store: Store, actor: Actor, second: Actor) -> Store:
    with store.writing() as conn:
        teams.put_account(conn, "instagram", "kopi", store.clock.now())
    arrive(store, "Buka jam berapa?", "Ada diskon?")
    return store


def queued(store: Store) -> list[tuple[int, str, str]]:
    with store.reading() as conn:
        return conn.execute("SELECT mention_id, state, body FROM delivery ORDER BY id").fetchall()


async def test_a_reply_is_queued_seen_on_its_row_and_taken_back_as_a_draft(
    asked: Store, db: Path, clock: FixedClock
) -> None:
    async with desk_app(db, clock).run_test(size=WIDE) as pilot:
        await pilot.press("r")
        await until(pilot, lambda text: "0/300" in text and "Buka jam berapa?" in text)
        await pilot.press(*"Jam 8 kak")
        await until(pilot, lambda text: "9/300" in text and "Jam 8 kak" in text)
        await pilot.press("ctrl+s")
        text = await until(pilot, lambda text: "queued; u takes it back" in text and "queued 0:10" in text)
        assert "queued 0:10" in next(line for line in text.splitlines() if "Buka jam" in line)
        assert queued(asked) == [(1, "queued", "Jam 8 kak")]
        # The next one is under the cursor: two keys a mention.
        await pilot.press("r")
        await until(pilot, lambda text: "0/300" in text and "Ada diskon?" in text)
        await pilot.press("escape")
        await until(pilot, lambda text: "2 Mentions" in text)
        await pilot.press("u")
        await until(pilot, lambda text: "undone: replied" in text and "queued 0:" not in text)
        assert queued(asked) == [(1, "cancelled", "Jam 8 kak")]
        await pilot.press("k", "r")
        await until(pilot, lambda text: "Jam 8 kak" in text and "9/300" in text)


async def test_the_count_is_what_the_server_will_count(asked: Store, db: Path, clock: FixedClock, actor: Actor) -> None:
    """On Mastodon the author's name goes before the answer; how long that may be is the server's own word."""
    with asked.writing() as conn:
        conn.execute("UPDATE account SET platform = 'mastodon', url = 'https://kopi.example', limits = ?", (LIMITS,))
        conn.execute("UPDATE mention SET author_handle = 'rina@toko.example'")
    async with desk_app(db, clock).run_test(size=WIDE) as pilot:
        await pilot.press("r", *"Jam 8")
        await until(pilot, lambda text: "11/1,000" in text)
    for text, fits in (("a" * 994, True), ("a" * 995, False)):
        with asked.writing() as conn:
            if fits:
                replies.send(conn, actor, 1, text, clock.now())
            else:
                with pytest.raises(InputError, match="1,001 of 1,000"):
                    replies.send(conn, actor, 2, text, clock.now())


async def test_what_is_typed_is_kept_when_one_leaves(asked: Store, db: Path, clock: FixedClock) -> None:
    async with desk_app(db, clock).run_test(size=WIDE) as pilot:
        await pilot.press("r", *"Jam 8")
        await until(pilot, lambda text: "5/300" in text)
        await pilot.press("escape")
        await until(pilot, lambda text: "2 Mentions" in text)
    with asked.reading() as conn:
        assert replies.draft(conn, 1, 1) == "Jam 8"
        assert conn.execute("SELECT count(*) FROM claim WHERE kind = 'reply'").fetchone() == (0,)


async def test_a_saved_reply_is_filled_and_its_open_fields_are_asked_for(
    asked: Store, db: Path, clock: FixedClock, actor: Actor
) -> None:
    with asked.writing() as conn:
        saved_replies.add(conn, actor, clock.now(), "jam", "Hai {first_name}, cek {order_url} ya")
    async with desk_app(db, clock).run_test(size=WIDE) as pilot:
        await pilot.press("m")
        await until(pilot, lambda text: "Which saved reply?" in text)
        await pilot.press("1")
        await until(pilot, lambda text: "Hai Tamu, cek {order_url} ya" in text)
        await pilot.press("ctrl+s")
        await until(pilot, lambda text: "fill in {order_url} first" in text)
        assert queued(asked) == []


async def test_who_else_is_on_it_and_who_was_faster(asked: Store, db: Path, clock: FixedClock, second: Actor) -> None:
    with asked.writing() as conn:
        claims.begin_reply(conn, second, 1, "hers", clock.now())
    async with desk_app(db, clock).run_test(size=WIDE) as pilot:
        await until(pilot, lambda text: "Budi replying 0:00" in text)
        await pilot.press("r")
        await until(pilot, lambda text: "Budi is writing a reply to this" in text)
        with asked.writing() as conn:
            replies.send(conn, second, 1, "Jam 8", clock.now())
        await pilot.press(*"Jam delapan", "ctrl+s")
        await until(pilot, lambda text: "Budi answered this at" in text and "Jam delapan" in text)
        assert len(queued(asked)) == 1
        await pilot.press("ctrl+s")
        await until(pilot, lambda text: "queued; u takes it back" in text)
    assert [row[2] for row in queued(asked)] == ["Jam 8", "Jam delapan"]


async def test_a_note_that_names_a_colleague(asked: Store, db: Path, clock: FixedClock) -> None:
    async with desk_app(db, clock).run_test(size=WIDE) as pilot:
        await pilot.press("c")
        await until(pilot, lambda text: "A note for the team" in text)
        await pilot.press(*"@budi tolong cek", "enter")
        await until(pilot, lambda text: "noted; Budi will see it" in text)
    with asked.reading() as conn:
        found = inbox.whole(conn, 1)
    assert found is not None and [one.verb for one in found.history] == ["note"]


async def test_the_person_behind_a_mention(asked: Store, db: Path, clock: FixedClock) -> None:
    async with desk_app(db, clock).run_test(size=WIDE) as pilot:
        await pilot.press("p")
        text = await until(pilot, lambda text: "wrote for the first time · 1 mention" in text)
        assert "IG  tamu0  Tamu 0" in text and "Buka jam berapa?" in text
        await pilot.press("c", *"suka kopi susu", "enter")
        await until(pilot, lambda text: "suka kopi susu" in text and "none yet" not in text)
        await pilot.press("u")
        await until(pilot, lambda text: "none yet; c writes one" in text)
        await pilot.press("escape")
        await until(pilot, lambda text: "2 Mentions" in text)


async def test_a_draft_that_cannot_be_kept_is_not_thrown_away_unasked(
    asked: Store, db: Path, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("smdash.store.connection.BUSY_TIMEOUT_MS", 200)
    async with desk_app(db, clock).run_test(size=WIDE) as pilot:
        await pilot.press("r")
        await until(pilot, lambda text: "0/300" in text)
        with asked.writing():
            await pilot.press(*"Jam 8", "escape")
            await until(pilot, lambda text: "the draft is not kept" in text and "Jam 8" in text)
        await pilot.press("!", "escape")
        await until(pilot, lambda text: "2 Mentions" in text)
        with asked.reading() as conn:
            assert replies.draft(conn, 1, 1) == "Jam 8!"
        await pilot.press("r")
        await until(pilot, lambda text: "Jam 8!" in text)
        with asked.writing():
            await pilot.press("?", "escape")
            await until(pilot, lambda text: "the draft is not kept" in text)
            await pilot.press("escape")
            await until(pilot, lambda text: "2 Mentions" in text)
