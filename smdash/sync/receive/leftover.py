"""What ``smdash receive`` kept and did not get to read: the service does, at its start and whenever it lies about."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from datetime import timedelta
from functools import partial

from smdash.core.clock import Clock
from smdash.core.records import Counts
from smdash.locale import ngettext
from smdash.store.connection import Store
from smdash.store.driver import Connection
from smdash.sync.receive.reading import Done, Reading
from smdash.sync.results import JobResult

# What a receiver that works has read after so long; before, it is left to it.
GRACE = timedelta(seconds=10)
# How many batches one turn of the service takes.
TURNS = 5
NAME = "receive"


class Leftover:
    """Reads in the service's own thread, with its connection."""

    def __init__(self, store: Store, thread: Executor, clock: Clock, guard: Callable[[Connection], None]) -> None:
        self._store = store
        self._thread = thread
        self._clock = clock
        self._reading = Reading(clock, guard)
        self._began = False

    async def turn(self) -> None:
        """Read some of what was left; all of it counts as left when the service begins. Raises StoreError."""
        for _turn in range(TURNS):
            if await self._batch(GRACE if self._began else timedelta(seconds=-1)) is None:
                break
        self._began = True
        await asyncio.get_running_loop().run_in_executor(self._thread, self._reading.tidy, self._store)

    async def all(self) -> JobResult | None:
        """Read all that was left; nothing where nothing was. Raises StoreError."""
        began = self._clock.monotonic()
        total, unread, bodies = Counts(), 0, 0
        while (done := await self._batch(timedelta(seconds=-1))) is not None:
            total, unread, bodies = total + done.counts, unread + done.unread, bodies + done.bodies
        if not bodies:
            return None
        error = None
        if unread:
            error = ngettext(
                "{n} push could not be read; see: smdash doctor",
                "{n} pushes could not be read; see: smdash doctor",
                unread,
            ).format(n=unread)
        seconds = round(self._clock.monotonic() - began, 3)
        return JobResult(NAME, error is None, total.new, total.changed, seconds, error)

    async def _batch(self, grace: timedelta) -> Done | None:
        before = self._clock.now() - grace
        work = partial(self._reading.turn, self._store, before=before)
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)
