"""Searches on X: posts of the last seven days, newest first, each read once (``since_id``), as each one is billed.

https://docs.x.com/x-api/posts/search/introduction and /integrate/paginate.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from smdash.core.clock import encode
from smdash.core.errors import ErrorKind, PlatformError
from smdash.core.records import IncomingMention
from smdash.platforms import x_paging as paging
from smdash.platforms.answers import iso_date
from smdash.platforms.base import Pull, Pulled
from smdash.platforms.items import Malformed, Skipped
from smdash.platforms.search_walk import hits
from smdash.platforms.x_calls import caller, identifier, own_id
from smdash.platforms.x_lists import page_of, pulled
from smdash.platforms.x_records import MEDIA_FIELDS, POST_FIELDS, USER_FIELDS, count_of, included, read_post

if TYPE_CHECKING:
    from smdash.platforms.client import Client, Params

_PATH = "/2/tweets/search/recent"
_PAGE, _LEAST = 100, 10
# A new search shows the newest hits; all of a week could cost more than anybody meant to spend.
_PAGES_FIRST = 1
# X holds no more than seven days, and refuses to be asked for what lies before.
_MARGIN = paging.FIRST_SYNC / 200


async def search(pull: Pull, query: str, client: Client) -> Pulled:
    """One page of hits; ``more`` asks for the next one. Raises PlatformError."""
    call = caller(pull.credentials, client, pull.now, owner_typed=pull.owner_typed)
    place = paging.load(pull.cursor)
    if not place.me:
        place = replace(place, me=await own_id(call))
    oldest = encode(pull.now - paging.FIRST_SYNC + _MARGIN)
    if not place.mark and not place.since:
        # The same for all pages of the walk.
        place = replace(place, since=oldest)
    elif place.mark and place.mark_at < oldest and not place.back:
        # An id that is older than what X holds is refused.
        place = replace(place, mark="", mark_at="", since=oldest)
    try:
        answer = await call.get(_PATH, _params(query, place, pull.left))
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
    most = None if place.started else _PAGES_FIRST
    step = paging.advance(place, newest, meta.get("next_token"), met=False, read=count_of(found), most=most)
    return pulled(answer, pull, hits(mentions), step, skipped)


def _params(query: str, place: paging.Place, left: int | None) -> Params:
    params: dict[str, str | int | list[str]] = {
        "query": query,
        "max_results": paging.page_size(left, _PAGE, _LEAST),
        "sort_order": "recency",
        "tweet.fields": POST_FIELDS,
        "expansions": "author_id,attachments.media_keys",
        "user.fields": USER_FIELDS,
        "media.fields": MEDIA_FIELDS,
    }
    params |= {"since_id": place.mark} if place.mark else {"start_time": f"{place.since[:19]}Z"}
    if place.back:
        params["next_token"] = place.back
    return params


def _read(items: list[Any], found: dict[str, Any], pull: Pull, me: str, skipped: Skipped) -> list[IncomingMention]:
    people, media = included(found)
    kept = []
    # Oldest first, so that of two edits of a post the last one stays.
    for item in reversed(items):
        if not isinstance(item, dict):
            skipped.add("item")
            continue
        try:
            kept.append(read_post(item, people, media, account=pull.credentials.name, me=me))
        except Malformed as lack:
            skipped.add(str(lack))
    return kept
