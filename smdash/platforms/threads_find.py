"""Whether a delivery is out on Threads: its container says so for a day, else the account's newest posts do.

A container does not tell which post it became: that is the one of the same text and time, among the account's posts or
among its answers. https://developers.facebook.com/docs/threads/troubleshooting
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from smdash.core.errors import ErrorKind, PlatformError
from smdash.core.text import clean, one_line, safe_link
from smdash.locale import gettext as _
from smdash.platforms import containers
from smdash.platforms.containers import State
from smdash.platforms.items import objects, text_of
from smdash.platforms.meta_graph import Values, at, id_of, identifier, moment, unexpected
from smdash.platforms.outgoing import Outgoing, OutgoingKind, Published
from smdash.platforms.problems import problem
from smdash.platforms.threads_publish import ASKED, addressee, below
from smdash.platforms.threads_records import HIDDEN
from smdash.platforms.threads_session import Session

# How far the network's clock may be behind ours; its times are whole seconds.
SKEW = timedelta(minutes=2)
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
    made = containers.kept(out)
    if made is None:
        return await _among_own(out, session)
    try:
        state, _more = await containers.state_of(session.graph, made.id, ASKED)
    except PlatformError as error:
        if error.kind is not ErrorKind.GONE:
            raise
        return await _among_own(out, session)
    if state is State.PUBLISHED:
        return await published_post(out, session)
    if state in (State.IN_PROGRESS, State.UNKNOWN):
        # It may be on its way out at this moment.
        raise problem(ErrorKind.UNKNOWN, _("Threads is still at work on the post"))
    return None


async def is_there(remote_id: str, session: Session) -> bool:
    """Whether a post is there still. Raises PlatformError where that can't be told."""
    try:
        found = await session.graph.get(at(remote_id), {"fields": "id"})
    except PlatformError as error:
        if error.kind is ErrorKind.GONE:
            return False
        raise
    if identifier(found.get("id")) != remote_id:
        raise unexpected(session.graph.host)
    return True


async def published_post(out: Outgoing, session: Session) -> Published:
    """The post that a published container became. Raises PlatformError (unknown) where it is not in sight."""
    found = await _among_own(out, session)
    if found is None:
        sentence = _("Threads says that the post is out, but it is not among the newest of the account {name}")
        raise problem(ErrorKind.UNKNOWN, sentence.format(name=out.credentials.name))
    return found


async def _among_own(out: Outgoing, session: Session) -> Published | None:
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
            return _nearest(hits, out.first_at)
        after = page.after
    if hits:
        return _nearest(hits, out.first_at)
    sentence = _("it can't be told from Threads whether this of the account {name} is out; look there")
    raise problem(ErrorKind.UNKNOWN, sentence.format(name=out.credentials.name))


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


def _nearest(hits: list[tuple[datetime, Published]], begun: datetime) -> Published | None:
    """The earliest hit from the first try on, else the latest one before it."""
    return min(hits, key=lambda hit: (hit[0] < begun, abs(hit[0] - begun)), default=(begun, None))[1]


async def _find_hidden(out: Outgoing, session: Session) -> Published | None:
    to = addressee(out)
    try:
        found = await session.graph.get(at(to.remote_id), {"fields": "id,hide_status"})
    except PlatformError as error:
        if error.kind is ErrorKind.GONE:
            return None
        raise
    status = found.get("hide_status")
    if not isinstance(status, str):
        raise unexpected(session.graph.host)
    return Published(to.remote_id) if status == HIDDEN else None
