"""What people write below a page's posts: one step a call, with what is left to do as the cursor.

Comments are read newest first, and the newest ones of each recent post again at every round, because a comment tells
nobody that it was edited, hidden or deleted. The newest posts are looked through at every round, those of four weeks
once an hour. A comment that was there in such a look and is missing in the next one is asked for by its id before it is
said to be deleted. https://developers.facebook.com/docs/graph-api/reference/page/published_posts/, /object/comments/.

What can't be pulled: posts of visitors (``visitor_posts`` is closed to pages of the New Pages Experience, as all are
by now) and recommendations (``ratings`` answers with error 12 from v22.0 on). Both can be pushed (``facebook_push``);
comments below posts of more than four weeks ago are pushed only.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from smdash.core.errors import ErrorKind, PlatformError
from smdash.core.records import IncomingMention
from smdash.platforms import meta_usage
from smdash.platforms.base import Pull, Pulled
from smdash.platforms.cursors import dump, fields_of
from smdash.platforms.facebook_records import COMMENT_FIELDS, UNKNOWN, deleted, read_comment
from smdash.platforms.items import Malformed, Skipped, objects, refuse_flood, text_of
from smdash.platforms.meta_graph import Graph, Values, at, identifier, is_cursor, moment, next_cursor
from smdash.platforms.meta_token import PageCalls

FIRST_SYNC = timedelta(days=7)
WINDOW = timedelta(days=28)
WALK_EVERY = timedelta(hours=1)
# How far clocks differ, and how late a comment may show up in a list.
OVERLAP = timedelta(minutes=15)
POSTS = 25
COMMENTS = 25
# Of a list that is read on, so many are on a page.
MORE = 100
# Ends for lists that never do.
MOST_PAGES = 20
_MOST_WAITING = 300
_MOST_KNOWN = 300
_MOST_ASKED = 10
_EXPANDED = f"comments.limit({COMMENTS}).order(reverse_chronological).filter(stream){{{COMMENT_FIELDS}}}"


@dataclass(frozen=True, slots=True)
class Waiting:
    """A post whose comments go on behind a cursor, to be read as far as a time (seconds since 1970)."""

    post: str
    after: str
    since: int
    pages: int = 0


# Of a comment that was there: when it was written, and by whom.
Known = tuple[int, str, str]


@dataclass(frozen=True, slots=True)
class Place:
    """A cursor. Times are seconds since 1970.

    Nothing from before ``start`` is wanted. ``seen`` and ``walked`` are when the newest posts, and all of them, were
    last looked through to their end. Of the round under way: ``begun`` is when it began, ``walking`` whether it goes
    through all posts, ``after`` where their list goes on, ``pages`` and ``posts`` how many were read, ``listed`` that
    there are no more, ``waiting`` what is to be read on. ``known`` are the comments that were there before, by their
    posts.
    """

    me: str = ""
    start: int = 0
    seen: int = 0
    walked: int = 0
    begun: int = 0
    walking: bool = False
    listed: bool = False
    after: str = ""
    pages: int = 0
    posts: int = 0
    waiting: tuple[Waiting, ...] = ()
    known: dict[str, dict[str, Known]] = field(default_factory=dict)


def load(text: str | None) -> Place:
    """Read a cursor; one that can't be read starts anew (what comes twice changes nothing)."""
    found = fields_of(text)
    numbers = {name: _whole(found.get(name)) for name in ("start", "seen", "walked", "begun", "pages", "posts")}
    return Place(
        me=identifier(found.get("me")) or "",
        walking=found.get("walking") is True,
        listed=found.get("listed") is True,
        after=str(found["after"]) if is_cursor(found.get("after")) else "",
        waiting=tuple(_waiting(found.get("waiting"))),
        known=_known(found.get("known")),
        **numbers,
    )


