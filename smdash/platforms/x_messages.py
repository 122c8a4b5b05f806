"""Direct messages of X: the events of all conversations in one list, newest first, without a ``since_id``.

X bills every event of a page, so the first page is small, and further ones are asked for only where it holds news
alone. What X calls XChat is encrypted end to end and not among them.
https://docs.x.com/x-api/direct-messages/lookup and /manage; that ``entities`` come along with events is not verified.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote as percent

from smdash.core.errors import ErrorKind, PlatformError
from smdash.core.records import IncomingMention, MentionKind
from smdash.core.text import clean, clean_name, safe_link
from smdash.locale import gettext as _
from smdash.platforms import x_paging as paging
from smdash.platforms.answers import iso_date
from smdash.platforms.base import Pull, Pulled
from smdash.platforms.items import Malformed, Skipped, objects, text_of
from smdash.platforms.oauth_calls import Caller, object_of
from smdash.platforms.outgoing import Outgoing, Published, before_sending
from smdash.platforms.problems import problem
from smdash.platforms.x_calls import identifier, own_id, unexpected
from smdash.platforms.x_lists import page_of, pulled
from smdash.platforms.x_media import upload_all
from smdash.platforms.x_records import count_of, full_text, included, media_lines
from smdash.platforms.x_words import is_same

if TYPE_CHECKING:
    from smdash.platforms.client import Params
    from smdash.platforms.x_media import Sleep

# How the key of a thread begins that is a conversation.
THREAD = "dm:"
# How seldom a token without the right is tried again: its owner may have connected anew.
ASK_AGAIN = timedelta(hours=6)
# By how much the clocks of the two machines may differ.
SKEW = timedelta(minutes=10)
# The first page of a run, of a first sync, and any other.
_FEW, _FIRST, _PAGE = 10, 50, 100
_PAGES_FOUND = 3
_PARAMS = {
    "event_types": "MessageCreate",
    "dm_event.fields": "id,text,created_at,sender_id,dm_conversation_id,attachments,entities,event_type",
    "expansions": "sender_id,attachments.media_keys",
    "user.fields": "username,name",
    "media.fields": "type,alt_text",
}


async def pull(pull: Pull, call: Caller, place: paging.Place) -> Pulled:
    """One page of the events. Raises PlatformError; a token without the right to them is a remark, not a failure."""
    size = _FIRST if not place.started else _PAGE if place.back else _FEW
    params: Params = {"max_results": paging.page_size(pull.left, size, 1), **_PARAMS}
    params = {**params, **({"pagination_token": place.back} if place.back else {})}
    try:
        answer = await call.get("/2/dm_events", params)
    except PlatformError as error:
        if error.kind is ErrorKind.PERMISSION:
            sentence = _("the token of {name} may not read direct messages: {problem}")
            message = sentence.format(name=pull.credentials.name, problem=error)
            return Pulled(cursor=pull.cursor, interval=ASK_AGAIN, notice=message)
        if place.back and error.kind is ErrorKind.REJECTED:
            return Pulled(cursor=paging.dump(place.again()), notice=str(error))
        raise
    found = page_of(answer)
    skipped = Skipped()
    since = iso_date(place.mark_at) or pull.now - paging.FIRST_SYNC
    events = _read(found, pull, place.me, skipped)
    fresh = [one for one in events if one.remote_id != place.mark and one.sent_at >= since]
    met = any(one.remote_id == place.mark or one.sent_at < since for one in events)
    newest = paging.newest_of([(one.remote_id, one.sent_at) for one in events])
    meta = found["meta"]
    step = paging.advance(place, newest, meta.get("next_token"), met=met, read=count_of(found))
    return pulled(answer, pull, fresh, step, skipped)


def _read(found: Mapping[str, Any], pull: Pull, me: str, skipped: Skipped) -> list[IncomingMention]:
    """The messages, oldest first, each of ours as the answer to the last one before it that somebody else wrote."""
    people, media = included(found)
    read: list[IncomingMention] = []
    asked: dict[str, str] = {}
    for event in reversed(found["data"]):
        if not isinstance(event, dict):
            skipped.add("event")
            continue
        if event.get("event_type", "MessageCreate") != "MessageCreate":
            continue
        try:
            one = read_event(event, people, media, pull.credentials.name, me, asked)
        except Malformed as lack:
            skipped.add(str(lack))
            continue
        if not one.own and one.thread_key is not None:
            asked[one.thread_key] = one.remote_id
        read.append(one)
    return read


def read_event(
    event: Mapping[str, Any],
    people: Mapping[str, Mapping[str, Any]],
    media: Mapping[str, Mapping[str, Any]],
    account: str,
    me: str,
    asked: Mapping[str, str],
) -> IncomingMention:
    """One event as a mention of *account*; one of ours answers what was *asked* in its thread. Raises Malformed."""
    event_id, conversation = identifier(event.get("id")), identifier(event.get("dm_conversation_id"))
    sent_at, sender = iso_date(event.get("created_at")), identifier(event.get("sender_id"))
    for name, value in (("id", event_id), ("dm_conversation_id", conversation), ("sender_id", sender)):
        if value is None:
            raise Malformed(name)
    if sent_at is None:
        raise Malformed("created_at")
    author = people.get(str(sender), {})
    handle = clean_name(text_of(author.get("username"))) or str(sender)
    held = event.get("attachments")
    keys = held.get("media_keys") if isinstance(held, dict) else None
    lines = media_lines([media.get(key, {}) for key in keys if isinstance(key, str)] if isinstance(keys, list) else [])
    thread = f"{THREAD}{conversation}"
    return IncomingMention(
        platform="x",
        account=account,
        remote_id=str(event_id),
        kind=MentionKind.DM,
        author_handle=handle,
        author_name=clean_name(text_of(author.get("name"))) or handle,
        body=clean("\n\n".join(part for part in (full_text(event), *lines) if part)),
        url=safe_link(f"https://x.com/messages/{conversation}"),
        sent_at=sent_at,
        thread_key=thread,
        parent_id=asked.get(thread) if sender == me else None,
        own=sender == me,
    )


async def send(out: Outgoing, call: Caller, sleep: Sleep) -> Published:
    """Write into the conversation that the message came from. Raises PlatformError."""
    with before_sending():
        conversation = _conversation(out)
        body: dict[str, Any] = {"text": out.text} if out.text.strip() else {}
        if out.media:
            body["attachments"] = [{"media_id": one} for one in await upload_all(out, call, sleep, purpose="dm")]
    answer = await call.send("POST", f"/2/dm_conversations/{percent(conversation, safe='')}/messages", body)
    if answer.status == 404:
        raise problem(ErrorKind.GONE, _("the conversation is not on X any more"), arrived=False)
    data = object_of(call.judged(answer)).get("data")
    event_id = identifier(data.get("dm_event_id")) if isinstance(data, dict) else None
    if event_id is None:
        raise unexpected(answer)
    return _published(event_id, conversation)


async def find(out: Outgoing, call: Caller) -> Published | None:
    """An own message of the same text since the first try. Raises PlatformError where that can't be told."""
    conversation, me = _conversation(out), await own_id(call)
    since = out.first_at - SKEW
    back = ""
    for _page in range(_PAGES_FOUND):
        params: Params = {"max_results": _FEW, **_PARAMS, **({"pagination_token": back} if back else {})}
        answer = await call.get(f"/2/dm_conversations/{percent(conversation, safe='')}/dm_events", params)
        found = object_of(answer)
        events, meta = objects(found.get("data", [])), found.get("meta")
        if not isinstance(meta, dict) or not isinstance(found.get("data", []), list):
            raise unexpected(answer)
        times = [made for one in events if (made := iso_date(one.get("created_at"))) is not None]
        if (one := _hit(events, me, since, out)) is not None:
            return _published(one, conversation)
        following = meta.get("next_token")
        if not events or not paging.is_token(following) or (times and min(times) < since):
            return None
        back = str(following)
    raise problem(ErrorKind.SERVER, _("the conversation holds more new messages than can be looked through"))


def _hit(events: list[dict[str, Any]], me: str, since: datetime, out: Outgoing) -> str | None:
    for one in events:
        made = iso_date(one.get("created_at"))
        mine = identifier(one.get("sender_id")) == me and made is not None and made >= since
        if mine and is_same(full_text(one), out.text) and (found := identifier(one.get("id"))):
            return found
    return None


def _conversation(out: Outgoing) -> str:
    thread = out.addressee.thread_key if out.addressee is not None else None
    found = identifier(thread.removeprefix(THREAD)) if thread is not None and thread.startswith(THREAD) else None
    if found is None:
        sentence = _("which conversation the message belongs to is not known")
        raise problem(ErrorKind.REJECTED, sentence, arrived=False)
    return found


def _published(event_id: str, conversation: str) -> Published:
    return Published(event_id, safe_link(f"https://x.com/messages/{conversation}"))
