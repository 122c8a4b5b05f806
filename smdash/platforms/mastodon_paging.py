"""Where we stand in a Mastodon list, kept as the job's cursor, one page a call.

Three ways through a list, all by opaque ids:

* *first*: no mark yet. The newest page sets the mark, then older pages follow, at most five or a week.
* *forward*: the page right above the mark (``min_id``).
* *gap*: a full forward page may have been the newest one instead of the next one, because some servers ignore
  ``min_id`` or read it as ``since_id``. So what lies between the page and the old mark is asked for as well; where
  ``min_id`` works, that answer is empty.

https://docs.joinmastodon.org/api/guidelines/#pagination
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

from smdash.platforms.cursors import dump as dump
from smdash.platforms.cursors import fields_of
from smdash.platforms.mastodon_records import identifier

PAGES_BACK = 5
PAGES_GAP = 50
# A page this long may have more behind it. Servers cut pages at 20, 40 or 80, whatever was asked for.
FULL_PAGE = 20
# An end for servers that invent new ids on every call.
LONGEST_RUN = 60
_LINK = re.compile(r"<([^<>]{1,4000})>\s*;[^<>]*?\brel=\"?(next|prev)\"?")


@dataclass(frozen=True, slots=True)
class Place:
    """A cursor. ``me`` is the account's id, ``mark`` the newest id that was taken.

    While going back, ``back`` is where the next older page ends and ``until`` the mark to stop at; ``pages`` counts
    pages back, ``run`` the calls since the list was last exhausted.
    """

    me: str = ""
    mark: str | None = None
    back: str | None = None
    until: str | None = None
    pages: int = 0
    run: int = 0

    def params(self) -> dict[str, str]:
        """What to ask for, besides the list's own parameters."""
        if self.back is not None:
            return {"max_id": self.back} | ({"since_id": self.until} if self.until else {})
        return {"min_id": self.mark} if self.mark is not None else {}


def load(text: str | None) -> Place:
    """Read a cursor; one that can't be read starts anew (what comes twice changes nothing)."""
    found = fields_of(text)
    counts = {name: found[name] for name in ("pages", "run") if isinstance(found.get(name), int)}
    return Place(
        me=identifier(found.get("me")) or "",
        mark=identifier(found.get("mark")),
        back=identifier(found.get("back")),
        until=identifier(found.get("until")),
        **counts,
    )


@dataclass(frozen=True, slots=True)
class Page:
    """One answer of a list: its items newest first, and the ids that its Link header pages by."""

    items: list[Any]
    ids: list[str | None]
    newest: str | None
    oldest: str | None
    last: str | None


def read_page(items: list[Any], headers: Mapping[str, str], *, by_item: bool) -> Page:
    """*by_item* says that the items' own ids page too, where a server sends no Link header."""
    links = _links(headers.get("link", ""))
    ids = [identifier(item.get("id")) if isinstance(item, dict) else None for item in items]
    known = [one for one in ids if one is not None] if by_item else []
    prev, following = links.get("prev", {}), links.get("next", {})
    newest = prev.get("min_id") or prev.get("since_id") or (known[0] if known else None)
    # A short page with a "prev" and no "next" is the last one.
    ended = bool(links) and len(items) < FULL_PAGE
    oldest = following.get("max_id") or (known[-1] if known and not ended else None)
    return Page(items, ids, newest, oldest, known[-1] if known else None)


def _links(header: str) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for address, name in _LINK.findall(header):
        try:
            query = parse_qs(urlsplit(address).query)
        except ValueError:
            continue
        found[name] = {key: one for key, values in query.items() if (one := identifier(values[0]))}
    return found


def advance(place: Place, page: Page, *, too_old: bool) -> tuple[Place, list[Any], bool]:
    """The place after *page*, the items of it that are new, and whether to ask again at once.

    *too_old* says that the page reaches past the time that a first sync goes back.
    """
    if place.back is not None:
        return _advance_back(place, page, too_old)
    if place.mark is None:
        after = replace(place, mark=page.newest)
        if page.items and page.newest and page.oldest and not too_old:
            return replace(after, back=page.oldest, pages=1, run=0), page.items, True
        return replace(after, run=0), page.items, False
    return _advance_forward(place, page)


def _advance_forward(place: Place, page: Page) -> tuple[Place, list[Any], bool]:
    fresh = page.items
    if place.mark in page.ids:
        # The mark itself should not be there: the server ignores min_id, and this is its newest page.
        fresh = page.items[: page.ids.index(place.mark)]
        return replace(place, mark=page.newest or place.mark, run=0), fresh, False
    if not fresh or page.newest is None or page.newest == place.mark:
        return replace(place, run=0), fresh if page.newest is None else [], False
    if len(page.items) < FULL_PAGE or place.run >= LONGEST_RUN:
        return replace(place, mark=page.newest, run=0), fresh, False
    after = replace(place, mark=page.newest, run=place.run + 1)
    if bottom := page.oldest or page.last:
        after = replace(after, back=bottom, until=place.mark, pages=0)
    return after, fresh, True


def _advance_back(place: Place, page: Page, too_old: bool) -> tuple[Place, list[Any], bool]:
    fresh, met = page.items, False
    for stop in (place.until, place.mark):
        # Meeting the mark means that max_id is ignored and this is the newest page once more.
        if stop is not None and stop in page.ids:
            fresh, met = page.items[: page.ids.index(stop)], True
            break
    pages = place.pages + 1
    bottom = page.oldest
    most = PAGES_BACK if place.until is None else PAGES_GAP
    over = met or not page.items or bottom is None or bottom == place.back or pages >= most
    if place.until is None:
        over = over or too_old
    if not over:
        return replace(place, back=bottom, pages=pages, run=place.run + 1), fresh, True
    # After a gap was looked into, there may be more above the mark.
    more = place.until is not None and place.run < LONGEST_RUN
    return replace(place, back=None, until=None, pages=0, run=place.run if more else 0), fresh, more
