"""The Campaigns screen: campaigns over their days, and the one under the cursor whole beside or below them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from textual import events

from smdash.core import formats
from smdash.core.campaign_warnings import Warned
from smdash.core.campaign_words import lines as told_lines
from smdash.core.clock import EARLIEST, LATEST, find_zone
from smdash.core.coverage import CampaignView
from smdash.core.gantt import SCALES, window
from smdash.core.records import Campaign
from smdash.locale import gettext as _
from smdash.locale import ngettext
from smdash.store import campaign_timeline
from smdash.store.campaign_timeline import Timeline as Snapshot
from smdash.tui.cells import fit, literal
from smdash.tui.panes import timeline_lines as draw
from smdash.tui.widgets.framed import Framed
from smdash.tui.widgets.lines import Line, Piece, wrap

if TYPE_CHECKING:
    from smdash.store.driver import Connection

# From this width on the campaign stands beside the timeline.
BESIDE_FROM = 140
# The timeline's part of the width, or of the height where the campaign stands below it.
LEFT, UPPER = 0.62, 0.5
# Time alone makes a piece urgent; it is looked for so often.
AGAIN = timedelta(minutes=5)
_FIRST, _LAST = EARLIEST.date() + timedelta(days=800), LATEST.date() - timedelta(days=800)


class Timeline(Framed):
    """Owns the campaign under the cursor and the days that are shown; both stay put whatever others write."""

    topics = frozenset({"campaign", "post", "team", "hours", "metric"})

    def __init__(self) -> None:
        super().__init__()
        self._snapshot: Snapshot | None = None
        self.key: int | None = None
        self.over = False
        self._at = 0
        self._top = 0
        self._scale = 1
        self._read_at = self.now
        self._first = self._home()
        # How far the campaign below is scrolled (lines).
        self._scrolled = 0

    # Reading.

    def reader(self) -> Callable[[Connection], Snapshot]:
        now, key, over = self.now, self.key, self.over
        self._read_at = now
        return lambda conn: campaign_timeline.read(conn, now, key, over=over)

    def apply(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._hold_cursor()
        self.redraw()

    def _hold_cursor(self) -> None:
        """The cursor stays on its campaign; where that is gone, it stays in its place."""
        found = [one.campaign.id for one in self._rows()]
        if self.key in found:
            self._at = found.index(self.key)
        else:
            self._at = max(min(self._at, len(found) - 1), 0)
            self.key = found[self._at] if found else None

    def _rows(self) -> tuple[Warned, ...]:
        return self._snapshot.campaigns if self._snapshot else ()

    @property
    def campaign(self) -> Campaign | None:
        """The campaign under the cursor."""
        rows = self._rows()
        return rows[self._at].campaign if self._at < len(rows) else None

    @property
    def whole(self) -> CampaignView | None:
        """The campaign under the cursor with all that belongs to it, once it was read."""
        found = self._snapshot.whole if self._snapshot else None
        return found if found is not None and found.campaign.id == self.key else None

    def follow(self, campaign_id: int) -> None:
        """Put the cursor on this campaign once it is read."""
        self.key = campaign_id
        self.reload()

    # Movement.

    def _today(self) -> date:
        return self.now.astimezone(self.host.zone).date()

    def _home(self) -> date:
        """The first day when the present is shown: a sixth of the days have passed."""
        return self._today() - timedelta(days=SCALES[self._scale] // 6)

    def _go(self, at: int) -> None:
        rows = self._rows()
        if not rows:
            return
        self._at = min(max(at, 0), len(rows) - 1)
        before, self.key = self.key, rows[self._at].campaign.id
        if self.key != before:
            self._scrolled = 0
            self.reload()
        self.redraw()

    def action_move(self, step: int) -> None:
        self._go(self._at + step)

    def action_jump(self, where: int) -> None:
        self._go(0 if where < 0 else len(self._rows()) - 1)

    def action_half(self, direction: int) -> None:
        """The campaign below the timeline, by half of what is seen of it."""
        self._scrolled = max(self._scrolled + direction * max(self._whole_height() // 2, 1), 0)
        self.redraw()

    def action_pan(self, direction: int) -> None:
        """Earlier or later days, by a quarter of what is shown."""
        self._start_at(self._first + timedelta(days=direction * max(SCALES[self._scale] // 4, 1)))

    def action_page(self, direction: int) -> None:
        self._start_at(self._first + timedelta(days=direction * SCALES[self._scale]))

    def action_today(self) -> None:
        self._start_at(self._home())

    def action_scale(self) -> None:
        """A fortnight, six weeks, a third of a year, a year, and a fortnight again; the middle stays."""
        middle = self._first + timedelta(days=SCALES[self._scale] // 2)
        shown = self._first <= self._today() < self._first + timedelta(days=SCALES[self._scale])
        self._scale = (self._scale + 1) % len(SCALES)
        self._start_at(self._home() if shown else middle - timedelta(days=SCALES[self._scale] // 2))

    def action_over(self) -> None:
        """Those that are over too, or not."""
        self.over = not self.over
        self.reload()

    def _start_at(self, day: date) -> None:
        self._first = min(max(day, _FIRST), _LAST)
        self.redraw()

    def tick(self) -> None:
        if self.now - self._read_at >= AGAIN or any(
            self._read_at < edge <= self.now for one in self._rows() for edge in _edges(one.campaign)
        ):
            self.reload()
        self.redraw()

    # Drawing.

    def parts(self, width: int, height: int) -> tuple[Line, list[Line]]:
        return self._title(), self._inside(width, height)

    def _title(self) -> Line:
        now = self.now
        rows = [one.campaign for one in self._rows()]
        running = sum(1 for one in rows if one.starts_at <= now < one.ends_at)
        line = [Piece(_("Campaigns"), "bold"), Piece(" · ", "dim"), Piece(_("{n} running").format(n=running))]
        if coming := sum(1 for one in rows if one.starts_at > now):
            line += [Piece(" · ", "dim"), Piece(ngettext("{n} coming", "{n} coming", coming).format(n=coming), "dim")]
        if warned := sum(1 for one in self._rows() if one.warnings):
            words = ngettext("{n} warning", "{n} warnings", warned).format(n=warned)
            line += [Piece(" · ", "dim"), Piece(words, "warning")]
        span = SCALES[self._scale]
        words, last = ngettext("{n} day", "{n} days", span).format(n=span), self._first + timedelta(days=span - 1)
        if not self._first <= self._today() <= last:
            # Away from the present days without a year say too little.
            words = formats.days_words(self._first, last)
        line += [Piece(" · ", "dim"), Piece(words, "dim")]
        if self.over:
            line += [Piece(" · ", "dim"), Piece(_("with those that are over"), "accent")]
        return line

    def _inside(self, width: int, height: int) -> list[Line]:
        blank: Line = [Piece(" " * width)]
        if self._snapshot is None:
            return [blank] * height
        if not self._rows():
            words = _("No campaign runs or is planned; {key} plans one.").format(
                key=self.host.key_of("campaigns.new")
            )  # fmt: skip
            lines = [[Piece(fit(f" {one}", width), "dim")] for one in wrap(words, width - 2)]
            return (lines + [blank] * height)[:height]
        if self._is_beside():
            left = round(width * LEFT)
            days = self._days(left, height)
            whole = self._whole_lines(width - left - 2, height)
            rule = Piece(f"{self.glyphs.down} ", "border")
            return [[*one, rule, *other] for one, other in zip(days, whole, strict=True)]
        upper = self._upper(height)
        rule_line: Line = [Piece(self.glyphs.across * width, "border")]
        below = [[Piece(" "), *line] for line in self._whole_lines(width - 1, height - upper - 1)]
        return [*self._days(width, upper), rule_line, *below]

    def _is_beside(self) -> bool:
        return self.size.width >= BESIDE_FROM

    def _upper(self, height: int) -> int:
        """Lines of the timeline: as many as it needs, half of all at most."""
        return max(min(len(self._rows()) + 2, int(height * UPPER)), 3)

    def _whole_height(self) -> int:
        inside = self.size.height - 2
        return inside if self._is_beside() else inside - self._upper(inside) - 1

    def _sheet(self, width: int) -> draw.Sheet:
        zone = self.host.zone
        span = window(self._first, SCALES[self._scale], zone)
        return draw.Sheet(span, width, self.now, zone, self.glyphs, self.host.backend.team.week_start % 7)

    def _days(self, width: int, height: int) -> list[Line]:
        """The head, and the campaigns around the cursor; that one has the names of its phases below it."""
        sheet, rows = self._sheet(width), self._rows()
        room = max(height - 2, 1)
        self._top = min(max(self._top, self._at - room + 1), self._at, max(len(rows) - room, 0))
        marks = self._snapshot.milestones if self._snapshot else {}
        lines = [draw.head(sheet)]
        for at in range(self._top, min(self._top + room, len(rows))):
            one = rows[at]
            line = draw.row(sheet, one, marks.get(one.campaign.name, ()))
            if at == self._at:
                style = "cursor" if self.has_focus else "cursor_quiet"
                lines.append([piece._replace(row=style) for piece in line])
                lines.append(draw.names(sheet, one.campaign))
            else:
                lines.append(line)
        blank: Line = [Piece(" " * width)]
        return (lines + [blank] * height)[:height]

    def _whole_lines(self, width: int, height: int) -> list[Line]:
        """What is seen of the campaign under the cursor."""
        whole = self.whole
        blank: Line = [Piece(" " * max(width, 0))]
        if whole is None or width < 4 or height < 1:
            return [blank] * max(height, 0)
        lines = [[Piece(fit(literal(whole.campaign.name), width), "bold")]]
        for told in told_lines(whole, self.now, find_zone(whole.campaign.zone)):
            indent = "" if told.heads else " "
            for text in wrap(literal(told.text), width - len(indent) - 1) or [""]:
                lines.append([Piece(fit(indent + text, width), told.style)])
        self._scrolled = max(min(self._scrolled, len(lines) - height), 0)
        shown = lines[self._scrolled : self._scrolled + height]
        if len(lines) > self._scrolled + height and height > 1:
            left = len(lines) - self._scrolled - height + 1
            key = self.host.key_of("list.half_down")
            shown[-1] = [Piece(fit(_("{n} more lines: {key}").format(n=left, key=key), width), "dim")]
        return (shown + [blank] * height)[:height]

    # Mouse.

    def on_click(self, event: events.Click) -> None:
        self.focus()
        at = event.y - 2
        # The names of the cursor's phases take a line below it.
        index = self._top + at - (1 if self._top + at > self._at else 0)
        if at < 0 or not 0 <= index < len(self._rows()):
            return
        if index == self._at and event.chain > 1:
            self.action_open()
        else:
            self._go(index)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self.action_move(1)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self.action_move(-1)

    def action_open(self) -> None:
        if (campaign := self.campaign) is not None:
            from smdash.tui.screens.campaign import CampaignScreen

            self.host.push_screen(CampaignScreen(campaign.id, campaign.name))


def _edges(campaign: Campaign) -> list[datetime]:
    """The instants at which a campaign looks different."""
    return [campaign.starts_at, campaign.ends_at, *(one.starts_at for one in campaign.phases)]
