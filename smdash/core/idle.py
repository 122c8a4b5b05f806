"""Whether somebody was away while their timer ran: the longest time without a sign of work, and whether it was a night.

A sign is a key in any desk of theirs (to the minute) and whatever the book of events has of them.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta, tzinfo
from itertools import pairwise
from typing import NamedTuple

# What a member is asked about who set nothing else (minutes), and the most that they may set.
DEFAULT_MINUTES = 15
MOST_MINUTES = 12 * 60
# Longer than this is never counted without asking; neither is what goes over midnight.
NIGHT = timedelta(hours=8)


class Away(NamedTuple):
    """A stretch without a sign of work (UTC). ``is_open``: it goes on until now, nothing was done since."""

    since: datetime
    until: datetime
    is_open: bool
    is_night: bool


def away(
    since: datetime, signs: Iterable[datetime], now: datetime, zone: tzinfo, minutes: int, *, nights_only: bool = False
) -> Away | None:
    """The longest stretch after *since*, if it is one to ask about: *minutes* or more, or a night.

    0 *minutes* ask about nights alone, as *nights_only* does: more than NIGHT, or over local midnight and as long as
    what is asked about otherwise.
    """
    points = sorted({since, now, *(one for one in signs if since < one < now)})
    start, end = max(pairwise(points), key=lambda pair: pair[1] - pair[0], default=(now, now))
    length = end - start
    over_midnight = start.astimezone(zone).date() != end.astimezone(zone).date()
    is_night = length > NIGHT or (over_midnight and length >= timedelta(minutes=minutes or DEFAULT_MINUTES))
    if is_night or (minutes and not nights_only and length >= timedelta(minutes=minutes)):
        return Away(start, end, end == now, is_night)
    return None
