"""Comments below a page's posts: which posts have news is told by their counts, and only those are read.

A round lists the page's newest posts, asks for all of their counts in one call, and reads the posts whose count is
another one than before, and one more in turn, because an edit changes no count. That counts come for many posts in one
call (socialMetadata with ``ids``) is as its documentation says and not verified; where it fails every post is read.
https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/comments-api and /social-metadata-api
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from smdash.core.clock import encode
from smdash.core.errors import ErrorKind, PlatformError
from smdash.core.records import IncomingMention
from smdash.platforms.answers import iso_date
from smdash.platforms.base import Pull, Pulled
from smdash.platforms.cursors import dump as dump
from smdash.platforms.cursors import fields_of
from smdash.platforms.items import Malformed, Skipped, objects, refuse_flood
from smdash.platforms.linkedin_calls import (
    comment_parts,
    comments_path,
    elements,
    encoded,
    ending,
    has_more,
    organization,
    urn_of,
)  # fmt: skip
from smdash.platforms.linkedin_records import answers_of, comment_urn, read_comment
from smdash.platforms.oauth_calls import Caller, object_of

FIRST_SYNC = timedelta(days=7)
# The newest posts that are looked after; comments a page; pages of one post.
POSTS = 50
_PAGE = 100
_PAGES_MOST = 20
_MOST_WAITING = 300
FINDER = {"X-RestLi-Method": "FINDER"}


@dataclass(frozen=True, slots=True)
class Place:
    """A cursor. ``page`` is the page's URN; ``counts`` are those of each post when it was read, ``told`` those of the
    posts that are to be read.

    ``waiting`` are posts, and comments with answers, that are to be read; ``start`` is how far the first of them was,
    ``pages`` in how many calls. ``turn`` is whose turn it is to be read without news; ``floor`` the time from which on
    comments are wanted.
    """

    counts: Mapping[str, int] = field(default_factory=dict)
    told: Mapping[str, int] = field(default_factory=dict)
    waiting: tuple[str, ...] = ()
    start: int = 0
    pages: int = 0
    turn: int = 0
    floor: str = ""
    page: str = ""


def load(text: str | None) -> Place:
    """Read a cursor; one that can't be read starts anew (what comes twice changes nothing)."""
    found = fields_of(text)
    waiting = found.get("waiting")
    whole = {key: found[key] for key in ("start", "pages", "turn") if type(found.get(key)) is int and found[key] >= 0}
    floor = iso_date(found.get("floor"))
    return Place(
        _counts(found.get("counts")),
        _counts(found.get("told")),
        tuple(one for one in waiting if urn_of(one) == one) if isinstance(waiting, list) else (),
        floor=encode(floor) if floor else "",
        page=urn_of(found.get("page")) or "",
        **whole,
    )


def _counts(value: object) -> dict[str, int]:
    pairs = value.items() if isinstance(value, dict) else ()
    return {urn: count for urn, count in pairs if urn_of(urn) == urn and type(count) is int}


async def pull(pull: Pull, call: Caller) -> Pulled:
    """One step: the list of posts with their counts, or a page of comments. Raises PlatformError."""
    place = load(pull.cursor)
    page = await page_of(place.page, call)
    place = replace(place, page=page, floor=place.floor or encode(pull.now - FIRST_SYNC))
    return await (_comments(place, pull, call, page) if place.waiting else _posts(place, pull, call, page))


async def page_of(kept: str, call: Caller) -> str:
    """The page's URN: asked for only where the owner named none and none is kept. Raises PlatformError."""
    named = call.credentials.options.get("organization", "").strip()
    return kept if kept and not named else await organization(call)


