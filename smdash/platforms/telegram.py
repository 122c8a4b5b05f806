"""Telegram, by a bot: what people write to it, in its groups and below the team's channel; what goes out.

Documented for Bot API 10.3 at https://core.telegram.org/bots/api. A bot sees no history: what was not fetched or pushed
within 24 hours is gone, what others deleted is not told (but in chats of connected business accounts), and what the bot
itself sent is never shown to it. In groups it gets what is meant for it only, unless @BotFather's privacy mode is off
or it is an administrator.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from smdash.core.errors import ErrorKind
from smdash.core.text import clean_name, safe_link
from smdash.locale import gettext as _
from smdash.platforms import telegram_publish, telegram_updates
from smdash.platforms.base import Credentials, Measured, Pull, Pulled, Verified
from smdash.platforms.items import text_of
from smdash.platforms.outgoing import Outgoing, OutgoingKind, Published
from smdash.platforms.problems import problem, quote
from smdash.platforms.telegram_calls import ask, call, is_whole, unexpected
from smdash.platforms.telegram_needs import CHAT
from smdash.platforms.telegram_records import place_of
from smdash.platforms.telegram_updates import webhook_of

if TYPE_CHECKING:
    from smdash.platforms.client import Client

# What the answers to an edit that changes nothing say, by whether there is such a message.
_THERE = ("message is not modified", "message can't be edited")
_MISSING = ("message to edit not found", "message_id_invalid", "message not found")


class Telegram:
    """The adapter; see ``base.Adapter``, ``outgoing.Publisher`` and ``base.Measurer`` for its calls."""

    async def verify(self, credentials: Credentials, client: Client, now: datetime) -> Verified:
        """Which bot the token belongs to, and which rights it lacks in the channel that the account posts to.

        Raises PlatformError: auth when the token is refused; rejected when a webhook is set for the bot that the
        account's settings don't know, since nothing can be fetched then.
        """
        hook = webhook_of(credentials)
        bot, host = await call(credentials, client, "getMe", now)
        if not isinstance(bot, dict) or not is_whole(bot.get("id")) or bot.get("is_bot") is not True:
            raise unexpected(host)
        if hook is None:
            await _refuse_webhook(credentials, client, now)
        handle = clean_name(text_of(bot.get("username"))) or str(bot["id"])
        return Verified(
            remote_id=str(bot["id"]),
            handle=handle,
            name=clean_name(text_of(bot.get("first_name"))) or handle,
            url=safe_link(f"https://t.me/{handle}"),
            missing_scopes=await _missing(credentials, client, now, bot["id"]),
        )

    async def pull(self, pull: Pull, client: Client) -> Pulled:
        """The next updates of the queue, or whether pushes arrive. Raises PlatformError; see ``telegram_updates``."""
        return await telegram_updates.pull(pull, client)

    async def publish(self, out: Outgoing, client: Client) -> Published:
        """Send a post, an answer, a like or a deletion, once. Raises PlatformError; see ``telegram_publish``."""
        return await telegram_publish.publish(out, client)

    async def find(self, out: Outgoing, client: Client) -> Published | None:
        """Nothing for a like and a deletion, which may be sent again without harm. Raises PlatformError for all else.

        Telegram takes no key, shows a bot nothing of what it sent, and has no call for a chat's messages.
        """
        if out.kind in (OutgoingKind.LIKE, OutgoingKind.DELETE, OutgoingKind.HIDE):
            return None
        sentence = _("Telegram shows a bot nothing of what it sent, so only a person can see whether this is out")
        raise problem(ErrorKind.UNKNOWN, sentence)

    async def is_there(self, out: Outgoing, remote_id: str, client: Client) -> bool:
        """Whether a message of the bot's is there still: an edit that changes nothing tells it.

        The words by which it is told are not documented. Raises PlatformError where they are others.
        """
        place = place_of(remote_id)
        if place is None:
            sentence = _("what was sent has no number of Telegram's, so it can't be looked for")
            raise problem(ErrorKind.UNKNOWN, sentence)
        fields: dict[str, Any] = {"chat_id": place.chat, "message_id": place.message}
        if place.business:
            fields["business_connection_id"] = place.business
        # No message of ours has buttons, so that taking them away changes nothing.
        told = await ask(out.credentials, client, "editMessageReplyMarkup", out.now, fields)
        said = told.said.lower()
        if told.code == 400 and any(words in said for words in _MISSING):
            return False
        if told.code == 400 and any(words in said for words in _THERE):
            return True
        told.checked(out.now)
        return True

    async def measure(
        self, credentials: Credentials, remote_ids: Sequence[str], client: Client, now: datetime
    ) -> Sequence[Measured]:
        """The members of the channel that the account posts to; of posts the Bot API tells no figure.

        Raises PlatformError.
        """
        chat = credentials.options.get(CHAT, "").strip()
        if not chat:
            return ()
        count, host = await call(credentials, client, "getChatMemberCount", now, {"chat_id": chat})
        if not is_whole(count) or count < 0:
            raise unexpected(host)
        return (Measured("followers", count, now),)


async def _refuse_webhook(credentials: Credentials, client: Client, now: datetime) -> None:
    info, host = await call(credentials, client, "getWebhookInfo", now)
    if not isinstance(info, dict):
        raise unexpected(host)
    url = text_of(info.get("url"))
    if url:
        sentence = _(
            "a webhook at {host} gets what people write to the bot, so that it can't be fetched as well: end that "
            "one (deleteWebhook), or set webhook_url and webhook_secret to the address of smdash receive"
        )
        raise problem(ErrorKind.REJECTED, sentence.format(host=quote(_host(url))))


def _host(url: str) -> str:
    """Of an address the host alone: what else it holds may be somebody's secret."""
    try:
        return urlsplit(url).hostname or "?"
    except ValueError:
        return "?"


async def _missing(credentials: Credentials, client: Client, now: datetime, me: int) -> tuple[str, ...]:
    """The rights that the bot needs in the account's channel or group, and has not."""
    chat = credentials.options.get(CHAT, "").strip()
    if not chat:
        return ()
    kind, host = await call(credentials, client, "getChat", now, {"chat_id": chat})
    member, _host_again = await call(credentials, client, "getChatMember", now, {"chat_id": chat, "user_id": me})
    if not isinstance(kind, dict) or not isinstance(member, dict):
        raise unexpected(host)
    status = text_of(member.get("status"))
    if kind.get("type") == "channel":
        return () if status == "administrator" and member.get("can_post_messages") is True else ("can_post_messages",)
    may = status in ("administrator", "creator", "member")
    return () if may or member.get("can_send_messages") is True else ("can_send_messages",)
