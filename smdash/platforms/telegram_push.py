"""What Telegram pushes: one update a call, with a word of ours in a header.

https://core.telegram.org/bots/api#setwebhook: ``secret_token`` comes back as ``X-Telegram-Bot-Api-Secret-Token``. There
is no challenge, and the body does not say which bot it is for: the address tells that. A call that is not answered with
2xx is made again; an update that came out of order or twice has the ids that it had.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping, Sequence
from datetime import datetime

from smdash.core.errors import ErrorKind
from smdash.locale import gettext as _
from smdash.platforms.items import Malformed
from smdash.platforms.problems import problem
from smdash.platforms.push import Pushed, Request
from smdash.platforms.telegram_calls import is_whole
from smdash.platforms.telegram_needs import WEBHOOK_SECRET
from smdash.platforms.telegram_records import Reader

_HEADER = "x-telegram-bot-api-secret-token"


class TelegramPush:
    """The receiver; see ``push.Receiver`` for its calls."""

    def challenge(self, request: Request, secrets: Mapping[str, str]) -> str | None:
        """Telegram never asks whether an address is ours."""
        return None

    def is_genuine(self, request: Request, secrets: Mapping[str, str]) -> bool:
        """Whether it holds the word that was told to Telegram alone. Compares in constant time, and never raises."""
        known, told = secrets.get(WEBHOOK_SECRET, ""), request.headers.get(_HEADER, "")
        return bool(known) and hmac.compare_digest(told.encode("utf-8", "replace"), known.encode("utf-8", "replace"))

    def read(self, body: bytes, received_at: datetime) -> Sequence[Pushed]:
        """The messages of an update. Raises PlatformError for a body that is nothing of Telegram's."""
        try:
            update = json.loads(body.decode("utf-8", "replace"))
        except (ValueError, RecursionError):
            update = None
        if not isinstance(update, dict) or not is_whole(update.get("update_id")):
            raise problem(ErrorKind.SERVER, _("what was pushed is no update of Telegram's"))
        try:
            found = Reader("", received_at).read(update)
        except Malformed as lack:
            sentence = _("Telegram pushed a message whose {field} is missing or malformed")
            raise problem(ErrorKind.SERVER, sentence.format(field=lack)) from None
        return tuple(Pushed("", mention) for mention in found)
