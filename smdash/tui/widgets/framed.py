"""A reader that takes all the room: one picture in a frame, made anew when anything moved and kept until then."""

from __future__ import annotations

from smdash.tui.widgets.lines import Line, Piece, spread
from smdash.tui.widgets.reading import Reading


class Framed(Reading, can_focus=True):
    """Subclasses say what stands in the frame's title and inside."""

    def __init__(self) -> None:
        super().__init__()
        self._picture: list[Line] | None = None

    def parts(self, width: int, height: int) -> tuple[Line, list[Line]]:
        """The title, and *height* lines of *width* cells."""
        raise NotImplementedError  # each one's own; ABCMeta can't stand beside Textual's private metaclass

    def watch_has_focus(self, _has_focus: bool) -> None:
        super().watch_has_focus(_has_focus)
        self.redraw()

    def redraw_lines(self, lines: range | list[int]) -> None:
        self._picture = None
        super().redraw_lines(lines)

    def repaint(self) -> None:
        self._picture = None
        super().repaint()

    def on_resize(self) -> None:
        self.redraw()

    def make_line(self, y: int) -> Line:
        width, height = self.size
        if self._picture is None or len(self._picture) != height or self._drawn_size != self.size:
            self._picture = self._make(width, height)
        return self._picture[y] if y < len(self._picture) else [Piece(" " * width)]

    def _make(self, width: int, height: int) -> list[Line]:
        if width <= 2 or height <= 2:
            return [[Piece(" " * width)]] * height
        style = "border_focus" if self.has_focus else "border"
        glyphs = self.glyphs
        words, inside = self.parts(width - 2, height - 2)
        title = [Piece(f"{glyphs.top_left} ", style), *words, Piece(" ", style)]
        top = spread(title, width, right=[Piece(glyphs.top_right, style)], fill=glyphs.across, style=style)
        bottom = [Piece(f"{glyphs.bottom_left}{glyphs.across * (width - 2)}{glyphs.bottom_right}", style)]
        side = Piece(glyphs.down, style)
        return [top, *([side, *line, side] for line in inside), bottom][:height]
