"""X (API v2): whose a token is; mentions and replies, our own answers, direct messages; what goes out; figures.

X charges for each thing that is read and each that is written, so lists are asked for what is new alone, everything
about it in one call, and a job stops where the month's budget (``monthly_reads``) is used up. Quotes that don't name
the account are in no list of its own, deletions are told by none (https://docs.x.com/x-api/posts/timelines); direct
messages are the unencrypted ones (https://docs.x.com/x-api/direct-messages/lookup).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote as percent

from smdash.core.clock import encode
from smdash.core.errors import ErrorKind, PlatformError
from smdash.core.records import IncomingMention
from smdash.core.text import clean_name, safe_link
from smdash.platforms import x_find, x_messages, x_metrics, x_publish, x_search
from smdash.platforms import x_paging as paging
from smdash.platforms.answers import iso_date, quota
from smdash.platforms.base import Credentials, Measured, Pull, Pulled, Verified
from smdash.platforms.items import Malformed, Skipped, text_of
from smdash.platforms.oauth_calls import Caller
from smdash.platforms.outgoing import Outgoing, Published
from smdash.platforms.x_calls import caller, identifier, own_id, user_of
from smdash.platforms.x_lists import page_of, pulled
from smdash.platforms.x_needs import SCOPES
from smdash.platforms.x_records import MEDIA_FIELDS, POST_FIELDS, USER_FIELDS, count_of, included, read_post

if TYPE_CHECKING:
    from smdash.platforms.client import Client, Params

Sleep = Callable[[float], Awaitable[object]]
_LISTS = {"mentions": "mentions", "answers": "tweets"}
_PAGE, _LEAST = 100, 5


class X:
    """The adapter; see ``base.Adapter`` and ``outgoing.Publisher`` for its calls. *sleep* waits, in seconds."""

    def __init__(self, sleep: Sleep = asyncio.sleep) -> None:
        self._sleep = sleep

    async def verify(self, credentials: Credentials, client: Client, now: datetime) -> Verified:
        """Whose the token is, and the scopes that it lacks. Raises PlatformError: auth when it is refused.

        A token that is renewed by itself has no end of its own; of one that is not, X tells none either.
        """
        call = caller(credentials, client, now)
        answer = await call.get("/2/users/me", {"user.fields": USER_FIELDS})
        user = user_of(answer)
        handle = clean_name(user["username"])
        session = await call.session()
        return Verified(
            remote_id=str(identifier(user["id"])),
            handle=handle,
            name=clean_name(text_of(user.get("name"))) or handle,
            url=safe_link(f"https://x.com/{handle}"),
            missing_scopes=await _missing(call, session.scopes),
            expires_at=session.refresh_expires_at if session.refresh else session.expires_at,
            quota=quota(answer, now),
        )

    async def pull(self, pull: Pull, client: Client) -> Pulled:
        """One page of ``mentions``, ``answers`` or ``messages``; ``more`` asks for the next one.

        Raises PlatformError: quota, before anything is asked, where the month's budget is used up.
        """
        call = caller(pull.credentials, client, pull.now, owner_typed=pull.owner_typed)
        place, budget = paging.budget(pull.credentials, pull.job, paging.load(pull.cursor), pull.now)
        budget.check(pull.credentials.name)
        if not place.me:
            place = replace(place, me=await own_id(call))
        if pull.job == "messages":
            return await x_messages.pull(pull, call, place, budget)
        if not place.mark and not place.since:
            # The same for all pages of the walk.
            place = replace(place, since=encode(pull.now - paging.FIRST_SYNC))
        try:
            answer = await call.get(
                f"/2/users/{percent(place.me, safe='')}/{_LISTS[pull.job]}", _params(pull, place, budget)
            )
        except PlatformError as error:
            if place.back and error.kind is ErrorKind.REJECTED:
                # X forgot where we were: the next run walks down from the top again.
                return Pulled(cursor=paging.dump(place.again()), notice=str(error))
            raise
        found = page_of(answer)
        items: list[Any] = found.get("data", [])
        skipped = Skipped()
        mentions = _read(items, found, pull, place.me, skipped)
        times = [(one, made) for item in items if isinstance(item, dict) and (one := identifier(item.get("id")))
                 and (made := iso_date(item.get("created_at"))) is not None]  # fmt: skip
        meta = found.get("meta", {})
        newest = paging.newest_of(times)
        named = identifier(meta.get("newest_id"))
        if named is not None:
            newest = (named, newest[1] if newest else "")
        step = paging.advance(place, newest, meta.get("next_token"), met=False, read=count_of(found))
        return pulled(answer, pull, mentions, step, skipped, budget)

    async def search(self, pull: Pull, query: str, client: Client) -> Pulled:
        """One page of hits; ``more`` asks for the next one. Raises PlatformError; see ``x_search``."""
        return await x_search.search(pull, query, client)

    async def publish(self, out: Outgoing, client: Client) -> Published:
        """Send it, once. Raises PlatformError; see ``x_publish``."""
        return await x_publish.publish(out, caller(out.credentials, client, out.now), self._sleep)

    async def find(self, out: Outgoing, client: Client) -> Published | None:
        """Look whether it is out. Raises PlatformError where that can't be told; see ``x_find``."""
        return await x_find.find(out, caller(out.credentials, client, out.now))

    async def is_there(self, out: Outgoing, remote_id: str, client: Client) -> bool:
        """Whether a post is there still. Raises PlatformError."""
        return await x_find.is_there(remote_id, caller(out.credentials, client, out.now))

    async def measure(
        self, credentials: Credentials, remote_ids: Sequence[str], client: Client, now: datetime
    ) -> Sequence[Measured]:
        """The account's followers and the figures of its posts. Raises PlatformError; see ``x_metrics``."""
        return await x_metrics.measure(caller(credentials, client, now), remote_ids)


