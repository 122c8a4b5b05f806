"""How entries are cut to the week for counting."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from smdash.core.clock import Span


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
