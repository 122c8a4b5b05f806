"""Reading what was pushed: bodies become mentions, some at a time; the service reads what ``receive`` left."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from smdash.core.clock import Clock
from smdash.core.deliveries import Told
from smdash.core.errors import PlatformError, SmdashError
from smdash.core.records import Counts, IncomingMention
from smdash.core.text import clean_name
from smdash.locale import gettext as _
from smdash.locale import ngettext
from smdash.platforms import registry
from smdash.platforms.echoes import without_echoes
from smdash.platforms.push import Pushed, Receiver
from smdash.store import erase, goals, mentions, received, told
from smdash.store.connection import Store
from smdash.store.driver import Connection
from smdash.store.received import Addressed, Outcome, Waiting

log = logging.getLogger("smdash.receive")

# How often the health rows are written while much comes in (seconds); each time the desks read them again.
HEALTH_S = 5.0
# How often it is looked for what is to be removed (seconds).
TIDY_S = 600.0


class Done(NamedTuple):
    """How many bodies one turn read, what they brought, and how many of them could not be understood."""

    bodies: int
    counts: Counts
    unread: int


class _Read(NamedTuple):
    waiting: Waiting
    pushed: Sequence[Pushed | Told]
    problem: str | None = None


class Reading:
    """``guard`` is asked under the write lock whether this process may still write."""

    def __init__(self, clock: Clock, guard: Callable[[Connection], None] = lambda _conn: None) -> None:
        self._clock = clock
        self._guard = guard
        # What health rows have not been told yet: when they were, and the new and changed since.
        self._told: dict[int, float] = {}
        self._untold: dict[int, Counts] = {}
        self._tidied_at = float("-inf")

    def turn(self, store: Store, *, before: datetime | None = None) -> Done | None:
        """Read one batch of what waits (and came *before*); nothing where nothing does. Raises StoreError."""
        with store.reading() as conn:
            found = received.waiting(conn, before=before)
            owed = told.owed(conn)
        if owed:
            with store.writing() as conn:
                self._guard(conn)
                told.read_again(conn)
            with store.reading() as conn:
                found = received.waiting(conn, before=before)
        if not found:
            return None
        read: list[_Read] = []
        events = 0
        for one in found:
            read.append(_read(one))
            events += len(read[-1].pushed)
            if events >= mentions.BATCH:
                break
        try:
            return self._keep(store, read)
        except SmdashError:
            raise
        except Exception as problem:  # noqa: BLE001 logged below without its words
            log.error("a batch of what was pushed can't be kept (%s); its bodies are tried one by one", _place(problem))
        done = [self._alone(store, one) for one in read]
        return Done(
            sum(one.bodies for one in done),
            sum((one.counts for one in done), Counts()),
            sum(one.unread for one in done),
        )

    def tidy(self, store: Store) -> None:
        """Remove some of what was read long ago, where it is time to look for that. Raises StoreError."""
        if self._clock.monotonic() < self._tidied_at + TIDY_S:
            return
        now = self._clock.now()
        with store.reading() as conn:
            old = received.any_old(conn, now)
        if old:
            with store.writing() as conn:
                self._guard(conn)
                received.remove_old(conn, now)
            # The next part at the next turn.
            return
        self._tidied_at = self._clock.monotonic()

    def _alone(self, store: Store, read: _Read) -> Done:
        try:
            return self._keep(store, [read])
        except SmdashError:
            raise
        except Exception as problem:  # noqa: BLE001 logged below without its words
            log.error("a body that was pushed can't be kept (%s)", _place(problem))
            said = _("what it holds can't be kept ({kind})").format(kind=type(problem).__name__)
            return self._keep(store, [read._replace(pushed=(), problem=said)])

    def _keep(self, store: Store, read: Sequence[_Read]) -> Done:
        now = self._clock.now()
        with store.writing() as conn:
            self._guard(conn)
            left = received.still_waiting(conn, [one.waiting.id for one in read])
            read = [one for one in read if one.waiting.id in left]
            accounts = received.accounts(conn)
            sorted_out = [_sorted_out(one, accounts) for one in read]
            by_account: dict[tuple[str, str], list[IncomingMention]] = {}
            for _outcome, records, _ours in sorted_out:
                for record in records:
                    by_account.setdefault((record.platform, record.account), []).append(record)
            ids = {(one.platform, one.name): one.id for one in accounts}
            total, gone = Counts(), set[tuple[int, str]]()
            known_goals = goals.current(conn)
            counted: dict[int, Counts] = {one.waiting.account_id: Counts() for one in read}
            for key, records in by_account.items():
                # What was pushed comes in any order; what took it away comes last.
                records.sort(key=lambda one: (one.deleted, one.edited_at or one.sent_at))
                account_id = ids[key]
                gone |= {(account_id, one) for one in erase.gone(conn, account_id, [r.remote_id for r in records])}
                counts = mentions.apply(conn, records, known_goals, now, pushed=True)
                counted[account_id] = counted.get(account_id, Counts()) + counts
                total += counts
            outcomes = [one._replace(erased=not gone.isdisjoint(one.mentions)) for one, _records, _ours in sorted_out]
            received.finish(conn, outcomes, now)
            ours = [(one.id, *what) for one, _records, told_of in sorted_out for what in told_of]
            # What went wrong afterwards is told afterwards.
            for received_id, account_id, what in sorted(ours, key=lambda one: one[2].at):
                told.tell(conn, account_id, what, received_id, now)
            received.drop_empty(conn, [one.id for one in outcomes])
            unread = {one.waiting.account_id for one in read if one.problem is not None}
            self._note_health(conn, counted, unread, now)
        return Done(len(read), total, sum(one.problem is not None for one in read))

    def _note_health(self, conn: Connection, counted: dict[int, Counts], unread: set[int], now: datetime) -> None:
        at = self._clock.monotonic()
        for account_id, counts in counted.items():
            counts += self._untold.pop(account_id, Counts())
            if at - self._told.get(account_id, float("-inf")) < HEALTH_S and account_id not in unread:
                self._untold[account_id] = counts
                continue
            self._told[account_id] = at
            number = received.unread(conn, account_id)
            notice = None
            if number:
                notice = ngettext(
                    "{n} push could not be read; see: smdash doctor",
                    "{n} pushes could not be read; see: smdash doctor",
                    number,
                ).format(n=number)
            received.note_read(conn, account_id, now, counts, notice)


def _read(one: Waiting) -> _Read:
    """What a body says; whatever is wrong with it is its problem."""
    try:
        platform = registry.find(one.platform)
        if platform.receive is None:
            said = _("this smdash can't read what {platform} pushes").format(platform=platform.title)
            return _Read(one, (), said)
        found: list[Pushed | Told] = []
        for each in (platform, *map(registry.find, platform.pushed_with)):
            if each.receive is not None:
                receiver: Receiver = each.receive()
                found += receiver.read(one.body, one.received_at)
        return _Read(one, without_echoes(found))
    except (PlatformError, SmdashError) as problem:
        return _Read(one, (), clean_name(str(problem)) or type(problem).__name__)
    except Exception as problem:  # noqa: BLE001 logged below without its words
        log.error("what %s pushed could not be read (%s)", one.platform, _place(problem))
        return _Read(one, (), _("unexpected content ({kind}); the log says more").format(kind=type(problem).__name__))


def _place(problem: Exception) -> str:
    """What went wrong and where in the program, without its words: those may be somebody's who wrote to the team."""
    frames = traceback.extract_tb(problem.__traceback__)
    return " < ".join([type(problem).__name__, *(f"{Path(at.filename).name}:{at.lineno}" for at in frames[:-6:-1])])


