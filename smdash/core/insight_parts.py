"""What a topic of insights is made of, and how its figures are written."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import NamedTuple, TypeAlias

from smdash.core import formats
from smdash.core.clock import parse_week
from smdash.core.insights import Cell, Typical
from smdash.locale import gettext as _

# A figure that is not known.
UNKNOWN = "–"


class Chart(NamedTuple):
    """``kind``: ``lines`` or ``bars`` over time, bars of ``names``, or ``heat`` of the week's hours.

    Values may be unknown.
    """

    kind: str
    labels: tuple[str, ...] = ()
    series: tuple[tuple[str, tuple[float | None, ...]], ...] = ()
    cells: tuple[Cell, ...] = ()


class Table(NamedTuple):
    """Headings and rows; the first column is text, the others are figures."""

    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


class Topic(NamedTuple):
    """``figure`` is its news in a few cells. Where there is nothing, ``sentences`` say what fills it."""

    key: str
    title: str
    figure: str
    sentences: tuple[str, ...]
    tables: tuple[Table, ...] = ()
    chart: Chart | None = None


# A topic without its name.
Said: TypeAlias = tuple[str, tuple[str, ...], tuple[Table, ...], Chart | None]


def number(value: float | None) -> str:
    """A count, ``–`` where it is not known."""
    return UNKNOWN if value is None else formats.number(round(value))


def percent(value: float | None) -> str:
    """A part of 1 as ``5.2 %``, ``–`` where it is not known."""
    return UNKNOWN if value is None else f"{formats.decimal(value * 100)} %"


def lasting(seconds: float | None) -> str:
    """``42m``, ``2h 35m``, ``–`` where it is not known."""
    return UNKNOWN if seconds is None else formats.short_span(timedelta(seconds=seconds))


def share(part: int, whole: int) -> str:
    """The part of a whole."""
    return percent(part / whole) if whole else UNKNOWN


def weeks(found: Sequence[str]) -> tuple[str, ...]:
    """The weeks as a chart's axis has them."""
    return tuple(_("W{n}").format(n=parse_week(one).number) for one in found)


def rate(one: Typical) -> str:
    """Engagement as a part of what it is a part of."""
    if one.rate is None:
        return UNKNOWN
    if one.rate_of == "followers":
        return _("{percent} of followers").format(percent=percent(one.rate))
    return _("{percent} of views").format(percent=percent(one.rate))
