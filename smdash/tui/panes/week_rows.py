"""A week of hours as it was read, and what of it stands on a day: entries, proposals, and the gaps between them."""

from __future__ import annotations

from datetime import date, datetime, timedelta, tzinfo
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from smdash.core.clock import Span, Week, day_span
from smdash.core.errors import InputError
from smdash.core.records import TimeEntry
from smdash.core.targets import WeekPace
from smdash.store import brands, targets, time_entries, weeks
from smdash.store.brands import Brand
from smdash.store.weeks import WeekTable

if TYPE_CHECKING:
    from smdash.store.driver import Connection

MOMENT = timedelta(milliseconds=1)
# A cup of coffee is no gap that anybody writes down.
SHOWN_GAP = timedelta(minutes=10)


class Asked(NamedTuple):
    """What is looked at: a week, of one member or (with ``None``) of the team, of one brand or (empty) of all.

    ``brand_id`` is known once it was read: the brand may be called otherwise meanwhile.
    """

    week: Week
    member_id: int | None
    brand: str = ""
    brand_id: int | None = None


class Snapshot(NamedTuple):
    """A week as it was at ``read_at`` (UTC). ``running`` are the entries without an end, whoever's they are; ``wanted``

    is the entry that was looked for, in whatever week it is, ``brand`` the one that was asked for, if it is there.
    """

    asked: Asked
    read_at: datetime
    table: WeekTable
    pace: WeekPace
    running: tuple[TimeEntry, ...]
    proposed: tuple[TimeEntry, ...]
    brands: tuple[str, ...]
    wanted: TimeEntry | None = None
    brand: Brand | None = None


def read(conn: Connection, asked: Asked, now: datetime, zone: tzinfo, want: int | None = None) -> Snapshot:
    """All that a week shows, and the entry *want*; a brand that is there no more counts as all of them."""
    known = brands.select(conn)
    by_id = asked.brand_id is not None
    brand = next((one for one in known if (one.id == asked.brand_id if by_id else one.name == asked.brand)), None)
    brand_id = brand.id if brand else None
    table = weeks.read(conn, asked.week, now, asked.member_id, brand_id=brand_id)
    running = time_entries.select(conn, asked.member_id, Span(now, now + MOMENT))
    proposed: tuple[TimeEntry, ...] = ()
    if asked.member_id is not None:
        span = Span(day_span(table.days[0], zone).start, day_span(table.days[-1], zone).end)
        proposed = time_entries.select(conn, asked.member_id, span, states=("proposed",))
    return Snapshot(
        asked, now, table, targets.read(conn, asked.week, now, asked.member_id, brand_id=brand_id),
        tuple(one for one in running if one.ended_at is None and (brand is None or one.brand == brand.name)),
        tuple(one for one in proposed if brand is None or one.brand in (brand.name, None)),
        tuple(one.name for one in known), _find(conn, want), brand,
    )  # fmt: skip


def _find(conn: Connection, entry_id: int | None) -> TimeEntry | None:
    try:
        return None if entry_id is None else time_entries.get(conn, entry_id)
    except InputError:
        return None  # somebody took it away meanwhile


def seconds(found: Snapshot, now: datetime, zone: tzinfo) -> dict[str, tuple[float, ...]]:
    """Of each activity by day: what was counted when it was read, and what the running ones added since."""
    grown = {key: list(some) for key, some in found.table.seconds.items()}
    if now > found.read_at and found.running:
        for at, day in enumerate(found.table.days):
            start, end = day_span(day, zone)
            for one in found.running:
                since, until = max(found.read_at, one.started_at, start), min(now, end)
                if since < until and one.activity in grown:
                    grown[one.activity][at] += (until - since).total_seconds()
    return {key: tuple(some) for key, some in grown.items()}


# What tells a row of a day from the others: an entry's id, or where a gap begins.
Key: TypeAlias = int | datetime


class Row(NamedTuple):
    """An entry, or (without one) a gap of working time; a running one reaches to now."""

    span: Span
    entry: TimeEntry | None = None
    overlaps: bool = False

    @property
    def key(self) -> Key:
        return self.entry.id if self.entry else self.span.start

    @property
    def is_proposed(self) -> bool:
        return self.entry is not None and self.entry.state == "proposed"


def day_rows(found: Snapshot, day: date, now: datetime, zone: tzinfo) -> list[Row]:
    """What stands on a local day, by its start; an entry over midnight stands on both days."""
    start, end = day_span(day, zone)
    rows = []
    for one in (*found.table.entries, *found.proposed):
        span = Span(one.started_at, one.ended_at or max(now, one.started_at))
        if span.start < end and (span.end > start or span.start >= start):
            clash = one.state == "confirmed" and any(
                span.start < other.end and other.start < span.end for other in found.table.overlaps
            )
            rows.append(Row(span, one, clash))
    for gap in found.table.gaps:
        # One that reached to the time of reading goes on.
        until = gap.end if gap.end < found.read_at else max(now, gap.end)
        if start <= gap.start < end and until - gap.start >= SHOWN_GAP:
            rows.append(Row(Span(gap.start, until)))
    return sorted(rows, key=lambda row: (row.span.start, row.is_proposed, row.entry is None))


def on_day(span: Span, day: date, zone: tzinfo) -> float:
    """The seconds of a stretch that fall on this local day."""
    start, end = day_span(day, zone)
    return max((min(span.end, end) - max(span.start, start)).total_seconds(), 0.0)
