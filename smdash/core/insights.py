"""What the figures of some weeks say: posts at an equal age, answers, mentions, hours, and the source's three aims.

Everything here is counted from what ``store.insights`` read. A figure that is not known is None, never 0.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta, tzinfo
from typing import NamedTuple

from smdash.core import equal_age
from smdash.core.clock import Span, Week, week_of
from smdash.core.equal_age import DAY, WEEK, Age, Around

# How many weeks can be looked at, the present one among them.
PERIODS = (4, 12, 26)
# What is summed as engagement, and what counts as reach, the first that a network has.
ENGAGEMENT = ("likes", "shares", "replies", "quotes", "saves")
REACH = ("views", "reach")
# An hour of the week with fewer posts says nothing.
FEW = 3
# Labels that tell the tone, whatever else is in their names.
PRAISE = ("praise", "thanks", "compliment", "pujian", "terima")
COMPLAINT = ("complain", "keluhan", "komplain", "aduan")


class Out(NamedTuple):
    """A post that went out to an account (``platform/name``), with its figures' captures by age (hours) and name.

    ``followers`` is how many followed the account then, where that is known.
    """

    account: str
    category: str
    format: str
    sent_at: datetime
    around: Mapping[int, Mapping[str, Around]]
    followers: int | None = None


class Typical(NamedTuple):
    """What is typical of some posts at an age: of how many it is known, the median reach and engagement.

    ``rate`` is engagement as a part of what ``rate_of`` says (``views`` or ``followers``; nothing where neither is).
    """

    known: int = 0
    reach: float | None = None
    engagement: float | None = None
    rate: float | None = None
    rate_of: str = ""


class Group(NamedTuple):
    """Posts of one account, category, format or week, at 24 hours and at 7 days; ``young`` are not a day old yet."""

    name: str
    posts: int
    young: int
    day: Typical
    week: Typical


class Cell(NamedTuple):
    """An hour of the week (Monday is 0), its posts with known figures, and how they did (1 is usual), if enough."""

    weekday: int
    hour: int
    posts: int
    score: float | None


class Answers(NamedTuple):
    """First answers that were given in a week, and how long they took (seconds, as response goals are counted).

    ``sampled``: the times are those of some from all over the week.
    """

    week: str
    answered: int
    median_s: float | None
    p90_s: float | None
    sampled: bool = False


class Work(NamedTuple):
    """A week's hours by activity (seconds) and what came of them."""

    week: str
    seconds: Mapping[str, float]
    posts: int
    mentions: int
    answered: int


class Complaints(NamedTuple):
    """Mentions with a label of complaints, those of them that are done, and how long that took (seconds)."""

    number: int
    solved: int
    median_s: float | None


class Aims(NamedTuple):
    """The source's three aims. Environment: ``mentions``, how many were ``answered``, ``hidden``, ``urgent``, praised.

    Trust: ``authors``, how many of them were ``returning`` (they wrote at least a day before), from a sample where
    ``sampled``, and complaints. ``praise`` and ``complaints`` are not known where no label tells them; ``newest`` says
    that there may be more of these and that the newest were looked at.
    """

    mentions: int
    answered: int
    hidden: int
    urgent: int
    praise: int | None
    complaints: Complaints | None
    authors: int
    returning: int
    sampled: bool
    newest: bool = False


class Given(NamedTuple):
    """First answers that were given in a week, and how long they took (seconds), or some of them."""

    number: int
    seconds: Sequence[int]


class Raw(NamedTuple):
    """What was read: all that counting needs."""

    outs: tuple[Out, ...]
    days: tuple[tuple[date, int], ...]
    answers: Mapping[str, Given]
    seconds: Mapping[str, Mapping[str, float]]
    aims: Aims
    followers: Mapping[str, tuple[int, int]]


