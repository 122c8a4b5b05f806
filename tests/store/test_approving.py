"""Approval by several: whose yes counts, what empties it, who is asked, and what undo takes back."""

from __future__ import annotations

import random
import threading
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smdash.core.approval import Approval, Policy
from smdash.core.clock import FixedClock
from smdash.core.errors import InputError, Refused
from smdash.core.records import Account, Actor, Category, DeliveryState, Format, Post, PostState
from smdash.store import (
    approving,
    events,
    expiring,
    freezing,
    outbox,
    post_flow,
    posts,
    resolving,
    steps,
    teams,
    undoing,
)
from smdash.store.connection import Store, open_store
from smdash.store.driver import Connection
from smdash.store.post_flow import Edit
from tests.conftest import member
from tests.publishing import Network, Rig
from tests.store.conftest import NOW, scratch

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
ZONE = "Asia/Jakarta"


def accounts(conn: Connection) -> list[Account]:
    for name in ("kopi", "senja"):
        teams.put_account(conn, "mastodon", name, NOW)
    return teams.accounts(conn)


def plan(conn: Connection, who: Actor, due_at: datetime | None = NOW + HOUR, **more: object) -> int:
    fields = {"category": Category.OTHER, "format": Format.TEXT, "body": "Cara seduh", "accounts": accounts(conn)}
    return posts.add(conn, who, NOW, due_at=due_at, zone=ZONE, **(fields | more))  # type: ignore[arg-type]


def several(conn: Connection, approvers: int = 2) -> None:
    teams.put(conn, "approval", "several")
    teams.put(conn, "approvers", approvers)


def edit(conn: Connection, who: Actor, post_id: int, **changes: object) -> bool:
    return post_flow.edit(conn, who, post_id, NOW, Edit(**changes), ZONE)  # type: ignore[arg-type]


def yes(conn: Connection, who: Actor, post_id: int, now: datetime = NOW) -> int:
    return post_flow.approve(conn, who, post_id, now)


def names(conn: Connection, post_id: int) -> list[str]:
    return [one.by for one in posts.get(conn, post_id).approvals]


def queued(conn: Connection, post_id: int) -> list[str]:
    rows = conn.execute(
        "SELECT state FROM delivery WHERE post_id = ? AND state <> 'cancelled' ORDER BY id", (post_id,)
    ).fetchall()
    return [row[0] for row in rows]


@pytest.fixture
def third(store: Store) -> Actor:
    return member(store, "cici", "Cici")


@pytest.fixture
def fourth(store: Store) -> Actor:
    return member(store, "dewi", "Dewi")


def test_nothing_goes_out_before_so_many_others_said_yes(
    store: Store, actor: Actor, second: Actor, third: Actor
) -> None:
    with store.writing() as conn:
        several(conn)
        post_id = plan(conn, actor)
        with pytest.raises(Refused, match="yours"):
            yes(conn, actor, post_id)
        assert posts.get(conn, post_id).approvals_missing == 2
        assert yes(conn, second, post_id) == 1
        post = posts.get(conn, post_id)
        assert (post.state, post.approvals_missing, queued(conn, post_id)) == (PostState.REVIEW, 1, [])
        with pytest.raises(Refused, match="you approved post 1 already; 1 more member has to"):
            yes(conn, second, post_id)
        assert yes(conn, third, post_id, NOW + MINUTE) == 0
        post = posts.get(conn, post_id)
        assert [(one.by, one.at) for one in post.approvals] == [("Budi", NOW), ("Cici", NOW + MINUTE)]
        assert (post.shown, post.approvals_missing, queued(conn, post_id)) == ("scheduled", 0, ["queued"] * 2)
        told = events.history(conn, "post", post_id)
        assert [(one.who, one.verb, one.detail) for one in told[2:]] == [
            ("Budi", "approve", "1/2"), ("Cici", "approve", "2/2"),
        ]  # fmt: skip
        with pytest.raises(Refused, match="scheduled"):
            yes(conn, member_of(conn, "dewi"), post_id)


def member_of(conn: Connection, login: str) -> Actor:
    return teams.join(conn, login, login.title(), login, NOW)


