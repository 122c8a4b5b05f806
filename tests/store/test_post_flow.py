"""Approval: nothing goes out that nobody approved, whatever is done in whatever order."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smdash.core.approval import Approval
from smdash.core.clock import FixedClock
from smdash.core.errors import InputError, Refused
from smdash.core.plan import of_post
from smdash.core.records import Account, Actor, Category, DeliveryState, Format, Post, PostState
from smdash.store import events, expiring, freezing, outbox, post_flow, posts, resolving, teams
from smdash.store.connection import Store
from smdash.store.driver import Connection
from smdash.store.post_flow import Edit
from smdash.sync.upkeep import Upkeep
from tests.publishing import Network, Rig
from tests.store.conftest import NOW, scratch

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
ZONE = "Asia/Jakarta"
# What the service would send sooner or later, if nobody does anything more.
MAY_GO_OUT = ("queued", "held", "failed", "sending", "unknown", "sent")


def accounts(conn: Connection) -> list[Account]:
    for name in ("kopi", "senja"):
        teams.put_account(conn, "mastodon", name, NOW)
    return teams.accounts(conn)


def plan(
    conn: Connection, who: Actor, now: datetime = NOW, due_at: datetime | None = NOW + HOUR, **more: object
) -> int:
    fields = {"category": Category.OTHER, "format": Format.TEXT, "body": "Cara seduh", "accounts": accounts(conn)}
    return posts.add(conn, who, now, due_at=due_at, zone=ZONE, **(fields | more))  # type: ignore[arg-type]


def let(conn: Connection, approval: str) -> None:
    teams.put(conn, "approval", approval)


def edit(conn: Connection, who: Actor, post_id: int, now: datetime = NOW, **changes: object) -> bool:
    return post_flow.edit(conn, who, post_id, now, Edit(**changes), ZONE)  # type: ignore[arg-type]


def may_go_out(conn: Connection, post_id: int) -> list[str]:
    rows = conn.execute("SELECT state FROM delivery WHERE post_id = ? ORDER BY id", (post_id,)).fetchall()
    return [row[0] for row in rows if row[0] in MAY_GO_OUT]


def verbs(conn: Connection, post_id: int) -> list[str]:
    return [one.verb for one in events.history(conn, "post", post_id)]


def test_with_approval_required_a_post_has_deliveries_only_once_it_is_approved(
    store: Store, actor: Actor, second: Actor
) -> None:
    with store.writing() as conn:
        let(conn, "required")
        post_id = plan(conn, actor)
        assert posts.get(conn, post_id).state is PostState.REVIEW
        assert may_go_out(conn, post_id) == []
        assert outbox.due(conn, NOW + 2 * HOUR, ()) == []
        post_flow.approve(conn, second, post_id, NOW)
        assert posts.get(conn, post_id).shown == "scheduled"
        assert may_go_out(conn, post_id) == ["queued", "queued"]
        assert {one.due_at for one in posts.get(conn, post_id).deliveries} == {NOW + HOUR}
        assert verbs(conn, post_id) == ["add", "submit", "approve"]


@pytest.mark.parametrize(("approval", "wish", "state"), [
    ("none", None, "ready"), ("optional", None, "ready"), ("optional", PostState.REVIEW, "review"),
    ("required", None, "review"), ("required", PostState.DRAFT, "draft"), ("nonsense", None, "ready"),
    ("none", PostState.DRAFT, "draft"),
])  # fmt: skip
def test_what_a_new_post_is(store: Store, actor: Actor, approval: str, wish: PostState | None, state: str) -> None:
    with store.writing() as conn:
        let(conn, approval)
        post_id = plan(conn, actor, wish=wish)
        assert posts.get(conn, post_id).state == state
        assert bool(may_go_out(conn, post_id)) is (state == "ready")


def test_who_asks_for_approval_where_there_is_none_is_told(store: Store, actor: Actor) -> None:
    with store.writing() as conn, pytest.raises(Refused, match="approval is off"):
        plan(conn, actor, wish=PostState.REVIEW)


def test_nobody_approves_what_they_wrote_or_changed_themselves(store: Store, actor: Actor, second: Actor) -> None:
    with store.writing() as conn:
        let(conn, "required")
        post_id = plan(conn, actor)
        with pytest.raises(Refused, match="somebody else"):
            post_flow.approve(conn, actor, post_id, NOW)
        edit(conn, second, post_id, body="Cara seduh V60")
        with pytest.raises(Refused, match="somebody else"):
            post_flow.approve(conn, second, post_id, NOW)
        third = teams.join(conn, "dewi", "Dewi", "dewi", NOW)
        post_flow.approve(conn, third, post_id, NOW)
        edit(conn, third, post_id, body="Cara seduh V60!")
        post_flow.approve(conn, second, post_id, NOW)  # what second wrote was approved by dewi meanwhile
        assert may_go_out(conn, post_id) == ["queued", "queued"]
        let(conn, "optional")
        own = plan(conn, actor, wish=PostState.REVIEW)
        post_flow.approve(conn, actor, own, NOW)


def test_a_rejected_post_is_a_draft_with_the_reason_in_its_history(store: Store, actor: Actor, second: Actor) -> None:
    with store.writing() as conn:
        let(conn, "required")
        post_id = plan(conn, actor)
        for nothing in ("", " \n", "\x1b"):
            with pytest.raises(InputError, match="reason"):
                post_flow.reject(conn, second, post_id, NOW, nothing)
        post_flow.reject(conn, second, post_id, NOW, "harga\x1b salah")
        assert posts.get(conn, post_id).state is PostState.DRAFT
        assert events.history(conn, "post", post_id)[-1][1:] == ("Budi", "reject", "harga salah")
        for step in (post_flow.approve, lambda *given: post_flow.reject(*given, "x")):
            with pytest.raises(Refused, match="draft"):
                step(conn, second, post_id, NOW)
        assert post_flow.submit(conn, actor, post_id, NOW) is PostState.REVIEW


def test_submitting_needs_a_time_to_come_and_an_account(store: Store, actor: Actor) -> None:
    with store.writing() as conn:
        for due_at, more, says in (
            (None, {}, "no time"), (NOW, {"wish": PostState.DRAFT}, "passed"),
            (NOW + HOUR, {"wish": PostState.DRAFT, "accounts": []}, "no account"),
        ):  # fmt: skip
            post_id = plan(conn, actor, due_at=due_at, **more)  # type: ignore[arg-type]
            with pytest.raises(Refused, match=says):
                post_flow.submit(conn, actor, post_id, NOW)
        good = plan(conn, actor, wish=PostState.DRAFT)
        assert post_flow.submit(conn, actor, good, NOW) is PostState.READY  # approval is off
        assert may_go_out(conn, good) == ["queued", "queued"]
        with pytest.raises(InputError, match="no post 99"):
            post_flow.submit(conn, actor, 99, NOW)


@pytest.mark.parametrize(
    "change",
    [{"body": "Lain"}, {"due_at": NOW + 2 * HOUR}, {"accounts": ()}],
)
def test_an_edit_after_approval_asks_again(
    store: Store, actor: Actor, second: Actor, change: dict[str, object]
) -> None:
    with store.writing() as conn:
        let(conn, "required")
        post_id = plan(conn, actor)
        post_flow.approve(conn, second, post_id, NOW)
        if "accounts" in change:
            change = {"accounts": tuple(accounts(conn)[:1])}
        assert edit(conn, actor, post_id, **change)
        assert posts.get(conn, post_id).state is PostState.REVIEW
        assert may_go_out(conn, post_id) == []
        assert posts.get(conn, post_id).deliveries == ()
        post_flow.approve(conn, second, post_id, NOW)
        assert set(may_go_out(conn, post_id)) == {"queued"}
        assert len(may_go_out(conn, post_id)) == len(posts.get(conn, post_id).accounts)


def test_an_edit_of_what_nobody_reads_on_the_network_asks_nobody(store: Store, actor: Actor, second: Actor) -> None:
    with store.writing() as conn:
        let(conn, "required")
        post_id = plan(conn, actor)
        post_flow.approve(conn, second, post_id, NOW)
        keys = conn.execute("SELECT key FROM delivery").fetchall()
        assert edit(conn, actor, post_id, category=Category.QUOTE, offer="x")
        assert not edit(conn, actor, post_id, category=Category.QUOTE, body="Cara seduh")
        assert posts.get(conn, post_id).state is PostState.READY
        assert conn.execute("SELECT key FROM delivery").fetchall() == keys


def test_an_edit_without_approval_puts_other_deliveries_in_place(store: Store, actor: Actor) -> None:
    with store.writing() as conn:
        post_id = plan(conn, actor)
        old = outbox.due(conn, NOW + HOUR, ())
        assert edit(conn, actor, post_id, body="Lain", due_at=NOW + 3 * HOUR)
        post = posts.get(conn, post_id)
        assert [(one.state, one.due_at) for one in post.deliveries] == [(DeliveryState.QUEUED, NOW + 3 * HOUR)] * 2
        assert [one.text for one in outbox.due(conn, NOW + 3 * HOUR, ())] == ["Lain", "Lain"]
        # A service that read the old ones just before may not send them any more.
        for one in old:
            with pytest.raises(Refused):
                outbox.begin(conn, one, NOW + HOUR)
        assert conn.execute("SELECT count(*) FROM v_schedule").fetchone() == (2,)


@pytest.mark.parametrize("state", ["sending", "sent", "unknown"])
def test_what_is_out_or_may_be_is_not_edited(store: Store, actor: Actor, state: str) -> None:
    with store.writing() as conn:
        post_id = plan(conn, actor)
        conn.execute("UPDATE delivery SET state = ? WHERE id = (SELECT min(id) FROM delivery)", (state,))
        for change in ({"body": "Lain"}, {"due_at": NOW + 2 * HOUR}, {"category": Category.QUOTE}):
            with pytest.raises(Refused, match="can't be changed"):
                edit(conn, actor, post_id, **change)
        assert not edit(conn, actor, post_id, body="Cara seduh")
        assert posts.get(conn, post_id).body == "Cara seduh"
        assert may_go_out(conn, post_id) == [state, "queued"]


def test_what_is_held_or_called_off_stays_so_through_an_edit(store: Store, actor: Actor) -> None:
    with store.writing() as conn:
        post_id = plan(conn, actor)
        first, other = posts.get(conn, post_id).deliveries
        resolving.cancel(conn, actor, other.id, NOW)
        resolving.hold_post(conn, actor, post_id, NOW)
        edit(conn, actor, post_id, body="Lain")
        assert may_go_out(conn, post_id) == ["held"]
        (held, off) = sorted(posts.get(conn, post_id).deliveries, key=lambda one: one.state is DeliveryState.CANCELLED)
        assert (held.account, held.error, off.state) == (first.account, "held by Ana", DeliveryState.CANCELLED)
        resolving.cancel_post(conn, actor, post_id, NOW)
        with pytest.raises(Refused, match="called off"):
            edit(conn, actor, post_id, body="Lagi")


def test_an_edit_while_all_is_frozen_lets_nothing_go(store: Store, actor: Actor) -> None:
    with store.writing() as conn:
        post_id = plan(conn, actor)
        freezing.on(conn, actor, NOW, "gempa")
        outbox.hold_all(conn, NOW, "freeze", "gempa")
        edit(conn, actor, post_id, due_at=NOW + 5 * HOUR)
        assert may_go_out(conn, post_id) == ["held", "held"]


def test_a_new_time_lets_go_what_was_only_held_for_being_late(store: Store, actor: Actor) -> None:
    with store.writing() as conn:
        post_id = plan(conn, actor)
        outbox.hold_all(conn, NOW, "late", "long ago")
        later = NOW + 30 * HOUR
        edit(conn, actor, post_id, later, body="Lain")
        assert may_go_out(conn, post_id) == ["held", "held"]
        edit(conn, actor, post_id, later, due_at=later + HOUR)
        assert may_go_out(conn, post_id) == ["queued", "queued"]


def test_a_draft_that_gets_a_time_is_ready_only_where_approval_is_off(store: Store, actor: Actor) -> None:
    with store.writing() as conn:
        for approval, state in (("none", "ready"), ("optional", "draft"), ("required", "draft")):
            let(conn, approval)
            post_id = plan(conn, actor, due_at=None)
            edit(conn, actor, post_id, due_at=NOW + HOUR)
            assert posts.get(conn, post_id).state == state
            assert bool(may_go_out(conn, post_id)) is (state == "ready")


def upkeep(store: Store, clock: FixedClock) -> Upkeep:
    async def read(work: Callable[[Connection], object]) -> object:
        with store.reading() as conn:
            return work(conn)

    async def write(work: Callable[[Connection], object]) -> object:
        with store.writing() as conn:
            return work(conn)

    return Upkeep(read, write, clock)  # type: ignore[arg-type]


async def test_the_service_ends_the_wait_of_what_nobody_approved_in_time(
    store: Store, clock: FixedClock, actor: Actor, second: Actor
) -> None:
    with store.writing() as conn:
        let(conn, "required")
        soon, later, draft = plan(conn, actor), plan(conn, actor, due_at=NOW + 9 * HOUR), plan(conn, actor, due_at=None)
    keeper = upkeep(store, clock)
    clock.move(HOUR - MINUTE)
    await keeper.turn()
    with store.reading() as conn:
        assert [posts.get(conn, one).state for one in (soon, later, draft)] == ["review", "review", "draft"]
    clock.move(MINUTE)
    with store.writing() as conn, pytest.raises(Refused, match="passed"):
        post_flow.approve(conn, second, soon, clock.now())  # even where no service runs
    await keeper.turn()
    with store.writing() as conn:
        assert [posts.get(conn, one).state for one in (soon, later, draft)] == ["expired", "review", "draft"]
        assert events.history(conn, "post", soon)[-1][1:3] == ("service", "expire")
        with pytest.raises(Refused, match="expired"):
            post_flow.submit(conn, actor, soon, clock.now())
        edit(conn, actor, soon, clock.now(), due_at=clock.now() + HOUR)
        assert post_flow.submit(conn, actor, soon, clock.now()) is PostState.REVIEW
    seen = None
    with store.reading() as conn:
        seen = conn.execute("SELECT max(id) FROM event").fetchone()
    await keeper.turn()
    with store.reading() as conn:
        assert conn.execute("SELECT max(id) FROM event").fetchone() == seen


@pytest.fixture
def network(tmp_path: Path) -> Network:
    return Network(tmp_path / "taken.jsonl", random.Random(1))


@pytest.fixture
def rig(store: Store, network: Network, tmp_path: Path, own_folders: None) -> Rig:
    with store.writing() as conn:
        return Rig(store, network, tmp_path / "service", [one.id for one in accounts(conn)])


async def test_nothing_is_sent_before_somebody_else_approved_it(
    store: Store, clock: FixedClock, actor: Actor, second: Actor, rig: Rig, network: Network
) -> None:
    with store.writing() as conn:
        let(conn, "required")
        approved, edited, waiting = (plan(conn, actor, body=body) for body in ("disetujui", "diubah", "menunggu"))
        for one in (approved, edited):
            post_flow.approve(conn, second, one, NOW)
        edit(conn, actor, edited, body="diubah lagi")
    clock.move(HOUR + MINUTE)
    for _each in range(5):
        await rig.turn()
        clock.move(MINUTE)
    assert [one["text"] for one in network.taken()] == ["disetujui"] * 2
    with store.reading() as conn:
        assert [posts.get(conn, one).shown for one in (approved, edited, waiting)] == ["sent", "review", "review"]


@pytest.mark.parametrize(("approval", "sent"), [("none", ["baru"] * 2), ("required", [])])
async def test_an_edit_in_the_very_moment_of_sending_never_sends_the_old_text(
    store: Store, clock: FixedClock, actor: Actor, rig: Rig, network: Network, approval: str, sent: list[str]
) -> None:
    with store.writing() as conn:
        post_id = plan(conn, actor, body="lama")
        let(conn, approval)
    clock.move(HOUR)
    write = rig.publisher._write
    left = [True]

    async def edited_first(work: Callable[[Connection], object]) -> object:
        if getattr(work, "func", None) is outbox.begin and left:
            left.clear()
            with store.writing() as conn:
                edit(conn, actor, post_id, clock.now(), body="baru", due_at=clock.now() + MINUTE)
        return await write(work)

    rig.publisher._write = edited_first  # type: ignore[assignment]
    await rig.turn()
    assert network.taken() == [] and not left
    for _each in range(5):
        clock.move(MINUTE)
        await rig.turn()
    assert [one["text"] for one in network.taken()] == sent


@pytest.mark.parametrize("late", [False, True])
async def test_what_is_edited_while_the_service_means_to_hold_it_does_not_end_the_service(
    store: Store, clock: FixedClock, actor: Actor, rig: Rig, network: Network, late: bool
) -> None:
    with store.writing() as conn:
        post_id = plan(conn, actor)
        if not late:
            freezing.on(conn, actor, NOW, "gempa")
    clock.move(72 * HOUR if late else HOUR)
    write = rig.publisher._write
    left = [True]

    async def edited_first(work: Callable[[Connection], object]) -> object:
        if getattr(work, "func", None) is outbox.hold and left:
            left.clear()
            with store.writing() as conn:
                edit(conn, actor, post_id, clock.now(), due_at=clock.now() + HOUR)
        return await write(work)

    rig.publisher._write = edited_first  # type: ignore[assignment]
    await rig.turn()
    assert not left and network.taken() == []
    with store.reading() as conn:
        assert may_go_out(conn, post_id) == ["queued", "queued"]


async def test_many_expire_in_one_turn(store: Store, clock: FixedClock, actor: Actor) -> None:
    with store.writing() as conn:
        let(conn, "required")
        for _each in range(expiring.BATCH + 3):
            plan(conn, actor)
    clock.move(HOUR)
    await upkeep(store, clock).turn()
    with store.reading() as conn:
        assert posts.awaiting(conn) == ()


# The steps that matter come often, so that a hundred runs meet each pair of them.
VERBS = ["approve", "edit"] * 5 + ["submit", "reject", "hold", "resolve", "again"] * 2 + ["add", "expire", "cancel"]
STEPS = st.lists(
    st.tuples(
        st.sampled_from(VERBS),
        st.integers(0, 2),  # who
        st.integers(1, 2),  # which post
        st.integers(0, 3),  # what
    ),
    min_size=12,
    max_size=30,
)


@given(STEPS)
def test_whatever_is_done_only_what_another_member_approved_can_go_out(
    memory: Connection, steps: list[tuple[str, int, int, int]]
) -> None:
    with scratch(memory) as conn:
        let(conn, Approval.REQUIRED)
        chosen = accounts(conn)
        crew = [teams.join(conn, login, login.title(), login, NOW) for login in ("ana", "budi", "dewi")]
        (first,) = conn.execute("SELECT coalesce(max(id), 0) FROM post").fetchone()
        now = NOW
        wrote: dict[int, set[int]] = {}
        approved: dict[int, tuple[object, ...]] = {}
        for what, who, which, how in [("add", 0, 1, 0), ("add", 1, 2, 0), *steps]:
            actor, post_id = crew[who], first + which
            try:
                conn.execute("SAVEPOINT step")
                before = read(conn, post_id)
                if what == "add":
                    added = plan(conn, actor, now, now + HOUR, body=f"teks {how}", accounts=chosen[: how % 2 + 1])
                    wrote[added] = {who}
                elif what == "submit":
                    post_flow.submit(conn, actor, post_id, now)
                elif what == "approve":
                    post_flow.approve(conn, actor, post_id, now)
                    assert who not in wrote[post_id]
                    wrote[post_id] = {crew.index(one) for one in crew if one.name == posts.get(conn, post_id).author}
                    approved[post_id] = words(posts.get(conn, post_id))
                elif what == "reject":
                    post_flow.reject(conn, actor, post_id, now, "x")
                elif what == "edit":
                    changes = ({"body": f"lain {which}"}, {"due_at": now + 2 * HOUR}, {"accounts": tuple(chosen[1:])},
                               {"category": Category.QUOTE})  # fmt: skip
                    if edit(conn, actor, post_id, now, **changes[how]):
                        wrote[post_id].add(who)
                elif what == "expire":
                    now += 20 * MINUTE
                    expiring.expire(conn, now)
                elif what == "hold":
                    resolving.hold_post(conn, actor, post_id, now)
                elif what == "cancel":
                    resolving.cancel_post(conn, actor, post_id, now)
                elif before is not None and before.deliveries:
                    one = before.deliveries[how % len(before.deliveries)]
                    act = resolving.cancel if what == "resolve" else resolving.send_again
                    act(conn, actor, one.id, now)
            except (Refused, InputError):
                conn.execute("ROLLBACK TO step")
            for each in posts.select(conn):
                if each.id > first and may_go_out(conn, each.id):
                    assert each.state is PostState.READY
                    assert approved.get(each.id) == words(each)
                    assert len(may_go_out(conn, each.id)) <= len(each.accounts)


def read(conn: Connection, post_id: int) -> Post | None:
    try:
        return posts.get(conn, post_id)
    except InputError:
        return None


def words(post: Post) -> tuple[object, ...]:
    """What people read, where and when."""
    content = of_post(post)
    return content.body, content.due_at, content.accounts
