"""What comes in on Threads: posts that name the account, answers below its posts, and its own answers elsewhere.

Answers are listed by post, newest first, and nothing tells which post has new ones: each run reads the first page of
the conversations of posts that are younger than two days, and of a few older ones in turn, and goes on down to what was
read before.
An empty list of mentions may as well mean that the app may not see those of people who are no testers of it.
https://developers.facebook.com/docs/threads/reply-management and /docs/threads/threads-mentions
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from smdash.core.clock import encode
from smdash.core.errors import ErrorKind, PlatformError
from smdash.core.records import IncomingMention, MentionKind
from smdash.locale import gettext as _
from smdash.platforms import bluesky_paging as paging
from smdash.platforms import meta_usage
from smdash.platforms.answers import iso_date
from smdash.platforms.base import Pull, Pulled
from smdash.platforms.cursors import dump, fields_of
from smdash.platforms.items import Malformed, Skipped
from smdash.platforms.meta_graph import Graph, Values, at, identifier, is_cursor, moment
from smdash.platforms.threads_records import FIELDS, read_post, times_of
from smdash.platforms.threads_session import Session

_PAGE = 50
# How many of the account's posts are watched, and from when on one is looked at only in turn.
WATCHED = 100
YOUNG = timedelta(days=2)
OLDER_IN_A_RUN = 3
# Pages of one conversation; a hundred answers each time are more than come in between two runs.
PAGES = 20
FIRST_SYNC = paging.FIRST_SYNC
_LISTS = {"mentions": ("mentions", MentionKind.MENTION), "answers": ("replies", MentionKind.REPLY)}


async def walk(pull: Pull, session: Session) -> Pulled:
    """One page of ``mentions`` or of our own ``answers``, down to what was taken before. Raises PlatformError."""
    place, (edge, kind) = paging.load(pull.cursor), _LISTS[pull.job]
    fields: Values = {"fields": FIELDS, "limit": _PAGE}
    try:
        page = await session.graph.page(
            at("me", edge), fields | ({"after": place.back} if place.back else {}), without_next=True
        )
    except PlatformError as error:
        if error.kind is ErrorKind.REJECTED and place.back:
            # The network forgot where we were: the next run walks down from the top again.
            return Pulled(cursor=paging.dump(place.again()), notice=str(error))
        raise
    step = paging.advance(place, times_of(page.items), page.after, pull.now)
    skipped, floor = Skipped(), place.floor(pull.now)
    found = [one for one in _read(page.items, pull, session.username, kind, skipped) if one.sent_at >= floor]
    cut = _("more was waiting than could be fetched; the oldest were left out") if step.cut else None
    return _pulled(session.graph, pull, found, paging.dump(step.place), step.more, skipped, cut)


@dataclass(frozen=True, slots=True)
class Place:
    """A cursor of ``replies``. ``marks`` are the times of the newest answers that were taken, by post.

    ``todo`` are the posts whose conversations are to be read; of the first of them, ``after`` and ``pages`` say how far
    it was, and ``top`` is the newest time there. ``turn`` is the post that was last read in turn. Nothing from before
    ``since`` is handed over. ``me`` is the account's user name.
    """

    since: str = ""
    me: str = ""
    marks: dict[str, str] = field(default_factory=dict)
    todo: tuple[str, ...] = ()
    after: str = ""
    pages: int = 0
    top: str = ""
    turn: str = ""


def load(text: str | None) -> Place:
    """Read a cursor; one that can't be read starts anew (what comes twice changes nothing)."""
    found = fields_of(text)
    marks, todo, pages = found.get("marks"), found.get("todo"), found.get("pages")
    times = {name: iso_date(found.get(name)) for name in ("since", "top")}
    me = found["me"] if isinstance(found.get("me"), str) else ""
    ids = [known for one in todo if (known := identifier(one))] if isinstance(todo, list) else []
    return Place(
        me=me,
        marks={key: encode(when) for key, one in marks.items() if (when := iso_date(one))}
        if isinstance(marks, dict)
        else {},
        todo=tuple(ids) if me else (),
        after=found["after"] if is_cursor(found.get("after")) else "",
        pages=pages if isinstance(pages, int) and not isinstance(pages, bool) and pages >= 0 else 0,
        turn=identifier(found.get("turn")) or "",
        **{name: "" if when is None else encode(when) for name, when in times.items()},
    )


async def replies(pull: Pull, session: Session | None, place: Place, graph: Graph) -> Pulled:
    """One step: the account's posts (with *session*), or a page of one conversation. Raises PlatformError."""
    skipped = Skipped()
    found: list[IncomingMention] = []
    cut = None
    if session is not None:
        place = await _look(session, place, pull.now, skipped)
    else:
        place, found, was_cut = await _conversation(graph, place, pull, skipped)
        cut = _("a post has more answers than are read; the oldest were left out") if was_cut else None
    return _pulled(graph, pull, found, dump(place), bool(place.todo), skipped, cut)


