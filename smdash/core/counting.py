"""Entries cut at local midnights and at the week's edges, for counting only: what is stored stays whole.

A local day may last 23 or 25 hours, or none at all where a zone left one out; the seconds counted are those that
passed. Every instant of a span is in exactly one of its parts, so no second is lost or counted twice.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta, tzinfo

from smdash.core.clock import Span, Week, start_of_day

DAYS = 7


def days_of(week: Week, week_start: int = 0) -> tuple[date, ...]:
    """The seven calendar days of a week; *week_start* counts from Monday (0) to Sunday (6)."""
    first = week.first_day(week_start)
    return tuple(first + timedelta(days=number) for number in range(DAYS))


def edges(days: Sequence[date], zone: tzinfo) -> tuple[datetime, ...]:
    """Where each of the days (in a row) begins, and where the last one ends: one more than there are days (UTC)."""
    return tuple(start_of_day(day, zone) for day in (*days, days[-1] + timedelta(days=1)))


def seconds_between(
    stretches: Iterable[tuple[datetime, datetime | None]], at: Sequence[datetime], now: datetime
) -> list[float]:
    """Seconds of the stretches in each part between the edges *at*, which never fall; a running one counts to *now*."""
    found = [timedelta()] * (len(at) - 1)
    for started, ended in stretches:
        end = min(now if ended is None else ended, at[-1])
        begin = max(started, at[0])
        part = bisect_right(at, begin) - 1
        while begin < end:
            until = min(at[part + 1], end)
            found[part] += until - begin
            begin, part = until, part + 1
    return [part.total_seconds() for part in found]


def clipped(span: Span, to: Span) -> Span | None:
    """What of a span lies within another, or nothing."""
    start, end = max(span.start, to.start), min(span.end, to.end)
    return Span(start, end) if start < end else None
