"""The service's look at the addresses that coming posts name: few at a time, and one call a host after the other.

A sync job of its own, beside upkeep: it has its row once there was anything to look at.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from smdash.core.clock import Clock
from smdash.core.errors import SmdashError
from smdash.core.links import Found
from smdash.core.records import Counts, Job
from smdash.platforms import link_check
from smdash.store import changes, jobs, links
from smdash.store.driver import Connection
from smdash.store.links import Due
from smdash.sync.plan import LINKS_S
from smdash.sync.results import JobResult
from smdash.sync.upkeep import Run

if TYPE_CHECKING:
    from smdash.platforms.client import Client

log = logging.getLogger("smdash.sync")

NAME = "links"
# How often it is looked whether there is anything to do, and at most where posts change (seconds).
LOOK_S = 60.0
CHANGED_S = 5.0
# Hosts that are asked at the same time, seconds between two calls of one host, and for one round.
HOSTS = 4
GAP_S = 1.0
BUDGET_S = 60.0
# Addresses of one round; the others have their turn in the next.
MOST = 100


class Links:
    """``client`` asks strangers' servers, with the rules that hold for feeds."""

    def __init__(
        self,
        read: Run,
        write: Run,
        clock: Clock,
        client: Client,
        report: Callable[[JobResult], None],
        look: Callable[[str, Client], Awaitable[Found]] = link_check.look,
    ) -> None:
        self._read = read
        self._write = write
        self._clock = clock
        self._client = client
        self._report = report
        self._ask = look
        self._looked_at = float("-inf")
        self._seen: int | None = None
        self._task: asyncio.Task[None] | None = None

    async def turn(self) -> None:
        """Begin a round where one is due, and none is under way. Raises StoreError."""
        if self._task is not None and not self._task.done():
            return
        since = self._clock.monotonic() - self._looked_at
        seen = await self._read(lambda conn: changes.sequences(conn).get("post"))
        if since < (LOOK_S if seen == self._seen else CHANGED_S) and not await self._read(self._is_wanted):
            return
        job = await self._read(_job)
        if job is not None and job.state != "active":
            return
        self._looked_at, self._seen = self._clock.monotonic(), seen
        now = self._clock.now()
        if await self._read(lambda conn: bool(links.due(conn, now)) or self._is_wanted(conn)):
            self._task = asyncio.create_task(self._guarded(), name=NAME)

    async def once(self) -> list[JobResult]:
        """One round now; nothing where there is nothing to look at and never was."""
        job = await self._read(_job)
        if job is not None and job.state != "active":
            return []
        if job is None and not await self._read(lambda conn: links.due(conn, self._clock.now())):
            return []
        return [await self._round()]

    async def close(self) -> None:
        """End the round that is under way; what it found is written as far as it came."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def _is_wanted(self, conn: Connection) -> bool:
        """Whether the row says that it is time: a person asked for it, or the interval is over."""
        job = _job(conn)
        return job is not None and (job.next_at is None or job.next_at <= self._clock.now())

    async def _guarded(self) -> None:
        try:
            await self._round()
        except SmdashError as problem:
            log.error("%s: %s", NAME, problem)
        except Exception:
            log.exception("%s failed in a way that smdash did not expect", NAME)

    async def _round(self) -> JobResult:
        began, now = self._clock.monotonic(), self._clock.now()
        due = (await self._read(lambda conn: links.due(conn, now)))[:MOST]

        def begin(conn: Connection) -> None:
            jobs.ensure(conn, jobs.JobSpec(NAME, NAME, NAME, None, None, LINKS_S))
            jobs.begin(conn, NAME, now)

        await self._write(begin)
        found: list[tuple[Due, Found]] = []
        try:
            await self._look(due, found)
        finally:
            counts = await asyncio.shield(asyncio.ensure_future(self._keep(found, began)))
        seconds = round(self._clock.monotonic() - began, 3)
        result = JobResult(NAME, True, counts.new, counts.changed, seconds, None)
        self._report(result)
        return result

    async def _look(self, due: list[Due], found: list[tuple[Due, Found]]) -> None:
        by_host: dict[str, list[Due]] = {}
        for one in due:
            by_host.setdefault(_host(one.url), []).append(one)
        room = asyncio.Semaphore(HOSTS)

        async def ask(of_host: list[Due]) -> None:
            async with room:
                for number, one in enumerate(of_host):
                    if number:
                        await asyncio.sleep(GAP_S)
                    found.append((one, await self._ask(one.url, self._client)))

        try:
            async with asyncio.timeout(BUDGET_S):
                await asyncio.gather(*(ask(of_host) for of_host in by_host.values()))
        except TimeoutError:
            log.info("%s: %s of %s looked at in time; the others are next", NAME, len(found), len(due))

    async def _keep(self, found: list[tuple[Due, Found]], began: float) -> Counts:
        now = self._clock.now()

        def write(conn: Connection) -> Counts:
            written = [links.put(conn, one, what, now) for one, what in found]
            links.prune(conn, now)
            counts = Counts(sum(one.new for one in written), sum(one.changed for one in written))
            jobs.succeed(
                conn, NAME, now, next_at=now + timedelta(seconds=LINKS_S), counts=counts,
                seconds=self._clock.monotonic() - began, quota=None, notice=None,
            )  # fmt: skip
            return counts

        return await self._write(write)


def _job(conn: Connection) -> Job | None:
    return next((one for one in jobs.select(conn) if one.name == NAME), None)


def _host(url: str) -> str:
    try:
        return urlsplit(url).netloc.casefold()
    except ValueError:
        return url