@pytest.mark.parametrize("approvers", [2, 5, 9])
def test_each_number_of_approvers_is_that_many_people(store: Store, actor: Actor, approvers: int) -> None:
    with store.writing() as conn:
        several(conn, approvers)
        post_id = plan(conn, actor)
        for at in range(approvers):
            assert posts.get(conn, post_id).state is PostState.REVIEW
            assert yes(conn, member_of(conn, f"anggota{at}"), post_id) == approvers - at - 1
        assert posts.get(conn, post_id).state is PostState.READY


@pytest.mark.parametrize(
    "changes",
    [{"body": "Lain"}, {"due_at": NOW + 2 * HOUR}, {"accounts": "one"}, {"first_comment": "tautan"},
     {"versions": {"mastodon/kopi": "khusus"}}],
)  # fmt: skip
@pytest.mark.parametrize("approved_by", [1, 2])
def test_whatever_touches_what_goes_out_is_to_be_approved_anew(
    store: Store, actor: Actor, second: Actor, third: Actor, changes: dict[str, object], approved_by: int
) -> None:
    with store.writing() as conn:
        several(conn)
        post_id = plan(conn, actor)
        for who in (second, third)[:approved_by]:
            yes(conn, who, post_id)
        if changes == {"accounts": "one"}:
            changes = {"accounts": tuple(accounts(conn)[1:])}
        edit(conn, actor, post_id, **changes)
        post = posts.get(conn, post_id)
        assert (post.state, post.approvals, post.approvals_missing) == (PostState.REVIEW, (), 2)
        assert queued(conn, post_id) == []
        # The same two may say yes to what it is now.
        assert (yes(conn, second, post_id), yes(conn, third, post_id)) == (1, 0)


def test_who_changes_a_post_is_none_of_those_who_approve_it(
    store: Store, actor: Actor, second: Actor, third: Actor, fourth: Actor
) -> None:
    with store.writing() as conn:
        several(conn)
        post_id = plan(conn, actor)
        edit(conn, second, post_id, body="Cara seduh V60")
        yes(conn, third, post_id)
        # One yes of somebody else lets nobody approve their own words.
        with pytest.raises(Refused, match="you changed it"):
            yes(conn, second, post_id)
        # What nobody reads on the network asks nobody, but it is not seen by who approved before: theirs stays.
        edit(conn, third, post_id, category=Category.QUOTE)
        assert names(conn, post_id) == []
        with pytest.raises(Refused, match="you changed it"):
            yes(conn, third, post_id)
        yes(conn, fourth, post_id)
        edit(conn, second, post_id, category=Category.EDUCATION)
        assert names(conn, post_id) == ["Dewi"]
        assert yes(conn, member_of(conn, "eka"), post_id) == 0


def test_sent_back_and_asked_again_it_begins_at_none(store: Store, actor: Actor, second: Actor, third: Actor) -> None:
    with store.writing() as conn:
        several(conn)
        post_id = plan(conn, actor)
        yes(conn, second, post_id)
        post_flow.reject(conn, third, post_id, NOW, "harga salah")
        assert names(conn, post_id) == []
        told = approving.sent_back(conn, post_id)
        assert told is not None and (told.who, told.detail) == ("Cici", "harga salah")
        post_flow.submit(conn, actor, post_id, NOW)
        assert (names(conn, post_id), posts.get(conn, post_id).approvals_missing) == ([], 2)
        assert approving.sent_back(conn, post_id) is None
        assert approving.asked(conn, [post_id])[post_id].who == "Ana"


def test_what_expires_half_approved_needs_all_of_them_at_its_new_time(
    store: Store, actor: Actor, second: Actor, third: Actor
) -> None:
    with store.writing() as conn:
        several(conn)
        post_id = plan(conn, actor)
        yes(conn, second, post_id)
        assert approving.waiting_for(conn, third.member_id, NOW) == ((post_id, NOW + HOUR),)
        assert approving.waiting_for(conn, third.member_id, NOW + HOUR) == ()
        with pytest.raises(Refused, match="passed"):
            yes(conn, third, post_id, NOW + HOUR)
        assert expiring.expire(conn, NOW + HOUR) == [post_id]
        post_flow.edit(conn, actor, post_id, NOW + HOUR, Edit(due_at=NOW + 3 * HOUR), ZONE)
        post_flow.submit(conn, actor, post_id, NOW + HOUR)
        assert posts.get(conn, post_id).approvals_missing == 2


