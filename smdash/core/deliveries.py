"""The state machine of a delivery (DESIGN.md section 3).

One step more than there: what surely did not arrive goes from ``sending`` back to ``queued``, for another try.
"""

from __future__ import annotations

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


def may_become(old: State, new: State) -> bool:
    """Whether a delivery may go from one state straight to the other."""
    return new in _NEXT[old]
