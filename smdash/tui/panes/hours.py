"""Pane 4: the week's eleven activities with target and pace, and what is running."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from smdash.core import formats, labels
from smdash.core.clock import Week, week_of
from smdash.core.hours import pace
from smdash.core.records import ActivityHours
from smdash.locale import gettext as _
from smdash.store import hours
from smdash.tui.actions import bindings
from smdash.tui.cells import bar, fit, width_of
from smdash.tui.widgets.lines import Line, Piece
from smdash.tui.widgets.pane import Pane
from smdash.tui.widgets.rows import Item, Rows

if TYPE_CHECKING:
    from smdash.store.driver import Connection

# From this much off the pace on (minutes), a figure is coloured.
OFF_PACE = 30


class Snapshot(NamedTuple):
    week: Week
    hours: hours.WeekHours
    seconds_read: float


class HoursPane(Pane):
    """Eleven bars; `h` and `l` turn the weeks, `M` shows the team's or one's own."""

    BINDINGS = bindings("hours")

    number = 4
    topics = frozenset({"hours", "team"})

    def __init__(self) -> None:
        super().__init__()
        self._snapshot: Snapshot | None = None
        self._of_team = False
        self._weeks_back = 0

    def name_words(self) -> str:
        return _("Hours")

    def empty_words(self) -> str:
        return _("No activities. Start one with: {key}").format(key=self.host.key_of("hours.switch"))

    def _week(self) -> Week:
        team = self.host.backend.team
        return week_of(self.now - timedelta(days=7 * self._weeks_back), self.host.zone, team.week_start)

    def title_counts(self) -> Line:
        found = self._snapshot
        if found is None:
            return []
        done = sum(one.done_minutes for one in found.hours.activities)
        target = sum(one.target_minutes for one in found.hours.activities)
        counts = [
            Piece(_("week {n}").format(n=found.week.number), "base" if not self._weeks_back else "warning"),
            Piece(_("{done} of {target}").format(done=formats.hours(done), target=formats.hours(target))),
        ]
        if self._of_team:
            counts.append(Piece(_("team"), "accent"))
        if found.hours.running:
            # An open pane marks the running row, so its title needs the time alone.
            name = "" if self.is_open else labels.activity(found.hours.running.activity) + " "
            counts.append(Piece(f"{self.glyphs.running} {name}{self._running_for()}", "accent"))
        return counts

    def _running_for(self) -> str:
        found = self._snapshot
        if found is None or found.hours.running is None:
            return ""
        return formats.hours_minutes(max(self.now - found.hours.running.started_at, timedelta()))

    def reader(self) -> Callable[[Connection], Snapshot]:
        team = self.host.backend.team
        week = self._week()
        span = week.span(self.host.zone, team.week_start)
        now = self.now
        actor = self.host.backend.actor
        me = actor.member_id if actor else 0
        whose = None if self._of_team else me
        seconds = now.timestamp()
        return lambda conn: Snapshot(week, hours.week(conn, span, now, whose, me), seconds)

    def apply(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        words = self.filter_text.casefold().split()
        items = [
            Item(one.key, one)
            for one in snapshot.hours.activities
            if all(word in f"{one.key} {labels.activity(one.key)}".casefold() for word in words)
        ]
        self.set_rows(Rows(0, len(items), items))

    def filter_changed(self) -> None:
        if self._snapshot:
            self.apply(self._snapshot)

    def tick(self) -> None:
        # Only a running entry makes the sums grow by themselves.
        if self._snapshot and (self._snapshot.hours.running or self._of_team or self._snapshot.week != self._week()):
            self.reload()
        else:
            self.redraw()

    def action_week(self, step: int) -> None:
        self._weeks_back = max(self._weeks_back - step, 0)
        self.reload()

    def action_whose(self) -> None:
        self._of_team = not self._of_team
        self.reload()

    def text_of(self, item: Item) -> str:
        one: ActivityHours = item.data
        return f"{labels.activity(one.key)} {formats.hours(one.done_minutes)}/{formats.hours(one.target_minutes)}"

    def draw(self, item: Item, width: int, line: int, marked: bool) -> Line:
        one: ActivityHours = item.data
        found = self._snapshot
        team = self.host.backend.team
        part = pace(found.week.span(self.host.zone, team.week_start), self.host.zone, self.now) if found else 0.0
        running = bool(found and found.hours.running and found.hours.running.activity == one.key)
        figures = f"{formats.hours(one.done_minutes)}/{formats.hours(one.target_minutes)}"
        ahead = one.done_minutes - one.target_minutes * part
        minus = self.glyphs.minus
        gap = ("+" if ahead >= 0 else minus) + formats.hours(abs(ahead))
        gap_style = "warning" if ahead < -OFF_PACE else "success" if ahead >= 0 else "dim"
        name_width = min(max(width - 30, 12), 19)
        figures_width = max(width_of(figures), 8)
        room = max(width - 2 - name_width - 1 - figures_width - 2 - 7, 4)
        full, empty = bar(one.done_minutes / max(one.target_minutes, 1), room, self.glyphs, tick=part)
        return [
            Piece(self.glyphs.running if running else self.glyphs.marked if marked else " ", "accent"),
            Piece(" "),
            Piece(fit(labels.activity(one.key), name_width) + " ", "bold" if running else "base"),
            Piece(fit(figures, figures_width, right=True) + " ", "base"),
            Piece(full, "accent" if running else "success"),
            Piece(empty, "border"),
            Piece(fit(gap, 7, right=True), gap_style),
            Piece(" " * (width - 2 - name_width - 1 - figures_width - 1 - room - 7)),
        ]

    def week_hours(self) -> hours.WeekHours | None:
        """What was last read."""
        return self._snapshot.hours if self._snapshot else None

    def whole(self, key: Any) -> ActivityHours | None:
        """The activity with this key, as it was last read."""
        if self._snapshot is None:
            return None
        return next((one for one in self._snapshot.hours.activities if one.key == key), None)
