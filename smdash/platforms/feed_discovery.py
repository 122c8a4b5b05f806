"""Feeds that a web page announces in its head (``<link rel="alternate">``)."""

from __future__ import annotations

import html
import re
from urllib.parse import urljoin

from smdash.core.text import clean_name, safe_link

TYPES = ("application/rss+xml", "application/atom+xml", "application/feed+json", "application/rdf+xml")
MOST = 10
# Announcements stand in the head; half a megabyte leaves room for the style sheets before them.
_READ = 500_000
_TAG = re.compile(r"<(link|base)\s([^<>]{1,4000})>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"([a-z\-]{1,40})\s{0,9}=\s{0,9}(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))", re.IGNORECASE)


def announced(body: bytes, url: str) -> list[tuple[str, str]]:
    """Address and title of each feed that the page at *url* announces, at most ten, in the page's order."""
    base = url
    found: dict[str, str] = {}
    for tag, inner in _TAG.findall(body[:_READ].decode("utf-8", "replace")):
        values = {name.lower(): html.unescape(a or b or c) for name, a, b, c in _ATTRIBUTE.findall(inner)}
        href = values.get("href", "").strip()
        if tag.lower() == "base":
            base = _join(url, href) or url
        elif "alternate" in values.get("rel", "").lower().split() and _type(values) in TYPES and href:
            address = safe_link(_join(base, href))
            if address and address not in found and len(found) < MOST:
                found[address] = clean_name(values.get("title", ""))
    return list(found.items())


def _type(values: dict[str, str]) -> str:
    return values.get("type", "").split(";")[0].strip().lower()


def _join(base: str, href: str) -> str:
    try:
        return urljoin(base, href)
    except ValueError:
        return ""
