"""What a web page says of itself, for the card below a post with its address: Open Graph, else its title.

Best effort: a page that can't be read has no card, and that is no error. It is a stranger's page at a stranger's
address, so it gets the client's limits for such, and all that is taken from it is clean and short.
https://ogp.me
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urljoin

from selectolax.lexbor import LexborHTMLParser

from smdash.core.errors import PlatformError
from smdash.core.limits import graphemes
from smdash.core.text import clean, one_line, safe_link
from smdash.platforms.html_text import HTML_LIMIT

if TYPE_CHECKING:
    from smdash.platforms.answers import Answer
    from smdash.platforms.client import Client

# How long (seconds) a page, and then its picture, may take: the post waits for them.
WAIT_S = 8.0
TITLE_GRAPHEMES = 150
TEXT_GRAPHEMES = 300

_PAGE = {"Accept": "text/html, application/xhtml+xml"}
_PICTURE = {"Accept": "image/jpeg, image/png, image/webp, image/gif;q=0.5"}
_ADDRESS = re.compile(r"https?://", re.IGNORECASE)
# Where the head ends, and what in it is no markup and often most of it.
_BORDER = re.compile(
    r"<(?:(?P<end>body|/head)\b|(?P<name>script|style|noscript|svg|template)\b|(?P<comment>!--))", re.I
)
_CLOSING = {
    name: re.compile(rf"</{name}[^>]{{0,100}}>", re.IGNORECASE)
    for name in ("script", "style", "noscript", "svg", "template")
} | {"!--": re.compile("-->")}
_CHARSET = re.compile(rb"<meta[^>]{1,300}?charset\s{0,5}=\s{0,5}[\"']?([a-z0-9_\-]{1,40})", re.IGNORECASE)
_NAMED = re.compile(r"charset\s{0,5}=\s{0,5}[\"']?([a-z0-9_\-]{1,40})", re.IGNORECASE)
# Python knows more, some of them no charsets of the web, and slow.
_KNOWN = re.compile(
    r"utf-?(?:8|16(?:le|be)?)|(?:us-)?ascii|iso-?8859-?\d{1,2}|latin-?1|windows-?\d{3,4}|koi8-[ru]|shift[_-]?jis|euc-?(?:jp|kr)"
    r"|iso-2022-jp|gbk|gb2312|gb18030|big5|tis-620",
    re.IGNORECASE,
)
_TITLES = ("og:title", "twitter:title")
_TEXTS = ("og:description", "twitter:description", "description")
_PICTURES = ("og:image:secure_url", "og:image", "og:image:url", "twitter:image", "twitter:image:src")
_WANTED = frozenset(_TITLES + _TEXTS + _PICTURES)

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture's whole file, and its type as its first bytes tell."""

    body: bytes = field(repr=False)
    media_type: str


@dataclass(frozen=True, slots=True)
class Card:
    """A page at ``url`` as its makers describe it: clean lines of at most 150 and 300 graphemes."""

    url: str
    title: str
    text: str = ""
    picture: Picture | None = None


async def read(url: str, client: Client, *, picture_bytes: int, wait_s: float = WAIT_S) -> Card | None:
    """The card of the page at *url*, or nothing where there is none to be had.

    Pictures of more than *picture_bytes* are left out. Takes at most twice *wait_s* (seconds), and asks addresses of
    private networks only where the client's ``private_hosts`` allow them. Never raises PlatformError.
    """
    if not _ADDRESS.match(url) or (answer := await _get(url, _PAGE, client, wait_s)) is None:
        return None
    if not any(kind in answer.headers.get("content-type", "").lower() for kind in ("text/html", "xhtml")):
        return None
    found = await asyncio.to_thread(_parse, answer)
    if not found.title:
        return None
    picture = await _picture(found.picture, client, picture_bytes, wait_s) if found.picture else None
    return Card(url, found.title, found.text, picture)


