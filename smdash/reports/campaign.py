"""The report of a campaign as a document: what it has and lacks, what came of it, and what it took."""

from __future__ import annotations

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from smdash.core import formats, labels
from smdash.core.campaigns import MENTIONS, POSTS
from smdash.core.clock import find_zone
from smdash.core.coverage import ERROR
from smdash.core.reports import CampaignReport
from smdash.locale import gettext as _
from smdash.locale import pgettext
from smdash.reports.document import (
    WHOLE,
    Bar,
    Cell,
    Chart,
    Column,
    Document,
    Fact,
    Section,
    hours,
    moment,
    number,
    shortened,
    table,
    theirs,
    word,
)
from smdash.reports.week_rest import decision_table


def document(report: CampaignReport) -> Document:
    """The whole report."""
    zone = find_zone(report.zone)
    return Document(
        _("Campaign {name}").format(name=shortened(report.campaign.name)),
        tuple(_lead(report, zone)),
        (
            _goals(report),
            _coverage(report),
            _missing(report, zone),
            _posts(report, zone),
            _hours(report),
            _decisions(report),
        ),
    )


def _lead(report: CampaignReport, zone: ZoneInfo) -> Iterator[str]:
    one = report.campaign
    kind = labels.campaign_kind(one.kind.value)
    span = f"{formats.begin_words(one.starts_at, zone)} – {formats.end_words(one.ends_at, zone)}"
    yield " · ".join(part for part in (report.team, one.brand or "", kind, span) if part)
    made = formats.whole_moment(report.made_at, zone)
    if one.cancelled_at is not None:
        yield _("It was called off. As of {moment}.").format(moment=made)
    elif one.ends_at <= report.made_at:
        yield _("It is over. As of {moment}.").format(moment=made)
    elif one.starts_at > report.made_at:
        yield _("It has not begun. As of {moment}.").format(moment=made)
    else:
        yield _("So far: it is running. As of {moment}.").format(moment=made)


def _figure(name: str) -> str:
    return {POSTS: _("posts"), MENTIONS: _("mentions")}.get(name) or labels.figure(name)


def _goals(report: CampaignReport) -> Section:
    one = report.campaign
    chart = Chart(
        _("Goals"),
        _("How much of each goal is reached, in percent, and how much should be by now."),
        tuple(
            Bar(
                _figure(goal.figure), min(100 * goal.now / goal.target, 150),
                f"{formats.number(goal.now)} / {formats.number(goal.target)}", 100, 100 * goal.expected / goal.target,
            )
            for goal in report.goals
        ),
        _("reached"),
        _("goal"),
        _("expected by now"),
    )  # fmt: skip
    return Section(
        "figures",
        _("Figures"),
        (
            Fact("planned", _("posts planned"), number(one.posts_planned)),
            Fact("published", _("posts out"), number(one.posts_done)),
            Fact("mentions", _("mentions"), number(report.mentions)),
            Fact("answered", _("answered"), number(report.answered)),
            Fact("hours", _("hours"), hours(sum(minutes for _key, minutes in report.activities))),
        ),
        table(
            "goals",
            _("Goals"),
            (
                Column("figure", pgettext("column", "figure")),
                Column("reached", _("reached"), number=True),
                Column("expected", _("expected by now"), number=True),
                Column("goal", _("goal"), number=True),
                Column("state", _("state")),
            ),
            (
                (
                    word(_figure(goal.figure), goal.figure),
                    number(goal.now),
                    Cell(formats.number(int(goal.expected)), int(goal.expected)),
                    number(goal.target),
                    word(_("behind"), "behind") if goal.is_behind else word(_("on course"), "on_course"),
                )
                for goal in report.goals
            ),
            chart=chart,
        ),
    )


def _coverage(report: CampaignReport) -> Section:
    return Section(
        "coverage",
        _("Coverage"),
        (),
        table(
            "coverage",
            _("Posts by phase and account"),
            (
                Column("phase", _("phase")),
                Column("account", _("account")),
                Column("planned", _("planned"), number=True),
                Column("published", _("published"), number=True),
            ),
            (
                (
                    theirs(one.phase) if one.phase else word(_("none"), ""),
                    word("/".join(one.account)),
                    number(one.planned),
                    number(one.out),
                )
                for one in report.coverage
            ),
        ),
        empty=_("The campaign has no posts yet."),
    )


