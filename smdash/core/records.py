"""The typed records that cross the borders between rooms.

They are NamedTuples: frozen, cheap to make by the hundred thousand, and quick to import. Texts of incoming records
have passed ``core.text.clean`` already. All datetimes are aware, UTC.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from smdash.core.campaign_records import Campaign as Campaign
from smdash.core.campaign_records import CampaignKind as CampaignKind
from smdash.core.campaign_records import Milestone as Milestone
from smdash.core.campaign_records import Phase as Phase
from smdash.core.campaign_records import Scope as Scope

if TYPE_CHECKING:
    from smdash.core.worktime import WeekTimes


class MentionKind(StrEnum):
    MENTION = "mention"
    COMMENT = "comment"
    REPLY = "reply"
    DM = "dm"
    REVIEW = "review"
    LISTENING = "listening"


class MentionState(StrEnum):
    OPEN = "open"
    SNOOZED = "snoozed"
    DONE = "done"
    HIDDEN = "hidden"


class Snooze(StrEnum):
    """How a mention that was put aside comes back."""

    UNTIL = "until"  # at its time, or earlier when its author writes again
    HARD = "hard"  # at its time, whatever comes
    REPLY = "reply"  # when its author writes again


# From normal to urgent; `!` goes up one, and from the last to the first.
PRIORITIES = (0, 1, 2)


class Category(StrEnum):
    EDUCATION = "education"
    QUOTE = "quote"
    SOFT_SELL = "soft_sell"
    HARD_SELL = "hard_sell"
    OTHER = "other"


class Format(StrEnum):
    TEXT = "text"
    IMAGE = "image"
    VIDEO = "video"
    AUDIO = "audio"
    ARTICLE = "article"


class PostState(StrEnum):
    IDEA = "idea"
    DRAFT = "draft"
    REVIEW = "review"
    READY = "ready"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


class DeliveryState(StrEnum):
    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    UNKNOWN = "unknown"
    HELD = "held"
    CANCELLED = "cancelled"


class Role(StrEnum):
    LEAD = "lead"
    SPECIALIST = "specialist"
    DESIGNER = "designer"
    ANALYST = "analyst"


class IncomingMention(NamedTuple):
    """One thing that somebody wrote to or about an account, as a source delivered it.

    ``remote_id`` is the network's own id (opaque text), unique within the account. ``thread_key`` is the
    same for all parts of one conversation; ``parent_id`` is the remote id of what it answers.
    ``deleted`` says that the network took it away. ``reply_until`` is the network's own window.
    ``followers`` are those of its author, where the source tells.
    """

    platform: str
    account: str
    remote_id: str
    kind: MentionKind
    author_handle: str
    author_name: str
    body: str
    url: str | None
    sent_at: datetime
    edited_at: datetime | None = None
    thread_key: str | None = None
    parent_id: str | None = None
    reply_until: datetime | None = None
    own: bool = False
    deleted: bool = False
    followers: int | None = None


class IncomingItem(NamedTuple):
    """One entry of a feed; ``key`` tells it from the others of the same feed."""

    key: str
    url: str | None
    title: str
    body: str
    author: str
    published_at: datetime | None
    updated_at: datetime | None


class Quota(NamedTuple):
    """What the network said is left: calls until ``resets_at`` (UTC)."""

    left: int
    limit: int | None
    resets_at: datetime | None


class Counts(NamedTuple):
    """What a batch did to the store; ``refused`` are the bad lines of an ingest."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: int = 0

    def __add__(self, other: Counts) -> Counts:  # type: ignore[override]
        return Counts(
            self.new + other.new,
            self.changed + other.changed,
            self.unchanged + other.unchanged,
            self.refused + other.refused,
        )


class Actor(NamedTuple):
    """Who does something: the member acted for, and the real OS login."""

    member_id: int
    login: str
    name: str
    real_login: str


class Team(NamedTuple):
    """The team's settings that every screen needs; ``frozen`` says by whom and why, where nothing goes out."""

    database_id: str
    name: str
    zone: str
    week_start: int
    goals_minutes: dict[str, int]
    frozen: str = ""


