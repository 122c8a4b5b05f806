"""What somebody still has to make for a post or a campaign: a picture, a video, a text."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from smdash.core.records import Member, Role


class Asset(NamedTuple):
    """Something that was asked for. ``owner`` is the name of who makes it; times are UTC.

    It is for a post or for a campaign. ``post_due_at`` is when that post is due.
    """

    id: int
    what: str
    post_id: int | None
    campaign: str | None
    owner_login: str
    owner: str
    asked_by: str
    asked_at: datetime
    due_at: datetime | None
    due_zone: str | None
    done_at: datetime | None
    dropped_at: datetime | None
    post_due_at: datetime | None

    @property
    def open(self) -> bool:
        return self.done_at is None and self.dropped_at is None

    @property
    def state(self) -> str:
        """``open``, ``done`` or ``dropped``."""
        if self.dropped_at is not None:
            return "dropped"
        return "open" if self.done_at is None else "done"


def lateness(asset: Asset, now: datetime) -> timedelta | None:
    """How long it is overdue, or nothing; what is done is not."""
    if not asset.open or asset.due_at is None or asset.due_at >= now:
        return None
    return now - asset.due_at


def makers(members: Sequence[Member]) -> list[Member]:
    """Who may be asked, designers first."""
    return sorted(members, key=lambda one: (one.role is not Role.DESIGNER, one.name.casefold(), one.login))
