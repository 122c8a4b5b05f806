"""Posts of others in which the account is tagged, one page a call, down to what was taken before.

https://developers.facebook.com/docs/instagram-platform/instagram-graph-api/reference/ig-user/tags. Whether tokens of
Instagram Login may read them is unverified: where they may not, the job says so and is well. Stories, and names in
captions and comments, are not in this list; an old post that is tagged only now is below what was taken already.
"""

from __future__ import annotations

from datetime import datetime

from smdash.core.errors import ErrorKind, PlatformError
from smdash.core.records import IncomingMention
from smdash.locale import gettext as _
from smdash.platforms import bluesky_paging as paging
from smdash.platforms import meta_usage
from smdash.platforms.base import Pull, Pulled
from smdash.platforms.instagram_records import TAG_FIELDS, read_tag
from smdash.platforms.instagram_session import Session
from smdash.platforms.items import Malformed, Skipped, objects
from smdash.platforms.meta_graph import Values, at, moment

_PAGE = 50


async def pull(pull: Pull, session: Session) -> Pulled:
    """One page; ``more`` asks for the next one. Raises PlatformError."""
    place = paging.load(pull.cursor)
    fields: Values = {"fields": TAG_FIELDS, "limit": _PAGE}
    graph = session.graph
    try:
        page = await graph.page(at(session.me.id, "tags"), fields | ({"after": place.back} if place.back else {}))
    except PlatformError as error:
        if error.kind is not ErrorKind.REJECTED:
            raise
        if place.back:
            # The network forgot where we were: the next run walks down from the top again.
            return Pulled(cursor=paging.dump(place.again()), notice=str(error))
        if not session.by_facebook:
            told = _("Instagram shows tags only to accounts that are connected through Facebook")
            return Pulled(cursor=pull.cursor, notice=told)
        raise
    times = [when for item in objects(page.items) if (when := moment(item.get("timestamp"))) is not None]
    step = paging.advance(place, times, page.after, pull.now)
    skipped = Skipped()
    mentions = _tags(page.items, pull, session, place.floor(pull.now), skipped)
    words = [
        skipped.notice(),
        _("more was waiting than could be fetched; the oldest were left out") if step.cut else None,
    ]
    return Pulled(
        mentions=mentions,
        cursor=paging.dump(step.place),
        more=step.more,
        quota=graph.quota,
        not_before=meta_usage.not_before(graph.quota, pull.now),
        notice="; ".join(one for one in words if one) or None,
    )


def _tags(
    items: list[object], pull: Pull, session: Session, floor: datetime, skipped: Skipped
) -> list[IncomingMention]:
    found: dict[str, IncomingMention] = {}
    for item in items:
        try:
            one = read_tag(item, account=pull.credentials.name, me=session.me)
        except Malformed as lack:
            skipped.add(str(lack))
            continue
        if one.sent_at >= floor:
            found[one.remote_id] = one
    return list(found.values())