async def _posts(place: Place, pull: Pull, call: Caller, page: str) -> Pulled:
    path = f"/rest/posts?q=author&author={encoded(page)}&count={POSTS}&sortBy=CREATED"
    answer = await call.get(path, headers=FINDER)
    listed = elements(answer)
    refuse_flood(listed, answer.host)
    skipped = Skipped()
    urns = []
    for one in listed:
        urn = urn_of(one.get("id")) if isinstance(one, dict) else None
        if urn is None:
            skipped.add("id")
        else:
            urns.append(urn)
    told = await _told(urns, call)
    # A count that is not known is never the one of before.
    waiting = [urn for urn in urns if told.get(urn, -1) != place.counts.get(urn, 0)]
    quiet = [urn for urn in urns if urn not in waiting and place.counts.get(urn, 0) > 0]
    if quiet:
        waiting.append(quiet[place.turn % len(quiet)])
    after = Place(
        counts={urn: count for urn, count in place.counts.items() if urn in urns},
        told={urn: told[urn] for urn in waiting if urn in told},
        waiting=tuple(waiting),
        turn=(place.turn + 1) % POSTS,
        floor=place.floor,
        page=page,
    )
    words = [skipped.notice(), ending(pull.credentials, pull.now)]
    return Pulled(cursor=dump(after), more=bool(waiting), notice="; ".join(one for one in words if one) or None)


async def _told(urns: list[str], call: Caller) -> dict[str, int]:
    """How many comments each of these posts has, as far as that can be had."""
    if not urns:
        return {}
    try:
        answer = await call.get(f"/rest/socialMetadata?ids=List({','.join(map(encoded, urns))})")
    except PlatformError as error:
        if error.kind in (ErrorKind.REJECTED, ErrorKind.GONE):
            return {}
        raise
    results = object_of(answer).get("results")
    found = {}
    for urn, one in results.items() if isinstance(results, dict) else ():
        summary = one.get("commentSummary") if isinstance(one, dict) else None
        count = summary.get("count") if isinstance(summary, dict) else None
        if type(count) is int and count >= 0:
            found[urn] = count
    return found


async def _comments(place: Place, pull: Pull, call: Caller, page: str) -> Pulled:
    """A page of the first post that waits, or of the answers below a comment."""
    urn = place.waiting[0]
    try:
        answer = await call.get(f"{comments_path(urn)}?start={place.start}&count={_PAGE}")
    except PlatformError as error:
        if error.kind is not ErrorKind.GONE:
            raise
        # Deleted meanwhile: it must not hold up the others.
        after = _done(place, ())
        return Pulled(cursor=dump(after), more=bool(after.waiting))
    listed = elements(answer)
    refuse_flood(listed, answer.host)
    skipped = Skipped()
    mentions = list(_read(listed, pull, page, skipped))
    floor = iso_date(place.floor) or pull.now - FIRST_SYNC
    answered = [
        one
        for comment in objects(listed)
        if answers_of(comment) and not comment.get("parentComment") and (one := comment_urn(comment)) is not None
        and comment_parts(one)
    ]  # fmt: skip
    if has_more(answer, place.start, len(listed), _PAGE) and place.pages + 1 < _PAGES_MOST:
        after = replace(place, start=place.start + len(listed), pages=place.pages + 1)
        after = replace(after, waiting=_merged(place.waiting, answered))
    else:
        after = _done(place, answered)
    return Pulled(
        mentions=[one for one in mentions if (one.edited_at or one.sent_at) >= floor],
        cursor=dump(after),
        more=bool(after.waiting),
        notice=skipped.notice(),
    )


def _done(place: Place, answered: Iterable[str]) -> Place:
    """The place behind the first of those that wait."""
    urn, *others = place.waiting
    counts = dict(place.counts)
    if urn in place.told:
        counts[urn] = place.told[urn]
    told = {key: count for key, count in place.told.items() if key != urn}
    waiting = _merged(others, answered)
    return replace(place, counts=counts, told=told, waiting=waiting, start=0, pages=0)


def _read(listed: list[Any], pull: Pull, page: str, skipped: Skipped) -> Iterable[IncomingMention]:
    for one in listed:
        if not isinstance(one, dict):
            skipped.add("element")
            continue
        try:
            yield read_comment(one, account=pull.credentials.name, page=page)
        except Malformed as lack:
            skipped.add(str(lack))


def _merged(before: Iterable[str], others: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*before, *others)))[:_MOST_WAITING]
