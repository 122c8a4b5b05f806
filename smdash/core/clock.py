"""Time: the injected clock, the one pair that encodes and decodes, and local days and weeks.

Instants are aware datetimes in UTC; as text they are ``YYYY-MM-DDTHH:MM:SS.mmmZ``.
A local day runs from its first instant to the first instant of the next calendar day in the
team's zone, so it may last 23 or 25 hours.
"""

from __future__ import annotations

import re
import time
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import NamedTuple, Protocol
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from smdash.core.errors import InputError
from smdash.locale import gettext as _

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# Letters of an encoded instant that name its hour.
HOUR_LETTERS = len("2026-11-23T07")


class Clock(Protocol):
    """Where the time comes from; tests bring their own."""

    def now(self) -> datetime:
        """The current instant, aware, UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds that never jump, for measuring; where the system tells, they go on while the machine sleeps."""
        ...


# Linux' monotonic clock stands still while the machine sleeps; this one doesn't, so that sleep is no jump.
_STEADY: int | None = getattr(time, "CLOCK_BOOTTIME", None)


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.clock_gettime(_STEADY) if _STEADY is not None else time.monotonic()


class FixedClock:
    """A clock that stands where it was put and moves when told; for tests and fixed pictures."""

    def __init__(self, at: datetime) -> None:
        self._at = at.astimezone(UTC)
        self._ran = 0.0

    def now(self) -> datetime:
        return self._at

    def monotonic(self) -> float:
        return self._ran

    def move(self, by: timedelta) -> None:
        self._at += by
        self._ran += max(by.total_seconds(), 0.0)

    def jump(self, by: timedelta) -> None:
        """Set the wall clock, while no time passes."""
        self._at += by


class SteadyClock:
    """A wall clock that is only set when told: between two calls of ``follow`` it goes on as time passes.

    Times that were written before the jump and those that are written until it was noticed are then of one clock, and
    can be moved together.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._wall, self._ran = clock.now(), clock.monotonic()

    def now(self) -> datetime:
        return self._wall + timedelta(seconds=self.monotonic() - self._ran)

    def monotonic(self) -> float:
        return self._clock.monotonic()

    def follow(self) -> timedelta:
        """Be as late as the machine's clock again; returns how far that was set forward (or back, below zero)."""
        wall, ran = self._clock.now(), self._clock.monotonic()
        drift = wall - self._wall - timedelta(seconds=ran - self._ran)
        self._wall, self._ran = wall, ran
        return drift


def encode(instant: datetime) -> str:
    """Write an aware datetime as UTC text with milliseconds.

    Raises ValueError for a naive one: that is a bug of the caller.
    """
    if instant.tzinfo is None:
        raise ValueError("a naive datetime has no place in the store")
    if instant.tzinfo is not UTC:
        instant = instant.astimezone(UTC)
    text = instant.isoformat()
    return (text[:23] if instant.microsecond else text[:19] + ".000") + "Z"


def decode(text: str) -> datetime:
    """Read what ``encode`` wrote, and what another program may have put in its place.

    A time without a zone counts as UTC. What is no time at all is the epoch: one odd row must not hide the others.
    """
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        return EPOCH
    return instant if instant.tzinfo is not None else instant.replace(tzinfo=UTC)


def decode_optional(text: str | None) -> datetime | None:
    """Like ``decode``; nothing stays nothing."""
    return None if text is None else decode(text)


def encode_optional(instant: datetime | None) -> str | None:
    """Like ``encode``; nothing stays nothing."""
    return None if instant is None else encode(instant)


def find_zone(name: str) -> ZoneInfo:
    """The IANA zone called *name*.

    Raises InputError when there is none.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as problem:
        raise InputError(
            _("there is no time zone “{name}”; expected an IANA name such as Asia/Jakarta").format(name=name)
        ) from problem


# Whatever lies outside is a slip of the pen or an attack; near the ends of what Python can count, adding a goal or
# applying a zone overflows.
EARLIEST = datetime(1970, 1, 2, tzinfo=UTC)
LATEST = datetime(2999, 12, 31, tzinfo=UTC)


def is_plausible(instant: datetime) -> bool:
    """Whether an aware time that came from outside may be kept and counted with."""
    return EARLIEST <= instant < LATEST


class Span(NamedTuple):
    """A stretch of time, from its first instant to just before its end (both UTC)."""

    start: datetime
    end: datetime


def start_of_day(day: date, zone: tzinfo) -> datetime:
    """The first instant of a local calendar day, UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)


def day_span(day: date, zone: tzinfo) -> Span:
    """A local calendar day."""
    return Span(start_of_day(day, zone), start_of_day(day + timedelta(days=1), zone))


