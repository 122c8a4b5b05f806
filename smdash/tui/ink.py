"""From the pieces of a line to what the terminal gets, without the strips and segments that lie between elsewhere.

Looks and filters are asked once for each style of the palette; a text passes the filters itself where it is more than
plain ASCII, which no filter changes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.color import ColorSystem
from rich.segment import Segment
from rich.style import Style
from textual.color import Color

from smdash.tui.cells import width_of
from smdash.tui.widgets.lines import Line, Lines, Piece

if TYPE_CHECKING:
    from textual.filter import LineFilter

    from smdash.tui.app import DeskApp


BLACK = Color(0, 0, 0)


class Ink:
    """How pieces look in one theme, on one background, through the app's filters."""

    def __init__(self, host: DeskApp) -> None:
        self._host = host
        self._known: object = None
        self._grounds: dict[Lines, Color] = {}
        self._codes: dict[tuple[str, str], str] = {}
        self._filters: list[LineFilter] = []
        self._background: Color | None = None
        self._ground = Style.null()
        self._system = ColorSystem.TRUECOLOR

    def begin(self) -> None:
        """Begin a picture: the theme and the filters may be others than in the last one."""
        host = self._host
        found = (host.palette, list(host.get_line_filters()))
        if self._known != found:
            self._known = found
            self._filters = found[1]
            self._grounds = {}
            self._codes = {}
            self._system = host.console._color_system or ColorSystem.TRUECOLOR

    def _take(self, widget: Lines) -> None:
        background = self._grounds.get(widget)
        if background is None:
            background = self._grounds[widget] = widget.background_colors[1]
        if background != self._background:
            self._codes = {}
            self._background = background
            self._ground = Style(bgcolor=background.rich_color)

    def draw(self, widget: Lines, line: Line) -> str:
        """The line as a terminal understands it; stretches of one look are put together."""
        self._take(widget)
        out: list[str] = []
        active = None
        for piece in line:
            text = piece.text
            if piece.link or not (text.isascii() and text.isprintable()):
                codes, text = self._filtered(widget, piece)
            else:
                codes = self._plain(widget, piece)
            if codes != active:
                if active is not None:
                    out.append("\x1b[0m")
                out.append(f"\x1b[{codes}m")
                active = codes
            out.append(text)
        if active is not None:
            out.append("\x1b[0m")
        return "".join(out)

    def _plain(self, widget: Lines, piece: Piece) -> str:
        key = (piece.style, piece.row)
        found = self._codes.get(key)
        if found is None:
            found = self._codes[key] = self._filtered(widget, piece)[0]
        return found

    def _filtered(self, widget: Lines, piece: Piece) -> tuple[str, str]:
        """The codes of its look, and the text (in its link, where it has one)."""
        segments = [Segment(piece.text, self._ground + widget.style_of(piece))]
        for one in self._filters:
            segments = one.apply(segments, self._background or BLACK)
        text = "".join(segment.text for segment in segments)
        style = segments[0].style or Style.null()
        codes = style._make_ansi_codes(self._system)
        if style.link:
            text = f"\x1b]8;id={style.link_id};{style.link}\x1b\\{text}\x1b]8;;\x1b\\"
        return codes, text


def cut(line: Line, first: int, end: int) -> tuple[int, Line]:
    """The whole pieces that hold the cells from *first* to before *end*, and the cell where they begin."""
    at = start = 0
    found: Line = []
    for piece in line:
        after = at + width_of(piece.text)
        if after > first and at < end:
            if not found:
                start = at
            found.append(piece)
        at = after
    return start, found
