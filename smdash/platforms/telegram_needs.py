"""What the owner of a Telegram bot has to say beside its token. For the registry: no HTTP."""

from __future__ import annotations

from smdash.locale import noop
from smdash.platforms.base import Need

CHAT = "chat"
WEBHOOK_URL = "webhook_url"
WEBHOOK_SECRET = "webhook_secret"  # noqa: S105 the name of a setting

NEEDS = (
    Need(
        CHAT,
        noop("channel or group to post to"),
        noop("@name of the channel, or its number (-100...) where it has none; the bot must be its administrator"),
        required=False,
    ),
    Need(
        WEBHOOK_URL,
        noop("address of the webhook"),
        noop("where smdash receive is reached, https://HOST/telegram/ACCOUNT; without it messages are fetched"),
        required=False,
    ),
    Need(
        WEBHOOK_SECRET,
        noop("word of the webhook"),
        noop("up to 256 letters, digits, - and _ that you make up; only together with the webhook's address"),
        secret=True,
        required=False,
    ),
)
