"""What a week was, for its report: one consistent reading, of the whole team or of one brand."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from smdash.core import mix
from smdash.core.clock import Span, Week, decode, encode, find_zone, week_of
from smdash.core.errors import InputError
from smdash.core.reports import CampaignLine, CarryOver, DueMilestone, WeekReport
from smdash.locale import gettext as _
from smdash.store import (
    campaign_view,
    campaigns,
    decisions,
    mixing,
    posts,
    report_hours,
    report_incidents,
    report_mentions,
    report_posts,
    teams,
)
from smdash.store.driver import Connection

if TYPE_CHECKING:
    from smdash.store.brands import Brand


def week(conn: Connection, chosen: Week | None, now: datetime, brand: Brand | None = None) -> WeekReport:
    """The report of a week, of this one unless told. Raises InputError for one that did not begin yet."""
    team = teams.team(conn)
    zone = find_zone(team.zone)
    present = week_of(now, zone, team.week_start)
    chosen = chosen or present
    span = chosen.span(zone, team.week_start)
    if span.start > now:
        raise InputError(
            _("week {week} has not begun; there is nothing to report of it yet (this is week {present})").format(
                week=chosen.label, present=present.label
            )
        )
    brand_id = brand.id if brand else None
    accounts = None if brand_id is None else _accounts(conn, brand_id)
    until = min(now, span.end)
    # Looked at from an earlier time (--at), what came later has not come yet; times are kept to the millisecond.
    so_far = Span(span.start, min(now + timedelta(milliseconds=1), span.end))
    due = report_posts.read(conn, span, so_far, brand_id)
    late, late_count = report_posts.left(conn, due, until)
    waiting, waiting_count = report_mentions.past_goal(conn, until, accounts)
    of_week = decisions.select(conn, chosen)
    over = now >= span.end
    undone = (*decisions.before(conn, chosen), *(one for one in of_week if over and one.done_at is None))
    return WeekReport(
        team=team.name,
        brand=brand.name if brand else None,
        week=chosen,
        zone=team.zone,
        span=span,
        made_at=now,
        over=over,
        posts=report_posts.count(due),
        mix=mix.count(mixing.pieces(conn, span, brand_id=brand_id), mixing.targets(conn)).whole,
        mentions=report_mentions.read(conn, so_far, now, accounts),
        campaigns=_campaigns(conn, span, now, brand_id),
        hours=report_hours.read(conn, chosen, span, now, brand_id),
        incidents=report_incidents.read(conn, span, now, brand_id),
        carry_over=CarryOver(
            late, late_count, waiting, waiting_count, _milestones(conn, until, brand_id), undone
        ),
        decisions=of_week,
    )  # fmt: skip


def _accounts(conn: Connection, brand_id: int) -> list[int]:
    return [one for (one,) in conn.execute("SELECT id FROM account WHERE brand_id = ?", (brand_id,)).fetchall()]


def _campaigns(conn: Connection, span: Span, now: datetime, brand_id: int | None) -> tuple[CampaignLine, ...]:
    ids = conn.execute(
        "SELECT id FROM campaign WHERE ends_at > :start AND starts_at < :end AND removed_at IS NULL "
        "AND (:brand IS NULL OR brand_id = :brand) ORDER BY ends_at, id",
        {"start": encode(span.start), "end": encode(span.end), "brand": brand_id},
    ).fetchall()
    found = []
    for (campaign_id,) in ids:
        one = campaigns.get(conn, campaign_id)
        lacking = campaign_view.lacking(conn, one, posts.of_campaign(conn, one.id), now) if one.ends_at > now else ()
        found.append(
            CampaignLine(
                one.name, one.kind.value, one.starts_at, one.ends_at, one.ends_at <= min(now, span.end),
                one.posts_done, one.posts_planned, tuple(lack.words for lack in lacking),
            )
        )  # fmt: skip
    return tuple(found)


def _milestones(conn: Connection, until: datetime, brand_id: int | None) -> tuple[DueMilestone, ...]:
    rows = conn.execute(
        "SELECT c.name, s.name, s.due_at, coalesce(m.name, '') FROM milestone s "
        "JOIN campaign c ON c.id = s.campaign_id "
        "LEFT JOIN member m ON m.id = s.owner_id WHERE s.done_at IS NULL AND s.removed_at IS NULL "
        "AND c.removed_at IS NULL AND s.due_at < :until AND (:brand IS NULL OR c.brand_id = :brand) "
        "ORDER BY s.due_at, s.id",
        {"until": encode(until), "brand": brand_id},
    ).fetchall()
    return tuple(DueMilestone(campaign, name, decode(due), owner) for campaign, name, due, owner in rows)
