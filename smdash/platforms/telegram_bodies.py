"""What a Telegram message says, as text: words with the addresses behind them, and what stands for all else.

https://core.telegram.org/bots/api#message and #messageentity. Places in a text count UTF-16 units. That a message of
``rich_message`` (Bot API 10.1) has no text of its own is what tools say, and was not tried.
"""

from __future__ import annotations

from typing import Any

from smdash.core.text import clean, one_line, safe_link
from smdash.locale import gettext as _
from smdash.platforms.items import objects, text_of
from smdash.platforms.telegram_calls import is_whole

_MOST_ENTITIES = 100
_MOST_OPTIONS = 20
_ABOUT_LIMIT = 500


def body_of(message: dict[str, Any]) -> str:
    """What people see of a message, clean; nothing where it is only Telegram's own note."""
    words = _linked(message, "text", "entities") or _linked(message, "caption", "caption_entities")
    return clean("\n".join(part for part in (_thing(message), words) if part))


def _linked(message: dict[str, Any], name: str, entities: str) -> str:
    """A text in which each hidden address stands behind the words that hide it."""
    text = text_of(message.get(name))
    if not text:
        return ""
    units = text.encode("utf-16-le", "surrogatepass")
    ends: list[tuple[int, str]] = []
    for one in objects(message.get(entities))[:_MOST_ENTITIES]:
        at, length, url = one.get("offset"), one.get("length"), safe_link(text_of(one.get("url")))
        if one.get("type") == "text_link" and url and is_whole(at) and is_whole(length) and at >= 0 and length > 0:
            ends.append((2 * (at + length), url))
    for end, url in sorted(ends, reverse=True):
        if end <= len(units):
            units = units[:end] + f" ({url})".encode("utf-16-le") + units[end:]
    return units.decode("utf-16-le", "replace").strip()


def _thing(message: dict[str, Any]) -> str:
    """What it holds beside words, each kind in its own way; of two names for one thing the first that is there."""
    for name, label in _labels():
        held = message.get(name)
        if held is None or held == [] or held is False:
            continue
        about = one_line(_about(name, held if isinstance(held, dict) else {})[:_ABOUT_LIMIT])
        return f"[{label}: {about}]" if about else f"[{label}]"
    poll = message.get("poll")
    if isinstance(poll, dict):
        options = (one_line(text_of(one.get("text"))) for one in objects(poll.get("options"))[:_MOST_OPTIONS])
        lines = [_("[poll: {question}]").format(question=one_line(text_of(poll.get("question"))))]
        return "\n".join(lines + [f"[ ] {option}" for option in options if option])
    return ""


def _labels() -> tuple[tuple[str, str], ...]:
    # A short film comes as a document too, a venue as a location, and their own names go before those.
    return (
        ("photo", _("image")),
        ("live_photo", _("image")),
        ("animation", _("animation")),
        ("video", _("video")),
        ("video_note", _("video")),
        ("voice", _("voice message")),
        ("audio", _("audio")),
        ("sticker", _("sticker")),
        ("document", _("file")),
        ("contact", _("contact")),
        ("venue", _("location")),
        ("location", _("location")),
        ("dice", _("dice")),
        ("game", _("game")),
        ("story", _("story")),
        ("paid_media", _("paid media")),
        ("invoice", _("invoice")),
        ("rich_message", _("formatted message")),
    )


def _about(name: str, held: dict[str, Any]) -> str:
    """What is told of a thing beside its kind."""
    if name == "audio":
        return " - ".join(part for part in (text_of(held.get("performer")), text_of(held.get("title"))) if part)
    if name == "contact":
        names = (text_of(held.get(part)) for part in ("first_name", "last_name", "phone_number"))
        return " ".join(part for part in names if part)
    if name == "venue":
        return ", ".join(part for part in (text_of(held.get("title")), text_of(held.get("address"))) if part)
    if name == "location":
        sides = [held.get(side) for side in ("latitude", "longitude")]
        return ", ".join(f"{side:.5f}" for side in sides if isinstance(side, float) and abs(side) <= 180)
    if name == "dice":
        return f"{text_of(held.get('emoji'))} {held['value']}" if is_whole(held.get("value")) else ""
    keys = {"sticker": "emoji", "document": "file_name", "game": "title", "invoice": "title"}
    return text_of(held.get(keys.get(name, "")))
