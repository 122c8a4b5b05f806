"""What goes out through a Facebook page: posts with photos or a video, comments, likes, hiding, deleting.

https://developers.facebook.com/docs/pages-api/posts/, /docs/graph-api/reference/page/photos/ and
/docs/video-api/guides/publishing. There is no key by which the network takes a post once. So whatever can be repeated
comes first: photos are uploaded unpublished, and one last call publishes them. A video can't be prepared so: its upload
is the post. Whether something is out is ``facebook_find``'s matter.

Unverified: that a comment takes an unpublished photo by ``attachment_id``, and that a video tells its ``post_id``.
"""

from __future__ import annotations

from typing import Any

from smdash.core.errors import ErrorKind, PlatformError
from smdash.core.limits import links
from smdash.core.records import MentionKind
from smdash.core.text import safe_link
from smdash.locale import gettext as _
from smdash.platforms.items import text_of
from smdash.platforms.meta_graph import Graph, at, id_of, identifier, unexpected
from smdash.platforms.meta_token import PageCalls
from smdash.platforms.outgoing import Addressee, Medium, Outgoing, OutgoingKind, Published, addressee, before_sending
from smdash.platforms.problems import problem, quote


async def publish(out: Outgoing, calls: PageCalls) -> Published:
    """Send it, once. Raises PlatformError.

    A like, a hiding and a deletion are the same however often they are sent.
    """
    graph = calls.graph
    if out.kind is OutgoingKind.POST:
        if out.above is not None:
            return await _comment(out, out.above.root_id, graph)
        return await _post(out, calls)
    to = commented(out)
    if out.kind is OutgoingKind.REPLY:
        with before_sending():
            target = await answered_at(to, graph)
        return await _comment(out, target, graph)
    if out.kind is OutgoingKind.LIKE:
        _done(graph, await _about(graph.post(at(to.remote_id, "likes"))))
    elif out.kind is OutgoingKind.HIDE:
        _done(graph, await _about(graph.post(at(to.remote_id), {"is_hidden": True})))
    else:
        _done(graph, await _about(graph.delete(at(to.remote_id))))
    return Published(to.remote_id, to.url)


def commented(out: Outgoing) -> Addressee:
    """The comment or post that it is about. Raises PlatformError where that is none, or a direct message."""
    to = addressee(out)
    if to.kind is MentionKind.DM:
        sentence = _("direct messages are answered by the page's Messenger account")
        raise problem(ErrorKind.REJECTED, sentence, arrived=False)
    return to


async def answered_at(to: Addressee, graph: Graph) -> str:
    """The id below which an answer goes: what is answered, or the comment above it where that takes none.

    Comments have one level of answers. Raises PlatformError: gone where it is not there any more.
    """
    try:
        found = await graph.get(at(to.remote_id), {"fields": _fields_of(to)})
    except PlatformError as error:
        if error.kind is ErrorKind.GONE:
            raise problem(ErrorKind.GONE, _("what is answered is not there any more"), arrived=False) from None
        raise
    if identifier(found.get("id")) != to.remote_id:
        raise unexpected(graph.host)
    above = id_of(found.get("parent"))
    return above if found.get("can_comment") is False and above is not None else to.remote_id


def _fields_of(to: Addressee) -> str:
    # A post has no such fields, and asking for them is an error.
    return "id" if to.kind in (MentionKind.MENTION, MentionKind.REVIEW) else "id,can_comment,parent{id}"


async def _about(call: Any) -> dict[str, Any]:
    """An act on something of others. Raises PlatformError: gone where it is not there any more."""
    try:
        found: dict[str, Any] = await call
    except PlatformError as error:
        if error.kind is ErrorKind.GONE:
            raise problem(ErrorKind.GONE, _("what this is about is not there any more"), arrived=False) from None
        raise
    return found


def _done(graph: Graph, found: dict[str, Any]) -> None:
    if found.get("success") is not True:
        raise unexpected(graph.host)


