"""When in each day of the week it was worked: a line a day, with what is under the cursor standing out."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from math import ceil

from smdash.core import formats
from smdash.core.clock import Span, day_span
from smdash.tui.cells import fit
from smdash.tui.panes.week_lines import View
from smdash.tui.panes.week_rows import Row
from smdash.tui.widgets.lines import Line, Piece, spread

# Hours after midnight that are shown at least, and how many apart those are that are named.
FIRST, LAST, APART = 8, 18, 2
# Cells of a day's name with what is beside it.
NAME = 5
HOUR = timedelta(hours=1)


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
    begin = day_span(day, view.zone).start
    step = (last - first) * HOUR / room
    style = "accent" if day == view.today else "bold" if day == view.day else "dim"
    line = [Piece(" " + fit(formats.weekday(day), NAME - 1), style)]
    for at in range(room):
        start = begin + first * HOUR + at * step
        piece = _cell(view, view.by_day.get(day, []), Span(start, start + step))
        if at and line[-1].style == piece.style:
            line[-1] = line[-1]._replace(text=line[-1].text + piece.text)
        else:
            line.append(piece)
    return spread(line, width)


def _cell(view: View, rows: list[Row], span: Span) -> Piece:
    """What the middle of a stretch falls on."""
    middle: datetime = span.start + (span.end - span.start) / 2
    found = [row for row in rows if row.span.start <= middle < row.span.end]
    counted = [row for row in found if row.entry is not None and not row.is_proposed]
    glyphs = view.glyphs
    if len(counted) > 1:
        return Piece(glyphs.late, "warning")
    if counted and counted[0].entry is not None:
        runs = counted[0].entry.ended_at is None
        if counted[0].entry.activity == view.activity:
            return Piece(glyphs.full, "accent" if runs else "success")
        return Piece(glyphs.across, "accent" if runs else "base")
    if any(row.is_proposed for row in found):
        return Piece(glyphs.unknown, "dim")
    return Piece(glyphs.empty, "border") if found else Piece(" ")
