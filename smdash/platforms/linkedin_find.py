"""Whether a delivery is out on LinkedIn: among the page's newest posts, or the comments below what it answers.

https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/posts-api (finder ``author``).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from smdash.core.errors import ErrorKind, PlatformError
from smdash.locale import gettext as _
from smdash.platforms.items import objects, text_of
from smdash.platforms.linkedin_calls import (
    comment_path,
    comments_path,
    elements,
    encoded,
    has_more,
    organization,
    post_path,
    unexpected,
    urn_of,
)  # fmt: skip
from smdash.platforms.linkedin_comments import FINDER
from smdash.platforms.linkedin_publish import own, published_comment, target
from smdash.platforms.linkedin_records import address, comment_urn, moment, time_of
from smdash.platforms.linkedin_text import is_same, is_same_comment
from smdash.platforms.oauth_calls import Caller, object_of
from smdash.platforms.outgoing import Outgoing, OutgoingKind, Published, addressee
from smdash.platforms.problems import problem

# By how much the clocks of the two machines may differ.
SKEW = timedelta(minutes=5)
_POSTS, _COMMENTS = 20, 100
_PAGES = 5


async def find(out: Outgoing, call: Caller) -> Published | None:
    """The own post, comment or reaction. Raises PlatformError where it can't be told."""
    if out.kind is OutgoingKind.HIDE:
        return None  # never sent
    if out.kind is OutgoingKind.DELETE:
        to = addressee(out).remote_id
        return None if await is_there(to, call) else Published(to)
    page = await organization(call)
    if out.kind is OutgoingKind.LIKE:
        return await _find_like(out, call, page)
    if out.kind is OutgoingKind.REPLY or out.above is not None:
        return await _find_comment(out, call, page)
    return await _find_post(out, call, page)


async def is_there(remote_id: str, call: Caller) -> bool:
    """Whether a post or a comment is there still. Raises PlatformError where that can't be told."""
    answer = await call.ask(comment_path(remote_id) or post_path(remote_id))
    if answer.status in (404, 410):
        return False
    found = object_of(call.judged(answer))
    if urn_of(found.get("id")) is None and comment_urn(found) is None:
        raise unexpected(answer)
    return True


async def made_since(out: Outgoing, call: Caller, urn: str) -> Published | None:
    """The post that LinkedIn names as having the same content, if it is there and no older than the first try."""
    answer = await call.ask(post_path(urn))
    if answer.status in (404, 410):
        return None
    found = object_of(call.judged(answer))
    made = _made(found)
    if made is None or urn_of(found.get("id")) is None:
        raise unexpected(answer)
    return Published(urn, address(urn)) if made >= out.first_at - SKEW else None


def _made(post: dict[str, Any]) -> datetime | None:
    return moment(post.get("createdAt")) or moment(post.get("publishedAt"))


async def _find_post(out: Outgoing, call: Caller, page: str) -> Published | None:
    since = out.first_at - SKEW
    hits: list[tuple[datetime, str]] = []
    for turn in range(_PAGES):
        start = turn * _POSTS
        path = f"/rest/posts?q=author&author={encoded(page)}&count={_POSTS}&start={start}&sortBy=CREATED"
        answer = await call.get(path, headers=FINDER)
        listed = elements(answer)
        times = [made for one in objects(listed) if (made := _made(one)) is not None]
        for one in objects(listed):
            made, urn = _made(one), urn_of(one.get("id"))
            if made is None or urn is None or made < since or bool(one.get("content")) < bool(out.media):
                continue
            if is_same(text_of(one.get("commentary")), out.text):
                hits.append((made, urn))
        if not has_more(answer, start, len(listed), _POSTS) or (times and min(times) < since):
            return _best(hits, out.first_at)
    if hits:
        return _best(hits, out.first_at)
    raise _unsure(out)


def _best(hits: list[tuple[datetime, str]], begun: datetime) -> Published | None:
    """The first one made after the first try began, else the latest before."""
    best = min(hits, key=lambda hit: (hit[0] < begun, abs(hit[0] - begun)), default=None)
    return None if best is None else Published(best[1], address(best[1]))


async def _find_comment(out: Outgoing, call: Caller, page: str) -> Published | None:
    where, _post, _parent = target(out)
    since = out.first_at - SKEW
    start = 0
    for _turn in range(_PAGES):
        answer = await call.ask(f"{comments_path(where)}?start={start}&count={_COMMENTS}")
        if answer.status in (404, 410):
            return None  # and no comment of ours below it either
        listed = elements(call.judged(answer))
        for one in objects(listed):
            made, urn, message = time_of(one, "created"), comment_urn(one), one.get("message")
            if made is None or made < since or urn is None or not own(one.get("actor"), page):
                continue
            if isinstance(message, dict) and is_same_comment(text_of(message.get("text")), out.text):
                return published_comment(urn)
        if not has_more(answer, start, len(listed), _COMMENTS):
            return None
        start += len(listed)
    raise _unsure(out)


async def _find_like(out: Outgoing, call: Caller, page: str) -> Published | None:
    to = addressee(out)
    answer = await call.ask(f"/rest/reactions/(actor:{encoded(page)},entity:{encoded(to.remote_id)})")
    if answer.status in (404, 410):
        return None
    if not text_of(object_of(call.judged(answer)).get("reactionType")):
        raise unexpected(answer)
    return Published(to.remote_id, to.url)


def _unsure(out: Outgoing) -> PlatformError:
    sentence = _("it can't be told from what is newest on the page {name} whether this is out; look there")
    return problem(ErrorKind.UNKNOWN, sentence.format(name=out.credentials.name))
