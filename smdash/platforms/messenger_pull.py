"""A page's conversations, the newest first: one step a call, with what is left to do as the cursor.

https://developers.facebook.com/documentation/business-messaging/messenger-platform/conversations: there is no paging by
time, so the list is walked until ``updated_time`` is older than at the last round. That only the newest twenty messages
of a conversation can surely be read is what the page said for years; older ones that can't be are left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from smdash.core.errors import ErrorKind, PlatformError
from smdash.core.records import IncomingMention
from smdash.platforms import meta_usage
from smdash.platforms.base import Pull, Pulled
from smdash.platforms.cursors import dump, fields_of
from smdash.platforms.items import Malformed, Skipped, objects, refuse_flood
from smdash.platforms.messenger_records import read_message
from smdash.platforms.meta_graph import Graph, Values, at, id_of, identifier, is_cursor, moment, next_cursor
from smdash.platforms.meta_token import PageCalls

FIRST_SYNC = timedelta(days=7)
# Messages that show up late, and a conversation that moves while the list is read.
OVERLAP = timedelta(minutes=5)
MOST_PAGES = 40
CONVERSATIONS = 25
MESSAGES = 10
_MORE = 25
_MOST_BACK = 10
_MOST_WAITING = 100
MESSAGE_FIELDS = (
    "id,created_time,from,to,message,attachments{mime_type,image_data,video_data},shares{link},sticker,reply_to"
)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A conversation whose messages go on behind a cursor, and with whom it is."""

    conversation: str
    person: str
    after: str
    pages: int = 0


@dataclass(frozen=True, slots=True)
class Place:
    """A cursor. Times are seconds since 1970, by the network's clock.

    ``mark`` is the newest ``updated_time`` of the last whole round, ``top`` that of the round under way; ``after`` is
    where its list goes on, ``listed`` says that it doesn't, ``waiting`` are conversations to be read on.
    """

    me: str = ""
    mark: int = 0
    top: int = 0
    after: str = ""
    pages: int = 0
    listed: bool = False
    waiting: tuple[Waiting, ...] = ()


def load(text: str | None) -> Place:
    """Read a cursor; one that can't be read starts anew (what comes twice changes nothing)."""
    found = fields_of(text)
    numbers = {name: _whole(found.get(name)) for name in ("mark", "top", "pages")}
    after = found.get("after")
    return Place(
        me=identifier(found.get("me")) or "",
        after=str(after) if is_cursor(after) else "",
        listed=found.get("listed") is True,
        waiting=tuple(_waiting(found.get("waiting"))),
        **numbers,
    )