def test_a_post_that_is_moved_in_review_is_to_be_approved_anew_and_not_by_who_moved_it(
    store: Store, actor: Actor, second: Actor, third: Actor
) -> None:
    with store.writing() as conn:
        several(conn)
        post_id = plan(conn, actor)
        yes(conn, third, post_id)
        posts.move(conn, second, post_id, NOW + 5 * HOUR, ZONE, NOW)
        assert names(conn, post_id) == []
        with pytest.raises(Refused, match="you changed it"):
            yes(conn, second, post_id)
        yes(conn, third, post_id)
        # Undone, it is another time again; and who did nothing to it in the end may approve it.
        assert undoing.undo(conn, second, NOW).ids == (post_id,)
        assert (posts.get(conn, post_id).due_at, names(conn, post_id)) == (NOW + HOUR, [])
        assert (yes(conn, second, post_id), yes(conn, third, post_id)) == (1, 0)
        with pytest.raises(Refused, match="approval again"):
            posts.move(conn, actor, post_id, NOW + 9 * HOUR, ZONE, NOW)


def test_a_move_is_not_undone_behind_the_back_of_those_who_approved_the_new_time(
    store: Store, actor: Actor, second: Actor
) -> None:
    with store.writing() as conn:
        teams.put(conn, "approval", "required")
        post_id = plan(conn, actor)
        posts.move(conn, actor, post_id, NOW + 5 * HOUR, ZONE, NOW)
        yes(conn, second, post_id)
        assert undoing.undo(conn, actor, NOW).ids == ()
        post = posts.get(conn, post_id)
        assert {post.due_at, *(one.due_at for one in post.deliveries)} == {NOW + 5 * HOUR}
        assert names(conn, post_id) == ["Budi"]


def test_who_looked_at_other_words_is_asked_to_look_again(store: Store, actor: Actor, second: Actor) -> None:
    with store.writing() as conn:
        teams.put(conn, "approval", "required")
        post_id = plan(conn, actor)
        seen = steps.last_seen(conn)
        edit(conn, actor, post_id, body="Harga lain")
        for act in (
            lambda: post_flow.approve(conn, second, post_id, NOW, seen=seen),
            lambda: post_flow.reject(conn, second, post_id, NOW, "x", seen=seen),
        ):
            with pytest.raises(Refused, match="Ana changed post 1 meanwhile; look at it again"):
                act()
        assert post_flow.approve(conn, second, post_id, NOW, seen=steps.last_seen(conn)) == 0


def test_anothers_yes_is_no_reason_to_look_again(store: Store, actor: Actor, second: Actor, third: Actor) -> None:
    with store.writing() as conn:
        several(conn)
        post_id = plan(conn, actor)
        seen = steps.last_seen(conn)
        yes(conn, second, post_id)
        assert post_flow.approve(conn, third, post_id, NOW, seen=seen) == 0


def test_a_yes_that_was_taken_back_is_no_reason_to_look_again(
    store: Store, actor: Actor, second: Actor, third: Actor
) -> None:
    with store.writing() as conn:
        several(conn)
        post_id = plan(conn, actor)
        yes(conn, second, post_id)
        seen = steps.last_seen(conn)
        undoing.undo(conn, second, NOW)
        assert post_flow.approve(conn, third, post_id, NOW, seen=seen) == 1


def test_what_goes_nowhere_is_not_approved(store: Store, actor: Actor, second: Actor) -> None:
    with store.writing() as conn:
        teams.put(conn, "approval", "required")
        post_id = plan(conn, actor)
        edit(conn, actor, post_id, accounts=())
        with pytest.raises(Refused, match="no account"):
            yes(conn, second, post_id)
        assert posts.get(conn, post_id).state is PostState.REVIEW


def test_two_who_approve_in_the_same_moment_both_count_once(store: Store, db: Path, actor: Actor) -> None:
    with store.writing() as conn:
        several(conn)
        ids = [plan(conn, actor, due_at=NOW + (1 + at) * HOUR) for at in range(12)]
        crew = [member_of(conn, login) for login in ("budi", "cici")]
    start = threading.Barrier(2)
    left: dict[str, list[int]] = {}

    def approve_all(who: Actor) -> None:
        with open_store(db, clock=FixedClock(NOW)) as own:
            start.wait(5)
            for post_id in ids:
                with own.writing() as conn:
                    left.setdefault(who.login, []).append(yes(conn, who, post_id))

    threads = [threading.Thread(target=approve_all, args=(who,)) for who in crew]
    for one in threads:
        one.start()
    for one in threads:
        one.join(20)
    assert [sorted(pair) for pair in zip(left["budi"], left["cici"], strict=True)] == [[0, 1]] * 12
    with store.reading() as conn:
        for post_id in ids:
            assert posts.get(conn, post_id).state is PostState.READY
            assert sorted(names(conn, post_id)) == ["Budi", "Cici"]
            assert queued(conn, post_id) == ["queued"] * 2


