"""Searches on Threads: public posts by words, or by the topic of a single #tag, newest first.

https://developers.facebook.com/docs/threads/keyword-search. Until Meta has approved ``threads_keyword_search`` for the
app, only the account's own posts are searched, so that nothing is found; words that Meta holds to be sensitive find
nothing either. An account may ask 2,200 times in 24 hours, counting only what finds something.
"""

from __future__ import annotations

from datetime import timedelta

from smdash.core.errors import ErrorKind, PlatformError
from smdash.core.records import MentionKind
from smdash.core.searches import tag_of
from smdash.locale import gettext as _
from smdash.platforms import meta_usage
from smdash.platforms import search_walk as walk
from smdash.platforms.base import Pull, Pulled
from smdash.platforms.items import Malformed, Skipped
from smdash.platforms.meta_graph import Values
from smdash.platforms.threads_records import FIELDS, read_post, times_of
from smdash.platforms.threads_session import Session

_PAGE = 100
QUERIES, WINDOW = 2_200, timedelta(hours=24)
# Pages of a walk take some of them, too.
_SPARE = 2


async def search(pull: Pull, query: str, session: Session) -> Pulled:
    """One page of hits; ``more`` asks for the next one. Raises PlatformError."""
    place = walk.load(pull.cursor)
    floor = place.floor(pull.now)
    tag = tag_of(query)
    params: Values = {
        "q": query if tag is None else tag,
        "search_type": "RECENT",
        "search_mode": "KEYWORD" if tag is None else "TAG",
        "since": int(floor.timestamp()),
        "limit": _PAGE,
        "fields": FIELDS,
    }
    try:
        page = await session.graph.page(
            "keyword_search", params | ({"after": place.back} if place.back else {}), without_next=True
        )
    except PlatformError as error:
        if place.back and error.kind is ErrorKind.REJECTED:
            # The network forgot where we were: the next run walks down from the top again.
            return Pulled(cursor=walk.dump(place.again()), notice=str(error))
        raise
    skipped = Skipped()
    mentions = []
    for item in page.items:
        try:
            found = read_post(item, account=pull.credentials.name, me=session.username, kind=MentionKind.LISTENING)
        except Malformed as lack:
            skipped.add(str(lack))
            continue
        mentions.append(found)
    step = walk.advance(place, times_of(page.items), page.after, pull.now)
    alone = mentions and all(one.own for one in mentions) and not place.mark
    return walk.pulled(
        walk.hits(mentions, floor),
        step,
        skipped,
        quota=session.graph.quota,
        not_before=meta_usage.not_before(session.graph.quota, pull.now),
        interval=WINDOW / (QUERIES // _SPARE) * pull.among,
        notice=_("only own posts were found: Meta has not approved threads_keyword_search for the app yet")
        if alone
        else None,
    )
