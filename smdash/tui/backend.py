"""Between the screen and the file: one thread reads, one writes, one watches. The event loop never waits for SQLite."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from smdash.core.clock import Clock
from smdash.core.errors import SmdashError
from smdash.core.records import Actor, Team
from smdash.store import changes, teams
from smdash.store.connection import Store, identity, open_store
from smdash.store.driver import Connection

T = TypeVar("T")

# How often the watcher looks: while things move, and when nothing has for a while; waking costs more than looking.
LOOK_S = 0.05
IDLE_LOOK_S = 0.1
BUSY_LOOKS = 100
# How far apart two refreshes are at least.
REFRESH_S = 0.125
# After how many looks it checks that the path still leads to the same file: well within a second.
IDENTITY_EVERY = 4
# How long it waits before it tries a file again that is gone, locked or damaged.
RETRY_S = 0.4


class Backend:
    """The dashboard's connections. Readers and the writer are apart, so that no read waits behind a lock."""

    def __init__(self, path: Path, clock: Clock, *, read_only: bool, login: str, real_login: str, name: str) -> None:
        self.path = path
        self.clock = clock
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

    async def write(self, work: Callable[[Connection, Actor], T]) -> T:
        """Run *work* in one transaction in the writing thread, as the member. Raises SmdashError."""
        return await asyncio.get_running_loop().run_in_executor(self._writer, self._write_now, work)

    def _write_now(self, work: Callable[[Connection, Actor], T]) -> T:
        if self._write_store is None:
            self._write_store = open_store(self.path, clock=self.clock, read_only=self.read_only, any_thread=True)
        login, name, real_login = self._names
        with self._write_store.writing() as conn:
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
            # The new one first: where it can't be opened, the panes keep the rows that they can still read.
            opened = open_store(self.path, clock=self.clock, read_only=self.read_only, any_thread=True)
            self._read_store.close()
            self._read_store = opened
            self.actor = None
            self.first_read()

        def write_side() -> None:
            if self._write_store is not None:
                self._write_store.close()
                self._write_store = None

        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._writer, write_side)
        await loop.run_in_executor(self._reader, read_side)

    def close(self) -> None:
        """End the threads; a write that has begun is finished."""
        self._reader.shutdown(wait=False, cancel_futures=True)
        self._writer.shutdown(wait=True)


class Watcher(threading.Thread):
    """Looks whether anybody committed, and tells which topics moved; at most eight times a second.

    All that it tells, it tells in this thread: ``moved`` with topics, ``replaced`` when another file lies at the path,
    ``lost`` with a sentence when none can be read there, ``lost(None)`` when the same file is back.
    """

    def __init__(
        self,
        backend: Backend,
        baseline: dict[str, int],
        moved: Callable[[frozenset[str]], None],
        replaced: Callable[[], None],
        lost: Callable[[str | None], None],
    ) -> None:
        super().__init__(name="watch", daemon=True)
        self._path = backend.path
        self._seen = baseline
        self._moved = moved
        self._replaced = replaced
        self._lost = lost
        self._is_lost = False
        self._stop_asked = threading.Event()
        self._identity = backend.identity

    def stop(self) -> None:
        """Ask the thread to end."""
        self._stop_asked.set()

    def run(self) -> None:
        while not self._stop_asked.is_set():
            try:
                self._watch()
            except SmdashError as problem:
                self._is_lost = True
                self._lost(str(problem))
                self._stop_asked.wait(RETRY_S)

    def _watch(self) -> None:
        found = identity(self._path)
        if found is not None and found != self._identity:
            # Told before it is opened here: the dashboard's own opening brings an older schema up to date.
            self._identity = found
            self._seen = {}
            self._replaced()
        with open_store(self._path, read_only=True, any_thread=True) as store:
            if self._is_lost:
                self._is_lost = False
                self._lost(None)
            if store.identity == self._identity:
                self._look(store)

    def _look(self, store: Store) -> None:
        """Look again and again until the file is replaced or the watcher is stopped."""
        version = -1
        looks = 0
        busy_until = 0
        while not self._stop_asked.wait(LOOK_S if looks < busy_until else IDLE_LOOK_S):
            looks += 1
            if looks % IDENTITY_EVERY == 0 and store.replaced():
                return
            found = store.data_version()
            if found == version:
                continue
            version = found
            busy_until = looks + BUSY_LOOKS
            with store.reading() as conn:
                sequences = changes.sequences(conn)
            topics = frozenset(topic for topic, seq in sequences.items() if self._seen.get(topic) != seq)
            self._seen = sequences
            if topics:
                self._moved(topics)
                self._stop_asked.wait(REFRESH_S - LOOK_S)