async def _get(url: str, headers: dict[str, str], client: Client, wait_s: float) -> Answer | None:
    try:
        answer = await client.get(url, owner_typed=False, headers=headers, deadline_s=wait_s)
    except PlatformError as error:
        log.info("no link card: %s", error)
        return None
    if not answer.ok:
        log.info("no link card: %s answered %s", answer.host, answer.status)
        return None
    return answer


async def _picture(url: str, client: Client, most: int, wait_s: float) -> Picture | None:
    answer = await _get(url, _PICTURE, client, wait_s)
    if answer is None or len(answer.body) > most:
        return None
    kind = _kind_of(answer.body)
    return Picture(answer.body, kind) if kind else None


def _kind_of(body: bytes) -> str:
    """The type of a picture that browsers and networks take, by its first bytes; servers say all sorts of things."""
    if body.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if body.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if body.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif"
    if body[:4] == b"RIFF" and body[8:12] == b"WEBP":
        return "image/webp"
    return ""


class _Found(NamedTuple):
    title: str
    text: str
    picture: str | None


def _parse(answer: Answer) -> _Found:
    """What the page says of itself, each thing from the best place that says it."""
    parser = LexborHTMLParser(_head(_decoded(answer)))
    said: dict[str, str] = {}
    for node in parser.css("meta"):
        attributes = node.attributes
        content = (attributes.get("content") or "").strip()
        for key in (attributes.get("property"), attributes.get("name")):
            name = (key or "").strip().lower()
            # Of several pictures the first one is the page's own choice.
            if content and name in _WANTED:
                said.setdefault(name, content)
    titled = parser.css_first("title")
    titles = [*_of(said, _TITLES), titled.text() if titled is not None else ""]
    based = parser.css_first("base")
    base = _joined(answer.url, (based.attributes.get("href") or "") if based is not None else "") or answer.url
    picture = next(iter(_of(said, _PICTURES)), "")
    return _Found(
        _short(titles, TITLE_GRAPHEMES),
        _short(_of(said, _TEXTS), TEXT_GRAPHEMES),
        safe_link(_joined(base, picture)) if picture else None,
    )


def _of(said: dict[str, str], names: tuple[str, ...]) -> list[str]:
    return [said[name] for name in names if name in said]


def _head(text: str) -> str:
    """A page's head without scripts, styles and comments: they hide what is looked for behind half a megabyte."""
    kept: list[str] = []
    at, room = 0, HTML_LIMIT
    while room > 0:
        border = _BORDER.search(text, at)
        part = text[at : border.start() if border else None][:room]
        kept.append(part)
        room -= len(part)
        if border is None or border["end"]:
            break
        closing = _CLOSING[(border["name"] or "!--").lower()].search(text, border.end())
        if closing is None:
            break
        at = closing.end()
    return "".join(kept)


def _decoded(answer: Answer) -> str:
    """The body as text, by the charset of the header, else by the page's own word, else as UTF-8."""
    body = answer.body
    if body.startswith((b"\xff\xfe", b"\xfe\xff")):
        return body.decode("utf-16", "replace")
    named = _NAMED.search(answer.headers.get("content-type", ""))
    written = None if named else _CHARSET.search(body[:2_048])
    name = named[1] if named else written[1].decode("ascii") if written else "utf-8"
    try:
        return body.decode(name if _KNOWN.fullmatch(name) else "utf-8", "replace")
    except LookupError:
        return body.decode("utf-8", "replace")


def _joined(base: str, address: str) -> str:
    try:
        return urljoin(base, address.strip())
    except ValueError:
        return ""


def _short(texts: Iterable[str], most: int) -> str:
    """The first text that says something, as one clean line of at most *most* graphemes, the last one an ellipsis."""
    for text in texts:
        if line := one_line(clean(text, limit=10 * most)):
            parts = graphemes(line)
            return line if len(parts) <= most else "".join(parts[: most - 1]).rstrip() + "…"
    return ""
