"""The receiver as a process: the server, the thread that keeps, and the thread that reads, until it is told to end."""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
import threading
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path

import uvicorn

from smdash.core.clock import Clock
from smdash.core.errors import SettingsError, SmdashError, StoreError
from smdash.store import received
from smdash.store.connection import Store
from smdash.sync.patience import FATAL, Patience
from smdash.sync.plan import PUSH_S
from smdash.sync.receive.addresses import Address, Addresses
from smdash.sync.receive.app import MOST_HEAD, App
from smdash.sync.receive.connections import Connection
from smdash.sync.receive.keeping import Keeper
from smdash.sync.receive.reading import Reading

log = logging.getLogger("smdash.receive")

# How long an idle connection is kept for its next request (seconds).
IDLE_S = 20
# How often the reading thread looks around (seconds), and how long it lets more come together while much is pushed.
TICK_S = 1.0
GATHER_S = 0.1
# How often secrets are read anew though sync.toml stayed, since they may stand in files of their own (seconds).
SECRETS_S = 30.0
# How long those who are being answered have, and then each thread (seconds); all in all less than two.
ANSWER_S = 1
THREAD_S = 0.25


class Running:
    """One receiver. ``keeping`` syncs its commits to the disk; ``reading`` is another connection to the same file."""

    def __init__(
        self, keeping: Store, reading: Store, clock: Clock, database_id: str, file: Path | None = None
    ) -> None:
        self._clock = clock
        self._store = reading
        self._from = Addresses(database_id, file)
        self._found: Mapping[str, Address] = {}
        self._stamp: object = None
        self._read_at = float("-inf")
        self._beat_at = float("-inf")
        self._reading = Reading(clock)
        self._patience = Patience(clock)
        self._keeping_patience = Patience(clock)
        self._woken = threading.Event()
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="reader", daemon=True)
        self._keeper = Keeper(keeping, self._kept, self._not_kept)
        self._server: uvicorn.Server | None = None
        # What ended the receiver by itself.
        self.problem: SmdashError | None = None
        # Whether both threads have let go of their stores.
        self.at_rest = False

    @property
    def paths(self) -> list[str]:
        """At which paths is listened now."""
        return sorted(self._found)

    def prepare(self) -> None:
        """Look who is pushed to, and let be read again what could not be. Raises SmdashError."""
        self._look()
        with self._store.reading() as conn:
            unread = any(one.unread for one in received.health(conn).values())
        if unread:
            # An update of smdash or of the accounts may have mended it.
            with self._store.writing() as conn:
                received.try_again(conn)

    async def serve(self, listening: socket.socket, begun: Callable[[], None]) -> None:
        """Answer who calls until SIGTERM or SIGINT, or until ``problem`` is found. It says *begun* first."""
        app = App(lambda: self._found, self._keeper.keep, self._clock)
        config = uvicorn.Config(
            app,
            http=Connection,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            h11_max_incomplete_event_size=MOST_HEAD,
            timeout_keep_alive=IDLE_S,
            timeout_graceful_shutdown=ANSWER_S,
        )
        # What strangers send is no news, and the application logs what is.
        for name in ("uvicorn.error", "uvicorn.access"):
            logging.getLogger(name).setLevel(logging.CRITICAL)
        self._server = uvicorn.Server(config)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            # The library sends itself the signal again at its end; it comes here then, and not to the system's default.
            loop.add_signal_handler(number, self._stop)
        begun()
        self._keeper.start()
        self._thread.start()
        try:
            await self._server.serve(sockets=[listening])
        finally:
            self._ending.set()
            self._woken.set()
            kept = await asyncio.to_thread(self._keeper.stop, THREAD_S)
            await asyncio.to_thread(self._thread.join, THREAD_S)
            self.at_rest = kept and not self._thread.is_alive()

    def _kept(self) -> None:
        self._keeping_patience.end()
        self._woken.set()

    def _not_kept(self, problem: SmdashError) -> None:
        if isinstance(problem, FATAL):
            self._end(problem)
        self._keeping_patience.wait(problem)

    def _end(self, problem: SmdashError) -> None:
        self.problem = self.problem or problem
        self._stop()

    def _stop(self) -> None:
        if self._server is not None:
            self._server.should_exit = True

    def _run(self) -> None:
        """Read, look for changed settings, say that it listens, and remove what is old; until the end."""
        while not self._ending.is_set():
            self._woken.clear()
            try:
                more = self._patience.over and self._turn()
            except FATAL as problem:
                self._end(problem)
                return
            except StoreError as problem:
                self._patience.wait(problem)
                more = False
            except Exception as problem:
                # What is pushed must be kept all the same.
                log.exception("reading what was pushed met what smdash did not expect")
                self._patience.wait(problem)
                more = False
            if not more:
                self._woken.wait(TICK_S)
            self._ending.wait(GATHER_S)

    def _turn(self) -> bool:
        """Whether something was read, so that more may wait."""
        try:
            self._look()
        except SettingsError as problem:
            self._patience.say(str(problem))
        done = self._reading.turn(self._store)
        self._beat()
        self._reading.tidy(self._store)
        self._patience.end()
        return done is not None

    def _look(self) -> None:
        stamp, at = self._from.stamp(), self._clock.monotonic()
        if stamp == self._stamp and at - self._read_at < SECRETS_S:
            return
        self._stamp, self._read_at = stamp, at
        found = self._from.read(self._store, self._clock.now())
        if found.keys() != self._found.keys():
            self._beat_at = float("-inf")
        self._found = found

    def _beat(self) -> None:
        """Say in the health rows that this listens."""
        if self._clock.monotonic() - self._beat_at < PUSH_S / 2 or not self._found:
            return
        now = self._clock.now()
        names = {
            received.job_name(one.platform, one.account): now + timedelta(seconds=PUSH_S)
            for one in self._found.values()
        }
        with self._store.writing() as conn:
            received.note_heartbeat(conn, names, now)
        self._beat_at = self._clock.monotonic()
