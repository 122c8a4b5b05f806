"""Pane 3: campaigns with the countdown to their next edge, what can't wait, and posts done against planned."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from smdash.core import formats
from smdash.core.campaign_warnings import Warned
from smdash.core.campaign_warnings import words as campaign_words
from smdash.core.campaigns import countdown
from smdash.core.records import Campaign
from smdash.locale import gettext as _
from smdash.locale import ngettext
from smdash.store import campaign_warnings
from smdash.tui.cells import bar, fit, literal, width_of
from smdash.tui.widgets.lines import Line, Piece
from smdash.tui.widgets.pane import Pane
from smdash.tui.widgets.rows import Item, Rows

if TYPE_CHECKING:
    from smdash.store.driver import Connection

LAST_HOUR = timedelta(hours=1)
LAST_DAY = timedelta(days=1)
# Until then a countdown of seconds is drawn every other second: a line over ssh is to carry 2 KB a minute at most.
LAST_MINUTE = timedelta(minutes=1)
# Up to so many clocks tick every other second.
FEW_CLOCKS = 2
# Time alone makes a phase begin soon; it is looked for so often.
AGAIN = timedelta(minutes=5)
# Cells from which on a line with a warning has room for the bar too.
WIDE = 56
# Cells of a title's line that are the border's and the pane's number.
BORDERS = 6


class CampaignsPane(Pane):
    """Running and coming campaigns by their end, two lines each; what can't wait takes the second line."""

    number = 3
    topics = frozenset({"campaign", "post", "team"})
    row_height = 2

    def __init__(self) -> None:
        super().__init__()
        self._snapshot: tuple[Warned, ...] = ()
        self._read_at: datetime | None = None

    def name_words(self) -> str:
        return _("Campaigns")

    def empty_words(self) -> str:
        return _("No campaign runs or is planned. Add one with: smdash campaign add")

    def title_counts(self) -> Line:
        now = self.now
        found = [one.campaign for one in self._snapshot]
        running = sum(1 for one in found if one.starts_at <= now < one.ends_at)
        coming = sum(1 for one in found if one.starts_at > now)
        counts = [Piece(_("{n} running").format(n=running))]
        if warned := sum(1 for one in self._snapshot if one.warnings):
            style = "error" if any(one.is_late(now) for one in self._snapshot) else "warning"
            counts.append(Piece(ngettext("{n} warning", "{n} warnings", warned).format(n=warned), style))
        if coming:
            more = Piece(ngettext("{n} coming", "{n} coming", coming).format(n=coming), "dim")
            # What is cut says less than what is left out.
            told = sum(width_of(f" · {piece.text}") for piece in [*counts, more])
            if not warned or width_of(self.name_words()) + told <= self.size.width - BORDERS:
                counts.append(more)
        return counts

    def reader(self) -> Callable[[Connection], tuple[Warned, ...]]:
        now = self._read_at = self.now
        return lambda conn: campaign_warnings.shown(conn, now)

    def apply(self, snapshot: tuple[Warned, ...]) -> None:
        counted, self._snapshot = self.wants_seconds(), snapshot
        if self.wants_seconds() and not counted:
            self.host.tick_anew()
        words = self.filter_text.casefold().split()
        items = [
            Item(one.campaign.id, one)
            for one in snapshot
            if all(word in f"{one.campaign.name} {one.campaign.kind}".casefold() for word in words)
        ]
        self.set_rows(Rows(0, len(items), items))

    def filter_changed(self) -> None:
        self.apply(self._snapshot)

    def text_of(self, item: Item) -> str:
        return str(item.data.campaign.name)

    def wants_seconds(self) -> bool:
        """Whether a countdown is in its last hour, so that it counts seconds."""
        return self._ending(LAST_HOUR) > 0

    def second(self) -> None:
        # Each clock that is drawn costs bytes; many of them tick together, and less often.
        every = 2 if self._ending(LAST_HOUR) <= FEW_CLOCKS else 5
        if self.now.second % every == 0 or self._ending(LAST_MINUTE):
            self.tick()

    def _ending(self, span: timedelta) -> int:
        """How many countdowns have no more than that left."""
        now = self.now
        edges = (countdown(one.campaign, now).edge for one in self._snapshot)
        return sum(edge is not None and edge - now <= span for edge in edges)

    def tick(self) -> None:
        now, read_at = self.now, self._read_at or self.now
        if now - read_at >= AGAIN or any(read_at < one.campaign.ends_at <= now for one in self._snapshot):
            self.reload()
        self.redraw()

    def draw(self, item: Item, width: int, line: int, marked: bool) -> Line:
        one: Warned = item.data
        if line == 0:
            return self._name_line(one.campaign, width, marked)
        return self._warning_line(one, width) if one.warnings else self._bar_line(one.campaign, width)

    def _name_line(self, campaign: Campaign, width: int, marked: bool) -> Line:
        found = countdown(campaign, self.now)
        left = (found.edge or campaign.ends_at) - self.now
        over = found.edge is None
        clock = _("over") if over else formats.countdown(left)
        style = "base" if left > LAST_DAY else "warning" if left > LAST_HOUR else "error"
        if not found.begun:
            style = "dim" if left > LAST_DAY else "warning"
        phase = found.phase or ("" if over else _("running") if found.begun else _("starts"))
        clock_width = max(width_of(clock), 8)
        phase_width = min(max(width_of(phase), 9), 14) if width >= 36 else 0
        room = width - 1 - clock_width - 2 - (phase_width + 1 if phase_width else 0)
        pieces = [
            Piece(self.glyphs.marked if marked else " ", "accent"),
            Piece(fit(literal(campaign.name), room), "dim" if over else "bold" if found.begun else "base"),
        ]
        if phase_width:
            pieces.append(Piece(" " + fit(literal(phase), phase_width), "dim"))
        return [*pieces, Piece(" " + fit(clock, clock_width, right=True) + " ", "dim" if over else style)]

    def _warning_line(self, one: Warned, width: int) -> Line:
        """What can't wait, and how many of the posts are out; the bar where there is room for all of it."""
        campaign = one.campaign
        count = f" {campaign.posts_done}/{campaign.posts_planned} "
        full = empty = ""
        if width >= WIDE and campaign.posts_planned:
            full, empty = bar(campaign.posts_done / campaign.posts_planned, 10, self.glyphs)
        room = width - 1 - width_of(full) - width_of(empty) - width_of(count)
        said = " · ".join(literal(words) for words in campaign_words(one.warnings, self.now))
        style = "error" if one.is_late(self.now) else "warning"
        return [
            Piece(" "),
            Piece(fit(f"! {said}", room), style),
            Piece(count, "dim"),
            Piece(full, "success" if campaign.posts_done == campaign.posts_planned else "accent"),
            Piece(empty, "border"),
        ]

    def _bar_line(self, campaign: Campaign, width: int) -> Line:
        planned, done = campaign.posts_planned, campaign.posts_done
        if not planned:
            return [Piece(fit(" " + _("no posts yet"), width), "dim")]
        words = ngettext("{done} of {n} post", "{done} of {n} posts", planned).format(done=done, n=planned)
        room = max(min(width - width_of(words) - 4, 24), 4)
        full, empty = bar(done / planned, room, self.glyphs)
        tail = width - 1 - width_of(full) - width_of(empty)
        return [
            Piece(" "),
            Piece(full, "success" if done == planned else "accent"),
            Piece(empty, "border"),
            Piece(fit("  " + words, tail), "dim"),
        ]

    def whole(self, key: Any) -> Campaign | None:
        """The campaign with this id, as it was last read."""
        return next((one.campaign for one in self._snapshot if one.campaign.id == key), None)
