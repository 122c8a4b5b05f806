"""A widget made of lines of styled pieces, which repaints only the cells that changed.

Over ssh bytes are what a person feels, so every line is compared with the one on screen and only the differing
stretch is sent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region, Size
from textual.strip import Strip
from textual.widget import Widget

from smdash.core.text import clean, safe_link
from smdash.tui.cells import CONTROL, fit, steady, width_of
from smdash.tui.host import Hosted

if TYPE_CHECKING:
    from smdash.tui.theme import Palette


class Piece(NamedTuple):
    """Some text and the name of its style in the palette; ``row`` is the style of the row it lies on, ``link`` an
    address that the terminal may open (OSC 8).
    """

    text: str
    style: str = "base"
    row: str = ""
    link: str = ""


Line = list[Piece]


def changed_span(old: Line, new: Line) -> tuple[int, int]:
    """The first cell that differs and the one after the last; equal lines give an empty span."""
    if old == new:
        return 0, 0
    first = 0
    shared = 0
    for before, after in zip(old, new, strict=False):
        if before != after:
            break
        first += width_of(after.text)
        shared += 1
    end = max(sum(width_of(piece.text) for piece in old), sum(width_of(piece.text) for piece in new))
    tail = min(len(old), len(new)) - shared
    for before, after in zip(reversed(old), reversed(new), strict=False):
        if tail <= 0 or before != after:
            break
        end -= width_of(after.text)
        tail -= 1
    return first, end


def spread(pieces: Line, width: int, *, right: Line | None = None, fill: str = " ", style: str = "base") -> Line:
    """The pieces cut or filled to *width* cells, with others at the right edge."""
    tail = right or []
    tail_width = sum(width_of(piece.text) for piece in tail)
    if tail_width > width:
        tail, tail_width = [], 0
    room = width - tail_width
    line: Line = []
    for piece in pieces:
        size = width_of(piece.text)
        if size > room:
            if room > 0:
                line.append(piece._replace(text=fit(piece.text, room)))
            room = 0
            break
        line.append(piece)
        room -= size
    if room > 0:
        line.append(Piece(fill * room, style))
    return line + tail


class Lines(Hosted, Widget):
    """Base of everything that smdash draws itself."""

    DEFAULT_CSS = ""

    def __init__(self) -> None:
        super().__init__()
        self._drawn: list[Line] = []
        self._drawn_size: Size | None = None
        self._styles: dict[tuple[str, str], Style] = {}
        self._styles_of: Palette | None = None

    @property
    def size(self) -> Size:
        """The cells to draw on. Without borders and padding that is the whole widget, which Textual keeps at hand;

        its own way to say so asks the screen for the widget's place, for every line anew.
        """
        return self._size

    def make_line(self, y: int) -> Line:
        """The pieces of line *y*, together as wide as the widget."""
        raise NotImplementedError  # each widget's own; ABCMeta can't stand beside Textual's private metaclass

    def redraw(self) -> None:
        """Compare every line with what is on screen and repaint the difference."""
        self.redraw_lines(range(self.size.height))

    def redraw_lines(self, lines: range | list[int]) -> None:
        """Like ``redraw``, for some lines only."""
        if not self.is_attached:
            # What was read meanwhile comes to a desk that is being left.
            return
        if self._drawn_size != self.size:
            # What is hidden has no size: a line made for that must not stand among those of the size that comes back.
            self.repaint()
            return
        regions: list[Region] = []
        for y in lines:
            if not 0 <= y < len(self._drawn):
                continue
            line = self.make_line(y)
            first, end = changed_span(self._drawn[y], line)
            if end > first:
                self._drawn[y] = line
                regions.append(Region(first, y, end - first, 1))
        if regions:
            self.refresh(*regions)

    def render_line(self, y: int) -> Strip:
        if self._drawn_size != self.size:
            self._drawn = [self.make_line(line) for line in range(self.size.height)]
            self._drawn_size = self.size
        if y >= len(self._drawn):
            return Strip.blank(self.size.width)
        line = self._drawn[y]
        return Strip([Segment(literal_piece(piece.text), self.style_of(piece)) for piece in line], self.size.width)

    def drawn_line(self, y: int) -> Line | None:
        """Line *y* as it is meant to stand on the screen; nothing where the widget is to be drawn as a whole."""
        return self._drawn[y] if self._drawn_size == self._size and y < len(self._drawn) else None

    def style_of(self, piece: Piece) -> Style:
        """How the piece looks in the present theme."""
        palette = self.host.palette
        if self._styles_of is not palette:
            self._styles = {}
            self._styles_of = palette
        key = (piece.style, piece.row)
        found = self._styles.get(key)
        if found is None:
            found = palette.style(piece.style)
            if piece.row:
                found = found + palette.style(piece.row)
            self._styles[key] = found
        if piece.link and self.host.terminal.links and (address := safe_link(piece.link)):
            # A style's link is the one thing that no filter looks at.
            return found + Style(link=address)
        return found

    def repaint(self) -> None:
        """Draw everything anew (another theme or language)."""
        self._drawn_size = None
        self.refresh()


def literal_piece(text: str) -> str:
    """A piece's text; only what is not plain ASCII needs the second look."""
    return text if text.isascii() and text.isprintable() else CONTROL.sub("", text)


def wrap(text: str, width: int) -> list[str]:
    """The text in lines of at most *width* cells, broken at spaces where there are any."""
    lines: list[str] = []
    for paragraph in map(steady, clean(text).split("\n")):
        current: str | None = None
        for word in paragraph.split(" "):
            candidate = word if current is None else f"{current} {word}"
            if width_of(candidate) <= width:
                current = candidate
                continue
            if current:
                lines.append(current)
            # Measuring the whole rest for every line would take the square of its length.
            most = 10 * width
            while len(word) > most or width_of(word) > width:
                piece = fit(word[:most], width + 1)[:-1].rstrip()
                # What was cut may have been a mark that takes no cell.
                while width_of(piece) > width and len(piece) > 1:
                    piece = piece[:-1]
                piece = piece or word[:1]
                lines.append(piece)
                word = word[len(piece) :]
            current = word
        lines.append(current or "")
    return lines
