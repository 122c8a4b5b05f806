"""What Messenger pushes: messages, pressed buttons, edits, deletions, and what the page itself wrote elsewhere.

https://developers.facebook.com/documentation/business-messaging/messenger-platform/webhooks/webhook-events: entries of
the object ``page`` with ``messaging``, or ``standby`` where another app has the conversation; times in milliseconds.
Names of people are not told. That an unsent message comes with ``is_deleted`` is told of Instagram, unverified here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from smdash.core.records import IncomingMention
from smdash.platforms import meta_push
from smdash.platforms.items import objects, text_of
from smdash.platforms.messenger_records import body_of, kind_of, made
from smdash.platforms.meta_graph import id_of, identifier
from smdash.platforms.push import Pushed


class MessengerPush(meta_push.Signed):
    """See ``push.Receiver``."""

    def read(self, body: bytes, received_at: datetime) -> Sequence[Pushed]:
        """The messages in a genuine body; receipts and reactions are none. Raises PlatformError."""
        found: list[Pushed] = []
        for entry in meta_push.entries(body, "page"):
            page = meta_push.account_of(entry)
            if page is None:
                continue
            for event in (*objects(entry.get("messaging")), *objects(entry.get("standby"))):
                one = _read(event, page, received_at)
                if one is not None:
                    found.append(Pushed(page, one))
        return found


def _read(event: dict[str, Any], page: str, received_at: datetime) -> IncomingMention | None:
    sender, recipient = id_of(event.get("sender")), id_of(event.get("recipient"))
    if sender is None or (sender == page and recipient is None):
        return None
    person = recipient if sender == page else sender
    assert person is not None  # noqa: S101 for the type checker
    at = meta_push.when(event.get("timestamp"), received_at)
    for name, reader in (("message", _message), ("message_edit", _edit), ("postback", _postback)):
        part = event.get(name)
        if isinstance(part, dict):
            return reader(part, sender, person, at, sender == page)
    return None


def _message(part: dict[str, Any], sender: str, person: str, at: datetime, own: bool) -> IncomingMention | None:
    mid = identifier(part.get("mid"))
    if mid is None:
        return None
    deleted = part.get("is_deleted") is True
    attachments = objects(part.get("attachments"))
    shown = [_shown(one) for one in attachments]
    reply_to = part.get("reply_to")
    return made(
        account="", remote_id=mid, handle=sender, name="",
        body="" if deleted else body_of(part.get("text"), shown, _links(attachments)),
        sent_at=at, person=person, own=own, deleted=deleted,
        parent_id=identifier(reply_to.get("mid")) if isinstance(reply_to, dict) else None,
    )  # fmt: skip


def _shown(attachment: dict[str, Any]) -> str:
    kind, payload = text_of(attachment.get("type")), attachment.get("payload")
    if kind == "fallback":
        return ""
    if kind == "template":
        title = text_of(attachment.get("title"))
        return title or (text_of(payload.get("text")) if isinstance(payload, dict) else "")
    return kind_of(kind)


def _links(attachments: list[dict[str, Any]]) -> list[str]:
    """The links that were shared."""
    found = []
    for one in attachments:
        payload = one.get("payload")
        if one.get("type") == "fallback":
            found.append(text_of(payload.get("url")) if isinstance(payload, dict) else text_of(one.get("url")))
    return found


def _edit(part: dict[str, Any], sender: str, person: str, at: datetime, own: bool) -> IncomingMention | None:
    mid, text = identifier(part.get("mid")), part.get("text")
    if mid is None or not isinstance(text, str):
        return None
    return made(
        account="", remote_id=mid, handle=sender, name="", body=body_of(text, ()), sent_at=at, person=person, own=own,
        edited_at=at,
    )  # fmt: skip


def _postback(part: dict[str, Any], sender: str, person: str, at: datetime, own: bool) -> IncomingMention | None:
    """A button that somebody pressed: its title is what they said. Older ones have no id, and get one of their own."""
    title = text_of(part.get("title")) or text_of(part.get("payload"))
    if not title:
        return None
    digest = hashlib.sha256(f"{sender}\0{at.isoformat()}\0{title}".encode("utf-8", "replace")).hexdigest()
    mid = identifier(part.get("mid")) or f"postback:{digest[:32]}"
    return made(
        account="", remote_id=mid, handle=sender, name="", body=body_of(title, ()), sent_at=at, person=person, own=own
    )
