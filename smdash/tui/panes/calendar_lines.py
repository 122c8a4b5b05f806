"""How weeks and months are drawn: columns where there is room for seven, a list by day where there is not."""

from __future__ import annotations

from datetime import date, datetime, tzinfo
from itertools import accumulate
from typing import NamedTuple

from smdash.core import formats, labels
from smdash.core.calendar import hours_of
from smdash.core.posts import is_over, lateness
from smdash.core.records import Post
from smdash.locale import gettext as _
from smdash.locale import ngettext
from smdash.tui.cells import Glyphs, fit, literal, width_of
from smdash.tui.panes import post_row
from smdash.tui.widgets.lines import Line, Piece, spread, wrap

# Cells of "late 2h 35m" in either language.
WHEN_WIDTH = 12
# Lines of a post in a column: two, and a third one for its words where all of the day have room for it.
TALL, SHORT = 3, 2
# What needs a person first, what is over last.
_ORDER = ("error", "warning", "accent", "base", "dim", "success")


class View(NamedTuple):
    """All that is drawn: the posts of each day, where the cursor is, and what the days are called."""

    posts: dict[date, list[Post]]
    holidays: dict[date, str]
    day: date
    key: int | None
    today: date
    now: datetime
    zone: tzinfo
    glyphs: Glyphs
    focused: bool

    def row(self, day: date, post: Post | None = None) -> str:
        """The style of the row that this lies on."""
        here = day == self.day and (post.id if post else None) == self.key
        return "cursor" if here and self.focused else "cursor_quiet" if here else ""


def on_row(line: Line, row: str) -> Line:
    """The same line lying on that row."""
    return [piece._replace(row=row) for piece in line] if row else line


def notes(view: View, day: date) -> Line:
    """What there is to know of a day: that it is off, and that the clocks change."""
    found: Line = []
    if day in view.holidays:
        found.append(Piece(literal(view.holidays[day]) or _("holiday"), "warning"))
    hours = hours_of(day, view.zone)
    if hours != 24:
        found.append(Piece(_("{n} hours").format(n=f"{hours:g}"), "warning"))
    return found


def day_heading(view: View, day: date, width: int) -> Line:
    """The whole line of a day: its date, whether it is today or off, and how many posts it has."""
    posts = view.posts.get(day, [])
    here = day == view.today
    mark = view.glyphs.cursor if here else " "
    line = [Piece(mark, "accent"), Piece(formats.date_words(day), "accent" if here else "bold")]
    if here:
        line.append(Piece(" · " + _("today"), "accent"))
    for note in notes(view, day):
        line += [Piece(" · ", "dim"), note]
    count = ngettext("{n} post", "{n} posts", len(posts)).format(n=len(posts)) if posts else _("no posts")
    line.append(Piece(f" · {count}", "dim"))
    return on_row(spread(line, width), view.row(day) if not posts else "")


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
    """A day, and a post of it where that is meant."""

    day: date
    post: Post | None = None


def list_places(view: View, days: list[date], height: int) -> tuple[list[Place], int]:
    """What each line of a list of days shows, so much of it that the cursor is in sight; and how many are below.

    It scrolls by half pages, which costs fewer bytes.
    """
    places: list[Place] = []
    first = last = 0
    for day in days:
        posts = view.posts.get(day, [])
        if day == view.day:
            # The heading belongs to a cursor on the first post.
            first = len(places)
            at = next((at for at, post in enumerate(posts) if post.id == view.key), None)
            last = first if at is None else first + at + 1
            first = first if not at else last
        places.append(Place(day))
        places += [Place(day, post) for post in posts]
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
    """Days with their posts below each other."""
    shown, below = list_places(view, days, height)
    lines = [
        post_line(view, day, post, width) if post is not None else day_heading(view, day, width) for day, post in shown
    ]
    if below:
        lines.append(spread([Piece(" " + _("+{n} more").format(n=below), "dim")], width))
    return lines + [[Piece(" " * width)]] * (height - len(lines))


# A week in columns.


def columns(width: int) -> list[int]:
    """The widths of seven columns with a line between each two."""
    each, rest = divmod(width - 6, 7)
    return [each + (at < rest) for at in range(7)]


