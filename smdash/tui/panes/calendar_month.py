"""How a month is drawn: its weeks below each other, with what each day counts."""

from __future__ import annotations

from datetime import date

from smdash.core import formats
from smdash.core.posts import lateness
from smdash.core.records import Post
from smdash.tui.panes import post_row
from smdash.tui.panes.calendar_lines import View, beside, columns, notes, on_row
from smdash.tui.widgets.lines import Line, Piece, spread

# What needs a person first, what is over last.
_ORDER = ("error", "warning", "accent", "base", "dim", "success")


def month_grid(view: View, weeks: list[list[date]], width: int, tall: int) -> list[Line]:
    """The days of a month by weeks, each with its number of posts and those of each state; *tall* lines a week."""
    widths = columns(width)
    lines = [
        beside(
            [
                spread([Piece(" " + formats.weekday(day), "dim")], room)
                for day, room in zip(weeks[0], widths, strict=True)
            ],
            view.glyphs,
        )
    ]
    for week in weeks:
        cells = [_month_cell(view, day, room, tall) for day, room in zip(week, widths, strict=True)]
        lines += [beside([cell[y] for cell in cells], view.glyphs) for y in range(tall)]
    return lines


def _month_cell(view: View, day: date, width: int, tall: int) -> list[Line]:
    posts = view.posts(day)
    here = day == view.today
    style = "accent" if here else "base" if day.month == view.day.month else "dim"
    mark = view.glyphs.cursor if here else " "
    first = [Piece(f"{mark}{day.day:2}", style)]
    if day in view.holidays:
        first.append(Piece(view.glyphs.star, "warning"))
    if view.observances.get(day):
        first.append(Piece("+", "accent"))
    lines = [spread(first, width, right=[Piece(f"{len(posts)} ", "dim")] if posts else None)]
    states: Line = [Piece(" ")]
    room = width - 1
    empty = view.empty(day)
    for text, state_style in [*_counts(view, posts), *([(f"{view.glyphs.waiting}{empty}", "dim")] if empty else [])]:
        if len(text) > room:
            break
        states.append(Piece(text + " ", state_style))
        room -= len(text) + 1
    lines.append(spread(states, width))
    if tall > 2:
        lines.append(spread([Piece(" "), *notes(view, day)], width))
    row = ""
    if day == view.day:
        row = "cursor" if view.focused else "cursor_quiet"
    return [on_row(line, row) for line in (lines + [[Piece(" " * width)]] * tall)[:tall]]


def _counts(view: View, posts: list[Post]) -> list[tuple[str, str]]:
    """How many posts bear each mark, what needs a person first."""
    found: dict[tuple[str, str], int] = {}
    for post in posts:
        mark = post_row.mark(post.shown, lateness(post, view.now), view.glyphs)
        found[mark] = found.get(mark, 0) + 1
    order = sorted(found.items(), key=lambda one: _ORDER.index(one[0][1]))
    return [(f"{mark if mark != ' ' else '-'}{n}", style) for (mark, style), n in order]
