"""Between the screen and the file: one thread reads, one writes, one watches. The event loop never waits for SQLite."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from smdash.core.clock import Clock
from smdash.core.errors import SmdashError
from smdash.core.records import Actor, Team
from smdash.store import changes, teams
from smdash.store.connection import Store, open_store
from smdash.store.driver import Connection
from smdash.tui.pace import Pace

T = TypeVar("T")

# How often the watcher looks: while things move, and when nothing has for a while; waking costs more than looking.
LOOK_S = 0.05
IDLE_LOOK_S = 0.1
BUSY_LOOKS = 100
# How long a write that may be left out waits for a lock, so that what a member does never waits behind it (ms).
HURRIED_MS = 100
# After how many looks it checks that the path still leads to the same file.
IDENTITY_EVERY = 4


class Backend:
    """The dashboard's connections. Readers and the writer are apart, so that no read waits behind a lock."""

    def __init__(
        self,
        path: Path,
        clock: Clock,
        *,
        read_only: bool,
        login: str,
        real_login: str,
        name: str,
        why_read_only: str = "",
    ) -> None:
        self.path = path
        self.clock = clock
        self._why_read_only = why_read_only
        self.read_only = read_only
        self._names = (login, name, real_login)
        self._reader = ThreadPoolExecutor(1, "read")
        self._writer = ThreadPoolExecutor(1, "write")
        self._read_store = open_store(path, clock=clock, read_only=read_only, any_thread=True)
        self._write_store: Store | None = None
        self.actor: Actor | None = None
        self.team: Team
        self.first_read()

    @property
    def identity(self) -> tuple[int, int] | None:
        """Which file the readers have open."""
        return self._read_store.identity

    def first_read(self) -> None:
        """Read who we are, before the event loop begins or in the reader's thread."""
        login, _name, real_login = self._names
        with self._read_store.reading() as conn:
            self.team = teams.team(conn)
            self.actor = teams.find_member(conn, login, real_login)

    def read_now(self, work: Callable[[Connection], T]) -> T:
        """Read in this thread: only before the event loop begins."""
        with self._read_store.reading() as conn:
            return work(conn)

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Run *work* in the reading thread. Raises SmdashError."""
        return await asyncio.get_running_loop().run_in_executor(self._reader, self.read_now, work)

    async def write(self, work: Callable[[Connection, Actor], T], *, busy_ms: int | None = None) -> T:
        """Run *work* in one transaction in the writing thread, as the member. Raises SmdashError.

        ``busy_ms``: how long a lock of somebody else is waited for, where that differs from the usual.
        """
        return await asyncio.get_running_loop().run_in_executor(self._writer, self._write_now, work, busy_ms)

    def _write_now(self, work: Callable[[Connection, Actor], T], busy_ms: int | None = None) -> T:
        if self._write_store is None:
            self._write_store = open_store(
                self.path,
                clock=self.clock,
                read_only=self.read_only,
                any_thread=True,
                why_read_only=self._why_read_only,
            )
        login, name, real_login = self._names
        with self._write_store.writing(busy_ms) as conn:
            if self.actor is None:
                known = teams.find_member(conn, login, real_login)
                self.actor = known or teams.join(conn, login, name, real_login, self.clock.now())
            return work(conn, self.actor)

    async def reread_team(self) -> None:
        """Read the team's settings and who we are again. Raises SmdashError."""
        await asyncio.get_running_loop().run_in_executor(self._reader, self.first_read)

    async def reopen(self) -> None:
        """Open the file anew after it was replaced. Raises SmdashError."""

        def read_side() -> None:
            self._read_store.close()
            self._read_store = open_store(self.path, clock=self.clock, read_only=self.read_only, any_thread=True)
            self.actor = None
            self.first_read()

        def write_side() -> None:
            if self._write_store is not None:
                self._write_store.close()
                self._write_store = None

        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._writer, write_side)
        await loop.run_in_executor(self._reader, read_side)

    def close(self, last: Callable[[Connection, Actor], object] | None = None) -> None:
        """End the threads; a write that has begun is finished, then *last* is written if that is possible at once."""
        self._reader.shutdown(wait=False, cancel_futures=True)
        if last is not None and self._write_store is not None:
            # Whoever leaves must not wait for somebody else's lock; what it raises nobody asks for.
            self._writer.submit(self._write_now, last, HURRIED_MS)
        self._writer.shutdown(wait=True)


class Watcher(threading.Thread):
    """Looks whether anybody committed, and tells which topics moved; at most eight times a second.

    ``moved`` and ``replaced`` are called in this thread.
    """

    def __init__(
        self,
        backend: Backend,
        baseline: dict[str, int],
        moved: Callable[[frozenset[str]], None],
        replaced: Callable[[], None],
    ) -> None:
        super().__init__(name="watch", daemon=True)
        self._path = backend.path
        self._seen = baseline
        self._moved = moved
        self._replaced = replaced
        self._stop_asked = threading.Event()
        self._identity = backend.identity
        self._pace = Pace()

    def stop(self) -> None:
        """Ask the thread to end."""
        self._stop_asked.set()

    def run(self) -> None:
        while not self._stop_asked.is_set():
            try:
                self._watch()
            except SmdashError:
                # The file is locked, gone or damaged: the panes' own reads say so; look again in a while.
                self._stop_asked.wait(1.0)

    def _watch(self) -> None:
        with open_store(self._path, read_only=True, any_thread=True) as store:
            if self._identity != store.identity:
                self._seen = {}
                self._replaced()
            self._identity = store.identity
            self._look(store)

    def _look(self, store: Store) -> None:
        """Look again and again until the file is replaced or the watcher is stopped."""
        version = -1
        looks = 0
        busy_until = 0
        while not self._nap(LOOK_S if looks < busy_until else IDLE_LOOK_S):
            looks += 1
            if looks % IDENTITY_EVERY == 0 and store.replaced():
                return
            found = store.data_version()
            if found == version:
                continue
            version = found
            with store.reading() as conn:
                sequences = changes.sequences(conn)
            topics = frozenset(topic for topic, seq in sequences.items() if self._seen.get(topic) != seq)
            self._seen = sequences
            if topics:
                busy_until = looks + BUSY_LOOKS
                self._moved(topics)
                self._nap(self._pace.between_s - LOOK_S)

    def _nap(self, seconds: float) -> bool:
        """Wait, and note how late that ended; returns whether to stop."""
        began = time.monotonic()
        stop = self._stop_asked.wait(seconds)
        self._pace.woke(seconds, time.monotonic() - began)
        return stop
