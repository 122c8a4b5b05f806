"""Instagram, professional accounts: comments, tags and direct messages; posts, answers, hiding and deleting; figures.

https://developers.facebook.com/docs/instagram-platform. Personal accounts have no API. Names in captions and comments
of others are only pushed (``instagram_push``); stories that name the account come as messages.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from smdash.core.errors import ErrorKind, PlatformError
from smdash.core.records import Quota
from smdash.core.text import safe_link
from smdash.platforms import (
    instagram_comments,
    instagram_find,
    instagram_insights,
    instagram_messages,
    instagram_publish,
    instagram_search,
    instagram_tags,
    long_lived,
    meta_posts,
    meta_token,
)
from smdash.platforms.base import Credentials, Measured, Pull, Pulled, Verified
from smdash.platforms.containers import Sleep
from smdash.platforms.instagram_needs import SCOPES, SCOPES_BY_FACEBOOK
from smdash.platforms.instagram_session import Session, has_another_token, is_by_facebook, open_graph, open_session
from smdash.platforms.items import objects
from smdash.platforms.meta_graph import Values, at, id_of
from smdash.platforms.outgoing import Outgoing, Published, before_sending

if TYPE_CHECKING:
    from smdash.platforms.client import Client


class Instagram:
    """The adapter; see ``base.Adapter``, ``base.Measurer`` and ``outgoing.Publisher``. *sleep* waits, in seconds."""

    def __init__(self, sleep: Sleep = asyncio.sleep) -> None:
        self._sleep = sleep

    async def verify(self, credentials: Credentials, client: Client, now: datetime) -> Verified:
        """Whose the token is, what it lacks, when it ends, and how many posts may still go out today.

        Raises PlatformError: auth when the token is refused, and whatever kept us from asking.
        """
        session = await open_session(credentials, client, now)
        missing, ends = await _rights(session, credentials)
        left: Quota | None = None
        try:
            limit = await instagram_publish.publishing_limit(session)
        except PlatformError as error:
            if error.kind is not ErrorKind.PERMISSION:
                raise
            limit = None
        if limit is not None:
            left = Quota(max(0, limit.total - limit.used), limit.total, None)
        me = session.me
        return Verified(
            remote_id=me.id,
            handle=me.username,
            name=me.name,
            url=safe_link(f"https://www.instagram.com/{me.username}/"),
            limits={} if limit is None else {"posts_in_24_hours": limit.total},
            missing_scopes=missing,
            expires_at=ends,
            quota=left,
        )

    async def pull(self, pull: Pull, client: Client) -> Pulled:
        """One page of ``comments``, ``tags`` or ``messages``; ``more`` asks for the next one. Raises PlatformError."""
        try:
            return await self._pull(pull, client)
        except PlatformError as error:
            if error.kind is not ErrorKind.AUTH or not await has_another_token(
                pull.credentials, client, pull.now, owner_typed=pull.owner_typed
            ):
                raise
        return await self._pull(pull, client)

    async def _pull(self, pull: Pull, client: Client) -> Pulled:
        credentials, now, typed = pull.credentials, pull.now, pull.owner_typed
        if pull.job == "comments":
            posts = instagram_comments.load(pull.cursor)
            if posts.todo:
                graph = await open_graph(credentials, client, now, owner_typed=typed)
                return await instagram_comments.pull(pull, None, posts, graph)
            session = await open_session(credentials, client, now, owner_typed=typed)
            return await instagram_comments.pull(pull, session, posts, session.graph)
        if pull.job == "messages":
            place = instagram_messages.load(pull.cursor)
            if place.waiting:
                await self._sleep(instagram_messages.PACE_S)
                graph = await open_graph(credentials, client, now, owner_typed=typed)
                return await instagram_messages.pull(pull, None, place, graph)
            session = await open_session(credentials, client, now, owner_typed=typed)
            return await instagram_messages.pull(pull, session, place, session.graph)
        return await instagram_tags.pull(pull, await open_session(credentials, client, now, owner_typed=typed))

    async def search(self, pull: Pull, query: str, client: Client) -> Pulled:
        """One page of hits; ``more`` asks for the next one. Raises PlatformError; see ``instagram_search``."""
        instagram_search.refuse(query, by_facebook=is_by_facebook(pull.credentials))
        session = await open_session(pull.credentials, client, pull.now, owner_typed=pull.owner_typed)
        return await instagram_search.search(pull, query, session)

    async def publish(self, out: Outgoing, client: Client) -> Published:
        """A post, a comment below it, an answer, a message; hiding, deleting. Raises PlatformError."""
        with before_sending():
            session = await open_session(out.credentials, client, out.now)
        return await instagram_publish.publish(out, session, client, self._sleep)

    async def find(self, out: Outgoing, client: Client) -> Published | None:
        """Whether it is out; see ``instagram_find``. Raises PlatformError where that can't be told."""
        return await instagram_find.find(out, await open_session(out.credentials, client, out.now))

    async def is_there(self, out: Outgoing, remote_id: str, client: Client) -> bool:
        """Whether a post is there still. Raises PlatformError."""
        session = await open_session(out.credentials, client, out.now)
        return await meta_posts.is_there(remote_id, session.graph)

    async def measure(
        self, credentials: Credentials, remote_ids: Sequence[str], client: Client, now: datetime
    ) -> Sequence[Measured]:
        """Followers, and the figures of posts. Raises PlatformError."""
        return await instagram_insights.measure(await open_session(credentials, client, now), remote_ids, now)


async def _rights(session: Session, credentials: Credentials) -> tuple[tuple[str, ...], datetime | None]:
    """The scopes that are missing, and when a person has to act again (UTC), where either is known."""
    if not session.by_facebook:
        return tuple([scope async for scope in _refused(session)]), long_lived.of(credentials).expires_at
    state = await meta_token.debug(session.graph)
    if state is None:
        return (), None
    return state.missing(SCOPES_BY_FACEBOOK), state.expires_at


async def _refused(session: Session) -> AsyncIterator[str]:
    """Scopes that the token surely lacks: Instagram tells them nobody, so each kind of list is tried once."""
    graph, me = session.graph, session.me.id
    if await _is_refused(session, at(me, "content_publishing_limit"), {"fields": "quota_usage"}):
        yield SCOPES[1]
    newest = await graph.page(at(me, "media"), {"fields": "id", "limit": 1})
    post = next((found for one in objects(newest.items) if (found := id_of(one)) is not None), None)
    if post is not None and await _is_refused(session, at(post, "comments"), {"limit": 1}):
        yield SCOPES[2]
    if await _is_refused(session, at(session.inbox, "conversations"), {"platform": "instagram", "limit": 1}):
        yield SCOPES[3]
    if await _is_refused(session, at(me, "insights"), {"metric": "reach", "period": "day"}):
        yield SCOPES[4]


async def _is_refused(session: Session, path: str, params: Values) -> bool:
    try:
        await session.graph.get(path, params)
    except PlatformError as error:
        if error.kind in (ErrorKind.RATE, ErrorKind.AUTH, ErrorKind.NETWORK):
            raise
        return error.kind is ErrorKind.PERMISSION
    return False