class Insights(NamedTuple):
    """Everything that is shown of a period. ``followers``: first and last known of each account in it."""

    weeks: tuple[str, ...]
    first: date
    last: date
    whole: Group
    accounts: tuple[Group, ...]
    categories: tuple[Group, ...]
    formats: tuple[Group, ...]
    by_week: tuple[Group, ...]
    cells: tuple[Cell, ...]
    answers: tuple[Answers, ...]
    all_answers: Answers
    days: tuple[tuple[date, int], ...]
    work: tuple[Work, ...]
    aims: Aims
    followers: Mapping[str, tuple[int, int]]


def weeks_until(now: datetime, zone: tzinfo, week_start: int, number: int) -> tuple[Week, ...]:
    """The last *number* weeks, that of *now* the last."""
    today = now.astimezone(zone).date()
    return tuple(_week_of_day(today - timedelta(days=7 * back), week_start) for back in reversed(range(number)))


def span_of(weeks: Sequence[Week], zone: tzinfo, week_start: int) -> Span:
    """From the first of these weeks to the end of the last."""
    return Span(weeks[0].span(zone, week_start).start, weeks[-1].span(zone, week_start).end)


def percentile(ordered: Sequence[float], part: float) -> float | None:
    """The value below which that part (0 to 1) of ascending values lies; between two it is interpolated."""
    if not ordered:
        return None
    place = (len(ordered) - 1) * part
    low = math.floor(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


def median(values: Iterable[float]) -> float | None:
    """The value in the middle."""
    return percentile(sorted(values), 0.5)


def reach(out: Out, age: Age) -> float | None:
    """How often it was seen by that age, where the network tells."""
    found = out.around.get(age.hours, {})
    for name in REACH:
        if name in found and (value := equal_age.at(age, found[name])) is not None:
            return value
    return None


def engagement(out: Out, age: Age) -> float | None:
    """What people did with it by that age, as far as the network tells."""
    found = out.around.get(age.hours, {})
    total = None
    for name in ENGAGEMENT:
        if name in found and (value := equal_age.at(age, found[name])) is not None:
            total = value if total is None else total + value
    return total


class _Figures(NamedTuple):
    out: Out
    reach: dict[int, float | None]
    engagement: dict[int, float | None]


def _typical(some: Sequence[_Figures], age: Age) -> Typical:
    seen = [value for one in some if (value := one.reach[age.hours]) is not None]
    done = [value for one in some if (value := one.engagement[age.hours]) is not None]
    known = sum(1 for one in some if one.reach[age.hours] is not None or one.engagement[age.hours] is not None)
    rate, rate_of = None, ""
    for basis in ("views", "followers"):
        both = [
            (acted, of)
            for one in some
            if (acted := one.engagement[age.hours]) is not None
            and (of := one.reach[age.hours] if basis == "views" else one.out.followers)
        ]
        if both:
            rate, rate_of = sum(acted for acted, _of in both) / sum(of for _acted, of in both), basis
            break
    return Typical(known, median(seen), median(done), rate, rate_of)


def _group(name: str, some: Sequence[_Figures], now: datetime) -> Group:
    young = sum(1 for one in some if equal_age.is_young(DAY, now - one.out.sent_at))
    return Group(name, len(some), young, _typical(some, DAY), _typical(some, WEEK))


def _groups(figures: Sequence[_Figures], names: Iterable[str], now: datetime) -> tuple[Group, ...]:
    """A group for each name that comes, most posts first."""
    by_name: dict[str, list[_Figures]] = {}
    for one, name in zip(figures, names, strict=True):
        by_name.setdefault(name, []).append(one)
    found = [_group(name, some, now) for name, some in by_name.items()]
    return tuple(sorted(found, key=lambda one: (-one.posts, one.name)))


def hour_cells(outs: Iterable[tuple[str, datetime, float]], zone: tzinfo) -> tuple[Cell, ...]:
    """The hours of the week in which something went out, from account, time and engagement of each post.

    Accounts differ in size: each post is measured against the mean of its own account's, so 1 is usual.
    """
    known = list(outs)
    by_account: dict[str, list[float]] = {}
    for account, _at, acted in known:
        by_account.setdefault(account, []).append(acted)
    usual = {account: sum(all_of) / len(all_of) for account, all_of in by_account.items()}
    cells: dict[tuple[int, int], list[float]] = {}
    for account, at, acted in known:
        if usual[account] > 0:
            local = at.astimezone(zone)
            cells.setdefault((local.weekday(), local.hour), []).append(acted / usual[account])
    return tuple(
        Cell(weekday, hour, len(some), sum(some) / len(some) if len(some) >= FEW else None)
        for (weekday, hour), some in sorted(cells.items())
    )


def best(cells: Iterable[Cell], most: int = 3) -> tuple[Cell, ...]:
    """The hours whose posts did best, among those with enough posts."""
    known = [one for one in cells if one.score is not None]
    return tuple(sorted(known, key=lambda one: (-(one.score or 0), one.weekday, one.hour))[:most])


def answers_of(week: str, given: Given) -> Answers:
    """The percentiles of a week's response times."""
    ordered = sorted(given.seconds)
    sampled = len(ordered) < given.number
    return Answers(week, given.number, percentile(ordered, 0.5), percentile(ordered, 0.9), sampled)


def all_answers(given: Iterable[Given]) -> Answers:
    """The percentiles of several weeks: each weighs as much as it has answers."""
    known = [one for one in given if one.seconds]
    number = sum(one.number for one in known)
    if all(len(one.seconds) == one.number for one in known):
        return answers_of("", Given(number, [second for one in known for second in one.seconds]))
    weighed = sorted((second, one.number / len(one.seconds)) for one in known for second in one.seconds)

    def at(part: float) -> float:
        below = 0.0
        for second, weight in weighed:
            below += weight
            if below >= part * number:
                return second
        return weighed[-1][0]

    return Answers("", number, at(0.5), at(0.9), True)


def tells(words: Iterable[str], label: str) -> bool:
    """Whether a label's name has one of these words in it."""
    folded = label.casefold()
    return any(word in folded for word in words)


def count(raw: Raw, weeks: Sequence[Week], now: datetime, zone: tzinfo, week_start: int) -> Insights:
    """All figures of these weeks."""
    figures = [
        _Figures(
            out,
            {age.hours: reach(out, age) for age in equal_age.AGES},
            {age.hours: engagement(out, age) for age in equal_age.AGES},
        )
        for out in raw.outs
    ]
    names = [week_of(out.sent_at, zone, week_start).label for out in raw.outs]
    by_week = {one.name: one for one in _groups(figures, names, now)}
    nothing = Typical()
    per_week = tuple(by_week.get(week.label, Group(week.label, 0, 0, nothing, nothing)) for week in weeks)
    mentions: dict[str, int] = {}
    for day, number in raw.days:
        label = _week_of_day(day, week_start).label
        mentions[label] = mentions.get(label, 0) + number
    none = Given(0, ())
    per_answer = tuple(answers_of(week.label, raw.answers.get(week.label, none)) for week in weeks)
    return Insights(
        weeks=tuple(week.label for week in weeks),
        first=weeks[0].first_day(week_start),
        last=now.astimezone(zone).date(),
        whole=_group("", figures, now),
        accounts=_groups(figures, (out.account for out in raw.outs), now),
        categories=_groups(figures, (out.category for out in raw.outs), now),
        formats=_groups(figures, (out.format for out in raw.outs), now),
        by_week=per_week,
        cells=hour_cells(
            (
                (one.out.account, one.out.sent_at, acted)
                for one in figures
                if (acted := one.engagement[DAY.hours]) is not None
            ),
            zone,
        ),
        answers=per_answer,
        all_answers=all_answers(raw.answers.values()),
        days=raw.days,
        work=tuple(
            Work(
                week.label, raw.seconds.get(week.label, {}), posts.posts, mentions.get(week.label, 0), answers.answered
            )
            for week, posts, answers in zip(weeks, per_week, per_answer, strict=True)
        ),
        aims=raw.aims,
        followers=raw.followers,
    )


def _week_of_day(day: date, week_start: int) -> Week:
    if week_start:
        day += timedelta(days=7 - week_start)
    year, number, _weekday = day.isocalendar()
    return Week(year, number)
