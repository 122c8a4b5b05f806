"""Everything about one campaign, for its screen, the command line and reports."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from smdash.core.campaigns import MENTIONS, POSTS, GoalPace, expected
from smdash.core.clock import find_zone
from smdash.core.coverage import AccountKey, Missing, coverage, live_after_end, missing
from smdash.core.coverage import CampaignView as CampaignView
from smdash.core.records import Campaign, Post
from smdash.store import assets, campaign_belongs, campaigns, milestones, posts, teams
from smdash.store.driver import Connection


def view(conn: Connection, campaign_id: int, now: datetime) -> CampaignView:
    """A campaign whole, also one that was called off. Raises InputError where there is none."""
    campaign = campaigns.get(conn, campaign_id)
    own = posts.of_campaign(conn, campaign_id)
    accounts = _accounts(conn, campaign_id)
    belonging = campaign_belongs.mentions(conn, campaign)
    return CampaignView(
        campaign,
        coverage(campaign, own, accounts),
        lacking(conn, campaign, own, now),
        milestones.of_campaign(conn, campaign_id),
        _goals(conn, campaign, belonging.total, now),
        belonging.total,
        belonging.answered,
        campaign_belongs.seconds(conn, campaign_id, now),
        live_after_end(campaign, own, now),
        campaign_belongs.scopes(conn, campaign_id),
    )


def lacking(conn: Connection, campaign: Campaign, own: Sequence[Post], now: datetime) -> tuple[Missing, ...]:
    """What a campaign with its *own* posts lacks, what can't wait first."""
    return missing(
        campaign, own, assets.of_campaign(conn, campaign.id), _accounts(conn, campaign.id),
        _overruled(conn, campaign.id), now, find_zone(teams.team(conn).zone),
    )  # fmt: skip


def _accounts(conn: Connection, campaign_id: int) -> tuple[AccountKey, ...]:
    """The accounts of the campaign's brand that something can go out to."""
    rows = conn.execute(
        "SELECT a.platform, a.name FROM account a JOIN campaign c ON c.brand_id = a.brand_id WHERE c.id = ? "
        "AND a.status IN ('active', 'paused') ORDER BY a.platform, a.name",
        (campaign_id,),
    ).fetchall()
    return tuple((platform, name) for platform, name in rows)


def _overruled(conn: Connection, campaign_id: int) -> dict[int, set[tuple[str, str]]]:
    found: dict[int, set[tuple[str, str]]] = {}
    for post_id, rule, about in conn.execute(
        "SELECT o.post_id, o.rule, o.about FROM overrule o JOIN post p ON p.id = o.post_id WHERE p.campaign_id = ?",
        (campaign_id,),
    ).fetchall():
        found.setdefault(post_id, set()).add((rule, about))
    return found


def _goals(conn: Connection, campaign: Campaign, mentions: int, now: datetime) -> tuple[GoalPace, ...]:
    wanted = conn.execute("SELECT figure, target FROM campaign_goal WHERE campaign_id = ?", (campaign.id,)).fetchall()
    if not wanted:
        return ()
    reached = figures(conn, campaign.id) | {POSTS: campaign.posts_done, MENTIONS: mentions}
    return tuple(
        GoalPace(figure, target, reached.get(figure, 0), expected(target, campaign.starts_at, campaign.ends_at, now))
        for figure, target in sorted(wanted, key=lambda one: campaigns.figure_order(one[0]))
    )


def figures(conn: Connection, campaign_id: int) -> dict[str, int]:
    """The newest figures of all that a campaign has out, summed by name."""
    rows = conn.execute(
        "SELECT m.name, m.value, max(m.day) FROM post p JOIN delivery d ON d.post_id = p.id "
        "JOIN metric m ON m.account_id = d.account_id AND m.remote_id = d.remote_id "
        "WHERE p.campaign_id = ? AND d.kind = 'post' AND d.state = 'sent' AND d.remote_id <> '' "
        "GROUP BY m.account_id, m.remote_id, m.name",
        (campaign_id,),
    ).fetchall()
    found: dict[str, int] = {}
    for name, value, _day in rows:
        found[name] = found.get(name, 0) + value
    return found
