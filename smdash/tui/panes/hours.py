"""Pane 4: the week's eleven activities with target and pace, and what is running."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from smdash.core import formats, labels
from smdash.core.clock import Week, week_of
from smdash.core.records import ActivityHours, Running
from smdash.core.targets import BUDGET, Budget, Target, WeekPace
from smdash.locale import gettext as _
from smdash.store import hours, targets
from smdash.tui.actions import bindings
from smdash.tui.cells import bar, fit, literal, width_of
from smdash.tui.widgets.lines import Line, Piece
from smdash.tui.widgets.pane import Pane
from smdash.tui.widgets.rows import Item, Rows

if TYPE_CHECKING:
    from smdash.store.driver import Connection

# From this much off the pace on (minutes), a figure is coloured.
OFF_PACE = 30
# The pace moves on by itself while nothing happens; so old (seconds) it is read again.
OLD_S = 300
# The row that says what the reserve went to.
_WENT_TO = "went to"


class Snapshot(NamedTuple):
    week: Week
    pace: WeekPace
    running: Running | None
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
        total = found.pace.total
        figures = _("{done} of {target}").format(
            done=formats.hours(total.done_minutes), target=formats.hours(total.target_minutes)
        )
        counts = [
            Piece(_("week {n}").format(n=found.week.number), "base" if not self._weeks_back else "warning"),
            Piece(f"{figures} {self.glyphs.soon}", "warning") if self._warns(total) else Piece(figures),
        ]
        if self._of_team:
            counts.append(Piece(_("team"), "accent"))
        if found.running:
            # An open pane marks the running row, so its title needs the time alone.
            name = "" if self.is_open else labels.activity(found.running.activity) + " "
            counts.append(Piece(f"{self.glyphs.running} {name}{self._running_for()}", "accent"))
        return counts

    def _running_for(self) -> str:
        found = self._snapshot
        if found is None or found.running is None:
            return ""
        return formats.hours_minutes(max(self.now - found.running.started_at, timedelta()))

    def _warns(self, one: Target) -> bool:
        """Whether what is left no longer fits; of a week that is over nobody is warned any more."""
        return not one.fits and not self._weeks_back

    def reader(self) -> Callable[[Connection], Snapshot]:
        week = self._week()
        now = self.now
        actor = self.host.backend.actor
        me = actor.member_id if actor else 0
        whose = None if self._of_team else me
        seconds = now.timestamp()
        return lambda conn: Snapshot(week, targets.read(conn, week, now, whose), hours.running(conn, me), seconds)

    def apply(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        words = self.filter_text.casefold().split()
        items = [
            Item(one.key, one)
            for one in snapshot.pace.targets
            if all(word in f"{one.key} {labels.activity(one.key)}".casefold() for word in words)
        ]
        budget = snapshot.pace.budget
        if budget is not None and budget.eaten and not words:
            # Below the activities: there is room for it on a large screen, and where the pane is zoomed.
            items.append(Item(_WENT_TO, budget))
        self.set_rows(Rows(0, len(items), items))

    def filter_changed(self) -> None:
        if self._snapshot:
            self.apply(self._snapshot)

    def tick(self) -> None:
        # Only a running entry makes the sums grow by themselves.
        found = self._snapshot
        if found and (
            found.running
            or self._of_team
            or found.week != self._week()
            or abs(self.now.timestamp() - found.seconds_read) >= OLD_S
        ):
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
        if isinstance(item.data, Budget):
            return item.data.words
        one: Target = item.data
        return f"{labels.activity(one.key)} {formats.hours(one.done_minutes)}/{formats.hours(one.target_minutes)}"

    def draw(self, item: Item, width: int, line: int, marked: bool) -> Line:
        if isinstance(item.data, Budget):
            style = "error" if item.data.is_spent else "dim"
            return [Piece("  "), Piece(fit(literal(item.data.words), width - 2), style)]
        one: Target = item.data
        found = self._snapshot
        running = bool(found and found.running and found.running.activity == one.key)
        figures = f"{formats.hours(one.done_minutes)}/{formats.hours(one.target_minutes)}"
        gap, gap_style, spent = self._gap(one)
        name_width = min(max(width - 30, 12), 19)
        figures_width = max(width_of(figures), 8)
        room = max(width - 2 - name_width - 1 - figures_width - 2 - 7, 4)
        # A reserve has no pace: it need not be used up.
        tick = None if one.key == BUDGET else one.expected_minutes / max(one.target_minutes, 1)
        full, empty = bar(one.done_minutes / max(one.target_minutes, 1), room, self.glyphs, tick=tick)
        return [
            Piece(self.glyphs.running if running else self.glyphs.marked if marked else " ", "accent"),
            Piece(" "),
            Piece(fit(labels.activity(one.key), name_width) + " ", "bold" if running else "base"),
            Piece(fit(figures, figures_width, right=True) + " ", "base"),
            Piece(full, "accent" if running else "error" if spent else "success"),
            Piece(empty, "border"),
            Piece(fit(gap, 7, right=True), gap_style),
            Piece(" " * (width - 2 - name_width - 1 - figures_width - 1 - room - 7)),
        ]

    def _gap(self, one: Target) -> tuple[str, str, bool]:
        """The figure at the end of a row with its mark, its style, and whether the row is a reserve that is spent."""
        if one.key == BUDGET:
            over = one.done_minutes - one.target_minutes
            if one.done_minutes and over >= 0:
                return f"{self.glyphs.late}+{formats.hours(over)}", "error", True
            return "", "dim", False
        ahead = one.ahead_minutes
        gap = ("+" if ahead >= 0 else self.glyphs.minus) + formats.hours(abs(ahead))
        if self._warns(one):
            return self.glyphs.soon + gap, "warning", False
        return gap, "warning" if ahead < -OFF_PACE else "success" if ahead >= 0 else "dim", False

    @property
    def is_own_now(self) -> bool:
        """Whether the figures are the member's own, of the week that it is."""
        return not (self._of_team or self._weeks_back)

    def week_hours(self) -> hours.WeekHours | None:
        """What was last read."""
        found = self._snapshot
        if found is None:
            return None
        return hours.WeekHours(
            tuple(ActivityHours(one.key, one.key, one.target_minutes, one.done_minutes) for one in found.pace.targets),
            found.running,
        )

    def runs(self, running: Running | None) -> None:
        """What this desk's timer wrote down, until the next reading: a key may ask for it before that."""
        if self._snapshot is not None:
            self._snapshot = self._snapshot._replace(running=running)
            self.redraw()

    def whole(self, key: Any) -> Target | None:
        """The activity with this key, as it was last read."""
        if self._snapshot is None:
            return None
        return next((one for one in self._snapshot.pace.targets if one.key == key), None)