async def _comment(out: Outgoing, target: str, graph: Graph) -> Published:
    fields: dict[str, Any] = {"message": out.text, "fields": "id,permalink_url"}
    with before_sending():
        if out.media:
            if len(out.media) > 1 or _major(out.media[0]) != "image":
                raise problem(ErrorKind.REJECTED, _("a comment on Facebook takes one picture, and nothing else"))
            fields["attachment_id"] = await _photo(out.media[0], "me", graph)
    return _published(graph, await graph.post(at(target, "comments"), fields))


async def _post(out: Outgoing, calls: PageCalls) -> Published:
    kinds = {_major(one) for one in out.media}
    if kinds == {"video"} and len(out.media) == 1:
        return await _video(out, out.media[0], calls)
    if kinds - {"image"}:
        raise problem(ErrorKind.REJECTED, _("a post on Facebook takes pictures, or one video"), arrived=False)
    fields: dict[str, Any] = {"message": out.text} if out.text else {}
    with before_sending():
        # Each time anew: without a post nobody sees them, and the network drops them after a day.
        photos = [await _photo(one, calls.page_id, calls.graph) for one in out.media]
    if photos:
        fields["attached_media"] = [{"media_fbid": one} for one in photos]
    elif found := links(out.text):
        fields["link"] = found[0]
    fields["fields"] = "id,permalink_url"
    return _published(calls.graph, await calls.graph.post(at(calls.page_id, "feed"), fields))


async def _photo(medium: Medium, page_id: str, graph: Graph) -> str:
    texts = {"published": "false"} | ({"alt_text_custom": medium.alt} if medium.alt else {})
    found = await _of_the_file(medium, graph.upload(at(page_id, "photos"), medium, "source", texts))
    photo = identifier(found.get("id"))
    if photo is None:
        raise unexpected(graph.host)
    return photo


async def _video(out: Outgoing, medium: Medium, calls: PageCalls) -> Published:
    """Upload a video, which is the post. Its post's id is told later than its own, so that may stand for it."""
    graph = calls.graph
    texts = {"description": out.text} if out.text else {}
    made = await _of_the_file(medium, graph.upload(at(calls.page_id, "videos"), medium, "source", texts))
    video = identifier(made.get("id"))
    if video is None:
        raise unexpected(graph.host)
    try:
        return video_post(await graph.get(at(video), {"fields": "id,post_id,permalink_url"}), calls.page_id)
    except PlatformError:
        # It is out, whatever else could be told of it.
        return Published(video)


def video_post(found: dict[str, Any], page_id: str) -> Published:
    """The record of a video: its post where that is told, whose id may lack the page's."""
    video, post = identifier(found.get("id")) or "", identifier(found.get("post_id"))
    if post is not None and "_" not in post:
        post = f"{page_id}_{post}"
    return Published(post or video, address_of(found))


def address_of(found: dict[str, Any]) -> str | None:
    """Where people see it; of videos the address lacks its host."""
    told = text_of(found.get("permalink_url"))
    return safe_link(f"https://www.facebook.com{told}" if told.startswith("/") else told)


async def _of_the_file(medium: Medium, call: Any) -> dict[str, Any]:
    """An upload. Raises PlatformError that names the file, where it was the file that was refused."""
    try:
        found: dict[str, Any] = await call
    except PlatformError as error:
        if error.kind is not ErrorKind.REJECTED or medium.shown in str(error):
            raise
        sentence = _("the file {name} is not taken: {problem}").format(name=quote(medium.shown), problem=error)
        raise problem(ErrorKind.REJECTED, sentence, arrived=error.arrived) from None
    return found


def _published(graph: Graph, made: dict[str, Any]) -> Published:
    """The record of what an answer of success holds. Raises PlatformError: it may be done all the same."""
    remote_id = identifier(made.get("id"))
    if remote_id is None:
        raise unexpected(graph.host)
    return Published(remote_id, address_of(made))


def _major(medium: Medium) -> str:
    return medium.media_type.partition("/")[0]
