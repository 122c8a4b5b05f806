"""The countdown of a campaign, which phase it is in and what comes next; and the pace of its figures."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from smdash.core.records import Campaign


class Countdown(NamedTuple):
    """``phase`` is what runs now (or comes next, when ``begun`` is false); ``edge`` is when that changes."""

    phase: str | None
    begun: bool
    edge: datetime | None


def countdown(campaign: Campaign, now: datetime) -> Countdown:
    """What a campaign counts down to: its start, the end of its present phase, its end, or nothing any more."""
    if now >= campaign.ends_at:
        return Countdown(None, True, None)
    if now < campaign.starts_at:
        first = min(campaign.phases, key=lambda phase: phase.starts_at, default=None)
        return Countdown(first.name if first else None, False, campaign.starts_at)
    for phase in sorted(campaign.phases, key=lambda phase: phase.starts_at):
        if phase.starts_at <= now < phase.ends_at:
            return Countdown(phase.name, True, phase.ends_at)
        if now < phase.starts_at:
            return Countdown(phase.name, False, phase.starts_at)
    return Countdown(None, True, campaign.ends_at)


# The figures that a campaign may have a goal for: those of its deliveries, as networks tell them, and two of our own.
POSTS, MENTIONS = "posts", "mentions"
FIGURES = ("likes", "shares", "replies", "quotes", "saves", "views", "reach", "clicks", POSTS, MENTIONS)


class GoalPace(NamedTuple):
    """A figure that a campaign is to reach: what it is now, and what it should be by now."""

    figure: str
    target: int
    now: int
    expected: float

    @property
    def is_behind(self) -> bool:
        return self.now < int(self.expected)


def expected(target: int, starts_at: datetime, ends_at: datetime, now: datetime) -> float:
    """How much of a goal should be reached by now: as much as of the campaign's time has passed."""
    if now >= ends_at:
        return float(target)
    share = (now - starts_at) / (ends_at - starts_at)
    return target * max(share, 0.0)
