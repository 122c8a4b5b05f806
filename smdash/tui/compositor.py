"""Less work a picture: what changed in lines of our own goes out as it is, and nobody else is asked to draw.

Textual's compositor asks every widget for all its lines whenever one cell changes, since it compares an update with
the widget's clip, which on the desk is the whole screen; each line then passes through caches, crops and copies that a
line without borders has no use for. On a server with a hundred desks that was most of the processor's work.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from textual._compositor import Compositor, CompositorUpdate
from textual.geometry import Region
from textual.strip import Strip

from smdash.tui.ink import Ink, cut
from smdash.tui.widgets.lines import Lines

if TYPE_CHECKING:
    from rich.console import Console
    from textual.screen import Screen

    from smdash.tui.host import Hosted


class DirectUpdate(CompositorUpdate):
    """Stretches of lines, each with the place where it begins."""

    def __init__(self, stretches: Sequence[str]) -> None:
        self._stretches = stretches

    def render_segments(self, console: Console) -> str:
        """What goes to the terminal."""
        return "".join(self._stretches)


class LeanCompositor(Compositor):
    """Textual's own, asked for less."""

    def __init__(self, desk: Hosted) -> None:
        super().__init__()
        self._desk = desk
        self._ink: Ink | None = None

    def render_update(
        self, full: bool = False, screen_stack: list[Screen[Any]] | None = None, simplify: bool = False
    ) -> Any:
        if not full and self._dirty_regions and (stretches := self._direct()) is not None:
            self._dirty_regions.clear()
            return DirectUpdate(stretches) if stretches else None
        return super().render_update(full, screen_stack, simplify)

    def _direct(self) -> list[str] | None:
        """The changed stretches, or nothing where another kind of widget is concerned."""
        stretches: list[str] = []
        ink = self._ink = self._ink or Ink(self._desk.host)
        ink.begin()
        for y, first, end in self._regions_to_spans(self._dirty_regions):
            while first < end:
                found = self._owner(y, first, end)
                if found is None:
                    return None
                widget, region = found
                until = min(end, region.right)
                line = widget.drawn_line(y - region.y)
                if line is None:
                    return None
                start, pieces = cut(line, first - region.x, until - region.x)
                stretches.append(f"\x1b[{y + 1};{region.x + start + 1}H{ink.draw(widget, pieces)}")
                first = until
        return stretches

    def _owner(self, y: int, first: int, end: int) -> tuple[Lines, Region] | None:
        """The widget that shows this cell and all that follow in its width; nothing where one covers it in part."""
        for widget, (region, clip) in self.visible_widgets.items():
            # The ones above come first.
            if not (region.y <= y < region.bottom and region.x < end and first < region.right):
                continue
            if region.x <= first and isinstance(widget, Lines) and clip.contains_region(region):
                return widget, region
            return None
        return None

    def _get_renders(self, crop: Region | None = None) -> Iterable[tuple[Region, Region, list[Strip]]]:
        if crop is None:
            yield from super()._get_renders(crop)
            return
        rows = Region(0, crop.y, self.size.width, crop.height)
        for widget, (region, clip) in self.visible_widgets.items():
            shown = region.intersection(clip).intersection(rows)
            if shown and shown.overlaps(crop):
                yield region, clip.intersection(rows), widget.render_lines(shown.translate(-region.offset))
