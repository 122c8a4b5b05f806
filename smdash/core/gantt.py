"""A timeline in cells: which part of a campaign lies in each cell of a line, and where days are named above it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta, tzinfo
from typing import NamedTuple

from smdash.core import formats
from smdash.core.clock import Span, start_of_day
from smdash.core.records import Campaign

DAY = timedelta(days=1)
# How many days a line can hold: a fortnight, six weeks, a third of a year, a year.
SCALES = (14, 42, 126, 366)
# Cells between two names of days.
_GAP = 2


class Run(NamedTuple):
    """Cells beside each other that hold the same.

    ``phase`` is the number of the phase, -1 between phases, none where there is no campaign; ``over`` says that it has
    passed.
    """

    cells: int
    phase: int | None
    over: bool


def window(first: date, days: int, zone: tzinfo) -> Span:
    """From the first instant of a local day over so many of them."""
    return Span(start_of_day(first, zone), start_of_day(first + days * DAY, zone))


def cell_of(moment: datetime, span: Span, width: int) -> int | None:
    """The cell that an instant lies in, none outside the window."""
    if not span.start <= moment < span.end:
        return None
    return min(int((moment - span.start) / (span.end - span.start) * width), width - 1)


def runs(campaign: Campaign, span: Span, width: int, now: datetime) -> list[Run]:
    """A campaign over a window of *width* cells; a cell holds what its middle holds, but no phase is lost.

    What is shorter than a cell gets the one that it begins in.
    """
    cell = (span.end - span.start) / max(width, 1)
    middles = [span.start + (at + 0.5) * cell for at in range(width)]
    held = [_at(campaign, middle) for middle in middles]
    for number, phase in enumerate(campaign.phases):
        at = cell_of(phase.starts_at, span, width)
        if at is not None and number not in held:
            held[at] = number
    if not any(one is not None for one in held) and (at := cell_of(campaign.starts_at, span, width)) is not None:
        held[at] = -1
    found: list[Run] = []
    for phase_at, middle in zip(held, middles, strict=True):
        over = middle < now
        if found and found[-1][1:] == (phase_at, over):
            found[-1] = found[-1]._replace(cells=found[-1].cells + 1)
        else:
            found.append(Run(1, phase_at, over))
    return found


def _at(campaign: Campaign, moment: datetime) -> int | None:
    if not campaign.starts_at <= moment < campaign.ends_at:
        return None
    return next(
        (number for number, one in enumerate(campaign.phases) if one.starts_at <= moment < one.ends_at), -1
    )  # fmt: skip


def phase_names(campaign: Campaign, span: Span, width: int) -> list[tuple[int, str, int]]:
    """Where the name of each phase stands below its cells: the cell, the name, and the room up to the next one.

    A phase that began before the window is named at its edge.
    """
    seen = [one for one in campaign.phases if one.starts_at < span.end and one.ends_at > span.start]
    places = [cell_of(max(one.starts_at, span.start), span, width) or 0 for one in seen]
    return [
        (place, one.name, max(after - place - 1, 0))
        for one, place, after in zip(seen, places, [*places, width + 1][1:], strict=True)
    ]


def day_names(span: Span, width: int, zone: tzinfo, week_start: int) -> list[tuple[int, str]]:
    """The days that are named above the cells, with their cells: each, each week's first, or each month's.

    The closest of these whose names do not touch; the names are in the language in use.
    """
    first, last = span.start.astimezone(zone).date(), (span.end - timedelta(seconds=1)).astimezone(zone).date()
    days = [first + at * DAY for at in range((last - first).days + 1)]
    for chosen, name in (
        (days, formats.weekday_day),
        ([day for day in days if day.weekday() == week_start], formats.day_month),
        ([day for day in days if day.day == 1], formats.month_short),
    ):
        places = [(cell_of(start_of_day(day, zone), span, width) or 0, name(day)) for day in chosen]
        if _fit(places, width):
            return places
    return list(_thinned(places, width))


def _fit(places: Sequence[tuple[int, str]], width: int) -> bool:
    edges = [*(place for place, _name in places[1:]), width + _GAP]
    return all(place + len(name) + _GAP <= edge for (place, name), edge in zip(places, edges, strict=False))


def _thinned(places: Sequence[tuple[int, str]], width: int) -> Iterator[tuple[int, str]]:
    free = 0
    for place, name in places:
        if place >= free and place + len(name) <= width:
            yield place, name
            free = place + len(name) + _GAP