class _Sorted(NamedTuple):
    """What is to be written down of a body: its mentions, and what it tells of what we sent, by account."""

    outcome: Outcome
    mentions: list[IncomingMention]
    told: list[tuple[int, Told]]


def _sorted_out(read: _Read, accounts: Sequence[Addressed]) -> _Sorted:
    """Whose each event is; those for nobody of the team's are counted and left out."""
    platform, own_id = read.waiting.platform, read.waiting.account_id
    called = next((one for one in accounts if one.id == own_id), None)
    by_remote = {(one.platform, one.remote_id): one for one in accounts if one.remote_id}
    records: list[IncomingMention] = []
    brought: list[tuple[int, str]] = []
    ours: list[tuple[int, Told]] = []
    left_out = 0
    for one in read.pushed:
        network = one.mention.platform if isinstance(one, Pushed) else platform
        whose = by_remote.get((network, one.account_id)) if one.account_id else called
        if whose is None and network == platform and called is not None and not called.remote_id:
            # Connected by hand, so that its id was never asked for.
            whose = called
        if whose is None:
            left_out += 1
            continue
        if isinstance(one, Told):
            ours.append((whose.id, one))
            continue
        records.append(one.mention._replace(platform=whose.platform, account=whose.name))
        brought.append((whose.id, one.mention.remote_id))
    outcome = Outcome(read.waiting.id, tuple(dict.fromkeys(brought)), left_out, read.problem)
    return _Sorted(outcome, records, ours)
