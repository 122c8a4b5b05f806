"""Figures of an account of X and of its posts.

Public ones are there for any post; clicks on links only for own ones, and only for thirty days: for older posts X
answers an error in place of the post, so those are asked for again without them. That it bills a post that is read
twice within a day (UTC) once is its own soft promise. https://docs.x.com/x-api/fundamentals/metrics.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from smdash.core.errors import ErrorKind, PlatformError
from smdash.platforms.base import Measured
from smdash.platforms.items import objects
from smdash.platforms.oauth_calls import Caller, object_of
from smdash.platforms.x_calls import identifier, user_of
from smdash.platforms.x_records import USER_FIELDS

# X takes so many ids in one call.
_AT_ONCE = 100
_PUBLIC = {
    "like_count": "likes",
    "retweet_count": "shares",
    "repost_count": "shares",
    "reply_count": "replies",
    "quote_count": "quotes",
    "bookmark_count": "saves",
    "impression_count": "views",
}
_OWN = {"url_link_clicks": "clicks"}


async def measure(call: Caller, remote_ids: Sequence[str]) -> list[Measured]:
    """The account's followers, and the figures of these posts as far as X tells them. Raises PlatformError."""
    user = user_of(await call.get("/2/users/me", {"user.fields": USER_FIELDS}))
    found = [
        Measured("followers", value, call.now)
        for value in [_whole(user.get("public_metrics"), "followers_count")]
        if value is not None
    ]
    wanted = list(dict.fromkeys(remote_ids))
    for at in range(0, len(wanted), _AT_ONCE):
        some = wanted[at : at + _AT_ONCE]
        posts = await _posts(call, some, "public_metrics,non_public_metrics")
        left = [one for one in some if one not in posts]
        if left:
            posts |= await _posts(call, left, "public_metrics")
        for remote_id, post in posts.items():
            for name, value in _figures(post).items():
                found.append(Measured(name, value, call.now, remote_id))
    return found


async def _posts(call: Caller, remote_ids: Sequence[str], fields: str) -> dict[str, dict[str, Any]]:
    try:
        answer = await call.get("/2/tweets", {"ids": ",".join(remote_ids), "tweet.fields": fields})
    except PlatformError as error:
        # A token that may not see the own figures still sees the public ones.
        if error.kind in (ErrorKind.PERMISSION, ErrorKind.REJECTED, ErrorKind.GONE) and "non_public" in fields:
            return {}
        raise
    listed = objects(object_of(answer).get("data", []))
    return {key: one for one in listed if (key := identifier(one.get("id"))) in remote_ids and key is not None}


def _figures(post: Mapping[str, Any]) -> dict[str, int]:
    found: dict[str, int] = {}
    for part, names in (("public_metrics", _PUBLIC), ("non_public_metrics", _OWN)):
        for key, name in names.items():
            value = _whole(post.get(part), key)
            if value is not None:
                found[name] = value
    return found


def _whole(metrics: object, key: str) -> int | None:
    value = metrics.get(key) if isinstance(metrics, dict) else None
    return value if type(value) is int and value >= 0 else None
