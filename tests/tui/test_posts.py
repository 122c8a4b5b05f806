"""A post whole: what became of its deliveries, and what a member may decide about them."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from smdash.core.clock import FixedClock
from smdash.core.records import Actor, DeliveryState
from smdash.store import outbox, resolving
from smdash.store.connection import Store
from tests.desk import desk_app, plan_post
from tests.tui.conftest import until

WIDE = (120, 40)


@pytest.fixture
def sending(store: Store, actor: Actor) -> outbox.Order:
    """The delivery of a post that is being sent."""
    plan_post(store, actor, "Cara seduh V60", store.clock.now() - timedelta(minutes=2))
    with store.writing() as conn:
        one = outbox.get(conn, 1)
        outbox.begin(conn, one, store.clock.now())
    return one


def state(store: Store) -> DeliveryState:
    with store.reading() as conn:
        return resolving.get(conn, 1).state


async def test_a_refused_post_shows_why_and_is_sent_again_by_decision(
    store: Store, db: Path, clock: FixedClock, sending: outbox.Order
) -> None:
    with store.writing() as conn:
        outbox.failed(conn, sending, clock.now(), "[red]422[/red]: too long", 0.4)
    async with desk_app(db, clock).run_test(size=WIDE) as pilot:
        await pilot.press("1", "enter")
        text = await until(pilot, lambda text: "instagram/kopi: failed" in text)
        assert "[red]422[/red]: too long" in text and "14:05 sent, and refused" in text and "D decide" in text
        await pilot.press("D")
        text = await until(pilot, lambda text: "What is to become of it?" in text)
        assert "send it again" in text and "keep it here" in text and "I saw it" not in text
        await pilot.press("1")
        await until(pilot, lambda text: "instagram/kopi: queued" in text and "somebody let it go out" in text)
    assert state(store) is DeliveryState.QUEUED


async def test_nobody_decides_while_the_service_is_finding_out(
    store: Store, db: Path, clock: FixedClock, sending: outbox.Order
) -> None:
    with store.writing() as conn:
        outbox.unknown(conn, sending, clock.now(), "kopi.example broke off", clock.now() + timedelta(seconds=55))
    async with desk_app(db, clock).run_test(size=WIDE) as pilot:
        await pilot.press("1", "enter")
        text = await until(pilot, lambda text: "instagram/kopi: not known whether sent" in text)
        assert "the service looks for it at 14:05" in text
        await pilot.press("D")
        await until(pilot, lambda text: "nothing here needs a decision" in text)
        # It is found while the screen is open.
        with store.writing() as conn:
            outbox.sent(conn, sending, clock.now(), "9", "https://kopi.example/9", what="look", seconds=0.2)
        await until(pilot, lambda text: "instagram/kopi: sent" in text and "looked, and it is there" in text)


async def test_what_nobody_could_find_out_is_a_persons_word(
    store: Store, db: Path, clock: FixedClock, sending: outbox.Order
) -> None:
    with store.writing() as conn:
        outbox.unknown(conn, sending, clock.now(), "kopi.example broke off", None)
    async with desk_app(db, clock).run_test(size=(80, 24)) as pilot:
        await pilot.press("1", "enter")
        await until(pilot, lambda text: "instagram/kopi: not known whether sent" in text)
        await pilot.press("D")
        text = await until(pilot, lambda text: "What is to become of it?" in text)
        assert "it is there: I saw it" in text and "it is not there: send it again" in text
        await pilot.press("1")
        await until(pilot, lambda text: "instagram/kopi: sent" in text)
    assert state(store) is DeliveryState.SENT


async def test_a_decision_that_came_too_late_is_refused_in_a_line(
    store: Store, db: Path, clock: FixedClock, sending: outbox.Order
) -> None:
    with store.writing() as conn:
        outbox.failed(conn, sending, clock.now(), "no")
    async with desk_app(db, clock).run_test(size=WIDE) as pilot:
        await pilot.press("1", "enter", "D")
        await until(pilot, lambda text: "What is to become of it?" in text)
        with store.writing() as conn:
            resolving.cancel(conn, Actor(1, "ana", "Ana", "ana"), 1, clock.now())
        await pilot.press("1")
        await until(pilot, lambda text: "delivery 1 is “cancelled”" in text)
