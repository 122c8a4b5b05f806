"""What belongs to the team as a whole: its settings as one frozen record, and what sets two of them apart."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from smdash.core.approval import FEWEST, Approval
from smdash.core.clock import duration_minutes
from smdash.core.errors import InputError
from smdash.core.goals import COUNTS, Goal
from smdash.core.goals import to_plain as goals_plain
from smdash.core.records import Category, MentionKind
from smdash.core.rules import Rule
from smdash.core.rules import to_plain as rule_plain
from smdash.core.slots import Slot
from smdash.core.slots import to_plain as slots_plain
from smdash.core.text import clean_name
from smdash.core.views import NamedQuery
from smdash.core.views import to_plain as views_plain
from smdash.core.worktime import DEFAULT_TIMES as DEFAULT_TIMES
from smdash.core.worktime import LONGEST_OBSERVANCE as LONGEST_OBSERVANCE
from smdash.core.worktime import NO_TIMES, WEEKDAYS, WeekTimes, to_plain
from smdash.core.worktime import Holiday as Holiday
from smdash.locale import gettext as _

# A goal or target beyond these (minutes) is a slip of the pen.
LONGEST_GOAL = 31 * 24 * 60
LONGEST_TARGET = 7 * 24 * 60
MOST_ACTIVITIES = 40
LONGEST_RETENTION = 3_650
# Each post is searched for each of them.
MOST_BANNED = 1_000

GOAL_KINDS = tuple(kind.value for kind in MentionKind)
CATEGORIES = tuple(category.value for category in Category)


class TeamSettings(NamedTuple):
    """The team's settings.

    ``week_start`` counts from Monday (0) to Sunday (6). ``hours`` are the working hours of members who have none of
    their own. ``goals``: minutes until a mention of a kind should be answered; a kind that is not there has no goal,
    unless one of ``closer_goals`` fits. ``goals_count`` is one of COUNTS.
    ``activities``: minutes a week and member, in the order in which they are shown. ``mix``: the share of each
    category of posts in percent, 100 together, or empty where the team has no target. ``retention_days`` after it
    arrived, a mention that is done is erased; 0 keeps all. ``banned_words`` hold a post back, and with ``utm`` the
    links in posts have to carry utm_source (core.lint). ``approval``: whether posts wait for a second member, and
    where it is ``several``, for how many: ``approvers``. ``slots`` are in the order of the week.
    """

    name: str = ""
    zone: str = "Asia/Jakarta"
    week_start: int = 0
    hours: WeekTimes = NO_TIMES
    holidays: tuple[Holiday, ...] = ()
    goals: tuple[tuple[str, int], ...] = ()
    closer_goals: tuple[Goal, ...] = ()
    goals_count: str = COUNTS[0]
    rules: tuple[Rule, ...] = ()
    views: tuple[NamedQuery, ...] = ()
    activities: tuple[tuple[str, int], ...] = ()
    mix: tuple[tuple[str, int], ...] = ()
    retention_days: int = 0
    banned_words: tuple[str, ...] = ()
    utm: bool = False
    approval: Approval = Approval.NONE
    approvers: int = FEWEST
    slots: tuple[Slot, ...] = ()


def plain(settings: TeamSettings) -> dict[str, object]:
    """The settings by the names that people know them by, as JSON and the book of events hold them."""
    return {
        "name": settings.name,
        "zone": settings.zone,
        "week_start": WEEKDAYS[settings.week_start],
        "working_hours": to_plain(settings.hours),
        "holidays": {one.day.isoformat(): one.name for one in settings.holidays},
        "response_goals": dict(settings.goals),
        "response_goal": goals_plain(settings.closer_goals),
        "goals_count": settings.goals_count,
        "rule": [rule_plain(one) for one in settings.rules],
        "view": views_plain(settings.views),
        "activities": dict(settings.activities),
        "mix": dict(settings.mix),
        "retention_days": settings.retention_days,
        "banned_words": list(settings.banned_words),
        "utm": settings.utm,
        "approval": settings.approval.value,
        "approvers": settings.approvers,
        "slots": slots_plain(settings.slots),
    }


def changed(before: TeamSettings, after: TeamSettings) -> list[str]:
    """The names of the settings that differ."""
    old, new = plain(before), plain(after)
    found = [key for key in old if old[key] != new[key]]
    if before.activities != after.activities and "activities" not in found:
        found.append("activities")  # only their order
    return found


def distinct(words: Iterable[str]) -> tuple[str, ...]:
    """Words as names are kept: clean, none of them empty, each once whatever its case."""
    found: dict[str, str] = {}
    for word in map(clean_name, words):
        if word:
            found.setdefault(word.casefold(), word)
    return tuple(found.values())


def parse_minutes(value: object, most: int) -> int:
    """Read ``"4h"``, ``"1h30m"``, ``"45m"`` or a number of minutes, from 0 to *most*. Raises InputError."""
    minutes: float | None = None
    if type(value) is int:
        minutes = value
    elif type(value) is str:
        minutes = duration_minutes(value)
    if minutes is None or minutes != int(minutes):
        raise InputError(_("expected whole minutes, as a number or such as “4h” or “1h30m”"))
    if not 0 <= minutes <= most:
        raise InputError(_("expected from 0 to {most}").format(most=minutes_text(most)))
    return int(minutes)


def minutes_text(minutes: int) -> str:
    """``4h``, ``1h30m`` or ``45m``: what ``parse_minutes`` reads."""
    hours, rest = divmod(minutes, 60)
    return (f"{hours}h" if hours else "") + (f"{rest}m" if rest or not hours else "")
