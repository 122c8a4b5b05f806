"""A text that is read: paragraphs wrapped at the width, scrolled by lines."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType

from smdash.tui.cells import literal
from smdash.tui.widgets.lines import Line, Lines, Piece, spread, wrap


class Document(Lines, can_focus=True):
    """Styled paragraphs; a paragraph is one text of one style and may hold line feeds."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j,down", "scroll(1)", show=False),
        Binding("k,up", "scroll(-1)", show=False),
        Binding("ctrl+d,pagedown", "scroll(10)", show=False),
        Binding("ctrl+u,pageup", "scroll(-10)", show=False),
        Binding("g,home", "scroll(-1000000)", show=False),
        Binding("G,end", "scroll(1000000)", show=False),
    ]

    def __init__(self, title: str = "", paragraphs: list[Piece] | None = None) -> None:
        super().__init__()
        self._title = title
        self._paragraphs = paragraphs or []
        self._wrapped: list[Piece] = []
        self._wrapped_for = -1
        self._top = 0

    def show(self, title: str, paragraphs: list[Piece], *, keep_place: bool = False) -> None:
        """Show another text."""
        self._title, self._paragraphs = title, paragraphs
        self._wrapped_for = -1
        if not keep_place:
            self._top = 0
        self.redraw()

    def action_scroll(self, step: int) -> None:
        most = max(len(self._lines()) - (self.size.height - 2), 0)
        top = min(max(self._top + step, 0), most)
        if top != self._top:
            self._top = top
            self.redraw()

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self.action_scroll(3)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self.action_scroll(-3)

    def _lines(self) -> list[Piece]:
        width = max(self.size.width - 4, 10)
        if self._wrapped_for != width:
            self._wrapped = [
                paragraph._replace(text=text) for paragraph in self._paragraphs for text in wrap(paragraph.text, width)
            ]
            self._wrapped_for = width
        return self._wrapped

    def make_line(self, y: int) -> Line:
        width, height = self.size
        glyphs = self.host.glyphs
        if y == 0:
            title = [Piece(f"{glyphs.top_left} ", "border_focus"), Piece(literal(self._title) + " ", "bold")]
            return spread(
                title, width, right=[Piece(glyphs.top_right, "border_focus")], fill=glyphs.across, style="border_focus"
            )
        if y == height - 1:
            more = len(self._lines()) - self._top - (height - 2)
            tail = f" +{more} {glyphs.bottom_right}" if more > 0 else glyphs.bottom_right
            return spread(
                [Piece(glyphs.bottom_left, "border_focus")],
                width,
                right=[Piece(tail, "border_focus")],
                fill=glyphs.across,
                style="border_focus",
            )
        lines = self._lines()
        at = self._top + y - 1
        piece = lines[at] if at < len(lines) else Piece("")
        return [
            Piece(glyphs.down + " ", "border_focus"),
            *spread([piece], width - 4),
            Piece(" " + glyphs.down, "border_focus"),
        ]