def _missing(report: CampaignReport, zone: ZoneInfo) -> Section:
    late = [one for one in report.milestones if one.is_overdue(report.made_at)]
    return Section(
        "missing",
        _("What is missing"),
        (),
        (
            *table(
                "missing",
                _("What is missing"),
                (Column("severity", _("how urgent")), Column("phase", _("phase"), extra=True),
                 Column("missing", _("missing"), whole=True)),
                (
                    (
                        word(_("urgent"), one.severity) if one.severity == ERROR else word(_("soon"), one.severity),
                        theirs(one.phase or ""),
                        theirs(one.words, WHOLE),
                    )
                    for one in report.missing
                ),
            ),
            *table(
                "milestones",
                _("Milestones"),
                (
                    Column("due_at", _("due"), fixed=True),
                    Column("milestone", _("milestone")),
                    Column("owner", _("owner")),
                    Column("state", _("state")),
                ),
                (
                    (
                        moment(one.due_at, zone),
                        theirs(one.name),
                        theirs(one.owner or ""),
                        word(_("done"), "done")
                        if one.done_at
                        else word(_("overdue"), "overdue")
                        if one in late
                        else word(labels.state("open"), "open"),
                    )
                    for one in report.milestones
                ),
            ),
            *table(
                "live_after_end",
                _("Posts that still offer what is over"),
                (Column("id", "ID", number=True), Column("text", _("text"))),
                (
                    (Cell(str(one.id), one.id), theirs(one.body))
                    for one in report.posts
                    if one.id in report.live_after_end
                ),
            ),
        ),
        empty=_("Nothing is missing."),
    )  # fmt: skip


def _posts(report: CampaignReport, zone: ZoneInfo) -> Section:
    names = sorted({name for one in report.posts for name, _value in one.figures}, key=labels.figure_order)
    return Section(
        "posts",
        _("Posts"),
        (),
        (
            *table(
                "posts",
                _("Posts of the campaign"),
                (
                    Column("id", "ID", number=True),
                    Column("due_at", _("due"), fixed=True),
                    Column("state", _("state")),
                    Column("category", _("category")),
                    Column("accounts", _("account")),
                    Column("text", _("text")),
                ),
                (
                    (
                        Cell(str(one.id), one.id), moment(one.due_at, zone), word(labels.state(one.state), one.state),
                        word(labels.category(one.category), one.category), word(", ".join(one.accounts)),
                        theirs(one.body),
                    )
                    for one in report.posts
                ),
            ),
            *table(
                "figures",
                _("Figures of the posts"),
                (
                    Column("id", "ID", number=True),
                    *(Column(name, labels.figure(name), number=True) for name in names),
                ),
                (
                    (Cell(str(one.id), one.id), *(_value(dict(one.figures).get(name)) for name in names))
                    for one in report.posts
                    if one.figures
                ),
            ),
        ),
        empty=_("The campaign has no posts yet."),
    )  # fmt: skip


def _value(value: int | None) -> Cell:
    return Cell("–") if value is None else number(value)


def _hours(report: CampaignReport) -> Section:
    return Section(
        "hours",
        _("Hours"),
        (),
        (
            *table(
                "activities",
                _("Hours by activity"),
                (Column("activity", _("activity")), Column("done", _("done"), number=True)),
                ((word(labels.activity(key), key), hours(minutes)) for key, minutes in report.activities),
            ),
            *table(
                "members",
                _("Hours by member"),
                (Column("member", _("member")), Column("done", _("done"), number=True)),
                ((Cell(shortened(one.name), one.login, True), hours(one.done_minutes)) for one in report.members),
            ),
        ),
        empty=_("No time was written down for the campaign."),
    )


def _decisions(report: CampaignReport) -> Section:
    return Section(
        "decisions",
        _("Decisions"),
        (),
        decision_table(report.decisions, _("What was decided about the campaign"), with_week=True, with_campaign=False),
        empty=_("No decision about the campaign was written down."),
    )
