"""What Instagram pushes: comments, names in posts and comments, and messages.

https://developers.facebook.com/docs/instagram-platform/webhooks/examples. With Facebook Login a comment stands in
``changes``, with Instagram Login the examples show it in the entry itself; both are read. A push of a comment tells no
time, so that of the entry is taken. Where the account is named, the words are told only to who asks for them, and
nothing is asked here: such a mention says where it was, and no more.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from smdash.core.records import IncomingMention, MentionKind
from smdash.core.text import clean
from smdash.locale import gettext as _
from smdash.platforms import meta_push
from smdash.platforms.instagram_records import MEDIA, NAME, Media, attachment_word, direct_message, read_comment
from smdash.platforms.instagram_session import Me
from smdash.platforms.items import Malformed, objects, text_of
from smdash.platforms.meta_graph import id_of, identifier
from smdash.platforms.push import Pushed

_COMMENTS = ("comments", "live_comments")


class InstagramPush(meta_push.Signed):
    """See ``push.Receiver``."""

    def read(self, body: bytes, received_at: datetime) -> Sequence[Pushed]:
        """See ``push.Receiver.read``. Raises PlatformError for what is nothing of Meta's."""
        found: list[Pushed] = []
        for entry in meta_push.entries(body, "instagram"):
            account = meta_push.account_of(entry)
            if account is not None:
                found += [Pushed(account, one) for one in _mentions(entry, account, received_at)]
        return found


def _mentions(entry: dict[str, Any], account: str, received_at: datetime) -> Iterator[IncomingMention]:
    at = meta_push.when(entry.get("time"), received_at)
    fields = (*_COMMENTS, "mentions")
    changes = meta_push.changes(entry, *fields) or meta_push.changes({"changes": [entry]}, *fields)
    for field, value in changes:
        if field == "mentions":
            if (named := _named(value, at)) is not None:
                yield named
            continue
        try:
            yield _comment(value, account, at)
        except Malformed:
            continue  # the next pull has it
    for event in objects(entry.get("messaging")):
        if (message := _message(event, account, received_at)) is not None:
            yield message


def _comment(value: dict[str, Any], account: str, at: datetime) -> IncomingMention:
    media = Media(id_of(value.get("media")) or "", None)
    above = identifier(value.get("parent_id"))
    # Whose user name is ours is not told; ours are told by the id.
    return read_comment(value, account="", me=Me(account, ""), media=media, above=above, at=at)


def _named(value: dict[str, Any], at: datetime) -> IncomingMention | None:
    media, comment = identifier(value.get("media_id")), identifier(value.get("comment_id"))
    if media is None:
        return None
    where = _("a post names the account") if comment is None else _("a comment names the account")
    return IncomingMention(
        platform=NAME,
        account="",
        remote_id=comment or media,
        kind=MentionKind.MENTION,
        author_handle=_("somebody"),
        author_name=_("somebody"),
        body=f"[{where}]",
        url=None,
        sent_at=at,
        thread_key=MEDIA + media,
    )


def _message(event: dict[str, Any], account: str, received_at: datetime) -> IncomingMention | None:
    edited = event.get("message_edit")
    message = event.get("message") if not isinstance(edited, dict) else edited
    if not isinstance(message, dict):
        return None  # reactions, reads, buttons
    remote_id, sender, receiver = (
        identifier(message.get("mid")),
        id_of(event.get("sender")),
        id_of(event.get("recipient")),
    )
    if remote_id is None or sender is None or receiver is None:
        return None
    own = message.get("is_echo") is True or sender == account
    words = [f"[{attachment_word(one)}]" for one in objects(message.get("attachments"))]
    reply = message.get("reply_to")
    if isinstance(reply, dict) and isinstance(reply.get("story"), dict):
        words.append(f"[{_('answer to a story')}]")
    if message.get("is_unsupported") is True:
        words.append(f"[{_('something that Instagram shows in its app alone')}]")
    # Names are not pushed; the next pull brings them.
    return direct_message(
        remote_id=remote_id,
        sent_at=meta_push.when(event.get("timestamp"), received_at),
        account="",
        other=receiver if own else sender,
        handle=sender,
        own=own,
        body=clean("\n".join(one for one in (text_of(message.get("text")), *words) if one)),
        deleted=message.get("is_deleted") is True,
    )
