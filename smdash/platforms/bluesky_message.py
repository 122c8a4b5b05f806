"""Answers to direct messages. They have no key of ours: whether one is out, the conversation itself must tell.

Lexicons chat.bsky.convo.sendMessage and getMessages.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from smdash.core.errors import ErrorKind, PlatformError
from smdash.core.text import safe_link
from smdash.locale import gettext as _
from smdash.platforms.answers import Answer, iso_date
from smdash.platforms.bluesky_chat import PROXY, THREAD, no_right
from smdash.platforms.bluesky_errors import error_of, lacks_right, unexpected
from smdash.platforms.bluesky_facets import dids_of, facets
from smdash.platforms.bluesky_paging import is_cursor
from smdash.platforms.bluesky_records import clean_surrogates
from smdash.platforms.bluesky_session import Caller
from smdash.platforms.items import objects, refuse_flood
from smdash.platforms.outgoing import Outgoing, Published, before_sending
from smdash.platforms.problems import problem

if TYPE_CHECKING:
    from smdash.platforms.client import Params

# By how much the clocks of the two machines may differ.
SKEW = timedelta(minutes=1)
_PAGE = 100
_PAGES_MOST = 20
_ID_LIMIT = 200


async def send(out: Outgoing, caller: Caller) -> Published:
    """Write into the conversation that the message came from. Raises PlatformError."""
    with before_sending():
        convo_id = _conversation(out)
        if out.media:
            raise problem(ErrorKind.REJECTED, _("a direct message on Bluesky takes no files"))
        text = clean_surrogates(out.text)
        found = facets(text, await dids_of(text, caller))
    message: dict[str, Any] = {"text": text} | ({"facets": found} if found else {})
    body = {"convoId": convo_id, "message": message}
    answer = await caller.procedure("chat.bsky.convo.sendMessage", body, proxy=PROXY)
    if (refusal := _refusal(answer, out)) is not None:
        raise refusal
    said = caller.judged(answer).json()
    sent = _published(said, convo_id) if isinstance(said, dict) else None
    if sent is None:
        raise unexpected(answer)
    return sent


async def find(out: Outgoing, caller: Caller) -> Published | None:
    """An own message of the same text since the first try. Raises PlatformError where that can't be told."""
    convo_id = _conversation(out)
    me = (await caller.session()).did
    wanted = clean_surrogates(out.text).strip()
    since = out.first_at - SKEW
    back = ""
    for _page in range(_PAGES_MOST):
        params: Params = {"convoId": convo_id, "limit": _PAGE, **({"cursor": back} if back else {})}
        answer = await caller.query("chat.bsky.convo.getMessages", params, proxy=PROXY)
        if (refusal := _refusal(answer, out)) is not None:
            raise refusal
        found = caller.judged(answer).json()
        listed = found.get("messages") if isinstance(found, dict) else None
        if not isinstance(listed, list):
            raise unexpected(answer)
        refuse_flood(listed, answer.host)
        times = []
        for message in objects(listed):
            sent_at = iso_date(message.get("sentAt"))
            if sent_at is None:
                continue
            times.append(sent_at)
            if sent_at >= since and _is(message, me, wanted) and (sent := _published(message, convo_id)) is not None:
                return sent
        following = found.get("cursor")
        # They come newest first.
        if not listed or not is_cursor(following) or following == back or (times and min(times) < since):
            return None
        back = str(following)
    raise problem(ErrorKind.SERVER, _("the conversation holds more new messages than can be looked through"))


def _conversation(out: Outgoing) -> str:
    thread = out.addressee.thread_key if out.addressee is not None else None
    convo_id = thread.removeprefix(THREAD) if thread is not None and thread.startswith(THREAD) else ""
    if not is_cursor(convo_id):
        sentence = _("which conversation the message belongs to is not known")
        raise problem(ErrorKind.REJECTED, sentence, arrived=False)
    return convo_id


def _is(message: dict[str, Any], me: str, text: str) -> bool:
    sender, said = message.get("sender"), message.get("text")
    return isinstance(sender, dict) and sender.get("did") == me and isinstance(said, str) and said.strip() == text


def _published(message: dict[str, Any], convo_id: str) -> Published | None:
    message_id = message.get("id")
    if not isinstance(message_id, str) or not is_cursor(message_id) or len(message_id) > _ID_LIMIT:
        return None
    return Published(message_id, safe_link(f"https://bsky.app/messages/{convo_id}"))


def _refusal(answer: Answer, out: Outgoing) -> PlatformError | None:
    """What this service alone answers, in a sentence of ours."""
    if lacks_right(answer):
        return problem(ErrorKind.PERMISSION, no_right(out.credentials.name), arrived=False)
    if answer.status not in (400, 403, 404):
        return None
    name, _message = error_of(answer)
    if name == "InvalidConvo":
        sentence = _("the conversation is not on Bluesky any more, or the account has left it")
        return problem(ErrorKind.GONE, sentence, arrived=False)
    if name == "ConvoLocked":
        return problem(ErrorKind.PERMISSION, _("the conversation is locked: nobody can write in it"), arrived=False)
    return None
