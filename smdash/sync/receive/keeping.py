"""Keeping bodies before they are answered: one thread commits all that wait in one transaction, synced to the disk.

A commit costs some milliseconds however much it holds, so that hundreds of pushes a second need a few commits.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections import deque
from collections.abc import Callable
from typing import NamedTuple

from smdash.core.errors import SmdashError, StoreBusy
from smdash.locale import gettext as _
from smdash.store import received
from smdash.store.connection import Store
from smdash.store.received import Arrived

log = logging.getLogger("smdash.receive")

# How long the file's lock is waited for (ms): a network that hears nothing for some seconds counts that as a failure.
LOCK_MS = 2_000
# What one commit takes at most, and what may wait for one.
BATCH = 1_000
BATCH_BYTES = 16_000_000
MOST_WAITING = 5_000
MOST_WAITING_BYTES = 64_000_000


class _Kept(NamedTuple):
    arrived: Arrived
    loop: asyncio.AbstractEventLoop
    done: asyncio.Future[None]


class Keeper:
    """``kept`` is called in the thread after each commit; the store belongs to the thread until it has ended."""

    def __init__(self, store: Store, kept: Callable[[], None], failed: Callable[[SmdashError], None]) -> None:
        self._store = store
        self._after = kept
        self._failed = failed
        self._waiting: deque[_Kept] = deque()
        # Of those that wait or are being committed, also where their senders were told to come again.
        self._bytes = 0
        self._wake = threading.Condition()
        self._ending = False
        self._thread = threading.Thread(target=self._run, name="keeper", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self, patience_s: float) -> bool:
        """Keep what waits and end; returns whether it did within that time."""
        with self._wake:
            self._ending = True
            self._wake.notify()
        self._thread.join(patience_s)
        return not self._thread.is_alive()

    async def keep(self, arrived: Arrived) -> None:
        """Return when the body is on the disk. Raises StoreError where it is not, as far as anybody knows."""
        loop = asyncio.get_running_loop()
        waiting = _Kept(arrived, loop, loop.create_future())
        with self._wake:
            full = len(self._waiting) >= MOST_WAITING or self._bytes + len(arrived.body) > MOST_WAITING_BYTES
            if self._ending or full:
                raise StoreBusy(_("more is pushed than can be kept"))
            self._waiting.append(waiting)
            self._bytes += len(arrived.body)
            self._wake.notify()
        await waiting.done

    def _run(self) -> None:
        while True:
            with self._wake:
                while not self._waiting and not self._ending:
                    self._wake.wait()
                batch = self._take()
            if not batch:
                return
            problem = self._commit(batch)
            with self._wake:
                self._bytes -= sum(len(one.arrived.body) for one in batch)
            for one in batch:
                # A loop that was closed has nobody left to tell.
                try:
                    one.loop.call_soon_threadsafe(_tell, one.done, problem)
                except RuntimeError:
                    break
            if problem is None:
                self._after()

    def _take(self) -> list[_Kept]:
        batch: list[_Kept] = []
        room = BATCH_BYTES
        while self._waiting and len(batch) < BATCH and (room > 0 or not batch):
            one = self._waiting.popleft()
            room -= len(one.arrived.body)
            batch.append(one)
        return batch

    def _commit(self, batch: list[_Kept]) -> SmdashError | None:
        try:
            with self._store.writing(busy_ms=LOCK_MS) as conn:
                received.keep(conn, [one.arrived for one in batch])
        except SmdashError as problem:
            self._failed(problem)
            return problem
        except Exception:
            log.exception("what was pushed could not be kept")
            return StoreBusy(_("what was pushed could not be kept; the log says more"))
        return None


def _tell(done: asyncio.Future[None], problem: SmdashError | None) -> None:
    if done.done():
        return
    if problem is None:
        done.set_result(None)
    else:
        done.set_exception(problem)
