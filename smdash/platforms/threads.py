"""Threads: posts that name the account, answers, own answers; posts, threads and answers out; hiding; figures.

https://developers.facebook.com/docs/threads. There are no direct messages, and no likes, in its API.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from smdash.core.errors import ErrorKind, PlatformError
from smdash.core.records import Quota
from smdash.core.text import safe_link
from smdash.platforms import (
    long_lived,
    meta_posts,
    meta_token,
    threads_find,
    threads_inbox,
    threads_publish,
    threads_search,
)
from smdash.platforms.base import Credentials, Measured, Pull, Pulled, Verified
from smdash.platforms.containers import Sleep
from smdash.platforms.instagram_insights import read as read_figures
from smdash.platforms.instagram_needs import SCOPES_OF_THREADS
from smdash.platforms.meta_graph import at
from smdash.platforms.outgoing import Outgoing, Published, before_sending
from smdash.platforms.threads_session import open_graph, open_session

if TYPE_CHECKING:
    from smdash.platforms.client import Client

# Threads' names, and ours; answers to answers are not counted (docs/threads/insights).
_OF_A_POST = {"views": "views", "likes": "likes", "replies": "replies", "reposts": "shares", "quotes": "quotes"}
_OF_THE_ACCOUNT = {"followers_count": "followers"}


class Threads:
    """The adapter; see ``base.Adapter``, ``base.Measurer`` and ``outgoing.Publisher``. *sleep* waits, in seconds."""

    def __init__(self, sleep: Sleep = asyncio.sleep) -> None:
        self._sleep = sleep

    async def verify(self, credentials: Credentials, client: Client, now: datetime) -> Verified:
        """Whose the token is, what it lacks, when it ends, and how many posts may still go out today.

        Raises PlatformError: auth when the token is refused, and whatever kept us from asking.
        """
        session = await open_session(credentials, client, now)
        state = await meta_token.debug(session.graph)
        try:
            limit = await threads_publish.publishing_limit(session)
        except PlatformError as error:
            if error.kind is not ErrorKind.PERMISSION:
                raise
            limit = None
        ends = long_lived.of(credentials).expires_at or (state.expires_at if state is not None else None)
        return Verified(
            remote_id=session.id,
            handle=session.username,
            name=session.name,
            url=safe_link(f"https://www.threads.net/@{session.username}"),
            limits={} if limit is None else {"posts_in_24_hours": limit.total},
            missing_scopes=() if state is None else state.missing(SCOPES_OF_THREADS),
            expires_at=ends,
            quota=None if limit is None else Quota(max(0, limit.total - limit.used), limit.total, None),
        )

    async def pull(self, pull: Pull, client: Client) -> Pulled:
        """One page of ``mentions``, ``replies`` or ``answers``; ``more`` asks for the next. Raises PlatformError."""
        credentials, now, typed = pull.credentials, pull.now, pull.owner_typed
        place = threads_inbox.load(pull.cursor) if pull.job == "replies" else None
        if place is not None and place.todo:
            graph = await open_graph(credentials, client, now, owner_typed=typed)
            return await threads_inbox.replies(pull, None, place, graph)
        session = await open_session(credentials, client, now, owner_typed=typed)
        if place is not None:
            return await threads_inbox.replies(pull, session, place, session.graph)
        return await threads_inbox.walk(pull, session)

    async def search(self, pull: Pull, query: str, client: Client) -> Pulled:
        """One page of hits; ``more`` asks for the next one. Raises PlatformError; see ``threads_search``."""
        session = await open_session(pull.credentials, client, pull.now, owner_typed=pull.owner_typed)
        return await threads_search.search(pull, query, session)

    async def publish(self, out: Outgoing, client: Client) -> Published:
        """A post, a part of a thread, an answer; hiding an answer. Raises PlatformError."""
        with before_sending():
            session = await open_session(out.credentials, client, out.now)
        return await threads_publish.publish(out, session, client, self._sleep)

    async def find(self, out: Outgoing, client: Client) -> Published | None:
        """Whether it is out; see ``threads_find``. Raises PlatformError where that can't be told."""
        return await threads_find.find(out, await open_session(out.credentials, client, out.now))

    async def is_there(self, out: Outgoing, remote_id: str, client: Client) -> bool:
        """Whether a post is there still. Raises PlatformError."""
        return await meta_posts.is_there(remote_id, (await open_session(out.credentials, client, out.now)).graph)

    async def measure(
        self, credentials: Credentials, remote_ids: Sequence[str], client: Client, now: datetime
    ) -> Sequence[Measured]:
        """Followers, and the figures of posts; those that are gone have none. Raises PlatformError."""
        graph = await open_graph(credentials, client, now)
        found = await graph.get(at("me", "threads_insights"), {"metric": ",".join(_OF_THE_ACCOUNT)})
        measured = [Measured(name, value, now) for name, value in read_figures(found, _OF_THE_ACCOUNT)]
        for remote_id in remote_ids:
            try:
                found = await graph.get(at(remote_id, "insights"), {"metric": ",".join(_OF_A_POST)})
            except PlatformError as error:
                # An id that Threads takes for none is that post's trouble alone.
                if error.kind not in (ErrorKind.GONE, ErrorKind.REJECTED):
                    raise
                continue
            measured += [Measured(name, value, now, remote_id) for name, value in read_figures(found, _OF_A_POST)]
        return measured
