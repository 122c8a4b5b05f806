"""A report as sections with facts, tables and charts, whatever it is then rendered as.

Texts of people are shortened here, and marked, so that a page can keep their reading direction to themselves.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta, tzinfo
from typing import NamedTuple

from smdash.core import formats
from smdash.core.clock import encode
from smdash.core.text import clean, one_line
from smdash.locale import pgettext

# How many characters of somebody's text a report quotes; what the team itself wrote down is told whole.
QUOTED = 90
WHOLE = 1000


class Cell(NamedTuple):
    """``text`` is for people, ``value`` for programs; *theirs* says that somebody else wrote it."""

    text: str
    value: str | int | float | None = None
    theirs: bool = False


class Column(NamedTuple):
    """``key`` names it in files. An *extra* column that has nothing in it is not shown to people.

    Times are *fixed*: cut, they would say something else. What is to be read *whole* takes more lines.
    """

    key: str
    heading: str
    number: bool = False
    extra: bool = False
    fixed: bool = False
    whole: bool = False


class Bar(NamedTuple):
    """A bar of a chart: how much, of how much (the outline), and where it should be (the tick)."""

    label: str
    value: float
    text: str
    whole: float | None = None
    tick: float | None = None


class Chart(NamedTuple):
    """A chart of the table beside it; the words say what bar, outline and tick mean."""

    title: str
    description: str
    bars: tuple[Bar, ...]
    bar: str
    outline: str = ""
    tick: str = ""


class Table(NamedTuple):
    """With *total*, the last row adds up the others. ``more`` says what is not in it."""

    key: str
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    total: bool = False
    chart: Chart | None = None
    more: str = ""

    def shown(self) -> Table:
        """The table without its extra columns that have nothing in them."""
        kept = [at for at, column in enumerate(self.columns) if not column.extra or self._has_any(at)]
        rows = tuple(tuple(row[at] for at in kept) for row in self.rows)
        return self._replace(columns=tuple(self.columns[at] for at in kept), rows=rows)

    def _has_any(self, at: int) -> bool:
        return any(row[at].value not in (0, None, "") for row in self.rows)


class Fact(NamedTuple):
    """A figure with its name. *bad* says that somebody should look at it."""

    key: str
    label: str
    cell: Cell
    bad: bool = False


class Section(NamedTuple):
    """``empty`` is what to say where there is nothing; ``note`` explains the figures."""

    key: str
    title: str
    facts: tuple[Fact, ...] = ()
    tables: tuple[Table, ...] = ()
    note: str = ""
    empty: str = ""


class Document(NamedTuple):
    """``lead`` are the lines below the title."""

    title: str
    lead: tuple[str, ...]
    sections: tuple[Section, ...]


def number(value: int) -> Cell:
    """A count."""
    return Cell(formats.number(value), value)


def percent(value: float) -> Cell:
    """``12 %``; the value keeps a decimal."""
    return Cell(f"{formats.decimal(value, 0)} %", round(value, 1))


def hours(minutes: float) -> Cell:
    """Minutes as hours with one decimal; the value has two."""
    return Cell(formats.hours(minutes), round(minutes / 60, 2))


def took(seconds: int | None) -> Cell:
    """How long an answer took; the value is in seconds."""
    if seconds is None:
        return Cell("–", None)
    minutes = seconds // 60
    if minutes < 60:
        return Cell(pgettext("age", "{n}m").format(n=minutes), seconds)
    return Cell(pgettext("span", "{h}h {m}m").format(h=minutes // 60, m=f"{minutes % 60:02d}"), seconds)


def lasted(span: timedelta) -> Cell:
    """How long something lasted; the value is in seconds."""
    return took(int(span.total_seconds()))


def moment(instant: datetime | None, zone: tzinfo) -> Cell:
    """``Mon 23 Nov 14:05``; the value is UTC."""
    if instant is None:
        return Cell("–", None)
    return Cell(f"{formats.short_day(instant, zone)} {formats.clock_time(instant, zone)}", encode(instant))


def until(instant: datetime, zone: tzinfo) -> Cell:
    """When something ends: its last day where it ends with a day, else the time; the value is UTC."""
    return Cell(formats.end_words(instant, zone), encode(instant))


def word(text: str, value: str | None = None) -> Cell:
    """Our own word; the value is its code where there is one."""
    return Cell(text, text if value is None else value)


def theirs(text: str, most: int = QUOTED) -> Cell:
    """Somebody's text, on one line and shortened."""
    short = shortened(text, most)
    return Cell(short, short, theirs=True)


def shortened(text: str, most: int = QUOTED) -> str:
    """The text on one line, cut to so many characters; nothing in it is left that anything would obey."""
    return clean(one_line(clean(text)), limit=most)


def table(
    key: str, caption: str, columns: Sequence[Column], rows: Iterable[Sequence[Cell]], *, total: bool = False,
    chart: Chart | None = None, more: str = "",
) -> tuple[Table, ...]:  # fmt: skip
    """A table for a section, or none where it would have no rows."""
    found = tuple(tuple(row) for row in rows)
    return (Table(key, caption, tuple(columns), found, total, chart, more),) if found else ()
