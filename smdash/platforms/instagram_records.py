"""Instagram's JSON, read into our records: comments, direct messages, tags. Pure.

Strict on what a mention can't be without (id, time, author), lenient on all else: fields that the token has no right
to are left out by the network. https://developers.facebook.com/docs/instagram-platform/instagram-graph-api/reference
(ig-comment, ig-media) and /docs/instagram-platform/instagram-api-with-instagram-login/conversations-api.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from smdash.core.records import IncomingMention, MentionKind
from smdash.core.text import clean, clean_name, safe_link
from smdash.locale import gettext as _
from smdash.platforms.instagram_session import Me
from smdash.platforms.items import Malformed, objects, text_of
from smdash.platforms.meta_graph import identifier, moment

NAME = "instagram"
# How long an account may answer after a person wrote (docs/messenger-platform/instagram, messaging window).
WINDOW = timedelta(hours=24)
# How thread keys begin: comments are kept together by the first one, messages by the other person, tags by the post.
DM, MEDIA = "dm:", "media:"
_REPLY = "id,text,timestamp,username,from,hidden"
COMMENT_FIELDS = f"{_REPLY},replies.limit(50){{{_REPLY}}}"
REPLY_FIELDS = _REPLY
MESSAGE_FIELDS = "messages{id,created_time,from,to,message,attachments,shares,story,is_unsupported}"
TAG_FIELDS = "id,caption,permalink,timestamp,username,media_type"


@dataclass(frozen=True, slots=True)
class Media:
    """One of the account's own posts: its id and address."""

    id: str
    url: str | None


def read_comment(
    comment: object, *, account: str, me: Me, media: Media, above: str | None = None, at: datetime | None = None
) -> IncomingMention:
    """A comment below *media*, or an answer to the comment *above*. Raises Malformed.

    Hidden ones count as taken away: nobody else sees them. *at* is when it came, for pushes that tell no time.
    """
    if not isinstance(comment, dict):
        raise Malformed("comment")
    remote_id, sent_at = identifier(comment.get("id")), moment(comment.get("timestamp")) or at
    if remote_id is None:
        raise Malformed("id")
    if sent_at is None:
        raise Malformed("timestamp")
    author = comment.get("from")
    author_id = identifier(author.get("id")) if isinstance(author, dict) else None
    told = text_of(author.get("username")) if isinstance(author, dict) else ""
    handle = clean_name(told or text_of(comment.get("username")))
    if not handle:
        raise Malformed("username")
    return IncomingMention(
        platform=NAME,
        account=account,
        remote_id=remote_id,
        kind=MentionKind.COMMENT if above is None else MentionKind.REPLY,
        author_handle=handle,
        author_name=handle,
        body=clean(text_of(comment.get("text"))),
        url=media.url,
        sent_at=sent_at,
        thread_key=above or remote_id,
        parent_id=above,
        own=me.is_author(author_id, handle),
        deleted=comment.get("hidden") is True,
    )


def read_message(message: object, *, account: str, me: Me) -> IncomingMention:
    """A direct message, ours or to us. Raises Malformed."""
    if not isinstance(message, dict):
        raise Malformed("message")
    remote_id, sent_at = identifier(message.get("id")), moment(message.get("created_time"))
    if remote_id is None:
        raise Malformed("id")
    if sent_at is None:
        raise Malformed("created_time")
    author = message.get("from")
    author_id = identifier(author.get("id")) if isinstance(author, dict) else None
    if not isinstance(author, dict) or author_id is None:
        raise Malformed("from.id")
    handle = clean_name(text_of(author.get("username")))
    own = me.is_author(author_id, handle)
    other = author_id if not own else _receiver(message.get("to"), me)
    return direct_message(
        remote_id=remote_id,
        sent_at=sent_at,
        account=account,
        other=other,
        handle=handle or (me.username if own else author_id),
        own=own,
        body=_body(text_of(message.get("message")), _parts(message)),
    )


def direct_message(
    *,
    remote_id: str,
    sent_at: datetime,
    account: str,
    other: str | None,
    handle: str,
    own: bool,
    body: str,
    deleted: bool = False,
) -> IncomingMention:
    """The record of a message in the conversation with *other*; what is said of it depends on nothing else."""
    return IncomingMention(
        platform=NAME,
        account=account,
        remote_id=remote_id,
        kind=MentionKind.DM,
        author_handle=handle,
        author_name=handle,
        body=body,
        url=None,
        sent_at=sent_at,
        thread_key=None if other is None else DM + other,
        reply_until=None if own else sent_at + WINDOW,
        own=own,
        deleted=deleted,
    )


def read_tag(media: object, *, account: str, me: Me) -> IncomingMention:
    """Somebody's post in which the account is tagged. Raises Malformed."""
    if not isinstance(media, dict):
        raise Malformed("media")
    remote_id, sent_at = identifier(media.get("id")), moment(media.get("timestamp"))
    if remote_id is None:
        raise Malformed("id")
    if sent_at is None:
        raise Malformed("timestamp")
    handle = clean_name(text_of(media.get("username")))
    if not handle:
        raise Malformed("username")
    kind = {"VIDEO": _("video"), "CAROUSEL_ALBUM": _("album")}.get(text_of(media.get("media_type")), _("image"))
    return IncomingMention(
        platform=NAME,
        account=account,
        remote_id=remote_id,
        kind=MentionKind.MENTION,
        author_handle=handle,
        author_name=handle,
        body=_body(text_of(media.get("caption")), [f"[{kind}]"]),
        url=safe_link(text_of(media.get("permalink"))),
        sent_at=sent_at,
        thread_key=MEDIA + remote_id,
        own=handle == me.username,
    )


def _receiver(to: object, me: Me) -> str | None:
    """The person whom the account wrote to."""
    for person in objects(to.get("data")) if isinstance(to, dict) else []:
        found = identifier(person.get("id"))
        if found is not None and not me.is_author(found, ""):
            return found
    return None


def _body(text: str, parts: list[str]) -> str:
    return clean("\n".join(one for one in (text, *parts) if one))


def _parts(message: dict[str, Any]) -> list[str]:
    """What stands in a message beside its words."""
    return [f"[{word}]" for word in _words(message)]


def _words(message: dict[str, Any]) -> Iterator[str]:
    attached = message.get("attachments")
    for one in objects(attached.get("data")) if isinstance(attached, dict) else []:
        yield attachment_word(one)
    shares = message.get("shares")
    if isinstance(shares, dict) and objects(shares.get("data")):
        yield _("shared post")
    story = message.get("story")
    if isinstance(story, dict) and story:
        yield _("answer to a story") if "reply_to" in story else _("mentioned in a story")
    if message.get("is_unsupported") is True:
        yield _("something that Instagram shows in its app alone")


def attachment_word(attachment: dict[str, Any]) -> str:
    """What a file of a message is, in a word; lists and pushes tell it in different fields."""
    kind = text_of(attachment.get("type")) or text_of(attachment.get("mime_type")).partition("/")[0]
    for name in ("image", "video", "audio"):
        if kind == name or f"{name}_data" in attachment:
            return {"image": _("image"), "video": _("video"), "audio": _("audio")}[name]
    return {
        "share": _("shared post"),
        "ig_reel": _("shared post"),
        "reel": _("shared post"),
        "story_mention": _("mentioned in a story"),
    }.get(kind, _("file"))
