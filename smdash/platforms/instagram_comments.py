"""Comments below the account's own posts, and their answers, one page a call.

Instagram lists comments by post and tells no changes, so each run reads the newest fifty posts, and fifty older ones in
turn, and asks for the comments of those whose number of comments is another one than before. One post more is read in
each run whatever its number says: one comment that came while another one went leaves it as it was. An edited comment
and one that was hidden are seen then, too. That somebody deleted a comment is not told: one that is missing may be out
of sight for other reasons, so none is taken for deleted.
https://developers.facebook.com/docs/instagram-platform/comment-moderation
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from smdash.core.clock import encode
from smdash.core.errors import ErrorKind, PlatformError
from smdash.core.records import IncomingMention
from smdash.core.text import safe_link
from smdash.locale import gettext as _
from smdash.platforms import meta_usage
from smdash.platforms.answers import iso_date
from smdash.platforms.base import Pull, Pulled
from smdash.platforms.cursors import dump, fields_of
from smdash.platforms.instagram_records import COMMENT_FIELDS, REPLY_FIELDS, Media, read_comment
from smdash.platforms.instagram_session import Me, Session
from smdash.platforms.items import Malformed, Skipped, objects, text_of
from smdash.platforms.meta_graph import Graph, Page, Values, at, identifier, is_cursor, next_cursor

FIRST_SYNC = timedelta(days=7)
_POSTS = 50
# How many posts are watched: the newest, and as many older ones as ten runs see.
WATCHED = 500
_COMMENTS = 50
# Pages of one post's comments, and of one comment's answers. What lies below is seen when it was new.
PAGES = 20
_REPLY_PAGES = 5


@dataclass(frozen=True, slots=True)
class Place:
    """A cursor. ``counts`` are the numbers of comments that were read, by post, the newest posts first.

    ``todo`` are the posts whose comments are to be read: id, address, number. ``after`` and ``pages`` say how far the
    first of them was; ``deep`` and ``depth`` how far the older posts were looked at, ``turn`` which post was last read
    in turn. Nothing from before ``since`` is handed over. ``me`` is the account: id, alias, user name.
    """

    since: str = ""
    me: tuple[str, ...] = ()
    counts: dict[str, int] = field(default_factory=dict)
    todo: tuple[tuple[str, str, int], ...] = ()
    after: str = ""
    pages: int = 0
    deep: str = ""
    depth: int = 0
    turn: str = ""


def load(text: str | None) -> Place:
    """Read a cursor; one that can't be read starts anew (what comes twice changes nothing)."""
    found = fields_of(text)
    counts = found.get("counts")
    since = iso_date(found.get("since"))
    me = found.get("me")
    whose = tuple(one for one in me if isinstance(one, str)) if isinstance(me, list) and len(me) == 3 else ()
    return Place(
        since="" if since is None else encode(since),
        me=whose,
        counts={key: one for key, one in counts.items() if _is_count(one)} if isinstance(counts, dict) else {},
        todo=tuple(_todo(found.get("todo"))) if len(whose) == 3 else (),
        after=found["after"] if is_cursor(found.get("after")) else "",
        pages=found["pages"] if _is_count(found.get("pages")) else 0,
        deep=found["deep"] if is_cursor(found.get("deep")) else "",
        depth=found["depth"] if _is_count(found.get("depth")) else 0,
        turn=identifier(found.get("turn")) or "",
    )


def _todo(value: object) -> Iterator[tuple[str, str, int]]:
    for one in value if isinstance(value, list) else []:
        if isinstance(one, list) and len(one) == 3 and identifier(one[0]) and isinstance(one[1], str):
            yield one[0], one[1], one[2] if _is_count(one[2]) else 0


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


async def pull(pull: Pull, session: Session | None, place: Place, graph: Graph) -> Pulled:
    """One step: the list of posts (for which *session* says who we are), or a page of one post's comments.

    Raises PlatformError.
    """
    skipped = Skipped()
    mentions: list[IncomingMention] = []
    notice = None
    if session is not None:
        place = await _look(session, place, pull.now, skipped)
    else:
        place, mentions, cut = await _read(graph, place, pull, skipped)
        notice = _("a post has more comments than are read; the oldest were left out") if cut else None
    words = [one for one in (skipped.notice(), notice) if one]
    return Pulled(
        mentions=mentions,
        cursor=dump(place),
        more=bool(place.todo),
        quota=graph.quota,
        not_before=meta_usage.not_before(graph.quota, pull.now),
        notice="; ".join(words) or None,
    )


