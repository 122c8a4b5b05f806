"""How often a desk refreshes: eight times a second, less while the machine is short of processor.

A hundred desks share a server. When each of them draws every change at once, the machine is full, locks are held by
processes that wait for their turn, and everybody's keys are late. A thread that wakes later than it asked to is the
sign; every desk that sees it leaves more time between its refreshes, so that together they stay within the machine.
"""

from __future__ import annotations

# The shortest time between two refreshes, and the longest that a crowded machine stretches it to (seconds).
SHORTEST_S = 0.125
LONGEST_S = 4.0
# Waking this late is usual, since the other threads of the process take turns (seconds).
USUAL_S = 0.008
# How many times the lateness is added, and over how long it is averaged (seconds): one late nap is no crowd.
STRETCH = 80.0
AVERAGED_S = 1.5


class Pace:
    """Told how late each nap ended; tells how long to leave between two refreshes."""

    def __init__(self, gap_s: float = 0.0) -> None:
        """*gap_s*: the shortest time between two refreshes where that is longer than usual (a slow line)."""
        self._shortest = max(gap_s, SHORTEST_S)
        self._late = 0.0

    def woke(self, asked: float, took: float) -> None:
        """A nap of *asked* seconds took this many."""
        late = min(max(took - asked, 0.0), LONGEST_S)
        # What is awake seldom learns as much from one nap as others do from many.
        self._late += min(max(took, 0.0) / AVERAGED_S, 1.0) * (late - self._late)

    @property
    def between_s(self) -> float:
        """Seconds from one refresh to the next."""
        return min(self._shortest + STRETCH * max(self._late - USUAL_S, 0.0), LONGEST_S)
