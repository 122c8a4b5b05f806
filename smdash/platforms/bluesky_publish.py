"""What goes out to Bluesky: posts, answers and likes; messages, hiding, files and cards have modules of their own.

A record's key is its author's to choose. Ours is made of the delivery's key and the time of its first try, so that
every try writes to the same place: there the network takes one record, and there it is found.
A later try may hold another card, other blobs and another time; the key alone says that it is the same.
Lexicons com.atproto.repo.createRecord and getRecord, app.bsky.feed.post and like; https://atproto.com/specs/tid.
"""

from __future__ import annotations

import hashlib
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from smdash.core.clock import EPOCH, encode
from smdash.core.errors import ErrorKind, PlatformError
from smdash.core.records import MentionKind
from smdash.core.text import safe_link
from smdash.locale import gettext as _
from smdash.platforms import bluesky_hide as hiding
from smdash.platforms import bluesky_message as messages
from smdash.platforms.answers import iso_date
from smdash.platforms.bluesky_errors import lacks_record, may_be_there, unexpected
from smdash.platforms.bluesky_facets import dids_of, facets
from smdash.platforms.bluesky_media import embedded, refuse_unfit
from smdash.platforms.bluesky_records import POST, clean_surrogates, uri_parts
from smdash.platforms.bluesky_refs import LIKE, below, subject, towards
from smdash.platforms.bluesky_session import Caller
from smdash.platforms.items import objects
from smdash.platforms.outgoing import Outgoing, OutgoingKind, Published, before_sending
from smdash.platforms.problems import problem

# Of the newest records so many are looked through.
_NEWEST = 100
_TID_LETTERS = "234567abcdefghijklmnopqrstuvwxyz"


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
        refuse_unfit(out)
        # The time of this try: by that of the first one, a post that had to wait would come up far down in every feed.
        record: dict[str, Any] = {"$type": collection, "createdAt": encode(out.now)}
        if out.kind is not OutgoingKind.POST:
            one = await subject(out, caller)
            if out.kind is OutgoingKind.LIKE and one.like is not None:
                return Published(one.like)
            record |= towards(out, one)
        elif out.above is not None:
            record |= await below(out.above, caller)
        if collection == POST:
            text = clean_surrogates(out.text)
            record["text"] = text
            if found := facets(text, await dids_of(text, caller)):
                record["facets"] = found
            record |= await embedded(out, caller)
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

    What we write carries the moment of its try, by our own clock: none is older than the first one.
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
        made = iso_date(record.get("createdAt"))
        if made is not None and _whole(out.first_at) <= made <= out.now and _is_of(out, record):
            return _published(uri)
    return None


def _whole(moment: datetime) -> datetime:
    """To the millisecond, as it is kept."""
    return moment.replace(microsecond=moment.microsecond // 1_000 * 1_000)


def _is_of(out: Outgoing, record: dict[str, Any]) -> bool:
    if out.kind is OutgoingKind.LIKE:
        subject = record.get("subject")
        return isinstance(subject, dict) and out.addressee is not None and subject.get("uri") == out.addressee.remote_id
    reply = record.get("reply")
    parent = reply.get("parent") if isinstance(reply, dict) else None
    above = out.above or out.addressee
    below = parent.get("uri") if isinstance(parent, dict) else None
    return record.get("text") == clean_surrogates(out.text) and below == (above.remote_id if above else None)


def _published(uri: str) -> Published:
    parts = uri_parts(uri)
    if parts is None or parts[1] != POST:
        return Published(uri)
    # By the DID, because a handle may change hands.
    return Published(uri, safe_link(f"https://bsky.app/profile/{parts[0]}/post/{parts[2]}"))