def week_columns(view: View, days: list[date], width: int, height: int) -> list[Line]:
    """Seven days beside each other."""
    body = height - 2
    made = [_column(view, day, room, body) for day, room in zip(days, columns(width), strict=True)]
    return [_beside([column[y] for column in made], view.glyphs) for y in range(height)]


def _beside(cells: list[Line], glyphs: Glyphs) -> Line:
    line = list(cells[0])
    for cell in cells[1:]:
        line += [Piece(glyphs.down, "border"), *cell]
    return line


def _fitting(view: View, day: date, body: int) -> tuple[list[Post], int, int, int]:
    """The posts of a day, the lines of each, how many *body* lines hold, and the first of them that is shown."""
    posts = view.posts.get(day, [])
    tall = TALL if len(posts) * TALL <= body else SHORT
    fits = body // tall
    if len(posts) <= fits:
        return posts, tall, fits, 0
    # One line says how many there are more.
    fits = max((body - 1) // tall, 1)
    at = next((at for at, post in enumerate(posts) if day == view.day and post.id == view.key), 0)
    return posts, tall, fits, max(at - fits + 1, 0)


def column_at(width: int, x: int) -> int:
    """Which of seven columns a cell lies in."""
    edges = accumulate(room + 1 for room in columns(width))
    return min(sum(1 for edge in edges if edge <= x), 6)


def place_in_column(view: View, day: date, y: int, height: int) -> Place:
    """What lies on line *y* of a day's column."""
    posts, tall, fits, top = _fitting(view, day, height - 2)
    at = top + (y - 2) // tall
    return Place(day, posts[at] if y >= 2 and top <= at < min(top + fits, len(posts)) else None)


def _column(view: View, day: date, width: int, body: int) -> list[Line]:
    posts, tall, fits, top = _fitting(view, day, body)
    here = day == view.today
    mark = view.glyphs.cursor if here else " "
    style = "accent" if here else "bold"
    heading = [Piece(f"{mark}{formats.weekday(day)} {day.day}", style)]
    if here:
        heading.append(Piece(f" {_('today')}", "accent"))
    count = [Piece(f"{len(posts)} ", "dim")] if posts else []
    lines = [on_row(spread(heading, width, right=count), view.row(day) if not posts else "")]
    said: Line = [Piece(" ")]
    for note in notes(view, day):
        said += [note, Piece(" ")]
    lines.append(spread(said, width))
    for post in posts[top : top + fits]:
        lines += _post_cell(view, day, post, width, tall)
    hidden = len(posts) - fits
    if hidden > 0:
        lines = lines[: body + 1]
        lines += [[Piece(" " * width)]] * (body + 1 - len(lines))
        lines.append(spread([Piece(" " + _("+{n} more").format(n=hidden), "dim")], width))
    return (lines + [[Piece(" " * width)]] * (body + 2 - len(lines)))[: body + 2]


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


# A month.


def month_grid(view: View, weeks: list[list[date]], width: int, tall: int) -> list[Line]:
    """The days of a month by weeks, each with its number of posts and those of each state; *tall* lines a week."""
    widths = columns(width)
    lines = [
        _beside(
            [
                spread([Piece(" " + formats.weekday(day), "dim")], room)
                for day, room in zip(weeks[0], widths, strict=True)
            ],
            view.glyphs,
        )
    ]
    for week in weeks:
        cells = [_month_cell(view, day, room, tall) for day, room in zip(week, widths, strict=True)]
        lines += [_beside([cell[y] for cell in cells], view.glyphs) for y in range(tall)]
    return lines


def _month_cell(view: View, day: date, width: int, tall: int) -> list[Line]:
    posts = view.posts.get(day, [])
    here = day == view.today
    style = "accent" if here else "base" if day.month == view.day.month else "dim"
    mark = view.glyphs.cursor if here else " "
    first = [Piece(f"{mark}{day.day:2}", style)]
    if day in view.holidays:
        first.append(Piece(view.glyphs.star, "warning"))
    lines = [spread(first, width, right=[Piece(f"{len(posts)} ", "dim")] if posts else None)]
    states: Line = [Piece(" ")]
    room = width - 1
    for text, state_style in _counts(view, posts):
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


def about(view: View, post: Post | None, width: int) -> list[Line]:
    """Two lines on the post under the cursor, which a column only shows the beginning of."""
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