def test_one_approval_is_enough_and_two_at_once_let_it_go_once(store: Store, db: Path, actor: Actor) -> None:
    with store.writing() as conn:
        teams.put(conn, "approval", "required")
        ids = [plan(conn, actor, due_at=NOW + (1 + at) * HOUR) for at in range(12)]
        crew = [member_of(conn, login) for login in ("budi", "cici")]
    start = threading.Barrier(2)
    done: list[int] = []
    late: list[str] = []

    def approve_all(who: Actor) -> None:
        with open_store(db, clock=FixedClock(NOW)) as own:
            start.wait(5)
            for post_id in ids:
                try:
                    with own.writing() as conn:
                        yes(conn, who, post_id)
                    done.append(post_id)
                except Refused as problem:
                    late.append(str(problem))

    threads = [threading.Thread(target=approve_all, args=(who,)) for who in crew]
    for one in threads:
        one.start()
    for one in threads:
        one.join(20)
    assert sorted(done) == ids and len(late) == 12 and all("scheduled" in words for words in late)
    with store.reading() as conn:
        assert all(queued(conn, post_id) == ["queued"] * 2 for post_id in ids)


def test_each_member_is_asked_for_what_they_may_approve(
    store: Store, actor: Actor, second: Actor, third: Actor
) -> None:
    with store.writing() as conn:
        several(conn)
        later, sooner = plan(conn, actor, due_at=NOW + 9 * HOUR), plan(conn, second)
        plan(conn, actor, due_at=None)

        def asked(who: Actor) -> list[int]:
            return [post.id for post in posts.awaiting_member(conn, who.member_id, NOW)]

        assert (asked(actor), asked(second), asked(third)) == ([sooner], [later], [sooner, later])
        yes(conn, third, sooner)
        assert (asked(actor), asked(third)) == ([sooner], [later])
        yes(conn, actor, sooner)
        edit(conn, third, later, body="Lain")
        assert (asked(actor), asked(second), asked(third)) == ([], [later], [])
        # Somebody whom the team does not know yet is nobody's author.
        assert [post.id for post in posts.awaiting_member(conn, 0, NOW)] == [later]


def test_with_approval_optional_ones_own_waits_for_oneself_too(store: Store, actor: Actor) -> None:
    with store.writing() as conn:
        teams.put(conn, "approval", "optional")
        post_id = plan(conn, actor, wish=PostState.REVIEW)
        assert [one for one, _due in approving.waiting_for(conn, actor.member_id, NOW)] == [post_id]
        assert yes(conn, actor, post_id) == 0


def test_when_the_team_asks_for_fewer_who_approved_lets_it_go_by_approving_again(
    store: Store, actor: Actor, second: Actor, third: Actor, fourth: Actor
) -> None:
    with store.writing() as conn:
        several(conn, 3)
        enough, one_short, untouched = (plan(conn, actor) for _each in range(3))
        for who in (second, third):
            yes(conn, who, enough)
        yes(conn, second, one_short)
        rule = Policy(Approval.SEVERAL, 2)
        assert approving.rest(conn, rule) == (0, 3, 1)
        several(conn, 2)
        # The setting alone lets nothing out.
        assert queued(conn, enough) == [] and posts.get(conn, enough).approvals_missing == 0
        assert [one for one, _due in approving.waiting_for(conn, second.member_id, NOW)] == [enough, untouched]
        with pytest.raises(Refused, match="yours"):
            yes(conn, actor, enough)
        assert yes(conn, second, enough) == 0
        assert queued(conn, enough) == ["queued"] * 2 and names(conn, enough) == ["Budi", "Cici"]
        teams.put(conn, "approval", "none")
        assert approving.rest(conn, Policy()) == (1, 2, 1)
        assert yes(conn, actor, one_short) == 0 and yes(conn, fourth, untouched) == 0