def _whole(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**40 else 0


def _waiting(value: object) -> Iterator[Waiting]:
    for one in objects(value):
        post, after = identifier(one.get("post")), one.get("after")
        if post is not None and is_cursor(after):
            yield Waiting(post, str(after), _whole(one.get("since")), _whole(one.get("pages")))


def _known(value: object) -> dict[str, dict[str, Known]]:
    found: dict[str, dict[str, Known]] = {}
    for post, comments in value.items() if isinstance(value, dict) else ():
        for comment, told in comments.items() if isinstance(comments, dict) else ():
            if isinstance(told, list) and len(told) == 3:
                known = (_whole(told[0]), text_of(told[1]), text_of(told[2]))
                found.setdefault(post, {})[comment] = known
    return found


def _newest(known: dict[str, dict[str, Known]]) -> dict[str, dict[str, Known]]:
    """The newest of them, as many as a cursor should hold."""
    ranked = sorted(
        ((told[0], post, one) for post, those in known.items() for one, told in those.items()), reverse=True
    )
    kept: dict[str, dict[str, Known]] = {}
    for _time, post, one in ranked[:_MOST_KNOWN]:
        kept.setdefault(post, {})[one] = known[post][one]
    return kept


async def pull_comments(pull: Pull, calls: PageCalls) -> Pulled:
    """One step: a page of posts with their newest comments, or a page of older comments. Raises PlatformError."""
    place = load(pull.cursor)
    now = int(pull.now.timestamp())
    if place.me != calls.page_id:
        first = now - int(FIRST_SYNC.total_seconds())
        place = Place(me=calls.page_id, start=first, seen=first, walked=first)
    if not place.begun:
        hour = int(WALK_EVERY.total_seconds())
        walks = place.walked <= place.start or not 0 <= now - place.walked < hour
        place = replace(place, begun=now, walking=walks, listed=False, after="", pages=0, posts=0)
    step = _Step(pull, calls.graph, place)
    if place.waiting:
        await step.older(place.waiting[0])
    else:
        await step.posts()
    return step.pulled()


@dataclass
class _Step:
    pull: Pull
    graph: Graph
    place: Place
    found: dict[str, IncomingMention] = field(default_factory=dict)
    skipped: Skipped = field(default_factory=Skipped)
    asked: int = 0

    def pulled(self) -> Pulled:
        place = self.place
        if place.listed and not place.waiting:
            # The round is over; only now is anything marked as read.
            walked = place.begun if place.walking else place.walked
            place = replace(
                place, seen=place.begun, walked=walked, begun=0, walking=False, listed=False, after="", pages=0
            )
        return Pulled(
            mentions=list(self.found.values()),
            cursor=dump(replace(place, known=_newest(place.known))),
            more=bool(place.begun),
            quota=self.graph.quota,
            not_before=meta_usage.not_before(self.graph.quota, self.pull.now),
            notice=self.skipped.notice(),
        )

    async def posts(self) -> None:
        """Look through a page of posts; what it leaves to read waits."""
        place = self.place
        params: Values = {"fields": f"id,created_time,{_EXPANDED}", "limit": POSTS}
        if place.after:
            params["after"] = place.after
        try:
            page = await self.graph.page(at(place.me, "published_posts"), params)
        except PlatformError as error:
            if not place.after or error.kind is not ErrorKind.REJECTED:
                raise
            # Cursors don't live for long: the round begins anew, and nothing of it was marked as read.
            self.place = replace(place, begun=0)
            return
        # A page may be shorter than was asked for.
        newest = place.posts + len(page.items) <= POSTS or not place.posts
        since = place.seen if newest else place.walked
        waiting: list[Waiting] = []
        old = False
        for post in page.items:
            post_id = identifier(post.get("id")) if isinstance(post, dict) else None
            if post_id is None:
                self.skipped.add("id")
                continue
            made = moment(post.get("created_time"))
            old = old or (made is not None and made < self.pull.now - WINDOW)
            waiting += await self._below(post_id, post.get("comments"), since)
        pages = place.pages + 1
        enough = place.posts + len(page.items) >= POSTS and not place.walking
        ended = enough or old or page.after in (None, place.after) or pages >= MOST_PAGES
        self.place = replace(
            self.place,
            waiting=tuple(waiting[:_MOST_WAITING]),
            listed=ended,
            after=page.after or "",
            pages=pages,
            posts=place.posts + len(page.items),
        )

    async def older(self, one: Waiting) -> None:
        """Read on below one post."""
        params: Values = {
            "fields": COMMENT_FIELDS, "filter": "stream", "order": "reverse_chronological", "limit": MORE,
            "after": one.after,
        }  # fmt: skip
        rest = self.place.waiting[1:]
        try:
            page = await self.graph.page(at(one.post, "comments"), params)
        except PlatformError as error:
            if error.kind not in (ErrorKind.GONE, ErrorKind.REJECTED):
                raise
            # The post was deleted meanwhile, or the cursor is too old: nothing of this round is marked as read then.
            begun = self.place.begun if error.kind is ErrorKind.GONE else 0
            self.place = replace(self.place, waiting=rest if begun else (), begun=begun)
            return
        times = self._take(one.post, page.items)
        goes_on = page.after is not None and page.after != one.after and one.pages + 1 < MOST_PAGES
        if goes_on and page.items and _reaches(times, one.since):
            rest = (replace(one, after=page.after or "", pages=one.pages + 1), *rest)
        self.place = replace(self.place, waiting=rest)

    async def _below(self, post_id: str, comments: object, since: int) -> list[Waiting]:
        """Take the newest comments of a post, find out which are gone, and say whether there are more to read."""
        # Of a post without any, the whole field is missing.
        listed = comments if isinstance(comments, dict) else {}
        items = listed.get("data")
        items = items if isinstance(items, list) else []
        refuse_flood(items, self.graph.host)
        times = self._take(post_id, items)
        after = next_cursor(listed)
        await self._missing(post_id, times, whole=after is None)
        known = {one: told for one, told in self.place.known.get(post_id, {}).items() if one not in times}
        fresh = {one: self._told(one, written) for one, written in times.items() if one in self.found}
        self.place = replace(self.place, known={**self.place.known, post_id: known | fresh})
        if after is not None and items and _reaches(times, since):
            return [Waiting(post_id, after, since)]
        return []

    def _take(self, post_id: str, items: list[Any]) -> dict[str, int]:
        """Keep the comments that are wanted; when each readable one was written, by its id."""
        times: dict[str, int] = {}
        for item in items:
            try:
                one = read_comment(item, account=self.pull.credentials.name, me=self.place.me, post_id=post_id)
            except Malformed as lack:
                self.skipped.add(str(lack))
                continue
            times[one.remote_id] = int(one.sent_at.timestamp())
            if times[one.remote_id] >= self.place.start:
                self.found[one.remote_id] = one
        return times

    def _told(self, comment: str, written: int) -> Known:
        one = self.found[comment]
        handle = "" if one.author_handle.startswith(UNKNOWN) else one.author_handle
        return written, handle, one.author_name if handle else ""

    async def _missing(self, post_id: str, times: dict[str, int], *, whole: bool) -> None:
        """Ask for the comments that should be among these and are not; *whole* says that these are all."""
        known = self.place.known.get(post_id, {})
        oldest = 0 if whole else min(times.values(), default=2**40)
        for one in [one for one, told in known.items() if one not in times and told[0] > oldest]:
            if self.asked >= _MOST_ASKED:
                return  # the others are still known in the next round
            self.asked += 1
            told = known.pop(one)
            try:
                await self.graph.get(at(one), {"fields": "id"})
            except PlatformError as error:
                if error.kind is not ErrorKind.GONE:
                    raise
                self.found[one] = deleted(
                    one, account=self.pull.credentials.name, handle=told[1], name=told[2],
                    at=datetime.fromtimestamp(told[0], UTC), post_id=post_id,
                )  # fmt: skip


def _reaches(times: dict[str, int], since: int) -> bool:
    """Whether there may be more behind these that is newer than *since*."""
    return min(times.values(), default=since) >= since - int(OVERLAP.total_seconds())
