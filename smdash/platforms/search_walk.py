"""How a search reads a network's hits, newest first, one page a call; for networks that name times rather than ids.

A run begins at the newest hit and walks down to the newest one of the last whole run (``mark``). What stands a little
below it on the same page is handed over once more: a network takes some in late. ``mark`` moves when a walk ends, so
that one that was cut off goes on from ``back``, and what came in above meanwhile is found by the next. What comes twice
changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from smdash.core.clock import encode
from smdash.core.records import IncomingMention, MentionKind, Quota
from smdash.locale import gettext as _
from smdash.platforms.answers import iso_date
from smdash.platforms.base import Pulled
from smdash.platforms.bluesky_paging import is_cursor
from smdash.platforms.cursors import dump as dump
from smdash.platforms.cursors import fields_of
from smdash.platforms.items import Skipped

FIRST_SYNC = timedelta(days=7)
OVERLAP = timedelta(minutes=30)
# A new search shows what there is; it is not there to fill the desk.
PAGES_FIRST = 3
PAGES_MOST = 20
# So many must be older before the list counts as read: a single odd date ends nothing.
_OLD = 3


@dataclass(frozen=True, slots=True)
class Place:
    """A cursor: times as text; ``top`` is the newest of the walk under way, which has read ``pages`` pages.

    ``me`` is what the network calls the account, where that has to be asked for.
    """

    mark: str = ""
    top: str = ""
    back: str = ""
    pages: int = 0
    me: str = ""

    def end(self, now: datetime) -> datetime:
        """Down to which time a walk goes. A mark in the future (a clock that was wrong) counts as now."""
        mark = iso_date(self.mark)
        return now - FIRST_SYNC if mark is None else min(mark, now)

    def floor(self, now: datetime) -> datetime:
        """From which time on hits are handed over."""
        return self.end(now) - (OVERLAP if self.mark else timedelta())

    def again(self) -> Place:
        """The same place, with the walk to be begun anew: the network has forgotten ``back``."""
        return Place(mark=self.mark, me=self.me)


def load(text: str | None) -> Place:
    """Read a cursor; one that can't be read starts anew."""
    found = fields_of(text)
    times = {name: when for name in ("mark", "top") if (when := iso_date(found.get(name)))}
    back, pages, me = found.get("back"), found.get("pages"), found.get("me")
    return Place(
        back=str(back) if is_cursor(back) else "",
        pages=pages if type(pages) is int and pages >= 0 else 0,
        me=me if isinstance(me, str) and me.isprintable() else "",
        **{name: encode(when) for name, when in times.items()},
    )


@dataclass(frozen=True, slots=True)
class Step:
    """What follows a page: the new place, whether to ask again at once, whether older hits were given up."""

    place: Place
    more: bool
    cut: bool = False


def advance(
    place: Place, times: Sequence[datetime], following: object, now: datetime, *, first: int = PAGES_FIRST
) -> Step:
    """The step after a page with hits of these times, in which the network named *following* for the next one.

    A first walk ends after *first* pages.
    """
    pages, end = place.pages + 1, place.end(now)
    known = [one for one in (iso_date(place.top), *(min(one, now) for one in times)) if one is not None]
    top = encode(max(known)) if known else ""
    below = bool(times) and sum(one < end for one in times) >= min(_OLD, len(times))
    ended = below or not is_cursor(following) or following == place.back
    if not ended and pages < (PAGES_MOST if place.mark else first):
        return Step(replace(place, top=top, back=str(following), pages=pages), more=True)
    marks = [one for one in (iso_date(place.mark), iso_date(top)) if one is not None]
    # Nothing yet is a mark as well: the next walk needs to go no further back than this one.
    mark = encode(min(max(marks), now) if marks else now - FIRST_SYNC)
    return Step(Place(mark=mark, me=place.me), more=False, cut=not ended and bool(place.mark))


def hits(found: Iterable[IncomingMention], floor: datetime | None = None) -> list[IncomingMention]:
    """What a search found, as hits, each id once: nothing of our own, nothing private, nothing from before *floor*."""
    kept = {
        one.remote_id: one._replace(kind=MentionKind.LISTENING)
        for one in found
        if not one.own and one.kind is not MentionKind.DM and (floor is None or one.sent_at >= floor)
    }
    return list(kept.values())


def pulled(
    found: list[IncomingMention],
    step: Step,
    skipped: Skipped,
    *,
    quota: Quota | None = None,
    not_before: datetime | None = None,
    interval: timedelta | None = None,
    notice: str | None = None,
) -> Pulled:
    """What a page brought, with what is to be said of it."""
    words = [skipped.notice(), notice]
    if step.cut:
        words.append(_("more was waiting than could be fetched; the oldest were left out"))
    return Pulled(
        mentions=found,
        cursor=dump(step.place),
        more=step.more,
        quota=quota,
        not_before=not_before,
        interval=interval,
        notice="; ".join(one for one in words if one) or None,
    )
