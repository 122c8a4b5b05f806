"""Searches on YouTube: new videos by words. A Google project has 100 such calls a day, each page is one of them.

https://developers.google.com/youtube/v3/docs/search/list; its quota is a bucket of its own beside the units ("quota
costs", checked for 2026; older texts say 100 units a call). YouTube sends no headers about it, so calls are counted
here, in the account's vault, for all searches of the account together.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from smdash.core.errors import ErrorKind, PlatformError
from smdash.core.records import IncomingMention, MentionKind, Quota
from smdash.core.text import clean, clean_name
from smdash.locale import gettext as _
from smdash.platforms import search_walk as walk
from smdash.platforms import vault_parts
from smdash.platforms.answers import iso_date
from smdash.platforms.base import Credentials, Pull, Pulled
from smdash.platforms.html_text import plain
from smdash.platforms.items import Malformed, Skipped, refuse_flood, text_of
from smdash.platforms.problems import problem
from smdash.platforms.youtube_calls import Caller, failure, identifier, items_of, object_of, own_channel, reason_of
from smdash.platforms.youtube_records import NAME, link
from smdash.platforms.youtube_units import day_of, next_midnight

CALLS = 100
_PAGE = 50
# Each page takes a hundredth of the day's calls.
_PAGES_FIRST = 1
_OVER = ("quotaExceeded", "dailyLimitExceeded")


async def search(pull: Pull, query: str, caller: Caller) -> Pulled:
    """One page of hits; ``more`` asks for the next one.

    Raises PlatformError: quota, before anything is asked, where the day's calls are used up.
    """
    place = walk.load(pull.cursor)
    if not place.me:
        place = walk.Place(me=str((await own_channel(caller))["id"]))
    floor = place.floor(pull.now)
    params: dict[str, str | int | list[str]] = {
        "part": "snippet",
        "q": query,
        "type": "video",
        "order": "date",
        "publishedAfter": floor.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "maxResults": _PAGE,
    }
    await pay(pull.credentials, pull.now)
    try:
        answer = await caller.send(
            "GET", f"{caller.url}/youtube/v3/search", params | ({"pageToken": place.back} if place.back else {})
        )
        if not answer.ok:
            # Not ``judged``: the end of this bucket says nothing of the units.
            raise used_up(pull.now) if reason_of(answer) in _OVER else failure(answer, pull.now)
        found = object_of(answer)
    except PlatformError as error:
        if place.back and error.kind is ErrorKind.REJECTED:
            return Pulled(cursor=walk.dump(place.again()), notice=str(error))
        raise
    items = items_of(found, caller)
    refuse_flood(items, caller.host)
    skipped = Skipped()
    mentions = []
    for item in items:
        try:
            mentions.append(read_hit(item, account=pull.credentials.name, me=place.me))
        except Malformed as lack:
            skipped.add(str(lack))
    times = [one.sent_at for one in mentions]
    step = walk.advance(place, times, found.get("nextPageToken"), pull.now, first=_PAGES_FIRST)
    return walk.pulled(
        walk.hits(mentions, floor),
        step,
        skipped,
        quota=Quota(max(CALLS - _spent(pull.credentials, pull.now), 0), CALLS, next_midnight(pull.now)),
        interval=timedelta(days=1) / CALLS * pull.among,
    )


def read_hit(item: object, *, account: str, me: str) -> IncomingMention:
    """A video that a search found. Raises Malformed."""
    held = item.get("id") if isinstance(item, dict) else None
    video = identifier(held.get("videoId")) if isinstance(held, dict) else None
    if not isinstance(item, dict) or video is None:
        raise Malformed("id.videoId")
    snippet = item.get("snippet")
    if not isinstance(snippet, dict):
        raise Malformed("snippet")
    sent_at = iso_date(snippet.get("publishedAt"))
    if sent_at is None:
        raise Malformed("publishedAt")
    channel, name = identifier(snippet.get("channelId")), clean_name(_text(snippet.get("channelTitle")))
    if channel is None:
        raise Malformed("channelId")
    words = (_text(snippet.get("title")), _text(snippet.get("description")))
    return IncomingMention(
        platform=NAME,
        account=account,
        remote_id=video,
        kind=MentionKind.LISTENING,
        author_handle=name or channel,
        author_name=name or channel,
        body=clean("\n\n".join(one for one in words if one)),
        url=link(video),
        sent_at=sent_at,
        thread_key=video,
        own=channel == me,
    )


def _text(value: object) -> str:
    """Searches escape their texts as HTML does, other lists of YouTube don't (unverified)."""
    text = text_of(value)
    return plain(text) if "&" in text and ";" in text else text


def _spent(credentials: Credentials, now: datetime) -> int:
    held = vault_parts.read(credentials.vault).get("searches")
    calls = held.get("calls") if isinstance(held, dict) and held.get("day") == day_of(now) else 0
    return calls if type(calls) is int and calls > 0 else 0


async def pay(credentials: Credentials, now: datetime) -> None:
    """Count the next call. Raises PlatformError (quota, not arrived) where the day has none left."""
    async with vault_parts.changing(credentials.vault):
        calls = _spent(credentials, now) + 1
        if calls > CALLS:
            raise used_up(now)
        vault_parts.change(credentials.vault, searches={"day": day_of(now), "calls": calls})


def used_up(now: datetime) -> PlatformError:
    """What to raise until the next day begins."""
    sentence = _("the searches that YouTube allows a day are used up; it counts anew at midnight in California")
    return problem(ErrorKind.QUOTA, sentence, retry_at=next_midnight(now), arrived=False)
