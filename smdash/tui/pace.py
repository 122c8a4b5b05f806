"""How often a desk refreshes: eight times a second, less while the machine is short of processor.

A hundred desks share a server. When each of them draws every change at once, the machine is full, locks are held by
processes that wait for their turn, and everybody's keys are late. So each desk keeps to its part: all of them together
leave room for the service and whoever else works there, the member's own keys come first, and what is left is for news.
A thread that wakes later than it asked to is the sign of others at work, and leaves more time between refreshes too.
"""

from __future__ import annotations

import os

# The shortest time between two refreshes, and the longest that a crowded machine stretches it to (seconds).
SHORTEST_S = 0.125
LONGEST_S = 4.0
# Waking this late is usual, since the other threads of the process take turns (seconds).
USUAL_S = 0.008
# How many times the lateness is added, and over how long it is averaged (seconds): one late nap is no crowd.
STRETCH = 80.0
AVERAGED_S = 1.5
# What all desks together may take of the machine, of which a busy member's keys need so much (seconds a second, each),
# and what is left for news however many there are.
ALLOWED = 0.7
KEYS_S = 0.007
LEAST = 0.2
# How far one's own part can be overdrawn (seconds of waiting).
OVERDRAWN_S = 2.0


def cores() -> int:
    """Processors that this process may run on."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Pace:
    """Told how late each nap ended; tells how long to leave between two refreshes."""

    def __init__(self, gap_s: float = 0.0) -> None:
        """*gap_s*: the shortest time between two refreshes where that is longer than usual (a slow line)."""
        self._shortest = max(gap_s, SHORTEST_S)
        self._late = 0.0
        self._cores = cores()
        self._share = ALLOWED * self._cores
        self._debt_s = 0.0
        self._paid: tuple[float, float] | None = None

    def refreshed(self, desks: int, now_s: float, used_s: float) -> None:
        """A refresh begins, with so many desks open; *used_s* is the processor time of this process so far."""
        desks = max(desks, 1)
        self._share = max(ALLOWED * self._cores - KEYS_S * desks, LEAST * self._cores) / desks
        before, self._paid = self._paid, (now_s, used_s)
        if before is not None:
            self._debt_s += used_s - before[1] - self._share * (now_s - before[0])
            self._debt_s = min(max(self._debt_s, 0.0), self._share * OVERDRAWN_S)

    def woke(self, asked: float, took: float) -> None:
        """A nap of *asked* seconds took this many."""
        late = min(max(took - asked, 0.0), LONGEST_S)
        # What is awake seldom learns as much from one nap as others do from many.
        self._late += min(max(took, 0.0) / AVERAGED_S, 1.0) * (late - self._late)

    @property
    def between_s(self) -> float:
        """Seconds from one refresh to the next."""
        late = STRETCH * max(self._late - USUAL_S, 0.0)
        return min(self._shortest + max(late, self._debt_s / self._share), LONGEST_S)
