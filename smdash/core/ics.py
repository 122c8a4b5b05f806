"""Calendar files (RFC 5545) event by event: one that is broken must not cost the others, and each has a number.

The number of an event is that of the line where it begins. icalendar reads the events themselves, and what repeats is
worked out by recurring-ical-events.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from smdash.core.errors import InputError
from smdash.core.text import clean_name
from smdash.locale import gettext as _

# What icalendar raises for a broken property, at the parse or when its value is asked for.
BROKEN = (ValueError, KeyError, TypeError, IndexError, AttributeError, OverflowError, RecursionError)
_NAME = re.compile(rb"^(?:X-WR-CALNAME|NAME)(?:;[^:\r\n]*)?:(.*)$", re.IGNORECASE | re.MULTILINE)
_METHOD = re.compile(rb"^METHOD(?:;[^:\r\n]*)?:(.*)$", re.IGNORECASE | re.MULTILINE)
_TZID = re.compile(rb"^TZID(?:;[^:\r\n]*)?:(.+)$", re.IGNORECASE | re.MULTILINE)
_UID = re.compile(rb"^UID(?:;[^:\r\n]*)?:(.*)$", re.IGNORECASE | re.MULTILINE)
_INNER = re.compile(r"^Cannot access '\w+' on broken property '([\w-]+)' \(expected '\w+'\): ")
# Of a day that repeats within a day there is nothing to observe, and a great deal to work out.
_TOO_OFTEN = frozenset({"SECONDLY", "MINUTELY", "HOURLY"})
# A fold may lie within a letter of several bytes (section 3.1), so it goes before anything is decoded.
_FOLD = re.compile(rb"\r?\n[ \t]")


class Events:
    """The events of a file, numbered. Raises InputError for what is no calendar."""

    def __init__(self, data: bytes) -> None:
        self._data = data.removeprefix(b"\xef\xbb\xbf")
        if not re.match(rb"\s*BEGIN:VCALENDAR", self._data, re.IGNORECASE):
            raise InputError(_("it is no calendar: expected BEGIN:VCALENDAR in its first line"))
        # Of one that is there several times (a calendar put together from many files) the first counts.
        self._zones: dict[bytes, bytes] = {}
        for _number, block in _blocks(self._data, b"VTIMEZONE"):
            lines = _FOLD.sub(b"", block or b"")
            if named := _TZID.search(lines):
                self._zones.setdefault(named[1].strip(), lines)

    @property
    def name(self) -> str:
        """What the calendar calls itself, or an empty text."""
        return clean_name(self._head(_NAME).replace("\\", ""))

    @property
    def method(self) -> str:
        """What is to be done with it (RFC 5546), such as ``PUBLISH`` or ``CANCEL``; mostly an empty text."""
        return self._head(_METHOD).upper()

    def _head(self, line: re.Pattern[bytes]) -> str:
        """The value of a line of the calendar's own."""
        found = line.search(_FOLD.sub(b"", self._data.partition(b"BEGIN:VEVENT")[0]))
        return found[1].decode("utf-8", "replace").strip() if found else ""

    @property
    def is_whole(self) -> bool:
        """Whether the file has its end: one that was cut says nothing of what it does not hold."""
        return re.search(rb"^END:VCALENDAR\s*\Z", self._data, re.IGNORECASE | re.MULTILINE) is not None

    def __iter__(self) -> Iterator[tuple[int, bytes | None]]:
        """The lines of each event with its number; nothing in place of the lines of one without an end."""
        return _blocks(self._data, b"VEVENT")

    def todos(self) -> Iterator[tuple[int, bytes | None]]:
        """The same of what is to be done (VTODO)."""
        return _blocks(self._data, b"VTODO")

    def parse(self, block: bytes | None, kind: str = "VEVENT") -> Any:
        """icalendar's event (or VTODO) for these lines. Raises InputError, and what BROKEN names."""
        from icalendar import Calendar

        if block is None:
            raise InputError(_("the event has no end; expected END:VEVENT"))
        lines = _FOLD.sub(b"", block)
        # Only its own: reading all of them for each event takes the square of the file.
        zones = b"".join(zone for name, zone in self._zones.items() if name in lines)
        try:
            text = (zones + lines).decode("utf-8")
        except UnicodeDecodeError as problem:
            raise InputError(_("it has letters that are not UTF-8; expected UTF-8, as RFC 5545 says")) from problem
        with warnings.catch_warnings():
            # It tells on stderr what it guesses of zones.
            warnings.simplefilter("ignore")
            return Calendar.from_ical(f"BEGIN:VCALENDAR\r\n{text}END:VCALENDAR\r\n").walk(kind)[0]


