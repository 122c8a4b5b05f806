"""Approving in the dashboard: keys on posts, the screen of what waits for a member, marks, refusals, others' changes."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from smdash.core.clock import FixedClock
from smdash.core.records import Actor, Category, DeliveryState, PostState
from smdash.store import outbox, post_flow, posts, resolving, teams
from smdash.store.connection import Store
from smdash.store.post_flow import Edit
from tests.conftest import member
from tests.desk import desk_app, plan_post
from tests.tui.conftest import screen_text, until

WIDE = (120, 40)
SMALL = (80, 24)
SIZES = [SMALL, WIDE, (160, 45)]
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


@pytest.fixture
def third(store: Store) -> Actor:
    return member(store, "cici", "Cici")


@pytest.fixture
def waiting(store: Store, actor: Actor, second: Actor) -> Store:
    """Two of Budi's posts of today wait for two approvals, one of Ana's own, and one that is ready already."""
    now = store.clock.now()
    plan_post(store, second, "Sudah siap", now + 4 * HOUR)
    with store.writing() as conn:
        teams.put(conn, "approval", "several")
    plan_post(store, second, "Cara seduh V60\n\nbaris kedua yang hanya terlihat utuh", now + 25 * MINUTE)
    plan_post(store, second, "Cerita petani Gayo", now + 3 * HOUR)
    plan_post(store, actor, "Milik Ana sendiri", now + 2 * HOUR)
    return store


def state(store: Store, post_id: int) -> PostState:
    with store.reading() as conn:
        return posts.get(conn, post_id).state


def names(store: Store, post_id: int) -> list[str]:
    with store.reading() as conn:
        return [one.by for one in posts.get(conn, post_id).approvals]


def approve(store: Store, who: Actor, post_id: int) -> None:
    with store.writing() as conn:
        post_flow.approve(conn, who, post_id, store.clock.now())


def edit(store: Store, who: Actor, post_id: int, body: str) -> None:
    with store.writing() as conn:
        post_flow.edit(conn, who, post_id, store.clock.now(), Edit(body=body), "Asia/Jakarta")


async def test_todays_title_counts_what_this_member_may_approve(
    waiting: Store, db: Path, clock: FixedClock, second: Actor, third: Actor
) -> None:
    plan_post(waiting, second, "Besok lusa", waiting.clock.now() + 50 * HOUR)
    app = desk_app(db, clock)
    async with app.run_test(size=WIDE) as pilot:
        # Two of today and one of another day, none of one's own.
        await until(pilot, lambda text: "1 Today · 4 posts · 3 to approve" in text)
        edit(waiting, second, 3, "Cerita petani Gayo 2")
        approve(waiting, third, 2)
        await until(pilot, lambda text: "3 to approve" in text)
        await pilot.press("1", "v")
        await until(pilot, lambda text: "2 to approve" in text)
        # What nobody approves by its time expires, and nobody can approve it any more.
        clock.move(4 * HOUR)
        app._tick()
        await until(pilot, lambda text: "1 to approve" in text)


@pytest.mark.parametrize("size", SIZES)
async def test_a_key_approves_in_the_list_of_today_and_undo_takes_it_back(
    waiting: Store, db: Path, clock: FixedClock, third: Actor, size: tuple[int, int]
) -> None:
    async with desk_app(db, clock).run_test(size=size) as pilot:
        await pilot.press("1")
        await until(pilot, lambda text: "Cara seduh V60" in text and "v approve" in text)
        await pilot.press("v")
        await until(pilot, lambda text: "approved; 1 more member has to; u takes it back" in text)
        assert (names(waiting, 2), state(waiting, 2)) == (["Ana"], PostState.REVIEW)
        await pilot.press("v")
        await until(pilot, lambda text: "you approved post 2 already; 1 more member has to" in text)
        approve(waiting, third, 2)
        await until(pilot, lambda text: "in 25m" in text)
        await pilot.press("u")
        await until(pilot, lambda text: "the approval stays" in text)
        assert state(waiting, 2) is PostState.READY


async def test_the_last_approval_says_when_it_goes_out_and_is_taken_back_while_nothing_has_begun(
    waiting: Store, db: Path, clock: FixedClock, third: Actor
) -> None:
    approve(waiting, third, 2)
    async with desk_app(db, clock).run_test(size=SMALL) as pilot:
        await pilot.press("1", "v")
        await until(pilot, lambda text: "approved: post 2 goes out Mon 23 Nov 14:30" in text and "in 25m" in text)
        await pilot.press("u")
        await until(pilot, lambda text: "undone: approved, 1 row" in text and "in review" in text)
        assert (state(waiting, 2), names(waiting, 2)) == (PostState.REVIEW, ["Cici"])
        await pilot.press("v")
        await until(pilot, lambda text: "goes out Mon 23 Nov 14:30" in text and "in 25m" in text)
        with waiting.writing() as conn:
            (order,) = outbox.due(conn, clock.now() + HOUR, ())
            outbox.begin(conn, order, clock.now())
        await pilot.press("u")
        await until(pilot, lambda text: "it is on its way, held or changed since" in text)


async def test_all_marked_are_approved_and_what_is_refused_stays_marked_with_its_reason(
    waiting: Store, db: Path, clock: FixedClock
) -> None:
    app = desk_app(db, clock)
    async with app.run_test(size=WIDE) as pilot:
        await pilot.press("1")
        await until(pilot, lambda text: "Milik Ana" in text)
        await pilot.press("asterisk", "v")
        text = await until(pilot, lambda text: "2 posts approved, 2 wait for others; not 2: post 4 is yours" in text)
        assert "2 marked" in text
        assert app.desk.panes[0].marks == {1, 4}
        assert (names(waiting, 2), names(waiting, 3), names(waiting, 4)) == (["Ana"], ["Ana"], [])
        # One step of undo for all of them.
        await pilot.press("u")
        await until(pilot, lambda text: "undone: approved, 2 rows" in text)
        assert (names(waiting, 2), names(waiting, 3)) == ([], [])


async def test_sent_back_with_a_typed_reason_and_without_one_nothing_happens(
    waiting: Store, db: Path, clock: FixedClock
) -> None:
    async with desk_app(db, clock).run_test(size=SMALL) as pilot:
        await pilot.press("1", "x")
        await until(pilot, lambda text: "Why does post 2 go back to Budi?" in text)
        await pilot.press("escape")
        await until(pilot, lambda text: "Why does" not in text)
        await pilot.press("x", *"harga salah", "enter")
        await until(pilot, lambda text: "post 2 is sent back to Budi" in text)
        assert state(waiting, 2) is PostState.DRAFT
        await pilot.press("enter")
        await until(pilot, lambda text: "sent back by Ana, Mon 23 Nov 14:05" in text and "harga salah" in text)
        await pilot.press("x")
        await until(pilot, lambda text: "post 2 is “draft”" in text)
        await pilot.press("u")
        await until(pilot, lambda text: "waits for 2 of 2 approvals" in text)


async def test_a_post_says_where_it_is_on_its_way_and_takes_the_same_keys(
    waiting: Store, db: Path, clock: FixedClock, third: Actor
) -> None:
    with waiting.writing() as conn:
        teams.put(conn, "approvers", 3)
    approve(waiting, third, 2)
    async with desk_app(db, clock).run_test(size=SMALL) as pilot:
        await pilot.press("1", "enter")
        text = await until(pilot, lambda text: "waits for 2 of 3 approvals" in text)
        assert "approved by Cici (Mon 23 Nov 14:05" in text and "asked by Budi, Mon 23 Nov 14:05" in text
        assert "goes out Mon 23 Nov 14:30" in text and "else it expires" in text
        assert text.count("recorded, not verified") == 1 and "none yet: the post is not ready" in text
        for hint in ("v approve", "x send back", "h hold", "D decide", "u undo"):
            assert hint in text.splitlines()[-1]
        await pilot.press("h")
        await until(pilot, lambda text: "nothing of post 2 waits to go out" in text)
        await pilot.press("v")
        await until(pilot, lambda text: "waits for 1 of 3 approvals" in text and "Ana (Mon" in text)
        text = await until(pilot, lambda text: "you approved post 2 already" in text)
        await pilot.press("escape", "G", "enter")
        text = await until(pilot, lambda text: "Sudah siap" in text)
        assert "approv" not in text.replace("v approve", "")


async def test_of_ones_own_post_it_says_that_somebody_else_has_to(waiting: Store, db: Path, clock: FixedClock) -> None:
    async with desk_app(db, clock).run_test(size=SMALL) as pilot:
        await pilot.press("1", "j", "enter")
        await until(pilot, lambda text: "Milik Ana" in text and "somebody else has to approve it" in text)


async def test_what_others_changed_a_moment_before_is_looked_at_again(
    waiting: Store, db: Path, clock: FixedClock, second: Actor
) -> None:
    app = desk_app(db, clock)
    async with app.run_test(size=SMALL) as pilot:
        await pilot.press("1", "enter")
        await until(pilot, lambda text: "waits for 2 of 2" in text)
        app._watcher.stop()  # type: ignore[union-attr]  # the news is on its way
        app._watcher.join()  # type: ignore[union-attr]
        edit(waiting, second, 2, "Harga Rp 1")
        await pilot.press("v")
        await until(pilot, lambda text: "Budi changed post 2 meanwhile; look at it again" in text)
        assert names(waiting, 2) == []


async def test_held_and_let_go_again_by_the_same_key(waiting: Store, db: Path, clock: FixedClock) -> None:
    async with desk_app(db, clock).run_test(size=SMALL) as pilot:
        await pilot.press("1", "G", "h")
        await until(pilot, lambda text: "post 1 is held; the same key lets it go again" in text and "18:05 ‖" in text)
        await pilot.press("h")
        await until(pilot, lambda text: "post 1 goes out Mon 23 Nov 18:05" in text)
        with waiting.reading() as conn:
            assert [one.state for one in posts.get(conn, 1).deliveries] == [DeliveryState.QUEUED]
            # Nobody said that it is not out.
            assert resolving.attempts(conn, 1) == []


async def test_pressed_twice_at_once_it_holds_and_lets_go(waiting: Store, db: Path, clock: FixedClock) -> None:
    async with desk_app(db, clock).run_test(size=SMALL) as pilot:
        await pilot.press("1", "G", "h", "h")
        await until(pilot, lambda text: "post 1 goes out Mon 23 Nov 18:05" in text)
        await pilot.press("h", "h", "h")
        await until(pilot, lambda text: "post 1 is held" in text and "18:05 ‖" in text)


async def test_all_marked_are_held_and_what_can_t_be_is_said(waiting: Store, db: Path, clock: FixedClock) -> None:
    async with desk_app(db, clock).run_test(size=WIDE) as pilot:
        await pilot.press("1", "asterisk", "h")
        await until(pilot, lambda text: "post 1 is held" in text and "not 3: nothing of post 2 waits" in text)


async def test_what_would_go_out_at_once_is_asked_first(
    waiting: Store, db: Path, clock: FixedClock, actor: Actor
) -> None:
    with waiting.writing() as conn:
        resolving.hold_post(conn, actor, 1, clock.now())
    clock.move(5 * HOUR)
    async with desk_app(db, clock).run_test(size=SMALL) as pilot:
        await pilot.press("1", "G", "h")
        text = await until(pilot, lambda text: "The time has passed: it would go out now" in text)
        assert "keep it held" in text
        await pilot.press("enter")
        await until(pilot, lambda text: "keep it held" not in text)
        with waiting.reading() as conn:
            assert posts.get(conn, 1).shown == "held"
        await pilot.press("h", "2")
        await until(pilot, lambda text: "post 1 goes out now" in text)
        with waiting.reading() as conn:
            (one,) = posts.get(conn, 1).deliveries
            assert (one.state, one.due_at) == (DeliveryState.QUEUED, clock.now())


@pytest.mark.parametrize("size", SIZES)
async def test_the_calendar_takes_the_same_keys(
    waiting: Store, db: Path, clock: FixedClock, size: tuple[int, int]
) -> None:
    async with desk_app(db, clock).run_test(size=size) as pilot:
        await pilot.press("right_square_bracket", "right_square_bracket")
        await until(pilot, lambda text: "14:30" in text and "v approve" in text)
        await pilot.press("v")
        await until(pilot, lambda text: "approved; 1 more member has to" in text)
        await pilot.press("x", *"x", "enter")
        await until(pilot, lambda text: "post 2 is sent back to Budi" in text)
        await pilot.press("u")
        await until(pilot, lambda text: "undone: sent back" in text)
        assert names(waiting, 2) == ["Ana"]
        await pilot.press("w")
        await until(pilot, lambda text: "Awaiting you · 1 post" in text)
        await pilot.press("escape", "right")
        await until(pilot, lambda text: "No posts on Tue 24 Nov" in text or "Tue 24 Nov · no posts" in text)
        await pilot.press("v")
        await until(pilot, lambda text: "there is no post on this day" in text)


# What waits for this member.


@pytest.mark.parametrize("size", SIZES)
async def test_what_waits_is_listed_by_time_with_all_that_one_must_know(
    waiting: Store, db: Path, clock: FixedClock, second: Actor, third: Actor, size: tuple[int, int]
) -> None:
    approve(waiting, third, 3)
    plan_post(waiting, third, "Besok", clock.now() + 20 * HOUR)
    async with desk_app(db, clock).run_test(size=size) as pilot:
        await pilot.press("1", "w")
        text = await until(pilot, lambda text: "Awaiting you · 3 posts" in text and "baris kedua" in text)
        lines = text.splitlines()
        first, then, last = (next(at for at, line in enumerate(lines) if f"{hour} " in line and "needs" in line)
                             for hour in ("14:30", "17:05", "10:05"))  # fmt: skip
        assert first < then < last
        assert "needs 2 of 2" in lines[first] and "in 25m" in lines[first] and "IG" in lines[first]
        assert "needs 1 of 2" in lines[then]
        assert "Cara seduh V60" in lines[first + 1] and "Budi" in lines[first + 1]
        # The post under the cursor, whole.
        assert "instagram/kopi" in text and "waits for 2 of 2 approvals" in text and "asked by Budi" in text
        for hint in ("enter open", "v approve", "x send back", "u undo", "esc back"):
            assert hint in lines[-1]
        await pilot.press("j")
        await until(pilot, lambda text: "approved by Cici" in text and "Post 3" in text)
        await pilot.press("enter")
        await until(pilot, lambda text: "Deliveries" in text and "D decide" in text)
        await pilot.press("escape")
        await until(pilot, lambda text: "Awaiting you · 3 posts" in text)
        await pilot.press("q")
        await until(pilot, lambda text: "1 Today" in text)


async def test_deciding_goes_to_the_next_and_undo_brings_it_back(
    waiting: Store, db: Path, clock: FixedClock, third: Actor
) -> None:
    approve(waiting, third, 2)
    async with desk_app(db, clock).run_test(size=SMALL) as pilot:
        await pilot.press("1", "w")
        await until(pilot, lambda text: "Awaiting you · 2 posts" in text and "Post 2" in text)
        await pilot.press("v")
        await until(
            pilot, lambda text: "approved: post 2 goes out" in text and "· 1 post " in text and "Post 3" in text
        )
        await pilot.press("x", *"fotonya buram", "enter")
        await until(pilot, lambda text: "Nothing waits for your approval." in text and "recorded, not verified" in text)
        assert (state(waiting, 2), state(waiting, 3)) == (PostState.READY, PostState.DRAFT)
        await pilot.press("v")
        await until(pilot, lambda text: "nothing waits for your approval" in text)
        await pilot.press("u")
        await until(pilot, lambda text: "Awaiting you · 1 post" in text and "Cerita petani" in text)
        await pilot.press("u")
        await until(pilot, lambda text: "Awaiting you · 2 posts" in text and "Cara seduh" in text)
        assert (state(waiting, 2), names(waiting, 2)) == (PostState.REVIEW, ["Cici"])
        await pilot.press("u")
        await until(pilot, lambda text: "there is nothing of yours to undo" in text)


async def test_fast_fingers_decide_about_each_post_once(
    waiting: Store, db: Path, clock: FixedClock, second: Actor
) -> None:
    for at in range(8):
        plan_post(waiting, second, f"nomor {at}", clock.now() + (5 + at) * HOUR)
    async with desk_app(db, clock).run_test(size=WIDE) as pilot:
        await pilot.press("1", "w")
        await until(pilot, lambda text: "Awaiting you · 10 posts" in text)
        await pilot.press(*"vvvvv")
        await until(pilot, lambda text: "Awaiting you · 5 posts" in text and "approved; 1 more" in text)
    with waiting.reading() as conn:
        given = {post.id: len(post.approvals) for post in posts.awaiting(conn)}
    assert given == {2: 1, 3: 1, 4: 0} | {5 + at: int(at < 3) for at in range(8)}


async def test_what_others_do_meanwhile_shows_and_what_is_refused_comes_back(
    waiting: Store, db: Path, clock: FixedClock, second: Actor, third: Actor
) -> None:
    app = desk_app(db, clock)
    async with app.run_test(size=WIDE) as pilot:
        await pilot.press("1", "w")
        await until(pilot, lambda text: "Awaiting you · 2 posts" in text and "Post 2" in text)
        approve(waiting, third, 2)
        await until(pilot, lambda text: "needs 1 of 2" in text and "approved by Cici" in text)
        edit(waiting, second, 2, "Teks yang lain sama sekali")
        text = await until(pilot, lambda text: text.count("Teks yang lain") == 2)
        assert text.count("needs 2 of 2") == 2
        with waiting.writing() as conn:
            post_flow.reject(conn, third, 2, clock.now(), "x")
        await until(pilot, lambda text: "Awaiting you · 1 post" in text and "Post 3" in text)
        app._watcher.stop()  # type: ignore[union-attr]
        app._watcher.join()  # type: ignore[union-attr]
        edit(waiting, second, 3, "Harga Rp 1")
        await pilot.press("v")
        await until(pilot, lambda text: "Budi changed post 3 meanwhile" in text and "Awaiting you · 1 post" in text)
        assert names(waiting, 3) == []
        # By now it shows what it is, and can be approved.
        await until(pilot, lambda text: text.count("Harga Rp 1") == 2)
        await pilot.press("v")
        await until(pilot, lambda text: "approved; 1 more member has to" in text)
        assert names(waiting, 3) == ["Ana"]


async def test_what_expires_leaves_the_list_by_the_clock_alone(waiting: Store, db: Path, clock: FixedClock) -> None:
    app = desk_app(db, clock)
    async with app.run_test(size=SMALL) as pilot:
        await pilot.press("1", "w")
        await until(pilot, lambda text: "Awaiting you · 2 posts" in text)
        clock.move(25 * MINUTE)
        app._tick()
        await until(pilot, lambda text: "Awaiting you · 1 post" in text and "Cara seduh" not in text)


async def test_the_list_of_commands_opens_it_from_anywhere_and_approves_nothing_unseen(
    waiting: Store, db: Path, clock: FixedClock
) -> None:
    app = desk_app(db, clock)
    async with app.run_test(size=SMALL) as pilot:
        await pilot.press("2", "colon")
        await until(pilot, lambda text: "words of a command" in text)
        await pilot.press(*"waits for your")
        await until(pilot, lambda text: "What waits for your approval" in text)
        await pilot.press("enter")
        await until(pilot, lambda text: "Awaiting you · 2 posts" in text)
        await pilot.press("escape")
        with app._context():
            await app.run_by_id("post.approve")
        await until(pilot, lambda text: "choose a post first: 1 goes to Today" in text)
        assert names(waiting, 2) == []


@pytest.mark.parametrize("key", ["v", "x", "h"])
async def test_a_read_only_desk_says_so(waiting: Store, db: Path, clock: FixedClock, key: str) -> None:
    async with desk_app(db, clock, read_only=True).run_test(size=WIDE) as pilot:
        await pilot.press("1")
        await until(pilot, lambda text: "2 to approve" in text)
        await pilot.press(key)
        await until(pilot, lambda text: "read-only" in text.splitlines()[-2])
        assert "Why does" not in screen_text(pilot)
        await pilot.press("w", key)
        await until(pilot, lambda text: "Awaiting you" in text and (key == "h" or "read-only" in text.splitlines()[-1]))
        # What could not be written is on the list still.
        await until(pilot, lambda text: "Awaiting you · 2 posts" in text)
        assert (names(waiting, 2), state(waiting, 2)) == ([], PostState.REVIEW)


@pytest.mark.parametrize("size", [(32, 8), (46, 14), (60, 20), (100, 30)])
async def test_it_can_be_used_in_any_terminal(
    waiting: Store, db: Path, clock: FixedClock, size: tuple[int, int]
) -> None:
    app = desk_app(db, clock)
    async with app.run_test(size=size) as pilot:
        with app._context():
            await app.run_by_id("post.awaiting")
        text = await until(pilot, lambda text: "Awaiting you · 2 posts" in text)
        assert "Mon 23 Nov" in text and all(len(line) <= size[0] for line in text.splitlines())
        await pilot.press("j", "v")
        await until(pilot, lambda text: "Awaiting you · 1 post" in text)
        assert names(waiting, 3) == ["Ana"]


async def test_a_category_edit_by_an_approver_asks_for_another(
    waiting: Store, db: Path, clock: FixedClock, third: Actor
) -> None:
    approve(waiting, third, 2)
    async with desk_app(db, clock).run_test(size=SMALL) as pilot:
        await pilot.press("1", "w")
        await until(pilot, lambda text: "needs 1 of 2" in text)
        with waiting.writing() as conn:
            post_flow.edit(conn, third, 2, clock.now(), Edit(category=Category.QUOTE), "Asia/Jakarta")
        await until(pilot, lambda text: "needs 1 of 2" not in text)
