"""Response goals: until when a mention should be answered, counted in all hours or in working hours alone.

A goal may name a kind, a network and a priority; of those that fit, the one that names most counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta, tzinfo
from typing import NamedTuple

from smdash.core.clock import Span
from smdash.core.worktime import WeekTimes, working_spans

# How goals and response times are counted: the hour hand alone, or only while the team works.
COUNTS = ("all_hours", "working_hours")
# Working time further away than this is none: the team's hours were emptied, or every day is a holiday.
FURTHEST = timedelta(days=3 * 366)
# How many days' hours are remembered; some MB.
_MOST_DAYS = 5000
_NOTHING = timedelta()


class Goal(NamedTuple):
    """Minutes until an answer to what fits; what is not named fits everything."""

    minutes: int
    kind: str | None = None
    platform: str | None = None
    priority: int | None = None

    @property
    def rank(self) -> tuple[int, bool, bool]:
        """How closely it names what it is for: the higher counts. Of equals, a priority says more than a network."""
        named = sum(one is not None for one in (self.kind, self.platform, self.priority))
        return named, self.priority is not None, self.platform is not None

    def fits(self, kind: str, platform: str, priority: int) -> bool:
        return self.kind in (None, kind) and self.platform in (None, platform) and self.priority in (None, priority)


class Calendar:
    """A team's working time as instants: its hours in its zone, without its holidays. Days are worked out once."""

    def __init__(self, hours: WeekTimes, zone: tzinfo, holidays: Iterable[date] = ()) -> None:
        self._hours = hours
        self._zone = zone
        self._off = frozenset(holidays)
        self._days: dict[date, tuple[Span, ...]] = {}

    def spans(self, day: date) -> tuple[Span, ...]:
        """The working time of a local calendar day."""
        found = self._days.get(day)
        if found is None:
            if len(self._days) >= _MOST_DAYS:
                self._days.clear()
            found = self._days[day] = tuple(working_spans(day, self._hours, self._zone, self._off))
        return found

    def is_working(self, instant: datetime) -> bool:
        """Whether it is working time at this instant."""
        day = instant.astimezone(self._zone).date()
        return any(span.start <= instant < span.end for span in self.spans(day))

    def weekday(self, instant: datetime) -> int:
        """The local day of the week, Monday is 0."""
        return instant.astimezone(self._zone).weekday()

    def later(self, start: datetime, by: timedelta) -> datetime | None:
        """The instant at which so much working time has passed since *start*, or nothing where none is near.

        Time that ends with a day's work ends then, not on the next morning.
        """
        left = by
        day = start.astimezone(self._zone).date()
        for _number in range(FURTHEST.days):
            for span in self.spans(day):
                begin = max(span.start, start)
                if begin < span.end:
                    if left <= span.end - begin:
                        return begin + left
                    left -= span.end - begin
            day += timedelta(days=1)
        return None

    def between(self, start: datetime, end: datetime) -> timedelta:
        """How much working time lies between two instants; only the first FURTHEST is counted."""
        end = min(end, start + FURTHEST)
        total = _NOTHING
        day = start.astimezone(self._zone).date()
        last = end.astimezone(self._zone).date()
        while day <= last:
            for span in self.spans(day):
                total += max(min(span.end, end) - max(span.start, start), _NOTHING)
            day += timedelta(days=1)
        return total


class ResponseGoals:
    """A team's goals, ready to be asked for a hundred thousand mentions.

    Without a calendar all hours count.
    """

    def __init__(self, goals: Iterable[Goal], calendar: Calendar | None = None) -> None:
        self._goals = sorted(goals, key=lambda one: one.rank, reverse=True)
        self._calendar = calendar
        self._known: dict[tuple[str, str, int], timedelta | None] = {}

    @classmethod
    def by_kind(cls, minutes: Mapping[str, int]) -> ResponseGoals:
        """Goals of a kind each, counted in all hours."""
        return cls(Goal(some, kind) for kind, some in minutes.items())

    def goal(self, kind: str, platform: str, priority: int) -> timedelta | None:
        """How long an answer may take, or nothing where the team has set itself no goal."""
        key = (kind, platform, priority)
        if key in self._known:
            return self._known[key]
        minutes = next((one.minutes for one in self._goals if one.fits(*key)), None)
        found = self._known[key] = None if minutes is None else timedelta(minutes=minutes)
        return found

    def due_at(
        self, kind: str, platform: str, priority: int, sent_at: datetime, reply_until: datetime | None = None
    ) -> datetime | None:
        """Until when (UTC) it should be answered: the goal, or the network's window where that closes sooner."""
        goal = self.goal(kind, platform, priority)
        due: datetime | None = None
        if goal is not None:
            try:
                due = sent_at + goal if self._calendar is None else self._calendar.later(sent_at, goal)
            except OverflowError:
                due = None  # a network that writes in the year 9999 waits for no answer
        if reply_until is not None:
            return reply_until if due is None else min(due, reply_until)
        return due

    def seconds(self, start: datetime, end: datetime) -> int:
        """How long an answer took, counted as the goals are."""
        took = end - start if self._calendar is None else self._calendar.between(start, end)
        return max(int(took.total_seconds()), 0)


def to_plain(goals: Iterable[Goal]) -> list[dict[str, object]]:
    """The form in which the store and TOML keep goals; what is not named is left out."""
    return [{key: value for key, value in one._asdict().items() if value is not None} for one in goals]


def from_plain(value: object) -> tuple[Goal, ...]:
    """Read what ``to_plain`` gave; what another program put in its place and is no goal is left out."""
    found = []
    for one in value if isinstance(value, list) else ():
        if not isinstance(one, dict) or type(one.get("minutes")) is not int or one["minutes"] < 1:
            continue
        kind, platform, priority = one.get("kind"), one.get("platform"), one.get("priority")
        if isinstance(kind, str | None) and isinstance(platform, str | None) and isinstance(priority, int | None):
            found.append(Goal(one["minutes"], kind, platform, priority))
    return tuple(found)
