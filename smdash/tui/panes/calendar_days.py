"""What the calendar shows: a week or a month of posts in the team's days, with a cursor that stays on its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from smdash.core import formats
from smdash.core.calendar import month_later, month_weeks, week_days
from smdash.core.clock import EARLIEST, LATEST, start_of_day, week_of
from smdash.core.posts import is_over, lateness
from smdash.core.records import Post
from smdash.core.slots import Opening
from smdash.locale import gettext as _
from smdash.locale import ngettext
from smdash.tui.cells import fit, width_of
from smdash.tui.panes import calendar_lines as draw
from smdash.tui.panes import calendar_month, calendar_rows
from smdash.tui.panes.calendar_rows import LATER, MOST_POSTS, SOON, Key, Only, Row, Snapshot, key_of
from smdash.tui.panes.post_row import STUCK
from smdash.tui.widgets.framed import Framed
from smdash.tui.widgets.lines import Line, Piece

if TYPE_CHECKING:
    from smdash.store.driver import Connection

# From this width on a week stands in seven columns.
COLUMNS_FROM = 120
# A week needs so many lines of the calendar to leave some for the post under the cursor; a month for its third lines.
ABOUT_FROM = 12
TALL_MONTH_FROM = 32
# Cells that the title gives to what is shown alone.
MOST_ONLY = 24
_FIRST, _LAST = EARLIEST.date() + timedelta(days=365), LATEST.date() - timedelta(days=365)


class Days(Framed):
    """Owns the day and the row under the cursor; both stay where they are whatever others write."""

    topics = frozenset({"post", "team", "campaign"})

    def __init__(self) -> None:
        super().__init__()
        self._snapshot: Snapshot | None = None
        self.day = self._today()
        self.key: Key | None = None
        self.is_month = False
        # For how many days nothing but empty slots is shown, or 0 for all there is.
        self.empty_days = 0
        self.only: Only | None = None
        self._at = 0
        self._was_today = self.day
        self._by_day: dict[date, list[Row]] = {}
        # The post that the cursor is to be on once it is read where it is now, and the time that it was given.
        self._want: tuple[int, datetime | None] | None = None
        # Times that were given and are not read yet, so that a second key goes on from the first.
        self._given: dict[int, datetime] = {}

    # Reading.

    def _today(self) -> date:
        return self.now.astimezone(self.host.zone).date()

    def _week_start(self) -> int:
        return self.host.backend.team.week_start % 7

    def _weeks(self) -> list[list[date]]:
        """The weeks that are shown; days of empty slots stand for one."""
        if self.empty_days:
            today = self._today()
            return [[today + timedelta(days=at) for at in range(self.empty_days)]]
        start = self._week_start()
        return month_weeks(self.day, start) if self.is_month else [week_days(self.day, start)]

    def reader(self) -> Callable[[Connection], Snapshot]:
        weeks = self._weeks()
        # The weeks beside the shown one are read as well, so that turning to them waits for nothing.
        beside = timedelta(days=0 if self.is_month else 7)
        first, last = weeks[0][0] - beside, weeks[-1][-1] + beside
        zone, now, want = self.host.zone, self.now, self._want
        return lambda conn: calendar_rows.read(conn, first, last, zone, now, want)

    def apply(self, snapshot: Snapshot) -> None:
        first, self._snapshot = self._snapshot is None, snapshot
        self._sort()
        for post in snapshot.posts:
            # It is read now; left here it would stand against what others do with the post later.
            if post.due_at is not None and self._given.get(post.id) == post.due_at:
                del self._given[post.id]
        if first:
            self._at = self._next_at()
        if self._want is not None and snapshot.want == self._want:
            post_id, given = self._want
            self._want = None
            if self._given.get(post_id) == given:
                self._given.pop(post_id, None)  # to where nothing is read
            places = self._by_day.items()
            place = next((day for day, found in places if any(key_of(one) == post_id for one in found)), None)
            if place is not None:
                self.day, self.key = place, post_id
        self._hold_cursor()
        self._show()

    def _sort(self) -> None:
        known, only = self._snapshot, self.only
        found: Iterable[Row] = ()
        if known is not None:
            found = known.soon if self.empty_days else (*known.posts, *known.openings)
            found = (one for one in found if only is None or only.fits(one, known.brands))
        self._by_day = calendar_rows.by_day(found, self.host.zone)

    def _hold_cursor(self) -> None:
        """The cursor stays on its row; where that is gone from the day, it stays in its place."""
        found = self._by_day.get(self.day, [])
        at = next((at for at, one in enumerate(found) if key_of(one) == self.key), None)
        if at is not None:
            self._at = at
        elif self._want is None or self.key != self._want[0]:
            self._at = max(min(self._at, len(found) - 1), 0)
            self.key = key_of(found[self._at]) if found else None

    def _show(self) -> None:
        """Draw anew if what is shown was read; what was not is on its way, and the picture before it stays."""
        weeks, known = self._weeks(), self._snapshot
        if known is not None and known.first <= weeks[0][0] and weeks[-1][-1] <= known.last:
            self.redraw()

    def _next_at(self) -> int:
        """Which post of today is the first that anything will still happen to."""
        found = self._by_day.get(self._today(), [])
        return next((at for at, one in enumerate(found) if isinstance(one, Post) and not is_over(one)), 0)

    def follow(self, post_id: int, given: datetime | None = None) -> None:
        """Go where this post is now, once that is read."""
        self._want = post_id, given
        self.empty_days = 0
        if given is not None:
            self.day, self.key = given.astimezone(self.host.zone).date(), post_id
        self.reload()

    def tick(self) -> None:
        """The clock moved on; a screen left on today goes to the new day with it."""
        today = self._today()
        if today != self._was_today:
            if self.day == self._was_today:
                self._go(today)
            self._was_today = today
            self.reload()
        elif self._snapshot is not None and any(one.at <= self.now for one in self._snapshot.soon[:1]):
            # An empty slot that is over is none any more.
            self.reload()
        self.redraw()

    @property
    def post(self) -> Post | None:
        """The post under the cursor."""
        return found if isinstance(found := self.row, Post) else None

    @property
    def slot(self) -> Opening | None:
        """The empty slot under the cursor."""
        return found if isinstance(found := self.row, Opening) else None

    @property
    def row(self) -> Row | None:
        """What is under the cursor."""
        return next((one for one in self._by_day.get(self.day, []) if key_of(one) == self.key), None)

    # Movement.

    def _go(self, day: date, at: int = 0) -> None:
        known = self._snapshot
        shown = self._weeks()[0]
        self.day = min(max(day, shown[0] if self.empty_days else _FIRST), shown[-1] if self.empty_days else _LAST)
        self._at, self.key, self._want = at, None, None
        weeks = self._weeks()
        if known is None or weeks[0][0] < known.first or known.last < weeks[-1][-1]:
            self.reload()
        self._hold_cursor()
        self._show()
        if not self.is_month and not self.empty_days and known is not None and not self._has_beside():
            self.reload()

    def _has_beside(self) -> bool:
        week, known = self._weeks()[0], self._snapshot
        return known is not None and known.first < week[0] and week[-1] < known.last

    def _is_columns(self) -> bool:
        return not self.is_month and not self.empty_days and self.size.width >= COLUMNS_FROM

    def _is_list(self) -> bool:
        """Whether days stand below each other, so that the next row may be the next day's."""
        return bool(self.empty_days) or not (self.is_month or self._is_columns())

    def action_move(self, step: int) -> None:
        found = self._by_day.get(self.day, [])
        at = self._at + step
        if found and 0 <= at < len(found):
            self._go(self.day, at)
        elif self._is_list():
            day = self.day + timedelta(days=step)
            if day in self._weeks()[0]:
                self._go(day, 0 if step > 0 else max(len(self._by_day.get(day, [])) - 1, 0))

    def action_jump(self, where: int) -> None:
        """The first or last day of what is shown."""
        if self.is_month and not self.empty_days:
            days = [day for week in self._weeks() for day in week if day.month == self.day.month]
        else:
            days = self._weeks()[0]
        day = days[0] if where < 0 else days[-1]
        self._go(day, 0 if where < 0 else max(len(self._by_day.get(day, [])) - 1, 0))

    def action_half(self, direction: int) -> None:
        self.action_page(direction)

    def action_day(self, step: int) -> None:
        self._go(self.day + timedelta(days=step))

    def action_page(self, step: int) -> None:
        if self.empty_days:
            self.action_jump(step)
            return
        self._go(month_later(self.day, step) if self.is_month else self.day + timedelta(days=7 * step))

    def action_today(self) -> None:
        self._go(self._today(), self._next_at())

    def action_empty(self) -> None:
        """All, then the empty slots alone of the next days, then of more of them."""
        if self._snapshot is not None and not self._snapshot.has_slots:
            self.host.say(_("the team has no slots; add some with: smdash team edit"))
            return
        self._show_empty({0: SOON, SOON: LATER}.get(self.empty_days, 0))

    def _show_empty(self, days: int) -> None:
        self.empty_days = days
        self._sort()
        self._go(min(self._by_day, default=self._today()) if days == SOON else self.day)

    def action_month(self) -> None:
        if self.empty_days:
            self._show_empty(0)
        self.is_month = not self.is_month
        at, key = self._at, self.key
        self._go(self.day, at)
        self.key = key
        self._hold_cursor()
        self._show()

    # Drawing.

    def parts(self, width: int, height: int) -> tuple[Line, list[Line]]:
        return self._title(), self._inside(width, height)

    def _view(self) -> draw.View:
        return draw.View(
            self._by_day, self._snapshot.holidays if self._snapshot else {},
            self._snapshot.observances if self._snapshot else {}, self.day, self.key, self._today(), self.now,
            self.host.zone, self.glyphs, self.has_focus, bool(self.empty_days),
        )  # fmt: skip

    def _inside(self, width: int, height: int) -> list[Line]:
        view, weeks = self._view(), self._weeks()
        rule: Line = [Piece(self.glyphs.across * width, "border")]
        if self._is_list():
            return draw.day_list(view, weeks[0], width, height)
        if self.is_month:
            tall, weeks = self._month(height)
            lines = calendar_month.month_grid(view, weeks, width, tall)
            left = height - len(lines) - 1
            if left < 2:
                return (lines + [[Piece(" " * width)]] * height)[:height]
            return [*lines, rule, *draw.day_list(view, [self.day], width, left)]
        above = self._above(height)
        lines = draw.week_columns(view, weeks[0], width, above)
        return lines if above == height else [*lines, rule, *draw.about(view, self.row, width)]

    def _month(self, height: int) -> tuple[int, list[list[date]]]:
        """The lines of a week in a month, and the weeks that there is room for, that of the cursor among them."""
        weeks = self._weeks()
        tall = 3 if height >= TALL_MONTH_FROM else 2 if height > 2 * len(weeks) else 1
        fits = max((height - 1) // tall, 1)
        at = next(at for at, week in enumerate(weeks) if self.day in week)
        first = max(at - fits + 1, 0)
        return tall, weeks[first : first + fits]

    def _above(self, height: int) -> int:
        """The lines of a week in columns; below them stands the post under the cursor."""
        return height if height < ABOUT_FROM else height - 3

    def _place_at(self, x: int, y: int) -> draw.Place | None:
        """The day or post that lies on a cell within the border."""
        width, height = self.size.width - 2, self.size.height - 2
        view, weeks = self._view(), self._weeks()
        if self._is_list():
            shown, _below = draw.list_places(view, weeks[0], height)
            return shown[y] if 0 <= y < len(shown) else None
        column = draw.column_at(width, x)
        if not self.is_month:
            above = self._above(height)
            return draw.place_in_column(view, weeks[0][column], y, above) if 0 <= y < above else None
        tall, weeks = self._month(height)
        if 1 <= y < 1 + len(weeks) * tall:
            return draw.Place(weeks[(y - 1) // tall][column])
        under = y - 2 - len(weeks) * tall
        shown, _below = draw.list_places(view, [self.day], height - len(weeks) * tall - 2)
        return shown[under] if 0 <= under < len(shown) else None

    def _title(self) -> Line:
        weeks = self._weeks()
        line = [Piece(_("Calendar"), "bold")]
        said: Line = []
        if self.empty_days:
            shown = weeks[0]
            said.append(Piece(_("empty slots"), "accent"))
            said.append(Piece(formats.days_words(shown[0], shown[-1]), "base"))
        elif self.is_month:
            said.append(Piece(formats.month_year(self.day), "base"))
            shown = [day for week in weeks for day in week if day.month == self.day.month]
        else:
            shown = weeks[0]
            noon = start_of_day(shown[0], self.host.zone) + timedelta(hours=12)
            number = week_of(noon, self.host.zone, self._week_start()).number
            said.append(Piece(_("week {n}").format(n=number), "base"))
            said.append(Piece(formats.days_words(shown[0], shown[-1]), "base"))
        if self.only:
            what = self.only.words()
            said.append(
                Piece(
                    _("only {what}").format(what=fit(what, MOST_ONLY) if width_of(what) > MOST_ONLY else what), "accent"
                )
            )
        rows = [row for day in shown for row in self._by_day.get(day, [])]
        if self.empty_days:
            said.append(Piece(ngettext("{n} empty", "{n} empty", len(rows)).format(n=len(rows)), "base"))
            return self._joined(line, said)
        found = [row for row in rows if isinstance(row, Post)]
        said.append(Piece(ngettext("{n} post", "{n} posts", len(found)).format(n=len(found)), "base"))
        late = sum(1 for post in found if lateness(post, self.now))
        failed = sum(1 for post in found if post.shown in STUCK)
        if late:
            said.append(Piece(ngettext("{n} late", "{n} late", late).format(n=late), "error"))
        if failed:
            said.append(Piece(ngettext("{n} to decide about", "{n} to decide about", failed).format(n=failed), "error"))
        if self._snapshot and self._snapshot.has_slots:
            end = start_of_day(self._today() + timedelta(days=SOON), self.host.zone)
            fits = self.only.fits if self.only else None
            soon = [one for one in self._snapshot.soon if one.at < end]
            empty = sum(1 for one in soon if fits is None or fits(one, self._snapshot.brands))
            words = ngettext("{n} empty in {days} days", "{n} empty in {days} days", empty)
            said.append(Piece(words.format(n=empty, days=SOON), "base"))
        if self._snapshot and self._snapshot.more:
            said.append(Piece(_("only the first {n} posts").format(n=formats.number(MOST_POSTS)), "warning"))
        return self._joined(line, said)

    def _joined(self, line: Line, said: Line) -> Line:
        """The title's parts beside each other, with the age of what could not be read again."""
        if self._failed_since is not None:
            age = formats.short_age(self.now - self._failed_since)
            said.append(Piece(_("not fresh, {age}").format(age=age), "warning"))
        if sum(width_of(piece.text) + 3 for piece in (*line, *said)) > self.size.width and not self.is_month:
            # The days say which week it is; what follows them can't be known otherwise.
            del said[0]
        for piece in said:
            line += [Piece(" · ", "dim"), piece]
        return line
