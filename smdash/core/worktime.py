"""Working hours, holidays and absences: wall times and local days, turned into instants where a zone is given.

A day's hours are intervals of wall time; a week has seven days from Monday. What a clock change does to a day is
settled here alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from itertools import pairwise
from typing import NamedTuple

from smdash.core.clock import Span, start_of_day
from smdash.core.errors import InputError
from smdash.locale import gettext as _

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
DAY_MINUTES = 24 * 60


class Interval(NamedTuple):
    """A stretch of one day: minutes of wall time after midnight, the end not included; 24:00 is 1440."""

    start: int
    end: int

    def __str__(self) -> str:
        return f"{_clock(self.start)}-{_clock(self.end)}"


# The intervals of each day, Monday first.
WeekTimes = tuple[tuple[Interval, ...], ...]

NO_TIMES: WeekTimes = ((),) * 7
# Office hours of a team that says nothing else.
DEFAULT_TIMES: WeekTimes = ((Interval(9 * 60, 17 * 60),),) * 5 + ((),) * 2
# Days that an observance or holiday may last.
LONGEST_OBSERVANCE = 366


class Holiday(NamedTuple):
    """A local day on which the team is off."""

    day: date
    name: str


class Absence(NamedTuple):
    """A member's days away, both ends included; ``kind`` is one of ABSENCE_KINDS."""

    id: int
    login: str
    first_day: date
    last_day: date
    kind: str


ABSENCE_KINDS = ("leave", "sick", "holiday", "training", "other")


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


_INTERVAL = re.compile(r"(\d{1,2})[:.](\d{2})\s*[-–]\s*(\d{1,2})[:.](\d{2})")


def parse_interval(text: str) -> Interval:
    """Read ``09:00-12:30``. Raises InputError for anything else, and where it does not end after it began."""
    match = _INTERVAL.fullmatch(text.strip())
    if match:
        start, end = int(match[1]) * 60 + int(match[2]), int(match[3]) * 60 + int(match[4])
        if max(int(match[2]), int(match[4])) < 60 and max(start, end) <= DAY_MINUTES:
            if start < end:
                return Interval(start, end)
            raise InputError(_("“{text}” ends before it begins; a night is two days' intervals").format(text=text))
    raise InputError(_("“{text}” is not a stretch of a day; expected one such as 09:00-12:30").format(text=text))


def parse_day_times(texts: Iterable[str]) -> tuple[Interval, ...]:
    """Read the intervals of one day and put them in order. Raises InputError for a bad one and where two overlap."""
    found = sorted(parse_interval(text) for text in texts)
    for before, after in pairwise(found):
        if after.start < before.end:
            raise InputError(_("{one} and {other} overlap").format(one=before, other=after))
    return tuple(found)


def parse_week_times(text: str) -> WeekTimes:
    """Read ``mon-fri 09:00-12:00,13:00-17:00; sat 09:00-13:00``; days that are not named are off.

    Raises InputError with what is wrong and what is expected.
    """
    days: list[tuple[Interval, ...] | None] = [None] * 7
    for part in filter(None, (one.strip() for one in text.split(";"))):
        names, _space, times = part.partition(" ")
        first, _dash, last = names.lower().partition("-")
        try:
            span = range(DAYS.index(first), DAYS.index(last or first) + 1)
        except ValueError as problem:
            raise InputError(
                _("“{text}” is not a day; expected mon to sun, as in: mon-fri 09:00-12:00,13:00-17:00").format(
                    text=names
                )
            ) from problem
        if not span:
            raise InputError(_("“{text}” ends before it begins; the week goes from mon to sun").format(text=names))
        for day in span:
            if days[day] is not None:
                raise InputError(_("{day} is named twice").format(day=DAYS[day]))
            days[day] = parse_day_times(filter(None, (one.strip() for one in times.split(","))))
    return tuple(day or () for day in days)


def week_times_text(times: WeekTimes) -> str:
    """What ``parse_week_times`` reads: days with the same hours in a row are one part."""
    parts: list[str] = []
    day = 0
    while day < 7:
        last = day
        while last < 6 and times[last + 1] == times[day]:
            last += 1
        if times[day]:
            names = DAYS[day] if last == day else f"{DAYS[day]}-{DAYS[last]}"
            parts.append(f"{names} {','.join(map(str, times[day]))}")
        day = last + 1
    return "; ".join(parts)


def to_plain(times: WeekTimes) -> dict[str, list[str]]:
    """The form in which the store and TOML keep hours; days off are left out."""
    return {name: [str(one) for one in day] for name, day in zip(DAYS, times, strict=True) if day}


def from_plain(value: object) -> WeekTimes:
    """Read what ``to_plain`` gave, or what another program put in its place: a day that can't be read is off."""
    if not isinstance(value, Mapping):
        return NO_TIMES
    days: list[tuple[Interval, ...]] = []
    for name in DAYS:
        texts = value.get(name)
        try:
            days.append(parse_day_times(map(str, texts)) if isinstance(texts, Sequence) else ())
        except InputError:
            days.append(())
    return tuple(days)


def working_spans(day: date, times: WeekTimes, zone: tzinfo, off: Iterable[date] = ()) -> list[Span]:
    """The instants at which a local calendar day is working time; none on a day that is in *off*.

    An interval runs from the first instant whose clock shows its start, or later where the clocks skip it, to the
    first that shows its end: so no two of a day overlap, and one that the clocks skip whole is gone.
    """
    if day in off:
        return []
    spans = (
        Span(_first_showing(day, one.start, zone), _first_showing(day, one.end, zone)) for one in times[day.weekday()]
    )
    return [span for span in spans if span.start < span.end]


def is_working(instant: datetime, times: WeekTimes, zone: tzinfo, off: Iterable[date] = ()) -> bool:
    """Whether it is working time at this instant."""
    day = instant.astimezone(zone).date()
    return any(span.start <= instant < span.end for span in working_spans(day, times, zone, off))


def _first_showing(day: date, minutes: int, zone: tzinfo) -> datetime:
    """The first instant (UTC) of the day at which a local clock shows this time or a later one."""
    if minutes >= DAY_MINUTES:
        return start_of_day(day + timedelta(days=1), zone)
    wall = datetime.combine(day, time(minutes // 60, minutes % 60))
    found = wall.replace(tzinfo=zone).astimezone(UTC)
    if found.astimezone(zone).replace(tzinfo=None) == wall:
        return found
    # The clocks skip it: the instant sought is the change itself, which lies between the two readings (PEP 495).
    before, after = wall.replace(tzinfo=zone, fold=1).astimezone(UTC), found
    while after - before > timedelta(seconds=1):
        middle = before + (after - before) / 2
        if middle.astimezone(zone).replace(tzinfo=None) < wall:
            before = middle
        else:
            after = middle
    return after.replace(microsecond=0)  # clocks change at whole seconds


def without(absences: Iterable[Absence], first: date, last: date) -> list[tuple[Absence, list[tuple[date, date]]]]:
    """What is left of each absence that touches these days when the member is there on them after all."""
    one_day = timedelta(days=1)
    found = []
    for absence in absences:
        if absence.first_day <= last and absence.last_day >= first:
            left = [(absence.first_day, first - one_day), (last + one_day, absence.last_day)]
            found.append((absence, [(start, end) for start, end in left if start <= end]))
    return found


def away(absences: Iterable[Absence], day: date) -> Absence | None:
    """The absence that the day falls into."""
    return next((one for one in absences if one.first_day <= day <= one.last_day), None)
