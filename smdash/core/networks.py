"""The networks' two letters and how their people are named, the same on every screen and in every list."""

from __future__ import annotations

CODES: dict[str, str] = {
    "facebook_page": "FB",
    "instagram": "IG",
    "messenger": "MS",
    "whatsapp": "WA",
    "threads": "TH",
    "x": "X",
    "linkedin": "LI",
    "youtube": "YT",
    "tiktok": "TT",
    "telegram": "TG",
    "reddit": "RD",
    "snapchat": "SC",
    "mastodon": "MA",
    "bluesky": "BS",
    "feeds": "RS",
}


def code(platform: str) -> str:
    """The letters of a network; one that is not known shows the first two of its name."""
    known = CODES.get(platform)
    if known is not None:
        return known
    letters = "".join(letter for letter in platform if letter.isalnum())
    return letters[:2].upper() or "??"


def author(handle: str, name: str) -> tuple[str, str]:
    """By what people know somebody, and what stands before it: the handle, or the name where that is but an id.

    Facebook, Instagram, Messenger and WhatsApp give out numbers in place of handles, and of some people not even those.
    """
    if name and (handle.isdecimal() or handle.startswith("unknown:")):
        return name, ""
    return handle, "" if handle.startswith(("@", "+")) or not handle else "@"
