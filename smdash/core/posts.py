"""What people see of a post: its state from its deliveries, and whether it is late."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from smdash.core.errors import Refused
from smdash.core.labels import state as state_label
from smdash.core.records import Delivery, DeliveryState, Post, PostState
from smdash.locale import gettext as _

# A delivery that the service is about to take is not late yet.
LATE_AFTER = timedelta(minutes=1)

# The states that people see, beside those of an unready post.
SHOWN = ("scheduled", "sending", "sent", "gone", "partly", "failed", "unknown", "held")
_WAITING = (DeliveryState.QUEUED, DeliveryState.HELD, DeliveryState.FAILED)


def shown_state(state: PostState, deliveries: Sequence[Delivery]) -> str:
    """One word for a post (DESIGN.md section 3): its own state until it is ready, then that of its deliveries.

    What needs a person wins over what moves, and what moves over what rests.
    """
    if state is not PostState.READY:
        return state.value
    found = {delivery.state for delivery in deliveries} - {DeliveryState.CANCELLED}
    if not found:
        return PostState.CANCELLED.value if deliveries else "scheduled"
    if DeliveryState.UNKNOWN in found:
        return "unknown"
    if DeliveryState.FAILED in found:
        return "partly" if DeliveryState.SENT in found else "failed"
    if any(delivery.gone for delivery in deliveries):
        return "gone"
    if DeliveryState.SENDING in found:
        return "sending"
    if DeliveryState.HELD in found:
        return "held"
    if DeliveryState.SENT in found:
        return "sent" if len(found) == 1 else "sending"
    return "scheduled"


def lateness(post: Post, now: datetime) -> timedelta | None:
    """How long a post is overdue, or nothing. Derived from the clock, so it is true while no service runs."""
    if post.state is not PostState.READY:
        waiting = [post.due_at] if post.due_at and post.state in (PostState.DRAFT, PostState.REVIEW) else []
    else:
        waiting = [one.due_at for one in post.deliveries if one.state in _WAITING and one.due_at is not None]
        if not post.deliveries and post.due_at is not None:
            waiting = [post.due_at]
    overdue = [now - due for due in waiting if now - due > LATE_AFTER]
    return max(overdue) if overdue else None


def is_over(post: Post) -> bool:
    """Whether nothing more will happen to it."""
    return post.shown in ("sent", "cancelled", "expired")


def refuse_move(post: Post) -> None:
    """Raise Refused where a post can't be given another time.

    That is one without a time, one at its end, and one of which anything is out, may be out or failed.
    """
    if post.due_at is None:
        raise Refused(_("post {id} has no time yet").format(id=post.id))
    if post.state in (PostState.CANCELLED, PostState.EXPIRED):
        raise Refused(_("post {id} is “{state}”; it can't be moved").format(id=post.id, state=state_label(post.state)))
    for one in post.deliveries:
        account = f"{one.platform}/{one.account}"
        if one.state in (DeliveryState.SENDING, DeliveryState.SENT, DeliveryState.UNKNOWN):
            raise Refused(
                _("post {id} on {account} is “{state}”; what is out, or may be, can't be moved").format(
                    id=post.id, account=account, state=state_label(one.state)
                )
            )
        if one.state is DeliveryState.FAILED:
            raise Refused(
                _("post {id} on {account} failed; decide about that first: smdash delivery resolve {delivery}").format(
                    id=post.id, account=account, delivery=one.id
                )
            )
