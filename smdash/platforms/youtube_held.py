"""Comments that YouTube keeps back until the channel's owner has looked: those for review, and likely spam, in turn.

https://developers.google.com/youtube/v3/docs/commentThreads/list (``moderationStatus``).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from smdash.core.errors import ErrorKind, PlatformError
from smdash.core.records import IncomingMention
from smdash.platforms import youtube_units
from smdash.platforms.base import Pull, Pulled
from smdash.platforms.cursors import dump, fields_of, is_number, whole
from smdash.platforms.items import Malformed, Skipped, refuse_flood, text_of
from smdash.platforms.youtube_calls import Caller, items_of, own_channel
from smdash.platforms.youtube_comments import FIRST_SYNC, PAGE, PAGES_MOST
from smdash.platforms.youtube_records import read_thread

if TYPE_CHECKING:
    from smdash.platforms.client import Client, Params

_HELD = ("heldForReview", "likelySpam")


@dataclass(frozen=True, slots=True)
class Place:
    """The cursor of the job ``held``: which of the two lists is read, from which page on."""

    me: str = ""
    since: float = 0
    state: int = 0
    back: str = ""
    pages: int = 0


async def pull(pull: Pull, client: Client) -> Pulled:
    """A page of what YouTube keeps back until the channel's owner has looked. Raises PlatformError."""
    held: dict[str, Any] = fields_of(pull.cursor)
    place = Place(text_of(held.get("me")), 0, whole(held.get("state")) % 2, text_of(held.get("back")))
    place = replace(place, pages=whole(held.get("pages")))
    if is_number(held.get("since")):
        place = replace(place, since=held["since"])
    caller = Caller(pull.credentials, client, pull.now, owner_typed=pull.owner_typed, keep=youtube_units.RESERVE)
    if not place.me:
        me = str((await own_channel(caller))["id"])
        place = replace(place, me=me, since=(pull.now - FIRST_SYNC).timestamp())
    params: Params = {
        "part": "id,snippet,replies",
        "allThreadsRelatedToChannelId": place.me,
        "order": "time",
        "moderationStatus": _HELD[place.state],
        "maxResults": PAGE,
        "textFormat": "plainText",
        **({"pageToken": place.back} if place.back else {}),
    }
    try:
        found = await caller.get("commentThreads", params)
    except PlatformError as error:
        if not place.back or error.kind is not ErrorKind.REJECTED:
            raise
        return Pulled(cursor=dump(replace(place, back="", pages=0)), notice=str(error))
    items = items_of(found, caller)
    refuse_flood(items, caller.host)
    skipped = Skipped()
    mentions: list[IncomingMention] = []
    for item in items:
        try:
            _id, _total, _video, comments = read_thread(_marked(item, place.state), pull.credentials.name, place.me)
        except Malformed as lack:
            skipped.add(str(lack))
            continue
        mentions += [one for one in comments[:1] if one.sent_at.timestamp() >= place.since]
    following = text_of(found.get("nextPageToken"))
    if following and following != place.back and items and place.pages + 1 < PAGES_MOST:
        place, more = replace(place, back=following, pages=place.pages + 1), True
    else:
        more = place.state == 0
        place = replace(place, state=1 - place.state, back="", pages=0)
    left = youtube_units.quota(pull.credentials, pull.now)
    return Pulled(mentions=mentions, cursor=dump(place), more=more, quota=left, notice=skipped.notice())


def _marked(item: object, state: int) -> object:
    """The thread with its state written on its first comment, which some answers leave out."""
    snippet = item.get("snippet") if isinstance(item, dict) else None
    top = snippet.get("topLevelComment") if isinstance(snippet, dict) else None
    inner = top.get("snippet") if isinstance(top, dict) else None
    if not isinstance(item, dict) or not isinstance(snippet, dict) or not isinstance(inner, dict):
        return item
    marked = {**(top or {}), "snippet": {"moderationStatus": _HELD[state], **inner}}
    return {**item, "snippet": {**snippet, "topLevelComment": marked}}
