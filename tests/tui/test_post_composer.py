"""Writing posts: fields, versions, counts, preview, drafts, and what a colleague did meanwhile."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from textual.pilot import Pilot

from smdash.core.clock import FixedClock
from smdash.core.records import Actor, Category, Post, PostState
from smdash.core.slots import Slot
from smdash.store import assets, attachments, post_drafts, post_flow, posts, slots, teams
from smdash.store.connection import Store
from smdash.store.post_flow import Edit
from tests.desk import desk_app, plan_post
from tests.tui.conftest import until

WIDE = (120, 40)
SMALL = (80, 24)


@pytest.fixture
def places(store: Store, actor: Actor, second: Actor) -> Store:
    """Three accounts: bluesky, instagram, mastodon, chosen by 1, 2 and 3."""
    with store.writing() as conn:
        for platform in ("bluesky", "instagram", "mastodon"):
            teams.put_account(conn, platform, "kopi", store.clock.now())
    return store


def planned(store: Store) -> tuple[Post, ...]:
    with store.reading() as conn:
        return posts.select(conn)


async def open_new(pilot: Pilot[None]) -> None:
    await until(pilot, lambda text: "2 Mentions" in text)
    await pilot.press("N")
    await until(pilot, lambda text: "New post" in text and "goes to" in text)


async def choose(pilot: Pilot[None], *keys: str) -> None:
    """From the text, choose accounts and come back to the text."""
    await pilot.press("tab", "g", "enter")
    for key in keys:
        await until(pilot, lambda text: "Where does it go?" in text)
        await pilot.press(key)
        await pilot.pause()
    await until(pilot, lambda text: "Where does it go?" in text)
    await pilot.press("escape")
    await until(pilot, lambda text: "Where does it go?" not in text)
    await pilot.press("tab")


async def set_due(pilot: Pilot[None], typed: str) -> None:
    await pilot.press("tab", "g", "j", "enter")
    await until(pilot, lambda text: "When does it go out?" in text)
    await pilot.press(*typed, "enter")
    await until(pilot, lambda text: "When does it go out?" not in text)
    await pilot.press("tab")


async def pick(pilot: Pilot[None], label: str) -> None:
    """Open the field of this label."""
    await pilot.press("tab", "g")
    text = await until(pilot, lambda text: label in text)
    at = next(at for at, line in enumerate(text.splitlines()) if line.strip().startswith(label))
    await pilot.press(*("j" for _ in range(at)), "enter")


@pytest.mark.parametrize("size", [SMALL, WIDE])
async def test_a_post_is_written_given_a_time_and_scheduled(
    places: Store, db: Path, clock: FixedClock, size: tuple[int, int]
) -> None:
    async with desk_app(db, clock).run_test(size=size) as pilot:
        await open_new(pilot)
        await pilot.press(*"Cara seduh V60")
        await choose(pilot, "1", "3")
        await until(pilot, lambda text: "BS kopi 14/300" in text and "MA kopi 14/500" in text)
        await set_due(pilot, "besok 9")
        await until(pilot, lambda text: "Tuesday, 24 November 2026, 09:00 WIB, in 18h 55m" in text)
        await pilot.press("ctrl+s")
        await until(pilot, lambda text: "ready: it goes out on Tue 24 Nov 09:00 WIB" in text)
        assert planned(places) == ()
        await pilot.press("1")
        await until(pilot, lambda text: "post 1 goes out Tue 24 Nov 09:00 WIB" in text and "1 Today" in text)
    (post,) = planned(places)
    assert post.body == "Cara seduh V60" and post.shown == "scheduled"
    assert post.accounts == (("bluesky", "kopi"), ("mastodon", "kopi"))
    with places.reading() as conn:
        assert post_drafts.kept(conn, 1) is None


async def test_an_account_has_a_text_of_its_own(places: Store, db: Path, clock: FixedClock) -> None:
    async with desk_app(db, clock).run_test(size=WIDE) as pilot:
        await open_new(pilot)
        await pilot.press(*"Halo")
        await choose(pilot, "1", "3")
        await pilot.press("ctrl+t", *" biru")
        await until(pilot, lambda text: "BS kopi 9/300" in text and "MA kopi 4/500" in text and "BS kopi *" in text)
        await pilot.press("ctrl+t", "ctrl+t", *"!")
        text = await until(pilot, lambda text: "MA kopi 5/500" in text)
        assert "BS kopi 9/300" in text
        await pilot.press("ctrl+s")
        await until(pilot, lambda text: "is kept as a draft" in text)
    (post,) = planned(places)
    assert post.state is PostState.DRAFT
    assert (post.body, post.versions) == ("Halo!", ((("bluesky", "kopi"), "Halo biru"),))


async def test_a_thread_and_its_comment_are_counted_part_by_part(places: Store, db: Path, clock: FixedClock) -> None:
    async with desk_app(db, clock).run_test(size=WIDE) as pilot:
        await open_new(pilot)
        await pilot.press(*"Satu", "enter", *"---", "enter", *"Dua dua")
        await choose(pilot, "3")
        await pick(pilot, "first comment")
        await until(pilot, lambda text: "What does the account put below it itself?" in text)
        await pilot.press(*"Resep di bio", "enter")
        text = await until(pilot, lambda text: "MA kopi 4/500 7/500 12/500" in text)
        for words in ("MA kopi · 1/2 · 4/500", "MA kopi · 2/2 · 7/500", "MA kopi · first comment · 12/500"):
            assert words in text


async def test_what_speaks_against_it_is_said_while_it_is_typed(places: Store, db: Path, clock: FixedClock) -> None:
    async with desk_app(db, clock).run_test(size=WIDE) as pilot:
        await open_new(pilot)
        await choose(pilot, "2")
        await pilot.press(*"Satu", "enter", *"---", "enter", *"Dua")
        await until(pilot, lambda text: "instagram/kopi has no threads" in text and "remarks" in text)


@pytest.mark.parametrize("size", [SMALL, WIDE])
async def test_the_draft_is_kept_as_typed_and_thrown_away_only_on_demand(
    places: Store, db: Path, clock: FixedClock, size: tuple[int, int]
) -> None:
    async with desk_app(db, clock).run_test(size=size) as pilot:
        await open_new(pilot)
        await pilot.press(*"  Setengah [red]kalimat")
        await choose(pilot, "1")
        await pilot.press("escape")
        await until(pilot, lambda text: "2 Mentions" in text)
        assert planned(places) == ()
    async with desk_app(db, clock).run_test(size=size) as pilot:
        await open_new(pilot)
        await until(pilot, lambda text: "  Setengah [red]kalimat" in text and "your draft of" in text)
        await pilot.press("tab", "G", "enter")
        await until(pilot, lambda text: "Throw it away?" in text)
        await pilot.press("2")
        await until(pilot, lambda text: "2 Mentions" in text)
        await open_new(pilot)
        assert "Setengah" not in await until(pilot, lambda text: "New post" in text)


async def test_what_a_colleague_changed_meanwhile_is_not_written_over_unasked(
    places: Store, actor: Actor, second: Actor, db: Path, clock: FixedClock
) -> None:
    plan_post(places, actor, "Cara seduh V60", clock.now() + timedelta(hours=1))
    async with desk_app(db, clock).run_test(size=WIDE) as pilot:
        await pilot.press("1", "e")
        await until(pilot, lambda text: "Post 1" in text and "Cara seduh V60" in text)
        await pilot.press(*" ya")
        with places.writing() as conn:
            post_flow.edit(conn, second, 1, clock.now(), Edit(body="Cara seduh Aeropress"), "Asia/Jakarta")
        await pilot.press("ctrl+s")
        await until(pilot, lambda text: "somebody changed this post meanwhile" in text)
        assert planned(places)[0].body == "Cara seduh Aeropress"
        await pilot.press("ctrl+s")
        await until(pilot, lambda text: "post 1 goes out" in text)
    assert planned(places)[0].body == "Cara seduh V60 ya"


async def test_a_ready_post_without_a_time_is_a_draft_again(
    places: Store, actor: Actor, db: Path, clock: FixedClock
) -> None:
    plan_post(places, actor, "Cara seduh V60", clock.now() + timedelta(hours=1))
    async with desk_app(db, clock).run_test(size=WIDE) as pilot:
        await pilot.press("1", "e")
        await until(pilot, lambda text: "Post 1" in text)
        await set_due(pilot, "-")
        await until(pilot, lambda text: "no time yet" in text)
        await pilot.press("ctrl+s")
        await until(pilot, lambda text: "post 1 is kept as a draft" in text)
    (post,) = planned(places)
    assert post.state is PostState.DRAFT and post.due_at is None
    with places.reading() as conn:
        assert conn.execute("SELECT count(*) FROM delivery WHERE state <> 'cancelled'").fetchone() == (0,)


async def test_what_is_missing_is_said(places: Store, db: Path, clock: FixedClock) -> None:
    async with desk_app(db, clock).run_test(size=SMALL) as pilot:
        await open_new(pilot)
        await set_due(pilot, "besok 9")
        await pilot.press("ctrl+s")
        await until(pilot, lambda text: "What is it now?" in text)
        await pilot.press("1")
        await until(pilot, lambda text: "choose an account first" in text)
        await choose(pilot, "1")
        await pilot.press("ctrl+s", "1")
        await until(pilot, lambda text: "write something first" in text)
        await pilot.press("tab", "g", "j", "enter")
        await until(pilot, lambda text: "When does it go out?" in text)
        await pilot.press(*"kemarin", "enter")
        await until(pilot, lambda text: "“kemarin” is not a time" in text)
    assert planned(places) == ()


async def test_a_hard_sell_asks_for_its_offer_and_until_when(places: Store, db: Path, clock: FixedClock) -> None:
    async with desk_app(db, clock).run_test(size=(160, 45)) as pilot:
        await open_new(pilot)
        await choose(pilot, "2")
        await pilot.press(*"Diskon")
        await pilot.press("tab", "g", "j", "j", "enter")
        await until(pilot, lambda text: "What kind of content?" in text)
        await pilot.press("4")
        await until(pilot, lambda text: "no end" in text)
        await until(pilot, lambda text: "a hard sell should name its offer and until when" in text)
        await pilot.press("g", "j", "j", "j", "j", "j", "enter")
        await until(pilot, lambda text: "What does it offer?" in text)
        await pilot.press(*"30%", "enter")
        await until(pilot, lambda text: "a hard sell should say until when" in text)
        await pilot.press("ctrl+s")
        await until(pilot, lambda text: "is kept as a draft" in text)
    assert (planned(places)[0].category, planned(places)[0].offer) == (Category.HARD_SELL, "30%")


async def test_where_approval_is_required_it_goes_to_review(places: Store, db: Path, clock: FixedClock) -> None:
    with places.writing() as conn:
        teams.put(conn, "approval", "required")
    async with desk_app(db, clock).run_test(size=WIDE) as pilot:
        await open_new(pilot)
        await pilot.press(*"Halo")
        await choose(pilot, "1")
        await set_due(pilot, "besok 9")
        await pilot.press("ctrl+s")
        text = await until(pilot, lambda text: "for approval: it goes out on Tue 24 Nov 09:00 WIB" in text)
        assert "ready:" not in text
        await pilot.press("1")
        await until(pilot, lambda text: "post 1 waits for approval" in text)
    assert planned(places)[0].state is PostState.REVIEW


async def test_the_next_post_begins_where_the_last_one_went(
    places: Store, actor: Actor, db: Path, clock: FixedClock
) -> None:
    plan_post(places, actor, "Cara seduh V60", clock.now() + timedelta(hours=1))
    async with desk_app(db, clock).run_test(size=WIDE) as pilot:
        await open_new(pilot)
        await until(pilot, lambda text: "IG kopi 0/2,200" in text)


async def test_a_read_only_desk_says_so_and_keeps_the_text(places: Store, db: Path, clock: FixedClock) -> None:
    async with desk_app(db, clock, read_only=True).run_test(size=WIDE) as pilot:
        await open_new(pilot)
        await pilot.press(*"Halo")
        await choose(pilot, "1")
        await pilot.press("ctrl+s")
        text = await until(pilot, lambda text: "read-only" in text)
        assert "Halo" in text


async def test_a_file_is_attached_and_described(places: Store, db: Path, clock: FixedClock, tmp_path: Path) -> None:
    from PIL import Image

    picture = tmp_path / "biji kopi.png"
    Image.new("RGB", (40, 30), "brown").save(picture)
    async with desk_app(db, clock).run_test(size=WIDE) as pilot:
        await open_new(pilot)
        await pilot.press(*"Halo")
        await choose(pilot, "1")
        await pick(pilot, "files")
        await until(pilot, lambda text: "Which file?" in text)
        await pilot.press(*f"'{picture}'", "enter")
        await until(pilot, lambda text: "What is to be seen or heard in biji kopi.png?" in text)
        await until(pilot, lambda text: "no alternative text for file 1" in text)
        await pilot.press(*"Biji kopi", "enter")
        await until(pilot, lambda text: "biji kopi.png (described)" in text and "no alternative text" not in text)
        await pilot.press("ctrl+s")
        await until(pilot, lambda text: "post 1 is kept as a draft" in text)
    with places.reading() as conn:
        (one,) = attachments.of_post(conn, 1)
        assert (one.name, one.probe.alt, one.probe.width) == ("biji kopi.png", "Biji kopi", 40)
        assert post_drafts.kept(conn, 1) is None and post_drafts.kept(conn, 1, 1) is None


async def test_what_is_no_picture_is_refused_and_nothing_typed_is_lost(
    places: Store, db: Path, clock: FixedClock, tmp_path: Path
) -> None:
    (tmp_path / "x.png").write_text("bukan gambar")
    async with desk_app(db, clock).run_test(size=SMALL) as pilot:
        await open_new(pilot)
        await pilot.press(*"Halo")
        for name in ("x.png", "tidak-ada.png"):
            await pick(pilot, "files")
            await until(pilot, lambda text: "Which file?" in text)
            await pilot.press(*str(tmp_path / name), "enter")
            await until(pilot, lambda text: "Which file?" not in text and "tab fields" not in text)
            await pilot.press("tab")
        await until(pilot, lambda text: "Halo" in text)


async def test_something_is_asked_of_a_designer(places: Store, db: Path, clock: FixedClock) -> None:
    async with desk_app(db, clock).run_test(size=WIDE) as pilot:
        await open_new(pilot)
        await pilot.press(*"Halo")
        await choose(pilot, "1")
        await pick(pilot, "to be made")
        await until(pilot, lambda text: "What is to be made?" in text)
        await pilot.press(*"foto 4:5", "enter")
        await until(pilot, lambda text: "Who makes it?" in text)
        await pilot.press("enter")
        await until(pilot, lambda text: "Until when?" in text)
        await pilot.press(*"besok 9", "enter")
        await until(pilot, lambda text: "foto 4:5 (" in text and "Tue 24 Nov 09:00" in text)
        with places.reading() as conn:
            (one,) = assets.of_post(conn, 1)
            assert one.what == "foto 4:5" and planned(places)[0].state is PostState.DRAFT
        # Whoever was asked sees it, and says when it is made.
        await pilot.press("escape")
        await until(pilot, lambda text: "2 Mentions" in text)
        with places.writing() as conn:
            conn.execute("UPDATE asset SET owner_id = 1")
        await pilot.app.run_by_id("assets")  # type: ignore[attr-defined]
        await until(pilot, lambda text: "Asked of you" in text and "foto 4:5 · post 1" in text)
        await pilot.press("1")
        await until(pilot, lambda text: "look at the post" in text)
        await pilot.press("1")
        await until(pilot, lambda text: "look at the post" not in text)
        await pilot.app.run_by_id("assets")  # type: ignore[attr-defined]
        await until(pilot, lambda text: "nothing is asked of you" in text)


async def test_the_next_empty_slot_is_offered_and_taken(places: Store, db: Path, clock: FixedClock) -> None:
    with places.writing() as conn:
        slots.replace(conn, [Slot(5, "09:00", "bluesky/kopi"), Slot(4, "16:30", "mastodon/kopi")])
    async with desk_app(db, clock).run_test(size=WIDE) as pilot:
        await open_new(pilot)
        await choose(pilot, "1")
        await until(pilot, lambda text: "the next empty slot: Fri 27 Nov 09:00" in text)
        await set_due(pilot, "slot")
        await until(pilot, lambda text: "Friday, 27 November 2026, 09:00 WIB" in text)
