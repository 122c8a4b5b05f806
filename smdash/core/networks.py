"""The networks' two letters, the same on every screen and in every list."""

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
