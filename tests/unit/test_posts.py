"""The one word for a post, and whether it is late."""

from datetime import UTC, datetime, timedelta

import pytest

from smdash.core.posts import is_over, lateness, shown_state
from smdash.core.records import Category, Delivery, DeliveryState, Format, Post, PostState

NOW = datetime(2026, 11, 23, 7, 5, tzinfo=UTC)
HOUR = timedelta(hours=1)


def delivery(state: str, due_at: datetime | None = NOW) -> Delivery:
    return Delivery(1, 1, "kopi", "mastodon", DeliveryState(state), due_at, None, None, None)


def post(state: str, *deliveries: Delivery, due_at: datetime | None = NOW) -> Post:
    return Post(
        1, PostState(state), shown_state(PostState(state), deliveries), Category.OTHER, Format.TEXT, "teks", None, "Ana",
        due_at, "Asia/Jakarta", None, None, deliveries, (),
    )  # fmt: skip


@pytest.mark.parametrize("state", ["idea", "draft", "review", "expired", "cancelled"])
def test_a_post_that_is_not_ready_shows_its_own_state(state: str) -> None:
    assert shown_state(PostState(state), [delivery("sent")]) == state


@pytest.mark.parametrize(
    ("deliveries", "shown"),
    [
        ([], "scheduled"),
        (["queued"], "scheduled"),
        (["queued", "queued"], "scheduled"),
        (["sending", "queued"], "sending"),
        (["sent", "queued"], "sending"),
        (["sent", "sending"], "sending"),
        (["sent"], "sent"),
        (["sent", "sent"], "sent"),
        (["sent", "cancelled"], "sent"),
        (["sent", "failed"], "partly"),
        (["sent", "failed", "queued"], "partly"),
        (["failed"], "failed"),
        (["failed", "queued"], "failed"),
        (["unknown", "sent"], "unknown"),
        (["unknown", "failed"], "unknown"),
        (["held"], "held"),
        (["held", "queued"], "held"),
        (["held", "sent"], "held"),
        (["cancelled"], "cancelled"),
        (["cancelled", "queued"], "scheduled"),
    ],
)
def test_a_ready_post_shows_what_became_of_its_deliveries(deliveries: list[str], shown: str) -> None:
    assert shown_state(PostState.READY, [delivery(state) for state in deliveries]) == shown


@pytest.mark.parametrize("state", ["queued", "held", "failed"])
def test_a_delivery_that_still_waits_is_late_from_its_time_on(state: str) -> None:
    late = post("ready", delivery(state, NOW - HOUR), due_at=NOW - HOUR)
    assert lateness(late, NOW) == HOUR


@pytest.mark.parametrize("state", ["sent", "sending", "unknown", "cancelled"])
def test_a_delivery_that_does_not_wait_is_not_late(state: str) -> None:
    assert lateness(post("ready", delivery(state, NOW - HOUR), due_at=NOW - HOUR), NOW) is None


def test_the_most_overdue_delivery_counts() -> None:
    both = post(
        "ready", delivery("queued", NOW - HOUR), delivery("queued", NOW - 3 * HOUR), delivery("queued", NOW + HOUR)
    )
    assert lateness(both, NOW) == 3 * HOUR


@pytest.mark.parametrize(("seconds", "late"), [(-60, False), (0, False), (60, False), (61, True)])
def test_the_service_has_a_minute_before_a_post_is_late(seconds: int, late: bool) -> None:
    due = NOW - timedelta(seconds=seconds)
    assert (lateness(post("ready", delivery("queued", due), due_at=due), NOW) is not None) is late


@pytest.mark.parametrize(("state", "late"), [("draft", True), ("review", True), ("idea", False), ("cancelled", False)])
def test_a_post_that_is_not_ready_in_time_is_late(state: str, late: bool) -> None:
    assert (lateness(post(state, due_at=NOW - HOUR), NOW) is not None) is late


def test_a_ready_post_that_has_no_delivery_yet_is_late_too() -> None:
    assert lateness(post("ready", due_at=NOW - HOUR), NOW) == HOUR


def test_a_draft_without_a_time_is_never_late() -> None:
    assert lateness(post("draft", due_at=None), NOW) is None


@pytest.mark.parametrize(
    ("one", "over"),
    [
        (post("ready", delivery("sent")), True),
        (post("ready", delivery("cancelled")), True),
        (post("expired"), True),
        (post("ready", delivery("failed")), False),
        (post("draft"), False),
    ],
)
def test_what_is_over(one: Post, over: bool) -> None:
    assert is_over(one) is over
