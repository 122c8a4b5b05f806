"""Insights of answers, mentions and hours in words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import TypeVar

from smdash.core import formats, labels
from smdash.core.insight_parts import UNKNOWN, Chart, Said, Table, lasting, number, weeks
from smdash.core.insights import Answers, Insights
from smdash.locale import gettext as _
from smdash.locale import ngettext

# Whose hours go into posts.
_MAKING = ("updates", "research_planning", "blogging", "curation")


T = TypeVar("T")


def _from_first(found: Sequence[T], is_any: Callable[[T], object]) -> Sequence[T]:
    """Without what comes before there is anything: a young desk is not one on which nothing happened."""
    return found[next((at for at, one in enumerate(found) if is_any(one)), 0) :]


def response(found: Insights, _of_account: bool) -> Said:
    whole = found.all_answers
    if not whole.answered:
        return (
            UNKNOWN,
            (_("Nothing was answered in these weeks; r on a mention replies, and so does smdash mention reply."),),
            (),
            None,
        )
    said = [
        ngettext(
            "{n} first answer: half came within {median}, nine of ten within {p90}",
            "{n} first answers: half came within {median}, nine of ten within {p90}",
            whole.answered,
        ).format(n=formats.number(whole.answered), median=lasting(whole.median_s), p90=lasting(whole.p90_s)),
        _("by the week of the answer; counted as response goals are (smdash team show)"),
    ]
    if whole.sampled:
        said.append(_("how long they took is told by two thousand and more a week, from all over it"))

    weekly = _from_first(found.answers, lambda one: one.answered)

    def row(one: Answers) -> tuple[str, ...]:
        return one.week, number(one.answered), lasting(one.median_s), lasting(one.p90_s)

    table = Table((_("WEEK"), _("ANSWERS"), _("HALF WITHIN"), _("9 OF 10")), tuple(map(row, weekly)))

    def hours(values: Sequence[float | None]) -> tuple[float | None, ...]:
        return tuple(None if value is None else value / 3_600 for value in values)

    chart = Chart(
        "lines",
        weeks([one.week for one in weekly]),
        (
            (_("half within (hours)"), hours([one.median_s for one in weekly])),
            (_("9 of 10 within (hours)"), hours([one.p90_s for one in weekly])),
        ),
    )
    return lasting(whole.median_s), tuple(said), (table,), chart


def volume(found: Insights, _of_account: bool) -> Said:
    days = _from_first(found.days, lambda one: one[1])
    total = sum(n for _day, n in days)
    if not total:
        return UNKNOWN, (_("No mentions in these weeks; accounts bring them: smdash account add."),), (), None
    busiest, most = max(days, key=lambda one: one[1])
    mean = total / len(days)
    said = (
        ngettext(
            "{n} mention since {first}: {mean} a day, most on {day} ({most})",
            "{n} mentions since {first}: {mean} a day, most on {day} ({most})",
            total,
        ).format(
            n=formats.number(total),
            first=formats.date_words(days[0][0]),
            mean=formats.decimal(mean),
            day=formats.date_words(busiest),
            most=formats.number(most),
        ),
        _("hits of saved searches are not among them"),
    )
    by_weekday: dict[int, list[int]] = {}
    for day, n in days:
        by_weekday.setdefault(day.weekday(), []).append(n)
    table = Table(
        (_("WEEKDAY"), _("A DAY"), _("MOST")),
        tuple(
            (formats.weekday(date(2024, 1, 1 + weekday)), formats.decimal(sum(some) / len(some)), number(max(some)))
            for weekday, some in sorted(by_weekday.items())
        ),
    )
    chart = Chart(
        "lines",
        tuple(f"{day.day}/{day.month}" for day, _n in days),
        ((_("mentions a day"), tuple(float(n) for _day, n in days)),),
    )
    return _("{n} a day").format(n=formats.decimal(mean)), said, (table,), chart


def hours(found: Insights, of_account: bool) -> Said:
    work = _from_first(found.work, lambda one: one.seconds or one.posts or one.answered)
    spent: dict[str, float] = {}
    for week in work:
        for key, seconds in week.seconds.items():
            spent[key] = spent.get(key, 0) + seconds
    total = sum(spent.values())
    if not total:
        return (
            UNKNOWN,
            (_("No hours in these weeks; t starts an activity, and so does smdash hours start."),),
            (),
            None,
        )
    posts, answered = sum(one.posts for one in work), sum(one.answered for one in work)
    making = sum(spent.get(key, 0) for key in _MAKING)
    talking = spent.get("conversation", 0)
    said = []
    if talking:
        said.append(
            _("an hour of conversation stands against {n} answers").format(
                n=formats.decimal(answered / (talking / 3_600))
            )
        )
    if posts:
        said.append(
            _("a post out stands against {hours} hours of {activities}").format(
                hours=formats.hours(making / 60 / posts), activities=" · ".join(map(labels.activity, _MAKING))
            )
        )
    if of_account:
        said.append(_("hours belong to no account: posts and answers are this account's, hours are all"))
    ordered = sorted(spent.items(), key=lambda one: -one[1])
    said.append(
        _("hours: {list}").format(
            list=" · ".join(f"{labels.activity(key)} {formats.hours(seconds / 60)}" for key, seconds in ordered)
        )
    )
    table = Table(
        (_("WEEK"), _("HOURS"), _("CONVERSATION"), _("ANSWERS"), _("MENTIONS"), _("POSTS")),
        tuple(
            (
                one.week,
                formats.hours(sum(one.seconds.values()) / 60),
                formats.hours(one.seconds.get("conversation", 0) / 60),
                number(one.answered),
                number(one.mentions),
                number(one.posts),
            )
            for one in work
        ),
    )
    chart = Chart(
        "bars",
        weeks([one.week for one in work]),
        ((_("hours a week"), tuple(sum(one.seconds.values()) / 3_600 for one in work)),),
    )
    return _("{hours} h").format(hours=formats.hours(total / 60)), tuple(said), (table,), chart