class Member(NamedTuple):
    """A person of the team. ``zone`` and ``hours`` are their own, or nothing where the team's count."""

    id: int
    login: str
    name: str
    role: Role
    zone: str | None
    hours: WeekTimes | None
    joined_at: datetime
    left_at: datetime | None


class Account(NamedTuple):
    id: int
    platform: str
    name: str
    handle: str | None
    url: str | None
    status: str
    brand: str | None = None


class Mention(NamedTuple):
    """A mention as lists show it."""

    id: int
    platform: str
    account: str
    kind: MentionKind
    author_handle: str
    author_name: str
    body: str
    url: str | None
    sent_at: datetime
    due_at: datetime | None
    state: MentionState
    assignee: str | None
    assignee_id: int | None
    priority: int
    star: bool
    answered_at: datetime | None
    labels: tuple[str, ...] = ()
    woke: str | None = None
    snoozed_until: datetime | None = None


class Happening(NamedTuple):
    """A line of a row's history: when, who, what."""

    at: datetime
    who: str
    verb: str
    detail: str


class Delivery(NamedTuple):
    id: int
    post_id: int | None
    account: str
    platform: str
    state: DeliveryState
    due_at: datetime | None
    sent_at: datetime | None
    remote_url: str | None
    error: str | None
    # It was out, and later it was not there any more.
    gone: bool = False
    # Which part of a thread it is, from 1; 0 is the first comment.
    part: int = 1


class Approved(NamedTuple):
    """A member who said yes to a post, and when (UTC)."""

    member_id: int
    by: str
    at: datetime


class Post(NamedTuple):
    """A post with its deliveries; ``shown`` is the state that people see (core.posts), ``key`` its name in files.

    ``accounts`` are (platform, name); ``versions`` are the texts of those that have one of their own. ``approvals``
    are those since it last changed; while it is in review, ``approvals_missing`` more are needed.
    """

    id: int
    state: PostState
    shown: str
    category: Category
    format: Format
    body: str
    campaign: str | None
    author: str
    due_at: datetime | None
    due_zone: str | None
    offer: str | None
    offer_until: datetime | None
    deliveries: tuple[Delivery, ...]
    accounts: tuple[tuple[str, str], ...]
    key: str | None = None
    first_comment: str | None = None
    versions: tuple[tuple[tuple[str, str], str], ...] = ()
    approvals: tuple[Approved, ...] = ()
    approvals_missing: int = 0

    def text_for(self, account: tuple[str, str]) -> str:
        """What goes out to one of its accounts."""
        return dict(self.versions).get(account, self.body)


class ActivityHours(NamedTuple):
    """An activity of the weekly plan with the minutes done in one week."""

    key: str
    name: str
    target_minutes: int
    done_minutes: float


class TimeEntry(NamedTuple):
    """A stretch of a member's time on an activity (UTC); a running one has no end.

    ``state`` is ``confirmed`` or ``proposed``; ``evidence`` of a proposal are the kinds of events that it was made of,
    and how many of each. ``uid`` names it in the file that it was imported from.
    """

    id: int
    member_id: int
    login: str
    activity: str
    started_at: datetime
    ended_at: datetime | None
    state: str
    note: str | None
    brand: str | None
    campaign: str | None
    evidence: tuple[tuple[str, int], ...] = ()
    uid: str | None = None


class Running(NamedTuple):
    """The time entry that a member has running."""

    id: int
    activity: str
    started_at: datetime
    note: str | None


class Feed(NamedTuple):
    id: int
    url: str
    title: str | None
    status: str
    items: int
    unread: int


class Job(NamedTuple):
    """A sync job and its health."""

    name: str
    label: str
    platform: str
    account_id: int | None
    feed_id: int | None
    interval_s: int
    state: str
    next_at: datetime | None
    last_started_at: datetime | None
    last_ok_at: datetime | None
    failures: int
    error: str | None
    error_kind: str | None
    cursor: str | None
    quota_left: int | None
