"""Single lines of styled words: one across the screen, and one that stands alone."""

from __future__ import annotations

from smdash.tui.widgets.lines import Line, Lines, Piece, spread


class Rule(Lines):
    """A line across with words in it."""

    DEFAULT_CSS = "Rule { height: 1; }"

    def __init__(self) -> None:
        super().__init__()
        self.pieces: Line = []

    def show(self, pieces: Line) -> None:
        """Show these words."""
        self.pieces = pieces
        self.redraw()

    def make_line(self, y: int) -> Line:
        across = self.host.glyphs.across
        line = [Piece(across * 2 + " ", "border"), *self.pieces, Piece(" ", "border")]
        return spread(line, self.size.width, fill=across, style="border")


class Counts(Lines):
    """The room that each account has left."""

    DEFAULT_CSS = "Counts { height: 1; }"

    def __init__(self) -> None:
        super().__init__()
        self.pieces: Line = []

    def show(self, pieces: Line) -> None:
        """Show these."""
        self.pieces = pieces
        self.redraw()

    def make_line(self, y: int) -> Line:
        return spread([Piece(" "), *self.pieces], self.size.width)
