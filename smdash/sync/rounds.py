"""One run of a job that asks a network: its pages or figures, what is kept of them, and what they cost."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol, TypeVar, cast

from smdash.core import schedule
from smdash.core.clock import SteadyClock, find_zone
from smdash.core.errors import ErrorKind, PlatformError
from smdash.core.records import Counts, Job
from smdash.core.text import clean_name
from smdash.locale import gettext as _
from smdash.platforms.base import Adapter, Credentials, Measured, Measurer, Pull, Pulled
from smdash.platforms.echoes import without_echoes
from smdash.store import budgets, feeds, goals, jobs, mentions, metrics, teams
from smdash.store.driver import Connection
from smdash.sync import calendars, metering, searching
from smdash.sync.budget import Allowance, BudgetOver, over, used_up
from smdash.sync.plan import Source

if TYPE_CHECKING:
    from smdash.platforms.client import Client

T = TypeVar("T")
# How many pages one run takes before other jobs get their turn.
PAGES_PER_RUN = 50


class InStore(Protocol):
    """Does something with the file, in the one thread that has it."""

    def __call__(self, work: Callable[[Connection], T]) -> Awaitable[T]: ...


@dataclass(frozen=True)
class Rounds:
    """What a run needs of the service: the file, the time, the network, and a number between 0 and 1 to spread by."""

    read: InStore
    write: InStore
    clock: SteadyClock
    dice: Callable[[], float]
    # Without a client only platforms that ask nobody (the demo's) can be pulled.
    client: Client | None

    async def run(self, job: Job, source: Source, credentials: Credentials, began: float) -> Counts:
        """Ask the network until it has no more, or for long enough. Raises PlatformError, BudgetOver, StoreError."""
        if source.calendar is not None:
            return await calendars.look(self, job, source.calendar, credentials, began)
        if source.platform.load is None:
            raise PlatformError(ErrorKind.GONE, _("{platform} has no adapter").format(platform=source.platform.title))
        adapter = source.platform.load()
        if source.kind == metering.JOB and source.account_id is not None:
            return await self._measure(job, source, source.account_id, cast("Measurer", adapter), credentials, began)
        return await self._pull(job, source, adapter, credentials, began)

    async def _pull(self, job: Job, source: Source, adapter: Adapter, credentials: Credentials, began: float) -> Counts:
        # Any member can follow a feed, so only the hosts that the owner named may be private for one.
        owner_typed = source.account is not None
        total = Counts()
        cursor = job.cursor
        for page in range(1, PAGES_PER_RUN + 1):
            left = (await self._allowance(source)).left
            pull = Pull(source.kind, credentials, cursor, self.clock.now(), owner_typed, source.among, left)
            pulled = without_echoes(await searching.ask(adapter, source, pull, cast("Client", self.client)))
            cursor = pulled.cursor
            # Where more is waiting after the last page, the next run goes on once the other jobs had their turn.
            done = not pulled.more or page == PAGES_PER_RUN or over(left, pulled)
            total += await self._keep(job, source, pulled, total, began, done=done)
            if done:
                break
        return total

    async def _measure(
        self,
        job: Job,
        source: Source,
        account_id: int,
        adapter: Measurer,
        credentials: Credentials,
        began: float,
    ) -> Counts:
        """One round of figures: what came is kept before more is asked for."""
        now, counting = self.clock.now(), source.platform.counting
        since, cursor = metering.since(job.cursor, source.platform, now)
        found = await self.read(lambda conn: metrics.outs(conn, account_id, now - metering.OLD))
        zone = find_zone(await self.read(lambda conn: teams.team(conn).zone))
        wanted = metering.chosen(found, source.platform, since, now)
        changed = 0
        while True:
            left = (await self._allowance(source)).left
            most = metering.AT_ONCE if left is None else min(metering.AT_ONCE, left)
            some, wanted = wanted[:most], wanted[most:]
            told = await adapter.measure(credentials, some, cast("Client", self.client), self.clock.now())
            done = not wanted
            units = len(some) + 1 if metering.is_paid(source.platform) else 1
            asked, before = tuple(some), changed

            def keep(
                conn: Connection,
                told: tuple[Measured, ...] = tuple(told),
                asked: tuple[str, ...] = asked,
                before: int = before,
                units: int = units,
                done: bool = done,
            ) -> int:
                readings = metering.readings(told, asked, self.clock.now())
                total = before + metrics.write(conn, account_id, readings, zone)
                budgets.spend(conn, account_id, counting, self.clock.now(), units)
                if done:
                    metrics.remove_old(conn, account_id, now, zone)
                    jobs.keep_cursor(conn, job.name, cursor)
                    self._note_success(conn, job, Counts(0, total), began, Pulled(cursor=cursor))
                return total

            changed = await self.write(keep)
            if done:
                return Counts(0, changed)

    async def _allowance(self, source: Source) -> Allowance:
        """What this job may use of the account's budget. Raises BudgetOver."""
        if (account_id := source.account_id) is None:
            return Allowance()
        counting, now = source.platform.counting, self.clock.now()
        standing = await self.read(lambda conn: budgets.standing(conn, account_id, counting, now))
        allowance = Allowance.of(standing, spare=source.search is not None or source.kind == metering.JOB)
        if allowance.left == 0:
            raise BudgetOver(standing, counting.unit, spare=standing.left != 0)
        return allowance

    async def _keep(
        self, job: Job, source: Source, pulled: Pulled, so_far: Counts, began: float, *, done: bool
    ) -> Counts:
        """Write one call's records; the cursor goes with the last of them, the health with the last call."""
        counts = Counts()
        records = list(pulled.mentions)
        now = self.clock.now()
        while len(records) > mentions.BATCH:
            batch, records = records[: mentions.BATCH], records[mentions.BATCH :]
            counts += await self.write(lambda conn, batch=batch: mentions.apply(conn, batch, goals.current(conn), now))  # type: ignore[misc]

        def finish(conn: Connection) -> Counts:
            if searching.is_over(conn, source):
                return Counts()
            written = mentions.apply(conn, records, goals.current(conn), now) if records else Counts()
            if source.feed_id is not None:
                written += feeds.apply(conn, source.feed_id, pulled.items, now)
                if pulled.title:
                    feeds.retitle(conn, source.feed_id, clean_name(pulled.title))
                if pulled.moved_to:
                    feeds.move(conn, source.feed_id, pulled.moved_to)
            searching.note(conn, source, pulled.mentions, now)
            jobs.keep_cursor(conn, job.name, pulled.cursor)
            stands = None
            if source.account_id is not None:
                units = 1 if pulled.spent is None else pulled.spent
                stands = budgets.spend(conn, source.account_id, source.platform.counting, now, units)
            if done:
                self._note_success(conn, job, so_far + counts + written, began, pulled)
                if stands is not None and stands.left == 0:
                    notice = used_up(stands, source.platform.counting.unit)
                    jobs.wait(conn, job.name, until=stands.resets_at, notice=notice)
            return written

        return counts + await self.write(finish)

    def _note_success(self, conn: Connection, job: Job, counts: Counts, began: float, pulled: Pulled) -> None:
        now = self.clock.now()
        interval = max(pulled.interval or timedelta(), timedelta(seconds=job.interval_s))
        next_at = now if pulled.more else schedule.after_success(now, interval, self.dice(), pulled.not_before)
        seconds = self.clock.monotonic() - began
        jobs.succeed(
            conn, job.name, now, next_at=next_at, counts=counts, seconds=seconds, quota=pulled.quota,
            notice=pulled.notice,
        )  # fmt: skip
