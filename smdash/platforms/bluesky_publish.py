"""What goes out to Bluesky: posts, answers and likes; direct messages and hiding have modules of their own.

A record's key is its author's to choose. Ours is made of the delivery's key and the time of its first try, so that
every try writes to the same place: there the network takes one record, and there it is found.
Link cards are not made: that would mean to fetch the page, and to write for the author what it is about.
Lexicons com.atproto.repo.createRecord and getRecord, app.bsky.feed.post, like and getPosts; https://atproto.com/specs/tid.
"""

from __future__ import annotations

import hashlib
import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from smdash.core.clock import EPOCH, encode
from smdash.core.errors import ErrorKind, PlatformError
from smdash.core.records import MentionKind
from smdash.core.text import safe_link
from smdash.locale import gettext as _
from smdash.platforms import bluesky_hide as hiding
from smdash.platforms import bluesky_message as messages
from smdash.platforms.bluesky_errors import lacks_record, may_be_there, unexpected
from smdash.platforms.bluesky_facets import dids_of, facets
from smdash.platforms.bluesky_records import POST, clean_surrogates, uri_parts
from smdash.platforms.bluesky_session import Caller
from smdash.platforms.items import objects
from smdash.platforms.outgoing import Outgoing, OutgoingKind, Published, before_sending
from smdash.platforms.problems import problem

LIKE = "app.bsky.feed.like"
# Of the newest records so many are looked through.
_NEWEST = 100
_TID_LETTERS = "234567abcdefghijklmnopqrstuvwxyz"
_CID = re.compile(r"[A-Za-z0-9+/=_\-]{1,200}")


def record_key(key: str, first_at: datetime) -> str:
    """The record key of a delivery: a TID, 13 letters that sort by time.

    Its time is that of the first try, to the millisecond, as it is kept. The microseconds and the ten bits that name a
    clock come from the delivery's *key*, so that two deliveries of one moment don't meet.
    """
    mixed = int.from_bytes(hashlib.sha256(key.encode("utf-8", "replace")).digest()[:8])
    microseconds = (first_at - EPOCH) // timedelta(milliseconds=1) * 1_000 + mixed % 1_000
    number = microseconds << 10 | mixed // 1_000 % 1_024
    return "".join(_TID_LETTERS[number >> shift & 31] for shift in range(60, -1, -5))


async def publish(out: Outgoing, caller: Caller) -> Published:
    """See ``outgoing.Publisher``; of what a network error leaves open, a look decides where it can."""
    if _is_message(out):
        return await messages.send(out, caller)
    if out.kind is OutgoingKind.HIDE:
        return await hiding.hide(out, caller)
    with before_sending():
        collection = _collection(out)
        record: dict[str, Any] = {"$type": collection, "createdAt": encode(out.first_at)}
        if out.kind is not OutgoingKind.POST:
            subject = await _subject(out, caller)
            if out.kind is OutgoingKind.LIKE and subject.like is not None:
                return Published(subject.like)
            record |= _towards(out, subject)
        if collection == POST:
            text = clean_surrogates(out.text)
            record["text"] = text
            if found := facets(text, await dids_of(text, caller)):
                record["facets"] = found
        session = await caller.session()
    body = {"repo": session.did, "collection": collection, "rkey": record_key(out.key, out.first_at), "record": record}
    answer = await caller.procedure("com.atproto.repo.createRecord", body)
    if may_be_there(answer):
        with suppress(PlatformError):
            if (there := await _look(out, caller, collection)) is not None:
                return there
    found = caller.judged(answer).json()
    uri = found.get("uri") if isinstance(found, dict) else None
    if uri != f"at://{session.did}/{collection}/{body['rkey']}":
        # Another call's answer, or a server that chose a place of its own.
        there = await _look(out, caller, collection)
        if there is None:
            raise unexpected(answer)
        return there
    return _published(uri)


async def find(out: Outgoing, caller: Caller) -> Published | None:
    """See ``outgoing.Publisher``: by the record's key; a direct message, which has none, by its text."""
    if _is_message(out):
        return await messages.find(out, caller)
    if out.kind is OutgoingKind.HIDE:
        return await hiding.find(out, caller)
    return await _look(out, caller, _collection(out))


async def is_there(uri: str, caller: Caller) -> bool:
    """Whether the record at this address is there still. Raises PlatformError where that can't be told."""
    parts = uri_parts(uri)
    if parts is None:
        raise problem(ErrorKind.REJECTED, _("on Bluesky only posts can be looked for, and this is none"), arrived=False)
    repo, collection, rkey = parts
    params = {"repo": repo, "collection": collection, "rkey": rkey}
    answer = await caller.query("com.atproto.repo.getRecord", params)
    if lacks_record(answer):
        return False
    found = caller.judged(answer).json()
    if not isinstance(found, dict) or found.get("uri") != uri:
        raise unexpected(answer)
    return True


