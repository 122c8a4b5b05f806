"""Days as they are typed for a campaign or a phase: first and last, or how far to move them."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, tzinfo

from smdash.core import formats
from smdash.core.clock import Span, parse_day, start_of_day
from smdash.core.errors import InputError
from smdash.locale import gettext as _

_SHIFT = re.compile(r"([+\-−])\s*(\d{1,3})\s*(?:d|h|hari|days?)?", re.IGNORECASE)
_SHORT = re.compile(r"(\d{1,2})(?:[./](\d{1,2}))?")


def parse_days(text: str, zone: tzinfo, today: date, old: Span | None = None) -> Span:
    """Read ``2026-11-20..2026-11-25``, ``20/11..25/11``, ``20..25``, one day alone, or (of *old*) ``+3`` and ``-2``.

    Days are those of *zone*, the last included; a day without its month or year is the next such from *today* on.
    Raises InputError.
    """
    if old is not None and (shift := _SHIFT.fullmatch(text.strip())):
        days = timedelta(days=int(shift[2]) * (1 if shift[1] == "+" else -1))
        return Span(_moved(old.start, days, zone), _moved(old.end, days, zone))
    typed_first, dots, typed_last = text.partition("..")
    first_day = _day(typed_first, today)
    last_day = _day(typed_last, first_day) if dots else first_day
    if last_day < first_day:
        raise InputError(_("“{text}” ends before it starts").format(text=text))
    return Span(start_of_day(first_day, zone), start_of_day(last_day + timedelta(days=1), zone))


def words(span: Span, zone: tzinfo, today: date) -> str:
    """In days where it is whole ones: ``Fri 20 Nov – Wed 25 Nov``; other years than today's too."""
    first, after = (edge.astimezone(zone).date() for edge in span)
    last = after - timedelta(days=1)
    if start_of_day(first, zone) != span.start or start_of_day(after, zone) != span.end:
        found = f"{formats.short_moment(span.start, zone)} – {formats.short_moment(span.end, zone)}"
    else:
        found = formats.date_words(first) + (f" – {formats.date_words(last)}" if last > first else "")
    years = (str(first.year), str(last.year))
    return found if years == (str(today.year),) * 2 else f"{found} {'/'.join(dict.fromkeys(years))}"


def typed(span: Span, zone: tzinfo) -> str:
    """The days as ``parse_days`` reads them; the part of a day that a span ends in counts as a day."""
    first = span.start.astimezone(zone).date()
    last = (span.end - timedelta(microseconds=1)).astimezone(zone).date()
    return f"{first.isoformat()}..{last.isoformat()}"


def _moved(edge: datetime, days: timedelta, zone: tzinfo) -> datetime:
    return (edge.astimezone(zone).replace(tzinfo=None) + days).replace(tzinfo=zone).astimezone(UTC)


def _day(text: str, today: date) -> date:
    short = _SHORT.fullmatch(text.strip())
    if short is None:
        return parse_day(text)
    day, month = int(short[1]), int(short[2]) if short[2] else None
    tried = [(today.year + (today.month + at - 1) // 12, (today.month + at - 1) % 12 + 1) for at in range(49)]
    for year, candidate in tried:
        if month in (None, candidate):
            try:
                found = date(year, candidate, day)
            except ValueError:
                continue
            if found >= today:
                return found
    raise InputError(_("“{text}” is not a day; expected one such as 2026-11-23, 23/11 or 23").format(text=text.strip()))
