"""What a WhatsApp message says, as text: words and captions, and what stands for all else.

https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/messages. Files are named,
not fetched: their addresses last some minutes and need the token.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from smdash.core.text import clean, one_line, safe_link
from smdash.locale import gettext as _
from smdash.locale import ngettext
from smdash.platforms.items import objects, text_of

_ABOUT_LIMIT = 500
_MOST_CARDS = 10
# Notes of WhatsApp's own that nobody answers: a number that was changed, a chat that was opened.
_NOTES = frozenset({"system", "request_welcome"})


def body_of(message: dict[str, Any]) -> str:
    """What people see of a message, clean; nothing where it is only WhatsApp's own note."""
    kind = text_of(message.get("type"))
    if kind in _NOTES:
        return ""
    held = message.get(kind)
    read = _READERS.get(kind)
    words = read(held if isinstance(held, dict) else {}, message) if read is not None else ""
    # A kind that is not known is not lost either: somebody wrote, and waits.
    body = words or _("[a message that can't be shown here; see it on the phone]")
    return clean("\n".join(part for part in (body, _advert(message)) if part))


def _text(held: dict[str, Any], _message: dict[str, Any]) -> str:
    return text_of(held.get("body")).strip()


def _file(label: Callable[[dict[str, Any]], str]) -> Callable[[dict[str, Any], dict[str, Any]], str]:
    def read(held: dict[str, Any], _message: dict[str, Any]) -> str:
        name = one_line(text_of(held.get("filename"))[:_ABOUT_LIMIT])
        shown = f"[{label(held)}: {name}]" if name else f"[{label(held)}]"
        return "\n".join(part for part in (shown, text_of(held.get("caption")).strip()) if part)

    return read


def _location(held: dict[str, Any], _message: dict[str, Any]) -> str:
    names = [one_line(text_of(held.get(part))[:_ABOUT_LIMIT]) for part in ("name", "address")]
    sides = [held.get(side) for side in ("latitude", "longitude")]
    spot = ", ".join(f"{float(one):.5f}" for one in sides if isinstance(one, int | float) and abs(one) <= 180)
    about = ", ".join(part for part in (*names, spot) if part)
    return _("[location: {about}]").format(about=about) if about else ""


def _contacts(_held: dict[str, Any], message: dict[str, Any]) -> str:
    cards = []
    for one in objects(message.get("contacts"))[:_MOST_CARDS]:
        named = one.get("name")
        name = text_of(named.get("formatted_name")) if isinstance(named, dict) else ""
        phones = [text_of(phone.get("phone")) for phone in objects(one.get("phones"))[:3]]
        about = one_line(" ".join(part for part in (name, *phones) if part)[:_ABOUT_LIMIT])
        cards.append(_("[contact: {about}]").format(about=about) if about else f"[{_('contact')}]")
    return "\n".join(cards)


def _chosen(held: dict[str, Any], _message: dict[str, Any]) -> str:
    """A choice from buttons or a list, or a form that was filled in."""
    for kind in ("button_reply", "list_reply"):
        choice = held.get(kind)
        if isinstance(choice, dict):
            parts = (one_line(text_of(choice.get(part))[:_ABOUT_LIMIT]) for part in ("title", "description"))
            return _("[chose: {about}]").format(about=", ".join(part for part in parts if part))
    form = held.get("nfm_reply")
    if isinstance(form, dict):
        return one_line(text_of(form.get("body"))[:_ABOUT_LIMIT]) or _("[a form that was filled in]")
    return ""


def _button(held: dict[str, Any], _message: dict[str, Any]) -> str:
    about = one_line(text_of(held.get("text"))[:_ABOUT_LIMIT])
    return _("[chose: {about}]").format(about=about) if about else ""


def _reaction(held: dict[str, Any], _message: dict[str, Any]) -> str:
    return _("[reaction: {emoji}]").format(emoji=one_line(text_of(held.get("emoji"))[:40]) or "?")


def _order(held: dict[str, Any], _message: dict[str, Any]) -> str:
    count = len(objects(held.get("product_items")))
    shown = ngettext("[order: {count} product]", "[order: {count} products]", count).format(count=count)
    return "\n".join(part for part in (shown, text_of(held.get("text")).strip()) if part)


def _advert(message: dict[str, Any]) -> str:
    """The advertisement or post whose button brought this person here."""
    found = message.get("referral")
    if not isinstance(found, dict):
        return ""
    title = one_line(text_of(found.get("headline"))[:_ABOUT_LIMIT])
    about = " ".join(part for part in (title, safe_link(text_of(found.get("source_url"))) or "") if part)
    return _("[came from: {about}]").format(about=about) if about else ""


_READERS: dict[str, Callable[[dict[str, Any], dict[str, Any]], str]] = {
    "text": _text,
    "image": _file(lambda _held: _("image")),
    "video": _file(lambda _held: _("video")),
    "audio": _file(lambda held: _("voice message") if held.get("voice") is True else _("audio")),
    "document": _file(lambda _held: _("file")),
    "sticker": _file(lambda _held: _("sticker")),
    "location": _location,
    "contacts": _contacts,
    "interactive": _chosen,
    "button": _button,
    "reaction": _reaction,
    "order": _order,
}
