"""What goes out through WhatsApp's Cloud API: answers to customers and reactions, each sent once.

https://developers.facebook.com/documentation/business-messaging/whatsapp/messages/send-messages. There are no public
posts, and beyond 24 hours after a customer's last message only templates that Meta approved: smdash has none, so that
such an answer is refused. An answer of success means that the message was taken; whether it is delivered comes later,
with the webhook, together with ``biz_opaque_callback_data``, which is the delivery's key.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from smdash.core.errors import ErrorKind, PlatformError
from smdash.core.limits import links
from smdash.locale import gettext as _
from smdash.platforms.meta_graph import Graph, at, identifier, unexpected
from smdash.platforms.outgoing import Addressee, Medium, Outgoing, OutgoingKind, Published, addressee, before_sending
from smdash.platforms.problems import problem, quote
from smdash.platforms.whatsapp_calls import graph_of, phone_of
from smdash.platforms.whatsapp_push import GROUP

if TYPE_CHECKING:
    from smdash.platforms.client import Client

CAPTION = 1_024
# The reaction that stands for a like.
LIKE = "\N{THUMBS UP SIGN}"
_MESSAGE = "wamid."
_PHONE = re.compile(r"\+(\d{5,20})", re.ASCII)
# As what kind of message a file goes; other types WhatsApp takes as documents of offices only.
_KINDS = {
    "image/jpeg": "image",
    "image/png": "image",
    "video/mp4": "video",
    "audio/mpeg": "audio",
    "audio/mp4": "audio",
    "audio/ogg": "audio",
}


async def publish(out: Outgoing, client: Client) -> Published:
    """Send an answer or a reaction, once. Raises PlatformError; all else is refused."""
    refusals = {
        OutgoingKind.POST: _("WhatsApp has no public posts; it takes answers to those who wrote"),
        OutgoingKind.HIDE: _("WhatsApp lets no account hide what others wrote"),
        OutgoingKind.DELETE: _("WhatsApp lets no account delete what others wrote"),
    }
    if out.kind in refusals:
        raise problem(ErrorKind.REJECTED, refusals[out.kind], arrived=False)
    graph = graph_of(out.credentials, client, out.now)
    with before_sending():
        phone = phone_of(out.credentials)
        to = addressee(out)
        body = _reaction(to) if out.kind is OutgoingKind.LIKE else await _answer(out, to, graph, phone)
        body |= {"messaging_product": "whatsapp", "biz_opaque_callback_data": out.key} | _recipient(to)
    found = await graph.post(at(phone, "messages"), body)
    sent = found.get("messages")
    first = sent[0] if isinstance(sent, list) and sent else None
    remote_id = identifier(first.get("id")) if isinstance(first, dict) else None
    if remote_id is None:
        raise unexpected(graph.host)
    return Published(to.remote_id if out.kind is OutgoingKind.LIKE else remote_id)


def _recipient(to: Addressee) -> dict[str, str]:
    """Whom it goes to: a group, a number, or whoever is known by an id alone. Raises PlatformError."""
    key = to.thread_key or ""
    if key.startswith(GROUP):
        return {"recipient_type": "group", "to": key.removeprefix(GROUP)}
    phone = _PHONE.fullmatch(to.author_handle)
    if phone is not None:
        return {"recipient_type": "individual", "to": phone[1]}
    if not key:
        raise problem(ErrorKind.REJECTED, _("it is not known whom the answer goes to"))
    # Of old customers the key is the number itself.
    return {"recipient_type": "individual", "to" if key.isdecimal() else "recipient": key}


def _reaction(to: Addressee) -> dict[str, Any]:
    """A reaction, which takes the place of our earlier one, so that it is the same however often it is sent."""
    if not to.remote_id.startswith(_MESSAGE):
        raise problem(ErrorKind.REJECTED, _("WhatsApp takes a reaction to a message only"))
    return {"type": "reaction", "reaction": {"message_id": to.remote_id, "emoji": LIKE}}


async def _answer(out: Outgoing, to: Addressee, graph: Graph, phone: str) -> dict[str, Any]:
    body: dict[str, Any] = {"context": {"message_id": to.remote_id}} if to.remote_id.startswith(_MESSAGE) else {}
    if not out.media:
        if not out.text.strip():
            raise problem(ErrorKind.REJECTED, _("WhatsApp takes no message without words"))
        return body | {"type": "text", "text": {"body": out.text, "preview_url": bool(links(out.text))}}
    if len(out.media) > 1:
        raise problem(ErrorKind.REJECTED, _("WhatsApp takes one file in a message; send the others apart"))
    (medium,) = out.media
    kind = _KINDS.get(medium.media_type)
    if kind is None:
        sentence = _("WhatsApp takes no file like {name}: pictures are JPEG or PNG, videos MP4, sounds MP3, M4A or Ogg")
        raise problem(ErrorKind.REJECTED, sentence.format(name=quote(medium.shown)))
    if out.text and kind == "audio":
        raise problem(ErrorKind.REJECTED, _("WhatsApp shows no words below a sound; send them apart"))
    if len(out.text) > CAPTION:
        sentence = _("below a file WhatsApp takes a text of {most} characters, and this one has {used}")
        raise problem(ErrorKind.REJECTED, sentence.format(most=CAPTION, used=len(out.text)))
    held = {"id": await _upload(medium, graph, phone)} | ({"caption": out.text} if out.text else {})
    return body | {"type": kind, kind: held}


async def _upload(medium: Medium, graph: Graph, phone: str) -> str:
    """The id of the file at WhatsApp, where nobody sees it before a message holds it. Raises PlatformError."""
    texts = {"messaging_product": "whatsapp", "type": medium.media_type}
    try:
        found = await graph.upload(at(phone, "media"), medium, "file", texts)
    except PlatformError as error:
        name = quote(medium.shown)
        if error.kind is not ErrorKind.REJECTED or name in str(error):
            raise
        sentence = _("WhatsApp does not take the file {name}: {reason}")
        raise problem(ErrorKind.REJECTED, sentence.format(name=name, reason=error)) from None
    media_id = identifier(found.get("id"))
    if media_id is None:
        raise unexpected(graph.host)
    return media_id
