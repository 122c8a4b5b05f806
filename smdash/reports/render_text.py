"""A report for a terminal: columns aligned by cells, no line wider than asked for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from textwrap import wrap

from wcwidth import wcswidth, wcwidth

from smdash.core.text import clean, one_line
from smdash.reports.document import Cell, Column, Document, Section, Table

WIDTH = 80
_GAP = 2
# A column of words is not cut below this.
_NARROWEST = 8


def render(document: Document, width: int = WIDTH) -> str:
    """The whole report, ending in a line break."""
    lines = [document.title, "=" * min(_width(document.title), width), *_wrapped(document.lead, width)]
    for section in document.sections:
        lines += ["", section.title, "-" * min(_width(section.title), width)]
        lines += _section(section, width)
    return "".join(f"{line.rstrip()}\n" for line in lines)


def _wrapped(lines: Sequence[str], width: int) -> list[str]:
    return [part for line in lines for part in wrap(_plain(line), width, break_long_words=False)]


def _section(section: Section, width: int) -> Iterator[str]:
    if not section.facts and not section.tables:
        yield from _wrapped([section.empty], width)
        return
    if section.facts:
        wide = max(_width(fact.label) for fact in section.facts) + _GAP
        for fact in section.facts:
            yield f"{_pad(fact.label, wide)}{'! ' if fact.bad else ''}{_plain(fact.cell.text)}"
    for at, one in enumerate(section.tables):
        if at or section.facts:
            yield ""
        yield from _table(one, width)
    if section.note:
        yield ""
        yield from _wrapped([section.note], width)


def _table(one: Table, width: int) -> Iterator[str]:
    yield from _wrapped([one.caption], width)
    rows = [[_plain(cell.text) for cell in row] for row in one.rows]
    kept = [at for at, column in enumerate(one.columns) if not column.extra or _has_figures(one.rows, at)]
    columns = [one.columns[at] for at in kept]
    rows = [[row[at] for at in kept] for row in rows]
    widths = [max(_width(column.heading), *(_width(row[at]) for row in rows), 1) for at, column in enumerate(columns)]
    _narrow(columns, widths, width - _GAP)
    yield "  " + _line(columns, [column.heading for column in columns], widths)
    for row in rows:
        yield "  " + _line(columns, row, widths)
    if one.more:
        yield from (f"  {line}" for line in _wrapped([one.more], width - _GAP))


def _has_figures(rows: Sequence[Sequence[Cell]], at: int) -> bool:
    return any(row[at].value not in (0, None, "") for row in rows)


def _narrow(columns: Sequence[Column], widths: list[int], room: int) -> None:
    """Take what is too much from the widest columns of words."""
    words = [at for at, column in enumerate(columns) if not column.number]
    while sum(widths) + _GAP * (len(widths) - 1) > room:
        widest = max(words, key=lambda at: widths[at], default=None)
        if widest is None or widths[widest] <= _NARROWEST:
            return
        widths[widest] -= 1


def _line(columns: Sequence[Column], cells: Sequence[str], widths: Sequence[int]) -> str:
    return (" " * _GAP).join(
        _pad(_cut(cell, wide), wide, right=column.number)
        for column, cell, wide in zip(columns, cells, widths, strict=True)
    )


def _plain(text: str) -> str:
    return one_line(clean(text))


def _width(text: str) -> int:
    found = len(text) if text.isascii() else wcswidth(text)
    return found if found >= 0 else len(text)


def _pad(text: str, width: int, *, right: bool = False) -> str:
    padding = " " * (width - _width(text))
    return padding + text if right else text + padding


def _cut(text: str, width: int) -> str:
    if _width(text) <= width:
        return text
    used, kept = 0, ""
    for character in text:
        used += max(wcwidth(character), 0)
        if used > width - 1:
            break
        kept += character
    # A picture of several characters is as wide as they are together.
    while kept and _width(kept) > width - 1:
        kept = kept[:-1]
    return kept + "…"
