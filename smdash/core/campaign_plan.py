"""The phases of a campaign as its kind usually has them, and how they move when its dates do.

Templates are proportions of the campaign's local days; a phase is whole days, as many as are left to it, and where
there are fewer days than phases the least needed are left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta, tzinfo
from typing import NamedTuple

from smdash.core.clock import Span, start_of_day
from smdash.core.errors import InputError
from smdash.core.records import CampaignKind, Phase
from smdash.locale import gettext as _
from smdash.locale import noop

_DAY = timedelta(days=1)
_INSTANT = timedelta(microseconds=1)


class Part(NamedTuple):
    """A phase of a template: its share of the days, and its rank (1 is the last to be left out)."""

    name: str
    share: int
    rank: int


TEMPLATES: dict[CampaignKind, tuple[Part, ...]] = {
    CampaignKind.CONTEST: (
        Part(noop("tease"), 2, 3), Part(noop("entries open"), 5, 1), Part(noop("last call"), 2, 2),
        Part(noop("winners"), 2, 4),
    ),
    CampaignKind.PROMOTION: (
        Part(noop("tease"), 2, 3), Part(noop("launch"), 5, 1), Part(noop("last call"), 2, 2),
        Part(noop("wrap"), 1, 4),
    ),
    CampaignKind.DISCOUNT: (
        Part(noop("tease"), 2, 3), Part(noop("launch"), 5, 1), Part(noop("last call"), 3, 2),
    ),
    CampaignKind.LAUNCH: (
        Part(noop("tease"), 4, 2), Part(noop("launch"), 2, 1), Part(noop("follow-up"), 3, 3),
        Part(noop("wrap"), 1, 4),
    ),
    CampaignKind.EVENT: (
        Part(noop("tease"), 4, 3), Part(noop("last call"), 2, 2), Part(noop("the day"), 2, 1), Part(noop("wrap"), 2, 4),
    ),
}  # fmt: skip


def phases(kind: CampaignKind, span: Span, zone: tzinfo) -> tuple[Phase, ...]:
    """The phases of a campaign of that kind, one after the other from its first instant to its last (UTC).

    Their edges are midnights of *zone*. Names are words of the language in use.
    """
    first = span.start.astimezone(zone).date()
    days = ((span.end - _INSTANT).astimezone(zone).date() - first).days + 1
    parts = sorted(TEMPLATES[kind], key=lambda part: part.rank)[:days]
    chosen = [part for part in TEMPLATES[kind] if part in parts]
    found = []
    begins = 0
    for part, length in zip(chosen, shared([part.share for part in chosen], days), strict=True):
        start, end = _edge(first, begins, zone, span), _edge(first, begins + length, zone, span)
        found.append(Phase(_(part.name), start, end))
        begins += length
    return tuple(found)


def shared(shares: Sequence[int], days: int) -> list[int]:
    """So many days in these proportions, at least one each; they sum to *days*.

    What is left over by rounding goes to those that lack the most. Raises ValueError for fewer days than shares.
    """
    if days < len(shares):
        raise ValueError("a day each at least")
    # A day each is given; the rest brings each as near to its share as it gets.
    given = [1] * len(shares)
    for _day in range(days - len(shares)):
        lacking = [share * days / sum(shares) - length for share, length in zip(shares, given, strict=True)]
        given[lacking.index(max(lacking))] += 1
    return given


def moved(found: Sequence[Phase], old: Span, new: Span, old_zone: tzinfo, zone: tzinfo) -> tuple[Phase, ...]:
    """The phases of a campaign that has other dates: each keeps its share of them, in whole days where it has such.

    Raises InputError where a phase would have no time left.
    """
    edges = [*old, *new, *(edge for phase in found for edge in (phase.starts_at, phase.ends_at))]
    zones = [old_zone, old_zone, zone, zone, *(old_zone for _edge in edges[4:])]
    in_days = all(start_of_day(edge.astimezone(of).date(), of) == edge for edge, of in zip(edges, zones, strict=True))

    def place(edge: datetime) -> datetime:
        if not in_days:
            share = (edge - old.start) / (old.end - old.start)
            seconds = share * (new.end - new.start).total_seconds()
            return new.start + timedelta(minutes=round(seconds / 60)) if 0 < share < 1 else _end_of(share, new)
        begin, fresh = old.start.astimezone(old_zone).date(), new.start.astimezone(zone).date()
        before = (old.end.astimezone(old_zone).date() - begin).days
        after = (new.end.astimezone(zone).date() - fresh).days
        passed = (edge.astimezone(old_zone).date() - begin).days
        return start_of_day(fresh + round(passed * after / before) * _DAY, zone)

    placed = []
    for phase in found:
        start, end = place(phase.starts_at), place(phase.ends_at)
        if end <= start:
            raise InputError(
                _("the phase “{phase}” would have no day left; remove it, or give it other days").format(
                    phase=phase.name
                )
            )
        placed.append(phase._replace(starts_at=start, ends_at=end))
    return tuple(placed)


def rezoned(moment: datetime, old: tzinfo, new: tzinfo) -> datetime:
    """The instant (UTC) at which clocks of *new* show what those of *old* show at *moment*."""
    return moment.astimezone(old).replace(tzinfo=new).astimezone(moment.tzinfo)


def _edge(first: date, days: int, zone: tzinfo, span: Span) -> datetime:
    """The midnight so many days after the first, within the campaign."""
    return min(max(start_of_day(first + days * _DAY, zone), span.start), span.end)


def _end_of(share: float, span: Span) -> datetime:
    """What lay at an end of the campaign, or outside, lies at the end."""
    return span.start if share <= 0 else span.end
