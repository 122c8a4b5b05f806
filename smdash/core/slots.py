"""Slots: times of the week at which something should go out, which of them posts fill, and which are still empty.

A slot is wall time of the team's zone. One that the clocks skip moves by what they skip, as a post does that is moved
there (``core.calendar.days_later``); one that they show twice is the first of the two. A day that the zone skips
altogether has none, and neither has a day on which the team is off.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import NamedTuple

from smdash.core.errors import InputError
from smdash.core.worktime import DAYS
from smdash.locale import gettext as _

# How far from a slot a post may be due and still fill it.
WITHIN = timedelta(minutes=30)
# A slot every half hour of the week, and some to spare.
MOST_SLOTS = 500
_TIME = re.compile(r"(\d{1,2})[:.](\d{2})")
_DAY = timedelta(days=1)


class Slot(NamedTuple):
    """A time of the week; ``weekday`` counts from Monday (1), ``at`` is written ``HH:MM``.

    ``account`` is written ``platform/name``; without one it is for any. ``category`` is what should go out then.
    """

    weekday: int
    at: str
    account: str | None = None
    category: str | None = None


class Opening(NamedTuple):
    """A slot on one day: its instant (UTC), whose it is, and what should go out."""

    at: datetime
    account: str | None = None
    category: str | None = None


class Filler(NamedTuple):
    """A post as slots see it: when it is due (UTC), and the accounts that it goes to, written ``platform/name``."""

    at: datetime
    accounts: tuple[str, ...]


def parse_time(text: str) -> str:
    """Read ``9:00`` or ``09.00`` as ``09:00``. Raises InputError."""
    match = _TIME.fullmatch(text.strip())
    if match and int(match[1]) < 24 and int(match[2]) < 60:
        return f"{int(match[1]):02d}:{match[2]}"
    raise InputError(_("“{text}” is not a time of day; expected one such as 09:00").format(text=text))


def ordered(slots: Iterable[Slot]) -> tuple[Slot, ...]:
    """Each once, in the order of the week."""
    return tuple(sorted(set(slots), key=lambda one: (one.weekday, one.at, one.account or "", one.category or "")))


def to_plain(slots: Iterable[Slot]) -> list[dict[str, object]]:
    """The tables of the settings that ``from_plain`` takes apart: times that have the same days stand in one."""
    days: dict[tuple[str, str, str], list[int]] = {}
    for one in ordered(slots):
        days.setdefault((one.account or "", one.category or "", one.at), []).append(one.weekday)
    times: dict[tuple[str, str, tuple[int, ...]], list[str]] = {}
    for (account, category, at), found in sorted(days.items()):
        times.setdefault((account, category, tuple(found)), []).append(at)
    tables: list[dict[str, object]] = []
    for (account, category, weekdays), clocks in times.items():
        table: dict[str, object] = {"days": [DAYS[day - 1] for day in weekdays], "at": clocks}
        tables.append(table | {key: name for key, name in (("account", account), ("category", category)) if name})
    return tables


def openings(slots: Sequence[Slot], first: date, last: date, zone: tzinfo, off: Collection[date] = ()) -> list[Opening]:
    """The slots of these local days, both included, by time; days in *off* have none."""
    found: set[Opening] = set()
    for number in range((last - first).days + 1):
        day = first + number * _DAY
        if day in off:
            continue
        for one in slots:
            if one.weekday == day.isoweekday():
                at = datetime.combine(day, time.fromisoformat(one.at), zone).astimezone(UTC)
                if at.astimezone(zone).date() == day:
                    found.add(Opening(at, one.account, one.category))
    return sorted(found, key=_order)


def _order(one: Opening) -> tuple[datetime, str, str]:
    return one.at, one.account or "", one.category or ""


def empty(found: Sequence[Opening], posts: Sequence[Filler]) -> list[Opening]:
    """Those that no post fills, by time.

    A post fills a slot of each of its accounts, or else one that is for any: the one that is nearest, at most WITHIN
    away. Where several could, the nearest pair goes first, and a slot of an account before one for any.
    """
    pairs = sorted(
        (
            (abs(posts[at].at - opening.at), opening.account is None, number, at)
            for number, opening in enumerate(found)
            for at in _near(posts, opening)
        ),
    )
    taken: set[int] = set()
    # What a post filled already: an account's slot each, or (None) one for any.
    filled: dict[int, set[str | None]] = {}
    for _distance, _any, number, at in pairs:
        account = found[number].account
        already = filled.get(at, set())
        if number in taken or None in already or account in already or (account is None and already):
            continue
        taken.add(number)
        filled.setdefault(at, set()).add(account)
    return [one for number, one in enumerate(found) if number not in taken]


def _near(posts: Sequence[Filler], opening: Opening) -> list[int]:
    """The posts that may fill it; *posts* are by time."""
    from bisect import bisect_left, bisect_right

    begin = bisect_left(posts, opening.at - WITHIN, key=lambda one: one.at)
    end = bisect_right(posts, opening.at + WITHIN, key=lambda one: one.at)
    return [at for at in range(begin, end) if opening.account is None or opening.account in posts[at].accounts]
