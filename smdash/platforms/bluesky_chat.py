"""Bluesky's direct messages, which live on a service of their own and need an app password made with that right.

The change log says which conversations moved; of each of those, what was written lately is read. A first sync reads
the conversations that moved within a week instead.
Lexicons chat.bsky.convo.getLog, listConvos, getConvo, getMessages.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from smdash.core.clock import encode
from smdash.core.errors import ErrorKind, PlatformError
from smdash.core.records import IncomingMention, MentionKind
from smdash.core.text import clean, clean_name, one_line, safe_link
from smdash.locale import gettext as _
from smdash.platforms.answers import iso_date, quota
from smdash.platforms.base import Pull, Pulled
from smdash.platforms.bluesky_errors import LacksRight, unexpected
from smdash.platforms.bluesky_paging import FIRST_SYNC, LATE, is_cursor
from smdash.platforms.bluesky_records import handle_of, rich_text
from smdash.platforms.bluesky_session import Caller, Session, is_did
from smdash.platforms.cursors import dump as dump
from smdash.platforms.cursors import fields_of
from smdash.platforms.items import Malformed, Skipped, objects, refuse_flood, text_of

if TYPE_CHECKING:
    from smdash.platforms.client import Params

PROXY = "did:web:api.bsky.chat#bsky_chat"
# How the key of a thread begins that is a conversation.
THREAD = "dm:"
# How seldom a password without the right is tried again: its owner may have made another one.
ASK_AGAIN = timedelta(hours=6)
_PAGE = 100
# Pages of one conversation, and conversations that wait to be read.
_PAGES_MOST = 20
_MOST_WAITING = 300
_MESSAGE = "chat.bsky.convo.defs#messageView"


@dataclass(frozen=True, slots=True)
class Place:
    """A cursor. ``log`` is where the change log goes on, ``waiting`` the conversations that are still to be read.

    ``back`` and ``pages`` say how far the first of those was read, ``started`` that the first sync listed them all,
    ``listed`` how far it did, and ``since`` from which time on messages are wanted.
    """

    log: str = ""
    waiting: tuple[str, ...] = ()
    back: str = ""
    pages: int = 0
    started: bool = False
    listed: str = ""
    since: str = ""


def load(text: str | None) -> Place:
    """Read a cursor; one that can't be read starts anew (what comes twice changes nothing)."""
    found = fields_of(text)
    waiting = found.get("waiting")
    pages = found.get("pages")
    texts = {key: found[key] for key in ("log", "back", "listed", "since") if is_cursor(found.get(key))}
    return Place(
        waiting=tuple(one for one in waiting if is_cursor(one)) if isinstance(waiting, list) else (),
        pages=pages if isinstance(pages, int) and not isinstance(pages, bool) else 0,
        started=found.get("started") is True,
        **texts,
    )


async def is_missing(caller: Caller) -> bool:
    """Whether the app password lacks the right to direct messages. A chat service that is away says neither."""
    try:
        await caller.get("chat.bsky.convo.listConvos", {"limit": 1}, proxy=PROXY)
    except PlatformError as error:
        if error.kind is ErrorKind.RATE:
            raise
        return error.kind is ErrorKind.PERMISSION
    return False


async def pull(pull: Pull, caller: Caller, session: Session) -> Pulled:
    """One step: a page of a conversation, of the change log, or of the list of conversations. Raises PlatformError."""
    place = load(pull.cursor)
    try:
        if place.waiting:
            return await _conversation(place, pull, caller, session)
        if place.started:
            return await _log(place, pull, caller)
        return await _first(place, pull, caller)
    except PlatformError as error:
        if not isinstance(error, LacksRight):
            raise
        # Few brands give it that right, so it is a remark and not a failure; nothing is read and the place stays.
        return Pulled(cursor=pull.cursor, interval=ASK_AGAIN, notice=one_line(no_right(pull.credentials.name)))


def no_right(name: str) -> str:
    """What is to be done where the account's app password opens no direct messages."""
    return _(
        "the app password of {name} has no right to direct messages; make one on Bluesky that allows "
        "access to them and put it into the token file"
    ).format(name=name)


