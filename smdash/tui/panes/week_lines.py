"""How a week of hours is drawn: days beside each other, activities below each other, totals against targets."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, tzinfo
from typing import NamedTuple

from smdash.core import formats, labels
from smdash.core.targets import BUDGET, Target, WeekPace
from smdash.locale import gettext as _
from smdash.tui.cells import Glyphs, bar, fit, width_of
from smdash.tui.panes.week_rows import Key, Row
from smdash.tui.widgets.lines import Line, Piece, spread

# Cells of the mark before a line, of a day where there is room for its date, and where there is not, of a sum.
MARK, WIDE_DAY, DAY, SUM = 2, 7, 5, 6
LEAST_NAME, MOST_NAME = 10, 20
LEAST_BAR = 5
# From this width on the entries of the day stand beside the week.
BESIDE_FROM = 118
# The part of the width that the week has then.
LEFT = 0.6
# Minutes below which a stretch is nothing to show.
LEAST_SHOWN = 0.5
# Lines of when it was worked, and those that what is under the cursor keeps beside it.
STRIP, LEAST_ABOUT = 8, 5
# Lines that the entries below keep at least.
LEAST_BELOW = 4


class View(NamedTuple):
    """All that is drawn. ``seconds`` are those of each activity by day; ``by_day`` are the rows of days: of
    the one under the cursor at least.

    ``inside``: the cursor is among those rows. ``told`` is what stands where there are none. Of a week that is over
    nobody is warned any more: ``warns`` is false.
    """

    days: tuple[date, ...]
    seconds: Mapping[str, tuple[float, ...]]
    pace: WeekPace
    warns: bool
    running: frozenset[str]
    by_day: Mapping[date, list[Row]]
    day: date
    activity: str
    key: Key | None
    inside: bool
    today: date
    now: datetime
    zone: tzinfo
    glyphs: Glyphs
    focused: bool
    told: str

    @property
    def rows(self) -> list[Row]:
        """What stands on the day under the cursor."""
        return self.by_day[self.day]

    def cursor(self, inside: bool) -> str:
        """The style of what is under the cursor, among the rows or in the week."""
        return "cursor" if self.focused and self.inside == inside else "cursor_quiet"

    def total(self, activity: str) -> float:
        """The minutes of a week."""
        return sum(self.seconds.get(activity, ())) / 60

    def all(self) -> float:
        """The minutes of all activities in the week."""
        return sum(map(self.total, self.seconds))

    def misses(self, one: Target) -> bool:
        """Whether what is left of it no longer fits into the week."""
        return self.warns and not one.fits

    def is_spent(self, one: Target) -> bool:
        """Whether it is a reserve that is used up."""
        done = self.total(one.key)
        return one.key == BUDGET and done >= max(one.target_minutes, 1)

    def of_day(self, day: date) -> float:
        """The minutes of all activities on a day."""
        at = self.days.index(day)
        return sum(some[at] for some in self.seconds.values()) / 60


class Plan(NamedTuple):
    """Where things stand within the border: the week's table, below it what is under the cursor (``about`` lines) and

    when it was worked (``strip`` lines), and the entries of the day: ``left`` cells from the left, ``top`` lines from
    the top, ``size`` lines.
    """

    table_width: int
    table_height: int
    about: int
    strip: int
    left: int
    top: int
    size: int


def plan(width: int, height: int, activities: int, *, entries: bool = True) -> Plan:
    """Divide the room: *entries* beside the week where it is wide, else below; where there are none it is all below."""
    wanted = activities + 2
    if width >= BESIDE_FROM and entries:
        left = round(width * LEFT)
        table = min(wanted, height)
        about = max(height - table - 1, 0)
        strip = STRIP if about >= STRIP + 1 + LEAST_ABOUT else 0
        return Plan(left, table, about - (strip + 1 if strip else 0), strip, left + 1, 1, height - 1)
    table = max(min(wanted, height - 1 - LEAST_BELOW), min(height, 3))
    return Plan(width, table, 0, 0, 0, table + 1, max(height - table - 1, 0))


class Columns(NamedTuple):
    """The widths of a line of the week; ``first`` is the first day shown, ``days`` how many are."""

    name: int
    first: int
    days: int
    day: int
    target: int
    bar: int


def columns(width: int, at: int) -> Columns:
    """Share the width out; where seven days have no room, those around day number *at* are shown."""
    left = width - MARK - LEAST_NAME - SUM
    if left < 7 * DAY:
        days = max(left // DAY, 1)
        first = min(max(at - days // 2, 0), 7 - days)
        return Columns(max(width - MARK - SUM - days * DAY, 1), first, days, DAY, 0, 0)
    left -= 7 * DAY
    target = SUM if left >= SUM else 0
    left -= target
    name = LEAST_NAME
    room_for_bar = LEAST_BAR + 2 if target and left >= LEAST_BAR + 2 else 0
    grown = min(left - room_for_bar, MOST_NAME - LEAST_NAME)
    name += grown
    left -= grown
    day = DAY
    if left - room_for_bar >= 7 * (WIDE_DAY - DAY):
        day, left = WIDE_DAY, left - 7 * (WIDE_DAY - DAY)
    if not room_for_bar:
        name, left = name + left, 0
    return Columns(name, 0, 7, day, target, left)


def figure(minutes: float, width: int, glyphs: Glyphs) -> str:
    """Hours, right in so many cells with one before them free; a dot for nothing."""
    if minutes < LEAST_SHOWN:
        return fit(glyphs.scheduled if width > 1 else " ", width, right=True)
    words = formats.hours(minutes)
    return fit(words if len(words) < width else formats.decimal(minutes / 60, 0), width, right=True)


def shown_activities(view: View, height: int) -> list[Target]:
    """Those that so many lines hold, the one under the cursor among them; heading and sum take two."""
    room = max(height - 2, 1)
    if len(view.pace.targets) <= room:
        return list(view.pace.targets)
    at = next((at for at, one in enumerate(view.pace.targets) if one.key == view.activity), 0)
    first = min(max(at - room // 2, 0), len(view.pace.targets) - room)
    return list(view.pace.targets[first : first + room])


def table(view: View, width: int, height: int) -> list[Line]:
    """The week: a heading, the activities, and their sum."""
    at = view.days.index(view.day)
    room = columns(width, at)
    lines = [_heading(view, room, width)]
    lines += [_activity(view, one, room, width) for one in shown_activities(view, height)]
    lines.append(_sum(view, room, width))
    return lines[: height - 1] + lines[-1:] if height > 1 else lines[:1]


def _days(view: View, room: Columns) -> tuple[date, ...]:
    return view.days[room.first : room.first + room.days]


def _heading(view: View, room: Columns, width: int) -> Line:
    line = [Piece(" " * (MARK + room.name))]
    for day in _days(view, room):
        words = f"{formats.weekday(day)} {day.day}" if room.day >= WIDE_DAY else formats.weekday(day)
        style = "accent" if day == view.today else "bold" if day == view.day else "dim"
        mark = view.glyphs.cursor if day == view.today and width_of(words) < room.day else ""
        line.append(Piece(fit(mark + words, room.day, right=True), style))
    line.append(Piece(" " + fit(_("total"), SUM - 1, right=True), "dim"))
    if room.target:
        line.append(Piece(" " + fit(_("plan"), room.target - 1, right=True), "dim"))
    return spread(line, width)


def _activity(view: View, one: Target, room: Columns, width: int) -> Line:
    runs = one.key in view.running
    here = one.key == view.activity
    spent = view.is_spent(one)
    mark = view.glyphs.running if runs else view.glyphs.late if spent else view.glyphs.soon if view.misses(one) else " "
    line = [
        Piece(fit(mark, MARK), "accent" if runs else "error" if spent else "warning"),
        Piece(fit(labels.activity(one.key), room.name), "bold" if runs or here else "base"),
    ]
    for day in _days(view, room):
        some = view.seconds.get(one.key, (0.0,) * len(view.days))
        minutes = some[view.days.index(day)] / 60
        style = "dim" if minutes < LEAST_SHOWN else "accent" if runs and day == view.today else "base"
        row = view.cursor(False) if here and day == view.day else ""
        line.append(Piece(figure(minutes, room.day, view.glyphs), style, row))
    bar_style = "accent" if runs else "error" if spent else "success"
    line += _against(view, view.total(one.key), one, room, bar_style)
    return spread(line, width)


def _against(view: View, done: float, one: Target, room: Columns, bar_style: str) -> Line:
    """What is done, the target, and a bar of both with a tick at the pace."""
    line = [Piece(figure(done, SUM, view.glyphs), "base" if done >= LEAST_SHOWN else "dim")]
    if room.target:
        line.append(
            Piece(figure(one.target_minutes, room.target, view.glyphs), "warning" if view.misses(one) else "dim")
        )
    if room.bar:
        most = max(one.target_minutes, 1)
        # A reserve has no pace: it need not be used up.
        tick = one.expected_minutes / most if one.target_minutes and one.key != BUDGET else None
        # A cell is left free, lest the border be taken for another tick.
        full, empty = bar(done / most, max(room.bar - 2, 1), view.glyphs, tick)
        line += [Piece(" "), Piece(full, bar_style), Piece(empty, "border")]
    return line


def _sum(view: View, room: Columns, width: int) -> Line:
    line = [Piece(" " * MARK), Piece(fit(_("total"), room.name), "dim")]
    for day in _days(view, room):
        line.append(Piece(figure(view.of_day(day), room.day, view.glyphs), "bold" if day == view.day else "base"))
    line += _against(view, view.all(), view.pace.total, room, "success")
    return spread(line, width)


def place_in_table(view: View, room: Columns, height: int, x: int, y: int) -> tuple[date | None, str | None]:
    """The day and the activity that lie on a cell of the table."""
    column = (x - MARK - room.name) // room.day
    days = _days(view, room)
    day = days[column] if x >= MARK + room.name and column < len(days) else None
    shown = shown_activities(view, height)
    return day, shown[y - 1].key if 1 <= y <= len(shown) else None
