"""A report for a terminal: columns aligned by cells, no line wider than asked for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from wcwidth import wcswidth, wcwidth

from smdash.core.text import clean, one_line
from smdash.reports.document import Cell, Column, Document, Section, Table

WIDTH = 80
_GAP = 2
# A column of what people wrote gives way down to the first, then all columns of words down to the second.
_NARROW = 16
_NARROWEST = 6


def render(document: Document, width: int = WIDTH) -> str:
    """The whole report, ending in a line break."""
    lines = [*_heading(document.title, "=", width), *_wrapped(document.lead, width)]
    for section in document.sections:
        lines += ["", *_heading(section.title, "-", width)]
        lines += _section(section, width)
    return "".join(f"{line.rstrip()}\n" for line in lines)


def _heading(words: str, rule: str, width: int) -> list[str]:
    lines = _wrapped([words], width)
    return [*lines, rule * max(map(_width, lines))]


def _wrapped(lines: Sequence[str], width: int) -> list[str]:
    return [part for line in lines for part in _broken(_plain(line), width)]


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
    shown = one.shown()
    columns, cells = shown.columns, shown.rows
    rows = [[_plain(cell.text) for cell in row] for row in cells]
    widths = [max(_width(column.heading), *(_width(row[at]) for row in rows), 1) for at, column in enumerate(columns)]
    _narrow(columns, cells, widths, width - _GAP)
    yield "  " + _line(columns, [column.heading for column in columns], widths)
    for row in rows:
        for line in _lines(columns, row, widths):
            yield "  " + _line(columns, line, widths)
    if one.more:
        yield from (f"  {line}" for line in _wrapped([one.more], width - _GAP))


def _narrow(one: Sequence[Column], rows: Sequence[Sequence[Cell]], widths: list[int], room: int) -> None:
    """Take what is too much from the widest columns of words: first from what people wrote, then from the others."""
    words = [at for at, column in enumerate(one) if not column.number and not column.fixed]
    quoted = [at for at in words if any(row[at].theirs for row in rows)]
    for chosen, least in ((quoted, _NARROW), (words, _NARROWEST)):
        while sum(widths) + _GAP * (len(widths) - 1) > room:
            widest = max(chosen, key=lambda at: widths[at], default=None)
            if widest is None or widths[widest] <= least:
                break
            widths[widest] -= 1


def _lines(columns: Sequence[Column], row: Sequence[str], widths: Sequence[int]) -> Iterator[list[str]]:
    """The cells of a row, line by line: one, unless something is to be read whole."""
    parts = [
        _broken(cell, wide) if column.whole else [cell] for column, cell, wide in zip(columns, row, widths, strict=True)
    ]
    for at in range(max(map(len, parts))):
        yield [part[at] if at < len(part) else "" for part in parts]


def _broken(text: str, width: int) -> list[str]:
    """The text in lines of at most so many cells, broken between words where it can be."""
    lines = [""]
    for word in text.split(" "):
        while True:
            longer = f"{lines[-1]} {word}" if lines[-1] else word
            if _width(longer) <= width:
                lines[-1] = longer
                break
            if lines[-1]:
                lines.append("")
                continue
            lines[-1] = _cut(word, width + 1)[:-1] or word[:1]
            word = word[len(lines[-1]) :]
            if not word:
                break
            lines.append("")
    return lines


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
