"""A campaign whole, in lines: what the command line and the dashboard tell of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta, tzinfo
from typing import NamedTuple

from smdash.core import formats, labels
from smdash.core.campaigns import GoalPace, countdown
from smdash.core.clock import start_of_day
from smdash.core.coverage import ERROR, CampaignView, Coverage, Missing
from smdash.core.networks import code
from smdash.core.records import Campaign, Milestone, Phase
from smdash.locale import gettext as _
from smdash.locale import ngettext

# How many missing pieces of one sort are told one by one.
MOST_ALIKE = 8


class Told(NamedTuple):
    """One line; ``style`` is the meaning of its colour (DESIGN.md section 10), ``heads`` says that others follow it."""

    text: str
    style: str = "base"
    heads: bool = False


def lines(whole: CampaignView, now: datetime, zone: tzinfo) -> list[Told]:
    """All of a campaign; times are told in *zone*."""
    found = list(_about(whole.campaign, now, zone))
    for heading, part in (
        (_("Phases"), list(_phases(whole, now, zone)) or [Told(_("none"), "dim")]),
        (_("Missing"), list(_missing(whole))),
        (_("Milestones"), [_milestone(one, now, zone) for one in whole.milestones]),
        (_("Goals"), [_goal(one) for one in whole.goals]),
        (_("Mentions"), list(_mentions(whole))),
        (_("Hours"), [Told(_("{hours} h").format(hours=formats.hours(whole.seconds / 60)))] * bool(whole.seconds)),
    ):
        if part:
            found += [Told(""), Told(heading, "bold", heads=True), *part]
    return found


def _about(campaign: Campaign, now: datetime, zone: tzinfo) -> Iterator[Told]:
    kind = labels.campaign_kind(campaign.kind)
    yield Told(" · ".join([kind, *([campaign.brand] if campaign.brand else [])]), "bold")
    yield Told(between(campaign.starts_at, campaign.ends_at, zone, year=True), "dim")
    yield Told(_("{done} of {n} posts are out").format(done=campaign.posts_done, n=campaign.posts_planned))
    edge = countdown(campaign, now).edge
    if campaign.cancelled_at is not None:
        moment = formats.short_moment(campaign.cancelled_at, zone)
        yield Told(_("called off on {moment}").format(moment=moment), "error")
    elif edge is not None:
        yield Told(_("next change in {span}").format(span=formats.in_words(edge - now)), "warning")
    if campaign.note:
        yield Told(campaign.note)


def between(start: datetime, end: datetime, zone: tzinfo, *, year: bool = False) -> str:
    """From when to when; whole days as the first and the last of them."""
    first, after = start.astimezone(zone).date(), end.astimezone(zone).date()
    if start_of_day(first, zone) != start or start_of_day(after, zone) != end:
        return f"{formats.short_moment(start, zone)} – {formats.short_moment(end, zone)}"
    last = after - timedelta(days=1)
    if year and first < last:
        return formats.days_words(first, last)
    return " – ".join(dict.fromkeys((formats.date_words(first), formats.date_words(last))))


def _phases(whole: CampaignView, now: datetime, zone: tzinfo) -> Iterator[Told]:
    for phase in whole.campaign.phases:
        style = "dim" if phase.ends_at <= now else "accent" if phase.starts_at <= now else "base"
        yield Told(f"{phase.name}: {between(phase.starts_at, phase.ends_at, zone)}", style)
        yield Told(f"   {_coverage(phase, whole.coverage)}", "dim")
    outside = [one for one in whole.coverage if one.phase is None]
    if outside:
        yield Told(_("in no phase, or without a time"))
        yield Told(f"   {_counts(outside)}", "dim")


def _coverage(phase: Phase, coverage: tuple[Coverage, ...]) -> str:
    of_phase = [one for one in coverage if one.phase == phase.name]
    return _counts(of_phase) if any(one.planned for one in of_phase) else _("no posts yet")


def _counts(coverage: list[Coverage]) -> str:
    """``IG kopi 1/2, MA kopi 0/1``: out of those planned; an account without any has 0/0."""
    return ", ".join(f"{code(one.account[0])} {one.account[1]} {one.out}/{one.planned}" for one in coverage)


def _missing(whole: CampaignView) -> Iterator[Told]:
    kinds: dict[tuple[str, str], list[Missing]] = {}
    for one in whole.missing:
        kinds.setdefault((one.severity, one.code), []).append(one)
    for (severity, _code), alike in kinds.items():
        style = "error" if severity == ERROR else "warning"
        yield from (Told(f"! {one.words}", style) for one in alike[:MOST_ALIKE])
        if (more := len(alike) - MOST_ALIKE) > 0:
            said = ngettext("and {n} more like that", "and {n} more like that", more).format(n=more)
            yield Told(f"  {said}", style)
    for post_id in whole.live_after_end:
        yield Told(_("! post {id} is out still, though the campaign is over").format(id=post_id), "warning")


def _milestone(one: Milestone, now: datetime, zone: tzinfo) -> Told:
    moment = formats.short_moment(one.due_at, zone)
    who = f" · {one.owner}" if one.owner else ""
    if one.done_at is not None:
        done = formats.short_moment(one.done_at, zone)
        return Told(_("{name}: reached {moment}").format(name=one.name, moment=done) + who, "success")
    if one.is_overdue(now):
        return Told(_("! {name}: overdue since {moment}").format(name=one.name, moment=moment) + who, "error")
    return Told(_("{name}: due {moment}").format(name=one.name, moment=moment) + who)


def _goal(one: GoalPace) -> Told:
    said = _("{figure}: {now} of {target}; {expected} expected by now").format(
        figure=labels.figure(one.figure), now=formats.number(one.now), target=formats.number(one.target),
        expected=formats.number(int(one.expected)),
    )  # fmt: skip
    return Told(said, "warning" if one.is_behind else "success" if one.now >= one.target else "base")


def _mentions(whole: CampaignView) -> Iterator[Told]:
    if not whole.scope:
        return
    words = ngettext("{n} mention, {answered} answered", "{n} mentions, {answered} answered", whole.mentions)
    yield Told(words.format(n=formats.number(whole.mentions), answered=formats.number(whole.answered)))
    kinds = {"label": _("label: {words}"), "search": _("search: {words}"), "link": _("link: {words}")}
    for one in whole.scope:
        yield Told(kinds[one.kind].format(words=one.words), "dim")
