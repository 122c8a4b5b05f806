"""The plan of the week: pace, and how entries are cut to the week for counting."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta, tzinfo

from smdash.core.clock import Span, day_span

WORKING_DAYS = 5


def minutes_within(entries: Iterable[tuple[datetime, datetime | None]], span: Span, now: datetime) -> float:
    """Minutes of the entries that fall into the span; a running one counts up to *now*.

    Entries are cut at the span's edges for counting only; what is stored stays whole.
    """
    total = timedelta()
    for started, ended in entries:
        end = min(ended or now, span.end)
        start = max(started, span.start)
        if end > start:
            total += end - start
    return total.total_seconds() / 60


def pace(span: Span, zone: tzinfo, now: datetime) -> float:
    """The part of the week's plan that should be done by *now*, from 0 to 1.

    The plan is spread evenly over the week's first five days; a working day counts as its local hours from
    9 to 17, so that the figure doesn't move at night.
    """
    if now >= span.end:
        return 1.0
    if now <= span.start:
        return 0.0
    first = span.start.astimezone(zone).date()
    done = 0.0
    for offset in range(WORKING_DAYS):
        day = day_span(first + timedelta(days=offset), zone)
        opens = day.start + (day.end - day.start) * (9 / 24)
        closes = day.start + (day.end - day.start) * (17 / 24)
        done += min(max((now - opens) / (closes - opens), 0.0), 1.0)
    return done / WORKING_DAYS
