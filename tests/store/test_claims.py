"""Who is online and who is on which mention, and what a heartbeat tells the other desks."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from smdash.core.clock import FixedClock
from smdash.core.errors import InputError, Refused
from smdash.core.records import Actor, IncomingMention
from smdash.store import changes, claims, events, mentions
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


@pytest.fixture
def one(store: Store, mention: Callable[..., IncomingMention]) -> int:
    """A mention that waits for an answer."""
    with store.writing() as conn:
        mentions.apply(conn, [mention("1")], {}, store.clock.now())
    return 1


def begin(store: Store, actor: Actor, mention_id: int, session: str) -> claims.Claim | None:
    with store.writing() as conn:
        return claims.begin_reply(conn, actor, mention_id, session, store.clock.now())


def on_it(store: Store, mention_id: int) -> list[str]:
    with store.reading() as conn:
        return [one.name for one in claims.claims_on(conn, [mention_id], store.clock.now()).get(mention_id, [])]


def verbs(store: Store, mention_id: int) -> list[str]:
    with store.reading() as conn:
        return [happening.verb for happening in events.history(conn, "mention", mention_id)]


def test_the_second_who_begins_a_reply_is_told_who_was_first(
    store: Store, actor: Actor, second: Actor, clock: FixedClock, one: int
) -> None:
    assert begin(store, actor, one, "a") is None
    since = clock.now()
    clock.move(timedelta(seconds=20))
    assert begin(store, second, one, "b") == claims.Claim("Ana", actor.member_id, since)
    assert on_it(store, one) == ["Ana", "Budi"]
    assert begin(store, actor, one, "a") is not None  # Budi is on it, too
    assert verbs(store, one) == ["claim", "claim"]


def test_a_claim_lives_by_its_desks_heartbeat_and_ends_by_itself(
    store: Store, actor: Actor, second: Actor, clock: FixedClock, one: int
) -> None:
    begin(store, actor, one, "a")
    before = claim_seq(store)
    for _turn in range(5):
        clock.move(claims.BEAT)
        beat(store, actor, "a")
    assert on_it(store, one) == ["Ana"]
    clock.move(claims.OVER + timedelta(seconds=1))
    assert on_it(store, one) == []
    assert claim_seq(store) == before + 1  # the desk came; its heartbeats were no news
    beat(store, second, "b")
    with store.reading() as conn:
        assert conn.execute("SELECT count(*) FROM claim WHERE kind = 'reply'").fetchone() == (0,)


def test_a_claim_moves_no_topic_but_its_own(store: Store, actor: Actor, one: int) -> None:
    with store.reading() as conn:
        before = changes.sequences(conn)
    begin(store, actor, one, "a")
    with store.writing() as conn:
        claims.end_reply(conn, one, "a")
    with store.reading() as conn:
        after = changes.sequences(conn)
    assert on_it(store, one) == []
    assert {topic for topic in after if after[topic] != before[topic]} == {"claim"}


def test_a_hold_of_the_command_line_stands_for_ten_minutes_without_a_heartbeat(
    store: Store, actor: Actor, second: Actor, clock: FixedClock, one: int
) -> None:
    def hold(who: Actor) -> claims.Claim | None:
        with store.writing() as conn:
            return claims.hold(conn, who, one, clock.now())

    assert hold(actor) is None
    clock.move(timedelta(minutes=9))
    beat(store, second, "b")
    assert on_it(store, one) == ["Ana"]
    other = hold(second)
    assert other is not None and other.name == "Ana"
    assert on_it(store, one) == ["Ana"]
    clock.move(timedelta(minutes=1, seconds=1))
    assert on_it(store, one) == []
    assert hold(second) is None
    with store.writing() as conn:
        assert not claims.release(conn, actor, one)
        assert claims.release(conn, second, one)
    assert on_it(store, one) == []


def test_what_is_not_there_and_what_is_ours_is_not_claimed(
    store: Store, actor: Actor, mention: Callable[..., IncomingMention]
) -> None:
    with store.writing() as conn:
        mentions.apply(conn, [mention("1", own=True)], {}, store.clock.now())
    with pytest.raises(InputError):
        begin(store, actor, 99, "a")
    with pytest.raises(Refused):
        begin(store, actor, 1, "a")
