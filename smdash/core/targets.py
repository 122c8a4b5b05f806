"""What a week asks of a member, what should be done by now, and whether the rest still fits.

The team's plan is a full-time member's. Whoever works fewer hours than the team has that part of it; days off take
their working time out of it; and as much of it is expected by now as has passed of the member's working time.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, tzinfo
from typing import NamedTuple

from smdash.core import formats, labels
from smdash.core.worktime import Absence, WeekTimes, away, working_spans
from smdash.locale import gettext as _

# The activity that is a reserve: nobody has to use it up, and what goes beyond it is missing elsewhere.
BUDGET = "contingency"
# How many things that it went to are named.
_MOST_EATEN = 5
_MINUTE = 60.0


class Target(NamedTuple):
    """An activity in one week, of a member or of the team; all in minutes.

    ``fits`` is false where what is left of it is more than the working time that is left in the week.
    """

    key: str
    target_minutes: int
    expected_minutes: float
    done_minutes: float
    fits: bool = True

    @property
    def left_minutes(self) -> float:
        """What is still to be done."""
        return max(self.target_minutes - self.done_minutes, 0.0)

    @property
    def ahead_minutes(self) -> float:
        """How much more was done than is expected by now; below zero what is missing."""
        return self.done_minutes - self.expected_minutes


class Working(NamedTuple):
    """A member's working time in one week, in minutes: ``whole`` as if nobody were away, ``there`` without days off,

    and ``passed``, what of that lies before now.
    """

    whole: float
    there: float
    passed: float

    @property
    def left(self) -> float:
        return self.there - self.passed


class Eaten(NamedTuple):
    """What a part of the reserve went to, in minutes; what is not known is empty."""

    note: str
    campaign: str
    brand: str
    minutes: float

    @property
    def words(self) -> str:
        """The note, or what it was for where there is none."""
        return self.note.partition("\n")[0].strip() or self.campaign or self.brand


class Budget(NamedTuple):
    """The reserve of a week, and what it went to, the biggest first."""

    target_minutes: int
    spent_minutes: float
    eaten: tuple[Eaten, ...]

    @property
    def is_spent(self) -> bool:
        """Whether nothing is left of it (and something was there, or taken)."""
        return self.spent_minutes > 0 and self.spent_minutes >= self.target_minutes

    @property
    def words(self) -> str:
        """What it went to, in hours: the biggest things, and the rest of them together."""
        parts = [f"{one.words or _('without a note')} {formats.hours(one.minutes)}" for one in self.eaten[:_MOST_EATEN]]
        if rest := sum(one.minutes for one in self.eaten[_MOST_EATEN:]):
            parts.append(_("other things {hours}").format(hours=formats.hours(rest)))
        return _("{activity} went to: {what}").format(activity=labels.activity(BUDGET), what="; ".join(parts))


class WeekPace(NamedTuple):
    """The activities of a week in the plan's order, and all of them together; minutes.

    ``part`` is how much of the team's hours the member works, 1.0 for the team itself; ``off_minutes`` are the working
    time that absences and holidays take out of the week, ``room_minutes`` what is left of it.
    """

    targets: tuple[Target, ...]
    total: Target
    room_minutes: float
    off_minutes: float
    part: float
    budget: Budget | None

    @property
    def left_minutes(self) -> float:
        """What is still to be done of all activities; the reserve need not be used up."""
        return sum(one.left_minutes for one in self.targets if one.key != BUDGET)


def working(
    days: Sequence[date],
    times: WeekTimes,
    zone: tzinfo,
    off: Collection[date],
    absences: Iterable[Absence],
    now: datetime,
) -> Working:
    """The working time of the local *days*; those in *off* and those of the absences are no working days."""
    gone = tuple(absences)
    whole = there = passed = 0.0
    for day in days:
        is_off = day in off or away(gone, day) is not None
        for span in working_spans(day, times, zone):
            minutes = (span.end - span.start).total_seconds() / _MINUTE
            whole += minutes
            if not is_off:
                there += minutes
                passed += min(max((now - span.start).total_seconds() / _MINUTE, 0.0), minutes)
    return Working(whole, there, passed)


def part_of(own: WeekTimes | None, team: WeekTimes) -> float:
    """How much of the team's hours a member works, from 0 to 1; who has no hours of their own works all of them."""
    if own is None:
        return 1.0
    theirs, ours = _minutes(own), _minutes(team)
    return 1.0 if theirs >= ours else theirs / ours


def _minutes(times: WeekTimes) -> int:
    return sum(one.end - one.start for day in times for one in day)


def asked(
    plan: Iterable[tuple[str, int]], own: Mapping[str, int], part: float, time: Working
) -> dict[str, tuple[int, float]]:
    """The target of each activity in whole minutes, and what is expected of it by now.

    *own* are the member's own targets of a week, which take the place of their *part* of the plan.
    """
    there = time.there / time.whole if time.whole else 0.0
    passed = time.passed / time.there if time.there else 0.0
    found = {}
    for key, minutes in plan:
        target = round(there * own.get(key, minutes * part))
        found[key] = (target, target * passed)
    return found


def week_pace(
    plan: Iterable[tuple[str, int]],
    members: Sequence[tuple[Mapping[str, tuple[int, float]], Working]],
    done: Mapping[str, float],
    eaten: Iterable[Eaten],
    part: float = 1.0,
) -> WeekPace:
    """Add up what is asked of the *members* against the minutes *done* of each activity."""
    room = sum(time.left for _asked, time in members)
    off = sum(time.whole - time.there for _asked, time in members)
    targets = []
    for key, _minutes in plan:
        one = Target(
            key,
            sum(found[key][0] for found, _time in members),
            sum(found[key][1] for found, _time in members),
            done.get(key, 0.0),
        )
        targets.append(one._replace(fits=key == BUDGET or one.left_minutes <= room))
    left = sum(one.left_minutes for one in targets if one.key != BUDGET)
    total = Target(
        "",
        sum(one.target_minutes for one in targets),
        sum(one.expected_minutes for one in targets),
        sum(one.done_minutes for one in targets),
        left <= room,
    )
    reserve = next((one for one in targets if one.key == BUDGET), None)
    budget = None
    if reserve is not None:
        biggest = sorted(eaten, key=lambda one: (-one.minutes, one.words))
        budget = Budget(reserve.target_minutes, reserve.done_minutes, tuple(biggest))
    return WeekPace(tuple(targets), total, room, off, part, budget)
