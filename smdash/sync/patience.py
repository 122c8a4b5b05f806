"""Waiting for a file that can't be used for now: a little longer each time, and said once."""

from __future__ import annotations

import logging

from smdash.core.clock import Clock
from smdash.core.errors import StoreDamaged, StoreForeign, StoreNewer, StoreReplaced, TakenOver

log = logging.getLogger("smdash.sync")

# What waiting can't mend, or what must not be written to.
FATAL = (StoreReplaced, StoreDamaged, StoreForeign, StoreNewer, TakenOver)
# How long is waited at first and at most before the file is tried again (seconds).
SHORTEST_S = 1.0
LONGEST_S = 30.0


class Patience:
    """What is wrong with the file, and until when it is left in peace."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._said = ""
        self._wait_s = 0.0
        self._until = float("-inf")

    @property
    def over(self) -> bool:
        """Whether the file may be tried."""
        return self._clock.monotonic() >= self._until

    def wait(self, problem: Exception) -> None:
        """Leave the file in peace for a while, and say why."""
        self._wait_s = min(max(self._wait_s * 2, SHORTEST_S), LONGEST_S)
        self._until = self._clock.monotonic() + self._wait_s
        self.say(str(problem))

    def end(self) -> None:
        """The file is good again."""
        if self._wait_s:
            self._wait_s = 0.0
            self.say("")

    def say(self, sentence: str) -> None:
        """Log what is wrong, once until something else is: the loop meets it every second. Nothing ends it."""
        if sentence != self._said:
            self._said = sentence
            if sentence:
                log.error("%s", sentence)
            else:
                log.warning("the database can be used again")
