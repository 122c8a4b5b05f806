"""A post while it is being written: what stands in the composer's fields, and how each network would show it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from smdash.core import limits, threads
from smdash.core.clock import decode, encode_optional
from smdash.core.limits import Count
from smdash.core.records import Category, Format, Post

# The key of the text that every account has which has none of its own.
ALL = ""


class Place(NamedTuple):
    """An account that a post can go to. ``limits`` are those that its server told."""

    id: int
    platform: str
    name: str
    status: str
    limits: Mapping[str, int]

    @property
    def key(self) -> str:
        return f"{self.platform}/{self.name}"


class Typed(NamedTuple):
    """The composer's fields. ``texts``: by account (``platform/name``), or ALL; kept as they were typed.

    Times are UTC. ``accounts`` are written ``platform/name``. ``seen`` is the digest of the post that writing began
    with, so that what somebody else changed meanwhile is noticed; empty for a new one.
    """

    texts: Mapping[str, str] = {ALL: ""}
    accounts: tuple[str, ...] = ()
    due_at: datetime | None = None
    category: Category = Category.OTHER
    format: Format = Format.TEXT
    campaign: str | None = None
    offer: str | None = None
    offer_until: datetime | None = None
    first_comment: str | None = None
    seen: str = ""

    @property
    def body(self) -> str:
        return self.texts.get(ALL, "")

    def text_for(self, account: str) -> str:
        """What goes out to an account."""
        return self.texts.get(account) or self.body

    @property
    def versions(self) -> dict[str, str]:
        """The texts of those of its accounts that have one of their own."""
        return {
            key: text.strip()
            for key, text in self.texts.items()
            if key != ALL and key in self.accounts and text.strip() and text.strip() != self.body.strip()
        }


class Shown(NamedTuple):
    """One post of a thread as an account shows it: its number (0 is the first comment), its text and its room."""

    number: int
    text: str
    room: Count


def preview(typed: Typed, place: Place) -> list[Shown]:
    """What would go out to an account, post by post."""
    return [
        Shown(number, text, limits.count(place.platform, text, post=True, limits=place.limits))
        for number, text in threads.pieces(place.platform, typed.text_for(place.key).strip(), typed.first_comment)
    ]


def of_post(post: Post) -> Typed:
    """The fields of a post that is there already."""
    typed = Typed(
        {ALL: post.body} | {"/".join(account): text for account, text in post.versions},
        tuple("/".join(account) for account in post.accounts),
        post.due_at, post.category, post.format, post.campaign, post.offer, post.offer_until, post.first_comment,
    )  # fmt: skip
    return typed._replace(seen=digest(typed))


def digest(typed: Typed) -> str:
    """The same for what a reader would call the same post."""
    import hashlib

    return hashlib.sha256(to_json(typed._replace(seen="")).encode()).hexdigest()[:16]


def to_json(typed: Typed) -> str:
    """One text that ``from_json`` reads."""
    plain = typed._asdict() | {
        "texts": dict(typed.texts), "due_at": encode_optional(typed.due_at),
        "offer_until": encode_optional(typed.offer_until),
    }  # fmt: skip
    return json.dumps(plain, sort_keys=True)


def from_json(text: str) -> Typed:
    """What ``to_json`` wrote; a field that is not as it should be is left as in an empty form."""
    try:
        found = json.loads(text)
    except ValueError:
        return Typed()
    if not isinstance(found, dict):
        return Typed()
    texts = found.get("texts")
    accounts = found.get("accounts")
    return Typed(
        {str(key): str(value) for key, value in texts.items()} if isinstance(texts, dict) else {ALL: ""},
        tuple(str(one) for one in accounts) if isinstance(accounts, list) else (),
        _time(found.get("due_at")),
        _one_of(Category, found.get("category"), Category.OTHER),
        _one_of(Format, found.get("format"), Format.TEXT),
        _text(found.get("campaign")),
        _text(found.get("offer")),
        _time(found.get("offer_until")),
        _text(found.get("first_comment")),
        _text(found.get("seen")) or "",
    )


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _time(value: object) -> datetime | None:
    try:
        return decode(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _one_of(kind: Any, value: object, default: Any) -> Any:
    try:
        return kind(value)
    except ValueError:
        return default
