"""What the screen of a week's hours shows, and where its cursor is: on a day's activity, or on an entry of the day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import TYPE_CHECKING

from smdash.core import formats, labels
from smdash.core.clock import EARLIEST, LATEST, start_of_day, week_of
from smdash.locale import gettext as _
from smdash.locale import ngettext
from smdash.tui.cells import fit, literal, width_of
from smdash.tui.panes import week_day, week_lines, week_rows, week_strip
from smdash.tui.panes.week_rows import Asked, Key, Row, Snapshot
from smdash.tui.widgets.framed import Framed
from smdash.tui.widgets.lines import Line, Piece, spread

if TYPE_CHECKING:
    from smdash.store.driver import Connection

_FIRST, _LAST = EARLIEST.date() + timedelta(days=365), LATEST.date() - timedelta(days=365)
NOON = timedelta(hours=12)
# The pace and the gaps move on by themselves while nothing happens; so old they are read again.
OLD = timedelta(minutes=10)
# Activities that half a page is.
HALF = 5
# Cells that the title gives to a brand.
MOST_BRAND = 24


class WeekDays(Framed):
    """Owns the day and the activity under the cursor, and the entry; they stay whatever is written meanwhile."""

    topics = frozenset({"hours", "team", "campaign"})

    def __init__(self) -> None:
        super().__init__()
        self._snapshot: Snapshot | None = None
        self.day = self._today()
        self.activity = ""
        self.of_team = False
        self.brand = ""
        self.brand_id: int | None = None
        # Whether the cursor is among the entries of the day, and on which row.
        self.inside = False
        self.key: Key | None = None
        self._at = 0
        self._was_today = self.day
        self._want: int | None = None

    # Reading.

    def _today(self) -> date:
        return self.now.astimezone(self.host.zone).date()

    def _asked(self) -> Asked:
        team, zone = self.host.backend.team, self.host.zone
        actor = self.host.backend.actor
        week = week_of(start_of_day(self.day, zone) + NOON, zone, team.week_start)
        me = actor.member_id if actor else 0
        return Asked(week, None if self.of_team else me, self.brand, self.brand_id)

    def reader(self) -> Callable[[Connection], Snapshot]:
        asked, now, zone, want = self._asked(), self.now, self.host.zone, self._want
        return lambda conn: week_rows.read(conn, asked, now, zone, want)

    def apply(self, snapshot: Snapshot) -> None:
        if snapshot.asked._replace(brand_id=None) != self._asked()._replace(brand_id=None):
            return  # somebody turned on meanwhile; that is on its way
        self.brand, self.brand_id = (snapshot.brand.name, snapshot.brand.id) if snapshot.brand else ("", None)
        self._snapshot = snapshot._replace(asked=self._asked())
        keys = [one.key for one in snapshot.pace.targets]
        if self.activity not in keys:
            ours = next((one.activity for one in snapshot.running), None)
            self.activity = ours if ours in keys else keys[0] if keys else ""
        self._go_to_wanted(snapshot)
        self._hold_cursor()
        self.redraw()

    def _go_to_wanted(self, snapshot: Snapshot) -> None:
        """Go where the entry that was asked for is now."""
        if self._want is not None and self._is_here(self._want):
            # It came in with a read that did not know of it yet.
            self._want = None
            return
        one = snapshot.wanted
        if one is None or one.id != self._want or one.member_id != snapshot.asked.member_id:
            return
        self._want = None
        self.day = one.started_at.astimezone(self.host.zone).date()
        self.activity, self.key = one.activity, one.id
        if self.known is None:
            self._want = one.id
            self.reload()

    def follow(self, entry_id: int) -> None:
        """Put the cursor on this entry: at once where it is in sight, else once it is read."""
        if self._is_here(entry_id):
            self._hold_cursor()
        self._want = entry_id
        self.reload()

    def _is_here(self, entry_id: int) -> bool:
        """Whether the entry is in sight; the cursor is on it then."""
        here = next((one for one in self.rows() if one.key == entry_id), None)
        if here is None or here.entry is None:
            return False
        self.key, self.activity = entry_id, here.entry.activity
        return True

    def tick(self) -> None:
        """The clock moved on: what runs has grown. A screen left on today goes to the new day with it."""
        today = self._today()
        if today != self._was_today:
            if self.day == self._was_today:
                self.day = today
            self._was_today = today
            self.reload()
        elif self._snapshot is not None and abs(self.now - self._snapshot.read_at) >= OLD:
            self.reload()
        self.redraw()

    # The cursor.

    @property
    def known(self) -> Snapshot | None:
        """What was read of the day under the cursor, as it is looked at now."""
        found = self._snapshot
        return found if found is not None and found.asked == self._asked() and self.day in found.table.days else None

    def rows(self) -> list[Row]:
        """What stands on the day under the cursor."""
        return week_rows.day_rows(self.known, self.day, self.now, self.host.zone) if self.known else []

    @property
    def row(self) -> Row | None:
        """The entry or gap under the cursor; in the week the first entry of its activity on that day."""
        return next((one for one in self.rows() if one.key == self.key), None)

    def _hold_cursor(self) -> None:
        """The cursor stays on its row; where that is gone, it stays in its place."""
        rows = self.rows()
        at = next((at for at, one in enumerate(rows) if one.key == self.key), None)
        if not self.inside:
            here = None if at is None else rows[at].entry
            if here is None or here.activity != self.activity:
                at = next(
                    (at for at, one in enumerate(rows) if one.entry and one.entry.activity == self.activity), None
                )
            self.key = None if at is None else rows[at].key
        elif at is None:
            at = max(min(self._at, len(rows) - 1), 0)
            self.key = rows[at].key if rows else None
            self.inside = bool(rows)
        self._at = at or 0
        if self.inside and rows and (entry := rows[self._at].entry) is not None:
            self.activity = entry.activity

    def _go(self, day: date) -> None:
        self.day = min(max(day, _FIRST), _LAST)
        self._at, self.key, self._want = 0, None, None
        if self.known is None:
            self.reload()
            return  # what was there before stays on the screen until that is read
        self._hold_cursor()
        self.redraw()

    def action_move(self, step: int) -> None:
        self._want = None
        if self.inside:
            self._step_row(step)
        else:
            self._step_activity(step)

    def _step_row(self, step: int) -> None:
        rows = self.rows()
        if rows:
            self._at = min(max(self._at + step, 0), len(rows) - 1)
            self.key = rows[self._at].key
            self._hold_cursor()
        self.redraw()

    def _step_activity(self, step: int) -> None:
        keys = [one.key for one in self._snapshot.pace.targets] if self._snapshot else []
        if self.activity in keys:
            self.activity = keys[min(max(keys.index(self.activity) + step, 0), len(keys) - 1)]
            self.key = None
            self._hold_cursor()
        self.redraw()

    def action_jump(self, where: int) -> None:
        """The first or last row, or activity."""
        self.action_move(where * 1000)

    def action_half(self, direction: int) -> None:
        self.action_move(direction * HALF)

    def action_day(self, step: int) -> None:
        self._go(self.day + timedelta(days=step))

    def action_page(self, step: int) -> None:
        self._go(self.day + timedelta(days=7 * step))

    def action_today(self) -> None:
        self._go(self._today())

    def action_whose(self) -> None:
        """Your own hours, or the team's."""
        self.of_team = not self.of_team
        self.inside = False
        self.reload()

    def enter_rows(self) -> bool:
        """Go among the rows of the day; whether there are any."""
        if not self.inside and (rows := self.rows()):
            self.inside = True
            self.key = self.key if self.key is not None else rows[0].key
            self._hold_cursor()
            self.redraw()
        return self.inside

    def leave_rows(self) -> None:
        """Back to the days and activities."""
        self.inside = False
        self._hold_cursor()
        self.redraw()

    # Drawing.

    def parts(self, width: int, height: int) -> tuple[Line, list[Line]]:
        view = self.view()
        return self._title(view), self._inside(view, width, height)

    def view(self) -> week_lines.View | None:
        """What is drawn: nothing before the first week is read."""
        found, zone, now = self._snapshot, self.host.zone, self.now
        if found is None:
            return None
        days = found.table.days
        # While another week is on its way this one stays, with the cursor on its last place in it.
        day = min(max(self.day, days[0]), days[-1])
        whose = found.asked.member_id
        wide = self.size.width - 2 >= week_lines.BESIDE_FROM
        told = (
            _("Everybody's entries are their own; {key} shows yours.").format(key=self.host.key_of("week.whose"))
            if whose is None
            else _("Nothing is written down for this day; {key} does, and {switch} starts an activity.").format(
                key=self.host.key_of("week.log"), switch=self.host.key_of("hours.switch")
            )
        )
        goes_on = start_of_day(days[-1] + timedelta(days=1), zone) > now
        return week_lines.View(
            days, week_rows.seconds(found, now, zone), found.pace, goes_on,
            frozenset(one.activity for one in found.running),
            {one: week_rows.day_rows(found, one, now, zone) for one in (days if wide else (day,))}, day,
            self.activity, self.key, self.inside, self._today(), now, zone, self.glyphs, self.has_focus, told,
        )  # fmt: skip

    def _inside(self, view: week_lines.View | None, width: int, height: int) -> list[Line]:
        blank: Line = [Piece(" " * width)]
        if view is None:
            return [blank] * height
        place = self._plan(view, width, height)
        lines = week_lines.table(view, place.table_width, place.table_height)
        across = self.glyphs.across
        where = week_day.position(view, place.size)
        if not place.left:
            named = [Piece(across, "border"), Piece(" "), *week_day.heading(view), Piece(" ")]
            rule = spread(named, width, right=where, fill=across, style="border")
            below = [rule, *week_day.day_list(view, width, place.size, alone=True)] if place.size else []
            return (lines + below + [blank] * height)[:height]
        if place.about:
            lines.append([Piece(across * place.table_width, "border")])
            row = next((one for one in view.rows if one.key == view.key), None)
            hint = self.host.key_of("week.log")
            lines += week_day.about(view, row, place.table_width, place.about, hint)
        if place.strip and any(view.by_day.values()):
            lines.append([Piece(across * place.table_width, "border")])
            lines += week_strip.strip(view, place.table_width)
        lines += [[Piece(" " * place.table_width)]] * (height - len(lines))
        right = width - place.left
        heading = spread([Piece(" "), *week_day.heading(view)], right, right=where)
        entries = [heading, *week_day.day_list(view, right, place.size, alone=False)]
        return [
            [*left, Piece(self.glyphs.down, "border"), *line]
            for left, line in zip(lines[:height], entries[:height], strict=True)
        ]

    def _plan(self, view: week_lines.View, width: int, height: int) -> week_lines.Plan:
        is_team = self._snapshot is None or self._snapshot.asked.member_id is None
        return week_lines.plan(width, height, len(view.pace.targets), entries=not is_team)

    def _title(self, view: week_lines.View | None) -> Line:
        found = self._snapshot
        line = [Piece(_("Hours"), "bold")]
        if view is None or found is None:
            return line
        said: Line = [Piece(formats.days_words(view.days[0], view.days[-1]), "base")]
        is_now = self._today() in view.days
        number = Piece(_("week {n}").format(n=found.asked.week.number), "base" if is_now else "warning")
        figures = _("{done} of {target}").format(
            done=formats.hours(view.all()), target=formats.hours(found.pace.total.target_minutes)
        )
        said.append(Piece(figures, "warning" if view.misses(found.pace.total) else "base"))
        if found.asked.member_id is None:
            said.append(Piece(_("team"), "accent"))
        if found.asked.brand:
            brand = literal(found.asked.brand)
            brand = fit(brand, MOST_BRAND) if width_of(brand) > MOST_BRAND else brand
            said.append(Piece(_("only {what}").format(what=brand), "accent"))
        said += self._running_words(found)
        if found.table.overlaps:
            n = len(found.table.overlaps)
            said.append(Piece(ngettext("{n} overlap", "{n} overlaps", n).format(n=n), "warning"))
        if self._failed_since is not None:
            age = formats.short_age(self.now - self._failed_since)
            said.append(Piece(_("not fresh, {age}").format(age=age), "warning"))
        if sum(width_of(piece.text) + 3 for piece in (*line, number, *said)) + 4 > self.size.width:
            # The number says which week it is; its days are dear where there is no room.
            del said[0]
        for piece in (number, *said):
            line += [Piece(" · ", "dim"), piece]
        return line

    def _running_words(self, found: Snapshot) -> Line:
        """What runs and for how long; of the team, how many do."""
        if found.asked.member_id is None:
            n = len(found.running)
            return (
                [Piece(f"{self.glyphs.running} " + ngettext("{n} runs", "{n} run", n).format(n=n), "accent")]
                if n
                else []
            )
        return [
            Piece(
                f"{self.glyphs.running} {labels.activity(one.activity)} "
                + formats.hours_minutes(max(self.now - one.started_at, timedelta())),
                "accent",
            )
            for one in found.running
        ]

    def place_at(self, x: int, y: int) -> tuple[date | None, str | None, Row | None]:
        """The day, the activity and the row that lie on a cell within the border."""
        view = self.view()
        if view is None:
            return None, None, None
        width, height = self.size.width - 2, self.size.height - 2
        place = self._plan(view, width, height)
        if x < place.table_width and y < place.table_height:
            room = week_lines.columns(place.table_width, view.days.index(view.day))
            return *week_lines.place_in_table(view, room, place.table_height, x, y), None
        shown = week_day.shown_rows(view, place.size)
        at = y - place.top
        return None, None, shown[at] if x >= place.left and 0 <= at < len(shown) else None
