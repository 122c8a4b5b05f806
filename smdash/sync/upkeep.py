"""What the service does for the rows by itself, beside pulling: waking what was put aside, counting goals anew,

ending the wait of posts that nobody approved in time, and erasing what is older than the team keeps.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Protocol, TypeVar

from smdash.core.clock import Clock
from smdash.store import erase, expiring, goals, teams, waking
from smdash.store.driver import Connection

log = logging.getLogger("smdash.sync")
T = TypeVar("T")

# How many short transactions one turn takes, so that a thousand that wake at nine o'clock hold up no pull for long.
TURNS = 10
# How often it is looked whether the team has a retention by now, and how long after one walk the next begins (seconds).
RETENTION_LOOK_S = 60.0
RETENTION_AGAIN_S = 24 * 3600.0


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
        # Where the walk for retention is, and when it begins anew.
        self._erased_to = 0
        self._erase_at = float("-inf")

    async def turn(self) -> None:
        """Wake those whose time has come, expire what was not approved, and count on where goals changed."""
        for _turn in range(TURNS):
            if not await self._wake():
                break
        for _turn in range(TURNS):
            if not await self._expire():
                break
        for _turn in range(TURNS):
            if not await self._count():
                break
        await self._retire()

    async def _wake(self) -> bool:
        now = self._clock.now()
        if not await self._read(lambda conn: waking.due(conn, now)):
            return False
        return bool(await self._write(lambda conn: waking.wake(conn, now)))

    async def _expire(self) -> bool:
        now = self._clock.now()
        if not await self._read(lambda conn: expiring.overdue(conn, now)):
            return False
        ids = await self._write(lambda conn: expiring.expire(conn, now))
        log.info("not approved in time: %s", ", ".join(map(str, ids)))
        return bool(ids)

    async def _retire(self) -> None:
        """Erase a few of those that are older than the team keeps; once through a day."""
        if self._clock.monotonic() < self._erase_at:
            return
        now, after = self._clock.now(), self._erased_to
        days = await self._read(lambda conn: teams.get(conn, "retention_days"))
        if not days:
            self._erase_at = self._clock.monotonic() + RETENTION_LOOK_S
            return
        done = await self._write(lambda conn: erase.expired(conn, now, after=after))
        if done.after is not None:
            self._erased_to = done.after
            return
        self._erased_to, self._erase_at = 0, self._clock.monotonic() + RETENTION_AGAIN_S
        await self._write(erase.scrub)

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
