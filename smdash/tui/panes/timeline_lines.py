"""How campaigns are drawn over their days: a line each, cells for its phases, and marks for milestones and now."""

from __future__ import annotations

from datetime import datetime, tzinfo
from typing import NamedTuple

from smdash.core import formats
from smdash.core.campaign_warnings import Warned
from smdash.core.campaigns import countdown
from smdash.core.clock import Span
from smdash.core.gantt import cell_of, day_names, phase_names, runs
from smdash.core.records import Campaign, Milestone
from smdash.locale import gettext as _
from smdash.tui.cells import Glyphs, fit, literal, width_of
from smdash.tui.widgets.lines import Line, Piece, spread

# Cells of the names at the left, and of the countdown and the count of posts at the right.
NAME_LEAST, NAME_MOST = 14, 32
CLOCK_WIDTH, COUNT_WIDTH = 10, 8
# From this width on the count of posts has room as well.
COUNT_FROM = 90


class Sheet(NamedTuple):
    """The window that all lines share, and how wide its parts are."""

    span: Span
    width: int
    now: datetime
    zone: tzinfo
    glyphs: Glyphs
    week_start: int

    @property
    def name_width(self) -> int:
        """Cells of a campaign's name."""
        return min(max(self.width // 4, NAME_LEAST), NAME_MOST)

    @property
    def tail_width(self) -> int:
        """Cells to the right of the days."""
        return CLOCK_WIDTH + (COUNT_WIDTH if self.width >= COUNT_FROM else 0)

    @property
    def days_width(self) -> int:
        """Cells of the days."""
        return max(self.width - self.name_width - self.tail_width - 3, 1)


def head(sheet: Sheet) -> Line:
    """The names of the days."""
    cells = [" "] * sheet.days_width
    for at, name in day_names(sheet.span, sheet.days_width, sheet.zone, sheet.week_start):
        for step, letter in enumerate(name[: sheet.days_width - at]):
            cells[at + step] = letter
    today = cell_of(sheet.now, sheet.span, sheet.days_width)
    line = [Piece(" " * (sheet.name_width + 2))]
    text = "".join(cells)
    if today is None:
        return spread([*line, Piece(text, "dim")], sheet.width)
    here = sheet.glyphs.cursor if text[today] == " " else text[today]
    return spread(
        [*line, Piece(text[:today], "dim"), Piece(here, "accent"), Piece(text[today + 1 :], "dim")], sheet.width
    )


def row(sheet: Sheet, one: Warned, milestones: tuple[Milestone, ...]) -> Line:
    """A campaign on its line."""
    campaign = one.campaign
    mark, style = (" ", "base")
    if one.warnings:
        mark, style = sheet.glyphs.late, "error" if one.is_late(sheet.now) else "warning"
    over = campaign.ends_at <= sheet.now
    begun = campaign.starts_at <= sheet.now
    name = fit(literal(campaign.name), sheet.name_width - 1)
    line = [Piece(mark, style), Piece(f"{name} ", "dim" if over else "bold" if begun else "base"), Piece(" ")]
    line += _bars(sheet, campaign, milestones)
    return spread([*line, *_tail(sheet, campaign)], sheet.width)


def _tail(sheet: Sheet, campaign: Campaign) -> Line:
    edge = countdown(campaign, sheet.now).edge
    words = _("over") if edge is None else formats.countdown(edge - sheet.now)
    line = [Piece(" " + fit(words, CLOCK_WIDTH - 1, right=True), "dim" if edge is None else "base")]
    if sheet.width >= COUNT_FROM:
        count = f"{campaign.posts_done}/{campaign.posts_planned}"
        whole = campaign.posts_planned and campaign.posts_done == campaign.posts_planned
        line.append(Piece(fit(count, COUNT_WIDTH, right=True), "success" if whole else "dim"))
    return line


def _bars(sheet: Sheet, campaign: Campaign, milestones: tuple[Milestone, ...]) -> Line:
    """The cells of the days; a milestone and the present lie over what is there."""
    width = sheet.days_width
    cells: Line = []
    for run in runs(campaign, sheet.span, width, sheet.now):
        text, style = _look(sheet.glyphs, run.phase, over=run.over)
        cells += [Piece(text, style)] * run.cells
    if (today := cell_of(sheet.now, sheet.span, width)) is not None:
        cells[today] = Piece(sheet.glyphs.tick, "accent")
    for one in milestones:
        at = cell_of(one.due_at, sheet.span, width)
        if at is not None:
            style = "success" if one.done_at else "error" if one.is_overdue(sheet.now) else "bold"
            cells[at] = Piece(sheet.glyphs.star, style)
    # Cells of one look are one piece.
    joined: Line = []
    for piece in cells:
        if joined and joined[-1].style == piece.style:
            joined[-1] = piece._replace(text=joined[-1].text + piece.text)
        else:
            joined.append(piece)
    return joined


def _look(glyphs: Glyphs, phase: int | None, *, over: bool) -> tuple[str, str]:
    """How a cell is drawn: phases beside each other differ, what lies between them is open."""
    if phase is None:
        return "·" if glyphs.eighths else ".", "border"
    if phase < 0:
        return glyphs.empty, "dim" if over else "accent"
    full, other = (glyphs.full, "▒") if glyphs.eighths else (glyphs.full, "=")
    return (other if phase % 2 else full), "dim" if over else "accent"


def names(sheet: Sheet, campaign: Campaign) -> Line:
    """The names of the phases below their cells, for the campaign under the cursor."""
    text = ""
    for at, name, room in phase_names(campaign, sheet.span, sheet.days_width):
        short = fit(literal(name), min(room, width_of(literal(name))))
        if width_of(text) > at or not short:
            continue
        text += " " * (at - width_of(text)) + short
    return spread([Piece(" " * (sheet.name_width + 2)), Piece(fit(text, sheet.days_width), "dim")], sheet.width)
