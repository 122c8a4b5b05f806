"""How weeks and months are drawn: columns where there is room for seven, a list by day where there is not."""

from __future__ import annotations

from datetime import date, datetime, tzinfo
from itertools import accumulate
from typing import NamedTuple

from smdash.core import formats, labels
from smdash.core.calendar import hours_of
from smdash.core.networks import code
from smdash.core.posts import is_over, lateness
from smdash.core.records import Post
from smdash.core.slots import Opening
from smdash.locale import gettext as _
from smdash.locale import ngettext, pgettext
from smdash.tui.cells import Glyphs, fit, literal, width_of
from smdash.tui.panes import post_row
from smdash.tui.panes.calendar_rows import Key, Row, key_of
from smdash.tui.widgets.lines import Line, Piece, spread, wrap

# Cells of "late 2h 35m" in either language.
WHEN_WIDTH = 12
# Lines of a post in a column: two, and a third one for its words where all of the day have room for it.
TALL, SHORT = 3, 2
# Cells below which the name of a day says nothing.
LEAST_NOTE = 4


class View(NamedTuple):
    """All that is drawn: the rows of each day, where the cursor is, and what the days are called.

    With *only_empty* there are no rows but empty slots.
    """

    rows: dict[date, list[Row]]
    holidays: dict[date, str]
    observances: dict[date, list[str]]
    day: date
    key: Key | None
    today: date
    now: datetime
    zone: tzinfo
    glyphs: Glyphs
    focused: bool
    only_empty: bool = False

    def posts(self, day: date) -> list[Post]:
        """The posts of a day."""
        return [one for one in self.rows.get(day, []) if isinstance(one, Post)]

    def empty(self, day: date) -> int:
        """How many slots of a day are empty."""
        return sum(1 for one in self.rows.get(day, []) if not isinstance(one, Post))

    def row(self, day: date, row: Row | None = None) -> str:
        """The style of the row that this lies on."""
        here = day == self.day and (key_of(row) if row else None) == self.key
        return "cursor" if here and self.focused else "cursor_quiet" if here else ""


def on_row(line: Line, row: str) -> Line:
    """The same line lying on that row."""
    return [piece._replace(row=row) for piece in line] if row else line


def notes(view: View, day: date) -> Line:
    """What there is to know of a day: that it is off, what is observed, and that the clocks change."""
    found: Line = []
    if day in view.holidays:
        found.append(Piece(literal(view.holidays[day]) or _("holiday"), "warning"))
    found += [Piece(literal(name), "accent") for name in view.observances.get(day, ())]
    hours = hours_of(day, view.zone)
    if hours != 24:
        found.append(Piece(_("{n} hours").format(n=f"{hours:g}"), "warning"))
    return found


def day_heading(view: View, day: date, width: int) -> Line:
    """The whole line of a day: its date, whether it is today or off, and how many posts it has."""
    posts, empty = view.posts(day), view.empty(day)
    here = day == view.today
    mark = view.glyphs.cursor if here else " "
    line = [Piece(mark, "accent"), Piece(formats.date_words(day), "accent" if here else "bold")]
    if here:
        line.append(Piece(" · " + _("today"), "accent"))
    counts = []
    if posts or not (empty or view.only_empty):
        counts.append(ngettext("{n} post", "{n} posts", len(posts)).format(n=len(posts)) if posts else _("no posts"))
    if empty or view.only_empty:
        counts.append(ngettext("{n} empty", "{n} empty", empty).format(n=empty) if empty else _("nothing empty"))
    count = "".join(f" · {one}" for one in counts)
    # What is counted stays in sight whatever the days are called.
    room = width - sum(width_of(piece.text) for piece in line) - width_of(count)
    for note in notes(view, day):
        room -= len(" · ")
        if room < LEAST_NOTE:
            break
        line += [Piece(" · ", "dim"), note._replace(text=cut(note.text, room))]
        room -= width_of(line[-1].text)
    line.append(Piece(count, "dim"))
    return on_row(spread(line, width), view.row(day) if not posts and not empty else "")


def cut(text: str, width: int) -> str:
    """The text, in at most *width* cells."""
    return text if width_of(text) <= width else fit(text, width)


def slot_line(view: View, day: date, slot: Opening, width: int) -> Line:
    """An empty slot on one line of a list."""
    line = [
        Piece("  " + formats.clock_time(slot.at, view.zone), "dim"),
        Piece(f" {view.glyphs.waiting} ", "dim"),
        Piece(fit(_whose(slot), 8) + " ", "dim"),
        Piece(fit(labels.category_code(slot.category) if slot.category else "", 4) + " ", "dim"),
        Piece(_("empty") + (f"  {literal(slot.account)}" if slot.account else ""), "dim"),
    ]
    return on_row(spread(line, width), view.row(day, slot))


