"""Telegram's updates, read into our records.

Strict on what a mention can't be without (message_id, date, chat.id, who wrote it), lenient on all else: a new version
of the Bot API comes about monthly. https://core.telegram.org/bots/api#message.

Deletions are told of chats of connected business accounts only; of all others the Bot API tells none. What a service
message says (somebody joined, a message was pinned) is nothing that anybody answers, and is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from smdash.core.records import IncomingMention, MentionKind
from smdash.core.text import clean, clean_name, safe_link
from smdash.platforms.items import Malformed, objects, text_of
from smdash.platforms.telegram_bodies import body_of
from smdash.platforms.telegram_calls import is_whole

NAME = "telegram"
# What is asked for by name: https://core.telegram.org/bots/api#update. Posts of channels are the team's own, and the
# comments below them come as messages of the channel's group.
KINDS = ("message", "edited_message", "business_message", "edited_business_message", "deleted_business_messages")
# A bot may answer for a business account where the customer wrote within this time (BusinessBotRights.can_reply).
BUSINESS_WINDOW = timedelta(hours=24)
_PLACE = re.compile(r"(?:(?P<business>[^/]{1,150})/)?(?P<chat>-?\d{1,19})/(?P<message>\d{1,19})", re.ASCII)
# Channels and supergroups carry this before the number that their addresses show.
_MARKED = "-100"
# Of a person; names of groups and channels have the same letters.
_USERNAME = re.compile(r"\w{1,64}", re.ASCII)
_EPOCH_END = 10**11


class Place(NamedTuple):
    """Where a message stands: its chat, its number there, and the business connection that it came by, if any."""

    chat: int
    message: int
    business: str = ""

    @property
    def remote_id(self) -> str:
        """The number of a message is unique within its chat only."""
        return f"{self.room}/{self.message}"

    @property
    def room(self) -> str:
        """The chat, as one conversation."""
        return f"{self.business}/{self.chat}" if self.business else str(self.chat)


def place_of(remote_id: str) -> Place | None:
    """The place that a remote id of ours stands for; nothing where it is none."""
    found = _PLACE.fullmatch(remote_id)
    return None if found is None else Place(int(found["chat"]), int(found["message"]), found["business"] or "")


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads updates for an account, at a time (UTC).

    ``me`` is the bot's id and ``channel`` the team's own, where they are known.
    """

    account: str
    now: datetime
    me: int | None = None
    channel: str = ""

    def read(self, update: dict[str, Any]) -> list[IncomingMention]:
        """What an update brings; nothing for kinds that are no mention. Raises Malformed."""
        for kind in KINDS:
            found = update.get(kind)
            if found is None:
                continue
            if not isinstance(found, dict):
                raise Malformed(kind)
            if kind == "deleted_business_messages":
                return list(self._deleted(found))
            mention = self._message(found)
            return [] if mention is None else [mention]
        return []

    def _message(self, message: dict[str, Any]) -> IncomingMention | None:
        # Such a message is shown to one person for a moment, and stands in no chat.
        if message.get("ephemeral_message_id") is not None:
            return None
        body = body_of(message)
        if not body:
            return None
        chat, number, sent_at = _chat(message), message.get("message_id"), _time(message.get("date"))
        if not is_whole(number) or number <= 0:
            raise Malformed("message_id")
        if sent_at is None:
            raise Malformed("date")
        business = _business(message)
        place = Place(chat["id"], number, business)
        direct = bool(business) or chat.get("type") == "private"
        handle, name, address = self._author(message)
        own = self._is_own(message, chat, business)
        above = _above(message)
        return IncomingMention(
            platform=NAME,
            account=self.account,
            remote_id=place.remote_id,
            kind=MentionKind.DM if direct else _kind(message, above),
            author_handle=handle,
            author_name=name,
            body=body,
            url=address if direct else _address(chat, number),
            sent_at=sent_at,
            edited_at=_time(message.get("edit_date")),
            thread_key=place.room if direct else f"{place.room}/{_thread(message, above, number)}",
            parent_id=None if above is None else Place(chat["id"], above["message_id"], business).remote_id,
            reply_until=sent_at + BUSINESS_WINDOW if business and not own else None,
            own=own,
        )

    def _author(self, message: dict[str, Any]) -> tuple[str, str, str | None]:
        """Whoever wrote it: handle, name, and their own address. Raises Malformed."""
        # A channel, or a group in whose name an administrator writes, goes before the made-up user beside it.
        for field in ("sender_chat", "from"):
            person = message.get(field)
            if isinstance(person, dict) and is_whole(person.get("id")):
                names = (text_of(person.get(part)) for part in ("title", "first_name", "last_name"))
                user = text_of(person.get("username"))
                handle = user if _USERNAME.fullmatch(user) else str(person["id"])
                name = clean_name(" ".join(part for part in names if part)) or handle
                return handle, name, safe_link(f"https://t.me/{user}") if handle == user else None
        raise Malformed("from")

    def _is_own(self, message: dict[str, Any], chat: dict[str, Any], business: str) -> bool:
        sender = message.get("from")
        sender_id = sender.get("id") if isinstance(sender, dict) else None
        if business:
            # The other end of a business chat is its person; all else was written for the business account.
            return bool(sender_id != chat["id"])
        if message.get("is_automatic_forward") is True or (self.me is not None and sender_id == self.me):
            return True
        voice = message.get("sender_chat")
        if not isinstance(voice, dict) or voice.get("type") != "channel":
            return False
        above = message.get("reply_to_message")
        post = above if isinstance(above, dict) and above.get("is_automatic_forward") is True else {}
        owner = post.get("sender_chat")
        known = {self.channel.removeprefix("@").casefold()} - {""}
        if isinstance(owner, dict):
            known.add(str(owner.get("id")))
        return bool(known & {str(voice.get("id")), text_of(voice.get("username")).casefold()})

    def _deleted(self, found: dict[str, Any]) -> Iterator[IncomingMention]:
        """Messages of a business account's chat that somebody deleted; nobody is told when or by whom."""
        chat, business = _chat(found), _business(found)
        if not business:
            raise Malformed("business_connection_id")
        ids = found.get("message_ids")
        if not isinstance(ids, list):
            raise Malformed("message_ids")
        person = {"from": chat | {"first_name": chat.get("first_name") or chat.get("title")}}
        handle, name, address = self._author(person)
        for number in ids:
            if not is_whole(number) or number <= 0:
                raise Malformed("message_ids")
            place = Place(chat["id"], number, business)
            yield IncomingMention(
                NAME, self.account, place.remote_id, MentionKind.DM, handle, name, "", address,
                # The message's own time is not told, and that of one that is kept does not change.
                self.now,
                thread_key=place.room, deleted=True,
            )  # fmt: skip


