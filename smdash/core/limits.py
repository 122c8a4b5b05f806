"""How long a text may be on each network, by the network's own counting, and what a network lets a brand do at all.

The composer asks at every key, so plain text is counted in one step. Sources: X counting-characters and twitter-text's
config v3; Mastodon user/posting and /api/v2/instance; Bluesky lexicons app.bsky.feed.post and chat.bsky.convo.defs;
Meta's references of Instagram, Messenger, WhatsApp and Threads; Telegram Bot API sendMessage; LinkedIn comments; for
posts on Instagram, Facebook, LinkedIn and TikTok docs.upload-post.com/resources/character-limits.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import NamedTuple

from smdash.core.addressing import addressed
from smdash.core.records import MentionKind

# What a network takes as an answer to a mention of each kind: nothing where answers can't be sent by a program.
_NO_ANSWERS = frozenset({"feeds", "tiktok", "snapchat"})
_NO_ANSWERS_TO_HITS = frozenset({"instagram", "youtube"})
_LIKES = frozenset({"facebook_page", "x", "linkedin", "mastodon", "bluesky", "telegram"})
_HIDES = frozenset({"facebook_page", "instagram", "threads", "x", "youtube", "bluesky"})
_DELETES = frozenset({"facebook_page", "instagram", "linkedin", "telegram", "youtube"})
# Where an account's own posts can go below each other, and where it can comment on its own post.
_THREADS = frozenset({"mastodon", "bluesky", "x", "threads", "telegram"})
_COMMENTS = _THREADS - {"telegram"} | {"facebook_page", "instagram", "linkedin", "youtube", "reddit"}
_ACTS = {"like": _LIKES, "hide": _HIDES, "delete": _DELETES}

URL_UNITS = 23
# Letters of a part of a host's name, as it is written in ASCII (RFC 1035).
_LABEL = 63
# Marks that turn the reading direction stand around an address, never in it.
_URL = re.compile(
    r"https?://[^\s<>\"\u202a-\u202e\u2066-\u2069]*[^\s<>\"\u202a-\u202e\u2066-\u2069.,;:!?'()\[\]{}]", re.IGNORECASE
)
# X turns a bare address into a link too; the names here are those that people write to customers.
_BARE = re.compile(
    r"(?<![\w@./:-])(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?:com|net|org|id|co|io|me|info|biz|shop|store|app|dev|ly|to|link|site|"
    r"online|sg|my)(?![\w@-]|\.\w)(?:/[^\s<>\"]*[^\s<>\".,;:!?'()\[\]{}])?",
    re.IGNORECASE,
)
_REMOTE = re.compile(r"(?<![\w/@])@(\w[\w.-]*)@[\w-]+(?:\.[\w-]+)+")
# Code points of weight 1 (twitter-text config v3); all others weigh 2.
_LIGHT = ((0x0000, 0x10FF), (0x2000, 0x200D), (0x2010, 0x201F), (0x2032, 0x2037))


class Count(NamedTuple):
    """How much of a network's room a text takes. ``limit`` is missing where the network names none."""

    used: int
    limit: int | None
    unit: str  # characters, graphemes, weighted, utf16 or bytes

    @property
    def left(self) -> int | None:
        return None if self.limit is None else self.limit - self.used

    @property
    def over(self) -> bool:
        return self.limit is not None and self.used > self.limit


class Answering(NamedTuple):
    """What decides how much room an answer has: the network, whom it is for, and the account's own limits."""

    platform: str
    kind: MentionKind
    author: str
    account_url: str
    limits: Mapping[str, int]

    def room_of(self, text: str) -> Count:
        """The room that *text* takes as this answer."""
        return count(
            self.platform, text, kind=self.kind, limits=self.limits, author=self.author, account_url=self.account_url
        )


# (unit, limit) of what is public, and of a direct message.
_PUBLIC: dict[str, tuple[str, int]] = {
    "x": ("weighted", 280),
    "mastodon": ("graphemes", 500),
    "bluesky": ("graphemes", 300),
    "threads": ("characters", 500),
    # A comment; the caption of a post takes 2,200.
    "instagram": ("characters", 300),
    "facebook_page": ("utf16", 8_000),
    "linkedin": ("characters", 1_250),
    "youtube": ("characters", 10_000),
    "tiktok": ("characters", 150),
    "telegram": ("utf16", 4_096),
    "whatsapp": ("characters", 4_096),
    "messenger": ("characters", 2_000),
    "reddit": ("characters", 10_000),
}
_DIRECT: dict[str, tuple[str, int]] = {
    "x": ("characters", 10_000),
    "bluesky": ("graphemes", 1_000),
    "instagram": ("bytes", 1_000),
    "facebook_page": ("characters", 2_000),
    "linkedin": ("characters", 8_000),
}
# Of a post, where that is another one than of a comment below it; of Reddit's and YouTube's nothing is held.
_POSTS: dict[str, tuple[str, int | None]] = {
    "instagram": ("characters", 2_200),
    "facebook_page": ("utf16", 63_206),
    "linkedin": ("characters", 3_000),
    "tiktok": ("utf16", 2_200),
    "youtube": ("characters", None),
    "reddit": ("characters", None),
}
# Of the text below a file, where that is another one than of a text alone.
_CAPTIONS = {"telegram": 1_024, "whatsapp": 1_024}
# Bluesky holds a text to both.
_BYTES = {("bluesky", False): 3_000, ("bluesky", True): 10_000}


