"""Insights of posts in words: reach, engagement, the best hours of the week."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

from smdash.core import formats, labels
from smdash.core.insight_parts import UNKNOWN, Chart, Said, Table, number, percent, rate, weeks
from smdash.core.insights import FEW, Cell, Group, Insights, Typical, best
from smdash.locale import gettext as _
from smdash.locale import ngettext


def _known(group: Group) -> str:
    """How many posts there are, and of how many what is known at 24 hours."""
    said = ngettext("{n} post went out", "{n} posts went out", group.posts).format(n=formats.number(group.posts))
    told = [_("{n} known at 24 hours").format(n=formats.number(group.day.known))]
    if group.young:
        told.append(_("{n} not known yet").format(n=formats.number(group.young)))
    if missing := group.posts - group.day.known - group.young:
        told.append(_("{n} not measured near that age").format(n=formats.number(max(missing, 0))))
    return f"{said}: {', '.join(told)}"


def none_measured(group: Group) -> str:
    """What fills it."""
    if group.posts and group.young == group.posts:
        return _("Not known yet: posts are compared at 24 hours, and what went out is younger than that.")
    return _(
        "No figures of posts yet: the service measures what went out where the network tells; "
        "see smdash platform list, and smdash sync."
    )


def measured(group: Group) -> bool:
    return bool(group.day.known or group.week.known)


def reach(found: Insights, _of_account: bool) -> Said:
    whole = found.whole
    if not measured(whole) and not found.followers:
        return UNKNOWN, (none_measured(whole),), (), None
    said = [_known(whole)]
    if whole.day.reach is None and whole.week.reach is None:
        said.append(_("no network here tells how often posts were seen"))
    else:
        said.append(
            _("a typical post was seen {day} times within 24 hours, {week} times within 7 days").format(
                day=number(whole.day.reach), week=number(whole.week.reach)
            )
        )
    groups = {one.name: one for one in found.accounts}
    rows = []
    for name in sorted({*groups, *found.followers}):
        group = groups.get(name) or Group(name, 0, 0, Typical(), Typical())
        first, last = found.followers.get(name, (None, None))
        change = UNKNOWN if first is None or last is None else formats.change(last - first)
        rows.append(
            (name, number(group.posts), number(group.day.reach), number(group.week.reach), number(last), change)
        )
    table = Table((_("ACCOUNT"), _("POSTS"), _("24 H"), _("7 DAYS"), _("FOLLOWERS"), _("CHANGE")), tuple(rows))
    begun = next((at for at, one in enumerate(found.by_week) if one.posts), 0)
    seen = tuple(one.day.reach for one in found.by_week[begun:])
    chart = (
        Chart("bars", weeks(found.weeks[begun:]), ((_("seen within 24 hours, by week"), seen),)) if any(seen) else None
    )
    return number(whole.day.reach), tuple(said), (table,), chart


def engagement(found: Insights, _of_account: bool) -> Said:
    whole = found.whole
    if not measured(whole):
        return UNKNOWN, (none_measured(whole),), (), None
    said = [
        _known(whole),
        _(
            "a typical post got {day} likes, shares, answers, quotes and saves within 24 hours, {week} within 7 days"
        ).format(day=number(whole.day.engagement), week=number(whole.week.engagement)),
    ]
    if whole.day.rate is not None:
        said.append(_("within 24 hours that is {rate}").format(rate=rate(whole.day)))

    def table(heading: str, groups: Sequence[Group], name: Callable[[str], str]) -> Table:
        return Table(
            (heading, _("POSTS"), _("24 H"), _("7 DAYS"), _("RATE, 24 H")),
            tuple(
                (name(one.name), number(one.posts), number(one.day.engagement), number(one.week.engagement),
                 rate(one.day))
                for one in groups
            ),
        )  # fmt: skip

    acted = tuple(one.day.engagement for one in found.categories)
    names = tuple(labels.category(one.name) for one in found.categories)
    chart = Chart("names", names, ((_("engagement within 24 hours"), acted),)) if any(acted) else None
    tables = (
        table(_("CATEGORY"), found.categories, labels.category),
        table(_("FORMAT"), found.formats, labels.post_format),
        table(_("ACCOUNT"), found.accounts, str),
    )
    return (
        percent(whole.day.rate) if whole.day.rate is not None else number(whole.day.engagement),
        tuple(said),
        tables,
        chart,
    )


def hour_of(cell: Cell) -> str:
    """``Tue 19:00``."""
    return f"{formats.weekday(date(2024, 1, 1 + cell.weekday))} {cell.hour:02d}:00"


def times(score: float) -> str:
    """``1.6 ×``: how many times the usual."""
    return f"{formats.decimal(score)} ×"


def best_hours(found: Insights, _of_account: bool) -> Said:
    if not found.cells:
        return UNKNOWN, (none_measured(found.whole),), (), None
    tops, enough = best(found.cells), sum(1 for one in found.cells if one.score is not None)
    said = []
    if tops:
        said.append(
            _("best so far: {hours}").format(
                hours=", ".join(
                    _("{hour} ({times} the usual, {n} posts)").format(
                        hour=hour_of(one), times=times(one.score or 0), n=one.posts
                    )
                    for one in tops
                )
            )
        )
    if few := len(found.cells) - enough:
        said.append(
            ngettext(
                "too few: {n} hour of the week has posts, but fewer than {few}, and says nothing yet",
                "too few: {n} hours of the week have posts, but fewer than {few}, and say nothing yet",
                few,
            ).format(n=few, few=FEW)
        )
    said.append(_("engagement within 24 hours against the mean of each post's own account"))
    rows = tuple((hour_of(one), number(one.posts), times(one.score or 0)) for one in best(found.cells, 10))
    tables = (Table((_("HOUR"), _("POSTS"), _("OF USUAL")), rows),) if rows else ()
    return hour_of(tops[0]) if tops else _("too few"), tuple(said), tables, Chart("heat", cells=found.cells)
