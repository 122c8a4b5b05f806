"""The records of campaigns. Datetimes are aware, UTC; names of members are as people know them."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import NamedTuple


class CampaignKind(StrEnum):
    CONTEST = "contest"
    PROMOTION = "promotion"
    DISCOUNT = "discount"
    LAUNCH = "launch"
    EVENT = "event"


class Phase(NamedTuple):
    name: str
    starts_at: datetime
    ends_at: datetime


class Campaign(NamedTuple):
    """A campaign; ``ends_at`` is the first instant after it, ``zone`` where its days are counted.

    ``cancelled_at`` is when it was called off; such a one is found only where it is asked for.
    """

    id: int
    name: str
    kind: CampaignKind
    starts_at: datetime
    ends_at: datetime
    phases: tuple[Phase, ...]
    posts_done: int
    posts_planned: int
    brand: str | None = None
    zone: str = "UTC"
    note: str | None = None
    cancelled_at: datetime | None = None


class Milestone(NamedTuple):
    """Something that a campaign has to reach in time; ``owner`` and ``done_by`` are names of members."""

    id: int
    campaign: str
    name: str
    due_at: datetime
    owner_login: str | None
    owner: str | None
    done_at: datetime | None
    done_by: str | None

    def is_overdue(self, now: datetime) -> bool:
        return self.done_at is None and self.due_at <= now


class Scope(NamedTuple):
    """What makes a mention belong to a campaign: a ``label``, a ``search`` (its id) or how a ``link`` begins.

    ``words`` is the value as people know it: of a search what is looked for, and where.
    """

    kind: str
    value: str
    words: str
