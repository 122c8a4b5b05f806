"""Where the four panes stand: side by side from 120×34 on, one open and three summary lines below that."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.geometry import NULL_OFFSET, NULL_SPACING, Region, Size
from textual.layout import ArrangeResult, Layout, WidgetPlacement

if TYPE_CHECKING:
    from textual.widget import Widget

    from smdash.tui.screens.desk import DeskScreen

WIDE = Size(120, 34)
# Below this the desk says so instead of drawing itself.
LEAST = Size(32, 8)
# The left column's part of the width, and the upper left pane's of the height.
LEFT = 0.62
UPPER_LEFT = 0.38
HOURS_HEIGHT = 13
# From this width on the inbox shows list and mention beside each other.
SIDE_BY_SIDE = 100


def is_wide(size: Size) -> bool:
    """Whether all four panes are open at once."""
    return size.width >= WIDE.width and size.height >= WIDE.height


def is_tiny(size: Size) -> bool:
    """Whether nothing that can be worked with fits."""
    return size.width < LEAST.width or size.height < LEAST.height


def pane_regions(area: Region, focused: int, zoomed: bool, wide: bool) -> list[Region]:
    """The regions of panes 1 to 4 within *area*; a pane that is not open has one line, or none when zoomed."""
    if zoomed:
        return [area if index == focused else Region(0, 0, 0, 0) for index in range(4)]
    if wide:
        left = round(area.width * LEFT)
        right = area.width - left
        upper_left = round(area.height * UPPER_LEFT)
        # Hours has eleven activities and two borders; campaigns get the rest.
        upper_right = area.height - HOURS_HEIGHT
        return [
            Region(0, area.y, left, upper_left),
            Region(0, area.y + upper_left, left, area.height - upper_left),
            Region(left, area.y, right, upper_right),
            Region(left, area.y + upper_right, right, area.height - upper_right),
        ]
    regions: list[Region] = []
    y = area.y
    for index in range(4):
        height = max(area.height - 3, 1) if index == focused else 1
        regions.append(Region(0, y, area.width, height))
        y += height
    return regions


def inbox_regions(area: Region) -> tuple[Region, Region]:
    """The list and beside it the mention under the cursor; below it where there is no room beside."""
    if area.width >= SIDE_BY_SIDE:
        left = round(area.width * LEFT)
        return Region(0, area.y, left, area.height), Region(left, area.y, area.width - left, area.height)
    upper = max(area.height // 2, 3)
    return (
        Region(0, area.y, area.width, upper),
        Region(0, area.y + upper, area.width, max(area.height - upper, 0)),
    )


class DeskLayout(Layout):
    """Header, panes, sync strip, key line; the filter's input takes the key line's place while it is open."""

    name = "desk"

    def __init__(self, screen: DeskScreen) -> None:
        self._screen = screen

    def arrange(self, parent: Widget, children: list[Widget], size: Size, greedy: bool = True) -> ArrangeResult:
        screen = self._screen
        bottom = size.height - 1
        area = Region(0, 1, size.width, max(size.height - 3, 4))
        regions: dict[Widget, Region] = {
            screen.header: Region(0, 0, size.width, 1),
            screen.strip: Region(0, bottom - 1, size.width, 1),
            screen.key_line: Region(0, bottom, size.width, 1),
        }
        placed = pane_regions(area, screen.focused_index, screen.zoomed, is_wide(size))
        if is_tiny(size):
            nothing = Region(0, 0, 0, 0)
            placed = [nothing] * len(screen.panes)
            regions = {screen.header: Region(0, 0, size.width, size.height)}
            regions |= {child: nothing for child in children if child is not screen.header}
        regions.update(zip(screen.panes, placed, strict=True))
        regions[screen.preview] = Region(0, 0, 0, 0)
        if screen.is_inbox and not is_tiny(size):
            regions |= {pane: Region(0, 0, 0, 0) for pane in screen.panes}
            regions[screen.mentions], regions[screen.preview] = inbox_regions(area)
        regions |= {pane: Region(0, 0, 0, 0) for pane in screen.opened.values()}
        if screen.whole is not None and not is_tiny(size):
            regions |= {pane: Region(0, 0, 0, 0) for pane in screen.panes}
            regions[screen.whole] = area
        return [
            WidgetPlacement(
                regions.get(child, Region(0, bottom, size.width, 1)), NULL_OFFSET, NULL_SPACING, child, order
            )
            for order, child in enumerate(children)
        ]
