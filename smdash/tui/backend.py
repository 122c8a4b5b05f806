"""Between the screen and the file: one thread reads, one writes, one watches. The event loop never waits for SQLite."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

from smdash.core.clock import EPOCH, Clock
from smdash.core.errors import SmdashError, StoreBusy, StoreError, StoreReadOnly
from smdash.core.records import Actor, Team
from smdash.store import changes, claims, journal, teams
from smdash.store.connection import Store, open_store
from smdash.store.driver import Connection
from smdash.store.troubles import replaced, unwritable
from smdash.tui.pace import Pace

T = TypeVar("T")

# How long one thread of Python runs while another wants to (seconds).
SWITCH_S = 0.0005
# How often the watcher looks: while things move, and when nothing has for a while; waking costs more than looking.
LOOK_S = 0.05
IDLE_LOOK_S = 0.1
BUSY_LOOKS = 100
# How long it waits before it looks again at a file that could not be read.
TROUBLE_LOOK_S = 1.0
# How long a write that may be left out waits for a lock, so that what a member does never waits behind it (ms).
HURRIED_MS = 100
# After how many looks it checks that the path still leads to the same file.
IDENTITY_EVERY = 4
# How far the wall clock may stray from the steady one between two of those checks before it was set, or the machine
# slept.
JUMP = timedelta(seconds=2)


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
        looks_back: bool = False,
    ) -> None:
        # A thread that comes back from SQLite waits this long for one that draws, with each statement, and a write has
        # ten of them with everybody's lock in its hand.
        sys.setswitchinterval(SWITCH_S)
        self.path = path
        self.clock = clock
        self._why_read_only = why_read_only
        self.read_only = read_only
        # Whether what is seen is not how things are now; texts are today's all the same.
        self.looks_back = looks_back
        self._names = (login, name, real_login)
        self._reader = ThreadPoolExecutor(1, "read")
        self._writer = ThreadPoolExecutor(1, "write")
        self._read_store = open_store(path, clock=clock, read_only=read_only, any_thread=True)
        self._read_failed = False
        self._closed = False
        self._write_store: Store | None = None
        self._relieved_at = float("-inf")
        # Who we are, and in which file: the same id may be somebody else's in the file that takes this one's place.
        self._known: tuple[tuple[int, int] | None, Actor | None] = (None, None)
        self.team: Team
        self.first_read()

    @property
    def identity(self) -> tuple[int, int] | None:
        """Which file the readers have open."""
        return self._read_store.identity

    @property
    def actor(self) -> Actor | None:
        """The member whose desk this is, or ``None`` until the first write makes them one."""
        return self._known[1]

    def first_read(self) -> None:
        """Read who we are, before the event loop begins or in the reader's thread."""
        login, _name, real_login = self._names

        def read(conn: Connection) -> tuple[Team, Actor | None]:
            return teams.team(conn), teams.find_member(conn, login, real_login)

        self.team, actor = self.read_now(read)
        self._known = self.identity, actor

    def read_now(self, work: Callable[[Connection], T]) -> T:
        """Read in this thread: only before the event loop begins."""
        if self._read_failed:
            # What failed may have been the connection's: it was opened without a right that is back now.
            self._open_reader()
        try:
            with self._read_store.reading() as conn:
                return work(conn)
        except StoreBusy:
            raise
        except StoreError:
            self._read_failed = True
            raise

    def _open_reader(self) -> None:
        """Open the file anew for reading; the old connection stays where that fails. Raises StoreError."""
        fresh = open_store(self.path, clock=self.clock, read_only=self.read_only, any_thread=True)
        old, self._read_store = self._read_store, fresh
        self._read_failed = False
        with suppress(StoreError):
            old.close()

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Run *work* in the reading thread. Raises SmdashError."""
        self._refuse_closed()
        return await asyncio.get_running_loop().run_in_executor(self._reader, self.read_now, work)

    async def write(self, work: Callable[[Connection, Actor], T], *, busy_ms: int | None = None) -> T:
        """Run *work* in one transaction in the writing thread, as the member. Raises SmdashError.

        ``busy_ms``: how long a lock of somebody else is waited for, where that differs from the usual.
        """
        self._refuse_closed()
        return await asyncio.get_running_loop().run_in_executor(self._writer, self._write_now, work, busy_ms)

    def _refuse_closed(self) -> None:
        """A task that comes after the threads have ended ends too: nobody is left to see what it would do."""
        if self._closed:
            raise asyncio.CancelledError

    def _write_now(self, work: Callable[[Connection, Actor], T], busy_ms: int | None = None) -> T:
        if self._write_store is None:
            if not self.read_only and os.access(self.path, os.R_OK) and not os.access(self.path, os.W_OK):
                # Opened without the right, SQLite would keep that handle for this file when the right is back.
                raise StoreReadOnly(unwritable(self.path))
            self._write_store = open_store(
                self.path,
                clock=self.clock,
                read_only=self.read_only,
                any_thread=True,
                why_read_only=self._why_read_only,
            )
            journal.leave_to_service(self._write_store)
        if self._write_store.identity != self.identity:
            # The screen still shows another file's rows, and their ids may be other rows' here.
            self._close_writer()
            raise replaced(self.path)
        login, name, real_login = self._names
        try:
            with self._write_store.writing(busy_ms) as conn:
                file, actor = self._known
                if actor is None or file != self._write_store.identity:
                    known = teams.find_member(conn, login, real_login)
                    actor = known or teams.join(conn, login, name, real_login, self.clock.now())
                done = work(conn, actor)
        except StoreBusy:
            raise
        except StoreError:
            # A connection that was opened without the right to write would never write again.
            self._close_writer()
            raise
        # Only now: a member whose joining was rolled back is none.
        self._known = self._write_store.identity, actor
        if self.clock.monotonic() - self._relieved_at >= journal.SELDOM_S:
            self._relieved_at = self.clock.monotonic()
            journal.relieve(self._write_store)
        return done

    def _close_writer(self) -> None:
        if self._write_store is not None:
            with suppress(StoreError):
                self._write_store.close()
            self._write_store = None

    async def reread_team(self) -> None:
        """Read the team's settings and who we are again. Raises SmdashError."""
        await asyncio.get_running_loop().run_in_executor(self._reader, self.first_read)

    async def reopen(self) -> None:
        """Open the file anew after it was replaced. Raises SmdashError."""

        def read_side() -> None:
            self._open_reader()
            self.first_read()

        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._writer, self._close_writer)
        await loop.run_in_executor(self._reader, read_side)

    def close(self, last: Callable[[Connection, Actor], object] | None = None) -> None:
        """End the threads; a write that has begun is finished, then *last* is written if that is possible at once."""
        self._closed = True
        self._reader.shutdown(wait=False, cancel_futures=True)
        if last is not None and self._write_store is not None:
            # Whoever leaves must not wait for somebody else's lock; what it raises nobody asks for.
            self._writer.submit(self._write_now, last, HURRIED_MS)
        self._writer.shutdown(wait=True)