def _whose(slot: Opening) -> str:
    """The two letters of a slot's network, or that it is anybody's."""
    return code(slot.account.partition("/")[0]) if slot.account else pgettext("slot", "any")


def post_line(view: View, day: date, post: Post, width: int) -> Line:
    """A post on one line of a list."""
    late = lateness(post, view.now)
    mark, mark_style = post_row.mark(post.shown, late, view.glyphs)
    when, when_style = post_row.when(post, late, view.now)
    text_style = "dim" if is_over(post) else "base"
    author_width = 8 if width >= 60 else 0
    room = width - 24 - WHEN_WIDTH - 2 - (author_width + 2 if author_width else 0)
    line = [
        Piece("  " + _time(view, post), "error" if late else text_style),
        Piece(f" {mark} ", mark_style),
        Piece(fit(post_row.codes(post), 8) + " ", "dim"),
        Piece(fit(labels.category_code(post.category), 4) + " ", "dim"),
        Piece(fit(literal(post.body), max(room, 4)), text_style),
        Piece("  " + fit(when, WHEN_WIDTH), when_style),
    ]
    if author_width:
        line.append(Piece("  " + fit(literal(post.author), author_width), "dim"))
    return on_row(spread(line, width), view.row(day, post))


def _time(view: View, post: Post) -> str:
    return formats.clock_time(post.due_at, view.zone) if post.due_at else "--:--"


class Place(NamedTuple):
    """A day, and a row of it where that is meant."""

    day: date
    row: Row | None = None


