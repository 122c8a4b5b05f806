"""The state machine of a delivery (DESIGN.md section 3), and what a network may tell of one later.

One step more than there: what surely did not arrive goes from ``sending`` back to ``queued``, for another try.
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from smdash.core.records import DeliveryState as State

_NEXT: dict[State, frozenset[State]] = {
    State.QUEUED: frozenset({State.SENDING, State.HELD, State.CANCELLED}),
    State.HELD: frozenset({State.QUEUED, State.CANCELLED}),
    State.SENDING: frozenset({State.SENT, State.FAILED, State.UNKNOWN, State.QUEUED}),
    State.FAILED: frozenset({State.QUEUED, State.CANCELLED}),
    State.UNKNOWN: frozenset({State.SENT, State.QUEUED}),
    State.SENT: frozenset(),
    State.CANCELLED: frozenset(),
}


class Told(NamedTuple):
    """What a network told by itself of something that we sent; which delivery that is, its ``key`` says.

    ``account_id`` is the network's id of the account, ``remote_id`` that of what went out. ``arrived`` says that the
    network has it and that it is out; else ``problem`` is the reason why it did not get there. ``at`` is UTC.
    """

    account_id: str
    key: str
    remote_id: str
    arrived: bool
    at: datetime
    problem: str = ""


def may_become(old: State, new: State) -> bool:
    """Whether a delivery may go from one state straight to the other."""
    return new in _NEXT[old]
