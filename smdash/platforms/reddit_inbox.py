"""Reddit's lists that bring something in: the inbox, the account's own comments, and the messages it sent.

Each is read newest first (``after`` by fullname) down to the time of the newest of the run before. Reddit can also be
asked for what is ``before`` a fullname, but if that one was deleted meanwhile it answers nothing. The first page is
always read as a whole, so that what is edited or deleted among the newest hundred is followed.
https://www.reddit.com/dev/api#section_messages, #GET_user_{username}_comments
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import quote

from smdash.core.records import IncomingMention
from smdash.core.text import clean_name
from smdash.platforms.answers import quota
from smdash.platforms.base import Pull, Pulled
from smdash.platforms.cursors import dump, fields_of
from smdash.platforms.items import Malformed, Skipped, refuse_flood, text_of
from smdash.platforms.reddit_calls import Caller, epoch, listing, myself
from smdash.platforms.reddit_records import read_thing

if TYPE_CHECKING:
    from smdash.platforms.client import Client, Params

FIRST_SYNC = timedelta(days=7)
# What Reddit lists late, after its filters looked at it, stands among what is older.
OVERLAP = timedelta(minutes=10)
PAGE = 100
# Reddit's lists end at about a thousand; more pages are a server that invents them.
PAGES_MOST = 120
# So many in a row must be old before a list counts as read: a single odd date ends nothing.
_OLD = 3


@dataclass(frozen=True, slots=True)
class Place:
    """The cursor. Times are seconds since 1970: ``since`` is from when on things count at all, ``mark`` the newest of
    the last whole run, ``newest`` that of this one, which reads the page ``after`` next.
    """

    me: str = ""
    since: float = 0
    mark: float = 0
    after: str = ""
    newest: float = 0
    pages: int = 0


def load(text: str | None) -> Place:
    """The place that a cursor holds; of what can't be read as ours nothing."""
    held = fields_of(text)

    def number(name: str) -> float:
        moment = epoch(held.get(name))
        return moment.timestamp() if moment is not None else 0

    pages = held.get("pages")
    return Place(
        text_of(held.get("me")), number("since"), number("mark"), text_of(held.get("after")), number("newest"),
        pages if type(pages) is int and 0 <= pages < 10**6 else 0,
    )  # fmt: skip


async def pull(pull: Pull, client: Client) -> Pulled:
    """A page of the job's list; ``more`` asks for the next one. Raises PlatformError."""
    caller = Caller(pull.credentials, client, pull.now, owner_typed=pull.owner_typed)
    place = load(pull.cursor)
    if not place.me:
        me = clean_name(str((await myself(caller))["name"]))
        place = replace(place, me=me, since=(pull.now - FIRST_SYNC).timestamp())
    params: Params = {"limit": PAGE, **({"after": place.after} if place.after else {})}
    if pull.job == "inbox":
        # Reading it here must not mark it as read for who looks at Reddit's own site.
        params = {**params, "mark": "false"}
    answer = await caller.get(_path(pull.job, place.me), params)
    children, after = listing(answer)
    refuse_flood(children, answer.host)
    skipped = Skipped()
    mentions: list[IncomingMention] = []
    for child in children:
        try:
            mentions.append(read_thing(child, account=pull.credentials.name, me=place.me))
        except Malformed as lack:
            skipped.add(str(lack))
    left = quota(answer, pull.now)
    at = [one.sent_at.timestamp() for one in mentions]
    place = replace(place, newest=min(max([place.newest, *at]), pull.now.timestamp()), pages=place.pages + 1)
    floor = max(place.mark - OVERLAP.total_seconds(), place.since)
    read = bool(at) and all(moment < floor for moment in at[-_OLD:])
    if place.after and not children:
        # What this page was to begin behind was deleted meanwhile: the next run reads the list anew.
        place = replace(place, after="", newest=0, pages=0)
    elif read or not after or after == place.after or not children or place.pages >= PAGES_MOST:
        place = replace(place, mark=max(place.mark, place.newest), after="", newest=0, pages=0)
    else:
        place = replace(place, after=after)
    return Pulled(
        mentions=[one for one in mentions if one.sent_at.timestamp() >= place.since],
        cursor=dump(place),
        more=bool(place.after),
        quota=left,
        not_before=left.resets_at if left is not None and left.left <= 0 else None,
        notice=skipped.notice(),
    )


def _path(job: str, me: str) -> str:
    return {
        "answers": f"/user/{quote(me, safe='')}/comments",
        "sent": "/message/sent",
    }.get(job, "/message/inbox")
