"""How a bot gets what people write: fetched from Telegram's queue, or pushed to the team's own address; never both.

https://core.telegram.org/bots/api#getting-updates. Telegram keeps updates for 24 hours, and forgets those below the
``offset`` of a call. The cursor holds that offset, and is kept together with the records: what a call brought is
confirmed by the next one only, so that a service that dies in between gets it again.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from smdash.core.clock import encode
from smdash.core.errors import ErrorKind
from smdash.core.records import IncomingMention
from smdash.locale import gettext as _
from smdash.locale import ngettext
from smdash.platforms.answers import iso_date
from smdash.platforms.base import Credentials, Pull, Pulled
from smdash.platforms.cursors import dump, fields_of
from smdash.platforms.items import Malformed, Skipped, refuse_flood, text_of
from smdash.platforms.problems import problem, quote
from smdash.platforms.telegram_calls import call, is_whole, unexpected
from smdash.platforms.telegram_needs import CHAT, WEBHOOK_SECRET, WEBHOOK_URL
from smdash.platforms.telegram_records import KINDS, Reader

if TYPE_CHECKING:
    from smdash.platforms.client import Client

LIMIT = 100
# After a week without updates their numbers begin anew anywhere, below the offset perhaps; what was seen before is
# forgotten by then, so that nothing comes twice where none is named.
STALE = timedelta(days=6)
# How often it is looked whether pushes arrive.
LOOK = timedelta(minutes=10)
# An older failure to deliver is over.
_LATELY = timedelta(hours=1)
_WORD = re.compile(r"[A-Za-z0-9_-]{1,256}")


@dataclass(frozen=True, slots=True)
class Queue:
    """A cursor. ``next`` is the first update that is wanted, ``at`` when the one before it came; ``hook`` is the mark
    of the webhook that this account set."""

    next: int | None = None
    at: str | None = None
    hook: str | None = None


def load(text: str | None) -> Queue:
    """Read a cursor; one that can't be read starts anew (what comes twice changes nothing)."""
    found = fields_of(text)
    following, at, hook = found.get("next"), found.get("at"), found.get("hook")
    return Queue(
        following if is_whole(following) and following > 0 else None,
        at if iso_date(at) is not None else None,
        hook if isinstance(hook, str) and hook else None,
    )


def webhook_of(credentials: Credentials) -> tuple[str, str] | None:
    """The address and the word of the account's webhook, or nothing. Raises PlatformError for half of it."""
    url = credentials.options.get(WEBHOOK_URL, "").strip()
    word = credentials.secrets.get(WEBHOOK_SECRET, "")
    if not url and not word:
        return None
    if not url or not word:
        sentence = _("a webhook needs both webhook_url and webhook_secret; without them messages are fetched")
        raise problem(ErrorKind.REJECTED, sentence)
    if not _WORD.fullmatch(word):
        sentence = _("webhook_secret may hold 1 to 256 letters, digits, - and _ only")
        raise problem(ErrorKind.REJECTED, sentence)
    return url, word


async def pull(pull: Pull, client: Client) -> Pulled:
    """The next updates, at most a hundred; or, where they are pushed, whether that works. Raises PlatformError."""
    queue = load(pull.cursor)
    hook = webhook_of(pull.credentials)
    if hook is not None:
        return await _watch(pull, client, queue, *hook)
    if queue.hook is not None:
        # The webhook was ours, and the account's owner took it out of the settings.
        await _ask(pull, client, "deleteWebhook", {"drop_pending_updates": False})
        queue = replace(queue, hook=None)
    return await _fetch(pull, client, queue)


async def _fetch(pull: Pull, client: Client, queue: Queue) -> Pulled:
    fields: dict[str, Any] = {"limit": LIMIT, "timeout": 0, "allowed_updates": list(KINDS)}
    seen = iso_date(queue.at)
    if queue.next is not None and seen is not None and pull.now - seen < STALE:
        fields["offset"] = queue.next
    updates, host = await _ask(pull, client, "getUpdates", fields)
    if not isinstance(updates, list):
        raise unexpected(host)
    refuse_flood(updates, host)
    skipped = Skipped()
    numbers: list[int] = []
    mentions: list[IncomingMention] = []
    reader = reader_of(pull.credentials, pull.now)
    for update in updates:
        number = update.get("update_id") if isinstance(update, dict) else None
        if not isinstance(update, dict) or not is_whole(number) or number <= 0:
            skipped.add("update_id")
            continue
        numbers.append(number)
        try:
            mentions += reader.read(update)
        except Malformed as lack:
            skipped.add(str(lack))
    if updates and not numbers:
        # Without a number nothing of it can be confirmed, and it would come again for ever.
        raise unexpected(host)
    if numbers:
        queue = replace(queue, next=max(numbers) + 1, at=encode(pull.now))
    return Pulled(mentions=mentions, cursor=dump(queue), more=len(updates) >= LIMIT, notice=skipped.notice())


async def _watch(pull: Pull, client: Client, queue: Queue, url: str, word: str) -> Pulled:
    """See to it that Telegram pushes to the account's address, and say so where that fails."""
    info, host = await _ask(pull, client, "getWebhookInfo", {})
    if not isinstance(info, dict):
        raise unexpected(host)
    mark = _mark(pull.credentials, url, word)
    if text_of(info.get("url")) != url or queue.hook != mark:
        fields = {"url": url, "secret_token": word, "allowed_updates": list(KINDS)}
        await _ask(pull, client, "setWebhook", fields)
    queue = replace(queue, hook=mark)
    return Pulled(cursor=dump(queue), interval=LOOK, notice=_trouble(info, pull.now))


def _trouble(info: dict[str, Any], now: datetime) -> str | None:
    """A sentence about pushes that do not arrive, or nothing."""
    at, waiting = info.get("last_error_date"), info.get("pending_update_count")
    if not is_whole(at) or not 0 < at < 10**11 or now - datetime.fromtimestamp(at, UTC) > _LATELY:
        return None
    said = quote(text_of(info.get("last_error_message"))) or _("no reason given")
    count = waiting if is_whole(waiting) and waiting >= 0 else 0
    return ngettext(
        "Telegram can't reach the webhook: {reason}; {count} update waits there, for 24 hours",
        "Telegram can't reach the webhook: {reason}; {count} updates wait there, for 24 hours",
        count,
    ).format(reason=said, count=count)


def _mark(credentials: Credentials, url: str, word: str) -> str:
    """What tells one webhook from another without its word, which the team's database must not hold."""
    told = "\0".join((url, word, *KINDS))
    return hmac.new(credentials.token.encode(), told.encode("utf-8", "replace"), hashlib.sha256).hexdigest()[:24]


def reader_of(credentials: Credentials, now: datetime) -> Reader:
    """Reads updates for this account; a token begins with its bot's id."""
    number, colon, _word = credentials.token.partition(":")
    me = int(number) if colon and re.fullmatch(r"\d{1,15}", number, re.ASCII) else None
    return Reader(credentials.name, now, me, credentials.options.get(CHAT, "").strip())


async def _ask(pull: Pull, client: Client, method: str, fields: dict[str, Any]) -> tuple[Any, str]:
    return await call(pull.credentials, client, method, pull.now, fields, owner_typed=pull.owner_typed)
