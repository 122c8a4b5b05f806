"""What the demo's networks count of posts and followers: it follows from a post's id, its age and the hour it went out.

The id of a post says when it went out and how well it does, so that whoever asks when is told the same.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from zlib import crc32

from smdash.platforms.base import Measured

_ID = re.compile(r"p(\w+)-(\d)-(\d{1,12})")
# How often a usual post is seen in the end; what else is counted is a part of that. Mastodon tells no views.
_SEEN = {"instagram": 2_400, "facebook_page": 1_500, "x": 900, "linkedin": 700, "mastodon": 500}
_PARTS = (("likes", 0.70), ("replies", 0.13), ("shares", 0.11), ("saves", 0.06))
_TELLS = {
    "instagram": ("views", "likes", "replies", "saves"),
    "facebook_page": ("views", "likes", "replies", "shares"),
    "x": ("views", "likes", "replies", "shares"),
    "linkedin": ("views", "likes", "replies", "shares"),
    "mastodon": ("likes", "replies", "shares"),
}
_FOLLOWERS = {"instagram": 18_400, "facebook_page": 9_150, "x": 4_720, "linkedin": 2_310, "mastodon": 860}
# So many more a day, as a part of them; counted from when the brand began.
_GROWS = 0.0007
_BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
# The brand's clocks (Asia/Jakarta), which know no summer.
_LOCAL = timedelta(hours=7)


def tells(network: str) -> bool:
    """Whether a network counts anything of posts."""
    return network in _SEEN


def post_id(token: str, appeal: int, sent_at: datetime) -> str:
    """The id of a post that does so well (0 to 9)."""
    return f"p{token}-{appeal}-{int(sent_at.timestamp()) // 60}"


def measured(network: str, remote_ids: Sequence[str], now: datetime) -> list[Measured]:
    """The followers of the account and the figures of these posts, as they are at a time."""
    if not tells(network):
        return []
    found = [Measured("followers", followers(network, now), now)]
    for remote_id in remote_ids:
        found += [Measured(name, value, now, remote_id) for name, value in figures(network, remote_id, now)]
    return found


def followers(network: str, at: datetime) -> int:
    """How many follow the account."""
    days = (at - _BEGAN) / timedelta(days=1)
    usual = _FOLLOWERS[network]
    return max(round(usual * (1 + _GROWS * days) + usual * 0.001 * math.sin(days)), 1)


def figures(network: str, remote_id: str, at: datetime) -> Iterator[tuple[str, int]]:
    """Names and values of what a post has by then; nothing of a post that is none of the demo's."""
    match = _ID.fullmatch(remote_id)
    if match is None:
        return
    sent_at = datetime.fromtimestamp(int(match[3]) * 60, UTC)
    hours = max((at - sent_at) / timedelta(hours=1), 0.0)
    luck = 0.7 + crc32(remote_id.encode()) % 61 / 100
    grown = 0.85 * (1 - math.exp(-hours / 9)) + 0.15 * (1 - math.exp(-hours / 90))
    views = _SEEN[network] * luck * _at_hour(sent_at) * grown
    acted = views * (0.02 + 0.006 * int(match[2]))
    parts = {"views": views} | {name: acted * part for name, part in _PARTS}
    for name in _TELLS[network]:
        yield name, round(parts[name])


def _at_hour(sent_at: datetime) -> float:
    """How much more than usual is seen of what goes out then: evenings are best, and the lunch break."""
    local = sent_at + _LOCAL
    weekend = 1.15 if local.weekday() >= 5 else 1.0
    by_hour = {11: 1.2, 12: 1.3, 13: 1.1, 18: 1.4, 19: 1.6, 20: 1.5, 21: 1.2}
    return weekend * by_hour.get(local.hour, 0.6 if local.hour < 6 else 0.9)
