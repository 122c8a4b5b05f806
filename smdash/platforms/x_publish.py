"""What goes out to X: posts, threads, answers, messages, likes, hidden answers, deletions; each sent once.

X knows no idempotency key, but refuses a text that the account has posted before: then it is looked for.
https://docs.x.com/x-api/posts/manage-tweets, /hide-replies, /likes. Whether X lets a program of a self-serve app
answer its own posts (threads) where it may answer others only when it was named is not verified.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote as percent

from smdash.core.errors import ErrorKind, PlatformError
from smdash.core.records import MentionKind
from smdash.locale import gettext as _
from smdash.platforms import x_messages
from smdash.platforms.answers import Answer
from smdash.platforms.oauth_calls import Caller, object_of
from smdash.platforms.outgoing import Addressee, Outgoing, OutgoingKind, Published, addressee, before_sending
from smdash.platforms.problems import problem
from smdash.platforms.x_calls import identifier, is_duplicate, own_id, post_path, unexpected
from smdash.platforms.x_media import upload_all
from smdash.platforms.x_records import address

if TYPE_CHECKING:
    from smdash.platforms.x_media import Sleep

# What was tried longer ago may be out by that try.
_FIRST_TRY = timedelta(seconds=30)


async def publish(out: Outgoing, call: Caller, sleep: Sleep) -> Published:
    """Send it, once. Raises PlatformError. Files go up before; without a post nobody sees them."""
    if out.kind is OutgoingKind.HIDE:
        return await _hide(addressee(out), call)
    if out.kind is OutgoingKind.DELETE:
        return await _delete(addressee(out), call)
    if out.kind is OutgoingKind.LIKE:
        return await _like(addressee(out), call)
    if is_message(out):
        return await x_messages.send(out, call, sleep)
    with before_sending():
        body: dict[str, Any] = {"text": out.text} if out.text.strip() else {}
        below = out.above.remote_id if out.above is not None else None
        if out.kind is OutgoingKind.REPLY:
            below = addressee(out).remote_id
        if below is not None:
            body["reply"] = {"in_reply_to_tweet_id": below}
        if out.media:
            body["media"] = {"media_ids": await upload_all(out, call, sleep)}
    answer = await call.send("POST", "/2/tweets", body)
    if is_duplicate(answer):
        return await _duplicated(out, call, answer)
    data = object_of(call.judged(answer)).get("data")
    remote_id = identifier(data.get("id")) if isinstance(data, dict) else None
    if remote_id is None:
        raise unexpected(answer)
    return Published(remote_id, address(remote_id))


def is_message(out: Outgoing) -> bool:
    """Whether it goes into a conversation that is not public."""
    return out.kind is OutgoingKind.REPLY and out.addressee is not None and out.addressee.kind is MentionKind.DM


async def _duplicated(out: Outgoing, call: Caller, answer: Answer) -> Published:
    """What is there already may be what an earlier try made. Raises PlatformError."""
    from smdash.platforms.x_find import find

    try:
        found = await find(out, call)
    except PlatformError as error:
        error.arrived = True
        raise
    if found is not None:
        return found
    refusal = call.failure(answer)
    # The timeline may be late: only where there was no try before it is surely another post.
    refusal.arrived = out.now - out.first_at > _FIRST_TRY
    raise refusal


async def _like(to: Addressee, call: Caller) -> Published:
    with before_sending():
        me = await own_id(call)
    answer = await call.send("POST", f"/2/users/{percent(me, safe='')}/likes", {"tweet_id": to.remote_id})
    if answer.status in (404, 410):
        raise problem(ErrorKind.GONE, _("what is liked is not there any more"), arrived=False)
    if answer.status == 403:
        sentence = _("X does not let this app like posts, which it allows to few ({said})")
        raise problem(ErrorKind.PERMISSION, sentence.format(said=answer.saying() or answer.status), arrived=False)
    return _confirmed(answer, call, "liked", to)


async def _hide(to: Addressee, call: Caller) -> Published:
    answer = await call.send("PUT", post_path(to.remote_id, "/hidden"), {"hidden": True})
    if answer.status in (404, 410):
        raise problem(ErrorKind.GONE, _("what is to be hidden is not there any more"), arrived=False)
    if answer.status == 403:
        sentence = _("on X only answers below the account's own posts can be hidden ({said})")
        raise problem(ErrorKind.PERMISSION, sentence.format(said=answer.saying() or answer.status), arrived=False)
    return _confirmed(answer, call, "hidden", to)


async def _delete(to: Addressee, call: Caller) -> Published:
    answer = await call.send("DELETE", post_path(to.remote_id))
    if answer.status in (404, 410):
        raise problem(ErrorKind.GONE, _("what is to be deleted is not there any more"), arrived=False)
    if answer.status == 403:
        sentence = _("on X only the author of a post can delete it; hide it instead")
        raise problem(ErrorKind.PERMISSION, sentence, arrived=False)
    return _confirmed(answer, call, "deleted", to)


def _confirmed(answer: Answer, call: Caller, word: str, to: Addressee) -> Published:
    data = object_of(call.judged(answer)).get("data")
    if not isinstance(data, dict) or data.get(word) is not True:
        raise unexpected(answer)
    return Published(to.remote_id, address(to.remote_id))
