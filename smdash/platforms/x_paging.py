"""Where we stand in X's lists, kept as the job's cursor, and what a page of them costs.

Lists run from the newest to the oldest. A walk begins at the top and goes down to ``mark``, the newest id of the last
whole walk; ``mark`` moves when a walk ends, so what comes in meanwhile is found by the next one. Where X takes a
``since_id`` it stops there by itself; the list of direct messages is left where the mark is met, or its time.

X bills what is read, so what is read is counted: each post, message and person in an answer, at least one a call.
https://docs.x.com/x-api/posts/search/integrate/paginate, https://docs.x.com/x-api/getting-started/pricing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from smdash.core.clock import encode
from smdash.platforms.answers import iso_date
from smdash.platforms.cursors import dump as dump
from smdash.platforms.cursors import fields_of
from smdash.platforms.x_calls import identifier

FIRST_SYNC = timedelta(days=7)
# Pages of a first sync, and of any other; X holds 800 mentions, a hundred a page.
PAGES_FIRST = 3
PAGES_MOST = 20
_TOKEN_LIMIT = 1_000


@dataclass(frozen=True, slots=True)
class Place:
    """A cursor. ``me`` is the account's id, ``top`` the newest id of the present walk, ``back`` the walk's next page.

    ``mark_at`` and ``top_at`` are the times of those ids, ``since`` is where a first walk ends.
    """

    me: str = ""
    mark: str = ""
    mark_at: str = ""
    top: str = ""
    top_at: str = ""
    since: str = ""
    back: str = ""
    pages: int = 0
    started: bool = False

    def again(self) -> Place:
        """The same place with the walk to be begun anew: X has forgotten ``back``."""
        return replace(self, top="", top_at="", since="", back="", pages=0)


def load(text: str | None) -> Place:
    """Read a cursor; one that can't be read starts anew (what comes twice changes nothing)."""
    found = fields_of(text)
    known: dict[str, Any] = {key: one for key in ("me", "mark", "top") if (one := identifier(found.get(key)))}
    known |= {key: encode(at) for key in ("mark_at", "top_at", "since") if (at := iso_date(found.get(key)))}
    known |= {key: found[key] for key in ("pages",) if type(found.get(key)) is int and found[key] >= 0}
    known |= {"back": found["back"]} if is_token(found.get("back")) else {}
    return Place(started=found.get("started") is True, **known)


def is_token(value: object) -> bool:
    """Whether a token for the next page can be kept and sent back."""
    return isinstance(value, str) and 0 < len(value) <= _TOKEN_LIMIT and value.isprintable()


def page_size(left: int | None, most: int, least: int) -> int:
    """How many items to ask for at once, at most *most*, where *left* may still be read; X takes *least* or more."""
    return most if left is None else max(least, min(most, left))


@dataclass(frozen=True, slots=True)
class Step:
    """What follows a page: the new place, whether to ask again at once, whether older items were given up.

    ``spent`` is how many things were read for the page, as X counts them.
    """

    place: Place
    more: bool
    cut: bool = False
    spent: int = 1


def advance(
    place: Place, newest: tuple[str, str] | None, following: object, *, met: bool, read: int, most: int | None = None
) -> Step:
    """The step after a page.

    *newest* is the id and the time (encoded) of its newest item, *following* the token of the next page, *met* whether
    the page reaches down to the mark, and *read* how many things were read for it.
    """
    spent = max(read, 1)
    if not place.top and newest is not None:
        place = replace(place, top=newest[0], top_at=newest[1])
    pages = place.pages + 1
    ended = met or not is_token(following) or following == place.back
    limit = most if most is not None else PAGES_MOST if place.started else PAGES_FIRST
    if not ended and pages < limit:
        return Step(replace(place, back=str(following), pages=pages), more=True, spent=spent)
    after = replace(place.again(), mark=place.top or place.mark, mark_at=place.top_at or place.mark_at, started=True)
    return Step(after, more=False, cut=not ended and place.started, spent=spent)


def newest_of(items: Sequence[tuple[str, datetime]]) -> tuple[str, str] | None:
    """The id and the encoded time of the newest of (id, time)."""
    best = max(items, key=lambda one: one[1], default=None)
    return None if best is None else (best[0], encode(best[1]))
