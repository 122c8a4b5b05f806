"""Figures of an account of Bluesky and of its posts.

Lexicons app.bsky.actor.getProfile and app.bsky.feed.getPosts (25 at once; what is gone is left out of the answer).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from smdash.platforms.base import Measured
from smdash.platforms.bluesky_errors import unexpected
from smdash.platforms.bluesky_session import Caller
from smdash.platforms.items import objects

_AT_ONCE = 25
_OF_PROFILE = {"followersCount": "followers"}
_OF_POST = {
    "likeCount": "likes",
    "repostCount": "shares",
    "replyCount": "replies",
    "quoteCount": "quotes",
    "bookmarkCount": "saves",
}


async def measure(caller: Caller, remote_ids: Sequence[str]) -> list[Measured]:
    """The account's followers, and the figures of these posts; those that are gone have none. Raises PlatformError."""
    session = await caller.session()
    answer = await caller.get("app.bsky.actor.getProfile", {"actor": session.did})
    profile = answer.json()
    if not isinstance(profile, dict):
        raise unexpected(answer)
    found = list(_figures(profile, _OF_PROFILE, caller.now, None))
    # A single word that is no address of a record has the whole call refused.
    wanted = [one for one in dict.fromkeys(remote_ids) if one.startswith("at://did:")]
    for start in range(0, len(wanted), _AT_ONCE):
        some = wanted[start : start + _AT_ONCE]
        answer = await caller.get("app.bsky.feed.getPosts", {"uris": some})
        held = answer.json()
        posts = held.get("posts") if isinstance(held, dict) else None
        if not isinstance(posts, list):
            raise unexpected(answer)
        for post in objects(posts):
            if (uri := post.get("uri")) in some:
                found += _figures(post, _OF_POST, caller.now, uri)
    return found


def _figures(
    one: Mapping[str, Any], names: Mapping[str, str], now: datetime, remote_id: str | None
) -> Iterable[Measured]:
    for theirs, ours in names.items():
        value = one.get(theirs)
        if type(value) is int and 0 <= value < 2**53:
            yield Measured(ours, value, now, remote_id)
