"""How a network counts what it is asked, and when it begins to count anew. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from smdash.locale import noop


@dataclass(frozen=True, slots=True)
class Counting:
    """What an account's budget is counted in: ``unit`` for people; a day, or with ``monthly`` a month, in ``zone``."""

    unit: str = noop("calls")
    monthly: bool = False
    zone: str = "UTC"

    def period(self, now: datetime) -> Period:
        """The day or month that *now* lies in; days are as long as the zone's are."""
        zone = ZoneInfo(self.zone)
        today = now.astimezone(zone).date()
        if self.monthly:
            following = (today.replace(day=1) + timedelta(days=32)).replace(day=1)
            key = f"{today:%Y-%m}"
        else:
            following = today + timedelta(days=1)
            key = today.isoformat()
        return Period(key, datetime.combine(following, time(), zone).astimezone(UTC))


class Period(NamedTuple):
    """``key`` tells it from others; ``ends`` is when the next one begins (UTC)."""

    key: str
    ends: datetime


class Standing(NamedTuple):
    """How much of an account's budget is ``used`` until ``resets_at``; ``most`` is None where there is no limit."""

    most: int | None
    used: int
    resets_at: datetime

    @property
    def left(self) -> int | None:
        return None if self.most is None else max(self.most - self.used, 0)
