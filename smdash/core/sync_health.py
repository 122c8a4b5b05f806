"""How a sync job is doing, in words: what is wrong, and what a person does about it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import IntEnum
from typing import NamedTuple

from smdash.core.errors import ErrorKind
from smdash.core.records import Job
from smdash.locale import gettext as _

# A job that should have run this long ago is behind.
BEHIND = timedelta(minutes=2)
# From so many days before its end on a token is worth a warning.
TOKEN_SOON_D = 14


class Look(IntEnum):
    """How a job is doing, worst first."""

    FAILING = 0
    REMARK = 1
    NEW = 2
    PAUSED = 3
    GOOD = 4
    QUIET = 5


def look_of(job: Job, now: datetime) -> Look:
    """How the job is doing; QUIET is a good one whose last run is longer ago than its interval."""
    if job.state != "active":
        return Look.PAUSED
    if job.failures:
        return Look.FAILING
    if job.last_ok_at is None and not job.error:
        return Look.NEW
    if job.error or is_behind(job, now):
        return Look.REMARK
    fresh = job.last_ok_at is not None and now - job.last_ok_at <= timedelta(seconds=max(job.interval_s, 60))
    return Look.GOOD if fresh else Look.QUIET


def is_behind(job: Job, now: datetime) -> bool:
    """Whether an active job should have run a while ago."""
    return job.state == "active" and (job.next_at is None or now - job.next_at > BEHIND)


class AccountHealth(NamedTuple):
    """What the service knows of an account: ``cost`` and ``unit`` in English, ``used`` of ``budget``.

    It is counted anew at ``resets_at``. ``token_ends_at`` is None where the network doesn't say, or was not asked yet
    (``checked_at``).
    """

    cost: str
    token_ends_at: datetime | None
    checked_at: datetime | None
    budget: int | None
    unit: str
    used: int
    resets_at: datetime | None

    @property
    def left(self) -> int | None:
        """What the budget has left, where there is one."""
        return None if self.budget is None else max(self.budget - self.used, 0)

    def token_days(self, now: datetime) -> int | None:
        """Whole days until the token ends, below nothing when it has."""
        return None if self.token_ends_at is None else (self.token_ends_at - now).days


class Sending(NamedTuple):
    """What goes out to an account: how many wait, and how many want a person."""

    waiting: int
    stuck: int


class HealthLine(NamedTuple):
    """A line of the sync screen: a job, or with ``sending`` what the publisher sends to an account.

    ``account`` is the account's name, empty for feeds and the links. ``new``, ``changed`` and ``seconds`` are those of
    the last good run.
    """

    job: Job
    account: str
    new: int = 0
    changed: int = 0
    seconds: float | None = None
    quota_limit: int | None = None
    quota_resets_at: datetime | None = None
    health: AccountHealth | None = None
    sending: Sending | None = None

    @property
    def is_calendar(self) -> bool:
        """Whether campaigns are kept in step by it."""
        return self.job.platform == "calendar"

    @property
    def left(self) -> int | None:
        """What is left to ask for: of the owner's budget where there is one, else what the network said."""
        of_budget = self.health.left if self.health and self.sending is None else None
        return self.job.quota_left if of_budget is None else of_budget


class Picture(NamedTuple):
    """All lines in their order, and whether a service seems to be running."""

    lines: Sequence[HealthLine]
    alive: bool


def advice(line: HealthLine) -> str:
    """What a person does about what is wrong with a line, in a sentence; nothing where nothing is wrong."""
    job, kind = line.job, line.job.error_kind
    if line.sending is not None:
        if not line.sending.stuck:
            return ""
        return _("Decide about it: open the post in Today or the calendar, or see smdash delivery list.")
    if job.state != "active" or not job.error:
        return ""
    if kind == ErrorKind.QUOTA and not job.failures:
        return _("It goes on by itself then; “budget” of the account in sync.toml may be raised before.")
    if not job.failures:
        return ""
    if line.is_calendar and kind in (ErrorKind.AUTH, ErrorKind.PERMISSION, ErrorKind.GONE):
        return _("Remove it and add it anew, as the service's user: smdash calendar remove, smdash calendar add")
    if kind in (ErrorKind.AUTH, ErrorKind.PERMISSION) and line.account:
        if kind == ErrorKind.PERMISSION:
            said = _("See what the token lacks, as the service's user: smdash account check {name}")
        else:
            said = _("Connect it once more, as the service's user: smdash account add {platform} --name {name}")
        return said.format(platform=job.platform, name=line.account)
    if kind in (ErrorKind.RATE, ErrorKind.QUOTA):
        return _("Nothing to do: it goes on by itself when the network allows.")
    if kind in (ErrorKind.NETWORK, ErrorKind.SERVER):
        return _("Nothing to do unless it lasts: it is tried again by itself.")
    if kind == ErrorKind.GONE:
        return _("What it read is not there any more: see smdash feed list, or take the account out of sync.toml.")
    if kind == ErrorKind.REJECTED:
        return _("Mend what the error names, mostly in sync.toml; smdash doctor looks at that file.")
    return _("More is told, as the service's user, by: smdash sync --once --verbose --only {job}").format(job=job.name)
