"""The service: runs each job when it is due, writes what it brought, and keeps the health rows true.

HTTP happens outside any transaction. What one call brought, its cursor and its health are written together; a
failure of one job is that job's alone.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from smdash.core import schedule
from smdash.core.clock import Clock, SteadyClock
from smdash.core.errors import (
    ErrorKind,
    InputError,
    PlatformError,
    SettingsError,
    SmdashError,
    StoreError,
    TakenOver,
)
from smdash.core.formats import short_span
from smdash.core.records import Counts, Job, Team
from smdash.locale import gettext as _
from smdash.settings import service as settings_file
from smdash.store import calendars, changes, feeds, jobs, journal, searches, teams
from smdash.store.connection import Store
from smdash.store.driver import Connection
from smdash.sync.budget import BudgetOver
from smdash.sync.links import NAME as LINKS
from smdash.sync.links import Links
from smdash.sync.outgoing import Deliveries
from smdash.sync.patience import FATAL, Patience
from smdash.sync.plan import Source, project
from smdash.sync.receive.leftover import Leftover
from smdash.sync.results import JobResult
from smdash.sync.rounds import Rounds
from smdash.sync.secrets import Secrets
from smdash.sync.tokens import Tokens
from smdash.sync.upkeep import Upkeep

if TYPE_CHECKING:
    from smdash.platforms.client import Client

log = logging.getLogger("smdash.sync")
T = TypeVar("T")

# How many jobs talk to networks at the same time.
AT_ONCE = 8
# How often the loop looks for due jobs and for changes that members made.
TICK_S = 1.0
# And while deliveries go out: each account's next one follows the one before.
BUSY_TICK_S = 0.25
# A clock that was set by less is not worth a word (time servers do it all day).
JUMP = timedelta(minutes=1)


class Service:
    """Runs the jobs of one database. All store calls happen in one thread of its own."""

    def __init__(
        self,
        store: Store,
        client: Client | None,
        clock: Clock,
        *,
        settings_path: Path | None = None,
        report: Callable[[JobResult], None] = lambda _result: None,
        dice: Callable[[], float] = random.random,
        me: dict[str, str] | None = None,
        outgoing: Path | None = None,
    ) -> None:
        self._store = store
        # Jobs that end between a jump of the clock and the next tick are moved by it like those that wait.
        self._clock = SteadyClock(clock)
        # A jump of the clock that could not be written yet.
        self._jumped = timedelta()
        self._settings_path = settings_path or settings_file.path()
        self._report = report
        self._dice = dice
        self._thread = ThreadPoolExecutor(1, "store")
        self._room = asyncio.Semaphore(AT_ONCE)
        self._sources: dict[str, Source] = {}
        self._running: dict[str, asyncio.Task[JobResult]] = {}
        self._plan_stamp: object = None
        self._team: Team | None = None
        self._secrets = Secrets()
        # What is wrong in sync.toml, and of that what no job's health tells.
        self.problems: tuple[str, ...] = ()
        self.loose_problems: tuple[str, ...] = ()
        self._told: tuple[str, ...] = ()
        # As whom this service is recorded; nobody asks a demo's.
        self._me = me
        self._fatal: SmdashError | None = None
        self._patience = Patience(clock)
        self._rounds = Rounds(self._read, self._write, self._clock, dice, client)
        self._upkeep = Upkeep(self._read, self._write, clock)
        self._links = None if client is None else Links(self._read, self._write, self._clock, client, report)
        self._leftover = Leftover(self._store, self._thread, self._clock, self._refuse_stranger)
        self._tokens = None if client is None else Tokens(self._read, self._write, self._clock, self._secrets, client)
        # Without a folder for what it remembers of it, nothing is sent.
        self._outgoing = None
        if outgoing is not None and client is not None:
            self._outgoing = Deliveries(self._read, self._write, self._clock, self._secrets, outgoing, client)

    async def _read(self, work: Callable[[Connection], T]) -> T:
        def run() -> T:
            with self._store.reading() as conn:
                return work(conn)

        return await asyncio.get_running_loop().run_in_executor(self._thread, run)

    async def _write(self, work: Callable[[Connection], T]) -> T:
        def run() -> T:
            with self._store.writing() as conn:
                # Asked under the write lock: a service that was stopped or slept through a take-over, even in the
                # middle of a pull, must not put its old cursor and health in the place of the new one's.
                self._refuse_stranger(conn)
                return work(conn)

        return await asyncio.get_running_loop().run_in_executor(self._thread, run)

    async def plan(self) -> None:
        """Bring the jobs in line with the accounts and feeds, if either changed.

        Raises SettingsError, and TakenOver where another service works now.
        """
        stamp = await self._read(self._stamp)
        if stamp == self._plan_stamp:
            return
        await self._read(self._refuse_stranger)
        settings = settings_file.read(self._settings_path)
        self.problems, self.loose_problems = settings.problems, settings.loose
        self._team = team = await self._read(teams.team)
        if self._rounds.client is not None:
            self._rounds.client.allow(settings.private_hosts)
        now = self._clock.now()

        def write(conn: Connection) -> dict[str, Source]:
            jobs.rebase(conn, now, JUMP)
            return project(conn, settings, team.database_id, now)

        self._sources = await self._write(write)
        self._plan_stamp = await self._read(self._stamp)

    def _refuse_stranger(self, conn: Connection) -> None:
        recorded = teams.get(conn, "service")
        if self._me is not None and recorded is not None and recorded != self._me:
            raise TakenOver(
                _("the service of this database is {login} on {host} now; this one ends").format(
                    login=recorded.get("login"), host=recorded.get("host")
                )
            )

    def _stamp(self, conn: Connection) -> object:
        try:
            found = self._settings_path.stat()
            file_stamp = (found.st_mtime_ns, found.st_ino)
        except OSError:
            file_stamp = (0, 0)
        rows = feeds.stamp(conn), searches.stamp(conn), calendars.stamp(conn)
        return file_stamp, rows, changes.sequences(conn).get("team")

    async def once(self, only: Iterable[str] = ()) -> list[JobResult]:
        """Run every job now, whatever its interval, or only the named ones. Raises InputError for unknown names.

        A job whose network said "not before" is reported, not run.
        """
        await self.plan()
        found = await self._read(jobs.select)
        wanted = list(only)
        for name in wanted:
            if name != LINKS and not any(_named(job.name, name) for job in found):
                raise InputError(
                    _("there is no job “{name}”; known: {known}").format(
                        name=name, known=", ".join(job.name for job in found) or _("none yet")
                    )
                )
        await self._upkeep.turn()
        chosen = [job for job in found if job.state == "active" and job.name in self._sources]
        chosen = [job for job in chosen if not wanted or any(_named(job.name, name) for name in wanted)]
        results = list(await asyncio.gather(*(self._once(job) for job in chosen)))
        if not wanted and (read := await self._leftover.all()) is not None:
            self._report(read)
            results.append(read)
        if self._links is not None and (not wanted or LINKS in wanted):
            results += await self._links.once()
        if self._outgoing is not None and not wanted:
            for result in await self._outgoing.all_due(self._sources, self._database_id()):
                self._report(result)
                results.append(result)
        return results

    def _database_id(self) -> str:
        return self._team.database_id if self._team else ""

    async def _once(self, job: Job) -> JobResult:
        now = self._clock.now()
        if job.error_kind in (ErrorKind.RATE, ErrorKind.QUOTA) and job.next_at and job.next_at > now:
            words = _("the network asked to wait another {span}").format(span=short_span(job.next_at - now))
            words = words if job.failures else job.error or words
            result = JobResult(job.name, False, 0, 0, 0.0, words)
            self._report(result)
            return result
        return await self._run(job)

    async def forever(self, stop: asyncio.Event) -> None:
        """Run jobs as they become due until *stop* is set; running ones are ended then.

        A file that can't be used for now is waited for. Raises StoreError for what waiting can't mend.
        """
        try:
            while not stop.is_set():
                try:
                    if self._patience.over:
                        await self._tick()
                except FATAL:
                    raise
                except StoreError as problem:
                    self._patience.wait(problem)
                try:
                    busy = self._outgoing is not None and self._outgoing.busy
                    await asyncio.wait_for(stop.wait(), BUSY_TICK_S if busy else TICK_S)
                except TimeoutError:
                    continue
        finally:
            for task in self._running.values():
                task.cancel()
            await asyncio.gather(*self._running.values(), return_exceptions=True)
            if self._links is not None:
                await self._links.close()
            if self._tokens is not None:
                await self._tokens.close()
            if self._outgoing is not None:
                await self._outgoing.close()

    async def _tick(self) -> None:
        if self._fatal is not None:
            raise self._fatal
        self._store.check_place()
        await asyncio.get_running_loop().run_in_executor(self._thread, journal.shorten, self._store)
        drift = self._jumped + self._clock.follow()
        if abs(drift) >= JUMP:
            self._jumped = drift
            log.warning("the clock was set by %s; the jobs wait as long as before", drift)
            await self._write(lambda conn: jobs.shift(conn, drift))
            self._jumped = timedelta()
        try:
            await self.plan()
        except SettingsError as problem:
            self._patience.say(_("{problem}; the jobs go on as they were").format(problem=problem))
        if self.problems != self._told:
            self._told = self.problems
            for sentence in self.problems:
                log.error("%s", sentence)
        await self._upkeep.turn()
        await self._leftover.turn()
        now = self._clock.now()
        for job in await self._read(jobs.select):
            due = job.next_at is None or job.next_at <= now
            if job.state == "active" and due and job.name not in self._running and job.name in self._sources:
                task = asyncio.create_task(self._run(job), name=job.name)
                self._running[job.name] = task
                task.add_done_callback(self._ended)
        if self._links is not None:
            await self._links.turn()
        if self._tokens is not None:
            await self._tokens.turn(self._sources, self._database_id())
        if self._outgoing is not None:
            await self._outgoing.turn(self._sources, self._database_id())

    def _ended(self, task: asyncio.Task[JobResult]) -> None:
        self._running.pop(task.get_name(), None)
        if not task.cancelled() and (problem := task.exception()):
            if isinstance(problem, FATAL):
                self._fatal = problem
            else:
                log.error("%s: %s", task.get_name(), problem)

    async def _run(self, job: Job) -> JobResult:
        """One run of a job; whatever goes wrong ends in its health row."""
        async with self._room:
            began = self._clock.monotonic()
            counts = Counts()
            error: str | None = None
            try:
                await self._write(lambda conn: jobs.begin(conn, job.name, self._clock.now()))
                source = self._sources[job.name]
                credentials = self._secrets.credentials(source, self._team.database_id if self._team else "")
                counts = await self._rounds.run(job, source, credentials, began)
            except PlatformError as problem:
                error = str(problem)
                await self._note_failure(job, problem.kind, error, problem.retry_at, needs_person=problem.needs_person)
            except SettingsError as problem:
                error = str(problem)
                await self._note_failure(job, ErrorKind.AUTH, error, None, needs_person=True)
            except BudgetOver as waits:
                error, until = str(waits), waits.until
                await self._write(lambda conn: jobs.wait(conn, job.name, until=until, notice=str(error)))
            except FATAL:
                raise
            except StoreError as problem:
                # Nothing was written, the cursor neither: it is tried again when the file has had a rest.
                error = str(problem)
                self._patience.wait(problem)
            except SmdashError:
                raise
            except Exception as problem:
                log.exception("%s failed in a way that smdash did not expect", job.name)
                error = _("unexpected answer ({kind}); the log says more").format(kind=type(problem).__name__)
                await self._note_failure(job, ErrorKind.UNKNOWN, error, None)
            else:
                self._patience.end()
            seconds = self._clock.monotonic() - began
        result = JobResult(job.name, error is None, counts.new, counts.changed, round(seconds, 3), error)
        self._report(result)
        return result

    async def _note_failure(
        self, job: Job, kind: ErrorKind, error: str, retry_at: datetime | None, *, needs_person: bool = False
    ) -> None:
        next_at = schedule.after_failure(
            self._clock.now(),
            timedelta(seconds=job.interval_s),
            job.failures + 1,
            self._dice(),
            needs_person=needs_person,
            retry_at=retry_at,
        )
        try:
            await self._write(lambda conn: jobs.fail(conn, job.name, next_at=next_at, kind=kind.value, error=error))
        except StoreError as problem:
            # Without its row the job would be due again at once.
            self._patience.wait(problem)


def _named(job: str, name: str) -> bool:
    return job == name or job.startswith(name.rstrip("/") + "/")
