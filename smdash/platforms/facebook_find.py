"""Whether a delivery is out on Facebook: a look among the page's newest posts, or below what was answered.

https://developers.facebook.com/docs/graph-api/reference/page/published_posts/ and /object/comments/. A video is among
the posts only when the network is done with it, and its own list can't be read, so for the first hour nothing found is
no proof.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from smdash.core.errors import ErrorKind, PlatformError
from smdash.core.text import clean, one_line
from smdash.locale import gettext as _
from smdash.platforms.facebook_publish import address_of, commented
from smdash.platforms.items import objects, text_of
from smdash.platforms.meta_graph import Graph, Page, Values, at, id_of, identifier, moment, unexpected
from smdash.platforms.meta_token import PageCalls
from smdash.platforms.outgoing import Outgoing, OutgoingKind, Published
from smdash.platforms.problems import problem

# How far the network's clock may be behind ours.
SKEW = timedelta(minutes=5)
# How long the network may work on a video.
WORKING = timedelta(hours=1)
PAGES = 4
_PAGE = 50


async def find(out: Outgoing, calls: PageCalls) -> Published | None:
    """Look whether *out* is there. Raises PlatformError where that can't be told.

    A post is the page's own one that holds the same text, pictures and videos, made after the first try began, less
    five minutes for clocks; a comment the page's own one below the same thing. Of several, the first one made after the
    first try is taken. One that was deleted or rewritten at the network looks as if it had never been out.
    """
    graph = calls.graph
    if out.kind in (OutgoingKind.LIKE, OutgoingKind.HIDE, OutgoingKind.DELETE):
        return await _act(out, graph)
    search = _Search(out, calls.page_id)
    if out.kind is OutgoingKind.REPLY:
        to = commented(out)
        # Below a comment of the second level an answer may stand beside it.
        for target in dict.fromkeys((to.remote_id, to.thread_key or to.remote_id)):
            await _comments(search, target, graph)
    elif out.above is not None:
        await _comments(search, out.above.root_id, graph)
    else:
        fields = "id,message,created_time,permalink_url,attachments{media_type,subattachments{media_type}}"
        await search.look_back(graph, at(calls.page_id, "published_posts"), fields)
    found = search.result()
    if found is None and search.has_video and out.now - out.first_at < WORKING:
        raise problem(ErrorKind.UNKNOWN, _("Facebook may still be working on the video"))
    return found


async def is_there(remote_id: str, graph: Graph) -> bool:
    """Whether what went out under this id is there still. Raises PlatformError where that can't be told."""
    try:
        found = await graph.get(at(remote_id), {"fields": "id"})
    except PlatformError as error:
        if error.kind is ErrorKind.GONE:
            return False
        raise
    if identifier(found.get("id")) is None:
        raise unexpected(graph.host)
    return True


async def _act(out: Outgoing, graph: Graph) -> Published | None:
    to = commented(out)
    wanted = {OutgoingKind.LIKE: "user_likes", OutgoingKind.HIDE: "is_hidden"}.get(out.kind)
    try:
        found = await graph.get(at(to.remote_id), {"fields": f"id,{wanted}" if wanted else "id"})
    except PlatformError as error:
        if error.kind is not ErrorKind.GONE:
            raise
        # What is not there is deleted, and neither liked nor hidden.
        return Published(to.remote_id) if wanted is None else None
    if identifier(found.get("id")) != to.remote_id:
        raise unexpected(graph.host)
    return Published(to.remote_id, to.url) if wanted is not None and found.get(wanted) is True else None


async def _comments(search: _Search, target: str, graph: Graph) -> None:
    """Look below *target*; where that is gone, there is no answer to it either."""
    fields = "id,message,from{id},created_time,permalink_url,attachment{type}"
    try:
        await search.look_back(graph, at(target, "comments"), fields, comments=True)
    except PlatformError as error:
        if error.kind is not ErrorKind.GONE:
            raise


@dataclass
class _Search:
    """Judges what is listed, and keeps what may be the one.

    ``doubtful`` says that one which may be it could not be read, ``reached`` that everything since the first try was
    seen.
    """

    out: Outgoing
    me: str
    doubtful: bool = False
    reached: bool = True
    hits: list[tuple[datetime, dict[str, Any]]] = field(default_factory=list)

    @property
    def has_video(self) -> bool:
        return any(one.media_type.startswith("video/") for one in self.out.media)

    @property
    def since(self) -> datetime:
        return self.out.first_at - SKEW

    async def look_back(self, graph: Graph, path: str, fields: str, *, comments: bool = False) -> None:
        """Judge a list, newest first. Raises PlatformError."""
        params: Values = {"fields": fields, "limit": _PAGE}
        if comments:
            params |= {"filter": "stream", "order": "reverse_chronological"}
        for _count in range(PAGES):
            page = await graph.page(path, params)
            self._judge_all(page, comments)
            oldest = min((made for one in objects(page.items) if (made := _made(one)) is not None), default=None)
            if page.after is None or (oldest is not None and oldest < self.since):
                return
            params["after"] = page.after
        self.reached = False

    def best(self) -> dict[str, Any] | None:
        """The earliest hit from the first try on, else the latest one before it."""
        begun = self.out.first_at
        return min(self.hits, key=lambda hit: (hit[0] < begun, abs(hit[0] - begun)), default=(begun, None))[1]

    def result(self) -> Published | None:
        """What was found. Raises PlatformError where that can't be told."""
        found = self.best()
        if found is not None:
            return Published(str(found["id"]), address_of(found))
        if self.doubtful or not self.reached:
            sentence = _("it can't be told from the newest posts of the account {name} whether this is out; look there")
            raise problem(ErrorKind.UNKNOWN, sentence.format(name=self.out.credentials.name))
        return None

    def _judge_all(self, page: Page, comments: bool) -> None:
        for one in page.items:
            if isinstance(one, dict):
                self._judge(one, comments)
            else:
                self.doubtful = True

    def _judge(self, one: dict[str, Any], comments: bool) -> None:
        made, found = _made(one), identifier(one.get("id"))
        if made is not None and made < self.since:
            return
        if comments and id_of(one.get("from")) not in (self.me, None):
            return
        said = text_of(one.get("message"))
        if folded(said) != folded(self.out.text):
            return
        fits = comments or self._shows_the_same(one)
        if made is None or found is None or (comments and id_of(one.get("from")) is None):
            self.doubtful = True
        elif fits:
            self.hits.append((made, one | {"id": found}))
        elif folded(said):
            # The same words with other pictures: somebody may have changed them.
            self.doubtful = True

    def _shows_the_same(self, one: dict[str, Any]) -> bool:
        """Whether a post shows as many pictures, or a video where one was sent; a card of a link may be a video too."""
        pictures, videos = _shown(one)
        if self.has_video:
            return videos > 0 and not pictures
        return pictures == len(self.out.media)


def folded(text: str) -> str:
    """As the network shows it: blanks don't count."""
    return one_line(clean(text))


def _made(one: dict[str, Any]) -> datetime | None:
    return moment(one.get("created_time"))


def _shown(one: dict[str, Any]) -> tuple[int, int]:
    """How many pictures and videos a post shows; a card of a link is none."""
    attachments = one.get("attachments")
    kinds: list[str] = []
    for attachment in objects(attachments.get("data")) if isinstance(attachments, dict) else []:
        below = attachment.get("subattachments")
        parts = objects(below.get("data")) if isinstance(below, dict) else []
        kinds += [text_of(part.get("media_type")) for part in parts or [attachment]]
    return kinds.count("photo") + kinds.count("image"), kinds.count("video")