def list_places(view: View, days: list[date], height: int) -> tuple[list[Place], int]:
    """What each line of a list of days shows, so much of it that the cursor is in sight; and how many are below.

    It scrolls by half pages, which costs fewer bytes.
    """
    places: list[Place] = []
    first = last = 0
    for day in days:
        rows = view.rows.get(day, [])
        if day == view.day:
            # The heading belongs to a cursor on the first row.
            first = len(places)
            at = next((at for at, row in enumerate(rows) if key_of(row) == view.key), None)
            last = first if at is None else first + at + 1
            first = first if not at else last
        places.append(Place(day))
        places += [Place(day, row) for row in rows]
    top = 0
    if len(places) > height:
        half = max(height // 2, 1)
        if last >= height:
            top = -(-(last - height + 1) // half) * half
        top = max(min(top, first, len(places) - height), 0)
    shown = places[top : top + height]
    below = len(places) - top - height
    if below > 0 and last < top + height - 1:
        return shown[:-1], below + 1
    return shown, 0


def day_list(view: View, days: list[date], width: int, height: int) -> list[Line]:
    """Days with their rows below each other."""
    shown, below = list_places(view, days, height)
    lines = [_list_line(view, place, width) for place in shown]
    if below:
        lines.append(spread([Piece(" " + _("+{n} more").format(n=below), "dim")], width))
    return lines + [[Piece(" " * width)]] * (height - len(lines))


def _list_line(view: View, place: Place, width: int) -> Line:
    if place.row is None:
        return day_heading(view, place.day, width)
    if isinstance(place.row, Post):
        return post_line(view, place.day, place.row, width)
    return slot_line(view, place.day, place.row, width)


# A week in columns.


def columns(width: int) -> list[int]:
    """The widths of seven columns with a line between each two."""
    each, rest = divmod(width - 6, 7)
    return [each + (at < rest) for at in range(7)]


def week_columns(view: View, days: list[date], width: int, height: int) -> list[Line]:
    """Seven days beside each other."""
    body = height - 2
    made = [_column(view, day, room, body) for day, room in zip(days, columns(width), strict=True)]
    return [beside([column[y] for column in made], view.glyphs) for y in range(height)]


def beside(cells: list[Line], glyphs: Glyphs) -> Line:
    line = list(cells[0])
    for cell in cells[1:]:
        line += [Piece(glyphs.down, "border"), *cell]
    return line


class _Fitting(NamedTuple):
    """The rows of a day that a column shows, the lines of each, and how many more there are."""

    shown: list[tuple[Row, int]]
    hidden: int


def _fitting(view: View, day: date, body: int) -> _Fitting:
    """What *body* lines hold of a day, the row under the cursor among it."""
    rows = view.rows.get(day, [])
    for tall in (TALL, SHORT):
        tallest = [tall if isinstance(row, Post) else 1 for row in rows]
        if sum(tallest) <= body:
            return _Fitting(list(zip(rows, tallest, strict=True)), 0)
    # One line says how many there are more.
    room = body - 1
    at = next((at for at, row in enumerate(rows) if day == view.day and key_of(row) == view.key), 0)
    first = 0
    while first < at and sum(tallest[first : at + 1]) > room:
        first += 1
    last, used = first, 0
    while last < len(rows) and (last == first or used + tallest[last] <= room):
        used += tallest[last]
        last += 1
    shown = list(zip(rows[first:last], tallest[first:last], strict=True))
    return _Fitting(shown, len(rows) - len(shown))


def column_at(width: int, x: int) -> int:
    """Which of seven columns a cell lies in."""
    edges = accumulate(room + 1 for room in columns(width))
    return min(sum(1 for edge in edges if edge <= x), 6)


def place_in_column(view: View, day: date, y: int, height: int) -> Place:
    """What lies on line *y* of a day's column."""
    under = y - 2
    for row, tall in _fitting(view, day, height - 2).shown:
        if 0 <= under < tall:
            return Place(day, row)
        under -= tall
    return Place(day)


def _column(view: View, day: date, width: int, body: int) -> list[Line]:
    shown, hidden = _fitting(view, day, body)
    posts = view.posts(day)
    here = day == view.today
    mark = view.glyphs.cursor if here else " "
    style = "accent" if here else "bold"
    heading = [Piece(f"{mark}{formats.weekday(day)} {day.day}", style)]
    if here:
        heading.append(Piece(f" {_('today')}", "accent"))
    count = [Piece(f"{len(posts)} ", "dim")] if posts else []
    lines = [on_row(spread(heading, width, right=count), view.row(day) if not shown else "")]
    said: Line = [Piece(" ")]
    for note in notes(view, day):
        said += [note, Piece(" ")]
    lines.append(spread(said, width))
    for row, tall in shown:
        if isinstance(row, Post):
            lines += _post_cell(view, day, row, width, tall)
        else:
            lines.append(_slot_cell(view, day, row, width))
    if hidden > 0:
        lines = lines[: body + 1]
        lines += [[Piece(" " * width)]] * (body + 1 - len(lines))
        lines.append(spread([Piece(" " + _("+{n} more").format(n=hidden), "dim")], width))
    return (lines + [[Piece(" " * width)]] * (body + 2 - len(lines)))[: body + 2]


def _slot_cell(view: View, day: date, slot: Opening, width: int) -> Line:
    category = labels.category_code(slot.category) if slot.category else ""
    words = f"{formats.clock_time(slot.at, view.zone)} {view.glyphs.waiting} {_whose(slot)} {category}"
    return on_row(spread([Piece(words, "dim")], width), view.row(day, slot))


def _post_cell(view: View, day: date, post: Post, width: int, tall: int) -> list[Line]:
    late = lateness(post, view.now)
    mark, mark_style = post_row.mark(post.shown, late, view.glyphs)
    style = "dim" if is_over(post) else "base"
    trouble, trouble_style = post_row.when(post, late, view.now)
    if post.shown == "scheduled" and not late:
        trouble = ""  # when it goes out stands above
    first = [
        Piece(_time(view, post) + " ", "error" if late else style),
        Piece(mark + " ", mark_style),
        Piece(post_row.codes(post), "dim"),
    ]
    second = [Piece(fit(labels.category_code(post.category), 4) + " ", "dim")]
    if trouble:
        second.append(Piece(trouble + " ", trouble_style))
    words = literal(post.body)
    lines = [first, second]
    if tall == TALL:
        if not trouble:
            begun = wrap(words, max(width - width_of(second[0].text), 1))[0]
            second.append(Piece(begun, style))
            words = words[len(begun) :].lstrip()
        lines.append([Piece(words, style)])
    else:
        second.append(Piece(words, style))
    row = view.row(day, post)
    return [on_row(spread(line, width), row) for line in lines]


def about(view: View, row: Row | None, width: int) -> list[Line]:
    """Two lines on what is under the cursor, which a column only shows the beginning of."""
    if isinstance(row, Opening):
        told = [_("empty slot"), literal(row.account) if row.account else _("any account")]
        told += [labels.category(row.category)] if row.category else []
        line = [Piece(" " + formats.short_moment(row.at, view.zone), "bold"), Piece(" · " + " · ".join(told), "dim")]
        return [spread(line, width), spread([Piece(" " + _("Nothing goes out then yet; plan a post for it."))], width)]
    post = row
    if post is None or post.due_at is None:
        words = _("No posts on {day}. Plan one with: smdash post add").format(day=formats.date_words(view.day))
        return [spread([Piece(" " + words, "dim")], width), [Piece(" " * width)]]
    late = lateness(post, view.now)
    when, style = post_row.when(post, late, view.now)
    told = [literal(f"{platform}/{name}") for platform, name in post.accounts]
    told += [labels.category(post.category), labels.post_format(post.format), literal(post.author)]
    if post.campaign:
        told.append(literal(post.campaign))
    first = [
        Piece(" " + formats.short_moment(post.due_at, view.zone), "bold"),
        Piece(f" · {when}" if when else f" · {labels.state(post.shown)}", style if when else "success"),
        Piece(" · " + " · ".join(told), "dim"),
    ]
    return [spread(first, width), spread([Piece(" " + literal(post.body))], width)]
