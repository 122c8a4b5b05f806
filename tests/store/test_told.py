"""What a network tells later of what we sent: it settles what nobody knows, and makes no state less than it was."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from smdash.core.deliveries import Told
from smdash.core.records import Actor, DeliveryState, IncomingMention
from smdash.store import inbox, mentions, outbox, received, replies, resolving, teams, told
from smdash.store.connection import Store
from smdash.store.driver import Connection
from smdash.store.outbox import Order
from smdash.store.resolving import Row
from tests.store.conftest import NOW


@pytest.fixture
def answer(store: Store, actor: Actor, mention: Callable[..., IncomingMention]) -> Order:
    """An answer that is queued, to a message."""
    with store.writing() as conn:
        teams.put_account(conn, "mastodon", "kopi", NOW)
        mentions.apply(conn, [mention("1")], {}, NOW)
        (mention_id,) = conn.execute("SELECT id FROM mention").fetchone()
        return outbox.get(conn, replies.send(conn, actor, mention_id, "Masih buka, kak", NOW).delivery_id)


def word(one: Order, *, arrived: bool = True, problem: str = "", key: str = "", seconds: float = 1) -> Told:
    at = NOW + timedelta(seconds=seconds)
    return Told("", key or one.key, "wamid.9", arrived, at, problem)


def tell(conn: Connection, one: Order, what: Told) -> Row:
    told.tell(conn, one.account_id, what, 1, NOW)
    return resolving.get(conn, one.id)


def unsure(conn: Connection, one: Order) -> Order:
    outbox.begin(conn, one, NOW)
    outbox.unknown(conn, one, NOW, "no answer came", NOW + timedelta(minutes=1))
    return outbox.get(conn, one.id)


def test_what_nobody_knew_is_out(store: Store, answer: Order) -> None:
    with store.writing() as conn:
        unsure(conn, answer)
        found = tell(conn, answer, word(answer))
        whole = inbox.whole(conn, answer.addressed.mention_id) if answer.addressed else None
        tried = [(one.what, one.outcome) for one in resolving.attempts(conn, answer.id)]
    assert (found.state, found.remote_id, found.error, found.next_at) == (DeliveryState.SENT, "wamid.9", None, None)
    assert whole is not None and whole.mention.answered_at == NOW
    assert tried == [("send", "unknown"), ("look", "sent")]


def test_a_failure_after_all_is_said_and_the_state_stays(store: Store, answer: Order) -> None:
    with store.writing() as conn:
        outbox.begin(conn, answer, NOW)
        outbox.sent(conn, answer, NOW, "wamid.9", None, what="send", seconds=0.1)
        for _turn in range(2):
            found = tell(conn, answer, word(answer, arrived=False, problem="not on\nthis network (131026)"))
        tried = [(one.what, one.outcome) for one in resolving.attempts(conn, answer.id)]
        assert told.failed_since(conn, answer.account_id, NOW) == 1
        assert told.failed_since(conn, answer.account_id, NOW + timedelta(days=1)) == 0
        # A late word of an earlier step takes nothing back.
        assert tell(conn, answer, word(answer)).error == found.error
    assert found.state is DeliveryState.SENT and found.error is not None
    assert found.error.endswith("it did not arrive: not on this network (131026)")
    assert tried == [("send", "sent"), ("look", "refused")]


def test_a_failure_of_what_nobody_knew_is_a_person_s_and_survives_the_late_word_of_its_sending(
    store: Store, answer: Order
) -> None:
    with store.writing() as conn:
        unsure(conn, answer)
        found = tell(conn, answer, word(answer, arrived=False, problem="no window"))
        assert (found.state, found.next_at) == (DeliveryState.UNKNOWN, None)
        assert resolving.for_a_person(conn) == 1
        after = tell(conn, answer, word(answer))
    assert after.state is DeliveryState.SENT and after.error == found.error and "no window" in str(found.error)


def test_a_failure_of_an_earlier_sending_is_none_of_the_next(store: Store, answer: Order) -> None:
    with store.writing() as conn:
        one = unsure(conn, answer)
        tell(conn, answer, word(answer, arrived=False))
        outbox.released(conn, one, NOW)
        outbox.begin(conn, one, NOW)
        outbox.sent(conn, one, NOW, "wamid.10", None, what="send", seconds=0.1)
        assert told.failed_since(conn, answer.account_id, NOW) == 0
        # The id is that of the first one.
        found = tell(conn, answer, word(answer, arrived=False))
    assert (found.state, found.error) == (DeliveryState.SENT, None)


def test_what_would_go_out_a_second_time_is_held(store: Store, answer: Order) -> None:
    with store.writing() as conn:
        outbox.again(conn, unsure(conn, answer), NOW, "looked twice")
        assert tell(conn, answer, word(answer, arrived=False)).state is DeliveryState.QUEUED
        found = tell(conn, answer, word(answer))
        assert outbox.due(conn, NOW, ()) == []
        assert tell(conn, answer, word(answer)) == found
    assert (found.state, found.held_for) == (DeliveryState.HELD, "ledger")
    assert "out already" in str(found.error)


def test_what_failed_or_was_called_off_is_not_changed(store: Store, answer: Order) -> None:
    with store.writing() as conn:
        outbox.begin(conn, answer, NOW)
        outbox.failed(conn, answer, NOW, "no")
        found = tell(conn, answer, word(answer))
        assert found.state is DeliveryState.FAILED and "out already" in str(found.error)
        outbox.cancelled(conn, answer, NOW)
        assert tell(conn, answer, word(answer)).state is DeliveryState.CANCELLED


def test_the_keys_of_others_and_of_other_accounts_change_nothing(store: Store, answer: Order) -> None:
    with store.writing() as conn:
        unsure(conn, answer)
        other = teams.put_account(conn, "mastodon", "teh", NOW)
        told.tell(conn, other, word(answer), 1, NOW)
        assert tell(conn, answer, word(answer, key="reply-of-another-program")).state is DeliveryState.UNKNOWN


def test_what_is_told_while_the_call_is_under_way_waits_for_its_end(store: Store, answer: Order) -> None:
    with store.writing() as conn:
        received.keep(conn, [received.Arrived("mastodon", answer.account_id, b"{}", NOW)])
        received.finish(conn, [received.Outcome(1)], NOW)
        outbox.begin(conn, answer, NOW)
        assert tell(conn, answer, word(answer)).state is DeliveryState.SENDING
        assert not told.owed(conn) and received.waiting(conn) == []
        outbox.unknown(conn, answer, NOW, "no answer came", None)
        assert told.owed(conn)
        told.read_again(conn)
        assert [one.body for one in received.waiting(conn)] == [b"{}"] and not told.owed(conn)


def test_erasing_somebody_reaches_what_was_told_of_an_answer_to_them(store: Store, answer: Order) -> None:
    assert answer.addressed is not None
    with store.writing() as conn:
        received.keep(conn, [received.Arrived("mastodon", answer.account_id, b"{}", NOW)])
        received.finish(conn, [received.Outcome(1)], NOW)
        outbox.begin(conn, answer, NOW)
        tell(conn, answer, word(answer))
        received.drop_empty(conn, [1])
        assert conn.execute("SELECT body FROM received").fetchone() == (b"{}",)
        received.forget(conn, [answer.addressed.mention_id])
        assert conn.execute("SELECT body FROM received").fetchone() == (None,)
        assert conn.execute("SELECT count(*) FROM received_mention").fetchone() == (0,)
