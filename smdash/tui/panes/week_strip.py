"""When in each day of the week it was worked: a line a day, with what is under the cursor standing out."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import groupby
from math import ceil

from smdash.core import formats
from smdash.core.clock import day_span
from smdash.tui.cells import fit
from smdash.tui.panes.week_lines import View
from smdash.tui.panes.week_rows import Row
from smdash.tui.widgets.lines import Line, Piece, spread

# Hours after midnight that are shown at least, and how many apart those are that are named.
FIRST, LAST, APART = 8, 18, 2
# Cells of a day's name with what is beside it.
NAME = 5
HOUR = timedelta(hours=1)
_BLANK = Piece(" ")


def strip(view: View, width: int) -> list[Line]:
    """A line with the hours, and one for each day."""
    first, last = _hours(view)
    room = max(width - NAME - 1, 1)
    return [_scale(first, last, room, width), *(_day(view, day, first, last, room, width) for day in view.days)]


def _hours(view: View) -> tuple[int, int]:
    """From which hour after midnight to which: office hours, and what was worked beyond them."""
    first, last = FIRST, LAST
    for day, rows in view.by_day.items():
        whole = day_span(day, view.zone)
        for row in rows:
            start, end = max(row.span.start, whole.start), min(row.span.end, whole.end)
            first = min(first, int((start - whole.start) / HOUR))
            last = max(last, ceil((end - whole.start) / HOUR))
    return first, last


def _scale(first: int, last: int, room: int, width: int) -> Line:
    text = [" "] * (NAME + room)
    for hour in range(first + first % APART, last + 1, APART):
        at = NAME + round((hour - first) / (last - first) * room)
        words = str(hour)
        if at + len(words) <= len(text):
            text[at : at + len(words)] = words
    return spread([Piece("".join(text), "dim")], width)


def _day(view: View, day: date, first: int, last: int, room: int, width: int) -> Line:
    begin = day_span(day, view.zone).start + first * HOUR
    step = (last - first) * HOUR / room
    cells = [_BLANK] * room
    # What counts lies over what does not.
    for row in sorted(view.by_day.get(day, []), key=_weight):
        piece = _piece(view, row)
        # A cell is what its middle falls on.
        start, end = (ceil((one - begin) / step - 0.5) for one in row.span)
        for at in range(max(start, 0), min(end, room)):
            cells[at] = Piece(view.glyphs.late, "warning") if row.overlaps and _counts(cells[at], view) else piece
    style = "accent" if day == view.today else "bold" if day == view.day else "dim"
    line = [Piece(" " + fit(formats.weekday(day), NAME - 1), style)]
    for (_text, style), some in groupby(cells, key=lambda cell: (cell.text, cell.style)):
        line.append(Piece("".join(cell.text for cell in some), style))
    return spread(line, width)


def _weight(row: Row) -> int:
    return 0 if row.entry is None else 1 if row.is_proposed else 2


def _counts(cell: Piece, view: View) -> bool:
    """Whether an entry lies there already."""
    return cell.text in (view.glyphs.full, view.glyphs.across, view.glyphs.late)


def _piece(view: View, row: Row) -> Piece:
    glyphs = view.glyphs
    if row.entry is None:
        return Piece(glyphs.empty, "border")
    if row.is_proposed:
        return Piece(glyphs.unknown, "dim")
    runs = row.entry.ended_at is None
    if row.entry.activity == view.activity:
        return Piece(glyphs.full, "accent" if runs else "success")
    return Piece(glyphs.across, "accent" if runs else "base")