def test_what_stays_as_it_is_is_said_with_its_number() -> None:
    rule = Policy(Approval.SEVERAL, 3)
    assert approving.rest_words(approving.Rest(2, 4, 0), rule) == [
        "2 posts are ready already and stay so; a change of one asks for approval"
    ]
    assert "1 post in review has enough approvals now" in approving.rest_words(approving.Rest(0, 4, 1), rule)[0]
    (words,) = approving.rest_words(approving.Rest(2, 1, 1), Policy())
    assert "1 post is in review still" in words
    assert approving.rest_words(approving.Rest(0, 0, 0), rule) == []


def test_only_what_is_still_to_go_out_counts_as_ready_already(store: Store, actor: Actor) -> None:
    with store.writing() as conn:
        for state in ("queued", "held", "sent", "cancelled", "failed"):
            post_id = plan(conn, actor)
            conn.execute("UPDATE delivery SET state = ? WHERE post_id = ?", (state, post_id))
        assert approving.rest(conn, Policy(Approval.REQUIRED)).ready == 2


# Undo.


@pytest.fixture
def approved(store: Store, actor: Actor, second: Actor, third: Actor) -> int:
    """A post by Ana that Budi and Cici approved, Cici last."""
    with store.writing() as conn:
        several(conn)
        post_id = plan(conn, actor)
        yes(conn, second, post_id)
        yes(conn, third, post_id, NOW + MINUTE)
    return post_id


def test_an_approval_is_taken_back_while_nothing_has_begun(store: Store, third: Actor, approved: int) -> None:
    with store.writing() as conn:
        before = outbox.due(conn, NOW + 2 * HOUR, ())
        undone = undoing.undo(conn, third, NOW + MINUTE)
        assert (undone.verb, undone.ids) == ("approve", (approved,))
        post = posts.get(conn, approved)
        assert (post.state, names(conn, approved), post.approvals_missing) == (PostState.REVIEW, ["Budi"], 1)
        assert outbox.due(conn, NOW + 2 * HOUR, ()) == [] and queued(conn, approved) == []
        # A service that read them just before may not send them.
        for one in before:
            with pytest.raises(Refused):
                outbox.begin(conn, one, NOW + HOUR)
        with pytest.raises(Refused, match="nothing of yours"):
            undoing.undo(conn, third, NOW)
        # Redo takes no look for anybody.
        again = undoing.redo(conn, third, NOW)
        assert again.ids == () and "decide once more" in undoing.refusal(again)
        assert yes(conn, third, approved) == 0
        assert queued(conn, approved) == ["queued"] * 2
        assert len(posts.get(conn, approved).deliveries) == 2


@pytest.mark.parametrize("state", ["sending", "sent", "failed", "unknown", "held"])
def test_what_has_begun_or_is_held_is_not_taken_back(store: Store, third: Actor, approved: int, state: str) -> None:
    with store.writing() as conn:
        conn.execute("UPDATE delivery SET state = ? WHERE id = 1", (state,))
        undone = undoing.undo(conn, third, NOW)
        assert undone.ids == () and "stays" in undoing.refusal(undone)
        assert (posts.get(conn, approved).state, queued(conn, approved)) == (PostState.READY, [state, "queued"])


def test_what_was_tried_and_waits_for_another_try_is_not_taken_back(store: Store, third: Actor, approved: int) -> None:
    with store.writing() as conn:
        one = outbox.get(conn, 1)
        outbox.begin(conn, one, NOW)
        outbox.later(conn, one, NOW, "503", NOW + MINUTE)
        assert undoing.undo(conn, third, NOW).ids == ()
        assert posts.get(conn, approved).state is PostState.READY


def test_who_did_not_let_it_go_takes_nothing_back(store: Store, second: Actor, approved: int) -> None:
    with store.writing() as conn:
        assert undoing.undo(conn, second, NOW).ids == ()
        assert names(conn, approved) == ["Budi", "Cici"] and queued(conn, approved) == ["queued"] * 2


def test_one_yes_of_several_is_taken_back_whatever_others_said_since(
    store: Store, actor: Actor, second: Actor, third: Actor
) -> None:
    with store.writing() as conn:
        several(conn, 3)
        post_id = plan(conn, actor)
        yes(conn, second, post_id)
        yes(conn, third, post_id)
        assert undoing.undo(conn, second, NOW).ids == (post_id,)
        assert names(conn, post_id) == ["Cici"]