def _params(pull: Pull, place: paging.Place, budget: paging.Budget) -> Params:
    params: dict[str, str | int | list[str]] = {
        "max_results": budget.page(_PAGE, _LEAST),
        "tweet.fields": POST_FIELDS,
        "expansions": "author_id,attachments.media_keys",
        "user.fields": USER_FIELDS,
        "media.fields": MEDIA_FIELDS,
    }
    if pull.job == "answers":
        params["exclude"] = "retweets"
    if place.mark:
        params["since_id"] = place.mark
    else:
        params["start_time"] = f"{place.since[:19]}Z"
    if place.back:
        params["pagination_token"] = place.back
    return params


def _read(items: list[Any], found: dict[str, Any], pull: Pull, me: str, skipped: Skipped) -> list[IncomingMention]:
    people, media = included(found)
    kept: dict[str, IncomingMention] = {}
    # Oldest first, so that of two edits of a post the last one stays.
    for item in reversed(items):
        if not isinstance(item, dict):
            skipped.add("item")
            continue
        to = identifier(item.get("in_reply_to_user_id"))
        if pull.job == "answers" and to in (None, me):
            continue  # a post of our own, or a part of a thread
        try:
            mention = read_post(item, people, media, account=pull.credentials.name, me=me)
        except Malformed as lack:
            skipped.add(str(lack))
            continue
        kept[mention.remote_id] = mention
    return list(kept.values())


async def _missing(call: Caller, told: Sequence[str]) -> tuple[str, ...]:
    """Scopes that the token lacks: all of them are told when it is renewed, else one that can be tried is tried."""
    if told:
        return tuple(scope for scope in SCOPES if scope not in told)
    answer = await call.ask("/2/dm_events", {"max_results": 1})
    if answer.status == 429 or answer.status >= 500:
        raise call.failure(answer)
    return ("dm.read",) if answer.status == 403 else ()
