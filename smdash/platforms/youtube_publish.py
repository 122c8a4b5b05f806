"""What goes out on YouTube: comments and answers, holding back and deleting them, each once; and whether it is out.

https://developers.google.com/youtube/v3/docs/comments (insert, setModerationStatus, delete), commentThreads/insert.
A comment carries no key of ours, so it is looked for among the newest below the same video or in the same thread.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from smdash.core.errors import ErrorKind, PlatformError
from smdash.core.text import clean, one_line
from smdash.locale import gettext as _
from smdash.platforms import youtube_upload
from smdash.platforms.answers import iso_date
from smdash.platforms.items import Malformed, objects, refuse_flood, text_of
from smdash.platforms.outgoing import Addressee, Outgoing, OutgoingKind, Published, addressee, before_sending
from smdash.platforms.problems import problem
from smdash.platforms.youtube_calls import Caller, identifier, items_of, object_of, own_channel, unexpected
from smdash.platforms.youtube_records import author_of, link, said_in

if TYPE_CHECKING:
    from smdash.platforms.client import Params

# How far YouTube's clock may be behind ours.
SKEW = timedelta(minutes=2)
_PAGES = 5
_HELD = ("heldForReview", "rejected", "likelySpam")


async def publish(out: Outgoing, caller: Caller, sleep: youtube_upload.Sleep) -> Published:
    """Send it, once. Raises PlatformError."""
    if out.kind is OutgoingKind.LIKE:
        raise problem(ErrorKind.REJECTED, _("YouTube lets no program like a comment"), arrived=False)
    if out.kind is OutgoingKind.POST and out.above is None:
        return await youtube_upload.upload(out, caller, sleep)
    if out.kind in (OutgoingKind.POST, OutgoingKind.REPLY) and out.media:
        raise problem(ErrorKind.REJECTED, _("YouTube takes no files in a comment"), arrived=False)
    if out.kind is OutgoingKind.POST:
        return await _comment(out, caller)
    to = addressee(out)
    if out.kind is OutgoingKind.REPLY:
        return await _reply(out, to, caller)
    if out.kind is OutgoingKind.HIDE:
        # What is held back can be let through again on YouTube's site; what is rejected can't.
        return await _moderate(to, caller, "heldForReview")
    with before_sending():
        me = str((await own_channel(caller))["id"])
        one = await _read(to.remote_id, caller)
        if one is None:
            return Published(to.remote_id)
    if author_of(_snippet(one)) == me:
        await caller.write("DELETE", "comments", {"id": to.remote_id})
        return Published(to.remote_id)
    return await _moderate(to, caller, "rejected")


async def _comment(out: Outgoing, caller: Caller) -> Published:
    """A comment of the channel's own below its video."""
    assert out.above is not None  # noqa: S101 for the type checker
    snippet = {"videoId": out.above.root_id, "topLevelComment": {"snippet": {"textOriginal": out.text}}}
    answer = await caller.write("POST", "commentThreads", {"part": "snippet"}, {"snippet": snippet})
    remote_id = identifier(object_of(answer).get("id"))
    if remote_id is None:
        raise unexpected(answer)
    return Published(remote_id, link(out.above.root_id, remote_id))


async def _reply(out: Outgoing, to: Addressee, caller: Caller) -> Published:
    snippet = {"parentId": _thread_of(to), "textOriginal": out.text}
    answer = await caller.write("POST", "comments", {"part": "snippet"}, {"snippet": snippet})
    remote_id = identifier(object_of(answer).get("id"))
    if remote_id is None:
        raise unexpected(answer)
    return Published(remote_id, _beside(to, remote_id))


async def _moderate(to: Addressee, caller: Caller, status: str) -> Published:
    params = {"id": to.remote_id, "moderationStatus": status}
    await caller.write("POST", "comments/setModerationStatus", params)
    return Published(to.remote_id)


def _thread_of(to: Addressee) -> str:
    """YouTube's threads have two levels: an answer to an answer goes below the first comment as well."""
    return to.thread_key or to.remote_id.partition(".")[0]


