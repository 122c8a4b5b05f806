"""Who has to say yes to a post before it goes out, and what follows of that for its state.

Recorded, not verified: a member is an OS login, and whoever may write the file may write what they like.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from smdash.core.records import DeliveryState, PostState


class Approval(StrEnum):
    """The team's setting. ``optional``: whoever wants a second look asks for one; ``several``: it takes more yeses."""

    NONE = "none"
    OPTIONAL = "optional"
    REQUIRED = "required"
    SEVERAL = "several"

    @property
    def is_required(self) -> bool:
        """Whether nothing goes out that nobody else approved."""
        return self in (Approval.REQUIRED, Approval.SEVERAL)


# How many members ``several`` may mean.
FEWEST, MOST = 2, 9


class Policy(NamedTuple):
    """What the team says of approval; ``approvers`` counts where that is ``several``."""

    mode: Approval = Approval.NONE
    approvers: int = FEWEST

    @property
    def needed(self) -> int:
        """How many members have to say yes to a post that is in review."""
        return self.approvers if self.mode is Approval.SEVERAL else 1

    def missing(self, given: int) -> int:
        """How many more have to, once so many did."""
        return max(self.needed - given, 0)


# What may be out, or is on its way: its text and time are no more ours to change.
BEYOND_EDIT = (DeliveryState.SENDING, DeliveryState.SENT, DeliveryState.UNKNOWN)


def mode(value: object) -> Approval:
    """The setting as it is stored; what is none of them counts as not set."""
    return Approval(value) if isinstance(value, str) and value in list(Approval) else Approval.NONE


def approvers(value: object) -> int:
    """The number as it is stored; what is out of bounds counts as not set."""
    return value if type(value) is int and FEWEST <= value <= MOST else FEWEST


def first_state(approval: Approval, due_at: datetime | None, wish: PostState | None = None) -> PostState:
    """The state of a new post. *wish*: what its author asks for (idea, draft, review), else as far as it may be."""
    if wish in (PostState.IDEA, PostState.DRAFT):
        return wish
    if due_at is None:
        return PostState.DRAFT
    if approval.is_required or wish is PostState.REVIEW:
        return PostState.REVIEW
    return PostState.READY


def submitted(approval: Approval) -> PostState:
    """What a draft becomes that its author thinks is done."""
    return PostState.READY if approval is Approval.NONE else PostState.REVIEW


def edited(approval: Approval, state: PostState, *, new_time: bool, touches: bool) -> PostState:
    """What a post becomes by an edit. *touches*: its text, accounts or time are others than before.

    Where approval is required, what was approved has to be approved again. Where there is none, a draft that gets a
    time is ready; an expired one is a draft again when it gets a new time.
    """
    if state is PostState.READY and touches and approval.is_required:
        return PostState.REVIEW
    if new_time and state in (PostState.DRAFT, PostState.EXPIRED):
        return PostState.READY if approval is Approval.NONE else PostState.DRAFT
    return state


def has_expired(state: PostState, due_at: datetime | None, now: datetime) -> bool:
    """Whether the time of a post that waits for approval has passed."""
    return state is PostState.REVIEW and due_at is not None and due_at <= now
