"""When a sync job runs next."""

from __future__ import annotations

from datetime import datetime, timedelta

LONGEST_BACK_OFF = timedelta(hours=6)
SHORTEST_BACK_OFF = timedelta(seconds=30)
# A token that was refused is tried again now and then: its owner may have mended it on the network's site.
NEEDS_PERSON_EVERY = timedelta(hours=1)
JITTER = 0.1


def after_success(now: datetime, interval: timedelta, dice: float, not_before: datetime | None = None) -> datetime:
    """The next run after a good one: the interval give or take a tenth, never before the network allows.

    *dice* is a random number from 0 to 1.
    """
    due = now + interval * (1 + JITTER * (2 * dice - 1))
    return max(due, not_before) if not_before else due


def after_failure(
    now: datetime,
    interval: timedelta,
    failures: int,
    dice: float,
    *,
    needs_person: bool = False,
    retry_at: datetime | None = None,
) -> datetime:
    """The next run after *failures* bad ones in a row: twice the wait each time, up to six hours."""
    if needs_person:
        wait = max(interval, NEEDS_PERSON_EVERY)
    else:
        wait = min(max(interval, SHORTEST_BACK_OFF) * 2 ** min(failures - 1, 12), LONGEST_BACK_OFF)
    due = now + wait * (1 + JITTER * dice)
    return max(due, retry_at) if retry_at else due
