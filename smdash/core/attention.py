"""When a desk may ring: more of one's own, something urgent, or far more arriving than usual; never in quiet hours.

What a member does themselves is no news. A rise that was told is not told again; one that falls into quiet hours is not
told later.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from datetime import datetime, timedelta, tzinfo
from enum import StrEnum
from typing import NamedTuple

from smdash.core.worktime import Interval

# A spike: so many within the window, and so many times what usually comes in one.
WINDOW = timedelta(minutes=10)
SPIKE_LEAST = 20
SPIKE_TIMES = 4
# How long one must have watched before there is a "usual", and how long a spike is told once.
WATCHED = timedelta(minutes=30)
SPIKE_AGAIN = timedelta(minutes=30)


class Reason(StrEnum):
    MINE = "mine"
    URGENT = "urgent"
    SPIKE = "spike"


# How finely arrivals are told apart in time.
GRAIN = timedelta(seconds=5)


class Figures(NamedTuple):
    """Open mentions now: all, one's own, and urgent ones."""

    open: int
    mine: int
    urgent: int


class Attention:
    """Told the figures after each read; says what is worth a bell."""

    def __init__(self, quiet: Sequence[Interval] = ()) -> None:
        self._quiet = tuple(quiet)
        self._last: Figures | None = None
        self._own = False
        self._since: datetime | None = None
        self._arrived: deque[tuple[datetime, int]] = deque()
        self._total = 0
        self._spiked_at: datetime | None = None

    def own_step(self) -> None:
        """The member did something: the next figures are theirs."""
        self._own = True

    def notice(self, figures: Figures, now: datetime, zone: tzinfo) -> list[Reason]:
        """What has become worth a bell since the last call."""
        last, self._last = self._last, figures
        own, self._own = self._own, False
        self._since = self._since or now
        if last is None or own:
            return []
        came = max(figures.open - last.open, 0)
        if came:
            # What came within some seconds is one: in a flood there are eight reads a second, all day long.
            if self._arrived and now - self._arrived[-1][0] < GRAIN:
                since, before = self._arrived.pop()
                self._arrived.append((since, before + came))
            else:
                self._arrived.append((now, came))
            self._total += came
        found = []
        if figures.mine > last.mine:
            found.append(Reason.MINE)
        if figures.urgent > last.urgent:
            found.append(Reason.URGENT)
        if self._is_spike(now):
            self._spiked_at = now
            found.append(Reason.SPIKE)
        return [] if self._is_quiet(now.astimezone(zone)) else found

    def _is_spike(self, now: datetime) -> bool:
        while self._arrived and self._arrived[0][0] <= now - WINDOW:
            self._arrived.popleft()
        within = sum(n for _at, n in self._arrived)
        watched = now - (self._since or now)
        if within < SPIKE_LEAST or watched < WATCHED:
            return False
        if self._spiked_at is not None and now - self._spiked_at < SPIKE_AGAIN:
            return False
        usual = (self._total - within) * (WINDOW / (watched - WINDOW))
        return within >= SPIKE_TIMES * usual

    def _is_quiet(self, wall: datetime) -> bool:
        minute = wall.hour * 60 + wall.minute
        return any(one.start <= minute < one.end for one in self._quiet)
