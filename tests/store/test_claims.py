"""Who is online, and what a heartbeat tells the other desks."""

from datetime import timedelta

from smdash.core.clock import FixedClock
from smdash.core.records import Actor
from smdash.store import changes, claims
from smdash.store.connection import Store


def beat(store: Store, actor: Actor, session: str) -> None:
    with store.writing() as conn:
        claims.beat(conn, actor.member_id, session, store.clock.now())


def online(store: Store) -> int:
    with store.reading() as conn:
        return claims.online(conn, store.clock.now())


def claim_seq(store: Store) -> int:
    with store.reading() as conn:
        return changes.sequences(conn)["claim"]


def test_members_are_counted_once_whatever_desks_they_have_open(store: Store, actor: Actor, second: Actor) -> None:
    assert online(store) == 0
    for who, session in ((actor, "a"), (actor, "b"), (second, "c")):
        beat(store, who, session)
    assert online(store) == 2
    with store.writing() as conn:
        claims.leave(conn, "c")
    assert online(store) == 1


def test_coming_and_going_is_news_and_a_heartbeat_is_none(store: Store, actor: Actor, clock: FixedClock) -> None:
    before = claim_seq(store)
    beat(store, actor, "a")
    came = claim_seq(store)
    assert came > before
    for _turn in range(5):
        clock.move(claims.BEAT)
        beat(store, actor, "a")
    assert claim_seq(store) == came
    with store.writing() as conn:
        claims.leave(conn, "a")
    assert claim_seq(store) > came


def test_a_desk_that_died_is_over_and_the_next_heartbeat_of_anybody_tells(
    store: Store, actor: Actor, second: Actor, clock: FixedClock
) -> None:
    beat(store, actor, "dead")
    beat(store, second, "alive")
    clock.move(claims.OVER + timedelta(seconds=1))
    assert online(store) == 0
    before = claim_seq(store)
    beat(store, second, "alive")
    assert (online(store), claim_seq(store)) == (1, before + 1)


def test_a_clock_that_was_set_back_leaves_no_ghosts(
    store: Store, actor: Actor, second: Actor, clock: FixedClock
) -> None:
    beat(store, actor, "ghost")
    clock.move(timedelta(hours=-1))
    assert online(store) == 0
    beat(store, second, "alive")
    assert online(store) == 1