def test_an_approval_of_what_was_changed_since_is_not_taken_back(
    store: Store, actor: Actor, second: Actor, approved: int, third: Actor
) -> None:
    with store.writing() as conn:
        edit(conn, actor, approved, body="Lain")
        assert undoing.undo(conn, third, NOW).ids == ()
        teams.put(conn, "approval", "optional")
        own = plan(conn, actor, wish=PostState.REVIEW)
        yes(conn, second, own)
        edit(conn, actor, own, body="Lain")
        assert undoing.undo(conn, second, NOW).ids == ()
        assert posts.get(conn, own).state is PostState.READY and queued(conn, own) == ["queued"] * 2


def test_a_post_sent_back_by_mistake_waits_again_with_those_who_approved_it(
    store: Store, actor: Actor, second: Actor, third: Actor
) -> None:
    with store.writing() as conn:
        several(conn)
        post_id = plan(conn, actor)
        yes(conn, second, post_id)
        post_flow.reject(conn, third, post_id, NOW, "salah pencet")
        assert undoing.undo(conn, third, NOW).ids == (post_id,)
        assert (posts.get(conn, post_id).state, names(conn, post_id)) == (PostState.REVIEW, ["Budi"])
        assert approving.sent_back(conn, post_id) is None
        post_flow.reject(conn, third, post_id, NOW, "harga")
        edit(conn, actor, post_id, body="Lain")
        undone = undoing.undo(conn, third, NOW)
        assert undone.ids == () and "stays sent back" in undoing.refusal(undone)


def test_what_one_changed_before_an_approval_that_was_taken_back_is_still_ones_own(
    store: Store, actor: Actor, second: Actor, third: Actor
) -> None:
    with store.writing() as conn:
        teams.put(conn, "approval", "required")
        post_id = plan(conn, actor)
        edit(conn, second, post_id, body="Lain")
        yes(conn, third, post_id)
        undoing.undo(conn, third, NOW)
        with pytest.raises(Refused, match="you changed it"):
            yes(conn, second, post_id)


# The service.


async def test_the_service_sends_what_enough_approved_and_nothing_that_was_taken_back(
    store: Store, clock: FixedClock, actor: Actor, second: Actor, third: Actor, tmp_path: Path, own_folders: None
) -> None:
    network = Network(tmp_path / "taken.jsonl", random.Random(1))
    with store.writing() as conn:
        rig = Rig(store, network, tmp_path / "service", [one.id for one in accounts(conn)])
        several(conn)
        plans = {body: plan(conn, actor, body=body) for body in ("dua", "satu", "ditarik", "tanpa")}
        for body in ("dua", "satu", "ditarik"):
            yes(conn, second, plans[body])
        for body in ("dua", "ditarik"):
            yes(conn, third, plans[body])
        undoing.undo(conn, third, NOW)
    clock.move(HOUR + MINUTE)
    for _each in range(5):
        await rig.turn()
        clock.move(MINUTE)
    assert [one["text"] for one in network.taken()] == ["dua"] * 2
    with store.writing() as conn:
        assert undoing.undo(conn, third, clock.now()).ids == ()
        assert [posts.get(conn, one).shown for one in plans.values()] == ["sent", "review", "review", "review"]


# Hold and release.


def test_what_members_hold_goes_on_and_what_is_held_for_another_reason_stays(store: Store, actor: Actor) -> None:
    with store.writing() as conn:
        post_id = plan(conn, actor)
        with pytest.raises(Refused, match="no member holds"):
            resolving.release_post(conn, actor, post_id, NOW)
        outbox.hold(conn, outbox.get(conn, 1), NOW, "lint", "kata terlarang")
        assert resolving.hold_post(conn, actor, post_id, NOW) == 1
        freezing.on(conn, actor, NOW, "gempa")
        with pytest.raises(Refused, match="gempa"):
            resolving.release_post(conn, actor, post_id, NOW)
        freezing.off(conn, actor, NOW)
        assert resolving.release_post(conn, actor, post_id, NOW) == 1
        assert queued(conn, post_id) == ["held", "queued"]
        assert {one.due_at for one in posts.get(conn, post_id).deliveries} == {NOW + HOUR}
        # Nobody said that it is not out, which a service that lost its answer would believe.
        assert outbox.released_at(conn, 2) is None
        resolving.hold_post(conn, actor, post_id, NOW)
        resolving.release_post(conn, actor, post_id, NOW + 30 * HOUR)
        assert posts.get(conn, post_id).deliveries[1].due_at == NOW + 30 * HOUR
        with pytest.raises(InputError):
            resolving.release_post(conn, actor, 99, NOW)