async def _ask(caller: Caller, method: str, params: Params) -> tuple[Any, dict[str, Any]]:
    answer = await caller.get(f"chat.bsky.convo.{method}", params, proxy=PROXY)
    found = answer.json()
    if not isinstance(found, dict):
        raise unexpected(answer)
    return answer, found


async def _first(place: Place, pull: Pull, caller: Caller) -> Pulled:
    """List the conversations; the log's present end is noted before, so that nothing falls in between."""
    if not place.log:
        answer, found = await _ask(caller, "getLog", {})
        if not isinstance(found.get("logs"), list):
            raise unexpected(answer)
        end = found.get("cursor")
        place = replace(place, log=str(end) if is_cursor(end) else "", since=encode(pull.now - FIRST_SYNC))
    params: Params = {"limit": _PAGE} | ({"cursor": place.listed} if place.listed else {})
    answer, found = await _ask(caller, "listConvos", params)
    if not isinstance(found.get("convos"), list):
        raise unexpected(answer)
    refuse_flood(found["convos"], answer.host)
    moved: list[str] = []
    old = False
    for convo in objects(found["convos"]):
        last = convo.get("lastMessage")
        sent_at = iso_date(last.get("sentAt")) if isinstance(last, dict) else None
        if sent_at is not None and sent_at < pull.now - FIRST_SYNC:
            old = True
        elif sent_at is not None and is_cursor(convo.get("id")):
            moved.append(convo["id"])
    following = found.get("cursor")
    ended = old or not is_cursor(following) or following == place.listed or place.pages + 1 >= _PAGES_MOST
    if ended:
        place = replace(place, started=True, listed="", pages=0)
    else:
        place = replace(place, listed=str(following), pages=place.pages + 1)
    # Listing goes on once these are read: where it stands is kept in ``listed``.
    place = replace(place, waiting=_merged((), moved))
    return Pulled(cursor=dump(place), more=bool(moved) or not ended, quota=quota(answer, pull.now))


async def _log(place: Place, pull: Pull, caller: Caller) -> Pulled:
    try:
        params: Params = {"cursor": place.log} if place.log else {}
        answer, found = await _ask(caller, "getLog", params)
    except PlatformError as error:
        if error.kind is not ErrorKind.REJECTED or not place.log:
            raise
        # The network forgot where we were: the next run starts as a first sync does.
        return Pulled(cursor=dump(Place()), notice=str(error))
    entries = found.get("logs")
    if not isinstance(entries, list):
        raise unexpected(answer)
    refuse_flood(entries, answer.host)
    # Some answers repeat the entry that the cursor names. Revisions sort as text.
    news = [entry for entry in objects(entries) if text_of(entry.get("rev")) > place.log]
    following = found.get("cursor")
    if not is_cursor(following):
        following = max((entry["rev"] for entry in news if is_cursor(entry["rev"])), default=place.log)
    moved = [
        entry["convoId"]
        for entry in news
        if text_of(entry.get("$type")).endswith("#logCreateMessage") and is_cursor(entry.get("convoId"))
    ]
    if following == place.log or not news:
        # All was read up to now; what is written from here on is wanted when the log names it.
        return Pulled(
            cursor=dump(replace(place, log=str(following), since=encode(pull.now - LATE))),
            quota=quota(answer, pull.now),
        )
    place = replace(place, log=str(following), waiting=_merged(place.waiting, moved))
    return Pulled(cursor=dump(place), more=True, quota=quota(answer, pull.now))


