"""What of a text is a link, a hashtag or a name: Bluesky draws none of them unless the author's program says so.

Offsets count UTF-8 bytes, the end is the first one behind. Lexicon app.bsky.richtext.facet;
A name is drawn only with the DID that it stands for, which the network is asked for.
https://docs.bsky.app/docs/advanced-guides/post-richtext, https://atproto.com/specs/handle; lexicon
com.atproto.identity.resolveHandle.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from smdash.core.text import LINK_LIMIT
from smdash.platforms.bluesky_errors import is_stale
from smdash.platforms.bluesky_session import Caller, is_did

TAG_GRAPHEMES = 64
TAG_BYTES = 640
# How many names are asked for: a post has no room for more.
MOST_NAMES = 50
# Neither white space nor what only stands around an address.
_INSIDE = r"[^\s<>\"“”„«»「」『』【】《》〈〉（）、。！？，；：—\u00ad\u200b\u2060\ufeff]"
_LABEL = r"[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"
# Of Latin letters only: Chinese, Japanese and Thai are written without spaces, also before and behind a name or a link.
_ADDRESS = re.compile(rf"(?<![a-zA-Z0-9_])[hH][tT][tT][pP][sS]?://{_INSIDE}+")
_BARE = re.compile(
    rf"(?<![\w@./#%&=?-])(?P<host>(?:{_LABEL}\.)+[a-zA-Z]{{2,24}})(?![\w@-]|\.\w)(?::\d{{1,5}}(?!\w))?"
    rf"(?P<path>/{_INSIDE}*)?(?:\?{_INSIDE}+)?"
)
_MENTION = re.compile(
    rf"(?<![a-zA-Z0-9_@.])@(?P<handle>(?:{_LABEL}\.)+[a-zA-Z](?:[a-zA-Z0-9-]{{0,61}}[a-zA-Z0-9])?)"
    r"(?![a-zA-Z0-9_@]|[.-][a-zA-Z0-9_])"
)
# A word behind a full stop without a space looks like a domain, so without a path only the endings that people write,
# and of those none with which a sentence may go on ("Pesan sekarang.link di bio"): the domain would be a stranger's.
_ENDING = re.compile("com|net|org|id|co|io|biz|shop|store|app|dev|sg|edu|gov|xyz|blog|cafe|coffee|asia")
_WORD = re.compile("link|info|site|online|page")
_SECOND = re.compile("com?|net|org?|gov?|ac|edu|sch|web|my|biz|desa")
_CLOSING = {")": "(", "]": "[", "}": "{"}
_TRAILING = frozenset(".,;:!?'*`…，；：‘’‚‹›")
# What may stand inside a hashtag between two of its letters.
_JOINING = frozenset("-_·・&'’")
_HASHES = ("#", "＃")
_HANDLE_LIMIT = 253


class Span(NamedTuple):
    """A stretch of the text, in characters, and what it stands for."""

    start: int
    end: int
    kind: str  # link, mention or tag
    value: str


def spans(text: str) -> list[Span]:
    """The links, names and hashtags of *text*, in order; none lies in another."""
    found: list[Span] = []
    for some in (_addresses(text), _bare(text), _mentions(text), _tags(text)):
        found += [one for one in some if not any(one.start < other.end and other.start < one.end for other in found)]
    return sorted(found)


def handles(text: str) -> list[str]:
    """The handles that *text* names, each once, in lower case, without the “@”."""
    return list(dict.fromkeys(one.value for one in spans(text) if one.kind == "mention"))


def facets(text: str, dids: Mapping[str, str]) -> list[dict[str, Any]]:
    """The facets of *text*. ``dids`` says who the handles are; a name that is missing there stays plain text."""
    made: list[dict[str, Any]] = []
    for one in spans(text):
        feature = {"$type": f"app.bsky.richtext.facet#{one.kind}"}
        if one.kind == "mention":
            if one.value not in dids:
                continue
            feature["did"] = dids[one.value]
        else:
            feature["uri" if one.kind == "link" else "tag"] = one.value
        start = len(text[: one.start].encode())
        index = {"byteStart": start, "byteEnd": start + len(text[one.start : one.end].encode())}
        made.append({"index": index, "features": [feature]})
    return made


async def dids_of(text: str, caller: Caller) -> dict[str, str]:
    """The DIDs of the first fifty handles in *text*; those that nobody bears are left out. Raises PlatformError."""
    found: dict[str, str] = {}
    for handle in handles(text)[:MOST_NAMES]:
        answer = await caller.query("com.atproto.identity.resolveHandle", {"handle": handle})
        if answer.status in (400, 404) and not is_stale(answer):
            continue
        said = caller.judged(answer).json()
        did = said.get("did") if isinstance(said, dict) else None
        if isinstance(did, str) and is_did(did):
            found[handle] = did
    return found


def _addresses(text: str) -> Iterator[Span]:
    for found in _ADDRESS.finditer(text):
        shown = _trimmed(found[0])
        if _is_address(shown):
            yield Span(found.start(), found.start() + len(shown), "link", shown)


def _bare(text: str) -> Iterator[Span]:
    """Domains without ``https://`` before them."""
    for found in _BARE.finditer(text):
        if not _is_domain(found["host"], bool(found["path"])):
            continue
        shown = _trimmed(found[0])
        if _is_address(f"https://{shown}"):
            yield Span(found.start(), found.start() + len(shown), "link", f"https://{shown}")


