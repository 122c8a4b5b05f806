"""Bluesky's JSON, read into our records.

Strict on what a mention can't be without (uri, author, record.text, indexedAt), lenient on all else: a record is
whatever its author's program wrote.
Lexicons app.bsky.notification.listNotifications, app.bsky.feed.defs, app.bsky.feed.post, app.bsky.richtext.facet.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from smdash.core.records import IncomingMention, MentionKind
from smdash.core.text import clean, clean_name, one_line, safe_link
from smdash.locale import gettext as _
from smdash.platforms.answers import iso_date
from smdash.platforms.bluesky_session import is_did
from smdash.platforms.items import Malformed, objects, text_of

POST = "app.bsky.feed.post"
# Reasons that stand for something written to or about us. Likes, reposts, follows and whatever comes next are none.
REASONS = ("mention", "reply", "quote")
_URI = re.compile(r"at://([^/\s]{1,400})/([A-Za-z0-9.\-]{1,300})/([A-Za-z0-9._:~\-]{1,512})")
_MOST_FACETS = 100
_MOST_PARTS = 10


def uri_parts(value: object) -> tuple[str, str, str] | None:
    """Author's DID, collection and record key of an address ``at://…``; nothing when it is none."""
    found = _URI.fullmatch(value) if isinstance(value, str) and len(value) <= 1_000 else None
    return (found[1], found[2], found[3]) if found and is_did(found[1]) else None


def read_notification(item: dict[str, Any], *, account: str, me: str) -> IncomingMention:
    """A notification of one of ``REASONS`` as a mention of *account*, whose DID is *me*. Raises Malformed.

    An answer to a post of ours is a reply, even where it names us as well, which the network tells as the reason; one
    further down in a thread of ours is a comment; being named or quoted elsewhere is a mention.
    """
    parent = uri_parts(_strong_ref(_reply(item.get("record")), "parent"))
    kind = MentionKind.MENTION
    if parent is not None and parent[0] == me:
        kind = MentionKind.REPLY
    elif item.get("reason") == "reply":
        kind = MentionKind.REPLY if parent is None else MentionKind.COMMENT
    return read_post(item, kind, account=account, me=me)


def read_answer(item: dict[str, Any], *, account: str, me: str) -> IncomingMention | None:
    """An entry of our own feed, if it answers somebody else's post. Raises Malformed."""
    post = item.get("post")
    if not isinstance(post, dict):
        raise Malformed("post")
    if "reason" in item:  # a repost, or pinned
        return None
    parent = uri_parts(_strong_ref(_reply(post.get("record")), "parent"))
    if parent is None or parent[0] == me:
        return None
    made = read_post(post, MentionKind.REPLY, account=account, me=me)
    return made if made.own else None


def time_of(item: object) -> datetime | None:
    """When the network listed a notification or an entry of a feed."""
    if not isinstance(item, dict):
        return None
    for part in (item.get("reason"), item.get("post"), item):
        if isinstance(part, dict) and (found := iso_date(part.get("indexedAt"))) is not None:
            return found
    return None


def read_post(item: object, kind: MentionKind, *, account: str, me: str) -> IncomingMention:
    """A post with its author, as lists of posts and of notifications hold it. Raises Malformed."""
    if not isinstance(item, dict):
        raise Malformed("post")
    uri, parts = item.get("uri"), uri_parts(item.get("uri"))
    if parts is None or not isinstance(uri, str):
        raise Malformed("uri")
    indexed_at = iso_date(item.get("indexedAt"))
    if indexed_at is None:
        raise Malformed("indexedAt")
    author = item.get("author")
    did = author.get("did") if isinstance(author, dict) else None
    if not isinstance(author, dict) or not is_did(did):
        raise Malformed("author.did")
    record = item.get("record")
    if not isinstance(record, dict) or not isinstance(record.get("text"), str):
        raise Malformed("record.text")
    handle = handle_of(author)
    root, parent = (_strong_ref(_reply(record), end) for end in ("root", "parent"))
    return IncomingMention(
        platform="bluesky",
        account=account,
        remote_id=uri,
        kind=kind,
        author_handle=handle,
        author_name=clean_name(text_of(author.get("displayName"))) or handle,
        body=_body(record),
        # By the DID, because a handle may change hands.
        url=safe_link(f"https://bsky.app/profile/{parts[0]}/post/{parts[2]}") if parts[1] == POST else None,
        # What an author's program claims counts only where it is earlier than what the network saw.
        sent_at=min(iso_date(record.get("createdAt")) or indexed_at, indexed_at),
        thread_key=root or uri,
        parent_id=parent,
        own=did == me,
    )


