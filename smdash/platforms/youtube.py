"""YouTube (Data API v3): a channel's comments, what is held back, answers, moderation, videos, figures.

https://developers.google.com/youtube/v3/docs. There are no direct messages and no list of mentions in it, and posts of
the community tab can't be made by a program.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from smdash.core.text import clean_name, safe_link
from smdash.locale import gettext as _
from smdash.platforms import sessions, youtube_comments, youtube_held, youtube_publish, youtube_search, youtube_units
from smdash.platforms.base import Credentials, Measured, Pull, Pulled, Verified
from smdash.platforms.items import objects, text_of
from smdash.platforms.oauth_tokens import not_granted
from smdash.platforms.outgoing import Outgoing, Published
from smdash.platforms.youtube_calls import ALL, FORCE_SSL, UPLOAD, Caller, items_of, own_channel
from smdash.platforms.youtube_upload import Sleep

if TYPE_CHECKING:
    from smdash.platforms.client import Client

_AT_ONCE = 50
# What YouTube counts, by our names.
_OF_CHANNEL = {"subscriberCount": "followers", "viewCount": "views"}
_OF_VIDEO = {"viewCount": "views", "likeCount": "likes", "commentCount": "replies"}


class YouTube:
    """The adapter; see ``base.Adapter`` for its calls. *sleep* waits, in seconds, before a piece is sent again."""

    def __init__(self, sleep: Sleep = asyncio.sleep) -> None:
        self._sleep = sleep

    async def verify(self, credentials: Credentials, client: Client, now: datetime) -> Verified:
        """Whose channel it is, what was not granted, and what is left of the day's units. Raises PlatformError."""
        caller = Caller(credentials, client, now)
        channel = await own_channel(caller, "id,snippet")
        snippet = channel.get("snippet")
        snippet = snippet if isinstance(snippet, dict) else {}
        me = str(channel["id"])
        name = clean_name(text_of(snippet.get("title"))) or me
        tokens = sessions.kept(credentials)
        return Verified(
            remote_id=me,
            handle=clean_name(text_of(snippet.get("customUrl"))).removeprefix("@") or me,
            name=name,
            url=_page_of(me),
            missing_scopes=not_granted(tokens, {FORCE_SSL: (), UPLOAD: (ALL, FORCE_SSL)}),
            expires_at=tokens.refresh_expires_at if tokens is not None else None,
            quota=youtube_units.quota(credentials, now),
            notice=_("YouTube keeps the videos of a Google project private until Google has audited the project"),
        )

    async def pull(self, pull: Pull, client: Client) -> Pulled:
        """The next call of ``comments`` (``youtube_comments``) or ``held`` (``youtube_held``). Raises PlatformError."""
        if pull.job == "held":
            return await youtube_held.pull(pull, client)
        return await youtube_comments.pull(pull, client)

    async def search(self, pull: Pull, query: str, client: Client) -> Pulled:
        """One page of hits; ``more`` asks for the next one. Raises PlatformError; see ``youtube_search``."""
        caller = Caller(pull.credentials, client, pull.now, owner_typed=pull.owner_typed, keep=youtube_units.RESERVE)
        return await youtube_search.search(pull, query, caller)

    async def publish(self, out: Outgoing, client: Client) -> Published:
        """Send it, once. Raises PlatformError; see ``youtube_publish`` and ``youtube_upload``."""
        return await youtube_publish.publish(out, Caller(out.credentials, client, out.now), self._sleep)

    async def find(self, out: Outgoing, client: Client) -> Published | None:
        """Look whether it is out. Raises PlatformError where that can't be told."""
        return await youtube_publish.find(out, Caller(out.credentials, client, out.now))

    async def is_there(self, out: Outgoing, remote_id: str, client: Client) -> bool:
        """Whether a video or a comment is there still. Raises PlatformError."""
        return await youtube_publish.is_there(out, remote_id, Caller(out.credentials, client, out.now))

    async def measure(
        self, credentials: Credentials, remote_ids: Sequence[str], client: Client, now: datetime
    ) -> Sequence[Measured]:
        """The channel's figures and those of its videos; a unit for each fifty. Raises PlatformError."""
        caller = Caller(credentials, client, now, keep=youtube_units.RESERVE)
        channel = await own_channel(caller, "id,statistics")
        found = list(_figures(channel, _OF_CHANNEL, now, None))
        for start in range(0, len(remote_ids), _AT_ONCE):
            ids = remote_ids[start : start + _AT_ONCE]
            videos = await caller.get("videos", {"part": "id,statistics", "id": ",".join(ids), "maxResults": _AT_ONCE})
            for video in objects(items_of(videos, caller)):
                if (remote_id := video.get("id")) in ids:
                    found += _figures(video, _OF_VIDEO, now, remote_id)
        return found


def _page_of(channel_id: str) -> str | None:
    """Where people see a channel."""
    return safe_link(f"https://www.youtube.com/channel/{channel_id}")


def _figures(one: Mapping[str, Any], names: Mapping[str, str], now: datetime, remote_id: str | None) -> list[Measured]:
    """YouTube writes figures as text, and leaves out what its owner hides."""
    held = one.get("statistics")
    held = held if isinstance(held, dict) else {}
    found = []
    for theirs, ours in names.items():
        value = str(held.get(theirs, ""))
        hidden = theirs == "subscriberCount" and held.get("hiddenSubscriberCount") is True
        if value.isascii() and value.isdecimal() and len(value) < 19 and not hidden:
            found.append(Measured(ours, int(value), now, remote_id))
    return found
