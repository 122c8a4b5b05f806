"""Where we stand in a Bluesky list, kept as the job's cursor, one page a call.

Lists run from the newest to the oldest and know no "since", so every run starts at the top and walks down to
``mark``, the time of the newest item that the last whole walk took. A walk that was cut off, by a crash or by the end
of a run's pages, goes on from ``back``; what came in above meanwhile is found by the next walk, because ``mark`` moves
only when a walk ends. Times decide, not ids: what marked the place may have been deleted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from smdash.core.clock import encode
from smdash.platforms.answers import iso_date
from smdash.platforms.cursors import dump as dump
from smdash.platforms.cursors import fields_of

FIRST_SYNC = timedelta(days=7)
# Items of this much before the mark are handed over again where a page holds them anyway: networks list by the time
# that an author's program wrote, so that one may turn up below what was taken already. A repeat changes nothing.
LATE = timedelta(days=1)
PAGES_FIRST = 10
# An end for servers that invent pages; a hundred items a page.
PAGES_MOST = 100
_CURSOR_LIMIT = 2_000


@dataclass(frozen=True, slots=True)
class Place:
    """A cursor. ``top`` is the newest time of the walk that is under way, ``pages`` how many pages it took."""

    mark: str | None = None
    top: str | None = None
    back: str | None = None
    pages: int = 0

    def again(self) -> Place:
        """The same place, with the walk to be started anew: the network has forgotten ``back``."""
        return Place(mark=self.mark)

    def since(self, now: datetime) -> datetime:
        """Down to which time the walk goes. A mark in the future (a clock that was wrong) counts as now."""
        mark = iso_date(self.mark)
        return now - FIRST_SYNC if mark is None else min(mark, now)

    def floor(self, now: datetime) -> datetime:
        """From which time on items are handed over."""
        return self.since(now) - (timedelta() if self.mark is None else LATE)


def load(text: str | None) -> Place:
    """Read a cursor; one that can't be read starts anew (what comes twice changes nothing)."""
    found = fields_of(text)
    pages = found.get("pages")
    back = found.get("back")
    return Place(
        mark=_time(found.get("mark")),
        top=_time(found.get("top")),
        back=back if is_cursor(back) else None,
        pages=pages if isinstance(pages, int) and not isinstance(pages, bool) and pages >= 0 else 0,
    )


def is_cursor(value: object) -> bool:
    """Whether a network's cursor can be kept and sent back."""
    return isinstance(value, str) and 0 < len(value) <= _CURSOR_LIMIT and value.isprintable()


@dataclass(frozen=True, slots=True)
class Step:
    """What follows a page: the new place, whether to ask again at once, whether older items were given up."""

    place: Place
    more: bool
    cut: bool = False


def advance(place: Place, times: Sequence[datetime], cursor: object, now: datetime) -> Step:
    """The step after a page with items of these times, in which the network named *cursor* for the next one."""
    pages = place.pages + 1
    newest = max((min(one, now) for one in times), default=None)
    tops = [one for one in (iso_date(place.top), newest) if one is not None]
    top = encode(max(tops)) if tops else None
    below = bool(times) and min(times) <= place.since(now)
    ended = below or not is_cursor(cursor) or cursor == place.back
    most = PAGES_FIRST if place.mark is None else PAGES_MOST
    if not ended and pages < most:
        return Step(replace(place, top=top, back=str(cursor), pages=pages), more=True)
    marks = [one for one in (iso_date(place.mark), iso_date(top)) if one is not None]
    # Nothing yet is a mark as well: the next walk needs to go no further back than this one.
    mark = encode(min(max(marks), now)) if marks else encode(now - FIRST_SYNC)
    return Step(Place(mark=mark), more=False, cut=not ended and place.mark is not None)


def _time(value: object) -> str | None:
    found = iso_date(value)
    return None if found is None else encode(found)
