"""What the Campaigns screen shows: the campaigns with what can't wait, their milestones, and one of them whole."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from smdash.core.campaign_warnings import Warned, Warnings
from smdash.core.coverage import CampaignView
from smdash.core.records import Milestone
from smdash.store import campaign_view, campaign_warnings, campaigns, milestones
from smdash.store.driver import Connection

# How long ago a campaign may be over to be among those that are over.
OVER = timedelta(days=400)


class Timeline(NamedTuple):
    """Campaigns by their start; ``milestones`` by the campaign's name; ``whole`` is the one under the cursor."""

    campaigns: tuple[Warned, ...]
    milestones: dict[str, tuple[Milestone, ...]]
    whole: CampaignView | None


def read(conn: Connection, now: datetime, campaign_id: int | None, *, over: bool = False) -> Timeline:
    """The campaigns that run or are to come, with those that are *over* where that is asked for.

    Without a *campaign_id*, or where that one is not among them, the first is read whole.
    """
    found = {one.campaign.id: one for one in campaign_warnings.shown(conn, now)}
    if over:
        for one in campaigns.select(conn, ending_after=now - OVER):
            found.setdefault(one.id, Warned(one, Warnings()))
    rows = tuple(sorted(found.values(), key=lambda one: (one.campaign.starts_at, one.campaign.id)))
    marks: dict[str, list[Milestone]] = {}
    for milestone in milestones.select(conn, every=True):
        marks.setdefault(milestone.campaign, []).append(milestone)
    chosen = campaign_id if campaign_id in found else rows[0].campaign.id if rows else None
    whole = campaign_view.view(conn, chosen, now) if chosen is not None else None
    return Timeline(rows, {name: tuple(each) for name, each in marks.items()}, whole)
