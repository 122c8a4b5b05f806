"""What goes out: due deliveries are sent once, and what may have arrived is looked for before anything is sent again.

The order of each step is what makes a kill at any moment harmless: the row becomes ``sending``, the ledger gets the
intent, the network is called, the ledger gets the outcome, the row gets the outcome. Who comes after a death reads the
ledger: no intent, nothing was sent; an intent alone, it is looked for; an outcome, it is written into the row.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from smdash.core.clock import Clock
from smdash.core.errors import ErrorKind, InputError, PlatformError, Refused, SettingsError, SmdashError, StoreError
from smdash.locale import gettext as _
from smdash.platforms import link_check
from smdash.platforms.echoes import without_echoes
from smdash.store import freezing, ledgers, linting, outbox
from smdash.store.driver import Connection
from smdash.store.outbox import Order
from smdash.sync import ladder, preparing
from smdash.sync.caps import Caps
from smdash.sync.ledger import Entry, Ledger, Step
from smdash.sync.plan import Source
from smdash.sync.secrets import Secrets
from smdash.sync.upkeep import Run

if TYPE_CHECKING:
    from smdash.platforms.client import Client

log = logging.getLogger("smdash.sync")

# What is in ``sending`` for longer, and in no hand of this service, is in nobody's.
DEAD_AFTER = timedelta(minutes=2)
# Kinds of errors that waiting may mend, where nothing arrived.
_PASSING = frozenset({ErrorKind.NETWORK, ErrorKind.SERVER, ErrorKind.RATE, ErrorKind.QUOTA, ErrorKind.UNKNOWN})

Outcome = Callable[[Connection], object]
# Whether a post's own address answers (``link_check.page_answers``).
Answers = Callable[[str, str, "Client"], Awaitable[bool | None]]


class Publisher:
    """The service's part that writes to networks; one a database, under the service's lock.

    ``folder`` is the service's own, for the ledger. ``told`` is called with the account and whether a step went well.
    """

    def __init__(
        self,
        read: Run,
        write: Run,
        clock: Clock,
        secrets: Secrets,
        folder: Path,
        told: Callable[[Order, bool], None] = lambda _order, _good: None,
        answers: Answers = link_check.page_answers,
    ) -> None:
        self._read = read
        self._write = write
        self._clock = clock
        self._secrets = secrets
        self._folder = folder
        self._told = told
        self._answers = answers
        self._ledger: Ledger | None = None
        # The one call of each account that is under way, and until when an account rests.
        self._running: dict[int, asyncio.Task[None]] = {}
        self._rests: dict[int, datetime] = {}
        self._caps = Caps()
        # Outcomes that could not be written into the database yet, by delivery.
        self._owed: dict[int, Outcome] = {}
        self._warned: set[int] = set()

    async def turn(self, sources: Mapping[int, Source], database_id: str, client: Client) -> int:
        """Begin what is due; returns how many calls were begun. Raises StoreError."""
        if self._ledger is None and not await self._read(outbox.has_work):
            return 0  # a service that has nothing to send writes nothing about it
        ledger = await self._open()
        await self._pay()
        await self._settle(ledger)
        now = self._clock.now()
        resting = {account for account, until in self._rests.items() if until > now}
        full = {one for one, source in sources.items() if self._caps.is_full(one, source.platform.most_writes, now)}
        busy = self._running.keys() | resting | full
        why = await self._read(freezing.reason)
        begun = 0
        for one in map(partial(_since, ledger), await self._read(lambda conn: outbox.due(conn, now, busy))):
            try:
                if why is not None:
                    await self._write(partial(outbox.hold, one=one, now=now, held_for="freeze", error=why))
                elif not await self._stopped(one, now, ledger) and (source := self._source(one, sources)) is not None:
                    begun += self._start(one, self._send(one, source, database_id, client, ledger))
            except Refused as problem:
                log.info("%s", problem)  # undone, edited or called off in this very moment
        for one in await self._read(lambda conn: outbox.unsure(conn, now)):
            source = sources.get(one.account_id)
            if one.account_id not in self._running and source is not None:
                begun += self._start(one, self._look(one, source, database_id, client, ledger))
        since, until = now - ladder.CHECK_UNTIL, now - ladder.CHECK_AFTER
        for one, remote_id in await self._read(lambda conn: outbox.to_check(conn, now, since, until)):
            source = sources.get(one.account_id)
            if one.account_id not in self._running and source is not None and source.platform.abilities.publish:
                begun += self._start(one, self._check(one, remote_id, source, database_id, client))
        return begun

    @property
    def busy(self) -> bool:
        """Whether something is going out, or has been a moment ago, so that more may be due behind it."""
        now = self._clock.now()
        return bool(self._running) or any(abs(until - now) < ladder.GAP for until in self._rests.values())

    async def finished(self) -> None:
        """Wait for the calls that are under way."""
        while self._running:
            await asyncio.gather(*self._running.values(), return_exceptions=True)
            await asyncio.sleep(0)

    async def close(self) -> None:
        """End the calls that are under way: what they did is found out by whoever begins next."""
        for task in self._running.values():
            task.cancel()
        await asyncio.gather(*self._running.values(), return_exceptions=True)
        if self._ledger is not None:
            self._ledger.close()
            self._ledger = None

    def _start(self, one: Order, work: Coroutine[Any, Any, None]) -> int:
        task = asyncio.create_task(self._guarded(one, work), name=f"delivery {one.id}")
        self._running[one.account_id] = task
        task.add_done_callback(lambda _task: self._running.pop(one.account_id, None))
        return 1

    async def _guarded(self, one: Order, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except Refused as problem:
            log.info("%s", problem)  # undone, or changed by hand, in this very moment
        except StoreError as problem:
            log.error("%s", problem)
            self._rests[one.account_id] = self._clock.now() + ladder.REST
        except Exception:
            log.exception("delivery %s failed in a way that smdash did not expect", one.id)
            self._rests[one.account_id] = self._clock.now() + ladder.REST

    async def _open(self) -> Ledger:
        """The ledger; where the database knows another one, everything is held."""
        if self._ledger is None:
            now = self._clock.now()
            ledger = await asyncio.to_thread(Ledger, self._folder, now)
            why = _("the service's record of what went out was lost: look whether it is out already")
            try:
                held = await self._write(lambda conn: ledgers.meet(conn, ledger.name, now, why))
            except BaseException:
                ledger.close()
                raise
            if held:
                log.error("%s (%s)", why, held)
            self._ledger = ledger
            await self._bury(ledger, await self._read(outbox.sending))
        return self._ledger

    async def _settle(self, ledger: Ledger) -> None:
        """Find out what became of calls that nobody makes any more."""
        before = self._clock.now() - DEAD_AFTER
        left = await self._read(lambda conn: outbox.sending(conn, before))
        await self._bury(
            ledger, [one for one in left if one.account_id not in self._running and one.id not in self._owed]
        )

    async def _bury(self, ledger: Ledger, left: list[Order]) -> None:
        for one in left:
            now = self._clock.now()
            entry = ledger.last(one.key)
            if entry is not None and entry.step is Step.SENT:
                await self._write(partial(_found, one=one, now=now, entry=entry))
            elif entry is not None and entry.step is Step.INTENT:
                why = _("the service ended in the middle of the call; whether it is out is being found out")
                await self._write(partial(outbox.unknown, one=one, now=now, error=why, at=now))
            else:
                why = _("the service ended before the call")
                await self._write(partial(outbox.later, one=one, now=now, error=why, at=now))

    async def _stopped(self, one: Order, now: datetime, ledger: Ledger) -> bool:
        """Whether something speaks against sending it now; then that is in the row."""
        entry = ledger.last(one.key)
        if entry is not None and entry.step is Step.INTENT:
            said = await self._read(lambda conn: outbox.released_at(conn, one.id))
            if said is not None and said > entry.at:
                await asyncio.to_thread(ledger.note, one.key, entry._replace(step=Step.NOT, at=now))
                entry = None
        if entry is not None and entry.step is not Step.NOT:
            # A restored backup, or a row that somebody flipped.
            await self._write(partial(outbox.begin, one=one, now=now))
            await self._bury(ledger, [one])
            return True
        if now - one.due_at > ladder.GRACE and one.first_at is None:
            why = _("it was due long ago; look whether it should still go out")
            await self._write(partial(outbox.hold, one=one, now=now, held_for="late", error=why))
            return True
        # Before the first part goes, all of a thread must be fit to go.
        text = None if one.part == 1 else one.text
        against = await self._read(partial(linting.stopping, delivery_id=one.id, now=now, text=text))
        if against is not None:
            await self._write(partial(outbox.hold, one=one, now=now, held_for="lint", error=against))
            return True
        return False

    def _source(self, one: Order, sources: Mapping[int, Source]) -> Source | None:
        source = sources.get(one.account_id)
        if source is None and one.account_id not in self._warned:
            self._warned.add(one.account_id)
            log.warning(
                "%s/%s is not in this service's sync.toml: what is planned for it waits", one.platform, one.account
            )
        return source

    async def _send(self, one: Order, source: Source, database_id: str, client: Client, ledger: Ledger) -> None:
        began = self._clock.now()
        await self._write(partial(outbox.begin, one=one, now=began))
        digest = ladder.digest(one)
        try:
            files = await self._read(partial(preparing.files, one=one))
            await asyncio.to_thread(preparing.refuse_changed, files)
            digest = ladder.digest(one, [file.digest for file in files])
            network, out = preparing.outgoing(
                one, source, self._secrets, database_id, self._clock.now(), one.first_at or began, files
            )
            await asyncio.to_thread(ledger.note, one.key, Entry(Step.INTENT, began, digest, first_at=out.first_at))
        except (PlatformError, SettingsError, StoreError, InputError) as problem:
            await self._not_arrived(one, problem, None)
            return
        steady = self._clock.monotonic()
        self._caps.note(one.account_id, began)
        try:
            published = without_echoes(await network.publish(out, client))
        except PlatformError as problem:
            seconds = self._clock.monotonic() - steady
            if problem.arrived:
                await self._unsure(one, str(problem), seconds, problem.retry_at)
                return
            await asyncio.to_thread(ledger.note, one.key, Entry(Step.NOT, self._clock.now(), digest))
            await self._not_arrived(one, problem, seconds)
            return
        except Exception as problem:
            log.exception("delivery %s failed in a way that smdash did not expect", one.id)
            error = _("unexpected answer ({kind}); the log says more").format(kind=type(problem).__name__)
            await self._unsure(one, error, self._clock.monotonic() - steady)
            return
        seconds, now = self._clock.monotonic() - steady, self._clock.now()
        entry = Entry(Step.SENT, now, digest, published.remote_id, published.url)
        await self._keep(ledger, one, entry)
        await self._owe(one, partial(
            outbox.sent, one=one, now=now, remote_id=entry.remote_id, url=entry.url, what="send", seconds=seconds
        ))  # fmt: skip
        self._rests[one.account_id] = now + ladder.GAP
        self._told(one, True)

    async def _check(self, one: Order, remote_id: str, source: Source, database_id: str, client: Client) -> None:
        """Look whether a post that went out is there still: some are taken down at once, and nobody is told."""
        try:
            now, first_at = self._clock.now(), one.first_at or one.due_at
            files = await self._read(partial(preparing.files, one=one))
            network, out = preparing.outgoing(one, source, self._secrets, database_id, now, first_at, files)
            there = await network.is_there(out, remote_id, client)
            url = await self._read(partial(outbox.address, one=one)) if there else None
            if url is not None:
                answered = await self._answers(url, out.credentials.url, client)
                if answered is None:
                    raise PlatformError(ErrorKind.NETWORK, _("{url} does not answer").format(url=url))
                there = answered
        except (PlatformError, SettingsError, InputError) as problem:
            log.info("delivery %s: %s", one.id, problem)
            at = self._clock.now() + ladder.CHECK_AGAIN
            await self._write(partial(outbox.check_later, one=one, at=at))
            return
        await self._write(partial(outbox.checked, one=one, now=self._clock.now(), there=there))

    async def _keep(self, ledger: Ledger, one: Order, entry: Entry) -> None:
        try:
            await asyncio.to_thread(ledger.note, one.key, entry)
        except StoreError as problem:
            # It is out: the row must say so all the same, and the intent alone leads to a look.
            log.error("%s", problem)

    async def _owe(self, one: Order, outcome: Outcome) -> None:
        """Write an outcome into the row, now or as soon as that can be done."""
        try:
            await self._write(outcome)
        except Refused as problem:
            log.warning("%s", problem)  # somebody flipped the row meanwhile; the ledger knows
        except StoreError as problem:
            log.error("%s", problem)
            self._owed[one.id] = outcome

    async def _pay(self) -> None:
        for delivery_id, outcome in list(self._owed.items()):
            try:
                await self._write(outcome)
            except Refused as problem:
                log.warning("%s", problem)
            del self._owed[delivery_id]

    async def _unsure(self, one: Order, error: str, seconds: float, retry_at: datetime | None = None) -> None:
        now = self._clock.now()
        at = ladder.first_look(now, retry_at)
        await self._owe(one, partial(outbox.unknown, one=one, now=now, error=error, at=at, seconds=seconds))
        self._rests[one.account_id] = at
        self._told(one, False)

    async def _not_arrived(self, one: Order, problem: SmdashError, seconds: float | None) -> None:
        """It surely is not out: another try where waiting may mend it, else a person."""
        now = self._clock.now()
        tried = (await self._read(lambda conn: outbox.tries(conn, one.id))).sent + 1
        passing = not isinstance(problem, PlatformError) or problem.kind in _PASSING
        at = ladder.next_try(now, tried, problem.retry_at if isinstance(problem, PlatformError) else None)
        if passing and at - one.due_at <= ladder.GIVE_UP:
            await self._owe(one, partial(
                outbox.later, one=one, now=now, error=str(problem), at=at, seconds=seconds
            ))  # fmt: skip
            # What is due later keeps its place behind this one.
            self._rests[one.account_id] = at
        else:
            await self._owe(one, partial(outbox.failed, one=one, now=now, error=str(problem), seconds=seconds))
        self._told(one, False)

    async def _look(self, one: Order, source: Source, database_id: str, client: Client, ledger: Ledger) -> None:
        """Look whether it is out; not found twice, it is sent again."""
        steady, now = self._clock.monotonic(), self._clock.now()
        if one.first_at is None:
            # Nobody knows from when on to look.
            why = _("it can't be told when it was sent; look yourself")
            await self._write(partial(outbox.looked, one=one, now=now, outcome="unknown", at=None, error=why))
            return
        try:
            files = await self._read(partial(preparing.files, one=one))
            network, out = preparing.outgoing(one, source, self._secrets, database_id, now, one.first_at, files)
            published = without_echoes(await network.find(out, client))
        except (PlatformError, SettingsError, InputError) as problem:
            now = self._clock.now()
            at = ladder.next_look(now, one.first_at, problem.retry_at if isinstance(problem, PlatformError) else None)
            await self._write(partial(
                outbox.looked, one=one, now=now, outcome="unknown", at=at, error=ladder.not_told(problem, at),
                seconds=self._clock.monotonic() - steady,
            ))  # fmt: skip
            return
        digest = ladder.digest(one, [file.digest for file in files])
        now, seconds = self._clock.now(), self._clock.monotonic() - steady
        if published is not None and await self._read(
            partial(outbox.is_anothers, one=one, remote_id=published.remote_id)
        ):
            why = _("something just like it is out for another delivery; look yourself whether it is there twice")
            await self._write(partial(outbox.looked, one=one, now=now, outcome="unknown", at=None, error=why))
            return
        if published is not None:
            entry = Entry(Step.SENT, now, digest, published.remote_id, published.url)
            await self._keep(ledger, one, entry)
            await self._owe(one, partial(
                outbox.sent, one=one, now=now, remote_id=entry.remote_id, url=entry.url, what="look", seconds=seconds
            ))  # fmt: skip
            self._told(one, True)
            return
        tried = await self._read(lambda conn: outbox.tries(conn, one.id))
        if tried.missed + 1 < ladder.LOOKS:
            at_next: datetime | None = now + ladder.SECOND_LOOK
            await self._write(partial(
                outbox.looked, one=one, now=now, outcome="missing", at=at_next, seconds=seconds
            ))  # fmt: skip
            return
        if tried.unsure >= ladder.SENDINGS or now - one.due_at > ladder.GIVE_UP:
            why = _("it was looked for and is not there; look yourself, then: smdash delivery resolve {id}")
            await self._write(partial(
                outbox.looked, one=one, now=now, outcome="missing", at=None, error=why.format(id=one.id),
                seconds=seconds,
            ))  # fmt: skip
            return
        await asyncio.to_thread(ledger.note, one.key, Entry(Step.NOT, now, digest))
        await self._write(partial(_missed, one=one, now=now, seconds=seconds))


def _since(ledger: Ledger, one: Order) -> Order:
    """The order as of its first sending: a database of before does not know that there was one."""
    entry = ledger.last(one.key)
    return one if entry is None or entry.first_at is None else one._replace(first_at=entry.first_at)


def _found(conn: Connection, one: Order, now: datetime, entry: Entry) -> None:
    """The ledger knows that it is out."""
    outbox.sent(conn, one, now, entry.remote_id, entry.url, what="look", seconds=None)


def _missed(conn: Connection, one: Order, now: datetime, seconds: float) -> None:
    outbox.looked(conn, one, now, "missing", None, seconds=seconds)
    outbox.again(conn, one, now, _("it was looked for twice and is not there, so it is sent again"))