def _is_message(out: Outgoing) -> bool:
    return out.kind is OutgoingKind.REPLY and out.addressee is not None and out.addressee.kind is MentionKind.DM


def _collection(out: Outgoing) -> str:
    """Where records of this kind lie. Raises PlatformError (rejected) for what Bluesky does not let an account do."""
    if out.kind in (OutgoingKind.POST, OutgoingKind.REPLY):
        return POST
    if out.kind is OutgoingKind.LIKE:
        return LIKE
    raise problem(
        ErrorKind.REJECTED, _("on Bluesky only the author of a post can delete it; hide it instead"), arrived=False
    )


async def _look(out: Outgoing, caller: Caller, collection: str) -> Published | None:
    if out.first_at <= EPOCH:
        # A restored row has lost it, and under another key nothing would be found, however surely it is out.
        sentence = _("when its first try began is not known any more, and so neither is its place on Bluesky")
        raise problem(ErrorKind.UNKNOWN, sentence)
    session = await caller.session()
    rkey = record_key(out.key, out.first_at)
    uri = f"at://{session.did}/{collection}/{rkey}"
    params = {"repo": session.did, "collection": collection, "rkey": rkey}
    answer = await caller.query("com.atproto.repo.getRecord", params)
    if lacks_record(answer):
        return await _look_around(out, caller, session.did, collection)
    found = caller.judged(answer).json()
    if not isinstance(found, dict) or found.get("uri") != uri or not isinstance(found.get("value"), dict):
        raise unexpected(answer)
    return _published(uri)


async def _look_around(out: Outgoing, caller: Caller, did: str, collection: str) -> Published | None:
    """Look among the newest records, for a server that puts them elsewhere than it was asked to.

    What we write carries the moment of its first try, to the millisecond.
    """
    params: dict[str, str | int | list[str]] = {"repo": did, "collection": collection, "limit": _NEWEST}
    answer = await caller.query("com.atproto.repo.listRecords", params)
    if answer.status in (400, 404, 501):
        return None  # it can't list, and where it was asked to put the record there is none
    listed = caller.judged(answer).json()
    records = listed.get("records") if isinstance(listed, dict) else None
    if not isinstance(records, list):
        raise unexpected(answer)
    for one in objects(records):
        uri, record = one.get("uri"), one.get("value")
        parts = uri_parts(uri)
        if not isinstance(uri, str) or parts is None or parts[:2] != (did, collection) or not isinstance(record, dict):
            continue
        if record.get("createdAt") == encode(out.first_at) and _is_of(out, record):
            return _published(uri)
    return None


def _is_of(out: Outgoing, record: dict[str, Any]) -> bool:
    if out.kind is OutgoingKind.LIKE:
        subject = record.get("subject")
        return isinstance(subject, dict) and out.addressee is not None and subject.get("uri") == out.addressee.remote_id
    return record.get("text") == clean_surrogates(out.text)


def _published(uri: str) -> Published:
    parts = uri_parts(uri)
    if parts is None or parts[1] != POST:
        return Published(uri)
    # By the DID, because a handle may change hands.
    return Published(uri, safe_link(f"https://bsky.app/profile/{parts[0]}/post/{parts[2]}"))


@dataclass(frozen=True, slots=True)
class _Subject:
    """The post that is answered or liked. ``like`` is the account's own like of it, ``closed`` that it takes none of
    our answers."""

    ref: dict[str, str]
    root: dict[str, str]
    like: str | None = None
    closed: bool = False


def _towards(out: Outgoing, subject: _Subject) -> dict[str, Any]:
    """What of the record names the post that it is for."""
    if out.kind is OutgoingKind.LIKE:
        return {"subject": subject.ref}
    if subject.closed:
        sentence = _("the author lets only some people answer this post, and the account {name} is not one of them")
        raise problem(ErrorKind.PERMISSION, sentence.format(name=out.credentials.name))
    return {"reply": {"root": subject.root, "parent": subject.ref}}


async def _subject(out: Outgoing, caller: Caller) -> _Subject:
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
            if post.get("uri") == uri and (subject := _read(post, uri, post.get("record"))) is not None:
                return subject
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


def _read(found: dict[str, Any], uri: str, record: object) -> _Subject | None:
    cid = found.get("cid")
    if not isinstance(cid, str) or _CID.fullmatch(cid) is None or not isinstance(record, dict):
        return None
    ref = {"uri": uri, "cid": cid}
    reply, viewer = record.get("reply"), found.get("viewer")
    viewer = viewer if isinstance(viewer, dict) else {}
    like = viewer.get("like")
    liked = uri_parts(like)
    return _Subject(
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