async def _conversation(place: Place, pull: Pull, caller: Caller, session: Session) -> Pulled:
    """A page of the first waiting conversation, newest first, and the names of who takes part."""
    convo_id = place.waiting[0]
    skipped = Skipped()
    try:
        _answer, convo = await _ask(caller, "getConvo", {"convoId": convo_id})
        params: Params = {"convoId": convo_id, "limit": _PAGE, **({"cursor": place.back} if place.back else {})}
        answer, found = await _ask(caller, "getMessages", params)
    except PlatformError as error:
        if error.kind not in (ErrorKind.REJECTED, ErrorKind.GONE):
            raise
        # Left or deleted meanwhile: it must not hold up the others.
        place = replace(place, waiting=place.waiting[1:], back="", pages=0)
        return Pulled(cursor=dump(place), more=True, notice=str(error))
    messages = found.get("messages")
    if not isinstance(messages, list):
        raise unexpected(answer)
    refuse_flood(messages, answer.host)
    since = iso_date(place.since) or pull.now - FIRST_SYNC
    people = _people(convo.get("convo"), found.get("relatedProfiles"))
    mentions, oldest = _read(messages, people, convo_id, pull, session, since, skipped)
    following = found.get("cursor")
    over = not messages or not is_cursor(following) or following == place.back or place.pages + 1 >= _PAGES_MOST
    if over or (oldest is not None and oldest < since):
        place = replace(place, waiting=place.waiting[1:], back="", pages=0)
    else:
        place = replace(place, back=str(following), pages=place.pages + 1)
    return Pulled(
        mentions=mentions,
        cursor=dump(place),
        more=True,  # the log, or the list, may hold more
        quota=quota(answer, pull.now),
        notice=skipped.notice(),
    )


def _read(
    messages: list[Any],
    people: dict[str, dict[str, Any]],
    convo_id: str,
    pull: Pull,
    session: Session,
    since: datetime,
    skipped: Skipped,
) -> tuple[list[IncomingMention], datetime | None]:
    """The messages, oldest first, each of ours as the answer to the last one before it that somebody else wrote."""
    found: list[IncomingMention] = []
    oldest: datetime | None = None
    asked: str | None = None
    for message in reversed(messages):
        if not isinstance(message, dict):
            skipped.add("message")
            continue
        if message.get("$type", _MESSAGE) != _MESSAGE:  # deleted, or a word of the system
            continue
        try:
            mention = read_message(message, people, convo_id, pull.credentials.name, session.did, asked)
        except Malformed as lack:
            skipped.add(str(lack))
            continue
        asked = asked if mention.own else mention.remote_id
        oldest = mention.sent_at if oldest is None else min(oldest, mention.sent_at)
        if mention.sent_at >= since:
            found.append(mention)
    return found, oldest


def read_message(
    message: dict[str, Any], people: dict[str, dict[str, Any]], convo_id: str, account: str, me: str, asked: str | None
) -> IncomingMention:
    """One message as a mention of *account*; one of ours answers *asked* unless it says what. Raises Malformed."""
    message_id = message.get("id")
    if not isinstance(message_id, str) or not is_cursor(message_id) or len(message_id) > 200:
        raise Malformed("id")
    sent_at = iso_date(message.get("sentAt"))
    if sent_at is None:
        raise Malformed("sentAt")
    sender = message.get("sender")
    did = sender.get("did") if isinstance(sender, dict) else None
    if not is_did(did) or not isinstance(did, str):
        raise Malformed("sender.did")
    if not isinstance(message.get("text"), str):
        raise Malformed("text")
    author = people.get(did, {"did": did})
    handle = handle_of(author) or did
    named = message.get("replyTo")
    parent = named.get("id") if isinstance(named, dict) else None
    parent = parent if is_cursor(parent) else asked if did == me else None
    return IncomingMention(
        platform="bluesky",
        account=account,
        remote_id=message_id,
        kind=MentionKind.DM,
        author_handle=handle,
        author_name=clean_name(text_of(author.get("displayName"))) or handle,
        body=clean(rich_text(message["text"], message.get("facets"))),
        url=safe_link(f"https://bsky.app/messages/{convo_id}"),
        sent_at=sent_at,
        thread_key=f"{THREAD}{convo_id}",
        parent_id=parent,
        own=did == me,
    )


def _people(convo: object, related: object) -> dict[str, dict[str, Any]]:
    members = objects(convo.get("members")) if isinstance(convo, dict) else []
    return {person["did"]: person for person in (*objects(related), *members) if is_did(person.get("did"))}


def _merged(before: Iterable[str], moved: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*before, *moved)))[:_MOST_WAITING]
