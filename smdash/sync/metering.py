"""Asking networks for figures: of which posts, how often, and what is kept of the answers.

Young posts are asked for at each round, those of the last thirty days now and then. Where reading costs, rounds are
few and short, and posts of about a week are asked for as well, since posts are compared at that age
(``core.equal_age``); elsewhere the round that asks for all comes near enough to it. The job's cursor is the time of
the last round that asked for all.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from smdash.core.clock import decode, encode
from smdash.core.equal_age import WEEK
from smdash.core.text import clean_name
from smdash.platforms.base import Measured, Platform
from smdash.store.metrics import Out, Reading

# What the job is called: the account and this.
JOB = "metrics"
# How long posts are measured, and for how long at each round.
OLD = timedelta(days=30)
YOUNG = timedelta(days=3)
# How far from a week a post's age is about that: each post's is in one of the daily rounds.
ABOUT_A_WEEK = timedelta(seconds=WEEK.near_s)
# So many posts are asked for before what came is kept.
AT_ONCE = 100


class Rhythm(NamedTuple):
    """How often figures are asked for (seconds), how often those of older posts, and of how many posts at most."""

    interval_s: int
    all_after: timedelta
    most: int


# A round that comes a little early on the next day must not pass it over.
FREE = Rhythm(3_600, timedelta(hours=23), 2_000)
PAID = Rhythm(86_400, timedelta(days=6, hours=12), 100)


def is_paid(platform: Platform) -> bool:
    """Whether each thing that is read is charged, which networks count by the month."""
    return platform.counting.monthly


def rhythm(platform: Platform) -> Rhythm:
    """How a network is asked: what costs is asked for less."""
    return PAID if is_paid(platform) else FREE


def since(cursor: str | None, platform: Platform, now: datetime) -> tuple[datetime, str]:
    """From when on posts are asked for in this round (UTC), and the cursor after it."""
    last = decode(cursor) if cursor else None
    if last is None or not timedelta() <= now - last < rhythm(platform).all_after:
        return now - OLD, encode(now)
    return now - YOUNG, encode(last)


def chosen(found: Sequence[Out], platform: Platform, since: datetime, now: datetime) -> list[str]:
    """The ids to ask for of what went out: since then, the newest first, and where it costs about a week ago.

    As many as the network allows in a round.
    """
    paid, week = is_paid(platform), timedelta(seconds=WEEK.seconds)
    wanted = [
        one.remote_id
        for one in found
        if one.sent_at >= since or (paid and -ABOUT_A_WEEK <= now - one.sent_at - week < ABOUT_A_WEEK)
    ]
    return wanted[: rhythm(platform).most]


def readings(measured: Sequence[Measured], asked: Sequence[str], now: datetime) -> list[Reading]:
    """What is kept of an answer: figures of the account and of what was asked for, none of the future."""
    known = {None, *asked}
    return [
        Reading(one.remote_id or "", clean_name(one.name), one.value, min(one.at, now))
        for one in measured
        if one.remote_id in known and one.remote_id != "" and one.value >= 0
    ]