async def _look(session: Session, place: Place, now: datetime, skipped: Skipped) -> Place:
    """Choose the posts whose conversations are read in this run."""
    params: Values = {"fields": "id,timestamp,has_replies", "limit": WATCHED}
    page = await session.graph.page(at("me", "threads"), params, without_next=True)
    posts = list(_posts(page.items, skipped))
    answered = [one for one, _made, has_replies in posts if has_replies]
    young = {one for one, made, _has_replies in posts if made >= now - YOUNG}
    older = [one for one in answered if one not in young]
    # On the first run all of them are read: an old post may have been answered yesterday.
    turn = older if not place.since else _in_turn(older, place.turn)
    return replace(
        place,
        since=place.since or encode(now - FIRST_SYNC),
        me=session.username,
        marks={one: place.marks[one] for one, _made, _has in posts if one in place.marks},
        todo=tuple([one for one in answered if one in young] + turn),
        after="",
        pages=0,
        top="",
        turn=turn[-1] if turn else "",
    )


def _posts(items: list[Any], skipped: Skipped) -> Iterator[tuple[str, datetime, bool]]:
    for item in items:
        found = identifier(item.get("id")) if isinstance(item, dict) else None
        made = moment(item.get("timestamp")) if isinstance(item, dict) else None
        if found is None or made is None:
            skipped.add("id" if found is None else "timestamp")
            continue
        # A post that tells nothing of answers may have some.
        yield found, made, item.get("has_replies") is not False


def _in_turn(ids: list[str], turn: str) -> list[str]:
    """The next few after the one that was last."""
    start = ids.index(turn) + 1 if turn in ids else 0
    return list(dict.fromkeys((ids[start:] + ids[:start])[:OLDER_IN_A_RUN]))


async def _conversation(
    graph: Graph, place: Place, pull: Pull, skipped: Skipped
) -> tuple[Place, list[IncomingMention], bool]:
    """A page of the first conversation that waits, newest first; whether there was more than is read."""
    post, mark, top = place.todo[0], iso_date(place.marks.get(place.todo[0])), iso_date(place.top)
    done = replace(place, todo=place.todo[1:], after="", pages=0, top="")
    params: Values = {"fields": FIELDS, "limit": _PAGE, "reverse": "true"}
    try:
        page = await graph.page(
            at(post, "conversation"), params | ({"after": place.after} if place.after else {}), without_next=True
        )
    except PlatformError as error:
        if error.kind is ErrorKind.GONE:
            return done, [], False
        if error.kind is ErrorKind.REJECTED and place.after:
            return replace(place, after="", pages=0), [], False  # the network forgot where we were
        raise
    times = times_of(page.items)
    floor = iso_date(place.since) or pull.now - FIRST_SYNC
    found = [
        one
        for one in _read(page.items, pull, place.me, MentionKind.REPLY, skipped)
        if one.sent_at >= floor and one.remote_id != post
    ]
    newest = max((when for when in (top, *times) if when is not None and when <= pull.now), default=None)
    # Answers below answers may be listed where those stand, so that a page is known only where all of it is.
    known = mark is not None and bool(times) and max(times) <= mark
    goes_on = page.after is not None and page.after != place.after and not known and place.pages + 1 < PAGES
    if goes_on and page.after is not None:
        top_now = "" if newest is None else encode(newest)
        return replace(place, after=page.after, pages=place.pages + 1, top=top_now), found, False
    marks = place.marks | ({post: encode(max(newest, mark or newest))} if newest is not None else {})
    return replace(done, marks=marks), found, page.after is not None and not known


def _read(items: list[Any], pull: Pull, me: str, kind: MentionKind, skipped: Skipped) -> list[IncomingMention]:
    found: dict[str, IncomingMention] = {}
    for item in items:
        try:
            one = read_post(item, account=pull.credentials.name, me=me, kind=kind)
        except Malformed as lack:
            skipped.add(str(lack))
            continue
        found[one.remote_id] = one
    return list(found.values())


def _pulled(
    graph: Graph,
    pull: Pull,
    found: list[IncomingMention],
    cursor: str,
    more: bool,
    skipped: Skipped,
    notice: str | None,
) -> Pulled:
    return Pulled(
        mentions=found,
        cursor=cursor,
        more=more,
        quota=graph.quota,
        not_before=meta_usage.not_before(graph.quota, pull.now),
        notice="; ".join(one for one in (skipped.notice(), notice) if one) or None,
    )
