"""Mastodon, and servers that speak its API: who a token belongs to, mentions, direct messages; what goes out.

Documented for Mastodon 4.6 at https://docs.joinmastodon.org/methods/notifications/ and /conversations/.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from smdash.core.errors import PlatformError
from smdash.core.records import IncomingMention
from smdash.core.text import clean_name, safe_link
from smdash.locale import gettext as _
from smdash.platforms import mastodon_find, mastodon_metrics, mastodon_publish, mastodon_search
from smdash.platforms import mastodon_paging as paging
from smdash.platforms.answers import Answer, check, iso_date, quota
from smdash.platforms.base import Credentials, Measured, Pull, Pulled, Verified
from smdash.platforms.items import Malformed, Skipped, objects, refuse_flood, text_of
from smdash.platforms.mastodon_calls import get, own_id, unexpected
from smdash.platforms.mastodon_media import Sleep
from smdash.platforms.mastodon_records import TYPES, identifier, read_status
from smdash.platforms.outgoing import Outgoing, Published

if TYPE_CHECKING:
    from smdash.platforms.client import Client

NAME = "mastodon"
FIRST_SYNC = timedelta(days=7)
_LISTS = {
    # path, how many at once, and whether items page by their own ids
    "notifications": ("/api/v1/notifications", 80, True),
    "conversations": ("/api/v1/conversations", 40, False),
}
_SCOPES = {"notifications": "read:notifications", "conversations": "read:statuses"}
# What posts and answers need, likes, and files; "write" stands for all of them.
_WRITING = ("write:statuses", "write:favourites", "write:media")
# What a status may hold, by the name that the account's limits get: /api/v2/instance, configuration. Sizes are bytes,
# a matrix is pixels. The types of files that a server takes are left out: limits are numbers.
_LIMITS = {
    "max_characters": ("statuses", "max_characters"),
    "characters_reserved_per_url": ("statuses", "characters_reserved_per_url"),
    "max_media_attachments": ("statuses", "max_media_attachments"),
    "description_limit": ("media_attachments", "description_limit"),
    "image_size_limit": ("media_attachments", "image_size_limit"),
    "image_matrix_limit": ("media_attachments", "image_matrix_limit"),
    "video_size_limit": ("media_attachments", "video_size_limit"),
    "video_matrix_limit": ("media_attachments", "video_matrix_limit"),
    "video_frame_rate_limit": ("media_attachments", "video_frame_rate_limit"),
}


class Mastodon:
    """The adapter; see ``base.Adapter`` for its calls. *sleep* waits, in seconds, while a server works on a file."""

    def __init__(self, sleep: Sleep = asyncio.sleep) -> None:
        self._sleep = sleep

    async def verify(self, credentials: Credentials, client: Client, now: datetime) -> Verified:
        """Who the token belongs to, the server's limits, and the scopes that it lacks for our jobs.

        Raises PlatformError: auth when the token is refused, and whatever kept us from asking.
        """
        answer = check(await get(client, credentials, "/api/v1/accounts/verify_credentials"), now)
        where = _("the account page of {host}").format(host=answer.host)
        account = answer.json(where)
        me = identifier(account.get("id")) if isinstance(account, dict) else None
        handle = clean_name(text_of(account.get("acct"))) if isinstance(account, dict) else ""
        if me is None or not handle:
            raise unexpected(answer)
        domain, limits = await self._instance(credentials, client, now)
        return Verified(
            remote_id=me,
            handle=f"{handle}@{domain}" if domain and "@" not in handle else handle,
            name=clean_name(text_of(account.get("display_name"))) or handle,
            url=safe_link(text_of(account.get("url"))),
            limits=limits,
            missing_scopes=tuple([scope async for scope in _missing(credentials, client, now)]),
            quota=quota(answer, now),
        )

    async def _instance(self, credentials: Credentials, client: Client, now: datetime) -> tuple[str, dict[str, int]]:
        """The server's name and limits; a server without this call keeps its secrets."""
        answer = await get(client, credentials, "/api/v2/instance", with_token=False)
        if answer.status == 429 or answer.status >= 500:
            check(answer, now)
        if not answer.ok:
            return "", {}
        found = answer.json()
        found = found if isinstance(found, dict) else {}
        configuration = found.get("configuration")
        limits = {}
        for name, (group, key) in _LIMITS.items():
            part = configuration.get(group) if isinstance(configuration, dict) else None
            value = part.get(key) if isinstance(part, dict) else None
            if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**53:
                limits[name] = value
        return clean_name(text_of(found.get("domain"))), limits

    async def pull(self, pull: Pull, client: Client) -> Pulled:
        """One page of ``notifications`` or ``conversations``; ``more`` asks for the next one.

        Raises PlatformError.
        """
        path, limit, by_item = _LISTS[pull.job]
        place = paging.load(pull.cursor)
        if not place.me:
            me = await own_id(client, pull.credentials, pull.now, owner_typed=pull.owner_typed)
            place = replace(place, me=me)
        params: dict[str, str | int | list[str]] = {"limit": limit, **place.params()}
        if pull.job == "notifications":
            # Held-back notifications are wanted too: strangers are whom a brand hears from.
            params |= {"types[]": list(TYPES), "include_filtered": "true"}
        answer = check(await get(client, pull.credentials, path, params, owner_typed=pull.owner_typed), pull.now)
        items = answer.json()
        if not isinstance(items, list):
            raise unexpected(answer)
        refuse_flood(items, answer.host)
        page = paging.read_page(items, answer.headers, by_item=by_item)
        place, fresh, more = paging.advance(place, page, too_old=_too_old(items, pull.now - FIRST_SYNC))
        skipped = Skipped()
        mentions = _read(fresh, pull, place.me, skipped)
        left = quota(answer, pull.now)
        return Pulled(
            mentions=mentions,
            cursor=paging.dump(place),
            more=more,
            quota=left,
            not_before=left.resets_at if left is not None and left.left <= 0 else None,
            notice=skipped.notice(),
        )

    async def search(self, pull: Pull, query: str, client: Client) -> Pulled:
        """One page of hits; ``more`` asks for the next one. Raises PlatformError; see ``mastodon_search``."""
        return await mastodon_search.search(pull, query, client)

    async def publish(self, out: Outgoing, client: Client) -> Published:
        """Send a post, an answer or a like, once. Raises PlatformError; see ``mastodon_publish``."""
        return await mastodon_publish.publish(out, client, self._sleep)

    async def find(self, out: Outgoing, client: Client) -> Published | None:
        """Look whether it is out. Raises PlatformError where that can't be told; see ``mastodon_find``."""
        return await mastodon_find.find(out, client)

    async def is_there(self, out: Outgoing, remote_id: str, client: Client) -> bool:
        """Whether a status is there still. Raises PlatformError."""
        return await mastodon_find.is_there(out, remote_id, client)

    async def measure(
        self, credentials: Credentials, remote_ids: Sequence[str], client: Client, now: datetime
    ) -> Sequence[Measured]:
        """Followers, and the figures of statuses. Raises PlatformError; see ``mastodon_metrics``."""
        return await mastodon_metrics.measure(credentials, remote_ids, client, now)


