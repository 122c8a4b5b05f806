"""Bytes of a feed, read into our records: RSS and Atom by feedparser, JSON Feed by ourselves.

Pure but slow (use a thread): feedparser is told neither to sanitise nor to resolve the HTML inside, because it only
ever becomes plain text here. https://www.rssboard.org/rss-specification, RFC 4287, https://jsonfeed.org/version/1.1
"""

from __future__ import annotations

import calendar
import hashlib
import io
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urljoin

import feedparser

from smdash.core.errors import ErrorKind
from smdash.core.records import IncomingItem
from smdash.core.text import clean, clean_name, one_line, safe_link
from smdash.locale import gettext as _
from smdash.platforms.answers import MOST_VALUES, iso_date
from smdash.platforms.html_text import plain
from smdash.platforms.problems import problem, quote

MOST_ITEMS = 2_000
# feedparser takes 18 µs and a kilobyte for an empty entry; 5 MiB of nothing else would keep it busy for 15 s.
MOST_TAGS = 50_000
TITLE_LIMIT = 500
ITEM_HTML_LIMIT = 40_000
# A clock a little ahead of ours is no lie.
FUTURE = timedelta(hours=1)
_HEAD = 4_096
_PROLOGUE = re.compile(r"(?:\s+|<\?.*?\?>|<!--.*?-->|<!doctype[^>\[]*(?:\[[^\]]*\]\s*)?>)*", re.IGNORECASE | re.DOTALL)
_ROOT = re.compile(r"<([a-z][\w.\-]*(?::[\w.\-]+)?)", re.IGNORECASE)
_PERIODS = {"hourly": 60, "daily": 1440, "weekly": 10_080, "monthly": 43_200, "yearly": 525_600}


@dataclass(frozen=True, slots=True)
class Parsed:
    """What a document holds. ``minutes`` is how seldom it wants to be read; ``whole`` says that no part was lost."""

    title: str | None = None
    items: tuple[IncomingItem, ...] = ()
    minutes: float | None = None
    notice: str | None = None
    whole: bool = True


@dataclass(slots=True)
class _Raw:
    """An entry before its key is made."""

    id: str
    link: str
    title: str
    body: str
    author: str = ""
    published: datetime | None = None
    updated: datetime | None = None


def looks_like(body: bytes) -> str:
    """``json``, ``html``, ``opml``, ``xml`` or ``other``, told by the content: Content-Type is often wrong."""
    head = body[:_HEAD]
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        text = head.decode("utf-16", "replace")
    else:
        text = head.decode("utf-8-sig", "replace")
    text = text.lstrip("\ufeff\x00 \t\r\n")
    if text[:1] in ("{", "["):
        return "json"
    if re.match(r"(?:<!--.*?-->|\s+)*<!doctype\s+html", text, re.IGNORECASE | re.DOTALL):
        return "html"
    prologue = _PROLOGUE.match(text)
    root = _ROOT.match(text, prologue.end() if prologue else 0)
    if root is None:
        return (
            "xml" if text.startswith("<?xml") else "html" if re.search(r"<(html|head|body)\b", text, re.I) else "other"
        )
    name = root[1].lower()
    if name in ("html", "head", "body", "title", "meta", "link", "script", "div", "p", "h1"):
        return "html"
    return "opml" if name == "opml" else "xml"


def parse(body: bytes, *, url: str, content_type: str, content_location: str, now: datetime) -> Parsed:
    """Read a document that isn't HTML. Raises PlatformError when it is no feed, or broken with nothing in it.

    *url* is where it came from at last; relative links start from *content_location* or there.
    """
    base = urljoin(url, content_location) if content_location else url
    kind = looks_like(body)
    if kind == "other":
        raise _not_a_feed(url)
    if kind == "opml":
        raise problem(
            ErrorKind.REJECTED,
            _("{url} is a list of feeds (OPML), not a feed; add the feeds that it names").format(url=_shown(url)),
        )
    if kind == "json":
        return _parse_json(body, base, url, now)
    return _parse_xml(body, base, url, content_type, now)


def _shown(url: str) -> str:
    return quote(url.split("?")[0])


def _not_a_feed(url: str) -> Exception:
    return problem(ErrorKind.REJECTED, _("what {url} sends is not a feed").format(url=_shown(url)))


# RSS, Atom, RDF