def _blocks(data: bytes, kind: bytes) -> Iterator[tuple[int, bytes | None]]:
    """The components of a kind, each with the number of its first line; nothing in place of one without an end."""
    begin, end = (re.compile(word + rb":" + kind + rb"\s*", re.IGNORECASE) for word in (b"BEGIN", b"END"))
    begun, lines = 0, list[bytes]()
    for number, line in enumerate(data.splitlines(keepends=True), start=1):
        if begin.fullmatch(line):
            if begun:
                yield begun, None
            begun, lines = number, []
        if begun:
            lines.append(line)
            if end.fullmatch(line):
                yield begun, b"".join(lines)
                begun = 0
    if begun:
        yield begun, None


def uid_in(block: bytes | None) -> str:
    """The UID that stands in an event which can't be read, or an empty text."""
    found = _UID.search(_FOLD.sub(b"", block or b""))
    return found[1].decode("utf-8", "replace").strip() if found else ""


def unreadable(problem: Exception) -> InputError:
    """What to say of an event at which icalendar gave up."""
    # Of its words only those that are for people: the property, and what is expected of it.
    said = _INNER.sub(r"\1: ", str(problem))
    return InputError(_("it can't be read: {problem}").format(problem=clean_name(said)))


def reason(problem: Exception) -> str:
    """What is wrong with an event: our own sentence, or what to say where icalendar gave up."""
    return str(problem if isinstance(problem, InputError) else unreadable(problem))


def text_of(event: Any, name: str) -> str:
    """A property's text, or an empty one. Raises InputError where it is there twice."""
    found = event.get(name)
    if found is None:
        return ""
    if isinstance(found, list):
        raise InputError(_("“{field}” is missing, or there twice").format(field=name))
    return str(found)


def start_of(event: Any) -> date | datetime:
    """When it begins, without a zone where it names none. Raises InputError for none, and for an unknown zone."""
    found = event.get("DTSTART")
    if found is None or isinstance(found, list):
        raise InputError(_("“{field}” is missing, or there twice").format(field="DTSTART"))
    at: date | datetime = found.dt
    if isinstance(at, datetime) and at.tzinfo is None and (named := found.params.get("TZID")):
        raise InputError(_("there is no time zone “{name}”").format(name=clean_name(str(named))))
    return at


def categories(event: Any) -> list[str]:
    """Its categories as they are written, of however many lines."""
    found = event.get("CATEGORIES")
    several = found if isinstance(found, list) else [found] if found is not None else []
    return [str(name) for one in several for name in getattr(one, "cats", [one])]


def is_cancelled(event: Any) -> bool:
    """Whether it was called off."""
    return str(event.get("STATUS", "")).strip().upper() == "CANCELLED"


def several(value: Any) -> list[Any]:
    """The values of a property that may be there once, several times, or not at all."""
    return value if isinstance(value, list) else [] if value is None else [value]


def repeats(events: Sequence[Any]) -> bool:
    """Whether these events of one UID are a series."""
    return any(event.get(name) is not None for event in events for name in ("RRULE", "RDATE", "RECURRENCE-ID"))


def occurrences(events: Sequence[Any], first: date, last: date) -> list[Any]:
    """The events of one UID, each on its day; of a series those within the two days.

    Raises InputError where it repeats within a day, and what BROKEN names.
    """
    for event in events:
        # Asked for here, so that what is wrong with them has its sentence.
        start_of(event)
        for rule in several(event.get("RRULE")):
            if _TOO_OFTEN.intersection(str(word).upper() for word in rule.get("FREQ", ())) or any(
                len(several(rule.get(part))) > 1 for part in ("BYHOUR", "BYMINUTE", "BYSECOND")
            ):
                raise InputError(_("it repeats within a day; expected days, weeks, months or years"))
    if not repeats(events):
        return list(events)
    from icalendar import Calendar
    from recurring_ical_events import of

    calendar = Calendar()
    for event in events:
        calendar.add_component(event)
    return list(of(calendar).between(first, last + timedelta(days=1)))
