"""Reddit: the inbox with mentions, answers and messages, what the account wrote itself; posts, comments, figures.

https://www.reddit.com/dev/api. Needs a client that Reddit has approved (its Responsible Builder Policy of November
2025); chat is outside of this API.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from smdash.core.text import clean_name, safe_link
from smdash.platforms import reddit_inbox, reddit_publish, reddit_search, sessions
from smdash.platforms.base import Credentials, Measured, Pull, Pulled, Verified
from smdash.platforms.items import objects, text_of
from smdash.platforms.oauth_tokens import not_granted
from smdash.platforms.outgoing import Outgoing, Published
from smdash.platforms.reddit_calls import SCOPES, Caller, fullname, listing, myself
from smdash.platforms.reddit_media import Sleep
from smdash.platforms.reddit_records import SITE

if TYPE_CHECKING:
    from smdash.platforms.client import Client

_AT_ONCE = 100
# What Reddit counts of a post or a comment, by our names; ups are votes for it.
_FIGURES = {"ups": "likes", "num_comments": "replies", "num_crossposts": "shares"}


class Reddit:
    """The adapter; see ``base.Adapter`` for its calls. *sleep* waits, in seconds, for the post of a picture."""

    def __init__(self, sleep: Sleep = asyncio.sleep) -> None:
        self._sleep = sleep

    async def verify(self, credentials: Credentials, client: Client, now: datetime) -> Verified:
        """Whose the token is, and what was not granted. Raises PlatformError."""
        caller = Caller(credentials, client, now)
        me = await myself(caller)
        name = clean_name(str(me["name"]))
        about = me.get("subreddit")
        title = clean_name(text_of(about.get("title"))) if isinstance(about, dict) else ""
        tokens = sessions.kept(credentials)
        return Verified(
            remote_id=name,
            handle=name,
            name=title or name,
            url=safe_link(f"{SITE}/user/{name}"),
            missing_scopes=not_granted(tokens, dict.fromkeys(SCOPES, ("*",))),
            expires_at=tokens.refresh_expires_at if tokens is not None else None,
        )

    async def pull(self, pull: Pull, client: Client) -> Pulled:
        """A page of ``inbox``, ``answers`` or ``sent``. Raises PlatformError; see ``reddit_inbox``."""
        return await reddit_inbox.pull(pull, client)

    async def search(self, pull: Pull, query: str, client: Client) -> Pulled:
        """One page of hits; ``more`` asks for the next one. Raises PlatformError; see ``reddit_search``."""
        caller = Caller(pull.credentials, client, pull.now, owner_typed=pull.owner_typed)
        return await reddit_search.search(pull, query, caller)

    async def publish(self, out: Outgoing, client: Client) -> Published:
        """Send it, once. Raises PlatformError; see ``reddit_publish``."""
        return await reddit_publish.publish(out, Caller(out.credentials, client, out.now), self._sleep)

    async def find(self, out: Outgoing, client: Client) -> Published | None:
        """Look whether it is out. Raises PlatformError where that can't be told."""
        return await reddit_publish.find(out, Caller(out.credentials, client, out.now))

    async def is_there(self, out: Outgoing, remote_id: str, client: Client) -> bool:
        """Whether it is there still. Raises PlatformError."""
        return await reddit_publish.is_there(remote_id, Caller(out.credentials, client, out.now))

    async def measure(
        self, credentials: Credentials, remote_ids: Sequence[str], client: Client, now: datetime
    ) -> Sequence[Measured]:
        """Who follows the account, and the figures of its posts, a hundred a call. Raises PlatformError."""
        caller = Caller(credentials, client, now)
        me = await myself(caller)
        about = me.get("subreddit")
        found = []
        if isinstance(about, dict):
            found += _figures(about, {"subscribers": "followers"}, now, None)
        ids = [one for one in remote_ids if fullname(one)]
        for start in range(0, len(ids), _AT_ONCE):
            some = ids[start : start + _AT_ONCE]
            children, _after = listing(await caller.get("/api/info", {"id": ",".join(some)}))
            for child in objects(children):
                data = child.get("data")
                if isinstance(data, dict) and data.get("name") in some:
                    found += _figures(data, _FIGURES, now, data["name"])
        return found


def _figures(one: Mapping[str, Any], names: Mapping[str, str], now: datetime, remote_id: str | None) -> list[Measured]:
    found = []
    for theirs, ours in names.items():
        value = one.get(theirs)
        if type(value) is int and 0 <= value < 2**53:
            found.append(Measured(ours, value, now, remote_id))
    return found