def handle_of(author: dict[str, Any]) -> str:
    """How an author is called: the handle, or the DID where the network could not confirm one."""
    handle = clean_name(text_of(author.get("handle")))
    return clean_name(text_of(author.get("did"))) if handle in ("", "handle.invalid") else handle


def _reply(record: object) -> dict[str, Any]:
    reply = record.get("reply") if isinstance(record, dict) else None
    return reply if isinstance(reply, dict) else {}


def _strong_ref(reply: dict[str, Any], end: str) -> str | None:
    found = reply.get(end)
    uri = found.get("uri") if isinstance(found, dict) else None
    return uri if isinstance(uri, str) and uri_parts(uri) is not None else None


def _body(record: dict[str, Any]) -> str:
    parts = [rich_text(record["text"], record.get("facets")), "\n".join(_embedded(record.get("embed")))]
    return clean("\n\n".join(part for part in parts if part))


def rich_text(text: str, facets: object) -> str:
    """The text with its links in full, where it shows only a part of the address or a name for it.

    Offsets are those of UTF-8 bytes; a facet that doesn't fit the text is passed over.
    """
    raw = clean_surrogates(text).encode()
    done, parts = 0, []
    for start, end, link in sorted(_links(facets))[:_MOST_FACETS]:
        if not done <= start < end <= len(raw):
            continue
        shown = raw[start:end].decode("utf-8", "replace")
        bare = re.sub(r"^https?://", "", shown).rstrip("….")
        # An address that was only cut short is written whole; behind other words it stands in brackets.
        whole = bare and re.sub(r"^https?://", "", link).startswith(bare)
        parts += [raw[done:start].decode("utf-8", "replace"), link if whole else f"{shown} ({link})"]
        done = end
    parts.append(raw[done:].decode("utf-8", "replace"))
    return "".join(parts)


def clean_surrogates(text: str) -> str:
    """Lone halves of UTF-16 pairs, which JSON may hold, can't be counted in bytes."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _links(facets: object) -> Iterable[tuple[int, int, str]]:
    for facet in objects(facets)[:_MOST_FACETS]:
        index = facet.get("index")
        start, end = (index.get(key) if isinstance(index, dict) else None for key in ("byteStart", "byteEnd"))
        if type(start) is not int or type(end) is not int:
            continue
        for feature in objects(facet.get("features"))[:_MOST_PARTS]:
            link = safe_link(text_of(feature.get("uri")))
            if feature.get("$type") == "app.bsky.richtext.facet#link" and link:
                yield start, end, link
                break


def _embedded(embed: object) -> Iterable[str]:
    """A line for each picture, video, card or quoted post."""
    if not isinstance(embed, dict):
        return
    for part in (embed, embed.get("media")):
        if not isinstance(part, dict):
            continue
        kind = text_of(part.get("$type"))
        pictures = objects(part.get("images")) or (objects(part.get("items")) if "gallery" in kind else [])
        for picture in pictures[:20]:
            yield _described(_("image"), picture.get("alt"))
        if kind == "app.bsky.embed.video":
            yield _described(_("video"), part.get("alt"))
        card = part.get("external")
        if isinstance(card, dict):
            title, link = one_line(text_of(card.get("title"))[:300]), safe_link(text_of(card.get("uri")))
            yield " ".join(one for one in (title, f"({link})" if title and link else link) if one)
        quoted = part.get("record")
        if isinstance(quoted, dict):
            inner = quoted.get("record")  # recordWithMedia nests it once more
            found = uri_parts(quoted.get("uri") or (inner.get("uri") if isinstance(inner, dict) else None))
            if found and found[1] == POST:
                yield f"[{_('quote')}: https://bsky.app/profile/{found[0]}/post/{found[2]}]"


def _described(name: str, about: object) -> str:
    about = one_line(text_of(about)[:1500])
    return f"[{name}: {about}]" if about else f"[{name}]"
