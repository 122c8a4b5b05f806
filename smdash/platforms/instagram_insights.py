"""Figures of the account and of its posts, by Instagram's insights.

https://developers.facebook.com/docs/instagram-platform/insights: figures lag by up to two days, and a post that has
none answers an empty list. Metrics that a kind of post does not have are refused together with all others of the call:
then the post's own fields are read, which have likes and comments alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from smdash.core.errors import ErrorKind, PlatformError
from smdash.platforms.base import Measured
from smdash.platforms.instagram_session import Session
from smdash.platforms.items import objects, text_of
from smdash.platforms.meta_graph import at

# Instagram's names, and ours. What has no like (total_interactions, follows) is left out.
_NAMES = {
    "views": "views",
    "reach": "reach",
    "saved": "saves",
    "likes": "likes",
    "comments": "replies",
    "shares": "shares",
}
_FIELDS = {"like_count": "likes", "comments_count": "replies"}


async def measure(session: Session, remote_ids: Sequence[str], now: datetime) -> list[Measured]:
    """The account's followers, and the figures of these posts; those that are gone have none. Raises PlatformError."""
    found = await session.graph.get(at(session.me.id), {"fields": "followers_count"})
    followers = _count(found.get("followers_count"))
    measured = [] if followers is None else [Measured("followers", followers, now)]
    for remote_id in remote_ids:
        try:
            measured += [Measured(name, value, now, remote_id) async for name, value in _of_post(session, remote_id)]
        except PlatformError as error:
            # An id that Instagram takes for none is that post's trouble alone.
            if error.kind not in (ErrorKind.GONE, ErrorKind.REJECTED):
                raise
    return measured


async def _of_post(session: Session, remote_id: str) -> Any:
    try:
        found = await session.graph.get(at(remote_id, "insights"), {"metric": ",".join(_NAMES)})
    except PlatformError as error:
        # Who may not read insights may still read what the post itself tells.
        if error.kind not in (ErrorKind.REJECTED, ErrorKind.PERMISSION):
            raise
        found = await session.graph.get(at(remote_id), {"fields": ",".join(_FIELDS)})
        for field, name in _FIELDS.items():
            if (value := _count(found.get(field))) is not None:
                yield name, value
        return
    for pair in read(found, _NAMES):
        yield pair


def read(found: dict[str, Any], names: dict[str, str]) -> Iterator[tuple[str, int]]:
    """The figures in an answer of insights by our names: ``data[]{name, values[]{value} | total_value{value}}``."""
    for one in objects(found.get("data")):
        name = names.get(text_of(one.get("name")))
        total, values = one.get("total_value"), objects(one.get("values"))
        told = total.get("value") if isinstance(total, dict) else values[-1].get("value") if values else None
        if name is not None and (value := _count(told)) is not None:
            yield name, value


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**53 else None
