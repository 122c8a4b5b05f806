"""A pane: a titled box with rows that have keys, a cursor, marks and a filter.

Rows are patched by key: whatever arrives, the cursor, the scroll, the marks and the filter stay where they were.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import ClassVar

from textual import events
from textual.message import Message

from smdash.core.formats import short_age
from smdash.core.text import safe_link
from smdash.locale import gettext as _
from smdash.tui.actions import bindings
from smdash.tui.cells import fit, literal
from smdash.tui.widgets.lines import Line, Piece, spread, wrap
from smdash.tui.widgets.reading import Reading
from smdash.tui.widgets.rows import Item, Rows

# How many drawn rows are kept at most.
MOST_PICTURES = 400


class Pane(Reading, can_focus=True):
    """One of the four panes. Subclasses read a snapshot in another thread and draw its rows."""

    BINDINGS = bindings("lists")

    number: ClassVar[int]
    topics: ClassVar[frozenset[str]]
    row_height: ClassVar[int] = 1
    # Lines above the rows that don't scroll with them.
    head_lines: ClassVar[int] = 0
    # Whether a row's picture depends on its item, the marks and the clock alone, so that the same items need no look.
    rows_say_all: ClassVar[bool] = False

    class Opened(Message):
        """A row was chosen to be seen whole."""

        def __init__(self, pane: Pane, key: Hashable) -> None:
            super().__init__()
            self.pane = pane
            self.key = key

    def __init__(self) -> None:
        super().__init__()
        self.rows = Rows(0, 0, ())
        self.cursor = 0
        self.top = 0
        self.marks: set[Hashable] = set()
        self.filter_text = ""
        self._range_from: Hashable | None = None
        self._index: dict[Hashable, int] = {}
        # Rows as they were drawn since the clock last moved on.
        self._pictures: dict[Hashable, tuple[object, Line]] = {}

    # What subclasses say (Textual's metaclass leaves no room for ABC's).

    def name_words(self) -> str:
        """The pane's name, as its title shows it."""
        raise NotImplementedError  # each pane's own; ABCMeta can't stand beside Textual's private metaclass

    def title_counts(self) -> Line:
        """The news of the title: short texts with their styles."""
        return []

    def empty_words(self) -> str:
        """One sentence on what fills the pane and which key or command does."""
        raise NotImplementedError  # each pane's own; ABCMeta can't stand beside Textual's private metaclass

    def draw(self, item: Item, width: int, line: int, marked: bool) -> Line:
        """The pieces of a row's line (0 for the first), together *width* cells."""
        raise NotImplementedError  # each pane's own; ABCMeta can't stand beside Textual's private metaclass

    def head(self, width: int) -> Line:
        """The line above the rows, where there is one: the names of the columns."""
        return [Piece(" " * width)]

    def wants_seconds(self) -> bool:
        """Whether the pane shows something that changes every second."""
        return False

    def beside_words(self, item: Item) -> str:
        """What stands on a row and is no part of its item."""
        return ""

    def text_of(self, item: Item) -> str:
        """What copying a row gives."""
        return ""

    def link_of(self, item: Item) -> str | None:
        """The address that a row leads to."""
        return None

    def set_rows(self, rows: Rows, onto: Hashable | None = None) -> None:
        """Show other rows; the cursor stays on its key and its line of the screen, or goes *onto* another row."""
        before = self._picture()
        key = self.cursor_key
        self.rows = rows
        self._index = {item.key: rows.start + at for at, item in enumerate(rows.items) if item.key is not None}
        if key is not None and key in self._index:
            found = self._index[key]
        elif rows.gone_at is not None:
            found = rows.gone_at
        else:
            found = self.cursor
        line = self.cursor - self.top
        self.cursor = self._selectable(min(found, max(rows.total - 1, 0)), 1)
        self.top = self._held_top(self.cursor - line)
        if onto is not None and onto in self._index:
            self._place(self._index[onto], 1)
        if self.rows_say_all and self._picture() == before:
            self.redraw_lines([0])
        else:
            self.redraw()

    def _picture(self) -> tuple[object, ...]:
        """What the rows on screen are drawn from, beside the clock."""
        shown = [self.item_at(at) for at in range(self.top, self.top + self.visible_rows)]
        return self.cursor, self.top, shown, self._thumb_lines()

    # Geometry.

    @property
    def is_open(self) -> bool:
        return self.size.height > 2

    @property
    def visible_rows(self) -> int:
        return max((self.size.height - 2 - self.head_lines) // self.row_height, 1)

    def _held_top(self, top: int) -> int:
        """A top that keeps the cursor in sight and leaves no empty space below the last row."""
        shown = self.visible_rows
        top = min(top, max(self.rows.total - shown, 0))
        top = min(max(top, self.cursor - shown + 1), self.cursor)
        return max(top, 0)

    def item_at(self, index: int) -> Item | None:
        at = index - self.rows.start
        return self.rows.items[at] if 0 <= at < len(self.rows.items) else None

    @property
    def cursor_item(self) -> Item | None:
        return self.item_at(self.cursor)

    @property
    def cursor_key(self) -> Hashable | None:
        return self.cursor_item.key if self.cursor_item else None

    def _selectable(self, index: int, step: int) -> int:
        """The nearest row with a key, first in the direction of *step*."""
        for direction in (step, -step):
            at = index
            while 0 <= at < self.rows.total:
                item = self.item_at(at)
                if item is None or item.key is not None:
                    return at
                at += direction
        return index

    # Movement.

    def move_to(self, index: int, step: int = 1) -> None:
        """Put the cursor on a row; a list that must scroll does so by half a page, which costs fewer bytes."""
        if not self.rows.total:
            return
        old, old_top = self.cursor, self.top
        self._place(index, step)
        if self.top != old_top:
            self.redraw()
        elif self.cursor != old:
            self.redraw_lines([*self._lines_of(old), *self._lines_of(self.cursor)])
        if self.cursor != old:
            self.moved()

    def _place(self, index: int, step: int) -> None:
        self.cursor = self._selectable(min(max(index, 0), self.rows.total - 1), step)
        shown = self.visible_rows
        if not self.top <= self.cursor < self.top + shown:
            half = max(shown // 2, 1)
            wanted = self.cursor - shown + half if self.cursor > self.top else self.cursor - half + 1
            self.top = self._held_top(wanted)

    def moved(self) -> None:
        """The cursor is on another row now."""

    def _lines_of(self, index: int) -> range:
        first = 1 + self.head_lines + (index - self.top) * self.row_height
        return range(first, first + self.row_height)

    def action_move(self, step: int) -> None:
        self.move_to(self.cursor + step, step)

    def action_jump(self, where: int) -> None:
        self.move_to(0 if where < 0 else self.rows.total - 1, -where)

    def action_half(self, direction: int) -> None:
        self.move_to(self.cursor + direction * max(self.visible_rows // 2, 1), direction)

    def action_open(self) -> None:
        if self.cursor_key is not None:
            self.post_message(self.Opened(self, self.cursor_key))

    # Marks.

    def action_mark(self) -> None:
        key = self.cursor_key
        if key is None:
            return
        self.marks.symmetric_difference_update({key})
        self._range_from = key if key in self.marks else None
        self.redraw_lines([0, *self._lines_of(self.cursor)])
        self.action_move(1)

    def action_mark_range(self) -> None:
        here = self.cursor
        start = self._index.get(self._range_from, here)
        for at in range(min(start, here), max(start, here) + 1):
            if (item := self.item_at(at)) is not None and item.key is not None:
                self.marks.add(item.key)
        self._range_from = self.cursor_key
        self.redraw()

    def action_mark_all(self) -> None:
        keys = {item.key for item in self.rows.items if item.key is not None}
        self.marks = set() if keys <= self.marks else keys | self.marks
        self.redraw()

    def chosen_keys(self) -> list[Hashable]:
        """The marked rows in the list's order, or the cursor's."""
        if self.marks:
            return sorted(self.marks, key=lambda key: self._index.get(key, -1))
        return [self.cursor_key] if self.cursor_key is not None else []

    # Filter, copying, links.

    def set_filter(self, text: str) -> None:
        """Show only rows with these words; an empty text shows all."""
        if text != self.filter_text:
            self.filter_text = text
            self.filter_changed()

    def filter_changed(self) -> None:
        self.reload()

    def action_filter(self) -> None:
        self.host.desk.open_filter()

    def action_clear(self) -> None:
        if self.marks:
            self.marks.clear()
            self.redraw()
        elif self.filter_text:
            self.set_filter("")
        else:
            self.host.desk.unzoom()

    def action_copy(self) -> None:
        if item := self.cursor_item:
            self.host.copy_to_clipboard(self.text_of(item))
            self.host.say(_("copied"))

    def action_link(self) -> None:
        item = self.cursor_item
        link = safe_link(self.link_of(item)) if item else None
        if link is None:
            self.host.say(_("this row has no link"))
        else:
            self.host.open_link(link)

    # Mouse.

    def on_click(self, event: events.Click) -> None:
        self.focus()
        if not self.is_open or not self.head_lines < event.y < self.size.height - 1:
            return
        index = self.top + (event.y - 1 - self.head_lines) // self.row_height
        item = self.item_at(index)
        if item is None or item.key is None:
            return
        if index == self.cursor and event.chain > 1:
            self.action_open()
        else:
            self.move_to(index)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self.action_move(3)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self.action_move(-3)

    def watch_has_focus(self, _has_focus: bool) -> None:
        super().watch_has_focus(_has_focus)
        self.redraw()

    def on_resize(self) -> None:
        top = self._held_top(self.top)
        if top != self.top:
            self.top = top
            self.redraw()

    # Drawing.

    def tick(self) -> None:
        """The clock moved on: ages and countdowns are drawn anew where they changed."""
        self._pictures.clear()
        self.redraw()

    def second(self) -> None:
        """A second passed, and something here counts them."""
        self.tick()

    def make_line(self, y: int) -> Line:
        width, height = self.size
        if not self.is_open:
            return spread([Piece("  ", "dim"), *self._title("dim")], width)
        style = "border_focus" if self.has_focus else "border"
        glyphs = self.glyphs
        if y == 0:
            title = [Piece(f"{glyphs.top_left} ", style), *self._title("bold"), Piece(" ", style)]
            corner = [Piece(glyphs.top_right, style)]
            return spread(title, width, right=corner, fill=glyphs.across, style=style)
        if y == height - 1:
            inside = glyphs.across * (width - 2)
            return [Piece(f"{glyphs.bottom_left}{inside}{glyphs.bottom_right}", style)]
        right = glyphs.thumb if y in self._thumb_lines() else glyphs.down
        return [Piece(glyphs.down, style), *self._row_line(y - 1, width - 2), Piece(right, style)]

    def _title(self, style: str) -> Line:
        line = [Piece(f"{self.number} {self.name_words()}", style)]
        if self.filter_text:
            line.append(Piece(f" · /{literal(self.filter_text)}", "accent"))
        if self.marks:
            line.append(Piece(" · " + _("{n} marked").format(n=len(self.marks)), "accent"))
        for piece in self.title_counts():
            line += [Piece(" · ", "dim"), piece]
        if self._failed_since is not None:
            age = short_age(self.now - self._failed_since)
            line.append(Piece(" · " + _("not fresh, {age}").format(age=age), "warning"))
        return line

    def _row_line(self, y: int, width: int) -> Line:
        if not self.rows.total:
            return self._empty_line(y, width)
        if y < self.head_lines:
            return self.head(width)
        y -= self.head_lines
        index = self.top + y // self.row_height
        item = self.item_at(index) if index < self.rows.total else None
        if item is None:
            return [Piece(" " * width)]
        pieces = self._row_pieces(item, width, y % self.row_height, item.key in self.marks)
        if index == self.cursor and item.key is not None and self.has_focus:
            return [piece._replace(row="cursor") for piece in pieces]
        return pieces

    def _row_pieces(self, item: Item, width: int, line: int, marked: bool) -> Line:
        """A row's line; most rows move up or down unchanged, and those are not drawn again."""
        if not self.rows_say_all or item.key is None:
            return self.draw(item, width, line, marked)
        picture_of = (item.data, width, marked, self.host.backend.actor, self.beside_words(item))
        kept = self._pictures.get((item.key, line))
        if kept is not None and kept[0] == picture_of:
            return kept[1]
        if len(self._pictures) > MOST_PICTURES:
            self._pictures.clear()
        pieces = self.draw(item, width, line, marked)
        self._pictures[item.key, line] = (picture_of, pieces)
        return pieces

    def _empty_line(self, y: int, width: int) -> Line:
        lines = wrap(self.empty_words(), width - 4)
        at = y - max((self.size.height - 2 - len(lines)) // 2, 0)
        text = lines[at] if 0 <= at < len(lines) else ""
        return [Piece(fit("  " + text, width), "dim")]

    def _thumb_lines(self) -> range:
        """The lines on which the right border shows the scroll position."""
        shown, total = self.visible_rows, self.rows.total
        if total <= shown:
            return range(0)
        inside = self.size.height - 2
        size = max(inside * shown // total, 1)
        start = round((inside - size) * self.top / max(total - shown, 1)) + 1
        return range(start, start + size)
