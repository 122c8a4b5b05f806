"""Reddit's comments and messages, read into our records.

Strict on what a mention can't be without (name, created_utc, body), lenient on all else. Whose account was deleted has
no author any more. https://github.com/reddit-archive/reddit/wiki/JSON
"""

from __future__ import annotations

import re
from typing import Any

from smdash.core.records import IncomingMention, MentionKind
from smdash.core.text import clean, clean_name, safe_link
from smdash.locale import gettext as _
from smdash.platforms.items import Malformed, text_of
from smdash.platforms.reddit_calls import epoch, fullname

NAME = "reddit"
SITE = "https://www.reddit.com"
DM = "dm:"
_POST = re.compile(r"/comments/([0-9a-z]{1,20})(?:/|$)")
_TYPES = {"username_mention": MentionKind.MENTION, "post_reply": MentionKind.COMMENT}
_GONE = ("[deleted]", "[removed]")


def read_thing(thing: object, *, account: str, me: str) -> IncomingMention:
    """A comment (t1) or a message (t4). Raises Malformed."""
    data = thing.get("data") if isinstance(thing, dict) else None
    if not isinstance(data, dict):
        raise Malformed("data")
    remote_id = fullname(data.get("name"))
    if remote_id is None or not remote_id.startswith(("t1_", "t4_")):
        raise Malformed("name")
    sent_at = epoch(data.get("created_utc"))
    if sent_at is None:
        raise Malformed("created_utc")
    if not isinstance(data.get("body"), str):
        raise Malformed("body")
    direct = remote_id.startswith("t4_")
    author = clean_name(text_of(data.get("author")))
    own = bool(author) and author.casefold() == me.casefold()
    body = data["body"]
    deleted = not direct and body.strip() in _GONE and author in ("", *_GONE)
    return IncomingMention(
        platform=NAME,
        account=account,
        remote_id=remote_id,
        kind=_kind(data, direct),
        # What Reddit itself writes has no author, but a subreddit may stand for one.
        author_handle=author or clean_name(text_of(data.get("subreddit_name_prefixed"))) or "reddit",
        author_name=author or clean_name(text_of(data.get("subreddit_name_prefixed"))) or "Reddit",
        body=clean(_subject(data, direct) + body),
        url=_address(data, remote_id, direct),
        sent_at=sent_at,
        edited_at=epoch(data.get("edited")),
        thread_key=_thread(data, remote_id, direct),
        parent_id=fullname(data.get("parent_id")),
        own=own,
        deleted=deleted,
    )


def _kind(data: dict[str, Any], direct: bool) -> MentionKind:
    if direct:
        return MentionKind.DM
    return _TYPES.get(text_of(data.get("type")), MentionKind.REPLY)


def _subject(data: dict[str, Any], direct: bool) -> str:
    """Of a message that begins a conversation, what it is about."""
    subject = clean_name(text_of(data.get("subject")))
    begins = direct and subject and fullname(data.get("parent_id")) is None
    return _("{subject}:").format(subject=subject) + "\n" if begins else ""


def _thread(data: dict[str, Any], remote_id: str, direct: bool) -> str:
    if direct:
        return DM + (fullname(data.get("first_message_name")) or remote_id)
    link = fullname(data.get("link_id"))
    if link is not None:
        return link
    found = _POST.search(text_of(data.get("context")) or text_of(data.get("permalink")))
    return f"t3_{found[1]}" if found else fullname(data.get("parent_id")) or remote_id


def _address(data: dict[str, Any], remote_id: str, direct: bool) -> str | None:
    if direct:
        return safe_link(f"{SITE}/message/messages/{remote_id[3:]}")
    path = text_of(data.get("context")) or text_of(data.get("permalink"))
    return safe_link(SITE + path) if path.startswith("/") else None
