"""How much of its allowance an account has used, as headers of the Graph API tell it in percent.

https://developers.facebook.com/docs/graph-api/overview/rate-limiting: ``X-App-Usage`` and ``X-Page-Usage`` are objects
of percentages, ``X-Business-Use-Case-Usage`` holds lists of them by business, each with the minutes until calls are
taken again. There is no ``Retry-After``. That those are minutes is what the page says; it was not tried.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from smdash.core.records import Quota
from smdash.platforms.answers import bounded
from smdash.platforms.items import objects

_PLAIN = ("x-app-usage", "x-page-usage")
_BY_BUSINESS = "x-business-use-case-usage"
_PERCENTAGES = ("call_count", "total_time", "total_cputime")
_LONGEST = 20_000
# From here on calls are spread out: what is left of the hour should do for answers that people write.
SCARCE = 20
# The windows of these limits slide, so an hour ends all of them.
_WINDOW = timedelta(hours=1)
_PACE = timedelta(seconds=30)


def read(headers: Mapping[str, str], now: datetime) -> Quota | None:
    """The percentage that is left by whichever limit is nearest, of 100; nothing where no header tells.

    ``resets_at`` is when the network says it will take calls again, after a limit was passed.
    """
    used: list[float] = []
    waits: list[datetime] = []
    for one in _told(headers):
        used += [number for name in _PERCENTAGES if (number := _number(one.get(name))) is not None]
        minutes = _number(one.get("estimated_time_to_regain_access"))
        if minutes:
            until = bounded(now + timedelta(minutes=min(minutes, 10_000)), now)
            waits += [until] if until is not None else []
    if not used:
        return None
    left = 0 if waits else max(0, 100 - math.ceil(max(used)))
    return Quota(left=left, limit=100, resets_at=max(waits, default=None))


def not_before(quota: Quota | None, now: datetime) -> datetime | None:
    """When to call again: not before the network takes calls, and more seldom where little is left."""
    if quota is None or quota.left >= SCARCE:
        return None
    if quota.left <= 0:
        return quota.resets_at or now + _WINDOW / 4
    return now + (SCARCE - quota.left) * _PACE


def _told(headers: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    for name in _PLAIN:
        found = _object(headers.get(name, ""))
        if found:
            yield found
    for parts in _object(headers.get(_BY_BUSINESS, "")).values():
        yield from objects(parts)


def _object(text: str) -> dict[str, Any]:
    if not text or len(text) > _LONGEST:
        return {}
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _number(value: object) -> float | None:
    """A number that may be a percentage or minutes, as far as it is one."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return float(min(max(value, 0), 1_000_000))
