"""LinkedIn's JSON, read into our records.

Strict on what a mention can't be without (its URN, actor, message.text, created.time), lenient on all else. The API
names nobody: who wrote is a URN, whose last part is the handle that people see here.
https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/comments-api and
…/organizations/organization-social-action-notifications
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from smdash.core.clock import is_plausible
from smdash.core.records import IncomingMention, MentionKind
from smdash.core.text import clean, clean_name, safe_link
from smdash.locale import gettext as _
from smdash.platforms.items import Malformed, objects, text_of
from smdash.platforms.linkedin_calls import comment_parts, encoded, urn_of

_SITE = "https://www.linkedin.com/feed/update/"


def moment(value: object) -> datetime | None:
    """A time that LinkedIn counts in milliseconds since 1970."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        found = datetime.fromtimestamp(value / 1000, UTC)
    except (OverflowError, ValueError, OSError):
        return None
    return found if is_plausible(found) else None


def time_of(item: Mapping[str, Any], key: str) -> datetime | None:
    """When a comment was ``created`` or ``lastModified``."""
    part = item.get(key)
    return moment(part.get("time")) if isinstance(part, dict) else moment(part)


def comment_urn(comment: Mapping[str, Any]) -> str | None:
    """The URN of a comment, put together where it is not told."""
    for key in ("commentUrn", "$URN"):
        if (found := urn_of(comment.get(key))) and comment_parts(found):
            return found
    thread, own = urn_of(comment.get("object")), urn_of(comment.get("id"))
    return f"urn:li:comment:({thread},{own})" if thread and own and not comment_parts(own) else own


def address(urn: str, comment: str = "") -> str | None:
    """Where people see a post, or a comment below it."""
    return safe_link(f"{_SITE}{urn}" + (f"?commentUrn={encoded(comment)}" if comment else ""))


def answers_of(comment: Mapping[str, Any]) -> int:
    """How many answers a comment has."""
    summary = comment.get("commentsSummary")
    counts = (
        [summary.get(key) for key in ("aggregatedTotalComments", "totalFirstLevelComments")]
        if isinstance(summary, dict)
        else []
    )
    return max((one for one in counts if type(one) is int), default=0)


def read_comment(comment: Mapping[str, Any], *, account: str, page: str) -> IncomingMention:
    """One comment as a mention of *account*, whose page has the URN *page*. Raises Malformed."""
    urn = comment_urn(comment)
    parts = comment_parts(urn) if urn else None
    if urn is None or parts is None:
        raise Malformed("commentUrn")
    actor = urn_of(comment.get("actor"))
    if actor is None:
        raise Malformed("actor")
    sent_at = time_of(comment, "created")
    if sent_at is None:
        raise Malformed("created.time")
    message = comment.get("message")
    if not isinstance(message, dict) or not isinstance(message.get("text"), str):
        raise Malformed("message.text")
    changed = time_of(comment, "lastModified")
    parent = urn_of(comment.get("parentComment"))
    handle = clean_name(actor.rsplit(":", 1)[-1])
    lines = [message["text"].strip(), *(_("[image]") for _one in objects(comment.get("content")))]
    return IncomingMention(
        platform="linkedin",
        account=account,
        remote_id=urn,
        kind=MentionKind.REPLY if parent else MentionKind.COMMENT,
        author_handle=handle,
        author_name=_name(actor, handle),
        body=clean("\n\n".join(line for line in lines if line)),
        url=address(parts[0], urn),
        sent_at=sent_at,
        edited_at=changed if changed is not None and changed > sent_at else None,
        thread_key=parent or urn,
        parent_id=parent,
        own=actor == page,
    )


def _name(actor: str, handle: str) -> str:
    if actor.startswith("urn:li:organization"):
        return _("page {number} on LinkedIn").format(number=handle)
    return _("a member of LinkedIn")


def read_share(note: Mapping[str, Any], *, account: str, page: str) -> IncomingMention:
    """A notice that a post names the page, as a mention. Raises Malformed."""
    share = activity(note, "share")
    urn = urn_of(share.get("entity")) or urn_of(note.get("generatedActivity")) or urn_of(note.get("sourcePost"))
    if urn is None:
        raise Malformed("generatedActivity")
    source = note.get("decoratedSourcePost")
    text = share.get("text", source.get("text") if isinstance(source, dict) else None)
    owner = urn_of(share.get("owner", source.get("owner") if isinstance(source, dict) else None))
    sent_at = moment(note.get("lastModifiedAt"))
    if sent_at is None:
        raise Malformed("lastModifiedAt")
    handle = clean_name(owner.rsplit(":", 1)[-1]) if owner else "?"
    return IncomingMention(
        platform="linkedin",
        account=account,
        remote_id=urn,
        kind=MentionKind.MENTION,
        author_handle=handle,
        author_name=_name(owner or "", handle),
        body=clean(text_of(text).strip()),
        url=address(urn),
        sent_at=sent_at,
        thread_key=urn,
        own=owner == page,
    )


def activity(note: Mapping[str, Any], kind: str) -> dict[str, Any]:
    """What a notice tells of the ``comment`` or ``share`` that it is about."""
    found = note.get("decoratedGeneratedActivity")
    part = found.get(kind) if isinstance(found, dict) else None
    return part if isinstance(part, dict) else {}


def noticed_comment(note: Mapping[str, Any]) -> str | None:
    """The URN of the comment that a notice is about; in one of its places the post's URN lacks its beginning."""
    found = urn_of(activity(note, "comment").get("entity")) or urn_of(note.get("generatedActivity"))
    parts = comment_parts(found) if found else None
    if parts is None:
        return None
    thread = parts[0] if parts[0].startswith("urn:") else f"urn:li:{parts[0]}"
    return f"urn:li:comment:({thread},{parts[1]})"
