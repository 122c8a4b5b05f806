"""How much may be on its way to the terminal, so that a key never waits behind seconds of old pictures.

Between the dashboard and the eye lie buffers that take whatever they are given: the pseudo-terminal's, sshd's, the
network's. So the terminal is asked after each piece of output whether it has come that far (DSR, which every terminal
answers in its turn), and what has not been answered stays within what the line takes in a fraction of a second.
Sources: ECMA-48, DSR; the idea is that of delay-based congestion control, as in RFC 6817.
"""

from __future__ import annotations

from collections import deque
from typing import NamedTuple

# Asks whether the terminal works; it answers "yes" when it has drawn all that came before.
PROBE = "\x1b[5n"
ANSWER = "\x1b[0n"
# How long what lies in the buffers may take to be drawn, beside the line's own delay (seconds).
AIM_S = 0.12
# The window: at first, at least, at most (bytes). At least a few rows, or the answers' way would bound the speed.
FIRST, LEAST, MOST = 8_192, 1_024, 65_536
# Differences in delay below this say nothing: the processor's share of them is as large (seconds).
NOISE_S = 0.02
# How far apart questions lie at least (bytes).
EVERY = 256
# How long an answer is waited for before it counts as lost, at first and at most (seconds).
LOST_S, LOST_MOST_S = 3.0, 48.0
# Without answers: how much may wait for the terminal to read it (bytes).
PENDING = 2_048


class _Asked(NamedTuple):
    sent: int
    unanswered: int
    at: float


class Flow:
    """Counts what was sent and what was answered. Times are seconds of a steady clock."""

    def __init__(self) -> None:
        self.answers = False
        self.answers_heard = 0
        self.lost_s = LOST_S
        self.window = FIRST
        self._sent = 0
        self._answered = 0
        self._asked: deque[_Asked] = deque()
        self._delay = float("inf")

    def begin(self) -> None:
        """The terminal was taken anew: nothing is on its way."""
        self._sent = self._answered = 0
        self._asked.clear()

    @property
    def unanswered(self) -> int:
        """Bytes of which the terminal has not said that it has drawn them."""
        return self._sent - self._answered

    def room(self, pending: int) -> int:
        """How many bytes may be sent now, where *pending* have not left the process yet."""
        if not self.answers:
            return MOST if pending <= PENDING else 0
        return max(self.window - self.unanswered, 0) if pending <= self.window else 0

    def sent(self, size: int, now: float, *, more: bool) -> bool:
        """So many bytes were written, and whether there is *more* to come; returns whether to ask after them."""
        self._sent += size
        last = self._asked[-1].sent if self._asked else self._answered
        if self._sent - last < EVERY and not (more and not self._asked):
            return False
        self._asked.append(_Asked(self._sent, self.unanswered, now))
        return True

    def answered(self, now: float) -> None:
        """The terminal has come as far as the oldest question."""
        self.answers = True
        self.answers_heard += 1
        self.lost_s = LOST_S
        if not self._asked:
            return
        found = self._asked.popleft()
        self._answered = max(found.sent, self._answered)
        took = now - found.at
        if took < self._delay:
            self._delay = took
        elif found.unanswered <= LEAST:
            # The line may have become another one (a laptop taken elsewhere): only what met no queue tells.
            self._delay += 0.1 * (took - self._delay)
        queued = took - self._delay
        if queued <= NOISE_S:
            if found.unanswered > self.window // 2:
                self.window = min(2 * self.window, MOST)
            return
        fits = found.unanswered / queued * (AIM_S + self._delay)
        self.window = int(min(max((self.window + fits) / 2, LEAST), MOST))

    def lost(self) -> None:
        """No answer came: a line that stands still, or a terminal that was attached anew and never saw the question."""
        self._answered = self._sent
        self._asked.clear()
        self.lost_s = min(2 * self.lost_s, LOST_MOST_S)