class Watcher(threading.Thread):
    """Looks whether anybody committed, and tells which topics moved; at most eight times a second.

    All four are called in this thread: ``moved`` with the topics, ``replaced`` when the path leads to another file,
    ``trouble`` with a sentence when the file can't be read and with ``None`` when it can again, ``jumped`` when the
    wall clock did not go on evenly (it was set, or the machine slept).
    """

    def __init__(
        self,
        backend: Backend,
        baseline: dict[str, int],
        moved: Callable[[frozenset[str]], None],
        replaced: Callable[[], None],
        trouble: Callable[[str | None], object] = lambda _sentence: None,
        jumped: Callable[[], object] = lambda: None,
        gap_s: float = 0.0,
    ) -> None:
        super().__init__(name="watch", daemon=True)
        self._path = backend.path
        self._clock = backend.clock
        self._seen = baseline
        self._moved = moved
        self._replaced = replaced
        self._trouble = trouble
        self._jumped = jumped
        self._told: str | None = None
        self._stop_asked = threading.Event()
        self._identity = backend.identity
        self._pace = Pace(gap_s)

    def stop(self) -> None:
        """Ask the thread to end."""
        self._stop_asked.set()

    def run(self) -> None:
        while not self._stop_asked.is_set():
            try:
                self._watch()
            except SmdashError as problem:
                # The file is locked, gone or damaged: say so, and look again in a while.
                self._tell(str(problem))
                self._stop_asked.wait(TROUBLE_LOOK_S)

    def _tell(self, sentence: str | None) -> None:
        if sentence != self._told:
            self._told = sentence
            self._trouble(sentence)

    def _watch(self) -> None:
        with open_store(self._path, read_only=True, any_thread=True) as store:
            if self._identity != store.identity:
                self._seen = {}
                self._replaced()
            self._identity = store.identity
            self._look(store)

    def _look(self, store: Store) -> None:
        """Look again and again until the path leads elsewhere or the watcher is stopped."""
        version = -1
        looks = 0
        busy_until = 0
        before = self._drift()
        while not self._nap(LOOK_S if looks < busy_until else IDLE_LOOK_S):
            looks += 1
            if looks % IDENTITY_EVERY == 0:
                if store.replaced():
                    return
                drift = self._drift()
                if abs(drift - before) > JUMP:
                    self._jumped()
                before = drift
            found = store.data_version()
            if found == version:
                continue
            version = found
            with store.reading() as conn:
                sequences = changes.sequences(conn)
                desks = claims.desks(conn)
            self._tell(None)
            topics = frozenset(topic for topic, seq in sequences.items() if self._seen.get(topic) != seq)
            self._seen = sequences
            if topics:
                busy_until = looks + BUSY_LOOKS
                self._moved(topics)
                self._pace.refreshed(desks, time.monotonic(), time.process_time())
                self._nap(self._pace.between_s - LOOK_S)

    def _drift(self) -> timedelta:
        """How far the wall clock is ahead of the steady one; it changes when the clock is set or the machine slept."""
        return self._clock.now() - EPOCH - timedelta(seconds=self._clock.monotonic())

    def _nap(self, seconds: float) -> bool:
        """Wait, and note how late that ended; returns whether to stop."""
        began = time.monotonic()
        stop = self._stop_asked.wait(seconds)
        self._pace.woke(seconds, time.monotonic() - began)
        return stop