def _whole(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**40 else 0


def _waiting(value: object) -> Iterator[Waiting]:
    for one in objects(value):
        conversation, person, after = (
            identifier(one.get("conversation")),
            identifier(one.get("person")),
            one.get("after"),
        )
        if conversation is not None and person is not None and is_cursor(after):
            yield Waiting(conversation, person, str(after), _whole(one.get("pages")))


async def pull_messages(pull: Pull, calls: PageCalls) -> Pulled:
    """One step: a page of conversations, or of one conversation's older messages. Raises PlatformError."""
    place = load(pull.cursor)
    if place.me != calls.page_id:
        place = Place(me=calls.page_id, mark=int((pull.now - FIRST_SYNC).timestamp()))
    step = _Step(pull, calls.graph, place)
    if place.waiting:
        await step.older(place.waiting[0])
    else:
        await step.conversations()
    return step.pulled()


class _Step:
    def __init__(self, pull: Pull, graph: Graph, place: Place) -> None:
        self._pull = pull
        self._graph = graph
        self._place = place
        self._found: dict[str, IncomingMention] = {}
        self._skipped = Skipped()
        self._from = place.mark - int(OVERLAP.total_seconds())

    def pulled(self) -> Pulled:
        place = self._place
        over = place.listed and not place.waiting
        if over:
            place = Place(me=place.me, mark=max(place.mark, place.top))
        return Pulled(
            mentions=list(self._found.values()),
            cursor=dump(place),
            more=not over and bool(place.after or place.waiting),
            quota=self._graph.quota,
            not_before=meta_usage.not_before(self._graph.quota, self._pull.now),
            notice=self._skipped.notice(),
        )

    async def conversations(self) -> None:
        """Read a page of conversations with their newest messages; what it leaves to read waits."""
        place = self._place
        params: Values = {
            "platform": "messenger",
            "fields": f"id,updated_time,participants,messages.limit({MESSAGES}){{{MESSAGE_FIELDS}}}",
            "limit": CONVERSATIONS,
        }
        if place.after:
            params["after"] = place.after
        try:
            page = await self._graph.page(at(place.me, "conversations"), params)
        except PlatformError as error:
            if not place.after or error.kind is not ErrorKind.REJECTED:
                raise
            # Cursors don't live for long: this round begins anew, and nothing of it was marked as read.
            self._place = Place(me=place.me, mark=place.mark)
            return
        waiting: list[Waiting] = []
        top, old = place.top, False
        for one in page.items:
            updated = moment(one.get("updated_time")) if isinstance(one, dict) else None
            if updated is None:
                self._skipped.add("updated_time")
                continue
            moved = int(updated.timestamp())
            top, old = max(top, moved), old or moved < self._from
            if moved >= self._from:
                waiting += self._conversation(one)
        pages = place.pages + 1
        ended = old or page.after in (None, place.after) or pages >= MOST_PAGES
        self._place = replace(
            place, top=top, after=page.after or "", pages=pages, listed=ended, waiting=tuple(waiting[:_MOST_WAITING])
        )

    def _conversation(self, one: dict[str, Any]) -> list[Waiting]:
        conversation, person = identifier(one.get("id")), _person(one, self._place.me)
        messages = one.get("messages")
        listed = messages if isinstance(messages, dict) else {}
        items = listed.get("data")
        items = items if isinstance(items, list) else []
        refuse_flood(items, self._graph.host)
        reaches = self._take(items, person)
        after = next_cursor(listed)
        if after is None or not reaches or conversation is None or person is None:
            return []
        return [Waiting(conversation, person, after)]

    async def older(self, one: Waiting) -> None:
        """Read on in one conversation."""
        params: Values = {"fields": MESSAGE_FIELDS, "limit": _MORE, "after": one.after}
        rest = self._place.waiting[1:]
        try:
            page = await self._graph.page(at(one.conversation, "messages"), params)
        except PlatformError as error:
            if error.kind not in (ErrorKind.GONE, ErrorKind.REJECTED):
                raise
            # Older messages can't be read; the newest ones were.
            self._place = replace(self._place, waiting=rest)
            return
        reaches = self._take(page.items, one.person)
        if reaches and page.after not in (None, one.after) and one.pages + 1 < _MOST_BACK:
            rest = (replace(one, after=page.after or "", pages=one.pages + 1), *rest)
        self._place = replace(self._place, waiting=rest)

    def _take(self, items: list[Any], person: str | None) -> bool:
        """Keep what is newer than the mark; whether all of it was, so that there may be more behind."""
        newest_first = list(items)
        reaches = bool(newest_first)
        for place, item in enumerate(newest_first):
            try:
                one = read_message(
                    item, account=self._pull.credentials.name, me=self._place.me, person=person,
                    answers=_answered(newest_first[place + 1 :], self._place.me),
                )  # fmt: skip
            except Malformed as lack:
                self._skipped.add(str(lack))
                continue
            if one.sent_at.timestamp() < self._from:
                reaches = False
            else:
                self._found[one.remote_id] = one
        return reaches


def _person(conversation: dict[str, Any], me: str) -> str | None:
    participants = conversation.get("participants")
    people = objects(participants.get("data")) if isinstance(participants, dict) else []
    return next((one for person in people if (one := id_of(person)) not in (None, me)), None)


def _answered(older: list[Any], me: str) -> str | None:
    """The person's last message before an own one, which it is an answer to."""
    for one in objects(older):
        whose = id_of(one.get("from"))
        if whose is not None and whose != me:
            return identifier(one.get("id"))
    return None
