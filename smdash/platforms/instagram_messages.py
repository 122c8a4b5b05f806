"""Instagram's direct messages: the list of conversations says which moved, and of those the newest messages are read.

Instagram tells the twenty newest messages of a conversation, and nothing of one that has been a request for more than
thirty days. https://developers.facebook.com/docs/instagram-platform (Instagram Login, conversations API).
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from smdash.core.clock import encode
from smdash.core.errors import ErrorKind, PlatformError
from smdash.core.records import IncomingMention
from smdash.locale import gettext as _
from smdash.platforms import bluesky_paging as paging
from smdash.platforms import meta_usage
from smdash.platforms.answers import iso_date
from smdash.platforms.base import Pull, Pulled
from smdash.platforms.cursors import dump, fields_of
from smdash.platforms.instagram_records import MESSAGE_FIELDS, read_message
from smdash.platforms.instagram_session import Me, Session
from smdash.platforms.items import Malformed, Skipped, refuse_flood
from smdash.platforms.meta_graph import Graph, Values, at, identifier, moment, unexpected

# Two calls a second are allowed for an account's conversations (docs/messenger-platform/overview#rate-limiting).
PACE_S = 0.5
NEWEST = 20
_PAGE = 50
# Conversations that moved shortly before the mark are read again: their times are whole seconds, and lists lag.
_AGAIN = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Place:
    """A cursor. ``walk`` is where the list of conversations is, ``waiting`` those that are still to be read.

    ``seen`` is down to which time the list was read before, ``since`` from when on messages are handed over; ``me`` is
    the account: id, alias, user name.
    """

    walk: paging.Place = field(default_factory=paging.Place)
    waiting: tuple[str, ...] = ()
    seen: str = ""
    since: str = ""
    me: tuple[str, ...] = ()


def load(text: str | None) -> Place:
    """Read a cursor; one that can't be read starts anew (what comes twice changes nothing)."""
    found = fields_of(text)
    me, waiting, walk = found.get("me"), found.get("waiting"), found.get("walk")
    whose = tuple(one for one in me if isinstance(one, str)) if isinstance(me, list) and len(me) == 3 else ()
    ids = [known for one in waiting if (known := identifier(one))] if isinstance(waiting, list) else []
    seen, since = iso_date(found.get("seen")), iso_date(found.get("since"))
    return Place(
        walk=paging.load(json.dumps(walk)),
        waiting=tuple(ids) if len(whose) == 3 else (),
        seen="" if seen is None else encode(seen),
        since="" if since is None else encode(since),
        me=whose,
    )


async def pull(pull: Pull, session: Session | None, place: Place, graph: Graph) -> Pulled:
    """One step: a page of the list of conversations (with *session*), or the messages of one. Raises PlatformError."""
    skipped = Skipped()
    mentions: list[IncomingMention] = []
    words: list[str | None] = []
    if session is not None:
        place, goes_on, cut = await _list(session, place, pull.now, skipped)
        words.append(_("more was waiting than could be fetched; the oldest were left out") if cut else None)
    else:
        conversation, goes_on = place.waiting[0], bool(place.walk.back)
        mentions, more_there = await _read(graph, conversation, place, pull, skipped)
        place = replace(place, waiting=place.waiting[1:])
        words.append(_("Instagram shows only the newest messages of a conversation") if more_there else None)
    words.append(skipped.notice())
    return Pulled(
        mentions=mentions,
        cursor=dump(place),
        more=bool(place.waiting) or goes_on,
        quota=graph.quota,
        not_before=meta_usage.not_before(graph.quota, pull.now),
        notice="; ".join(one for one in words if one) or None,
    )


async def _list(session: Session, place: Place, now: datetime, skipped: Skipped) -> tuple[Place, bool, bool]:
    """Look which conversations moved; whether the list goes on, and whether something was given up."""
    walk = place.walk
    fields: Values = {"platform": "instagram", "fields": "id,updated_time", "limit": _PAGE}
    path = at(session.inbox, "conversations")
    try:
        page = await session.graph.page(path, fields | ({"after": walk.back} if walk.back else {}))
    except PlatformError as error:
        if error.kind is ErrorKind.REJECTED and walk.back:
            return replace(place, walk=walk.again()), False, False  # the network forgot where we were
        raise
    since = walk.since(now)
    moved: dict[str, datetime] = {}
    for item in page.items:
        found = identifier(item.get("id")) if isinstance(item, dict) else None
        when = moment(item.get("updated_time")) if isinstance(item, dict) else None
        if found is None or when is None:
            skipped.add("id" if found is None else "updated_time")
        else:
            moved[found] = when
    step = paging.advance(walk, list(moved.values()), page.after, now)
    waiting = [one for one, when in moved.items() if when >= since - (_AGAIN if walk.mark else timedelta())]
    me = session.me
    return (
        replace(
            place,
            walk=step.place,
            waiting=tuple(waiting),
            seen=encode(since) if walk.mark else "",
            since=place.since or encode(now - paging.FIRST_SYNC),
            me=(me.id, me.alias, me.username),
        ),
        step.more,
        step.cut,
    )


async def _read(
    graph: Graph, conversation: str, place: Place, pull: Pull, skipped: Skipped
) -> tuple[list[IncomingMention], bool]:
    """The newest messages of a conversation; whether there may be more since it was last looked at."""
    try:
        found = await graph.get(at(conversation), {"fields": MESSAGE_FIELDS})
    except PlatformError as error:
        if error.kind is ErrorKind.GONE:
            return [], False
        raise
    messages = found.get("messages", {"data": []})
    items = messages.get("data") if isinstance(messages, dict) else None
    if not isinstance(items, list):
        raise unexpected(graph.host)
    refuse_flood(items, graph.host)
    me = Me(place.me[0], place.me[2], alias=place.me[1])
    floor, seen = iso_date(place.since) or pull.now - paging.FIRST_SYNC, iso_date(place.seen)
    read: dict[str, IncomingMention] = {}
    times: list[datetime] = []
    for item in items:
        try:
            one = read_message(item, account=pull.credentials.name, me=me)
        except Malformed as lack:
            skipped.add(str(lack))
            continue
        times.append(one.sent_at)
        if one.sent_at >= floor:
            read[one.remote_id] = one
    more_there = len(items) >= NEWEST and seen is not None and min(times, default=seen) > seen
    return list(read.values()), more_there
