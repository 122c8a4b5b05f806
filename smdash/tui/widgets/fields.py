"""Fields with their values, a line each: moved through and opened as the rows of a list are."""

from __future__ import annotations

from typing import ClassVar, NamedTuple

from textual import events
from textual.binding import BindingType
from textual.message import Message

from smdash.tui.actions import binding
from smdash.tui.cells import fit, literal, width_of
from smdash.tui.widgets.lines import Line, Lines, Piece, spread


class Field(NamedTuple):
    """A line: what it is called, and what stands there."""

    key: str
    label: str
    value: str
    style: str = "base"


class Fields(Lines, can_focus=True):
    """The cursor stays on its field, whatever comes or goes around it."""

    DEFAULT_CSS = "Fields { height: auto; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        binding(one) for one in ("list.down", "list.up", "list.top", "list.bottom", "list.open")
    ]

    class Opened(Message):
        """Enter, or a click, on a field."""

        def __init__(self, key: str) -> None:
            super().__init__()
            self.key = key

    def __init__(self) -> None:
        super().__init__()
        self.fields: list[Field] = []
        self.at = 0
        self.top = 0

    def show(self, fields: list[Field]) -> None:
        """Show these."""
        key = self.fields[self.at].key if self.at < len(self.fields) else None
        taller = len(fields) != len(self.fields)
        self.fields = fields
        self.at = next((at for at, one in enumerate(fields) if one.key == key), min(self.at, max(len(fields) - 1, 0)))
        if taller:
            self.styles.height = len(fields)
        self._move_to(self.at)

    def go(self, key: str) -> None:
        """Put the cursor on a field."""
        self._move_to(next((at for at, one in enumerate(self.fields) if one.key == key), self.at))

    def _move_to(self, at: int) -> None:
        self.at = min(max(at, 0), max(len(self.fields) - 1, 0))
        height = max(self.size.height, 1)
        self.top = min(max(self.top, self.at - height + 1), self.at)
        self.redraw()

    def action_move(self, step: int) -> None:
        self._move_to(self.at + step)

    def action_jump(self, where: int) -> None:
        self._move_to(0 if where < 0 else len(self.fields) - 1)

    def action_open(self) -> None:
        if self.fields:
            self.post_message(self.Opened(self.fields[self.at].key))

    def on_click(self, event: events.Click) -> None:
        at = self.top + event.y
        if at < len(self.fields):
            self.focus()
            self._move_to(at)
            self.action_open()

    def on_resize(self) -> None:
        self._move_to(self.at)

    def watch_has_focus(self, _has_focus: bool) -> None:
        super().watch_has_focus(_has_focus)
        self.redraw()

    def make_line(self, y: int) -> Line:
        width = self.size.width
        at = self.top + y
        if at >= len(self.fields):
            return [Piece(" " * width)]
        one = self.fields[at]
        row = "cursor" if at == self.at and self.has_focus else ""
        label = max((width_of(field.label) for field in self.fields), default=0) + 2
        line = [
            Piece(" " + fit(one.label, label), "dim", row),
            Piece(fit(literal(one.value), max(width - label - 2, 1)) + " ", one.style, row),
        ]
        return spread(line, width)