def _is_domain(host: str, with_path: bool) -> bool:
    """Whether it is meant as a domain, not as two sentences."""
    *_rest, second, last = host.split(".")
    if last.istitle() and host[0].islower():
        return False
    second, last = second.lower(), last.lower()
    if _ENDING.fullmatch(last) or host.lower().startswith("www."):
        return True
    return (len(last) == 2 and (with_path or bool(_SECOND.fullmatch(second)))) or (
        with_path and bool(_WORD.fullmatch(last))
    )


def _trimmed(address: str) -> str:
    """Without what belongs to the sentence around it: its punctuation, and brackets that were opened before."""
    end = len(address)
    while end:
        last = address[end - 1]
        if last in _CLOSING:
            if address.count(last, 0, end) <= address.count(_CLOSING[last], 0, end):
                break
        elif last not in _TRAILING:
            break
        end -= 1
    return address[:end]


def _is_address(address: str) -> bool:
    """Whether a network takes it as one: a host is named, and a port is a port."""
    try:
        parts = urlsplit(address)
        named, _port = parts.hostname, parts.port
    except ValueError:
        return False
    return bool(named) and any(map(str.isalnum, named or "")) and len(address) <= LINK_LIMIT


def _mentions(text: str) -> Iterator[Span]:
    for found in _MENTION.finditer(text):
        if len(found["handle"]) <= _HANDLE_LIMIT:
            yield Span(found.start(), found.end(), "mention", found["handle"].lower())


def _tags(text: str) -> Iterator[Span]:
    """Hashtags, read by what a reader sees as single characters, so that no emoji is cut through."""
    if not any(sign in text for sign in _HASHES):
        return
    from smdash.core.limits import graphemes

    start, tag, before, at = -1, "", "", 0
    for cluster in (*graphemes(text), ""):
        if start >= 0 and (_is_letter(cluster) or cluster in _JOINING):
            tag += cluster
        else:
            ended = list(_tag(start, tag)) if start >= 0 else []
            yield from ended
            # Behind a word, or in the "&#39;" of a web page, it starts nothing; behind another tag it does.
            opens = cluster in _HASHES and (
                any(one.end == at for one in ended) or not (before.isalnum() or before in ("_", "&", *_HASHES))
            )
            start, tag = (at, "") if opens else (-1, "")
        at += len(cluster)
        before = cluster[-1:]


def _tag(start: int, tag: str) -> Iterable[Span]:
    """The hashtag behind the sign at *start*, if it is one: not of digits alone, and not longer than may be."""
    while tag and tag[-1] in _JOINING - {"_"}:
        tag = tag[:-1]
    if not any(one.isalpha() or _is_picture(one) for one in tag) or len(tag.encode()) > TAG_BYTES:
        return ()
    from smdash.core.limits import graphemes

    if len(graphemes(tag)) > TAG_GRAPHEMES:
        return ()
    return (Span(start, start + 1 + len(tag), "tag", tag),)


def _is_letter(cluster: str) -> bool:
    """Whether it may stand anywhere in a hashtag: letters, digits, underscores, and pictures."""
    return bool(cluster) and (cluster[0] == "_" or unicodedata.category(cluster[0])[0] in "LN" or _is_picture(cluster))


def _is_picture(cluster: str) -> bool:
    return unicodedata.category(cluster[0]) == "So"
