"""X's JSON, read into our records.

Strict on what a mention can't be without (id, text, created_at, author_id), lenient on all else. Fields have two
spellings: those of the prose documentation and of recorded answers (``referenced_tweets``, ``retweet_count``), and
those of the OpenAPI document 2.167 (``referenced_posts``, ``repost_count``); which one comes now is not verified, so
both are read. https://docs.x.com/x-api/fundamentals/data-dictionary
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from smdash.core.records import IncomingMention, MentionKind
from smdash.core.text import clean, clean_name, one_line, safe_link
from smdash.locale import gettext as _
from smdash.platforms.answers import iso_date
from smdash.platforms.items import Malformed, objects, text_of
from smdash.platforms.x_calls import identifier

POST_FIELDS = (
    "created_at,author_id,conversation_id,in_reply_to_user_id,entities,referenced_tweets,edit_history_tweet_ids,"
    "note_tweet,attachments"
)
USER_FIELDS = "username,name,public_metrics"
MEDIA_FIELDS = "type,alt_text"
_ESCAPES = {"&amp;": "&", "&lt;": "<", "&gt;": ">"}
_ESCAPED = re.compile("|".join(_ESCAPES))


def referenced(post: Mapping[str, Any], kind: str) -> str | None:
    """The id of the post that this one has to do with: ``replied_to`` or ``quoted``."""
    listed = post.get("referenced_tweets", post.get("referenced_posts"))
    return next((identifier(one.get("id")) for one in objects(listed) if one.get("type") == kind), None)


def first_id(post: Mapping[str, Any]) -> str | None:
    """The id that a post had at first: every edit of it has another one."""
    own = identifier(post.get("id"))
    listed = post.get("edit_history_tweet_ids", post.get("edit_history_post_ids"))
    history = [identifier(one) for one in listed] if isinstance(listed, list) else []
    return history[0] if own in history and history[0] is not None else own


def included(answer: Mapping[str, Any]) -> tuple[dict[str, dict[str, Any]], dict[str, dict[str, Any]]]:
    """The people and the media that came along, by their ids and keys."""
    found = answer.get("includes")
    parts = found if isinstance(found, dict) else {}
    people = {key: one for one in objects(parts.get("users")) if (key := identifier(one.get("id")))}
    media = {key: one for one in objects(parts.get("media")) if (key := identifier(one.get("media_key")))}
    return people, media


def count_of(answer: Mapping[str, Any]) -> int:
    """How many things an answer holds, as X bills them."""
    found = answer.get("includes")
    lists = [answer.get("data"), *(found.values() if isinstance(found, dict) else ())]
    return sum(len(one) for one in lists if isinstance(one, list))


def full_text(post: Mapping[str, Any]) -> str:
    """What a post says: whole where it is long, with the addresses that X shortened written out, without its escapes.

    Links to the post's own media are left out.
    """
    text, entities = text_of(post.get("text")), post.get("entities")
    note = post.get("note_tweet")
    if isinstance(note, dict) and isinstance(note.get("text"), str):
        text, entities = note["text"], note.get("entities", entities)
    urls = objects(entities.get("urls")) if isinstance(entities, dict) else []
    for one in urls:
        short, long = text_of(one.get("url")), text_of(one.get("expanded_url"))
        if short and (one.get("media_key") or long):
            text = text.replace(short, "" if one.get("media_key") else long)
    return _ESCAPED.sub(lambda found: _ESCAPES[found[0]], text).strip()


def read_post(
    post: Mapping[str, Any],
    people: Mapping[str, Mapping[str, Any]],
    media: Mapping[str, Mapping[str, Any]],
    *,
    account: str,
    me: str,
) -> IncomingMention:
    """One post as a mention of *account*, whose own id is *me*. Raises Malformed."""
    remote_id = first_id(post)
    if remote_id is None:
        raise Malformed("id")
    sent_at = iso_date(post.get("created_at"))
    if sent_at is None:
        raise Malformed("created_at")
    author_id = identifier(post.get("author_id"))
    if author_id is None:
        raise Malformed("author_id")
    if not isinstance(post.get("text"), str):
        raise Malformed("text")
    author = people.get(author_id, {})
    # Who is suspended in this moment does not come along.
    handle = clean_name(text_of(author.get("username"))) or author_id
    to_us = identifier(post.get("in_reply_to_user_id")) == me
    metrics = author.get("public_metrics")
    followers = metrics.get("followers_count") if isinstance(metrics, dict) else None
    newest = identifier(post.get("id"))
    return IncomingMention(
        platform="x",
        account=account,
        remote_id=remote_id,
        kind=MentionKind.REPLY if to_us and author_id != me else MentionKind.MENTION,
        author_handle=handle,
        author_name=clean_name(text_of(author.get("name"))) or handle,
        body=clean("\n\n".join(part for part in (full_text(post), *_media(post, media)) if part)),
        url=address(newest or remote_id, handle),
        sent_at=sent_at,
        edited_at=sent_at if newest != remote_id else None,
        thread_key=identifier(post.get("conversation_id")) or remote_id,
        parent_id=referenced(post, "replied_to"),
        own=author_id == me,
        followers=followers if type(followers) is int and followers >= 0 else None,
    )


def address(remote_id: str, handle: str = "i") -> str | None:
    """Where people see a post; X finds it by its id, whatever name stands before."""
    return safe_link(f"https://x.com/{handle}/status/{remote_id}")


def _media(post: Mapping[str, Any], media: Mapping[str, Mapping[str, Any]]) -> Iterable[str]:
    held = post.get("attachments")
    keys = held.get("media_keys") if isinstance(held, dict) else None
    yield from media_lines(
        [media.get(key, {}) for key in keys if isinstance(key, str)] if isinstance(keys, list) else []
    )


def media_lines(held: Iterable[Mapping[str, Any]]) -> Iterable[str]:
    """A line for each file that came with a post or a message."""
    names = {"photo": _("image"), "animated_gif": _("animation"), "video": _("video")}
    for one in held:
        name = names.get(text_of(one.get("type")), _("file"))
        about = one_line(text_of(one.get("alt_text"))[:1500])
        yield f"[{name}: {about}]" if about else f"[{name}]"
