"""What an examination of the desk found: one record a finding, and when figures of the desk are worth a word. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from smdash.core.formats import decimal
from smdash.core.records import Job

# A job that is later than its interval and this is behind.
LATE = timedelta(seconds=60)
# Clocks of one server don't differ; this much is left to a slow commit.
CLOCK_SLACK = timedelta(minutes=2)
# What a network dates ahead of this is dated wrongly, not early.
FUTURE = timedelta(days=1)
# Room on the disk (bytes): too little to go on, and soon too little.
NO_ROOM, LITTLE_ROOM = 20_000_000, 200_000_000


class Severity(StrEnum):
    """How bad a finding is."""

    GOOD = "good"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at; ``mend`` does what this user may do about it and says what it did."""

    check: str
    severity: Severity
    sentence: str
    mend: Callable[[], str] | None = None
    fixed: bool = False

    @property
    def ok(self) -> bool:
        return self.severity is Severity.GOOD or self.fixed

    def mended(self, did: str) -> Finding:
        """The same finding after it was mended."""
        return replace(self, sentence=did, fixed=True)

    def as_dict(self) -> dict[str, object]:
        """As programs read it."""
        return {
            "check": self.check,
            "ok": self.ok,
            "severity": self.severity.value,
            "sentence": self.sentence,
            "fixable": self.mend is not None,
            "fixed": self.fixed,
        }


def size(count: int) -> str:
    """A number of bytes as people read it: ``12.3 MB`` (a million bytes)."""
    value, unit = float(count), "B"
    for larger in ("kB", "MB", "GB", "TB"):
        if value < 1000:
            break
        value, unit = value / 1000, larger
    return f"{decimal(value, 0 if unit == 'B' else 1)} {unit}"


def room(free_bytes: int, database_bytes: int) -> Severity:
    """How bad it is to have this much room left: a copy of the database should fit beside it."""
    if free_bytes < NO_ROOM:
        return Severity.ERROR
    return Severity.WARNING if free_bytes < max(LITTLE_ROOM, database_bytes) else Severity.GOOD


def is_behind(job: Job, now: datetime) -> bool:
    """Whether an active job should have run by now and did not."""
    return job.state == "active" and (
        job.next_at is None or now - job.next_at > timedelta(seconds=job.interval_s) + LATE
    )


def service_seems_alive(jobs: Iterable[Job], now: datetime) -> bool:
    """Whether the health rows look like those of a running service: some active job ran and none waits."""
    active = [job for job in jobs if job.state == "active"]
    started = [job for job in active if job.last_started_at is not None]
    overdue = [job for job in active if job.next_at is None or now - job.next_at > LATE]
    return bool(started) and not overdue
