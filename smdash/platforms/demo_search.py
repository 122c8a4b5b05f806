"""What searches find in the demo: people who speak of the brand without naming its account.

As all of the demo it follows from the seed, the cursor and the time. A first look brings what was said in the last two
days; after that about every fourth minute holds a hit. Cursors are the minute that was read last.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from smdash.core.records import IncomingMention, MentionKind
from smdash.platforms import demo_texts as texts
from smdash.platforms.base import Pulled
from smdash.platforms.demo_scene import Scene, mix

FIRST, SPAN_MINUTES = 6, 2 * 24 * 60
# After a long sleep only the last hour is caught up.
CATCH_UP = 60
_ONE_IN = 4


def search(seed: int, place: int, query: str, cursor: str | None, now: datetime) -> Pulled:
    """What was said since the cursor, on the network at *place*."""
    last = int(now.timestamp()) // 60 - 1
    words = zlib.crc32(query.encode("utf-8", "replace"))
    scene = Scene(seed, place, 0, now)
    if cursor is None or not cursor.isascii() or not cursor.isdecimal() or len(cursor) > 12:
        minutes: Iterator[int] = (last - SPAN_MINUTES * part * part // FIRST**2 for part in range(FIRST, 0, -1))
    else:
        begun = max(int(cursor), last - CATCH_UP)
        minutes = (one for one in range(begun + 1, last + 1) if mix(seed, place, one, words) % _ONE_IN == 0)
    return Pulled([_hit(scene, query, words, minute) for minute in minutes], cursor=str(last))


def _hit(scene: Scene, query: str, words: int, minute: int) -> IncomingMention:
    at = datetime.fromtimestamp(minute * 60, UTC)
    dice = mix(scene.seed, scene.place, minute, words + 1)
    made = scene.newcomer(f"q{words:x}-{minute}", at + timedelta(seconds=dice % 60), texts.LISTENING.asks[0])
    lines = texts.LISTENING.asks
    body = lines[dice % len(lines)].format(
        item=texts.ITEMS[(dice >> 8) % len(texts.ITEMS)],
        city=texts.CITIES[(dice >> 16) % len(texts.CITIES)],
        price=texts.PRICES[(dice >> 24) % len(texts.PRICES)],
    )
    if query.strip('"').casefold() not in body.casefold():
        body = f"{body} {query}"
    return made._replace(kind=MentionKind.LISTENING, body=body, thread_key=None, reply_until=None)
