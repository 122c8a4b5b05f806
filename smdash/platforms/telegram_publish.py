"""What goes out through Telegram's Bot API: posts to the team's channel, answers, likes and deletions, each sent once.

https://core.telegram.org/bots/api#available-methods. Texts go out as they are, without markup, so that what counts is
their UTF-16 units: 4,096, or 1,024 below a file. Telegram knows no keys and shows a bot nothing of what it sent: see
``telegram.Telegram.find``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from smdash.core.errors import ErrorKind
from smdash.core.records import MentionKind
from smdash.locale import gettext as _
from smdash.platforms.outgoing import Addressee, Outgoing, OutgoingKind, Published, addressee, before_sending
from smdash.platforms.problems import problem
from smdash.platforms.telegram_calls import Told, ask, call, is_whole, send_files, unexpected
from smdash.platforms.telegram_media import form
from smdash.platforms.telegram_needs import CHAT
from smdash.platforms.telegram_records import Place, address_of, place_of

if TYPE_CHECKING:
    from smdash.platforms.client import Client

# The reaction that stands for a like: every chat that allows reactions at all begins with it.
LIKE = "\N{THUMBS UP SIGN}"
_GONE = "message to delete not found"


async def publish(out: Outgoing, client: Client) -> Published:
    """Send it, once. Raises PlatformError. Hiding is refused: a bot can delete what others wrote, and hide nothing."""
    if out.kind is OutgoingKind.HIDE:
        sentence = _("Telegram lets no bot hide what others wrote; in a group it may delete it")
        raise problem(ErrorKind.REJECTED, sentence, arrived=False)
    if out.kind is OutgoingKind.LIKE:
        return await _like(out, client)
    if out.kind is OutgoingKind.DELETE:
        return await _delete(out, client)
    with before_sending():
        fields = _post(out) if out.kind is OutgoingKind.POST else _answer(out)
        if out.media:
            method, files, extra = form(out)
        elif not out.text.strip():
            raise problem(ErrorKind.REJECTED, _("Telegram takes no message without words"))
    if not out.media:
        told = await ask(out.credentials, client, "sendMessage", out.now, fields | {"text": out.text})
    else:
        told = await send_files(out.credentials, client, method, out.now, fields | extra, files)
    return _published(told, out)


def _post(out: Outgoing) -> dict[str, Any]:
    """Where a post goes: to the team's channel, as an answer to the part above it where it is one of several."""
    chat = out.credentials.options.get(CHAT, "").strip()
    if not chat:
        sentence = _("the account {name} names no channel to post to; set chat in sync.toml, to @name or a number")
        raise problem(ErrorKind.REJECTED, sentence.format(name=out.credentials.name))
    fields: dict[str, Any] = {"chat_id": chat}
    if out.above is not None:
        above = place_of(out.above.remote_id)
        if above is None:
            raise problem(ErrorKind.REJECTED, _("the post that this one goes below is not one of Telegram's"))
        # By number: the channel may have another name by now, or the account another channel.
        fields |= {"chat_id": above.chat, "reply_parameters": {"message_id": above.message}}
    return fields


def _answer(out: Outgoing) -> dict[str, Any]:
    """Where an answer goes: into the chat that the message came from, below it."""
    to, place = _addressee(out)
    # In a private chat an answer means something without the message too, in a group it would hang in the air.
    alone = to.kind is MentionKind.DM
    fields: dict[str, Any] = {
        "chat_id": place.chat,
        "reply_parameters": {"message_id": place.message} | ({"allow_sending_without_reply": True} if alone else {}),
    }
    return fields | ({"business_connection_id": place.business} if place.business else {})


def _addressee(out: Outgoing) -> tuple[Addressee, Place]:
    """The message that is answered, liked or deleted. Raises PlatformError where the delivery names none."""
    to = addressee(out)
    place = place_of(to.remote_id)
    if place is None:
        raise problem(ErrorKind.REJECTED, _("what is answered is no message of Telegram's"), arrived=False)
    return to, place


async def _like(out: Outgoing, client: Client) -> Published:
    """A reaction, which takes the place of the bot's earlier one, so that it is the same however often it is sent."""
    to, place = _addressee(out)
    if place.business:
        sentence = _("Telegram lets no bot react in the chats of a business account")
        raise problem(ErrorKind.REJECTED, sentence, arrived=False)
    fields = {
        "chat_id": place.chat,
        "message_id": place.message,
        "reaction": [{"type": "emoji", "emoji": LIKE}],
    }
    result, host = await call(out.credentials, client, "setMessageReaction", out.now, fields)
    if result is not True:
        raise unexpected(host)
    return Published(to.remote_id, to.url)


async def _delete(out: Outgoing, client: Client) -> Published:
    """Take a message away for everybody; one that is not there any more is what was asked for."""
    to, place = _addressee(out)
    if place.business:
        fields: dict[str, Any] = {"business_connection_id": place.business, "message_ids": [place.message]}
        told = await ask(out.credentials, client, "deleteBusinessMessages", out.now, fields)
    else:
        fields = {"chat_id": place.chat, "message_id": place.message}
        told = await ask(out.credentials, client, "deleteMessage", out.now, fields)
    if told.code == 400 and _GONE in told.said.lower():
        return Published(to.remote_id, None)
    if told.checked(out.now) is not True:
        raise unexpected(told.answer.host)
    return Published(to.remote_id, None)


def _published(told: Told, out: Outgoing) -> Published:
    """The message that was made; of an album the first one, which carries the words. Raises PlatformError."""
    result = told.checked(out.now)
    message = result[0] if isinstance(result, list) and result else result
    chat = message.get("chat") if isinstance(message, dict) else None
    number = message.get("message_id") if isinstance(message, dict) else None
    if not isinstance(chat, dict) or not is_whole(chat.get("id")) or not is_whole(number) or number <= 0:
        raise unexpected(told.answer.host)
    place = Place(chat["id"], number)
    if out.kind is OutgoingKind.REPLY and out.addressee is not None and (to := place_of(out.addressee.remote_id)):
        place = place._replace(business=to.business)
    return Published(place.remote_id, address_of(message))
