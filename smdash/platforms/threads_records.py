"""Threads' JSON, read into our records: posts and answers have one form. Pure.

https://developers.facebook.com/docs/threads/reply-management and /docs/threads/threads-mentions: of others only the
user name is told. Strict on id, time and name, lenient on all else.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from smdash.core.records import IncomingMention, MentionKind
from smdash.core.text import clean, clean_name, one_line, safe_link
from smdash.locale import gettext as _
from smdash.platforms.items import Malformed, objects, text_of
from smdash.platforms.meta_graph import id_of, identifier, moment

NAME = "threads"
FIELDS = (
    "id,text,username,permalink,timestamp,media_type,alt_text,is_reply,is_reply_owned_by_me,root_post,replied_to,"
    "hide_status,is_quote_post,link_attachment_url"
)
# Of an answer that its post's author put out of sight (reply-management); the other words are the network's own doing.
HIDDEN = "HIDDEN"
_MOST_ALT = 1_000


def read_post(post: object, *, account: str, me: str, kind: MentionKind, at: datetime | None = None) -> IncomingMention:
    """A post of somebody that answers or names the account, or an answer of its own. Raises Malformed.

    *me* is the account's user name; *kind* says which list it stands in. *at* is when it came, for pushes without time.
    """
    if not isinstance(post, dict):
        raise Malformed("post")
    remote_id, sent_at = identifier(post.get("id")), moment(post.get("timestamp")) or at
    if remote_id is None:
        raise Malformed("id")
    if sent_at is None:
        raise Malformed("timestamp")
    handle = clean_name(text_of(post.get("username")))
    if not handle:
        raise Malformed("username")
    return IncomingMention(
        platform=NAME,
        account=account,
        remote_id=remote_id,
        kind=kind,
        author_handle=handle,
        author_name=handle,
        body=clean("\n".join(one for one in (text_of(post.get("text")), *_parts(post)) if one)),
        url=safe_link(text_of(post.get("permalink"))),
        sent_at=sent_at,
        thread_key=id_of(post.get("root_post")) or remote_id,
        parent_id=id_of(post.get("replied_to")),
        own=post.get("is_reply_owned_by_me") is True or handle == me,
        deleted=post.get("hide_status") == HIDDEN,
    )


def _parts(post: dict[str, Any]) -> Iterator[str]:
    """What stands in a post beside its words."""
    words = {
        "IMAGE": _("image"),
        "VIDEO": _("video"),
        "CAROUSEL_ALBUM": _("album"),
        "AUDIO": _("audio"),
    }
    word = words.get(text_of(post.get("media_type")))
    if word is not None:
        about = one_line(text_of(post.get("alt_text"))[:_MOST_ALT])
        yield f"[{word}: {about}]" if about else f"[{word}]"
    link = safe_link(text_of(post.get("link_attachment_url")))
    if link is not None and link not in text_of(post.get("text")):
        yield link


def times_of(items: list[Any]) -> list[datetime]:
    """The times of a page's posts, as far as they can be read."""
    return [when for item in objects(items) if (when := moment(item.get("timestamp"))) is not None]
