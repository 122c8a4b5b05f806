"""What a campaign was, for its report: its view, its posts with their figures, its hours and decisions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from smdash.core.clock import encode, encode_optional
from smdash.core.records import Post
from smdash.core.reports import CampaignPost, CampaignReport, MemberLine
from smdash.store import campaign_view, decisions, metrics, posts, teams
from smdash.store.driver import Connection

_HOURS = (
    "SELECT a.key, m.login, m.name, "
    "sum(max((julianday(coalesce(t.ended_at, :now)) - julianday(t.started_at)) * 1440.0, 0)) FROM time_entry t "
    "JOIN activity a ON a.id = t.activity_id JOIN member m ON m.id = t.member_id "
    "WHERE t.campaign_id = :id AND t.state = 'confirmed' AND t.removed_at IS NULL GROUP BY a.id, m.id "
    "ORDER BY a.position, m.name, m.login"
)


def read(conn: Connection, campaign_id: int, now: datetime) -> CampaignReport:
    """The report of a campaign. Raises InputError where there is none."""
    view = campaign_view.view(conn, campaign_id, now)
    team = teams.team(conn)
    activities: dict[str, float] = defaultdict(float)
    members: dict[tuple[str, str], float] = defaultdict(float)
    for key, login, name, minutes in conn.execute(_HOURS, {"id": campaign_id, "now": encode(now)}).fetchall():
        activities[key] += minutes
        members[login, name] += minutes
    return CampaignReport(
        team=team.name,
        zone=team.zone,
        made_at=now,
        campaign=view.campaign,
        coverage=view.coverage,
        missing=view.missing,
        milestones=view.milestones,
        goals=view.goals,
        mentions=view.mentions,
        answered=view.answered,
        activities=tuple(activities.items()),
        members=tuple(MemberLine(login, name, minutes, None) for (login, name), minutes in _by_name(members)),
        posts=_posts(conn, posts.of_campaign(conn, campaign_id)),
        live_after_end=view.live_after_end,
        decisions=decisions.of_campaign(conn, campaign_id),
    )


def _by_name(members: dict[tuple[str, str], float]) -> list[tuple[tuple[str, str], float]]:
    return sorted(members.items(), key=lambda one: (one[0][1].casefold(), one[0][0]))


def _posts(conn: Connection, found: Sequence[Post]) -> tuple[CampaignPost, ...]:
    figures = metrics.of_deliveries(conn, [one.id for post in found for one in post.deliveries])
    lines = []
    for post in found:
        sums: dict[str, int] = defaultdict(int)
        for one in post.deliveries:
            for figure in figures.get(one.id, ()):
                sums[figure.name] += figure.value
        accounts = tuple(f"{platform}/{name}" for platform, name in post.accounts)
        lines.append(
            CampaignPost(
                post.id, post.due_at, post.shown, post.category.value, accounts, post.body, tuple(sorted(sums.items()))
            )
        )
    return tuple(sorted(lines, key=lambda one: (one.due_at is None, encode_optional(one.due_at) or "", one.id)))
