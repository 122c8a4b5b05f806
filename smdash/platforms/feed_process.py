"""Reading a feed's document within limits of time and memory.

feedparser needs minutes for some documents of five megabytes (nested tags, attributes, namespaces). Small documents are
read here, because a process of their own costs a third of a second.
"""

from __future__ import annotations

import asyncio
from datetime import datetime

from smdash.core.errors import ErrorKind
from smdash.locale import gettext as _
from smdash.platforms import apart
from smdash.platforms.feed_parse import Parsed, parse
from smdash.platforms.problems import problem, quote

# Up to so many bytes a document takes a second and a half at the very worst.
SMALL = 65_536
LONGEST_S = apart.LONGEST_S


async def parse_within(
    body: bytes, *, url: str, content_type: str, content_location: str, now: datetime, longest_s: float | None = None
) -> Parsed:
    """``feed_parse.parse`` within limits. Raises PlatformError as that does, and (server) where a limit is passed."""
    asked = {"url": url, "content_type": content_type, "content_location": content_location, "now": now}
    # A few bytes of entities may stand for many.
    if len(body) <= SMALL and b"<!ENTITY" not in body:
        return await asyncio.to_thread(parse, body, **asked)  # type: ignore[arg-type]
    try:
        return await apart.apart(parse, body, longest_s=LONGEST_S if longest_s is None else longest_s, **asked)
    except apart.TooMuch:
        raise problem(
            ErrorKind.SERVER,
            _("the feed at {url} takes too much time or memory to read").format(url=quote(url.split("?")[0])),
        ) from None
