"""Searches on Reddit: posts, not comments, newest first; ``r/kopi`` before the words keeps to one subreddit.

https://www.reddit.com/dev/api#GET_search: ``q`` of at most 512 characters, a hundred posts a page, about a thousand in
all.
"""

from __future__ import annotations

import re
from dataclasses import replace

from smdash.core.errors import ErrorKind, PlatformError
from smdash.core.records import IncomingMention, MentionKind
from smdash.core.text import clean, clean_name, safe_link
from smdash.platforms import search_walk as walk
from smdash.platforms.answers import quota
from smdash.platforms.base import Pull, Pulled
from smdash.platforms.items import Malformed, Skipped, refuse_flood, text_of
from smdash.platforms.reddit_calls import Caller, epoch, fullname, listing, myself
from smdash.platforms.reddit_records import NAME, SITE

_PAGE = 100
_WITHIN = re.compile(r"(?:/?r/([A-Za-z0-9_]{2,30})\s+)?(.*)", re.DOTALL)
_GONE = ("[deleted]", "[removed]")


async def search(pull: Pull, query: str, caller: Caller) -> Pulled:
    """One page of hits; ``more`` asks for the next one. Raises PlatformError."""
    place = walk.load(pull.cursor)
    if not place.me:
        place = replace(place, me=clean_name(str((await myself(caller))["name"])))
    floor = place.floor(pull.now)
    params: dict[str, str | int | list[str]] = {"sort": "new", "t": "week", "type": "link", "limit": _PAGE}
    path = "/search"
    if (found := _WITHIN.fullmatch(query)) is not None and found[1]:
        path = f"/r/{found[1]}/search"
        params |= {"q": found[2], "restrict_sr": "1"}
    else:
        params["q"] = query
    try:
        answer = await caller.get(path, params | ({"after": place.back} if place.back else {}))
    except PlatformError as error:
        if place.back and error.kind is ErrorKind.REJECTED:
            return Pulled(cursor=walk.dump(place.again()), notice=str(error))
        raise
    children, after = listing(answer)
    refuse_flood(children, answer.host)
    skipped = Skipped()
    mentions = []
    for child in children:
        try:
            mentions.append(read_hit(child, account=pull.credentials.name, me=place.me))
        except Malformed as lack:
            skipped.add(str(lack))
    # Where the last page's end was deleted meanwhile, nothing comes, and the next run reads what lies below anew.
    lost = bool(place.back) and not children
    times = [one.sent_at for one in mentions]
    step = walk.Step(place.again(), more=False) if lost else walk.advance(place, times, after, pull.now)
    left = quota(answer, pull.now)
    until = left.resets_at if left is not None and left.left <= 0 else None
    return walk.pulled(walk.hits(mentions, floor), step, skipped, quota=left, not_before=until)


def read_hit(thing: object, *, account: str, me: str) -> IncomingMention:
    """A post (t3) that a search found. Raises Malformed."""
    data = thing.get("data") if isinstance(thing, dict) else None
    if not isinstance(data, dict):
        raise Malformed("data")
    remote_id = fullname(data.get("name"))
    if remote_id is None or not remote_id.startswith("t3_"):
        raise Malformed("name")
    sent_at = epoch(data.get("created_utc"))
    if sent_at is None:
        raise Malformed("created_utc")
    title = text_of(data.get("title")).strip()
    if not title:
        raise Malformed("title")
    author = clean_name(text_of(data.get("author")))
    text = text_of(data.get("selftext")).strip()
    link = safe_link(text_of(data.get("url"))) if data.get("is_self") is not True else None
    path = text_of(data.get("permalink"))
    return IncomingMention(
        platform=NAME,
        account=account,
        remote_id=remote_id,
        kind=MentionKind.LISTENING,
        author_handle=author or "reddit",
        author_name=author or "Reddit",
        body=clean("\n\n".join(part for part in (title, "" if text in _GONE else text, link) if part)),
        url=safe_link(SITE + path) if path.startswith("/") else None,
        sent_at=sent_at,
        edited_at=epoch(data.get("edited")),
        thread_key=remote_id,
        own=bool(author) and author.casefold() == me.casefold(),
        deleted=text in _GONE and author in ("", *_GONE),
    )
