"""Facebook's comments and posts, read into our records.

Strict on what a mention can't be without (id, created_time), lenient on all else: ``from`` is left out of what
strangers wrote where the app was not reviewed, and of most posts that tag the page.
https://developers.facebook.com/docs/graph-api/reference/comment/ and /page-post/
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from smdash.core.records import IncomingMention, MentionKind
from smdash.core.text import clean, clean_name, safe_link
from smdash.locale import gettext as _
from smdash.platforms.items import Malformed, objects, text_of
from smdash.platforms.meta_graph import id_of, identifier, moment

NAME = "facebook_page"
COMMENT_FIELDS = (
    "id,message,from{id,name},created_time,parent{id,from{id}},permalink_url,is_hidden,attachment{type,media_type}"
)
POST_FIELDS = "id,message,story,from{id,name},created_time,permalink_url,attachments{media_type,type}"
# What can't be told of its author gets a handle of its own, so that strangers don't become one person.
UNKNOWN = "unknown:"


def author_of(value: object, remote_id: str) -> tuple[str, str]:
    """The handle and the name of whoever wrote it. People have no unique names there, so the id is the handle."""
    whose = id_of(value)
    if whose is None or not isinstance(value, dict):
        return UNKNOWN + remote_id, _("unknown person")
    return whose, clean_name(text_of(value.get("name"))) or whose


def read_comment(comment: object, *, account: str, me: str, post_id: str) -> IncomingMention:
    """A comment below the post *post_id*, as a mention of *account*, whose page is *me*. Raises Malformed.

    A hidden one is taken for one that the network took away: whoever wrote it and their friends still see it.
    """
    if not isinstance(comment, dict):
        raise Malformed("comment")
    remote_id, sent_at = _identity(comment)
    handle, name = author_of(comment.get("from"), remote_id)
    parent = comment.get("parent")
    above = id_of(parent)
    answers_us = isinstance(parent, dict) and id_of(parent.get("from")) == me
    attachment = comment.get("attachment")
    return IncomingMention(
        platform=NAME,
        account=account,
        remote_id=remote_id,
        kind=MentionKind.REPLY if answers_us else MentionKind.COMMENT,
        author_handle=handle,
        author_name=name,
        body=body_of(comment.get("message"), [attachment] if isinstance(attachment, dict) else []),
        url=safe_link(text_of(comment.get("permalink_url"))),
        sent_at=sent_at,
        thread_key=above or remote_id,
        parent_id=above or post_id,
        own=handle == me,
        deleted=comment.get("is_hidden") is True,
    )


def read_post(post: object, *, account: str, me: str) -> IncomingMention:
    """A post of somebody else that names the page. Raises Malformed."""
    if not isinstance(post, dict):
        raise Malformed("post")
    remote_id, sent_at = _identity(post)
    handle, name = author_of(post.get("from"), remote_id)
    attachments = post.get("attachments")
    shown = objects(attachments.get("data")) if isinstance(attachments, dict) else []
    return IncomingMention(
        platform=NAME,
        account=account,
        remote_id=remote_id,
        kind=MentionKind.MENTION,
        author_handle=handle,
        author_name=name,
        body=body_of(text_of(post.get("message")) or text_of(post.get("story")), shown),
        url=safe_link(text_of(post.get("permalink_url"))),
        sent_at=sent_at,
        thread_key=remote_id,
        own=handle == me,
    )


def _identity(found: dict[str, Any]) -> tuple[str, datetime]:
    remote_id = identifier(found.get("id"))
    if remote_id is None:
        raise Malformed("id")
    sent_at = moment(found.get("created_time"))
    if sent_at is None:
        raise Malformed("created_time")
    return remote_id, sent_at


def body_of(message: object, attachments: list[dict[str, Any]]) -> str:
    """The text, and a word for each thing that is no text."""
    words = [word for one in attachments[:20] if (word := kind_of(one))]
    return clean("\n\n".join(part for part in (clean(text_of(message)).strip(), "\n".join(words)) if part))


def kind_of(attachment: dict[str, Any]) -> str:
    """What people call an attachment. Pushes tell no more than whether it is a photo or a video, so this doesn't."""
    told = f"{text_of(attachment.get('media_type'))} {text_of(attachment.get('type'))}".lower()
    if "video" in told or "animated" in told:
        return f"[{_('video')}]"
    if "photo" in told or "sticker" in told or "album" in told or "image" in told:
        return f"[{_('image')}]"
    return ""


def deleted(
    remote_id: str, *, account: str, at: datetime, handle: str = "", name: str = "", post_id: str | None = None
) -> IncomingMention:
    """That a comment or post is not there any more; of its text the network tells nothing."""
    return IncomingMention(
        platform=NAME,
        account=account,
        remote_id=remote_id,
        kind=MentionKind.COMMENT,
        author_handle=handle or UNKNOWN + remote_id,
        author_name=name or _("unknown person"),
        body="",
        url=None,
        sent_at=at,
        thread_key=remote_id,
        parent_id=post_id,
        deleted=True,
    )
