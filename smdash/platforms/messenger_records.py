"""Messages of a page's inbox, read into our records, the same from the conversations list and from webhooks.

Strict on what a message can't be without (id, created_time, from), lenient on all else. A person is known by the id
that they have for this page (PSID): it is the handle, and the key of the thread, since there is one with each.
https://developers.facebook.com/documentation/business-messaging/messenger-platform/conversations
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from smdash.core.records import IncomingMention, MentionKind
from smdash.core.text import clean, clean_name, safe_link
from smdash.locale import gettext as _
from smdash.platforms.items import Malformed, objects, text_of
from smdash.platforms.meta_graph import id_of, identifier, moment

NAME = "messenger"
# How long after a person's last message a page may write to them.
OPEN_FOR = timedelta(hours=24)
_MOST_ATTACHMENTS = 20


def read_message(
    message: object, *, account: str, me: str, person: str | None = None, answers: str | None = None
) -> IncomingMention:
    """One message of the conversations list, between the page *me* and *person*. Raises Malformed.

    *answers* is the id of the message that an own one comes after, where it names none itself.
    """
    if not isinstance(message, dict):
        raise Malformed("message")
    remote_id = identifier(message.get("id"))
    if remote_id is None:
        raise Malformed("id")
    sent_at = moment(message.get("created_time"))
    if sent_at is None:
        raise Malformed("created_time")
    sender = message.get("from")
    whose = id_of(sender)
    if whose is None or not isinstance(sender, dict):
        raise Malformed("from")
    other = person or _other(message, me)
    if other is None:
        raise Malformed("to")
    attachments = message.get("attachments")
    shares = message.get("shares")
    shown = [_named(one) for one in objects(attachments.get("data"))] if isinstance(attachments, dict) else []
    if text_of(message.get("sticker")) and not shown:
        # Pushes tell a sticker as a picture.
        shown.append(kind_of("image"))
    links = [text_of(one.get("link")) for one in objects(shares.get("data"))] if isinstance(shares, dict) else []
    reply_to = message.get("reply_to")
    told = identifier(reply_to.get("mid")) or id_of(reply_to) if isinstance(reply_to, dict) else None
    return made(
        account=account,
        remote_id=remote_id,
        handle=whose,
        name=clean_name(text_of(sender.get("name"))),
        body=body_of(message.get("message"), shown, links),
        sent_at=sent_at,
        person=other,
        own=whose == me,
        parent_id=told or (answers if whose == me else None),
    )


def made(
    *,
    account: str,
    remote_id: str,
    handle: str,
    name: str,
    body: str,
    sent_at: datetime,
    person: str,
    own: bool,
    parent_id: str | None = None,
    edited_at: datetime | None = None,
    deleted: bool = False,
) -> IncomingMention:
    """The record of a message; what a person wrote can be answered for a day."""
    return IncomingMention(
        platform=NAME,
        account=account,
        remote_id=remote_id,
        kind=MentionKind.DM,
        author_handle=handle,
        author_name=name or handle,
        body=body,
        url=None,
        sent_at=sent_at,
        edited_at=edited_at,
        thread_key=person,
        parent_id=parent_id,
        reply_until=None if own else sent_at + OPEN_FOR,
        own=own,
        deleted=deleted,
    )


def _other(message: dict[str, Any], me: str) -> str | None:
    """Whom the page talks with."""
    to = message.get("to")
    people = [message.get("from"), *(objects(to.get("data")) if isinstance(to, dict) else [])]
    return next((one for person in people if (one := id_of(person)) not in (None, me)), None)


def body_of(text: object, shown: Iterable[str], links: Iterable[str] = ()) -> str:
    """The text, and a line for each thing that is no text; a shared link stands in a text already."""
    said = clean(text_of(text)).strip()
    lines = [one for one in shown if one]
    if not said:
        lines += [link for one in links if (link := safe_link(one)) is not None]
    return clean("\n\n".join(part for part in (said, "\n".join(lines[:_MOST_ATTACHMENTS])) if part))


def _named(attachment: dict[str, Any]) -> str:
    """What people call an attachment of the list, which tells its media type."""
    major = text_of(attachment.get("mime_type")).partition("/")[0]
    if major not in ("image", "video", "audio"):
        major = next((one for one in ("image", "video") if isinstance(attachment.get(f"{one}_data"), dict)), "file")
    return kind_of(major)


def kind_of(name: str) -> str:
    """The word for a kind of attachment. Names of files are told by the list alone, and so are left out."""
    return {
        "image": f"[{_('image')}]",
        "video": f"[{_('video')}]",
        "reel": f"[{_('video')}]",
        "ig_reel": f"[{_('video')}]",
        "audio": f"[{_('audio')}]",
        "location": f"[{_('location')}]",
        "template": "",
    }.get(name, f"[{_('file')}]")
