"""HTML from strangers, turned into plain text for a terminal.

The parse tree is only read, never written back, so nothing has to be sanitised; the result still has to pass
``core.text.clean`` and ``plain`` does so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from selectolax.lexbor import LexborHTMLParser, LexborNode

from smdash.core.text import clean

# Nested tags cost the parser the square of their depth: 64 KiB of "<div>" take 0.14 s, 500 KB take 10 s.
HTML_LIMIT = 65_536
TEXT_LIMIT = 40_000

_SKIPPED = frozenset(
    {"script", "style", "head", "template", "noscript", "iframe", "object", "svg", "math", "title", "-comment"}
)
_PARAGRAPHS = frozenset(
    {"p", "blockquote", "ul", "ol", "dl", "pre", "table", "figure", "hr", "h1", "h2", "h3", "h4", "h5", "h6"}
)
_LINES = frozenset(
    {"div", "li", "tr", "dt", "dd", "section", "article", "header", "footer", "figcaption", "summary", "details"}
)
_SPACES = re.compile(r"[ \t\r\n\f]+")
_ADDRESS = re.compile(r"(?:https?://)?(?:www\.)?(.*?)/?", re.IGNORECASE | re.DOTALL)
_ENTER, _LEAVE = True, False
_DASH = "- "


def plain(html: str, *, links: bool = False, limit: int = HTML_LIMIT) -> str:
    """The text of an HTML fragment: paragraphs apart by a blank line, ``br`` as a line end, lists with dashes.

    With *links*, an ``a`` whose words don't show its address gets the address behind them, in brackets.
    Hidden parts of shortened addresses (Mastodon's ``span.invisible``) are shown, so that the whole address
    stands there. More than *limit* characters of HTML are not read.
    """
    html = clean(html, limit=limit)
    if "<" not in html and "&" not in html:
        return " ".join(html.split()) if "\n" not in html else _tidy(html)
    root = LexborHTMLParser(html).root
    if root is None:
        return ""
    writer = _Writer()
    for node, entering in _walk(root):
        if writer.length > TEXT_LIMIT:
            break
        _write(writer, node, entering, links)
    return _tidy(clean("".join(writer.parts)))


class _Writer:
    """Collects text; a wished-for break comes into being only when more text follows."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.length = 0
        self.verbatim = 0
        self.anchors: list[int] = []
        self._break = ""

    def wish(self, breaks: str) -> None:
        if self.parts and self.parts[-1] == _DASH:
            return  # a paragraph inside a list item starts on the dash's own line
        if len(breaks) > len(self._break):
            self._break = breaks

    def text(self, text: str) -> None:
        if not self.verbatim:
            text = _SPACES.sub(" ", text)
            if text == " " and (self._break or not self.parts):
                return
            if self._break or not self.parts or self.parts[-1].endswith(("\n", " ")):
                text = text.removeprefix(" ")
        if text:
            self.put(text)

    def put(self, text: str) -> None:
        if self._break and self.parts:
            self.parts.append(self._break)
        self._break = ""
        self.parts.append(text)
        self.length += len(text) + 1


def _walk(root: LexborNode) -> Iterator[tuple[LexborNode, bool]]:
    """Every node on the way in and on the way out, without recursion: documents may be nested without end."""
    node: LexborNode | None = root
    while node is not None:
        skipped = node.tag in _SKIPPED
        if not skipped:
            yield node, _ENTER
        child = None if skipped else node.child
        if child is not None:
            node = child
            continue
        if not skipped:
            yield node, _LEAVE
        while node is not None and node.next is None:
            node = node.parent
            if node is not None:
                yield node, _LEAVE
        node = node.next if node is not None else None


def _write(writer: _Writer, node: LexborNode, entering: bool, links: bool) -> None:
    tag = node.tag or ""
    if tag == "-text":
        if entering:
            writer.text(node.text_content or "")
    elif tag == "br":
        if entering:
            writer.put("\n")
    elif tag == "img":
        if entering and (description := (node.attributes.get("alt") or "").strip()):
            writer.text(description)
    elif tag == "a":
        if entering:
            writer.anchors.append(len(writer.parts))
        elif writer.anchors:
            begun = writer.anchors.pop()
            if links:
                _add_address(writer, node, "".join(writer.parts[begun:]))
    elif tag in ("td", "th"):
        if not entering:
            writer.text(" ")
    elif tag in _PARAGRAPHS:
        writer.wish("\n\n")
        if tag == "pre":
            writer.verbatim += 1 if entering else -1
    elif tag in _LINES:
        writer.wish("\n")
        if tag == "li" and entering:
            writer.put(_DASH)


def _add_address(writer: _Writer, node: LexborNode, words: str) -> None:
    href = (node.attributes.get("href") or "").strip()
    kinds = (node.attributes.get("class") or "").split()
    if not href.lower().startswith(("http://", "https://")) or "mention" in kinds or "hashtag" in kinds:
        return
    if _bare(words) != _bare(href):
        writer.put(f" ({href})" if words.strip() else href)


def _bare(address: str) -> str:
    match = _ADDRESS.fullmatch(address.strip())
    return match[1] if match else address


def _tidy(text: str) -> str:
    lines = [line.rstrip() for line in text.split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
