"""Searches on Bluesky: posts of the whole network, newest first, through the account's own server.

Lexicon app.bsky.feed.searchPosts. Posts are sorted by the earlier of when they say they were written and when the
network saw them, which is the time that they get here.
"""

from __future__ import annotations

from smdash.core.clock import encode
from smdash.core.errors import ErrorKind, PlatformError
from smdash.core.records import MentionKind
from smdash.platforms import search_walk as walk
from smdash.platforms.answers import quota
from smdash.platforms.base import Pull, Pulled
from smdash.platforms.bluesky_errors import unexpected
from smdash.platforms.bluesky_records import read_post
from smdash.platforms.bluesky_session import Caller
from smdash.platforms.items import Malformed, Skipped, refuse_flood

_PAGE = 100


async def search(pull: Pull, query: str, caller: Caller) -> Pulled:
    """One page of hits; ``more`` asks for the next one. Raises PlatformError."""
    session = await caller.session()
    place = walk.load(pull.cursor)
    floor = place.floor(pull.now)
    params: dict[str, str | int | list[str]] = {"q": query, "sort": "latest", "limit": _PAGE, "since": encode(floor)}
    try:
        answer = await caller.get("app.bsky.feed.searchPosts", params | ({"cursor": place.back} if place.back else {}))
    except PlatformError as error:
        if place.back and error.kind is ErrorKind.REJECTED:
            # The network forgot where we were: the next run walks down from the top again.
            return Pulled(cursor=walk.dump(place.again()), notice=str(error))
        raise
    found = answer.json()
    items = found.get("posts") if isinstance(found, dict) else None
    if not isinstance(items, list):
        raise unexpected(answer)
    refuse_flood(items, answer.host)
    skipped = Skipped()
    mentions = []
    for item in items:
        try:
            mentions.append(read_post(item, MentionKind.LISTENING, account=pull.credentials.name, me=session.did))
        except Malformed as lack:
            skipped.add(str(lack))
    step = walk.advance(place, [one.sent_at for one in mentions], found.get("cursor"), pull.now)
    left = quota(answer, pull.now)
    until = left.resets_at if left is not None and left.left <= 0 else None
    return walk.pulled(walk.hits(mentions, floor), step, skipped, quota=left, not_before=until)
