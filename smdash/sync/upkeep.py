"""What the service does for the rows by itself, beside pulling: waking what was put aside, counting goals anew."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Protocol, TypeVar

from smdash.core.clock import Clock
from smdash.store import goals, waking
from smdash.store.driver import Connection

log = logging.getLogger("smdash.sync")
T = TypeVar("T")

# How many short transactions one turn takes, so that a thousand that wake at nine o'clock hold up no pull for long.
TURNS = 10


class Run(Protocol):
    """How the service reads or writes: in its own thread, under the lock where it writes."""

    async def __call__(self, work: Callable[[Connection], T]) -> T: ...


class Upkeep:
    """Does a little at each turn of the service's loop; a read where there is nothing to do."""

    def __init__(self, read: Run, write: Run, clock: Clock) -> None:
        self._read = read
        self._write = write
        self._clock = clock
        # The change of goals whose rows are being counted, and those that are left.
        self._word: str | None = None
        self._left: list[int] = []

    async def turn(self) -> None:
        """Wake those whose time has come, and count on where goals changed."""
        for _turn in range(TURNS):
            if not await self._wake():
                break
        for _turn in range(TURNS):
            if not await self._count():
                break

    async def _wake(self) -> bool:
        now = self._clock.now()
        if not await self._read(lambda conn: waking.due(conn, now)):
            return False
        return bool(await self._write(lambda conn: waking.wake(conn, now)))

    async def _count(self) -> bool:
        """One batch; whether there is more to do."""
        word = await self._read(goals.to_count)
        if word is None:
            return False
        if word != self._word:
            log.info("the response goals changed: what waits is counted anew")
            self._word, self._left = word, await self._read(goals.waiting)
        batch, self._left = self._left[: goals.BATCH], self._left[goals.BATCH :]
        done = not self._left

        def write(conn: Connection) -> None:
            goals.recompute(conn, batch, self._clock.now())
            if done:
                goals.counted(conn, word)

        await self._write(write)
        return not done
