"""Posts of others that tag a page, newest first.

https://developers.facebook.com/docs/graph-api/reference/page/tagged: public ones only, and of people's posts the author
is told to nobody but themselves. That the list is ordered by time is unverified, so a round ends only where a whole
page is older than what was read before.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

from smdash.core.errors import ErrorKind, PlatformError
from smdash.core.records import IncomingMention
from smdash.locale import gettext as _
from smdash.platforms import meta_usage
from smdash.platforms.base import Pull, Pulled
from smdash.platforms.cursors import dump, fields_of
from smdash.platforms.facebook_records import POST_FIELDS, read_post
from smdash.platforms.items import Malformed, Skipped
from smdash.platforms.meta_graph import Values, at, identifier, is_cursor
from smdash.platforms.meta_token import PageCalls

FIRST_SYNC = timedelta(days=7)
# A post shows up in the list some time after it was written.
OVERLAP = timedelta(hours=6)
MOST_PAGES = 20
_PAGE = 50


@dataclass(frozen=True, slots=True)
class Place:
    """A cursor. Times are seconds since 1970: from ``since`` on posts are wanted, ``begun`` is when this round began.

    ``after`` is where the list goes on, ``pages`` how many of it were read.
    """

    me: str = ""
    since: int = 0
    begun: int = 0
    after: str = ""
    pages: int = 0


def load(text: str | None) -> Place:
    """Read a cursor; one that can't be read starts anew (what comes twice changes nothing)."""
    found = fields_of(text)
    numbers = {
        name: value
        for name in ("since", "begun", "pages")
        if isinstance(value := found.get(name), int) and not isinstance(value, bool) and 0 <= value < 2**40
    }
    after = found.get("after")
    return Place(identifier(found.get("me")) or "", after=str(after) if is_cursor(after) else "", **numbers)


async def pull_tags(pull: Pull, calls: PageCalls) -> Pulled:
    """One page of the posts that tag the page. Raises PlatformError."""
    place = load(pull.cursor)
    now = int(pull.now.timestamp())
    if place.me != calls.page_id:
        place = Place(calls.page_id, since=now - int(FIRST_SYNC.total_seconds()))
    if not place.after:
        place = replace(place, begun=now, pages=0)
    params: Values = {"fields": POST_FIELDS, "limit": _PAGE}
    if place.after:
        params["after"] = place.after
    graph = calls.graph
    try:
        page = await graph.page(at(place.me, "tagged"), params)
    except PlatformError as error:
        if not place.after or error.kind is not ErrorKind.REJECTED:
            raise
        # Cursors don't live for long: this round begins anew.
        return Pulled(cursor=dump(replace(place, after="")), quota=graph.quota)
    skipped = Skipped()
    found: dict[str, IncomingMention] = {}
    newest = 0
    for item in page.items:
        try:
            one = read_post(item, account=pull.credentials.name, me=place.me)
        except Malformed as lack:
            skipped.add(str(lack))
            continue
        written = int(one.sent_at.timestamp())
        newest = max(newest, written)
        if written >= place.since - int(OVERLAP.total_seconds()):
            found[one.remote_id] = one
    notice = skipped.notice()
    old = bool(page.items) and 0 < newest < place.since - int(OVERLAP.total_seconds())
    pages = place.pages + 1
    ended = old or page.after in (None, place.after)
    if not ended and pages >= MOST_PAGES:
        cut = _("more was waiting than could be fetched; the oldest were left out")
        notice = "; ".join(one for one in (notice, cut) if one)
    if ended or pages >= MOST_PAGES:
        place = Place(place.me, since=max(place.begun, place.since))
    else:
        place = replace(place, after=page.after or "", pages=pages)
    return Pulled(
        mentions=list(found.values()),
        cursor=dump(place),
        more=bool(place.after),
        quota=graph.quota,
        not_before=meta_usage.not_before(graph.quota, pull.now),
        notice=notice,
    )
