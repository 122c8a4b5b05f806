"""What a network puts before an answer so that it reaches whom it is for. Pure."""

from __future__ import annotations

import re
from urllib.parse import urlsplit


def addressed(text: str, author: str, account_url: str = "") -> str:
    """*text* with a mention of *author* before it, unless it mentions them already: what an answer is on Mastodon.

    *author* is an acct (``rina`` or ``rina@toko.example``), *account_url* the address of the account's own server,
    whose people may be named with it or without. Without a mention an answer notifies nobody, and a direct one is read
    by nobody.
    """
    name, _at, domain = author.partition("@")
    if domain:
        whom = re.escape(author)
    else:
        own = re.escape(_server(account_url))
        whom = rf"{re.escape(name)}(?:@{own})?" if own else re.escape(name)
    if re.search(rf"(?<![\w/=@])@{whom}(?![\w@]|[.-]+\w)", text, re.IGNORECASE):
        return text
    return f"@{author} {text}"


def _server(url: str) -> str:
    try:
        return urlsplit(url).netloc.rpartition("@")[2]
    except ValueError:
        return ""
