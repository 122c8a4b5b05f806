"""YouTube's comments, read into our records.

Strict on what a mention can't be without (id, author, text, time), lenient on all else.
https://developers.google.com/youtube/v3/docs/comments#resource
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from smdash.core.records import IncomingMention, MentionKind
from smdash.core.text import clean, clean_name, safe_link
from smdash.locale import gettext as _
from smdash.platforms.answers import iso_date
from smdash.platforms.cursors import whole
from smdash.platforms.html_text import plain
from smdash.platforms.items import Malformed, objects, text_of
from smdash.platforms.youtube_calls import identifier

NAME = "youtube"


def link(video_id: str | None, comment_id: str = "") -> str | None:
    """Where people see a video, or a comment below it."""
    if not video_id:
        return None
    return safe_link(f"https://www.youtube.com/watch?v={video_id}" + (f"&lc={comment_id}" if comment_id else ""))


def author_of(snippet: dict[str, Any]) -> str | None:
    """The channel that wrote a comment."""
    channel = snippet.get("authorChannelId")
    return identifier(channel.get("value")) if isinstance(channel, dict) else identifier(channel)


def said_in(snippet: dict[str, Any]) -> str:
    """A comment's text: the source is given to its author alone, and others are asked for as plain text."""
    for field in ("textOriginal", "textDisplay"):
        if isinstance(snippet.get(field), str):
            text = snippet[field]
            # Some answers hold HTML whatever was asked for.
            return plain(text) if field == "textDisplay" and "<br" in text else clean(text)
    raise Malformed("textDisplay")


def read_comment(comment: object, *, account: str, me: str, thread_id: str, video_id: str | None) -> IncomingMention:
    """A comment, or an answer below one, of the thread *thread_id*. Raises Malformed."""
    snippet = comment.get("snippet") if isinstance(comment, dict) else None
    if not isinstance(comment, dict) or not isinstance(snippet, dict):
        raise Malformed("snippet")
    remote_id = identifier(comment.get("id"))
    if remote_id is None:
        raise Malformed("id")
    sent_at = iso_date(snippet.get("publishedAt"))
    if sent_at is None:
        raise Malformed("publishedAt")
    name = clean_name(text_of(snippet.get("authorDisplayName")))
    author = author_of(snippet)
    if not name and author is None:
        raise Malformed("authorDisplayName")
    updated = iso_date(snippet.get("updatedAt"))
    below = remote_id != thread_id
    return IncomingMention(
        platform=NAME,
        account=account,
        remote_id=remote_id,
        kind=MentionKind.REPLY if below else MentionKind.COMMENT,
        author_handle=name.removeprefix("@") or author or "?",
        author_name=name or author or "?",
        body=clean(_state(snippet) + said_in(snippet)),
        url=link(identifier(snippet.get("videoId")) or video_id, remote_id),
        sent_at=sent_at,
        edited_at=updated if updated is not None and updated > sent_at else None,
        thread_key=thread_id,
        parent_id=thread_id if below else None,
        own=author is not None and author == me,
    )


def _state(snippet: dict[str, Any]) -> str:
    """What people must know of a comment that nobody else sees yet."""
    state = snippet.get("moderationStatus")
    if state == "heldForReview":
        return _("[held for review]") + " "
    if state == "likelySpam":
        return _("[likely spam]") + " "
    return _("[rejected]") + " " if state == "rejected" else ""


def taken_away(remote_id: str, *, account: str, thread_id: str, sent_at: datetime | None = None) -> IncomingMention:
    """The record of a comment that is not there any more; YouTube's rules want its text gone as well."""
    below = remote_id != thread_id
    return IncomingMention(
        platform=NAME,
        account=account,
        remote_id=remote_id,
        kind=MentionKind.REPLY if below else MentionKind.COMMENT,
        author_handle=_("[deleted]"),
        author_name=_("[deleted]"),
        body=_("[deleted]"),
        url=None,
        sent_at=sent_at or datetime.fromtimestamp(0, UTC),
        thread_key=thread_id,
        parent_id=thread_id if below else None,
        deleted=True,
    )


def read_thread(item: object, account: str, me: str) -> tuple[str, int, str | None, list[IncomingMention]]:
    """A thread's id, how many answers it has, its video, and its comments, the first on top. Raises Malformed."""
    snippet = item.get("snippet") if isinstance(item, dict) else None
    if not isinstance(item, dict) or not isinstance(snippet, dict):
        raise Malformed("snippet")
    thread_id = identifier(item.get("id"))
    if thread_id is None:
        raise Malformed("id")
    video_id = identifier(snippet.get("videoId"))
    top = read_comment(snippet.get("topLevelComment"), account=account, me=me, thread_id=thread_id, video_id=video_id)
    if top.remote_id != thread_id:
        raise Malformed("topLevelComment.id")
    below = item.get("replies")
    replies: list[IncomingMention] = []
    for one in objects(below.get("comments")) if isinstance(below, dict) else []:
        try:
            replies.append(read_comment(one, account=account, me=me, thread_id=thread_id, video_id=video_id))
        except Malformed:
            continue  # asked for again with all the answers
    return thread_id, whole(snippet.get("totalReplyCount")), video_id, [top, *replies]