def count(
    platform: str,
    text: str,
    *,
    kind: MentionKind | None = None,
    post: bool = False,
    files: bool = False,
    limits: Mapping[str, int] | None = None,
    author: str = "",
    account_url: str = "",
) -> Count:
    """The room that *text* takes as an answer to a mention of this kind, or as a *post* of its own, maybe with *files*.

    ``limits`` are the account's own, as its server told them (``account.limits``). Of an answer, ``author`` is the
    handle of whom it is for and ``account_url`` the account's server: on Mastodon their name goes before it. Where a
    network counts twice, the count that is nearer to its end is given.
    """
    direct = kind is MentionKind.DM
    unit, limit = _POSTS[platform] if post and platform in _POSTS else _rule(platform, direct)
    if files:
        limit = _CAPTIONS.get(platform, limit)
    if platform == "mastodon":
        told = (limits or {}).get("max_characters")
        limit = told if type(told) is int and told > 0 else limit
        text = addressed(text, author, account_url) if author else text
        text = _mastodon(text, (limits or {}).get("characters_reserved_per_url"))
    found = Count(_measure(platform, unit, text), limit, unit)
    most = _BYTES.get((platform, direct))
    if most is not None and limit is not None:
        size = len(text.encode("utf-8", "replace"))
        if size * limit > found.used * most:
            return Count(size, most, "bytes") if size > most else found
    return found


def _rule(platform: str, direct: bool) -> tuple[str, int | None]:
    if direct and platform in _DIRECT:
        return _DIRECT[platform]
    return _PUBLIC.get(platform, ("characters", None))


def links(text: str) -> list[str]:
    """The web addresses in a text, as they stand there."""
    return [one[0] for one in _URL.finditer(text)]


def answers(platform: str) -> bool:
    """Whether an answer can be sent to this network by a program at all."""
    return platform not in _NO_ANSWERS


def answers_hits(platform: str) -> bool:
    """Whether an answer can be sent to what a search found there: a hit may be a video, or name nobody."""
    return platform not in _NO_ANSWERS_TO_HITS


def threads(platform: str) -> bool:
    """Whether several posts can go out to this network as one thread."""
    return platform in _THREADS


def first_comment(platform: str) -> bool:
    """Whether the account can put a comment below its own post on this network."""
    return platform in _COMMENTS


def acts(platform: str, act: str) -> bool:
    """Whether the network lets an account ``like``, ``hide`` or ``delete`` a comment below its own post."""
    return platform in _ACTS[act]


def _measure(platform: str, unit: str, text: str) -> int:
    if unit == "weighted":
        return _weighted(text)
    if unit == "bytes":
        return len(text.encode("utf-8", "replace"))
    if unit == "utf16":
        return len(text.encode("utf-16-le", "replace")) // 2
    if text.isascii():
        return len(text) - text.count("\r\n")
    if unit == "graphemes":
        return sum(1 for _cluster in graphemes(text))
    if platform == "threads":
        # An emoji counts as many characters as it has bytes.
        return sum(len(one.encode()) if _is_emoji(one) else len(one) for one in graphemes(text))
    return len(text)


def graphemes(text: str) -> list[str]:
    """What a reader sees as single characters (Unicode UAX #29)."""
    from wcwidth import iter_graphemes

    return list(iter_graphemes(text))


def _mastodon(text: str, url_units: object) -> str:
    """The text that Mastodon counts: an address stands for so many characters, a name loses its server."""
    units = url_units if type(url_units) is int and url_units > 0 else URL_UNITS
    return _REMOTE.sub(r"@\1", _URL.sub("x" * units, text))


def _weighted(text: str) -> int:
    """X's own weights, of the composed text: an address 23, an emoji 2 however long, Latin 1, most others 2."""
    text = unicodedata.normalize("NFC", text)
    addresses = 0
    parts, at = [], 0
    for found in _URL.finditer(text):
        if _has_host(found[0]):
            parts.append(text[at : found.start()])
            at, addresses = found.end(), addresses + 1
    text, bare = _BARE.subn("", "".join([*parts, text[at:]]))
    total = (addresses + bare) * URL_UNITS
    if text.isascii():
        return total + len(text)
    for one in graphemes(text):
        total += 2 if _is_emoji(one) else sum(1 if _is_light(ord(point)) else 2 for point in one)
    return total


def _has_host(url: str) -> bool:
    """Whether an address can lead anywhere: X counts one whose host has a part of more than 63 letters as text."""
    host = re.split(r"[/?#:]", url.partition("://")[2], maxsplit=1)[0]
    try:
        return all(len(label if label.isascii() else label.encode("idna")) <= _LABEL for label in host.split("."))
    except UnicodeError:
        return False


def _is_light(point: int) -> bool:
    return any(first <= point <= last for first, last in _LIGHT)


def _is_emoji(cluster: str) -> bool:
    """Whether a cluster is drawn as one emoji: pictographs, flags, keycaps, and what asks to be one."""
    first = ord(cluster[0])
    return (
        "\ufe0f" in cluster
        or "\u20e3" in cluster
        or 0x1F1E6 <= first <= 0x1F1FF
        or 0x1F300 <= first <= 0x1FAFF
        or (0x2600 <= first <= 0x27BF and unicodedata.east_asian_width(cluster[0]) == "W")
        or (first in (0x231A, 0x231B, 0x23E9, 0x23EA, 0x23EB, 0x23EC, 0x23F0, 0x23F3, 0x25FD, 0x25FE, 0x2B1B, 0x2B1C))
        or first in (0x2B50, 0x2B55, 0x1F004, 0x1F0CF, 0x1F18E, 0x1F201, 0x1F21A)
    )