async def _missing(credentials: Credentials, client: Client, now: datetime) -> AsyncIterator[str]:
    """Scopes that the token surely lacks.

    Its own scopes aren't told by Mastodon, so each list is tried once; 403 means that its scope is lacking. Writing
    can't be tried, but from 4.3 on the token's application tells its scopes, and no token may do more than that.
    """
    for job, (path, _limit, _by_item) in _LISTS.items():
        answer = await get(client, credentials, path, {"limit": 1})
        if answer.status == 403:
            yield _SCOPES[job]
        elif answer.status == 429 or answer.status >= 500:
            check(answer, now)
    answer = await get(client, credentials, "/api/v1/apps/verify_credentials")
    told = _told(answer)
    for scope in _WRITING:
        if told and "write" not in told and scope not in told:
            yield scope


def _told(answer: Answer) -> list[object]:
    """The scopes that an answer names; none where it can't be read, as servers before 4.3 don't tell them."""
    try:
        application = answer.json() if answer.ok else None
    except PlatformError:
        return []
    told = application.get("scopes") if isinstance(application, dict) else None
    return told if isinstance(told, list) else []


def _read(items: Iterable[Any], pull: Pull, me: str, skipped: Skipped) -> list[IncomingMention]:
    found: dict[str, IncomingMention] = {}
    for item in items:
        if not isinstance(item, dict):
            skipped.add("item")
            continue
        if pull.job == "notifications":
            if item.get("type") not in TYPES:
                continue
            status = item.get("status")
        else:
            status = item.get("last_status")
            if status is None:  # a conversation whose messages were all deleted
                continue
        try:
            mention = read_status(status, platform=NAME, account=pull.credentials.name, me=me)
        except Malformed as lack:
            skipped.add(str(lack))
            continue
        found[mention.remote_id] = mention
    return list(found.values())


def _too_old(items: list[Any], before: datetime) -> bool:
    """Whether the page's oldest readable item was made before that time."""
    for item in reversed(objects(items)):
        status = item.get("last_status")
        made = iso_date(item.get("created_at") or (status.get("created_at") if isinstance(status, dict) else None))
        if made is not None:
            return made < before
    return False
