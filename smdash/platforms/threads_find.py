"""Whether a delivery is out on Threads: its container says so for a day, else the account's newest posts do.

A container does not tell which post it became: that is the one of the same text and time, among the account's posts or
among its answers. https://developers.facebook.com/docs/threads/troubleshooting
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from smdash.core.text import clean, one_line, safe_link
from smdash.platforms import meta_posts
from smdash.platforms.items import objects, text_of
from smdash.platforms.meta_graph import Values, at, id_of, identifier, moment, unexpected
from smdash.platforms.meta_posts import SKEW, nearest, not_told
from smdash.platforms.outgoing import Outgoing, OutgoingKind, Published, addressee
from smdash.platforms.threads_publish import ASKED, TITLE, below
from smdash.platforms.threads_records import HIDDEN
from smdash.platforms.threads_session import Session

_PAGE = 50
_PAGES = 5


async def find(out: Outgoing, session: Session) -> Published | None:
    """Look whether *out* is there. Raises PlatformError where that can't be told.

    What this can't tell: one that somebody deleted looks as if it had never been out, once its container is forgotten;
    and the same text from elsewhere in the same minutes looks like this one.
    """
    if out.kind in (OutgoingKind.LIKE, OutgoingKind.DELETE):
        return None  # never sent
    if out.kind is OutgoingKind.HIDE:
        return await _find_hidden(out, session)
    return await meta_posts.find(out, session.graph, ASKED, among=lambda: among_own(out, session), title=TITLE)


async def among_own(out: Outgoing, session: Session) -> Published | None:
    """A post or answer of the same words and time among the account's newest. Raises PlatformError."""
    parent = below(out)
    path = at("me", "threads" if parent is None else "replies")
    fields: Values = {"fields": "id,text,permalink,timestamp,media_type,replied_to", "limit": _PAGE}
    since, hits = out.first_at - SKEW, list[tuple[datetime, Published]]()
    after: str | None = ""
    for _page in range(_PAGES):
        page = await session.graph.page(path, fields | ({"after": after} if after else {}), without_next=True)
        times = []
        for item in objects(page.items):
            when, post = moment(item.get("timestamp")), identifier(item.get("id"))
            if when is None or post is None:
                continue
            times.append(when)
            if when >= since and _is_it(item, out, parent):
                hits.append((when, Published(post, safe_link(text_of(item.get("permalink"))))))
        if page.after is None or (times and min(times) < since):
            return nearest(hits, out.first_at)
        after = page.after
    if hits:
        return nearest(hits, out.first_at)
    raise not_told(out, TITLE)


def _is_it(item: dict[str, Any], out: Outgoing, parent: str | None) -> bool:
    kinds = {one.media_type.partition("/")[0] for one in out.media}
    if len(out.media) > 1:
        wanted = "CAROUSEL_ALBUM"
    else:
        wanted = "VIDEO" if "video" in kinds else "IMAGE" if kinds else "TEXT_POST"
    told, above = text_of(item.get("media_type")), id_of(item.get("replied_to"))
    if told not in ("", wanted) or (parent is not None and above not in (None, parent)):
        return False
    return one_line(clean(text_of(item.get("text")))) == one_line(clean(out.text))


async def _find_hidden(out: Outgoing, session: Session) -> Published | None:
    to = addressee(out)
    found = await meta_posts.look(to.remote_id, session.graph, "id,hide_status")
    if found is None:
        return None
    status = found.get("hide_status")
    if not isinstance(status, str):
        raise unexpected(session.graph.host)
    return Published(to.remote_id) if status == HIDDEN else None
