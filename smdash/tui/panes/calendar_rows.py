"""What stands on the days of a calendar: posts and empty slots; which are read, and which a filter leaves."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta, tzinfo
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from smdash.core import labels
from smdash.core.calendar import days_span
from smdash.core.records import Post
from smdash.core.slots import Opening
from smdash.store import brands, days_off, observances, posts, slots
from smdash.tui.cells import literal

if TYPE_CHECKING:
    from smdash.store.driver import Connection

# More posts than these are not read for one picture; the title says so.
MOST_POSTS = 5_000
# The days, today the first, whose empty slots the title counts, and those that can be looked at alone.
SOON, LATER = 7, 14

Row: TypeAlias = Post | Opening
# What tells a row from the others, whatever else of it changes.
Key: TypeAlias = int | Opening


def key_of(row: Row) -> Key:
    return row.id if isinstance(row, Post) else row


def due(row: Row) -> datetime | None:
    """When a post goes out, or when a slot would have one go out (UTC)."""
    return row.due_at if isinstance(row, Post) else row.at


class Snapshot(NamedTuple):
    """What there is from *first* to *last*, and which post was looked for when it was read.

    ``openings`` are the empty slots of these days that are to come, ``soon`` those of the next LATER days.
    ``observances`` are names by day, without holidays. ``brands`` are those of accounts, where there are any to tell
    apart.
    """

    first: date
    last: date
    posts: tuple[Post, ...]
    holidays: dict[date, str]
    want: tuple[int, datetime | None] | None
    more: bool
    observances: dict[date, list[str]]
    has_slots: bool
    openings: tuple[Opening, ...]
    soon: tuple[Opening, ...]
    brands: dict[tuple[str, str], str]


def read(
    conn: Connection, first: date, last: date, zone: tzinfo, now: datetime, want: tuple[int, datetime | None] | None
) -> Snapshot:
    """All that a calendar shows of these local days, both included."""
    found = posts.between(conn, days_span(first, last, zone), MOST_POSTS + 1)
    noted: dict[date, list[str]] = {}
    for one in observances.between(conn, first, last):
        if not one.holiday:
            for number in range((min(one.until, last) - one.day).days + 1):
                noted.setdefault(one.day + timedelta(days=number), []).append(one.name)
    has_slots = bool(slots.select(conn))
    return Snapshot(
        first,
        last,
        found[:MOST_POSTS],
        {one.day: one.name for one in days_off.holidays(conn)},
        want,
        len(found) > MOST_POSTS,
        noted,
        has_slots,
        slots.between(conn, first, last, now) if has_slots else (),
        slots.empty(conn, now, LATER) if has_slots else (),
        brands.of_accounts(conn),
    )


def by_day(rows: Iterable[Row], zone: tzinfo) -> dict[date, list[Row]]:
    """The rows of each local day, by time; a post stands before an empty slot of the same time."""
    found: dict[date, list[Row]] = {}
    for row in rows:
        if (at := due(row)) is not None:
            found.setdefault(at.astimezone(zone).date(), []).append(row)
    for day in found.values():
        day.sort(key=due)  # type: ignore[arg-type]  # the others were left out
    return found


class Only(NamedTuple):
    """What a row must have to be shown: *what* is ``account``, ``category``, ``author``, ``network`` or ``brand``."""

    what: str
    value: str

    def fits(self, row: Row, brands: dict[tuple[str, str], str]) -> bool:
        """A slot for any account, or for any category, is everybody's; an author has none."""
        if isinstance(row, Post):
            return self.value in values_of(self.what, row, brands)
        platform, _slash, name = (row.account or "").partition("/")
        has = {
            "account": row.account,
            "category": row.category,
            "network": platform or None,
            "brand": brands.get((platform, name), "") if platform else None,
            "author": "",
        }[self.what]
        return has is None or has == self.value

    def words(self) -> str:
        return labels.category(self.value) if self.what == "category" else literal(self.value)


def values_of(what: str, post: Post, brands: dict[tuple[str, str], str]) -> list[str]:
    """What a post has of that kind, each once."""
    match what:
        case "account":
            return [f"{platform}/{name}" for platform, name in post.accounts]
        case "network":
            return list(dict.fromkeys(platform for platform, _name in post.accounts))
        case "brand":
            return list(dict.fromkeys(brands[one] for one in post.accounts if one in brands))
        case "category":
            return [post.category.value]
        case _:
            return [post.author]
