"""Stretches of one member's time beside each other: which edges go together, what overlaps, and what is left free.

Stretches are from their start to just before their end, so two that touch share no instant.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta, tzinfo
from typing import NamedTuple

from smdash.core.clock import Span, parse_when

# Nobody does one thing for longer; a longer stretch is a timer that was forgotten.
LONGEST = timedelta(hours=24)
# What lies between two entries for less than this is the time that switching takes, and no gap.
SHORTEST_GAP = timedelta(minutes=1)


class Stretch(NamedTuple):
    """An entry's place in time; without an end it is running."""

    id: int
    start: datetime
    end: datetime | None


def followers(old: Stretch, new: Stretch, others: Iterable[Stretch]) -> tuple[list[Stretch], list[Stretch]]:
    """The neighbours whose edges go along where *old* becomes *new*: those that get shorter, and those that get longer.

    A neighbour follows where it touches *old*. Where the entry moves away as a whole its neighbours stay. What comes
    back may have no length left, which is for the caller to refuse.
    """
    shorter: list[Stretch] = []
    longer: list[Stretch] = []
    if (new.end is not None and new.end <= old.start) or (old.end is not None and new.start >= old.end):
        return shorter, longer
    for one in others:
        if one.id == old.id:
            continue
        if one.end == old.start and new.start != old.start:
            (shorter if new.start < old.start else longer).append(one._replace(end=new.start))
        elif old.end is not None and one.start == old.end and new.end is not None and new.end != old.end:
            (shorter if new.end > old.end else longer).append(one._replace(start=new.end))
    return shorter, longer


def is_too_long(start: datetime, end: datetime) -> bool:
    """Whether it is longer than an entry may be."""
    return end - start > LONGEST


def reaches(start: datetime, end: datetime | None, span: Span, now: datetime) -> bool:
    """Whether a stretch that begins before the span's end has any of it; one that runs goes to now alone."""
    return start >= span.start or (now if end is None else end) > span.start


def spans(stretches: Iterable[tuple[datetime, datetime | None]], now: datetime) -> list[Span]:
    """The stretches by their start, a running one up to *now*; those without any length are left out."""
    found = (Span(start, now if end is None else end) for start, end in stretches)
    return sorted(span for span in found if span.start < span.end)


def overlaps(stretches: Iterable[Span]) -> tuple[Span, ...]:
    """What two or more of the stretches cover, in order; touching parts are one."""
    found: list[Span] = []
    reach: datetime | None = None
    for start, end in sorted(stretches):
        if reach is not None and start < reach:
            found.append(Span(start, min(end, reach)))
        reach = end if reach is None else max(reach, end)
    return united(found)


def united(stretches: Iterable[Span]) -> tuple[Span, ...]:
    """The same time in as few stretches as possible, in order."""
    found: list[Span] = []
    for span in sorted(stretches):
        if found and span.start <= found[-1].end:
            found[-1] = Span(found[-1].start, max(found[-1].end, span.end))
        else:
            found.append(span)
    return tuple(found)


def gaps(stretches: Iterable[Span], within: Sequence[Span], shortest: timedelta = SHORTEST_GAP) -> tuple[Span, ...]:
    """What of *within* no stretch covers, in order, but for what is shorter than *shortest*."""
    taken = united(stretches)
    found: list[Span] = []
    at = 0
    for start, end in united(within):
        while at < len(taken) and taken[at].end <= start:
            at += 1
        begin, one = start, at
        while one < len(taken) and taken[one].start < end:
            if taken[one].start > begin:
                found.append(Span(begin, taken[one].start))
            begin = max(begin, taken[one].end)
            one += 1
        if begin < end:
            found.append(Span(begin, end))
    return tuple(span for span in found if span.end - span.start >= shortest)


_TIME_ONLY = re.compile(r"\d{1,2}[:.]\d{2}")


def parse_edge(text: str, zone: tzinfo, now: datetime, near: Sequence[datetime]) -> datetime:
    """Read what somebody typed for an edge of an entry: as ``parse_when`` does, but ``09:10`` is of the entry's day.

    *near* is one instant of that day, or two where the time is to lie between them, which may be on two days. Raises
    InputError for what is no time.
    """
    if not _TIME_ONLY.fullmatch(text.strip()):
        return parse_when(text, zone, now)
    found = [parse_when(text, zone, one) for one in near]
    return next((one for one in found if near[0] < one < near[-1]), found[0])