def _business(message: dict[str, Any]) -> str:
    """The business connection, where there is one. Raises Malformed for one that can't stand in an id."""
    found = message.get("business_connection_id")
    if found is None:
        return ""
    if not isinstance(found, str) or not re.fullmatch(r"[\x21-\x2e\x30-\x7e]{1,150}", found):
        raise Malformed("business_connection_id")
    return found


def _chat(message: dict[str, Any]) -> dict[str, Any]:
    chat = message.get("chat")
    if not isinstance(chat, dict) or not is_whole(chat.get("id")):
        raise Malformed("chat.id")
    return chat


def _time(value: object) -> datetime | None:
    return datetime.fromtimestamp(value, UTC) if is_whole(value) and 0 < value < _EPOCH_END else None


def _above(message: dict[str, Any]) -> dict[str, Any] | None:
    """The message that this one answers; in a forum, the one that made the topic is none."""
    above = message.get("reply_to_message")
    if not isinstance(above, dict) or not is_whole(above.get("message_id")) or above["message_id"] <= 0:
        return None
    return None if isinstance(above.get("forum_topic_created"), dict) else above


def _thread(message: dict[str, Any], above: dict[str, Any] | None, number: int) -> int:
    """The number of the message that a group's conversation began with, as far as it is told."""
    thread = message.get("message_thread_id")
    if is_whole(thread):
        return thread
    return number if above is None else int(above["message_id"])


def _kind(message: dict[str, Any], above: dict[str, Any] | None) -> MentionKind:
    writer = above.get("from") if above is not None else None
    # Bots don't see each other's messages in most groups, so the bot that is answered is ours.
    if isinstance(writer, dict) and writer.get("is_bot") is True and above is not None and "sender_chat" not in above:
        return MentionKind.REPLY
    return MentionKind.MENTION if _names_a_bot(message) else MentionKind.COMMENT


def _names_a_bot(message: dict[str, Any]) -> bool:
    """Whether it speaks to a bot; their names end in "bot", and only what speaks to ours comes here or needs it."""
    for text, entities in (("text", "entities"), ("caption", "caption_entities")):
        units = text_of(message.get(text)).encode("utf-16-le", "surrogatepass")
        for one in objects(message.get(entities))[:100]:
            user = one.get("user")
            if one.get("type") == "text_mention" and isinstance(user, dict) and user.get("is_bot") is True:
                return True
            at, length = one.get("offset"), one.get("length")
            if one.get("type") in ("mention", "bot_command") and is_whole(at) and is_whole(length) and at >= 0:
                said = units[2 * at : 2 * (at + length)].decode("utf-16-le", "replace")
                if "@" in said and said.lower().endswith("bot"):
                    return True
    return False


def _address(chat: dict[str, Any], number: int) -> str | None:
    """Where people see a message of a group or channel; groups that are not supergroups have no such address."""
    user = clean(text_of(chat.get("username")))
    if _USERNAME.fullmatch(user):
        return safe_link(f"https://t.me/{user}/{number}")
    told = str(chat["id"])
    return f"https://t.me/c/{told.removeprefix(_MARKED)}/{number}" if told.startswith(_MARKED) else None


def address_of(message: dict[str, Any]) -> str | None:
    """Where people see a message that was sent; nothing in private chats."""
    chat, number = message.get("chat"), message.get("message_id")
    known = isinstance(chat, dict) and is_whole(chat.get("id")) and is_whole(number)
    if not known or not isinstance(chat, dict) or not is_whole(number) or chat.get("type") == "private":
        return None
    return _address(chat, number)
