"""Deliveries keep to the state table; mentions find their holder, and undo takes it back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from smdash.core.deliveries import may_become
from smdash.core.errors import InputError, Refused
from smdash.core.records import Account, Actor, Category, Delivery, DeliveryState, Format, IncomingMention, Role
from smdash.store import deliveries, inbox, members, mentions, posts, teams, triage, undoing
from smdash.store.connection import Store


@pytest.fixture
def queued(store: Store, actor: Actor) -> Delivery:
    """A delivery to mastodon/kopi that is due now."""
    now = store.clock.now()
    with store.writing() as conn:
        account = Account(teams.put_account(conn, "mastodon", "kopi", now), "mastodon", "kopi", None, None, "active")
        post_id = posts.add(
            conn, actor, now, accounts=[account], category=Category.QUOTE, format=Format.TEXT, body="Senja",
            due_at=now, zone="Asia/Jakarta",
        )  # fmt: skip
        return posts.get(conn, post_id).deliveries[0]


def test_a_delivery_goes_out(store: Store, queued: Delivery) -> None:
    now = store.clock.now()
    with store.writing() as conn:
        assert deliveries.due(conn, now - timedelta(seconds=1)) == []
        assert [one.id for one in deliveries.due(conn, now)] == [queued.id]
        deliveries.begin(conn, queued.id, now)
        assert deliveries.due(conn, now) == []
        deliveries.sent(conn, queued.id, now, "9", "https://kopi.example/9")
        assert queued.post_id is not None
        (found,) = posts.get(conn, queued.post_id).deliveries
    assert (found.state, found.sent_at, found.remote_url) == (DeliveryState.SENT, now, "https://kopi.example/9")


def test_a_delivery_fails_with_a_clean_reason(store: Store, queued: Delivery) -> None:
    now = store.clock.now()
    with store.writing() as conn:
        deliveries.begin(conn, queued.id, now)
        deliveries.failed(conn, queued.id, now, "\x1b[31mserver\nsays no" + "!" * 2_000)
        assert queued.post_id is not None
        (found,) = posts.get(conn, queued.post_id).deliveries
    assert found.state is DeliveryState.FAILED
    assert found.error is not None
    assert found.error.startswith("[31mserver says no!!!")
    assert len(found.error) <= deliveries.ERROR_LIMIT


def test_an_unsafe_address_is_not_kept(store: Store, queued: Delivery) -> None:
    with store.writing() as conn:
        deliveries.begin(conn, queued.id, store.clock.now())
        deliveries.sent(conn, queued.id, store.clock.now(), "9", "javascript:alert(1)")
        assert queued.post_id is not None
        assert posts.get(conn, queued.post_id).deliveries[0].remote_url is None


def test_illegal_steps_are_refused(store: Store, queued: Delivery) -> None:
    now = store.clock.now()
    with store.writing() as conn:
        for step in (
            lambda: deliveries.sent(conn, queued.id, now, "9", None),
            lambda: deliveries.failed(conn, queued.id, now, "no"),
        ):
            with pytest.raises(Refused, match="queued"):
                step()
        deliveries.begin(conn, queued.id, now)
        with pytest.raises(Refused):
            deliveries.begin(conn, queued.id, now)
        with pytest.raises(InputError, match="no delivery"):
            deliveries.begin(conn, queued.id + 1, now)


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
