"""Looks without colours or without anything but ASCII: one filter at the way out, whatever drew the line."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from rich.color import Color as RichColor
from rich.color import ColorSystem
from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.filter import LineFilter

if TYPE_CHECKING:
    from smdash.tui.terminal import TerminalOptions
    from smdash.tui.theme import Palette

REVERSE = Style(reverse=True)
_BOXES = "".join(map(chr, range(0x2500, 0x2580)))
_BLOCKS = "".join(map(chr, range(0x2580, 0x25A0)))
# What smdash and Textual's widgets draw, and the punctuation of sentences, each in one ASCII cell.
_PAIRS = '…~ ·| •* −- –- —- ‑- “" ”" „" ‘\' ’\' ▸> ▶> ◀< ▲^ ▼v ●o ○o ◯o ■# □. ✓v ✗x ✎~ ★* ↑^ ↓v ←< →> ‖= ⭘o ×x'
_ASCII = str.maketrans(
    {letter: "-" if letter in "─━╌╍┄┅┈┉═╴╶╸╺" else "|" if letter in "│┃╎╏┆┇┊┋║╵╷╹╻" else "+" for letter in _BOXES}
    | dict.fromkeys(_BLOCKS, "#")
    | {pair[0]: pair[1] for pair in _PAIRS.split()}
    | {"\u00a0": " "}
)


class Looks(LineFilter):
    """Takes colours away, keeps the cursor's row visible where colours can't show it, and writes ASCII."""

    def __init__(self, options: TerminalOptions, system: str | None, palette: Callable[[], Palette]) -> None:
        super().__init__()
        self._options = options
        self._system = {"standard": ColorSystem.STANDARD, "256": ColorSystem.EIGHT_BIT}.get(system or "")
        self._palette_now = palette
        self._palette: Palette | None = None
        self._reversed: frozenset[RichColor] = frozenset()
        self._styles: dict[Style, Style] = {}

    @property
    def needed(self) -> bool:
        """Whether anything is to be changed on this terminal."""
        return not self._options.color or self._options.plain or self._system is not None or self._palette_now().native

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        palette = self._palette_now()
        if palette is not self._palette:
            self._palette = palette
            self._styles.clear()
            self._reversed = self._unseen(palette)
        plain = self._options.plain
        return [
            segment
            if segment.control
            else Segment(
                segment.text.translate(_ASCII) if plain and not segment.text.isascii() else segment.text,
                self._style(segment.style),
            )
            for segment in segments
        ]

    def _style(self, style: Style | None) -> Style | None:
        if style is None:
            return None
        found = self._styles.get(style)
        if found is None:
            found = style
            if style.bgcolor is not None and style.bgcolor in self._reversed:
                found = Style(color=style.color) + Style.chain(style.without_color, REVERSE)
            if not self._options.color:
                found = found.without_color
            elif self._palette is not None and self._palette.native:
                # Textual mixes colours of its own for its widgets; such a theme keeps to the terminal's sixteen.
                found += Style(color=_of_sixteen(found.color), bgcolor=_of_sixteen(found.bgcolor))
            self._styles[style] = found
        return found

    def _unseen(self, palette: Palette) -> frozenset[RichColor]:
        """The backgrounds that mark a row and can't be told from the ordinary one here."""
        ground, marks = _color(palette.colors["background"]), ("cursor", "accent")
        found = [_color(palette.colors[name]) for name in marks]
        if not self._options.color:
            return frozenset(found)
        system = self._system
        if system is None:
            return frozenset()
        return frozenset(one for one in found if one.downgrade(system) == ground.downgrade(system))


def _of_sixteen(color: RichColor | None) -> RichColor | None:
    return color.downgrade(ColorSystem.STANDARD) if color is not None else None


def _color(value: str) -> RichColor:
    return Color.parse(value).rich_color