# Whatever is done.

VERBS = (
    ["approve"] * 6 + ["edit", "move", "submit", "reject", "undo", "hold"] * 2 + ["quote", "cancel", "release", "redo"]
)
STEPS = st.lists(st.tuples(st.sampled_from(VERBS), st.integers(0, 3), st.integers(0, 3)), min_size=10, max_size=40)


@given(STEPS, st.integers(2, 3))
def test_whatever_is_done_only_what_so_many_others_approved_can_go_out(
    memory: Connection, walk: list[tuple[str, int, int]], needed: int
) -> None:
    with scratch(memory) as conn:
        several(conn, needed)
        chosen = accounts(conn)
        crew = [member_of(conn, login) for login in ("ana", "budi", "cici", "dewi", "eka")]
        post_id = plan(conn, crew[0])
        # Who said yes to which words, and is not undone; who wrote what is there.
        said: dict[str, tuple[object, ...]] = {}
        wrote = {"Ana"}
        for what, who, how in walk:
            actor = crew[who + (what == "approve")]
            before = posts.get(conn, post_id)
            asked = {one.name for one in crew if approving.waiting_for(conn, one.member_id, NOW)}
            conn.execute("SAVEPOINT step")
            try:
                if what == "approve":
                    yes(conn, actor, post_id)
                    assert actor.name not in wrote and actor.name in asked
                    said[actor.name] = words(before)
                elif what == "edit":
                    changes = ({"body": f"lain {who}"}, {"due_at": NOW + (2 + who) * HOUR},
                               {"accounts": tuple(chosen[who % 2:])}, {"first_comment": f"c {who}"})  # fmt: skip
                    if edit(conn, actor, post_id, **changes[how]):
                        wrote.add(actor.name)
                elif what == "quote":
                    edit(conn, actor, post_id, category=[Category.QUOTE, Category.OTHER][how % 2])
                elif what == "move":
                    posts.move(conn, actor, post_id, NOW + (2 + how) * HOUR, ZONE, NOW)
                elif what == "submit":
                    post_flow.submit(conn, actor, post_id, NOW)
                elif what == "reject":
                    post_flow.reject(conn, actor, post_id, NOW, "x")
                elif what == "undo":
                    undone = undoing.undo(conn, actor, NOW)
                    if undone.verb == "approve" and undone.ids:
                        del said[actor.name]
                elif what == "redo":
                    undoing.redo(conn, actor, NOW)
                elif what == "hold":
                    resolving.hold_post(conn, actor, post_id, NOW)
                elif what == "release":
                    resolving.release_post(conn, actor, post_id, NOW)
                else:
                    resolving.cancel_post(conn, actor, post_id, NOW)
            except (Refused, InputError):
                conn.execute("ROLLBACK TO step")
                assert what != "approve" or before.state is not PostState.REVIEW or actor.name not in asked
            post = posts.get(conn, post_id)
            if queued(conn, post_id):
                assert post.state is PostState.READY
                agreed = {name for name, what_was in said.items() if what_was == words(post)}
                assert len(agreed - {"Ana"}) >= needed
                assert {one.due_at for one in post.deliveries} == {post.due_at}
                wrote = {"Ana"}
            if post.state is PostState.REVIEW:
                assert post.approvals_missing == needed - len(post.approvals) > 0
                assert {one.by for one in post.approvals} <= {name for name in said if said[name] == words(post)}


def words(post: Post) -> tuple[object, ...]:
    """What people read, where and when."""
    return post.body, post.due_at, post.accounts, post.first_comment


def test_the_deliveries_of_an_approved_post_are_new_ones(store: Store, third: Actor, approved: int) -> None:
    with store.writing() as conn:
        undoing.undo(conn, third, NOW)
        yes(conn, third, approved)
        rows = conn.execute("SELECT state, replaced, key FROM delivery ORDER BY id").fetchall()
        assert [row[:2] for row in rows] == [("cancelled", 1)] * 2 + [("queued", 0)] * 2
        assert len({row[2] for row in rows}) == 4
        assert {one.state for one in posts.get(conn, approved).deliveries} == {DeliveryState.QUEUED}