def _beside(to: Addressee, remote_id: str) -> str | None:
    """The address of a comment below the same video."""
    video_id = (to.url or "").partition("watch?v=")[2].partition("&")[0]
    return link(video_id or None, remote_id)


async def find(out: Outgoing, caller: Caller) -> Published | None:
    """Look whether it is out. Raises PlatformError where that can't be told."""
    if out.kind is OutgoingKind.LIKE:
        return None  # never sent
    if out.kind is OutgoingKind.POST and out.above is None:
        return await youtube_upload.find(out, caller)
    if out.kind is OutgoingKind.POST:
        assert out.above is not None  # noqa: S101 for the type checker
        params = {"part": "id,snippet", "videoId": out.above.root_id, "order": "time"}
        found = await _among(out, caller, "commentThreads", params)
        return None if found is None else Published(found, link(out.above.root_id, found))
    to = addressee(out)
    if out.kind is OutgoingKind.REPLY:
        found = await _among(out, caller, "comments", {"part": "id,snippet", "parentId": _thread_of(to)})
        return None if found is None else Published(found, _beside(to, found))
    one = await _read(to.remote_id, caller)
    if one is None:
        return Published(to.remote_id)
    state = _snippet(one).get("moderationStatus")
    if out.kind is OutgoingKind.DELETE:
        return Published(to.remote_id) if state == "rejected" else None
    if state not in (*_HELD, "published"):
        sentence = _("YouTube does not tell whether this comment is held back; look there")
        raise problem(ErrorKind.UNKNOWN, sentence)
    return Published(to.remote_id) if state in _HELD else None


async def is_there(out: Outgoing, remote_id: str, caller: Caller) -> bool:
    """Whether a video or a comment is there still. Raises PlatformError."""
    if out.kind is OutgoingKind.POST and out.above is None:
        found = await caller.get("videos", {"part": "id", "id": remote_id})
        return any(one.get("id") == remote_id for one in objects(items_of(found, caller)))
    return await _read(remote_id, caller) is not None


async def _read(remote_id: str, caller: Caller) -> dict[str, Any] | None:
    """A comment by its id, or nothing where it is gone."""
    params = {"part": "id,snippet", "id": remote_id, "textFormat": "plainText"}
    try:
        found = await caller.get("comments", params)
    except PlatformError as error:
        if error.kind is ErrorKind.GONE:
            return None
        raise
    return next((one for one in objects(items_of(found, caller)) if one.get("id") == remote_id), None)


def _snippet(one: dict[str, Any]) -> dict[str, Any]:
    found = one.get("snippet")
    return found if isinstance(found, dict) else {}


async def _among(out: Outgoing, caller: Caller, path: str, params: Params) -> str | None:
    """The id of our comment with this text, made since the first try. Raises PlatformError where it can't be told."""
    me = str((await own_channel(caller))["id"])
    since = out.first_at - SKEW
    wanted = one_line(clean(out.text))
    following, doubtful = "", False
    for _count in range(_PAGES):
        page = {
            **params,
            "maxResults": 100,
            "textFormat": "plainText",
            **({"pageToken": following} if following else {}),
        }
        found = await caller.get(path, page)
        items = items_of(found, caller)
        refuse_flood(items, caller.host)
        times = []
        for one in objects(items):
            top = _snippet(one).get("topLevelComment") if path == "commentThreads" else one
            snippet = _snippet(top) if isinstance(top, dict) else {}
            made, author = iso_date(snippet.get("publishedAt")), author_of(snippet)
            if made is not None:
                times.append(made)
            if made is not None and made < since:
                continue
            try:
                same = author in (me, None) and one_line(said_in(snippet)) == wanted
            except Malformed:
                doubtful = doubtful or author in (me, None)
                continue
            if same and author == me and made is not None and (remote_id := identifier(one.get("id"))) is not None:
                return remote_id
            doubtful = doubtful or same
        following = text_of(found.get("nextPageToken"))
        # Only the list of threads is known to be in order.
        if not following or not items or (path == "commentThreads" and times and max(times) < since):
            following = ""
            break
    if following or doubtful:
        sentence = _("it can't be told from the newest comments whether this is out; look there")
        raise problem(ErrorKind.UNKNOWN, sentence)
    return None
