"""The second half of a week's report: what went wrong, what is carried over, what was decided."""

from __future__ import annotations

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from smdash.core import formats, labels
from smdash.core.reports import Decision, Freeze, WeekReport
from smdash.locale import gettext as _
from smdash.locale import ngettext, pgettext
from smdash.reports.document import (
    WHOLE,
    Cell,
    Column,
    Fact,
    Section,
    Table,
    lasted,
    moment,
    number,
    table,
    theirs,
    word,
)


def incidents(report: WeekReport, zone: ZoneInfo) -> Section:
    """Freezes, deliveries that failed or whose fate nobody knows, and jobs that fail."""
    found = report.incidents
    more = found.troubles_count - len(found.troubles)
    return Section(
        "incidents",
        _("Incidents"),
        (),
        (
            *table(
                "freezes",
                _("Publishing was frozen"),
                (
                    Column("from", _("from"), fixed=True),
                    Column("until", _("until"), fixed=True),
                    Column("seconds", pgettext("column", "how long"), number=True),
                    Column("who", _("who")),
                    Column("why", _("why"), whole=True),
                ),
                (_freeze_row(one, report, zone) for one in found.freezes),
            ),
            *table(
                "deliveries",
                _("Deliveries that failed, or of which nobody knows"),
                (
                    Column("id", "ID", number=True),
                    Column("due_at", _("due"), fixed=True),
                    Column("account", _("account")),
                    Column("kind", _("kind")),
                    Column("state", _("state")),
                    Column("error", _("why")),
                    Column("text", _("text")),
                ),
                (
                    (
                        Cell(str(one.id), one.id), moment(one.due_at, zone), word(one.account),
                        word(labels.delivery_kind(one.kind), one.kind), word(labels.state(one.state), one.state),
                        theirs(one.error), theirs(one.body),
                    )
                    for one in found.troubles
                ),
                more=and_more(more),
            ),
            *table(
                "jobs",
                _("Sync jobs that fail now"),
                (
                    Column("job", _("job")),
                    Column("since", _("last good run"), fixed=True),
                    Column("failures", _("failures"), number=True),
                    Column("error", _("why")),
                ),
                (
                    (Cell(theirs(one.label).text, one.name, True), moment(one.last_ok_at, zone), number(one.failures),
                     theirs(one.error))
                    for one in found.jobs
                ),
            ),
        ),
        empty=_("Nothing was frozen, no delivery failed, and every job runs."),
    )  # fmt: skip


def _freeze_row(one: Freeze, report: WeekReport, zone: ZoneInfo) -> tuple[Cell, ...]:
    until = moment(one.ended_at, zone) if one.ended_at else Cell(_("still on"), None)
    length = lasted((one.ended_at or report.made_at) - one.at)
    return moment(one.at, zone), until, length, theirs(one.by), theirs(one.reason)


def carry_over(report: WeekReport, zone: ZoneInfo) -> Section:
    """What the week leaves for the next."""
    found = report.carry_over
    return Section(
        "carry_over",
        _("Carried over"),
        (
            Fact("posts", _("posts not out"), number(found.posts_count), bad=found.posts_count > 0),
            Fact("mentions", _("mentions past their goal"), number(found.mentions_count), bad=found.mentions_count > 0),
            Fact("milestones", _("milestones due"), number(len(found.milestones))),
            Fact("decisions", _("decisions not done"), number(len(found.decisions))),
        ),
        (
            *table(
                "posts",
                _("Posts whose time is over and that are not out everywhere"),
                (
                    Column("id", "ID", number=True),
                    Column("due_at", _("due"), fixed=True),
                    Column("state", _("state")),
                    Column("accounts", _("account")),
                    Column("text", _("text")),
                ),
                (
                    (Cell(str(one.id), one.id), moment(one.due_at, zone), word(labels.state(one.state), one.state),
                     word(one.accounts), theirs(one.body))
                    for one in found.posts
                ),
                more=and_more(found.posts_count - len(found.posts)),
            ),
            *table(
                "mentions",
                _("Mentions open beyond their goal, those that wait longest"),
                (
                    Column("id", "ID", number=True),
                    Column("due_at", _("due"), fixed=True),
                    Column("account", _("account")),
                    Column("author", _("from")),
                    Column("holder", _("holder")),
                    Column("text", _("text")),
                ),
                (
                    (Cell(str(one.id), one.id), moment(one.due_at, zone), word(one.account),
                     theirs(one.author), theirs(one.assignee), theirs(one.body))
                    for one in found.mentions
                ),
                more=and_more(found.mentions_count - len(found.mentions)),
            ),
            *table(
                "milestones",
                _("Milestones that were due"),
                (
                    Column("due_at", _("due"), fixed=True),
                    Column("campaign", _("campaign")),
                    Column("milestone", _("milestone")),
                    Column("owner", _("owner")),
                ),
                (
                    (moment(one.due_at, zone), theirs(one.campaign), theirs(one.name), theirs(one.owner))
                    for one in found.milestones
                ),
            ),
            *decision_table(found.decisions, _("Decisions that are not done"), with_week=True),
        ),
    )  # fmt: skip


def decided(report: WeekReport) -> Section:
    """What the team decided in the week."""
    return Section(
        "decisions",
        _("Decisions"),
        (),
        decision_table(report.decisions, _("What was decided in the week")),
        empty=_("No decision was written down; write one with: smdash decision add TEXT"),
    )


def decision_table(
    decisions: Sequence[Decision], caption: str, *, with_week: bool = False, with_campaign: bool = True
) -> tuple[Table, ...]:
    """Decisions with their owners, a line each; nothing where there are none."""
    columns = [
        Column("id", "ID", number=True),
        *([Column("week", _("week"), fixed=True)] if with_week else []),
        Column("decision", _("decision"), whole=True),
        Column("owner", _("owner")),
        *([Column("campaign", _("campaign"), extra=True)] if with_campaign else []),
        Column("done", _("done"), extra=True),
    ]
    return table(
        "decisions",
        caption,
        columns,
        (
            (
                Cell(str(one.id), one.id),
                *((word(one.week),) if with_week else ()),
                theirs(one.body, WHOLE),
                Cell(theirs(one.owner or "").text, one.owner_login or "", True),
                *((theirs(one.campaign or ""),) if with_campaign else ()),
                Cell(_("yes"), "yes") if one.done_at else Cell("", ""),
            )
            for one in decisions
        ),
    )


def and_more(n: int) -> str:
    """How many are not named; nothing where all are."""
    return ngettext("and {n} more", "and {n} more", n).format(n=formats.number(n)) if n > 0 else ""
