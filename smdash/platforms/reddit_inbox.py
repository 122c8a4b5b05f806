"""Reddit's lists that bring something in: the inbox, the account's own comments, and the messages it sent.

Each is read newest first (``after`` by fullname) down to what the run before began with: a few fullnames, because any
one of them may be deleted meanwhile, and ``before`` such a one brings nothing. The first page is always read as a
whole, so that what is edited or deleted among the newest hundred is followed.
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
from smdash.platforms.items import Malformed, Skipped, objects, refuse_flood, text_of
from smdash.platforms.reddit_calls import Caller, epoch, fullname, listing, myself
from smdash.platforms.reddit_records import read_thing

if TYPE_CHECKING:
    from smdash.platforms.client import Client, Params

FIRST_SYNC = timedelta(days=7)
# What Reddit lists late, after its filters looked at it, stands among what is older.
OVERLAP = timedelta(minutes=10)
PAGE = 100
# Reddit's lists end at about a thousand; more pages are a server that invents them.
PAGES_MOST = 120
_MARKS = 10


@dataclass(frozen=True, slots=True)
class Place:
    """The cursor. ``marks`` are the newest fullnames of the last whole run, ``mark`` the newest time (seconds).

    A run reads the page ``after`` next, and will leave ``newest`` and ``newest_at`` as marks.
    """

    me: str = ""
    since: float = 0
    mark: float = 0
    marks: tuple[str, ...] = ()
    after: str = ""
    newest: tuple[str, ...] = ()
    newest_at: float = 0
    pages: int = 0


def load(text: str | None) -> Place:
    """The place that a cursor holds; of what can't be read as ours nothing."""
    held = fields_of(text)

    def number(name: str) -> float:
        moment = epoch(held.get(name))
        return moment.timestamp() if moment is not None else 0

    def names(name: str) -> tuple[str, ...]:
        found = held.get(name)
        return tuple(one for one in found if fullname(one)) if isinstance(found, list) else ()

    pages = held.get("pages")
    return Place(
        text_of(held.get("me")), number("since"), number("mark"), names("marks"), text_of(held.get("after")),
        names("newest"), number("newest_at"), pages if type(pages) is int and 0 <= pages < 10**6 else 0,
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
    ids = [data.get("name") for child in objects(children) if isinstance(data := child.get("data"), dict)]
    ids = [one for one in ids if fullname(one)]
    if not place.after:
        # What was sent from other years may be among them; what is newest counts.
        place = replace(place, newest=tuple(ids[:_MARKS]), newest_at=min(max(at, default=0), pull.now.timestamp()))
    floor = max(place.mark - OVERLAP.total_seconds(), place.since)
    pages = place.pages + 1
    met = any(one in place.marks for one in ids) and (not at or min(at) < floor)
    over = not after or after == place.after or not children or met or pages >= PAGES_MOST
    if over or (at and min(at) < floor and (place.marks or max(at) < floor)) or (at and min(at) < place.since):
        place = replace(
            place,
            mark=max(place.mark, place.newest_at),
            marks=place.newest or place.marks,
            after="",
            newest=(),
            newest_at=0,
            pages=0,
        )
    else:
        place = replace(place, after=after, pages=pages)
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
