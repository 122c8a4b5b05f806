"""TikTok (API v2): whose account it is, videos, figures.

TikTok gives programs of an account's owner no comments, mentions, messages or search, so there is no inbox here. The
one job asks whose the token is, by which the token, of which each renewal ends the one before, is kept alive.
https://developers.tiktok.com/doc/overview
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from smdash.core.errors import ErrorKind, PlatformError
from smdash.core.text import clean_name, safe_link
from smdash.locale import gettext as _
from smdash.platforms import sessions, tiktok_publish
from smdash.platforms.base import Credentials, Measured, Pull, Pulled, Verified
from smdash.platforms.items import objects, text_of
from smdash.platforms.oauth_tokens import not_granted
from smdash.platforms.outgoing import Outgoing, Published
from smdash.platforms.problems import problem
from smdash.platforms.tiktok_calls import SCOPES, Caller, identifier
from smdash.platforms.tiktok_publish import Sleep

if TYPE_CHECKING:
    from smdash.platforms.client import Client

_AT_ONCE = 20
_OF_USER = {"follower_count": "followers", "likes_count": "likes"}
_OF_VIDEO = {"view_count": "views", "like_count": "likes", "comment_count": "replies", "share_count": "shares"}


class TikTok:
    """The adapter; see ``base.Adapter`` for its calls. *sleep* waits, in seconds, while TikTok works on a video."""

    def __init__(self, sleep: Sleep = asyncio.sleep) -> None:
        self._sleep = sleep

    async def verify(self, credentials: Credentials, client: Client, now: datetime) -> Verified:
        """Whose the token is, what it may post, and until when it can be renewed. Raises PlatformError."""
        caller = Caller(credentials, client, now)
        user = await _user(caller, "open_id,display_name,profile_deep_link")
        name = clean_name(text_of(user.get("display_name")))
        limits: dict[str, int] = {}
        notice = None
        try:
            creator = await caller.post("/post/publish/creator_info/query/", {})
        except PlatformError as error:
            if error.kind not in (ErrorKind.PERMISSION, ErrorKind.QUOTA, ErrorKind.REJECTED):
                raise
            creator, notice = {}, str(error)
        longest = creator.get("max_video_post_duration_sec")
        if type(longest) is int and 0 < longest < 10**6:
            limits["max_video_seconds"] = longest
        handle = clean_name(text_of(creator.get("creator_username"))) or credentials.handle or name
        tokens = sessions.kept(credentials)
        return Verified(
            remote_id=str(user["open_id"]),
            handle=handle or str(user["open_id"]),
            name=name or handle,
            url=safe_link(text_of(user.get("profile_deep_link"))),
            limits=limits,
            missing_scopes=not_granted(tokens, dict.fromkeys(SCOPES, ())),
            expires_at=tokens.refresh_expires_at if tokens is not None else None,
            notice=notice or _("until TikTok has audited the app, what it posts is seen by the account's owner only"),
        )

    async def pull(self, pull: Pull, client: Client) -> Pulled:
        """Nothing comes in; the token is tried and kept alive. Raises PlatformError."""
        await _user(Caller(pull.credentials, client, pull.now, owner_typed=pull.owner_typed), "open_id")
        return Pulled(cursor=pull.cursor)

    async def publish(self, out: Outgoing, client: Client) -> Published:
        """Send a video, once. Raises PlatformError; see ``tiktok_publish``."""
        return await tiktok_publish.publish(out, Caller(out.credentials, client, out.now), self._sleep)

    async def find(self, out: Outgoing, client: Client) -> Published | None:
        """Look whether it is out. Raises PlatformError where that can't be told."""
        return await tiktok_publish.find(out, Caller(out.credentials, client, out.now))

    async def is_there(self, out: Outgoing, remote_id: str, client: Client) -> bool:
        """Whether a video is there still. Raises PlatformError."""
        return await tiktok_publish.is_there(remote_id, Caller(out.credentials, client, out.now))

    async def measure(
        self, credentials: Credentials, remote_ids: Sequence[str], client: Client, now: datetime
    ) -> Sequence[Measured]:
        """The account's figures, and those of its videos that have an id. Raises PlatformError."""
        caller = Caller(credentials, client, now)
        found = _figures(await _user(caller, "open_id,follower_count,likes_count"), _OF_USER, now, None)
        ids = [one for one in remote_ids if one.isdecimal()]
        for start in range(0, len(ids), _AT_ONCE):
            some = ids[start : start + _AT_ONCE]
            params = {"fields": ",".join(("id", *_OF_VIDEO))}
            data = await caller.post("/video/query/", {"filters": {"video_ids": some}}, params)
            for video in objects(data.get("videos")):
                if (remote_id := identifier(video.get("id"))) in some:
                    found += _figures(video, _OF_VIDEO, now, remote_id)
        return found


async def _user(caller: Caller, fields: str) -> dict[str, Any]:
    data = await caller.get("/user/info/", {"fields": fields})
    user = data.get("user")
    me = identifier(user.get("open_id")) if isinstance(user, dict) else None
    if not isinstance(user, dict) or me is None:
        raise problem(ErrorKind.SERVER, _("{host} does not say whose the token is").format(host=caller.host))
    return {**user, "open_id": me}


def _figures(one: Mapping[str, Any], names: Mapping[str, str], now: datetime, remote_id: str | None) -> list[Measured]:
    found = []
    for theirs, ours in names.items():
        value = one.get(theirs)
        if type(value) is int and 0 <= value < 2**53:
            found.append(Measured(ours, value, now, remote_id))
    return found
