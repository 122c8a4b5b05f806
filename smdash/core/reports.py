"""What a report says, as records: of a week, and of a campaign. The store fills them, ``smdash.reports`` renders them.

Times are UTC; the zone beside them is the team's, whose days and weeks are meant. Response times are seconds, counted
as the team's goals are.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from smdash.core.campaigns import GoalPace
from smdash.core.clock import Span, Week
from smdash.core.coverage import Coverage, Missing
from smdash.core.mix import Group
from smdash.core.records import Campaign, Milestone
from smdash.core.targets import Eaten

# How many single rows a report names; beyond them it counts.
MOST_NAMED = 10


class PostLine(NamedTuple):
    """Posts of a week, all of them (without a name) or those of one account or category.

    ``planned`` were due in the week, but for ideas and what was called off; ``published`` went out in it, whenever they
    were due. ``failed``, ``unknown`` (nobody knows whether they are out), ``expired`` (not approved in time) and
    ``waiting`` (not out, or not yet) are of those due in it.
    """

    name: str
    planned: int = 0
    published: int = 0
    failed: int = 0
    unknown: int = 0
    expired: int = 0
    waiting: int = 0


class Posts(NamedTuple):
    """A post counts once in ``whole`` and ``categories``, and once for each of its accounts in ``accounts``."""

    whole: PostLine
    accounts: tuple[PostLine, ...]
    categories: tuple[PostLine, ...]


class MentionLine(NamedTuple):
    """What came in, all of it (without a name) or of one kind or network, and how it was answered.

    ``answered`` of it by now, ``late`` after its goal; ``median_s`` and ``p90_s`` are of the first answers. ``overdue``
    waits for its answer beyond the goal. ``open`` was open or put aside at the end of the week, or is now.
    """

    name: str
    incoming: int = 0
    answered: int = 0
    late: int = 0
    overdue: int = 0
    open: int = 0
    median_s: int | None = None
    p90_s: int | None = None


class Mentions(NamedTuple):
    """``working_time`` says that response times count working hours alone; ``left_open`` came in before the week."""

    whole: MentionLine
    kinds: tuple[MentionLine, ...]
    networks: tuple[MentionLine, ...]
    working_time: bool
    left_open: int


class CampaignLine(NamedTuple):
    """A campaign that ran in the week; ``missing`` are sentences of what it lacks now, what can't wait first."""

    name: str
    kind: str
    starts_at: datetime
    ends_at: datetime
    ended: bool
    posts_done: int
    posts_planned: int
    missing: tuple[str, ...] = ()


class ActivityLine(NamedTuple):
    """Minutes of an activity: done, planned for the week, and expected by now; a brand has no plan of its own.

    ``fits`` is false where what is left is more than the working time that is left.
    """

    key: str
    done_minutes: float
    target_minutes: int | None
    expected_minutes: float | None
    fits: bool = True


class MemberLine(NamedTuple):
    """Minutes of a member: done, and planned for the week; who left has no plan any more."""

    login: str
    name: str
    done_minutes: float
    target_minutes: int | None


class Hours(NamedTuple):
    """``days_off_minutes`` is the working time that days off took; ``reserve`` is what the reserve went to."""

    activities: tuple[ActivityLine, ...]
    members: tuple[MemberLine, ...]
    days_off_minutes: float = 0.0
    reserve: tuple[Eaten, ...] = ()


class Freeze(NamedTuple):
    """Nothing went out from ``at`` on; without ``ended_at`` it still does not."""

    at: datetime
    ended_at: datetime | None
    by: str
    reason: str
    ended_by: str = ""


class Trouble(NamedTuple):
    """A delivery that was due in the week and failed, or of which nobody knows whether it is out."""

    id: int
    kind: str
    account: str
    state: str
    due_at: datetime
    error: str
    post_id: int | None
    body: str


class FailingJob(NamedTuple):
    """A sync job that fails now, and had its last good run before the week's end."""

    name: str
    label: str
    failures: int
    last_ok_at: datetime | None
    error: str


class Incidents(NamedTuple):
    """``troubles`` are the first of ``troubles_count``."""

    freezes: tuple[Freeze, ...]
    troubles: tuple[Trouble, ...]
    troubles_count: int
    jobs: tuple[FailingJob, ...]


class LatePost(NamedTuple):
    """A post whose time is over and that is not out everywhere; ``state`` is the one that people see."""

    id: int
    due_at: datetime
    state: str
    accounts: str
    body: str


class WaitingMention(NamedTuple):
    """A mention that waits for its answer beyond its goal."""

    id: int
    account: str
    author: str
    due_at: datetime
    assignee: str
    body: str


class DueMilestone(NamedTuple):
    campaign: str
    name: str
    due_at: datetime
    owner: str


class Decision(NamedTuple):
    """``week`` is one such as 2026-W47; the owner may be nobody."""

    id: int
    week: str
    body: str
    owner_login: str | None
    owner: str | None
    author_login: str
    author: str
    campaign: str | None
    at: datetime
    done_at: datetime | None = None


class CarryOver(NamedTuple):
    """What the week leaves undone; of posts and mentions the first, and how many there are."""

    posts: tuple[LatePost, ...]
    posts_count: int
    mentions: tuple[WaitingMention, ...]
    mentions_count: int
    milestones: tuple[DueMilestone, ...]
    decisions: tuple[Decision, ...]


class WeekReport(NamedTuple):
    """``over`` says that the week is; without it all figures are those so far."""

    team: str
    brand: str | None
    week: Week
    zone: str
    span: Span
    made_at: datetime
    over: bool
    posts: Posts
    mix: Group
    mentions: Mentions
    campaigns: tuple[CampaignLine, ...]
    hours: Hours
    incidents: Incidents
    carry_over: CarryOver
    decisions: tuple[Decision, ...]


class CampaignPost(NamedTuple):
    """A post of a campaign; ``figures`` are the newest of its deliveries, summed, by name."""

    id: int
    due_at: datetime | None
    state: str
    category: str
    accounts: tuple[str, ...]
    body: str
    figures: tuple[tuple[str, int], ...] = ()


class CampaignReport(NamedTuple):
    """A campaign so far, or as it ended; ``activities`` are (key, minutes) of its time.

    ``live_after_end`` are ids of posts that still offer what is over.
    """

    team: str
    zone: str
    made_at: datetime
    campaign: Campaign
    coverage: tuple[Coverage, ...]
    missing: tuple[Missing, ...]
    milestones: tuple[Milestone, ...]
    goals: tuple[GoalPace, ...]
    mentions: int
    answered: int
    activities: tuple[tuple[str, float], ...]
    members: tuple[MemberLine, ...]
    posts: tuple[CampaignPost, ...]
    live_after_end: tuple[int, ...]
    decisions: tuple[Decision, ...]


def median(values: Sequence[int]) -> int | None:
    """The middle of sorted values, between two the mean, rounded down; nothing of none."""
    half = len(values) // 2
    if not values:
        return None
    return values[half] if len(values) % 2 else (values[half - 1] + values[half]) // 2


def percentile(values: Sequence[int], percent: int) -> int | None:
    """The smallest of sorted values that at least *percent* of them don't exceed (nearest rank); nothing of none."""
    return values[max(-(-len(values) * percent // 100), 1) - 1] if values else None
