"""YouTube's units: what calls cost, what of the day's is spent, and when the day ends (midnight in California).

YouTube sends no headers about it, so it is counted here, in the account's vault, where pulls and deliveries meet. What
other programs spend of the same Google project is not seen. Costs: developers.google.com/youtube/v3, "quota costs"
(lists 1, writes 50; uploads have a bucket of their own, 100 a day, where older texts say 1,600 units each).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from smdash.core.errors import ErrorKind, PlatformError
from smdash.core.records import Quota
from smdash.locale import gettext as _
from smdash.platforms import vault_parts
from smdash.platforms.base import Credentials
from smdash.platforms.problems import problem

LIST, WRITE = 1, 50
DAILY, UPLOADS = 10_000, 100
# Of the day's units so many are left to deliveries: pulls stop before them.
RESERVE = 1_000
_ZONE = ZoneInfo("America/Los_Angeles")


@dataclass(frozen=True, slots=True)
class Spent:
    """What is spent of one ``day`` (a date in California)."""

    day: str = ""
    units: int = 0
    uploads: int = 0


def day_of(now: datetime) -> str:
    """The date in California, by which YouTube counts."""
    return now.astimezone(_ZONE).date().isoformat()


def next_midnight(now: datetime) -> datetime:
    """When the next day begins in California (UTC); days there have 23 to 25 hours."""
    tomorrow = now.astimezone(_ZONE).date() + timedelta(days=1)
    return datetime.combine(tomorrow, time(), _ZONE).astimezone(UTC)


def daily(credentials: Credentials) -> int:
    """How many units the account's project has a day, by its option ``daily_units``."""
    told = credentials.options.get("daily_units", "").replace(",", "").replace(".", "").strip()
    return int(told) if told.isdecimal() and 0 < len(told) < 12 and int(told) else DAILY


def spent(credentials: Credentials, now: datetime) -> Spent:
    """What is spent of today; nothing where it was not counted."""
    held = vault_parts.read(credentials.vault).get("spent")
    if not isinstance(held, dict) or held.get("day") != day_of(now):
        return Spent(day_of(now))
    units, uploads = held.get("units"), held.get("uploads")
    return Spent(day_of(now), units if type(units) is int else 0, uploads if type(uploads) is int else 0)


def quota(credentials: Credentials, now: datetime) -> Quota:
    """What is left of today's units."""
    most = daily(credentials)
    return Quota(max(most - spent(credentials, now).units, 0), most, next_midnight(now))


async def pay(credentials: Credentials, now: datetime, units: int, *, uploads: int = 0, keep: int = 0) -> None:
    """Count what the next call costs.

    Raises PlatformError (quota, not arrived) where it would leave fewer than *keep* units.
    """
    async with vault_parts.changing(credentials.vault):
        before = spent(credentials, now)
        after = replace(before, units=before.units + units, uploads=before.uploads + uploads)
        if after.units > daily(credentials) - keep or after.uploads > UPLOADS:
            raise used_up(now, uploads=bool(uploads))
        vault_parts.change(credentials.vault, spent=asdict(after))


async def note_used_up(credentials: Credentials, now: datetime) -> None:
    """Remember that YouTube itself said that nothing is left, whoever spent it."""
    async with vault_parts.changing(credentials.vault):
        vault_parts.change(credentials.vault, spent=asdict(replace(spent(credentials, now), units=daily(credentials))))


def used_up(now: datetime, *, uploads: bool = False) -> PlatformError:
    """What to raise until the next day begins."""
    sentence = (
        _("the uploads that YouTube allows a day are used up; it counts anew at midnight in California")
        if uploads
        else _("the units that YouTube allows a day are used up; it counts anew at midnight in California")
    )
    return problem(ErrorKind.QUOTA, sentence, retry_at=next_midnight(now), arrived=False)