class Week(NamedTuple):
    """An ISO week; ``label`` is written like ``2026-W48``."""

    year: int
    number: int

    @property
    def label(self) -> str:
        return f"{self.year:04d}-W{self.number:02d}"

    def first_day(self, week_start: int = 0) -> date:
        """The week's first day; *week_start* counts from Monday (0) to Sunday (6).

        A week that starts late in the week begins before its ISO Monday.
        """
        monday = date.fromisocalendar(self.year, self.number, 1)
        return monday if week_start == 0 else monday - timedelta(days=7 - week_start)

    def span(self, zone: tzinfo, week_start: int = 0) -> Span:
        first = self.first_day(week_start)
        return Span(start_of_day(first, zone), start_of_day(first + timedelta(days=7), zone))


def week_of(instant: datetime, zone: tzinfo, week_start: int = 0) -> Week:
    """The week that *instant* falls into, in the given zone."""
    day = instant.astimezone(zone).date()
    if week_start:
        day += timedelta(days=7 - week_start)
    year, number, _weekday = day.isocalendar()
    return Week(year, number)


def parse_week(text: str) -> Week:
    """Read ``2026-W48``. Raises InputError."""
    match = re.fullmatch(r"(\d{4})-?W(\d{1,2})", text.strip(), re.IGNORECASE)
    if match and EARLIEST.year < int(match[1]) < LATEST.year:
        week = Week(int(match[1]), int(match[2]))
        try:
            week.first_day()
        except ValueError:
            pass
        else:
            return week
    raise InputError(_("“{text}” is not a week; expected one such as 2026-W48").format(text=text))


_TIME_ONLY = re.compile(r"\d{1,2}[:.]\d{2}")


def parse_when(text: str, zone: tzinfo, now: datetime) -> datetime:
    """Read a time that a person typed: ``now``, ``14:30`` (today), ``2026-11-23 14:30``, or ISO 8601.

    A time without an offset is wall time in *zone*. Raises InputError for anything else, and for a
    wall time that the zone's clocks skip.
    """
    typed = text.strip()
    if typed.lower() in ("now", "sekarang"):
        return now
    if _TIME_ONLY.fullmatch(typed):
        typed = f"{now.astimezone(zone).date().isoformat()} {typed.replace('.', ':').zfill(5)}"
    try:
        moment = datetime.fromisoformat(typed)
    except ValueError as problem:
        raise InputError(
            _("“{text}” is not a time; expected now, 14:30 or 2026-11-23 14:30").format(text=text)
        ) from problem
    if not EARLIEST.year < moment.year < LATEST.year:
        raise _too_far(text)
    if moment.tzinfo is not None:
        return moment.astimezone(UTC)
    instant = moment.replace(tzinfo=zone).astimezone(UTC)
    if instant.astimezone(zone).replace(tzinfo=None) != moment:
        raise InputError(
            _("{text} does not exist in {zone}: the clocks skip it; choose another time").format(text=text, zone=zone)
        )
    return instant


def parse_day(text: str) -> date:
    """Read ``2026-11-23``. Raises InputError."""
    try:
        day = date.fromisoformat(text.strip())
    except ValueError as problem:
        raise InputError(_("“{text}” is not a date; expected one such as 2026-11-23").format(text=text)) from problem
    if not EARLIEST.year < day.year < LATEST.year:
        raise _too_far(text)
    return day


def _too_far(text: str) -> InputError:
    return InputError(
        _("“{text}” is too far away; expected a year from {first} to {last}").format(
            text=text, first=EARLIEST.year + 1, last=LATEST.year - 1
        )
    )


_DURATION = re.compile(r"(?:(\d{1,6}(?:[.,]\d{1,6})?)\s*(?:h|j|jam))?\s*(?:(\d{1,6})\s*(?:m|min|mnt)?)?", re.IGNORECASE)


def duration_minutes(text: str) -> float | None:
    """The minutes that ``1h30m``, ``1.5h``, ``45m``, ``1:30`` or ``90`` stand for, or nothing."""
    typed = text.strip()
    if clock := re.fullmatch(r"(\d{1,2}):([0-5]\d)", typed):
        return int(clock[1]) * 60 + int(clock[2])
    if typed and (match := _DURATION.fullmatch(typed)):
        hours = float(match[1].replace(",", ".")) if match[1] else 0.0
        return hours * 60 + (int(match[2]) if match[2] else 0)
    return None


def parse_duration(text: str) -> timedelta:
    """Read what ``duration_minutes`` knows.

    Raises InputError for anything else and for less than a minute or more than 24 hours.
    """
    minutes = duration_minutes(text)
    if minutes is None or not 1 <= minutes <= 24 * 60:
        raise InputError(
            _("“{text}” is not a duration; expected one such as 1h30m, 45m or 1:30, from a minute to 24 hours").format(
                text=text
            )
        )
    return timedelta(minutes=minutes)
