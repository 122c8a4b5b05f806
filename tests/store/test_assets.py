"""Assets: asked of somebody until a time, made, dropped, and put back."""

from datetime import timedelta

import pytest

from smdash.core.assets import lateness
from smdash.core.errors import InputError, Refused
from smdash.core.records import Actor, CampaignKind, Category, Format, Role
from smdash.store import assets, campaigns, changes, events, linting, members, posts, undoing
from smdash.store.connection import Store

HOUR = timedelta(hours=1)


def plan(store: Store, who: Actor, hours: float | None = 24) -> int:
    now = store.clock.now()
    with store.writing() as conn:
        return posts.add(
            conn, who, now, accounts=[], category=Category.OTHER, format=Format.TEXT, body="halo",
            due_at=None if hours is None else now + hours * HOUR, zone="Asia/Jakarta",
        )  # fmt: skip


def ask(store: Store, who: Actor, what: str = "foto kedai", hours: float | None = 2, **more: object) -> int:
    now = store.clock.now()
    with store.writing() as conn:
        due_at = None if hours is None else now + hours * HOUR
        return assets.ask(
            conn,
            who,
            now,
            **({"what": what, "owner": "budi", "due_at": due_at, "zone": "Asia/Jakarta"} | more),  # type: ignore[arg-type]
        )


def states(store: Store, **how: object) -> list[tuple[int, str]]:
    with store.reading() as conn:
        return [(one.id, one.state) for one in assets.select(conn, **({"every": True} | how))]  # type: ignore[arg-type]


def test_the_next_due_comes_first_and_what_is_late_says_so(store: Store, actor: Actor, second: Actor) -> None:
    post_id = plan(store, actor)
    with store.writing() as conn:
        campaigns.add(
            conn, actor, store.clock.now(), name="Gajian", kind=CampaignKind.DISCOUNT, starts_at=store.clock.now(),
            ends_at=store.clock.now() + 99 * HOUR, zone="Asia/Jakarta",
        )  # fmt: skip
        seen = changes.sequences(conn)["post"]
    later, never = ask(store, actor, hours=5, post_id=post_id), ask(store, actor, hours=None, post_id=post_id)
    soon = ask(store, actor, " spanduk \n besar ", hours=1, campaign="Gajian", owner="ana")
    assert [one for one, _state in states(store)] == [soon, later, never]
    assert states(store, owner_id=actor.member_id) == [(soon, "open")]
    now = store.clock.now()
    with store.reading() as conn:
        assert changes.sequences(conn)["post"] > seen
        first, other = assets.get(conn, soon), assets.get(conn, later)
        assert [one.id for one in assets.of_post(conn, post_id)] == [later, never]
    assert (first.what, first.campaign, first.owner, first.asked_by) == ("spanduk besar", "Gajian", "Ana", "Ana")
    assert (other.post_id, other.post_due_at, other.due_zone) == (post_id, now + 24 * HOUR, "Asia/Jakarta")
    assert lateness(first, now + 1.5 * HOUR) == 0.5 * HOUR and lateness(other, now + 1.5 * HOUR) is None


def test_made_dropped_and_put_back(store: Store, actor: Actor, second: Actor) -> None:
    post_id = plan(store, actor)
    one, two = ask(store, actor, post_id=post_id), ask(store, actor, post_id=post_id)
    now = store.clock.now()
    with store.writing() as conn:
        assets.done(conn, second, one, now)
        assets.drop(conn, actor, two, now)
        for again in (one, two):
            for end in (assets.done, assets.drop):
                with pytest.raises(Refused):
                    end(conn, actor, again, now)
    assert states(store) == [(one, "done"), (two, "dropped")] and states(store, every=False) == []
    with store.reading() as conn:
        assert assets.of_post(conn, post_id) == () and len(assets.of_post(conn, post_id, every=True)) == 2
        assert [row.verb for row in events.history(conn, "asset", one)] == ["ask", "done"]
    with store.writing() as conn:
        assert undoing.undo(conn, actor, now).ids == (two,)
        assert undoing.undo(conn, second, now).ids == (one,)
    assert states(store) == [(one, "open"), (two, "open")]
    with store.writing() as conn:
        # Asking is taken back by dropping it.
        assert undoing.undo(conn, actor, now).ids == (two,)
    assert states(store) == [(one, "open"), (two, "dropped")]
    with store.writing() as conn:
        assert undoing.redo(conn, actor, now).ids == (two,)
    assert states(store) == [(one, "open"), (two, "open")]


def test_what_can_t_be_asked(store: Store, actor: Actor, second: Actor) -> None:
    post_id = plan(store, actor)
    for more, words in (
        ({"what": " \n"}, "what is to be made"), ({"owner": "nobody"}, "no member"), ({"hours": -1}, "over already"),
        ({"post_id": 9}, "no post 9"), ({"post_id": None}, "for a post or for a campaign"),
        ({"campaign": "x"}, "for a post or for a campaign"), ({"post_id": None, "campaign": "x"}, "no campaign"),
    ):  # fmt: skip
        with pytest.raises(InputError, match=words):
            ask(store, actor, **({"post_id": post_id} | more))  # type: ignore[arg-type]
    with store.writing() as conn:
        conn.execute("UPDATE member SET left_at = '2026-01-01T00:00:00.000Z' WHERE login = 'budi'")
        with pytest.raises(InputError, match="no asset 9"):
            assets.done(conn, actor, 9, store.clock.now())
    with pytest.raises(Refused, match="left"):
        ask(store, actor, post_id=post_id)
    with store.writing() as conn:
        conn.execute("UPDATE post SET state = 'cancelled'")
    with pytest.raises(Refused, match="called off"):
        ask(store, actor, post_id=post_id, owner="ana")
    assert states(store) == []


def test_designers_are_offered_first(store: Store, actor: Actor, second: Actor) -> None:
    with store.writing() as conn:
        members.add(conn, actor, store.clock.now(), login="zul", name="Zul", role=Role.DESIGNER)
        assert [one.login for one in assets.choices(conn)] == ["zul", "ana", "budi"]


def test_what_is_not_made_yet_is_a_remark_on_a_post_with_a_time(store: Store, actor: Actor, second: Actor) -> None:
    post_id, idea = plan(store, actor), plan(store, actor, None)
    one = ask(store, actor, post_id=post_id)
    ask(store, actor, post_id=idea)

    def said(post: int, hours: float = 0) -> list[str]:
        with store.reading() as conn:
            found = linting.remarks(conn, post, store.clock.now() + hours * HOUR)
        assert not any(remark.holds for remark in found)
        return [f"{remark.finding.rule}: {remark.finding.sentence}" for remark in found]

    assert said(post_id) == ["asset: Budi has not made “foto kedai” yet, due Mon 23 Nov 16:05 WIB"]
    assert "which was due" in said(post_id, 3)[0]
    assert said(idea) == []
    with store.writing() as conn:
        assets.done(conn, second, one, store.clock.now())
    assert said(post_id) == []