def _parse_xml(body: bytes, base: str, url: str, content_type: str, now: datetime) -> Parsed:
    if sum(body.count(tag) for tag in (b"<item", b"<entry")) > MOST_TAGS:
        raise problem(ErrorKind.SERVER, _("the feed at {url} holds too many entries").format(url=_shown(url)))
    # Blank lines before the declaration are the commonest fault of all, and harmless.
    body = body.lstrip(b" \t\r\n")
    headers = {"content-type": content_type} if content_type else {}
    try:
        # As a stream: bytes would be tried as a file's name first.
        found = feedparser.parse(  # type: ignore[attr-defined, no-untyped-call]
            io.BytesIO(body), response_headers=headers, sanitize_html=False, resolve_relative_uris=False
        )
    except Exception as error:
        raise problem(ErrorKind.SERVER, _("the feed at {url} can't be read").format(url=_shown(url))) from error
    trouble = found.get("bozo_exception") if found.get("bozo") else None
    if isinstance(trouble, feedparser.CharacterEncodingOverride | feedparser.NonXMLContentType):
        trouble = None  # the declaration was wrong and the guess was right: nothing is lost
    entries = found.entries[:MOST_ITEMS]
    if not entries and trouble is not None:
        raise problem(ErrorKind.SERVER, _broken(url, trouble, body))
    if not entries and not found.version:
        raise _not_a_feed(url)
    items = _with_keys((_entry(entry, base) for entry in entries), now)
    notice = None
    if trouble is not None:
        notice = one_line(_broken(url, trouble, body))
    elif len(found.entries) > MOST_ITEMS:
        notice = _("only the first {count} entries were read").format(count=MOST_ITEMS)
    return Parsed(
        title=_title(found.feed.get("title_detail"), found.feed.get("title")) or None,
        items=items,
        minutes=_minutes(found.feed),
        notice=notice,
        whole=trouble is None,
    )


def _broken(url: str, trouble: object, body: bytes) -> str:
    line = trouble.getLineNumber() if hasattr(trouble, "getLineNumber") else None
    if line is not None and not body.lstrip().startswith(b"<?xml"):
        line = max(line - 1, 1)  # feedparser puts a declaration of its own in front
    reason = quote(trouble.getMessage() if hasattr(trouble, "getMessage") else "")
    if line is not None and reason:
        return _("the feed at {url} is broken XML in line {line}: {reason}").format(
            url=_shown(url), line=line, reason=reason
        )
    return _("the feed at {url} is broken XML").format(url=_shown(url))


def _entry(entry: Mapping[str, Any], base: str) -> _Raw:
    return _Raw(
        id=str(entry.get("id") or ""),
        link=_link(entry, base),
        title=_title(entry.get("title_detail"), entry.get("title")),
        body=_body(entry),
        author=clean_name(str(entry.get("author") or "")),
        published=_moment(entry, "published_parsed") or _moment(entry, "created_parsed"),
        updated=_moment(entry, "updated_parsed"),
    )


def _link(entry: Mapping[str, Any], base: str) -> str:
    pages = [one for one in entry.get("links") or () if one.get("rel") == "alternate" and one.get("href")]
    pages.sort(key=lambda one: one.get("type") not in ("text/html", "application/xhtml+xml"))
    return _absolute(str(pages[0]["href"] if pages else entry.get("link") or ""), base)


def _absolute(link: str, base: str) -> str:
    try:
        return urljoin(base, link.strip()) if link.strip() else ""
    except ValueError:
        return ""


def _title(detail: Mapping[str, Any] | None, text: str | None) -> str:
    return one_line(clean(_words(detail, text), limit=TITLE_LIMIT))


def _words(detail: Mapping[str, Any] | None, text: object) -> str:
    value = str((detail or {}).get("value") or text or "")
    if "html" in str((detail or {}).get("type") or "text/html"):
        return plain(value, limit=ITEM_HTML_LIMIT)
    return clean(value)


def _body(entry: Mapping[str, Any]) -> str:
    contents = [one for one in entry.get("content") or () if str(one.get("type") or "text/html").startswith("text/")]
    contents += [one for one in entry.get("content") or () if "xhtml" in str(one.get("type"))]
    if contents:
        return _words(contents[0], None)
    return _words(entry.get("summary_detail"), entry.get("summary"))


def _moment(entry: Mapping[str, Any], name: str) -> datetime | None:
    # feedparser would hand out published_parsed for an updated_parsed that is missing.
    if name not in entry:
        return None
    try:
        return datetime.fromtimestamp(calendar.timegm(entry[name]), UTC)
    except (OverflowError, ValueError, OSError, TypeError, AttributeError):
        return None


def _minutes(feed: Mapping[str, Any]) -> float | None:
    wishes: list[float] = []
    if re.fullmatch(r"\d{1,7}", ttl := str(feed.get("ttl") or "").strip()):
        wishes.append(float(ttl))
    if period := _PERIODS.get(str(feed.get("sy_updateperiod") or "").strip().lower()):
        often = str(feed.get("sy_updatefrequency") or "1").strip()
        wishes.append(period / max(int(often), 1) if re.fullmatch(r"\d{1,6}", often) else period)
    return max(wishes, default=None)


# JSON Feed


