"""Whether a delivery is out on Instagram: its container says so for a day, else the account's newest posts do.

A container does not tell which post it became: that is the one of the same caption, kind and time. Comments and
messages have no container: the comment that was answered, and the conversation, are read instead.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from smdash.core.errors import ErrorKind, PlatformError
from smdash.core.records import MentionKind
from smdash.core.text import clean, one_line, safe_link
from smdash.platforms import meta_posts
from smdash.platforms.instagram_messages import NEWEST
from smdash.platforms.instagram_publish import ASKED, TITLE, answer_text, other_of
from smdash.platforms.instagram_records import MEDIA, MESSAGE_FIELDS
from smdash.platforms.instagram_session import Session
from smdash.platforms.items import objects, text_of
from smdash.platforms.meta_graph import Values, at, id_of, identifier, moment, unexpected
from smdash.platforms.meta_posts import SKEW, nearest, not_told
from smdash.platforms.outgoing import Addressee, Outgoing, OutgoingKind, Published, addressee

_PAGE = 50
_PAGES = 5


async def find(out: Outgoing, session: Session) -> Published | None:
    """Look whether *out* is there. Raises PlatformError where that can't be told.

    What this can't tell: one that somebody deleted at the network looks as if it had never been out, once its container
    is forgotten; and the same caption from elsewhere in the same minutes looks like this one.
    """
    if out.kind is OutgoingKind.LIKE:
        return None  # never sent
    if out.kind is OutgoingKind.HIDE:
        return await _find_hidden(out, session)
    if out.kind is OutgoingKind.DELETE:
        remote_id = addressee(out).remote_id
        return None if await meta_posts.is_there(remote_id, session.graph) else Published(remote_id)
    if out.above is not None:
        return await _among_comments(out, session, at(out.above.root_id, "comments"), out.text)
    if out.kind is OutgoingKind.POST:
        return await meta_posts.find(out, session.graph, ASKED, among=lambda: among_posts(out, session), title=TITLE)
    to = addressee(out)
    if to.kind is MentionKind.DM:
        return await _among_messages(out, to, session)
    if to.kind is MentionKind.MENTION:
        return await _below_another(out, to, session)
    return await _among_comments(out, session, at(to.thread_key or to.remote_id, "replies"), answer_text(out, to))


# Posts


async def among_posts(out: Outgoing, session: Session) -> Published | None:
    """A post of the same caption, kind and time among the account's newest. Raises PlatformError."""
    fields: Values = {"fields": "id,caption,permalink,timestamp,media_type", "limit": _PAGE}
    since, hits = out.first_at - SKEW, list[tuple[datetime, Published]]()
    after: str | None = ""
    for _page in range(_PAGES):
        page = await session.graph.page(at(session.me.id, "media"), fields | ({"after": after} if after else {}))
        for item, when in _timed(page.items):
            media = identifier(item.get("id"))
            if media is not None and when >= since and _is_post(item, out):
                hits.append((when, Published(media, safe_link(text_of(item.get("permalink"))))))
        oldest = min((when for _item, when in _timed(page.items)), default=None)
        if page.after is None or (oldest is not None and oldest < since):
            return nearest(hits, out.first_at)
        after = page.after
    if hits:
        return nearest(hits, out.first_at)
    raise not_told(out, TITLE)


def _is_post(item: dict[str, Any], out: Outgoing) -> bool:
    kinds = {one.media_type.partition("/")[0] for one in out.media}
    wanted = "CAROUSEL_ALBUM" if len(out.media) > 1 else "VIDEO" if "video" in kinds else "IMAGE"
    told = text_of(item.get("media_type"))
    return told in ("", wanted) and _folded(text_of(item.get("caption"))) == _folded(out.text)


def _folded(text: str) -> str:
    """As Instagram shows captions: to some it leaves out the @ of names (reference/instagram-media, limitations)."""
    return one_line(clean(text)).replace("@", "")


def _timed(items: list[Any]) -> Iterator[tuple[dict[str, Any], datetime]]:
    for item in objects(items):
        if (when := moment(item.get("timestamp"))) is not None:
            yield item, when


# Comments and messages


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A text that was to be written by us from a time on."""

    text: str
    since: datetime


async def _among_comments(out: Outgoing, session: Session, path: str, text: str) -> Published | None:
    """An own comment of the same text since the first try, in a list whose order is not relied on."""
    fields: Values = {"fields": "id,text,timestamp,username,from", "limit": _PAGE}
    wanted, hits = _Wanted(_folded(text), out.first_at - SKEW), list[tuple[datetime, Published]]()
    after: str | None = ""
    for _page in range(_PAGES * 2):
        try:
            page = await session.graph.page(path, fields | ({"after": after} if after else {}))
        except PlatformError as error:
            if error.kind is ErrorKind.GONE:
                return None  # and with it all that stood below it
            raise
        for item, when in _timed(page.items):
            comment = identifier(item.get("id"))
            own = session.me.is_author(id_of(item.get("from")), text_of(item.get("username")))
            same = _folded(text_of(item.get("text"))) == wanted.text
            if comment is not None and own and same and when >= wanted.since:
                hits.append((when, Published(comment)))
        if page.after is None:
            return nearest(hits, out.first_at)
        after = page.after
    if hits:
        return nearest(hits, out.first_at)
    raise not_told(out, TITLE)


async def _below_another(out: Outgoing, to: Addressee, session: Session) -> Published | None:
    """Comments below another's post are shown to nobody but its author; only a comment's answers can be read."""
    if (to.thread_key or "").removeprefix(MEDIA) in ("", to.remote_id):
        raise not_told(out, TITLE)
    return await _among_comments(out, session, at(to.remote_id, "replies"), out.text)


async def _among_messages(out: Outgoing, to: Addressee, session: Session) -> Published | None:
    """An own message of the same text since the first try, among the newest of the conversation."""
    asked: Values = {"platform": "instagram", "user_id": other_of(to), "fields": "id"}
    page = await session.graph.page(at(session.inbox, "conversations"), asked)
    conversation = id_of(page.items[0]) if page.items else None
    if conversation is None:
        raise not_told(out, TITLE)
    found = await session.graph.get(at(conversation), {"fields": MESSAGE_FIELDS})
    messages = found.get("messages")
    items = objects(messages.get("data")) if isinstance(messages, dict) else []
    since, oldest = out.first_at - SKEW, out.now
    hits: list[tuple[datetime, Published]] = []
    for item in items:
        when, message = moment(item.get("created_time")), identifier(item.get("id"))
        if when is None or message is None:
            continue
        oldest = min(oldest, when)
        own = session.me.is_author(id_of(item.get("from")), "")
        if own and when >= since and _folded(text_of(item.get("message"))) == _folded(out.text):
            hits.append((when, Published(message)))
    if hits:
        return nearest(hits, out.first_at)
    if len(items) >= NEWEST and oldest >= since:
        raise not_told(out, TITLE)
    return None


async def _find_hidden(out: Outgoing, session: Session) -> Published | None:
    to = addressee(out)
    found = await meta_posts.look(to.remote_id, session.graph, "id,hidden")
    if found is None:
        return None
    hidden = found.get("hidden")
    if not isinstance(hidden, bool):
        raise unexpected(session.graph.host)
    return Published(to.remote_id) if hidden else None
