"""The report of a week as a document: what was planned and came of it, in words and figures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from zoneinfo import ZoneInfo

from smdash.core import formats, labels
from smdash.core.clock import find_zone
from smdash.core.mix import Line
from smdash.core.reports import MOST_NAMED, CampaignLine, MentionLine, PostLine, WeekReport
from smdash.core.targets import BUDGET
from smdash.locale import gettext as _
from smdash.locale import ngettext, pgettext
from smdash.reports import week_rest
from smdash.reports.document import (
    WHOLE,
    Bar,
    Cell,
    Chart,
    Column,
    Document,
    Fact,
    Section,
    Table,
    hours,
    moment,
    number,
    percent,
    table,
    theirs,
    took,
    word,
)


def document(report: WeekReport) -> Document:
    """The whole report."""
    zone = find_zone(report.zone)
    return Document(
        _("Week {week} of {team}").format(week=report.week.label, team=report.team or "smdash"),
        tuple(_lead(report, zone)),
        (
            _posts(report),
            _mix(report),
            _mentions(report),
            _campaigns(report, zone),
            _hours(report),
            week_rest.incidents(report, zone),
            week_rest.carry_over(report, zone),
            week_rest.decided(report),
        ),
    )


def _lead(report: WeekReport, zone: ZoneInfo) -> Iterator[str]:
    first = report.span.start.astimezone(zone).date()
    days = formats.days_words(first, first + timedelta(days=6))
    yield f"{days} · {report.zone}"
    if report.brand:
        yield _(
            "Only what is for {brand}; freezes and decisions are the whole team's, and hours have no plan by brand."
        ).format(brand=report.brand)
    made = formats.whole_moment(report.made_at, zone)
    if report.over:
        yield _("As of {moment}.").format(moment=made)
    else:
        yield _("So far: the week is not over. As of {moment}.").format(moment=made)


_POSTS = (("planned", False), ("published", False), ("failed", False), ("unknown", True), ("expired", True))


def post_columns(first: Column) -> tuple[Column, ...]:
    """The headings of what became of posts."""
    words = {
        "planned": _("planned"),
        "published": _("published"),
        "failed": labels.state("failed"),
        "unknown": pgettext("column", "unknown"),
        "expired": labels.state("expired"),
    }
    rest = tuple(Column(key, words[key], number=True, extra=extra) for key, extra in _POSTS)
    return (first, *rest, Column("waiting", pgettext("column", "not out"), number=True, extra=True))


def _post_row(name: Cell, one: PostLine) -> tuple[Cell, ...]:
    return name, *map(number, (one.planned, one.published, one.failed, one.unknown, one.expired, one.waiting))


def _posts(report: WeekReport) -> Section:
    whole, found = report.posts.whole, report.posts
    accounts = [one for one in found.accounts if any(one[1:])]
    categories = [one for one in found.categories if any(one[1:])]
    chart = Chart(
        _("Posts by account"),
        _("How many of the posts planned for each account were published."),
        tuple(
            Bar(one.name, one.published, f"{one.published} / {one.planned}", one.planned) for one in accounts
        ),
        _("published"),
        _("planned"),
    )  # fmt: skip
    return Section(
        "posts",
        _("Posts"),
        (
            Fact("planned", _("planned"), number(whole.planned)),
            Fact("published", _("published"), number(whole.published)),
            Fact("failed", labels.state("failed"), number(whole.failed), bad=whole.failed > 0),
            Fact("unknown", labels.state("unknown"), number(whole.unknown), bad=whole.unknown > 0),
            Fact("expired", _("not approved in time"), number(whole.expired), bad=whole.expired > 0),
            Fact("waiting", _("not out, or not yet"), number(whole.waiting)),
        ),
        (
            *table(
                "accounts", _("Posts by account"), post_columns(Column("account", _("account"))),
                (_post_row(word(one.name), one) for one in accounts), chart=chart,
            ),
            *table(
                "categories", _("Posts by category"), post_columns(Column("category", _("category"))),
                (_post_row(word(labels.category(one.name), one.name), one) for one in categories),
            ),
        ),
        _("Planned is what was due in the week, published what went out in it. A post for several accounts is one."),
    )  # fmt: skip


def _mix(report: WeekReport) -> Section:
    lines = report.mix.lines
    has_targets = any(one.target is not None for one in lines)
    if not report.mix.posts:
        return Section("mix", _("Mix of posts"), empty=_("No post was planned for the week."))
    chart = Chart(
        _("Mix of posts"),
        _("The share of each category among the week's posts, and its target."),
        tuple(
            Bar(labels.category(one.category), one.share, percent(one.share).text, tick=one.target) for one in lines
        ),
        _("share"),
        tick=_("target") if has_targets else "",
    )  # fmt: skip
    return Section(
        "mix",
        _("Mix of posts"),
        (),
        table(
            "mix",
            _("Share of the categories"),
            (
                Column("category", _("category")),
                Column("published", _("published"), number=True),
                Column("planned", _("still planned"), number=True),
                Column("share", _("share"), number=True),
                Column("target", _("target"), number=True),
                Column("difference", _("difference"), number=True),
            ),
            (_mix_row(one) for one in lines),
            chart=chart,
        ),
        "" if has_targets else _("The team has no target for its mix; set one under [mix] with: smdash team edit"),
    )


def _mix_row(one: Line) -> tuple[Cell, ...]:
    target, difference = Cell("–"), Cell("–")
    if one.target is not None:
        target = percent(one.target)
        points = one.share - one.target
        difference = Cell(signed(formats.decimal(abs(points), 0), points), round(points, 1))
    name = word(labels.category(one.category), one.category.value)
    return name, number(one.published), number(one.planned), percent(one.share), target, difference


def signed(written: str, value: float) -> str:
    """A number that was written without its sign, with it; one that shows as nothing has none."""
    if not any(digit in written for digit in "123456789"):
        return written
    return f"{'+' if value > 0 else '−'}{written}"


def _mentions(report: WeekReport) -> Section:
    whole, found = report.mentions.whole, report.mentions
    kinds = [one for one in found.kinds if one.incoming]
    open_words = _("open at the week's end") if report.over else _("open now")
    chart = Chart(
        _("Mentions by kind"),
        _("How many of the mentions of each kind were answered."),
        tuple(
            Bar(labels.kind(one.name), one.answered, f"{one.answered} / {one.incoming}", one.incoming) for one in kinds
        ),
        _("answered"),
        _("came in"),
    )  # fmt: skip
    share = 100 * whole.answered / whole.incoming if whole.incoming else 0.0
    answered = number(whole.answered)
    if whole.incoming:
        answered = answered._replace(text=f"{answered.text} ({percent(share).text})")
    note = _("Response times are counted in all hours, over what came in in the week and is answered by now.")
    if found.working_time:
        note = _("Response times are counted in working time, over what came in in the week and is answered by now.")
    return Section(
        "mentions",
        _("Mentions"),
        (
            Fact("incoming", _("came in"), number(whole.incoming)),
            Fact("answered", _("answered"), answered),
            Fact("median_s", _("first answer, median"), took(whole.median_s)),
            Fact("p90_s", _("first answer, nine of ten within"), took(whole.p90_s)),
            Fact("late", _("answered after the goal"), number(whole.late)),
            Fact("overdue", _("unanswered after the goal"), number(whole.overdue), bad=whole.overdue > 0),
            Fact("open", open_words, number(whole.open)),
            Fact("left_open", _("open from before the week"), number(found.left_open)),
        ),
        (
            *table(
                "kinds", _("Mentions by kind"), _mention_columns(Column("kind", _("kind"))),
                (_mention_row(word(labels.kind(one.name), one.name), one) for one in kinds), chart=chart,
            ),
            *table(
                "networks", _("Mentions by network"), _mention_columns(Column("network", _("network"))),
                (_mention_row(word(one.name), one) for one in found.networks if one.incoming),
            ),
        ),
        note,
    )  # fmt: skip


def _mention_columns(first: Column) -> tuple[Column, ...]:
    return (
        first,
        Column("incoming", pgettext("column", "in"), number=True),
        Column("answered", _("answered"), number=True),
        Column("late", pgettext("column", "late"), number=True, extra=True),
        Column("overdue", pgettext("column", "overdue"), number=True, extra=True),
        Column("open", labels.state("open"), number=True, extra=True),
        Column("median_s", _("median"), number=True),
        Column("p90_s", "p90", number=True),
    )


def _mention_row(name: Cell, one: MentionLine) -> tuple[Cell, ...]:
    counts = map(number, (one.incoming, one.answered, one.late, one.overdue, one.open))
    return name, *counts, took(one.median_s), took(one.p90_s)


def _campaigns(report: WeekReport, zone: ZoneInfo) -> Section:
    missing = [(one, words) for one in report.campaigns for words in one.missing]
    return Section(
        "campaigns",
        _("Campaigns"),
        (),
        (
            *table(
                "campaigns",
                _("Campaigns of the week"),
                (
                    Column("campaign", _("campaign")),
                    Column("kind", _("kind")),
                    Column("ends_at", _("ends"), fixed=True),
                    Column("state", _("state")),
                    Column("published", _("published"), number=True),
                    Column("planned", _("planned"), number=True),
                    Column("missing", _("missing"), number=True),
                ),
                (_campaign_row(one, zone) for one in report.campaigns),
            ),
            *missing_table(missing, _("What is missing")),
        ),
        empty=_("No campaign ran in the week."),
    )


def _campaign_row(one: CampaignLine, zone: ZoneInfo) -> tuple[Cell, ...]:
    state = word(_("ended"), "ended") if one.ended else word(_("running"), "running")
    kind = word(labels.campaign_kind(one.kind), one.kind)
    done, planned, missing = map(number, (one.posts_done, one.posts_planned, len(one.missing)))
    # Whole days are told by their last one, as everywhere; the value is the instant.
    ends = moment(one.ends_at, zone)._replace(text=formats.end_words(one.ends_at, zone))
    return theirs(one.name), kind, ends, state, done, planned, missing


def missing_table(missing: Sequence[tuple[CampaignLine, str]], caption: str) -> tuple[Table, ...]:
    """What campaigns lack, a line each."""
    columns = (Column("campaign", _("campaign")), Column("missing", _("missing"), whole=True))
    return table("missing", caption, columns, ((theirs(one.name), theirs(words, WHOLE)) for one, words in missing))


def _hours(report: WeekReport) -> Section:
    found = report.hours.activities
    done = sum(one.done_minutes for one in found)
    plan = None if report.brand else sum(one.target_minutes or 0 for one in found)
    expected = None if report.brand else sum(one.expected_minutes or 0.0 for one in found)
    chart = Chart(
        _("Hours by activity"),
        _("The hours done for each activity, those planned for the week, and those expected by now."),
        tuple(
            Bar(
                labels.activity(one.key), one.done_minutes, _of_plan(one.done_minutes, one.target_minutes),
                one.target_minutes, None if report.over or one.key == BUDGET else one.expected_minutes,
            )
            for one in found
        ),
        _("done"),
        "" if report.brand else _("planned"),
        "" if report.brand or report.over else _("expected by now"),
    )  # fmt: skip
    rows = [
        _hours_row(
            word(labels.activity(one.key), one.key), one.done_minutes, one.target_minutes, one.expected_minutes,
            reserve=one.key == BUDGET,
        )
        for one in found
    ]  # fmt: skip
    tight = [labels.activity(one.key) for one in found if not one.fits and not report.over]
    return Section(
        "hours",
        _("Hours"),
        (
            Fact("done", _("done"), hours(done)),
            *(() if plan is None else (Fact("planned", _("planned"), hours(plan)),)),
            *(() if expected is None or report.over else (Fact("expected", _("expected by now"), hours(expected)),)),
            *((Fact("days_off", _("days off"), hours(report.hours.days_off_minutes)),) if plan is not None else ()),
        ),
        (
            *table(
                "activities", _("Hours by activity"), _hours_columns(Column("activity", _("activity"))),
                [*rows, _hours_row(word(_("total"), "total"), done, plan, expected)] if rows else (), total=True,
                chart=chart,
            ),
            *table(
                "reserve", _("What {activity} went to").format(activity=labels.activity(BUDGET)),
                (Column("what", _("what for")), Column("done", _("done"), number=True)),
                (
                    (theirs(one.words) if one.words else word(_("without a note"), ""), hours(one.minutes))
                    for one in report.hours.reserve[:MOST_NAMED]
                ),
                more=week_rest.and_more(len(report.hours.reserve) - MOST_NAMED),
            ),
            *table(
                "members", _("Hours by member"), _hours_columns(Column("member", _("member")))[:3],
                (
                    _hours_row(Cell(theirs(one.name).text, one.login, True), one.done_minutes, one.target_minutes)[:3]
                    for one in report.hours.members
                ),
            ),
        ),
        ngettext(
            "What is left of {activities} no longer fits the week.",
            "What is left of each of {activities} no longer fits the week.",
            len(tight),
        ).format(activities="; ".join(tight)) if tight else "",
    )  # fmt: skip


def _of_plan(done: float, plan: int | None) -> str:
    return formats.hours(done) if plan is None else f"{formats.hours(done)} / {formats.hours(plan)}"


def _hours_columns(first: Column) -> tuple[Column, ...]:
    return (
        first,
        Column("done", _("done"), number=True),
        Column("planned", _("planned"), number=True),
        Column("expected", _("expected by now"), number=True),
        Column("ahead", _("difference"), number=True),
    )


def _hours_row(
    name: Cell, done: float, plan: int | None, expected: float | None = None, *, reserve: bool = False
) -> tuple[Cell, ...]:
    nothing = Cell("–")
    ahead = nothing
    # A reserve need not be used up: only what goes beyond it counts.
    left = None if expected is None else done - (plan or 0) if reserve else done - expected
    if left is not None and (left > 0 or not reserve):
        ahead = Cell(signed(formats.hours(abs(left)), left), round(left / 60, 2))
    return (
        name,
        hours(done),
        nothing if plan is None else hours(plan),
        nothing if expected is None else hours(expected),
        ahead,
    )
