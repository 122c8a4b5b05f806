"""Observances: days that matter for content, holidays among them, as they are read from calendar files.

All-day events count as they stand, timed ones on the team's local days; the end of an event is the first day or
instant after it (RFC 5545, 3.6.1). What repeats is worked out by recurring-ical-events for a bounded span.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta, tzinfo
from typing import Any, NamedTuple

from smdash.core import ics
from smdash.core.clock import EARLIEST, LATEST
from smdash.core.errors import InputError
from smdash.core.plan import Bad
from smdash.core.team import LONGEST_OBSERVANCE
from smdash.core.text import clean_name
from smdash.locale import gettext as _

# Where those stand that were typed and not imported.
TYPED = "team"
# A century of a busy calendar; more is no list of observances.
MOST_DAYS = 20_000
# What is repeated is worked out for so many days before and after an import.
BEFORE, AFTER = timedelta(days=366), timedelta(days=5 * 366)
_DAY = timedelta(days=1)
_HOLIDAY = re.compile(r"holiday|\blibur\b", re.IGNORECASE)


class Observance(NamedTuple):
    """An observance of the desk; ``until`` is its last day, ``source`` the calendar that it came from."""

    id: int
    day: date
    until: date
    name: str
    holiday: bool
    source: str


class Entry(NamedTuple):
    """One that a calendar has; ``uid`` and ``day`` tell it from the others of that calendar."""

    uid: str
    day: date
    until: date
    name: str
    holiday: bool


class Found(NamedTuple):
    """What a file holds. ``name`` is what the calendar calls itself; ``spared`` are the UIDs of events that could not
    be read, so that what is known of them stays, and without *whole* nothing goes, since it is not known what is lost.
    ``outside`` counts events without a day in the span.
    """

    name: str
    entries: tuple[Entry, ...]
    bad: tuple[Bad, ...]
    spared: frozenset[str]
    outside: int
    whole: bool


def span(today: date) -> tuple[date, date]:
    """The first and the last day for which an import of today works out what repeats."""
    return today - BEFORE, today + AFTER


def read(data: bytes, zone: tzinfo, today: date, *, holiday: bool = False) -> Found:
    """The observances of a calendar file; with *holiday* all of them are holidays.

    Raises InputError for what is no calendar, for one without any event, and for one with too many days.
    """
    events = ics.Events(data)
    bad: list[Bad] = []
    spared: set[str] = set()
    whole = events.is_whole
    series: dict[str, list[tuple[int, Any]]] = {}
    for number, block in events:
        try:
            event = events.parse(block)
            series.setdefault(_uid(event), []).append((number, event))
        except (InputError, *ics.BROKEN) as problem:
            bad.append(Bad(number, ics.reason(problem)))
            if uid := ics.uid_in(block):
                spared.add(_hashed(uid))
            else:
                whole = False
    if not series and not bad:
        raise InputError(_("the calendar has no event"))
    found: dict[tuple[str, date], Entry] = {}
    outside = 0
    for uid, parts in series.items():
        try:
            made = list(_entries(uid, parts, zone, today, holiday))
        except (InputError, *ics.BROKEN) as problem:
            bad.append(Bad(parts[0][0], ics.reason(problem)))
            spared.add(uid)
            continue
        outside += not made and not all(ics.is_cancelled(event) for _number, event in parts)
        for one in made:
            found.setdefault((one.uid, one.day), one)
        if len(found) > MOST_DAYS:
            raise InputError(_("the calendar has more than {most} days; import it in parts").format(most=MOST_DAYS))
    entries = sorted(found.values(), key=lambda one: (one.day, one.name, one.uid))
    return Found(events.name, tuple(entries), tuple(sorted(bad)), frozenset(spared), outside, whole)


def _uid(event: Any) -> str:
    """The event's own name, or one of its contents. Raises InputError and what BROKEN names."""
    own = ics.text_of(event, "UID").strip()
    return _hashed(own or f"{ics.start_of(event)} {ics.text_of(event, 'SUMMARY')}")


def _hashed(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:32]


def _entries(uid: str, parts: Sequence[tuple[int, Any]], zone: tzinfo, today: date, holiday: bool) -> Iterator[Entry]:
    for event in ics.occurrences([event for _number, event in parts], *span(today)):
        if ics.is_cancelled(event):
            continue
        name = clean_name(ics.text_of(event, "SUMMARY"))
        if not name:
            raise InputError(_("“{field}” is missing").format(field="SUMMARY"))
        day, until = _days(event, zone)
        yield Entry(uid, day, until, name, holiday or any(map(_HOLIDAY.search, ics.categories(event))))


def _days(event: Any, zone: tzinfo) -> tuple[date, date]:
    """The first and the last local day. Raises InputError."""
    start, end = ics.start_of(event), event.end
    if isinstance(start, datetime):
        first = _local(start, zone)
        moment = end if isinstance(end, datetime) else start
        # Midnight is the end of the day before.
        last = _local(moment - timedelta(microseconds=1), zone) if moment > start else first
    else:
        first = start
        last = (end.date() if isinstance(end, datetime) else end) - _DAY
    if not EARLIEST.year < first.year < LATEST.year:
        raise InputError(_("{day} is too far away").format(day=first.isoformat()))
    if (last - first).days >= LONGEST_OBSERVANCE:
        raise InputError(_("it lasts {n} days; expected {most} at most").format(
            n=(last - first).days + 1, most=LONGEST_OBSERVANCE))  # fmt: skip
    return first, max(first, last)


def _local(moment: datetime, zone: tzinfo) -> date:
    return (moment if moment.tzinfo is None else moment.astimezone(zone)).date()
