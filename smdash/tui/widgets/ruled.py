"""A single line of styled words, alone or with a line across behind them."""

from __future__ import annotations

from smdash.tui.widgets.lines import Line, Lines, Piece, spread


class Ruled(Lines):
    """``across``: a line goes from one side to the other, and the words stand in it."""

    DEFAULT_CSS = "Ruled { height: 1; }"

    def __init__(self, *, across: bool = False) -> None:
        super().__init__()
        self._across = across
        self.pieces: Line = []

    def show(self, pieces: Line) -> None:
        """Show these words."""
        self.pieces = pieces
        self.redraw()

    def make_line(self, y: int) -> Line:
        if not self._across:
            return spread([Piece(" "), *self.pieces], self.size.width)
        across = self.host.glyphs.across
        line = [Piece(across * 2 + " ", "border"), *self.pieces, Piece(" ", "border")]
        return spread(line, self.size.width, fill=across, style="border")
