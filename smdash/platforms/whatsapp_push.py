"""What WhatsApp pushes: the only way in which messages come, since there is no call for an inbox.

https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/messages: of the field
``messages`` those of customers, and ``smb_message_echoes`` what colleagues wrote with the app on a phone. Edits and
deletions come as messages of their own that name the one they are about. ``statuses`` of what we sent tell
of deliveries by ``biz_opaque_callback_data`` (.../webhooks/reference/messages/status), and bring no mention.
Signature and challenge are Meta's (``meta_push``). That groups name themselves by ``group_id`` was not tried.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from smdash.core.deliveries import Told
from smdash.core.errors import ErrorKind
from smdash.core.records import IncomingMention, MentionKind
from smdash.core.text import clean_name
from smdash.locale import gettext as _
from smdash.platforms import meta_push
from smdash.platforms.items import Malformed, Skipped, objects, text_of
from smdash.platforms.meta_graph import identifier
from smdash.platforms.problems import problem
from smdash.platforms.push import Pushed
from smdash.platforms.whatsapp_bodies import body_of

NAME = "whatsapp"
OBJECT = "whatsapp_business_account"
# How long after a customer's last message an answer may be anything but a template.
WINDOW = timedelta(hours=24)
GROUP = "group:"
# A reaction has a place of its own below its message, so that a later one changes it and an empty one takes it away.
_REACTION = "reaction:"
_MESSAGES, _ECHOES = "messages", "smb_message_echoes"
# How far a message of ours came (.../reference/messages/status).
_ARRIVED, _FAILED = frozenset({"sent", "delivered", "read", "played"}), "failed"
_DIGITS = re.compile(r"\d{5,20}", re.ASCII)


class WhatsAppPush(meta_push.Signed):
    """The receiver; see ``push.Receiver`` for its calls."""

    def read(self, body: bytes, received_at: datetime) -> Sequence[Pushed | Told]:
        """The messages of a body, by the id of the number that they came to, and what it tells of ours.

        One that lacks what a mention needs is left out beside good ones. Raises PlatformError for a body that is
        nothing of Meta's, and for one in which nothing can be read but something should be.
        """
        skipped = Skipped()
        found: list[Pushed | Told] = []
        for entry in meta_push.entries(body, OBJECT):
            for field, value in meta_push.changes(entry, _MESSAGES, _ECHOES):
                found += _of(field, value, received_at, skipped)
        lacking = skipped.notice()
        if lacking is not None and not found:
            raise problem(ErrorKind.SERVER, _("WhatsApp pushed what can't be read: {notice}").format(notice=lacking))
        return tuple(found)


def _told(number: str, status: dict[str, Any], received_at: datetime) -> Told | None:
    """What became of one that we sent; nothing of those that others sent by the number, which have no key of ours."""
    key, remote_id = identifier(status.get("biz_opaque_callback_data")), identifier(status.get("id"))
    word = text_of(status.get("status"))
    if key is None or remote_id is None or word not in _ARRIVED | {_FAILED}:
        return None
    at = meta_push.when(status.get("timestamp"), received_at)
    return Told(number, key, remote_id, word in _ARRIVED, at, "" if word in _ARRIVED else _reason(status))


def _reason(status: dict[str, Any]) -> str:
    """Why a message did not get there, as WhatsApp puts it."""
    said = []
    for error in objects(status.get("errors")):
        more = error.get("error_data")
        details = text_of(more.get("details")) if isinstance(more, dict) else ""
        words = clean_name(details or text_of(error.get("message")) or text_of(error.get("title")))
        number = identifier(error.get("code"))
        said.append(f"{words} ({number})" if words and number else words or number or "")
    return "; ".join(one for one in said if one)


class _Person(NamedTuple):
    """The other side of a chat. ``user_id`` stays when the number changes, and may be all that is told."""

    user_id: str
    phone: str
    name: str

    @property
    def handle(self) -> str:
        return f"+{self.phone}" if self.phone else self.user_id

    @property
    def key(self) -> str:
        return self.user_id or self.phone


def _of(field: str, value: dict[str, Any], received_at: datetime, skipped: Skipped) -> Iterator[Pushed | Told]:
    messages = objects(value.get("message_echoes" if field == _ECHOES else "messages"))
    statuses = objects(value.get("statuses"))
    if not messages and not statuses:
        return
    about = value.get("metadata")
    number = identifier(about.get("phone_number_id")) if isinstance(about, dict) else None
    if number is None:
        skipped.add("metadata.phone_number_id")
        return
    for status in statuses:
        told = _told(number, status, received_at)
        if told is not None:
            yield told
    contacts = objects(value.get("contacts"))
    for message in messages:
        try:
            mention = _mention(message, contacts, received_at, own=field == _ECHOES)
        except Malformed as lack:
            skipped.add(str(lack))
            continue
        if mention is not None:
            yield Pushed(number, mention)


def _mention(
    message: dict[str, Any], contacts: list[dict[str, Any]], received_at: datetime, *, own: bool
) -> IncomingMention | None:
    kind, deleted, edited_at = text_of(message.get("type")), False, None
    remote_id = identifier(message.get("id"))
    if remote_id is None:
        raise Malformed("id")
    person = _person(message, contacts, own=own)
    sent_at = meta_push.when(message.get("timestamp"), received_at)
    said: dict[str, Any] = message
    parent = _inner_id(message.get("context"), "id")
    if kind in ("edit", "revoke"):
        remote_id = _inner_id(message.get(kind), "original_message_id")
        if remote_id is None:
            raise Malformed(f"{kind}.original_message_id")
        deleted = kind == "revoke"
        if not deleted:
            said, edited_at = _edited(message["edit"]), sent_at
    elif kind == "reaction":
        parent = _inner_id(message.get("reaction"), "message_id")
        if parent is None:
            raise Malformed("reaction.message_id")
        remote_id = f"{_REACTION}{person.key}:{parent}"
        deleted = not text_of(message["reaction"].get("emoji"))
    body = "" if deleted else body_of(said)
    if not body and not deleted:
        return None
    group = identifier(message.get("group_id"))
    handle, name = ("", "") if own else (person.handle, person.name or person.handle)
    if own:
        ours = text_of(message.get("from"))
        handle = name = clean_name(f"+{ours}" if _DIGITS.fullmatch(ours) else ours) or _("our phone")
    return IncomingMention(
        platform=NAME,
        account="",
        remote_id=remote_id,
        kind=MentionKind.DM,
        author_handle=handle,
        author_name=name,
        body=body,
        url=None,
        sent_at=sent_at,
        edited_at=edited_at,
        thread_key=f"{GROUP}{group}" if group is not None else person.key,
        parent_id=parent,
        reply_until=None if own else sent_at + WINDOW,
        own=own,
        deleted=deleted,
    )


def _person(message: dict[str, Any], contacts: list[dict[str, Any]], *, own: bool) -> _Person:
    """Whom the chat is with: who wrote a message, or whom a colleague wrote to. Raises Malformed."""
    side = "to" if own else "from"
    told, user = text_of(message.get(side)), identifier(message.get(f"{side}_user_id"))
    # One change is of one customer mostly, and then the contact is theirs whatever is told of it.
    fits = [one for one in contacts if told and told in (one.get("wa_id"), one.get("user_id"))]
    fits += [one for one in contacts if user is not None and one.get("user_id") == user]
    contact = fits[0] if fits else contacts[0] if len(contacts) == 1 else {}
    phones = (told, text_of(contact.get("wa_id")))
    phone = next((one for one in phones if _DIGITS.fullmatch(one)), "")
    ids = (user, identifier(contact.get("user_id")), identifier(told) if told and not _DIGITS.fullmatch(told) else None)
    user_id = next((one for one in ids if one is not None), "")
    if not phone and not user_id:
        raise Malformed(side)
    profile = contact.get("profile")
    return _Person(user_id, phone, clean_name(text_of(profile.get("name"))) if isinstance(profile, dict) else "")


def _edited(edit: dict[str, Any]) -> dict[str, Any]:
    """What a message says since it was edited. Raises Malformed."""
    found = edit.get("message")
    if not isinstance(found, dict):
        raise Malformed("edit.message")
    return found


def _inner_id(value: object, field: str) -> str | None:
    return identifier(value.get(field)) if isinstance(value, dict) else None