async def _look(session: Session, place: Place, now: datetime, skipped: Skipped) -> Place:
    """Look which posts have other numbers of comments than before."""
    me = session.me
    fields: Values = {"fields": "id,permalink,comments_count", "limit": _POSTS}
    path = at(me.id, "media")
    newest = await session.graph.page(path, fields)
    top = list(_posts(newest, skipped))
    below, deep, depth = await _deeper(session.graph, path, fields, place, newest, skipped)
    first = not place.since
    changed = [one for one in top if one[2] and place.counts.get(one[0]) != one[2]]
    # An older post that is met for the first time may have got comments since the first run.
    changed += [one for one in below if place.counts.get(one[0]) != one[2] and one[2]]
    swept = _next_in_turn([one for one in top if one[2]], place.turn)
    if swept is not None and not first and swept[0] not in {one[0] for one in changed}:
        changed.append(swept)
    # What is to be read gets its number once that was done; of the others it is as it was, or known from now on.
    waiting = {one[0] for one in changed}
    told = {one[0]: one[2] for one in (*top, *below) if one[0] not in waiting}
    order = dict.fromkeys((*(one[0] for one in top), *place.counts, *(one[0] for one in below)))
    known = place.counts | told
    return replace(
        place,
        since=place.since or encode(now - FIRST_SYNC),
        me=(me.id, me.alias, me.username),
        counts={key: known[key] for key in [one for one in order if one in known][:WATCHED]},
        todo=tuple(changed),
        after="",
        pages=0,
        deep=deep,
        depth=depth,
        turn=swept[0] if swept is not None else "",
    )


async def _deeper(
    graph: Graph, path: str, fields: Values, place: Place, newest: Page, skipped: Skipped
) -> tuple[list[tuple[str, str, int]], str, int]:
    """The next page of older posts, and where the one after it begins."""
    after = place.deep or newest.after
    if not after or not place.since:
        return [], "", 0
    try:
        page = await graph.page(path, {**fields, "after": after})
    except PlatformError as error:
        if error.kind is ErrorKind.REJECTED and place.deep:
            return [], "", 0  # the network forgot where we were
        raise
    depth = place.depth + 1
    goes_on = page.after and (depth + 1) * _POSTS < WATCHED
    return list(_posts(page, skipped)), (page.after or "") if goes_on else "", depth if goes_on else 0


def _posts(page: Page, skipped: Skipped) -> Iterator[tuple[str, str, int]]:
    for item in page.items:
        found = identifier(item.get("id")) if isinstance(item, dict) else None
        if found is None:
            skipped.add("id")
            continue
        count = item.get("comments_count")
        # Where the number is not told, as beside comments that were switched off, there is nothing to read.
        yield found, safe_link(text_of(item.get("permalink"))) or "", count if _is_count(count) else 0


def _next_in_turn(posts: list[tuple[str, str, int]], turn: str) -> tuple[str, str, int] | None:
    ids = [one[0] for one in posts]
    return posts[(ids.index(turn) + 1) % len(ids) if turn in ids else 0] if posts else None


async def _read(graph: Graph, place: Place, pull: Pull, skipped: Skipped) -> tuple[Place, list[IncomingMention], bool]:
    """Read one page of the first post that waits; whether there were more than are read."""
    post, url, count = place.todo[0]
    fields: Values = {"fields": COMMENT_FIELDS, "limit": _COMMENTS}
    done = replace(place, todo=place.todo[1:], after="", pages=0)
    try:
        page = await graph.page(at(post, "comments"), fields | ({"after": place.after} if place.after else {}))
    except PlatformError as error:
        if error.kind is ErrorKind.GONE:
            return replace(done, counts={key: one for key, one in place.counts.items() if key != post}), [], False
        if error.kind is ErrorKind.REJECTED and place.after:
            return replace(place, after="", pages=0), [], False  # the network forgot where we were
        raise
    me = Me(place.me[0], place.me[2], alias=place.me[1])
    media, floor = Media(post, url or None), iso_date(place.since) or pull.now - FIRST_SYNC
    found: dict[str, IncomingMention] = {}
    for item in page.items:
        for comment, above in await _with_replies(graph, item):
            try:
                one = read_comment(comment, account=pull.credentials.name, me=me, media=media, above=above)
            except Malformed as lack:
                skipped.add(str(lack))
                continue
            if one.sent_at >= floor:
                found[one.remote_id] = one
    if page.after and page.after != place.after and place.pages + 1 < PAGES:
        return replace(place, after=page.after, pages=place.pages + 1), list(found.values()), False
    return replace(done, counts=place.counts | {post: count}), list(found.values()), page.after is not None


async def _with_replies(graph: Graph, item: Any) -> list[tuple[Any, str | None]]:
    """A comment and its answers, each with the comment that it is below."""
    above = identifier(item.get("id")) if isinstance(item, dict) else None
    replies = item.get("replies") if isinstance(item, dict) else None
    found: list[tuple[Any, str | None]] = [(item, None)]
    if above is None or not isinstance(replies, dict):
        return found
    found += [(one, above) for one in objects(replies.get("data"))]
    after = next_cursor(replies)
    for _page in range(_REPLY_PAGES):
        if after is None:
            break
        page = await graph.page(at(above, "replies"), {"fields": REPLY_FIELDS, "limit": _COMMENTS, "after": after})
        found += [(one, above) for one in page.items]
        after = page.after if page.after != after else None
    return found
