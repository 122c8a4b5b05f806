"""A post gets another time: what moves with it, what is refused, and what undo puts back."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from smdash.core.errors import InputError, Refused
from smdash.core.records import Actor, Category, Format
from smdash.store import events, posts, resolving, teams, undoing
from smdash.store.connection import Store
from tests.conftest import NOW

ZONE = "Asia/Jakarta"
FIRST, THEN, LATER = (NOW + timedelta(hours=hours) for hours in (2, 26, 50))


@pytest.fixture
def post_id(store: Store, actor: Actor) -> int:
    """A post that goes out on two networks in two hours."""
    with store.writing() as conn:
        for platform in ("instagram", "mastodon"):
            teams.put_account(conn, platform, "kopi", NOW)
        return posts.add(
            conn, actor, NOW, accounts=teams.accounts(conn), category=Category.OTHER, format=Format.TEXT, body="halo",
            due_at=FIRST, zone=ZONE,
        )  # fmt: skip


def move(store: Store, actor: Actor, post_id: int, due_at: datetime, **more: datetime) -> bool:
    with store.writing() as conn:
        return posts.move(conn, actor, post_id, due_at, ZONE, NOW, **more)


def times(store: Store, post_id: int) -> list[datetime | None]:
    """When the post and each of its deliveries is due."""
    with store.reading() as conn:
        post = posts.get(conn, post_id)
    return [post.due_at, *(one.due_at for one in post.deliveries)]


def set_state(store: Store, state: str, account: str = "mastodon") -> None:
    with store.writing() as conn:
        conn.execute(
            "UPDATE delivery SET state = ? WHERE account_id = (SELECT id FROM account WHERE platform = ?)",
            (state, account),
        )


def undo(store: Store, actor: Actor) -> undoing.Undone:
    with store.writing() as conn:
        return undoing.undo(conn, actor, NOW)


def test_a_post_moves_with_what_waits_and_what_is_held(store: Store, actor: Actor, post_id: int) -> None:
    set_state(store, "held")
    assert move(store, actor, post_id, THEN)
    assert times(store, post_id) == [THEN, THEN, THEN]
    with store.reading() as conn:
        assert [one.verb for one in events.history(conn, "post", post_id)] == ["add", "move"]
        # A held one is still held.
        assert {one.state for one in posts.get(conn, post_id).deliveries} == {"queued", "held"}


def test_the_same_time_is_no_step(store: Store, actor: Actor, post_id: int) -> None:
    assert not move(store, actor, post_id, FIRST)
    with store.reading() as conn:
        assert [one.verb for one in events.history(conn, "post", post_id)] == ["add"]


def test_undo_and_redo_go_along_all_moves(store: Store, actor: Actor, post_id: int) -> None:
    move(store, actor, post_id, THEN)
    move(store, actor, post_id, LATER)
    found = undo(store, actor)
    assert (found.verb, found.subject, found.ids, found.refused) == ("move", "post", (post_id,), 0)
    assert times(store, post_id) == [THEN] * 3
    undo(store, actor)
    assert times(store, post_id) == [FIRST] * 3
    with store.writing() as conn:
        assert undoing.redo(conn, actor, NOW).ids == (post_id,)
    assert times(store, post_id) == [THEN] * 3
    with store.writing() as conn:
        undoing.redo(conn, actor, NOW)
    assert times(store, post_id) == [LATER] * 3


def test_undo_gives_each_delivery_the_time_that_it_had(store: Store, actor: Actor, post_id: int) -> None:
    with store.writing() as conn:
        conn.execute("UPDATE delivery SET due_at = '2026-11-23T10:00:00.000Z' WHERE id = 2")
    before = times(store, post_id)
    move(store, actor, post_id, THEN)
    undo(store, actor)
    assert times(store, post_id) == before and len(set(before)) == 2


@pytest.mark.parametrize("state", ["sending", "sent", "unknown", "failed"])
def test_what_went_out_meanwhile_is_not_moved_back(store: Store, actor: Actor, post_id: int, state: str) -> None:
    move(store, actor, post_id, THEN)
    set_state(store, state)
    found = undo(store, actor)
    assert not found.ids and found.refused == 1
    assert "on its way" in undoing.refusal(found)
    assert times(store, post_id) == [THEN] * 3


def test_a_post_of_which_more_went_out_since_is_not_moved_back(store: Store, actor: Actor, post_id: int) -> None:
    move(store, actor, post_id, THEN)
    with store.writing() as conn:
        conn.execute(
            "INSERT INTO delivery (kind, account_id, post_id, key, due_at, state, created_at, updated_at) "
            "SELECT kind, account_id, post_id, 'another', due_at, 'sent', created_at, updated_at FROM delivery LIMIT 1"
        )
    assert not undo(store, actor).ids


def test_what_a_colleague_moved_meanwhile_is_not_moved_back(
    store: Store, actor: Actor, second: Actor, post_id: int
) -> None:
    move(store, actor, post_id, THEN)
    move(store, second, post_id, LATER)
    found = undo(store, actor)
    assert not found.ids and "Budi changed it since" in undoing.refusal(found)
    assert times(store, post_id) == [LATER] * 3


def test_a_delivery_that_a_person_let_go_since_keeps_its_time(store: Store, actor: Actor, post_id: int) -> None:
    move(store, actor, post_id, THEN)
    set_state(store, "held")
    with store.writing() as conn:
        resolving.send_again(conn, actor, 2, THEN + timedelta(hours=1))
    assert not undo(store, actor).ids
    assert times(store, post_id) == [THEN, THEN, THEN + timedelta(hours=1)]


@pytest.mark.parametrize("state", ["sending", "sent", "unknown", "failed"])
def test_a_post_of_which_anything_left_or_failed_is_not_moved(
    store: Store, actor: Actor, post_id: int, state: str
) -> None:
    set_state(store, state)
    with pytest.raises(Refused, match="mastodon/kopi"):
        move(store, actor, post_id, THEN)
    assert times(store, post_id) == [FIRST] * 3


def test_what_is_called_off_over_or_without_a_time_is_not_moved(store: Store, actor: Actor, post_id: int) -> None:
    with pytest.raises(InputError, match="over already"):
        move(store, actor, post_id, NOW - timedelta(seconds=1))
    with pytest.raises(InputError, match="no post 99"):
        move(store, actor, 99, THEN)
    with pytest.raises(Refused, match="meanwhile"):
        move(store, actor, post_id, THEN, seen=LATER)
    with store.writing() as conn:
        resolving.cancel_post(conn, actor, post_id, NOW)
    with pytest.raises(Refused, match="cancelled"):
        move(store, actor, post_id, THEN)
    with store.writing() as conn:
        draft = posts.add(
            conn, actor, NOW, accounts=[], category=Category.OTHER, format=Format.TEXT, body="nanti", due_at=None,
            zone=ZONE,
        )  # fmt: skip
    with pytest.raises(Refused, match="no time yet"):
        move(store, actor, draft, THEN)
    assert times(store, post_id) == [FIRST] * 3
