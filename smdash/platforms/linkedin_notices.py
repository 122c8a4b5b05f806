"""What LinkedIn notices on a page: posts that name it, and comments that came, were changed or taken away.

Notices are kept for sixty days, and are there for an administrator's token alone (``rw_organization_admin``). A
comment that one is about is read itself, so that it comes out as ``linkedin_comments`` reads it. The names of the
parameters are as programs use them and not verified.
https://learn.microsoft.com/en-us/linkedin/marketing/community-management/organizations/organization-social-action-notifications
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from smdash.core.clock import encode
from smdash.core.errors import ErrorKind, PlatformError
from smdash.core.records import IncomingMention, MentionKind
from smdash.core.text import clean, clean_name
from smdash.locale import gettext as _
from smdash.platforms.answers import iso_date
from smdash.platforms.base import Pull, Pulled
from smdash.platforms.cursors import dump as dump
from smdash.platforms.cursors import fields_of
from smdash.platforms.items import Malformed, Skipped, refuse_flood, text_of
from smdash.platforms.linkedin_calls import (
    comment_parts,
    comment_path,
    elements,
    encoded,
    has_more,
    urn_of,
)
from smdash.platforms.linkedin_comments import page_of
from smdash.platforms.linkedin_records import activity, address, moment, noticed_comment, read_comment, read_share
from smdash.platforms.oauth_calls import Caller, object_of

FIRST_SYNC = timedelta(days=7)
# Notices of so long before the last walk are asked for again: they are not all there at once.
OVERLAP = timedelta(minutes=15)
# How seldom a token without the right is tried again: its owner may have been made an administrator.
ASK_AGAIN = timedelta(hours=6)
ACTIONS = ("SHARE_MENTION", "COMMENT", "ADMIN_COMMENT", "COMMENT_EDIT", "COMMENT_DELETE")
# Each notice of a comment takes a call of its own.
_PAGE = 20
_PAGES_MOST = 50


@dataclass(frozen=True, slots=True)
class Place:
    """A cursor: notices of ``page`` up to ``mark`` are read. A walk goes up to ``until``, and on from ``start``."""

    mark: str = ""
    until: str = ""
    start: int = 0
    page: str = ""


def load(text: str | None) -> Place:
    """Read a cursor; one that can't be read starts anew (what comes twice changes nothing)."""
    found = fields_of(text)
    times = {key: encode(one) for key in ("mark", "until") if (one := iso_date(found.get(key)))}
    start = found.get("start")
    known = start if isinstance(start, int) and not isinstance(start, bool) else 0
    return Place(start=max(known, 0), page=urn_of(found.get("page")) or "", **times)


async def pull(pull: Pull, call: Caller) -> Pulled:
    """One page of notices. Raises PlatformError; a token without the right to them is a remark, not a failure."""
    place = load(pull.cursor)
    page = await page_of(place.page, call)
    mark = min(iso_date(place.mark) or pull.now - FIRST_SYNC, pull.now) - (OVERLAP if place.mark else timedelta())
    until = iso_date(place.until) or pull.now
    span = f"(start:{_milliseconds(mark)},end:{_milliseconds(until)})"
    path = (
        f"/rest/organizationalEntityNotifications?q=criteria&actions=List({','.join(ACTIONS)})"
        f"&organizationalEntity={encoded(page)}&timeRange={span}&start={place.start}&count={_PAGE}"
    )
    try:
        answer = await call.get(path)
    except PlatformError as error:
        if error.kind is not ErrorKind.PERMISSION:
            raise
        sentence = _("the token of {name} may not read the page's notices: {problem}")
        message = sentence.format(name=pull.credentials.name, problem=error)
        return Pulled(cursor=pull.cursor, interval=ASK_AGAIN, notice=message)
    listed = elements(answer)
    refuse_flood(listed, answer.host)
    skipped = Skipped()
    found: dict[str, IncomingMention] = {}
    # Oldest first, so that of several notices of a comment the last one stays.
    for note in sorted((one for one in listed if isinstance(one, dict)), key=_when):
        try:
            mention = await _read(note, pull, call, page)
        except Malformed as lack:
            skipped.add(str(lack))
            continue
        if mention is not None:
            found[mention.remote_id] = mention
    for one in listed:
        if not isinstance(one, dict):
            skipped.add("element")
    walked = place.start // _PAGE + 1
    waiting = has_more(answer, place.start, len(listed), _PAGE)
    more = waiting and walked < _PAGES_MOST
    cut = _("more was waiting than could be fetched; the oldest were left out") if waiting and not more else None
    after = Place(mark=encode(until), page=page)
    if more:
        after = replace(place, page=page, until=encode(until), start=place.start + len(listed))
    notice = "; ".join(one for one in (skipped.notice(), cut) if one) or None
    return Pulled(mentions=list(found.values()), cursor=dump(after), more=more, notice=notice)


def _when(note: Mapping[str, Any]) -> float:
    value = note.get("lastModifiedAt")
    return float(value) if isinstance(value, int | float) and value == value else 0.0


def _milliseconds(at: datetime) -> int:
    return int(at.timestamp() * 1000)


async def _read(note: Mapping[str, Any], pull: Pull, call: Caller, page: str) -> IncomingMention | None:
    """The mention that a notice brings, or nothing. Raises Malformed and PlatformError."""
    action, account = text_of(note.get("action")), pull.credentials.name
    if action not in ACTIONS:
        return None
    if action == "SHARE_MENTION":
        return read_share(note, account=account, page=page)
    urn = noticed_comment(note)
    path = comment_path(urn) if urn else None
    if urn is None or path is None:
        raise Malformed("generatedActivity")
    if action == "COMMENT_DELETE":
        return _taken_away(note, urn, account, page)
    answer = await call.ask(path)
    if answer.status in (404, 410):
        return None  # it was taken away since, which has a notice of its own
    return read_comment(object_of(call.judged(answer)), account=account, page=page)


def _taken_away(note: Mapping[str, Any], urn: str, account: str, page: str) -> IncomingMention:
    parts, told = comment_parts(urn), activity(note, "comment")
    at, owner = moment(note.get("lastModifiedAt")), urn_of(told.get("owner"))
    if at is None:
        raise Malformed("lastModifiedAt")
    handle = clean_name(owner.rsplit(":", 1)[-1]) if owner else "?"
    return IncomingMention(
        platform="linkedin",
        account=account,
        remote_id=urn,
        kind=MentionKind.COMMENT,
        author_handle=handle,
        author_name=_("a member of LinkedIn"),
        body=clean(text_of(told.get("text"))),
        url=address(parts[0], urn) if parts else None,
        sent_at=at,
        thread_key=urn,
        own=owner == page,
        deleted=True,
    )
