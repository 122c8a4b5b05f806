"""Deliveries keep to the state table; mentions find their holder, and undo takes it back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from smdash.core.deliveries import may_become
from smdash.core.errors import InputError, Refused
from smdash.core.records import Account, Actor, Category, DeliveryState, Format, IncomingMention, Role
from smdash.store import inbox, members, mentions, outbox, posts, resolving, teams, triage, undoing
from smdash.store.connection import Store
from smdash.store.driver import Connection
from smdash.store.outbox import Order
from tests.store.conftest import NOW


@pytest.fixture
def queued(store: Store, actor: Actor) -> Order:
    """A delivery to mastodon/kopi that is due now."""
    now = store.clock.now()
    with store.writing() as conn:
        account = Account(teams.put_account(conn, "mastodon", "kopi", now), "mastodon", "kopi", None, None, "active")
        post_id = posts.add(
            conn, actor, now, accounts=[account], category=Category.QUOTE, format=Format.TEXT, body="Senja",
            due_at=now, zone="Asia/Jakarta",
        )  # fmt: skip
        return outbox.get(conn, posts.get(conn, post_id).deliveries[0].id)


def test_a_delivery_goes_out(store: Store, queued: Order) -> None:
    now = store.clock.now()
    with store.writing() as conn:
        assert outbox.due(conn, now - timedelta(seconds=1), ()) == []
        assert [one.id for one in outbox.due(conn, now, ())] == [queued.id]
        assert outbox.due(conn, now, {queued.account_id}) == []
        outbox.begin(conn, queued, now)
        assert outbox.due(conn, now, ()) == []
        outbox.sent(conn, queued, now, "9", "https://kopi.example/9", what="send", seconds=0.2)
        found = resolving.get(conn, queued.id)
    assert (found.state, found.sent_at, found.remote_url) == (DeliveryState.SENT, now, "https://kopi.example/9")


def test_a_delivery_fails_with_a_clean_reason(store: Store, queued: Order) -> None:
    now = store.clock.now()
    with store.writing() as conn:
        outbox.begin(conn, queued, now)
        outbox.failed(conn, queued, now, "\x1b[31mserver\nsays no" + "!" * 2_000)
        found = resolving.get(conn, queued.id)
        (tried,) = resolving.attempts(conn, queued.id)
    assert found.state is DeliveryState.FAILED and tried.outcome == "refused" and tried.error == found.error
    assert found.error is not None
    assert found.error.startswith("[31mserver says no!!!")
    assert len(found.error) <= outbox.ERROR_LIMIT


def test_an_unsafe_address_is_not_kept(store: Store, queued: Order) -> None:
    with store.writing() as conn:
        outbox.begin(conn, queued, store.clock.now())
        outbox.sent(conn, queued, store.clock.now(), "9", "javascript:alert(1)", what="send", seconds=None)
        assert resolving.get(conn, queued.id).remote_url is None


def test_illegal_steps_are_refused(store: Store, queued: Order) -> None:
    now = store.clock.now()
    with store.writing() as conn:
        for step in (
            lambda: outbox.sent(conn, queued, now, "9", None, what="send", seconds=None),
            lambda: outbox.failed(conn, queued, now, "no"),
            lambda: outbox.unknown(conn, queued, now, "no", None),
            lambda: outbox.looked(conn, queued, now, "missing", None),
        ):
            with pytest.raises(Refused, match="queued"):
                step()
        outbox.begin(conn, queued, now)
        with pytest.raises(Refused):
            outbox.begin(conn, queued, now)
        with pytest.raises(Refused):
            resolving.cancel(conn, actor_of(conn), queued.id, now)
        with pytest.raises(InputError, match="no delivery"):
            outbox.get(conn, queued.id + 1)


def actor_of(conn: Connection) -> Actor:
    return teams.join(conn, "budi", "Budi", "budi", NOW)


def test_what_is_over_stays_over() -> None:
    for state in DeliveryState:
        assert not may_become(DeliveryState.SENT, state)
        assert not may_become(DeliveryState.CANCELLED, state)
    assert may_become(DeliveryState.UNKNOWN, DeliveryState.SENT)
    assert not may_become(DeliveryState.UNKNOWN, DeliveryState.SENDING)
    assert not may_become(DeliveryState.SENDING, DeliveryState.CANCELLED)


def test_assigning_is_one_step_that_undo_takes_back(
    store: Store, actor: Actor, second: Actor, mention: Callable[..., IncomingMention]
) -> None:
    now = store.clock.now()
    with store.writing() as conn:
        mentions.apply(conn, [mention("1"), mention("2"), mention("3", own=True)], {}, now)
        first, other, own = range(1, 4)
        assert triage.assign(conn, actor, [first, other, first], second.member_id, now).changed == 2
        assert triage.assign(conn, actor, [first], second.member_id, now).changed == 0
        assert inbox.counts(conn, now, second.member_id).mine == 2
        assert undoing.undo(conn, actor, now).ids == (first, other)
        assert inbox.counts(conn, now, second.member_id).mine == 0
        with pytest.raises(Refused):
            triage.assign(conn, actor, [own], second.member_id, now)
        with pytest.raises(InputError, match="no member"):
            triage.assign(conn, actor, [first], 99, now)
        assert triage.assign(conn, actor, [first], actor.member_id, now).changed == 1
        assert triage.assign(conn, actor, [first], None, now).changed == 1


def test_a_member_is_added_once(store: Store, actor: Actor) -> None:
    now = store.clock.now()
    with store.writing() as conn:
        members.add(conn, actor, now, login="dewi", name="Dewi", role=Role.DESIGNER)
        assert teams.find_member(conn, "dewi", "dewi") is not None
        with pytest.raises(InputError, match="already"):
            members.add(conn, actor, now, login="dewi", name="Dewi", role=Role.LEAD)
