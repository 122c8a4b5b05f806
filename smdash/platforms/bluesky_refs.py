"""What a record names: the post that it answers or likes, or the posts of the account's own that it goes below.

Each by its address and the hash of its content (a strong reference), which the network is asked for.
Lexicons com.atproto.repo.strongRef, com.atproto.repo.getRecord, app.bsky.feed.getPosts.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from smdash.core.errors import ErrorKind, PlatformError
from smdash.locale import gettext as _
from smdash.platforms.bluesky_errors import lacks_record, unexpected
from smdash.platforms.bluesky_records import POST, uri_parts
from smdash.platforms.bluesky_session import Caller
from smdash.platforms.items import objects
from smdash.platforms.outgoing import Above, Outgoing, OutgoingKind
from smdash.platforms.problems import problem

LIKE = "app.bsky.feed.like"
_CID = re.compile(r"[A-Za-z0-9+/=_\-]{1,200}")


@dataclass(frozen=True, slots=True)
class Subject:
    """The post that is answered or liked. ``like`` is the account's own like of it, ``closed`` that it takes none of
    our answers."""

    ref: dict[str, str]
    root: dict[str, str]
    like: str | None = None
    closed: bool = False


def towards(out: Outgoing, one: Subject) -> dict[str, Any]:
    """What of the record names the post that it is for."""
    if out.kind is OutgoingKind.LIKE:
        return {"subject": one.ref}
    if one.closed:
        sentence = _("the author lets only some people answer this post, and the account {name} is not one of them")
        raise problem(ErrorKind.PERMISSION, sentence.format(name=out.credentials.name))
    return {"reply": {"root": one.root, "parent": one.ref}}


async def below(above: Above, caller: Caller) -> dict[str, Any]:
    """What of a record says that it goes on a thread of the account's own. Raises PlatformError: gone where it can't.

    Asked of the account's own server: who shows posts to others hears of one a second later.
    """
    sentence = _("the post that this one goes below is not on Bluesky any more")
    parent = await _own(above.remote_id, caller, sentence)
    if above.root_id == above.remote_id:
        return {"reply": {"root": parent, "parent": parent}}
    sentence = _("the first post of the thread is not on Bluesky any more")
    return {"reply": {"root": await _own(above.root_id, caller, sentence), "parent": parent}}


async def _own(uri: str, caller: Caller, gone: str) -> dict[str, str]:
    parts = uri_parts(uri)
    if parts is None or parts[:2] != ((await caller.session()).did, POST):
        raise problem(ErrorKind.REJECTED, _("on Bluesky a thread goes on below the account's own posts only"))
    params = {"repo": parts[0], "collection": POST, "rkey": parts[2]}
    answer = await caller.query("com.atproto.repo.getRecord", params)
    if lacks_record(answer):
        raise problem(ErrorKind.GONE, gone)
    found = caller.judged(answer).json()
    ref = _strong_ref(found)
    if ref is None or ref["uri"] != uri:
        raise unexpected(answer)
    return ref


async def subject(out: Outgoing, caller: Caller) -> Subject:
    """Read what is answered or liked. Raises PlatformError: gone where it was deleted."""
    parts = uri_parts(out.addressee.remote_id) if out.addressee is not None else None
    if out.addressee is None or parts is None or parts[1] != POST:
        raise problem(ErrorKind.REJECTED, _("on Bluesky only posts can be answered or liked, and this is none"))
    uri = out.addressee.remote_id
    shows = True
    try:
        answer = await caller.get("app.bsky.feed.getPosts", {"uris": [uri]})
    except PlatformError as error:
        # A server whose AppView is away, or that has none, may still hold the record itself.
        if error.kind in (ErrorKind.AUTH, ErrorKind.RATE, ErrorKind.NETWORK):
            raise
        shows = False
    else:
        listed = answer.json()
        for post in objects(listed.get("posts") if isinstance(listed, dict) else None):
            if post.get("uri") == uri and (seen := _read(post, uri, post.get("record"))) is not None:
                return seen
    did, collection, rkey = parts
    params = {"repo": did, "collection": collection, "rkey": rkey}
    answer = await caller.query("com.atproto.repo.getRecord", params)
    if lacks_record(answer):
        raise problem(ErrorKind.GONE, _("the post is not on Bluesky any more; its author deleted it"))
    found = caller.judged(answer).json()
    read = _read(found, uri, found.get("value")) if isinstance(found, dict) else None
    if read is None:
        raise unexpected(answer)
    if shows:
        sentence = _(
            "Bluesky does not show this post to the account {name}: it was taken down, or one blocks the other"
        )
        raise problem(ErrorKind.PERMISSION, sentence.format(name=out.credentials.name))
    return read


def _read(found: dict[str, Any], uri: str, record: object) -> Subject | None:
    cid = found.get("cid")
    if not isinstance(cid, str) or _CID.fullmatch(cid) is None or not isinstance(record, dict):
        return None
    ref = {"uri": uri, "cid": cid}
    reply, viewer = record.get("reply"), found.get("viewer")
    viewer = viewer if isinstance(viewer, dict) else {}
    like = viewer.get("like")
    liked = uri_parts(like)
    return Subject(
        ref,
        # A post that answers nothing is the thread's first one.
        (_strong_ref(reply.get("root")) if isinstance(reply, dict) else None) or ref,
        like if liked is not None and liked[1] == LIKE else None,
        viewer.get("replyDisabled") is True,
    )


def _strong_ref(found: object) -> dict[str, str] | None:
    uri, cid = (found.get("uri"), found.get("cid")) if isinstance(found, dict) else (None, None)
    if uri_parts(uri) is None or not isinstance(uri, str) or not isinstance(cid, str) or not _CID.fullmatch(cid):
        return None
    return {"uri": uri, "cid": cid}
