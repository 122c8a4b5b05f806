"""Searches on Mastodon: a single #tag by its timeline, all else by the server's full-text search.

A tag's timeline is there on every server, and holds what that server has heard of. Full text needs a search engine
beside the server (without one it finds nothing, and says nothing), and finds only posts whose authors want to be found.
https://docs.joinmastodon.org/methods/timelines/#tag and /methods/search/. That hits of a search come newest first and
that ``min_id`` leaves the older ones out is Mastodon's own code; statuses that a server hears of late stand below the
mark and are not found.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote as percent

from smdash.core.searches import tag_of
from smdash.locale import gettext as _
from smdash.platforms import mastodon_paging as paging
from smdash.platforms.answers import check, iso_date, quota
from smdash.platforms.base import Pull, Pulled
from smdash.platforms.items import Malformed, Skipped, refuse_flood
from smdash.platforms.mastodon_calls import get, own_id, unexpected
from smdash.platforms.mastodon_records import read_status
from smdash.platforms.search_walk import FIRST_SYNC, hits

if TYPE_CHECKING:
    from smdash.platforms.client import Client

NAME = "mastodon"
_PAGE = 40
_NEVER = datetime.min.replace(tzinfo=UTC)


async def search(pull: Pull, query: str, client: Client) -> Pulled:
    """One page of hits; ``more`` asks for the next one. Raises PlatformError."""
    place = paging.load(pull.cursor)
    if not place.me:
        me = await own_id(client, pull.credentials, pull.now, owner_typed=pull.owner_typed)
        place = replace(place, me=me)
    tag = tag_of(query)
    params: dict[str, str | int | list[str]] = {"limit": _PAGE, **place.params()}
    if tag is None:
        # A search knows no "since_id", but both ends at once.
        if (since := params.pop("since_id", None)) is not None:
            params["min_id"] = since
        params |= {"q": query, "type": "statuses"}
    path = "/api/v2/search" if tag is None else f"/api/v1/timelines/tag/{percent(tag, safe='')}"
    answer = await get(client, pull.credentials, path, params, owner_typed=pull.owner_typed)
    left = quota(answer, pull.now)
    if answer.status == 404 and tag is not None:
        # A tag that the server has never seen.
        return Pulled(cursor=pull.cursor, quota=left)
    found = check(answer, pull.now).json()
    if tag is None:
        found = found.get("statuses") if isinstance(found, dict) else None
    items = found
    if not isinstance(items, list):
        raise unexpected(answer)
    refuse_flood(items, answer.host)
    if tag is None:
        items = sorted(items, key=_made, reverse=True)
    page = paging.read_page(items, answer.headers if tag is not None else {}, by_item=True)
    times = [when for item in items if (when := _made(item)) != _NEVER]
    place, fresh, more = paging.advance(place, page, too_old=bool(times) and times[-1] < pull.now - FIRST_SYNC)
    skipped = Skipped()
    mentions = []
    for item in fresh:
        try:
            mentions.append(read_status(item, platform=NAME, account=pull.credentials.name, me=place.me))
        except Malformed as lack:
            skipped.add(str(lack))
    nothing = None
    if tag is None and place.mark is None:
        sentence = _("nothing found yet; {host} may have no full-text search, while a single #tag works everywhere")
        nothing = sentence.format(host=answer.host)
    return Pulled(
        mentions=hits(mentions),
        cursor=paging.dump(place),
        more=more,
        quota=left,
        not_before=left.resets_at if left is not None and left.left <= 0 else None,
        notice="; ".join(one for one in (skipped.notice(), nothing) if one) or None,
    )


def _made(item: Any) -> datetime:
    """When a status was written; what tells no time comes last."""
    return (iso_date(item.get("created_at")) if isinstance(item, dict) else None) or _NEVER