def _parse_json(body: bytes, base: str, url: str, now: datetime) -> Parsed:
    try:
        text = body.decode("utf-8-sig", "replace")
        if sum(map(text.count, ",[{")) > MOST_VALUES:
            raise problem(ErrorKind.SERVER, _("{where} answered JSON of too many parts").format(where=_shown(url)))
        found = json.loads(text)
    except ValueError as error:
        line = getattr(error, "lineno", None)
        sentence = (
            _("the feed at {url} is broken JSON in line {line}") if line else _("the feed at {url} is broken JSON")
        )
        raise problem(ErrorKind.SERVER, sentence.format(url=_shown(url), line=line)) from None
    except RecursionError:
        raise problem(
            ErrorKind.SERVER, _("the feed at {url} is JSON that is nested too deep").format(url=_shown(url))
        ) from None
    if not isinstance(found, dict) or not re.match(r"https?://jsonfeed\.org/version/", str(found.get("version"))):
        raise _not_a_feed(url)
    entries = [one for one in found.get("items") or () if isinstance(one, dict)] if _is_list(found, "items") else []
    notice = None
    if found.get("expired") is True:
        notice = _("the feed says that it has ended")
    elif len(entries) > MOST_ITEMS:
        notice = _("only the first {count} entries were read").format(count=MOST_ITEMS)
    authors = _authors(found)
    return Parsed(
        title=clean_name(_text(found.get("title"))) or None,
        items=_with_keys((_json_entry(one, base, authors) for one in entries[:MOST_ITEMS]), now),
        notice=notice,
    )


def _json_entry(entry: Mapping[str, Any], base: str, authors: str) -> _Raw:
    html = _text(entry.get("content_html"))
    body = plain(html, limit=ITEM_HTML_LIMIT) if html else clean(_text(entry.get("content_text"))).strip()
    url, external = _text(entry.get("url")), _text(entry.get("external_url"))
    return _Raw(
        id=_text(entry.get("id")),
        link=_absolute(url or external, base),
        title=one_line(clean(_text(entry.get("title")), limit=TITLE_LIMIT)),
        body=body or clean(_text(entry.get("summary"))).strip(),
        author=_authors(entry) or authors,
        published=iso_date(entry.get("date_published")),
        updated=iso_date(entry.get("date_modified")),
    )


def _text(value: object) -> str:
    """Texts, and the numbers that some writers put where the standard wants a text."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    return value if isinstance(value, str) else ""


def _is_list(found: Mapping[str, Any], name: str) -> bool:
    return isinstance(found.get(name), list)


def _authors(found: Mapping[str, Any]) -> str:
    people = found["authors"] if _is_list(found, "authors") else [found.get("author")]
    names = (_text(one.get("name")) for one in people[:10] if isinstance(one, dict))
    return clean_name(", ".join(name for name in names if name))


# Keys


def _with_keys(entries: Iterable[_Raw], now: datetime) -> tuple[IncomingItem, ...]:
    """Give each entry a key that is the same tomorrow: id, else link, else words; told apart when used twice."""
    items: list[IncomingItem] = []
    used: set[str] = set()
    repeats: dict[str, int] = {}
    for entry in entries:
        if not (entry.title or entry.body or entry.link):
            continue
        key = _key(entry, used, repeats)
        used.add(key)
        items.append(
            IncomingItem(
                key=key,
                url=safe_link(_percent(entry.link)),
                title=entry.title or _beginning(entry.body or clean_name(entry.link)),
                body=entry.body,
                author=entry.author,
                # Atom demands only "updated"; without a guess all entries would seem as old as the first fetch.
                published_at=_past(entry.published or entry.updated, now),
                updated_at=_past(entry.updated, now),
            )
        )
    return tuple(items)


def _key(entry: _Raw, used: set[str], repeats: dict[str, int]) -> str:
    """*repeats* is where counting goes on, because two thousand equal entries would else take two million hashes."""
    if not entry.id:
        first = _hash(entry.link or f"{entry.title}\n{entry.body}")
        second = _hash(f"{entry.link}|{entry.title}")
    else:
        first, second = _hash(entry.id), _hash(f"{entry.id}|{entry.link}")
    for key in (first, second):
        if key not in used:
            return key
    name = entry.id or entry.link
    count = repeats.get(name, 2)
    while (key := _hash(f"{name}|{count}")) in used:
        count += 1
    repeats[name] = count + 1
    return key


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


def _percent(link: str) -> str:
    """Write letters outside ASCII as a browser would send them, so that the address may become a link."""
    return re.sub(
        r"[^\x21-\x7e]", lambda match: "".join(f"%{b:02X}" for b in match[0].encode("utf-8", "replace")), link
    )


def _beginning(body: str) -> str:
    line = body.split("\n", 1)[0]
    return line if len(line) <= 100 else line[:99] + "…"


def _past(moment: datetime | None, now: datetime) -> datetime | None:
    return None if moment is None or moment > now + FUTURE else moment
