"""Messenger: what people write to a Facebook page, and its answers within the day that the network allows.

https://developers.facebook.com/documentation/business-messaging/messenger-platform/. The account's token, page and
errors are those of a Facebook page. There are no posts, likes, hiding or deleting here, and a page can't write first.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from smdash.core.errors import ErrorKind, PlatformError
from smdash.core.text import clean, one_line
from smdash.locale import gettext as _
from smdash.locale import noop
from smdash.platforms import messenger_pull
from smdash.platforms.base import Credentials, Pull, Pulled, Verified
from smdash.platforms.facebook_page import verify_page
from smdash.platforms.items import objects, text_of
from smdash.platforms.messenger_records import OPEN_FOR
from smdash.platforms.meta_errors import Meaning, Meanings
from smdash.platforms.meta_graph import Graph, Page, at, id_of, identifier, moment, unexpected
from smdash.platforms.meta_needs import SCOPES_OF_MESSAGES
from smdash.platforms.meta_token import PageCalls, as_page
from smdash.platforms.outgoing import Outgoing, OutgoingKind, Published, before_sending
from smdash.platforms.problems import problem

if TYPE_CHECKING:
    from smdash.platforms.client import Client

SKEW = timedelta(minutes=5)
# Details of more can't surely be read.
_NEWEST = 20
_FIELDS = "id,created_time,from,message"
_CLOSED = noop(
    "a page may write to somebody only within a day of their last message; it is over, answer them elsewhere"
)
_NOBODY = noop("this person can't be written to at the moment: they turned messages of the page off, or left")
MEANINGS: Meanings = {
    (10, 2018278): Meaning(ErrorKind.REJECTED, _CLOSED),
    (10, 2018065): Meaning(ErrorKind.REJECTED, _CLOSED),
    (551, None): Meaning(ErrorKind.REJECTED, _NOBODY),
    (None, 1545041): Meaning(ErrorKind.REJECTED, _NOBODY),
    (100, 2018001): Meaning(ErrorKind.GONE, noop("{host} does not know this person")),
    (2, 2018344): Meaning(
        ErrorKind.PERMISSION, noop("{host} wants the page's terms for messages to be accepted first")
    ),
}


class Messenger:
    """The adapter; see ``base.Adapter`` and ``outgoing.Publisher`` for its calls."""

    async def verify(self, credentials: Credentials, client: Client, now: datetime) -> Verified:
        """Which page the token belongs to, until when, and the scopes that it lacks. Raises PlatformError."""
        return await verify_page(Graph(credentials, client, now, meanings=MEANINGS), SCOPES_OF_MESSAGES)

    async def pull(self, pull: Pull, client: Client) -> Pulled:
        """One step through the conversations; ``more`` asks for the next one. Raises PlatformError."""
        graph = Graph(pull.credentials, client, pull.now, owner_typed=pull.owner_typed, meanings=MEANINGS)
        known = messenger_pull.load(pull.cursor).me
        return await as_page(graph, partial(messenger_pull.pull_messages, pull), known=known)

    async def publish(self, out: Outgoing, client: Client) -> Published:
        """Send an answer, once. Raises PlatformError: rejected, before anything is sent, when the day is over."""
        _refuse_others(out)
        return await as_page(_graph(out, client), partial(_send, out))

    async def find(self, out: Outgoing, client: Client) -> Published | None:
        """Look whether an answer is in the conversation. Raises PlatformError where that can't be told.

        It is the page's own message of the same text, made after the first try began, less five minutes for clocks.
        ``metadata`` comes back in webhooks alone, so there is no other key.
        """
        if out.kind is not OutgoingKind.REPLY:
            return None  # never sent
        return await as_page(_graph(out, client), partial(_look, out))

    async def is_there(self, out: Outgoing, remote_id: str, client: Client) -> bool:
        """Whether a message is there still. Raises PlatformError."""

        async def look(calls: PageCalls) -> bool:
            try:
                found = await calls.graph.get(at(remote_id), {"fields": "id"})
            except PlatformError as error:
                if error.kind is ErrorKind.GONE:
                    return False
                raise
            if identifier(found.get("id")) is None:
                raise unexpected(calls.graph.host)
            return True

        return await as_page(_graph(out, client), look)


def _graph(out: Outgoing, client: Client) -> Graph:
    return Graph(out.credentials, client, out.now, meanings=MEANINGS)


def _refuse_others(out: Outgoing) -> None:
    """Raise PlatformError for what Messenger knows nothing of."""
    sentence = {
        OutgoingKind.POST: _("there are no posts on Messenger"),
        OutgoingKind.LIKE: _("Messenger lets no program like a message"),
        OutgoingKind.HIDE: _("Messenger lets no program hide a message"),
        OutgoingKind.DELETE: _("Messenger lets no program delete a message"),
    }.get(out.kind, "")
    if not sentence and out.media:
        sentence = _("smdash sends no files on Messenger")
    if sentence:
        raise problem(ErrorKind.REJECTED, sentence, arrived=False)


def _person(out: Outgoing) -> str:
    """The page's id of whom it is for. Raises PlatformError where the delivery names nobody."""
    to = out.addressee
    person = identifier(to.thread_key or to.author_handle) if to is not None else None
    if person is None:
        raise problem(ErrorKind.REJECTED, _("the delivery does not say what it answers"), arrived=False)
    return person


async def _conversation(person: str, calls: PageCalls) -> list[dict[str, Any]] | None:
    """The newest messages with a person, newest first; nothing where there is no conversation. Raises PlatformError."""
    page = await calls.graph.page(
        at(calls.page_id, "conversations"),
        {"platform": "messenger", "user_id": person, "fields": f"id,messages.limit({_NEWEST}){{{_FIELDS}}}"},
    )
    if not page.items:
        return None
    return _messages(page)


def _messages(page: Page) -> list[dict[str, Any]]:
    first = page.items[0]
    messages = first.get("messages") if isinstance(first, dict) else None
    listed = messages.get("data") if isinstance(messages, dict) else None
    if not isinstance(listed, list):
        raise unexpected(page.host)
    return objects(listed)


async def _send(out: Outgoing, calls: PageCalls) -> Published:
    person = _person(out)
    with before_sending():
        _refuse_late(out, person, await _conversation(person, calls))
    message = {"text": out.text, "metadata": out.key}
    sent = {"recipient": {"id": person}, "messaging_type": "RESPONSE", "message": message}
    made = await calls.graph.post(at(calls.page_id, "messages"), sent)
    remote_id = identifier(made.get("message_id"))
    if remote_id is None:
        raise unexpected(calls.graph.host)
    return Published(remote_id)


def _refuse_late(out: Outgoing, person: str, messages: list[dict[str, Any]] | None) -> None:
    """Raise PlatformError where the person's last message is more than a day old.

    Where all of the newest messages are the page's own, the network decides.
    """
    if messages is None:
        raise problem(ErrorKind.GONE, _("the conversation is not there any more"))
    theirs = [moment(one.get("created_time")) for one in messages if id_of(one.get("from")) == person]
    last = max((one for one in theirs if one is not None), default=None)
    if last is not None and out.now - last > OPEN_FOR:
        raise problem(ErrorKind.REJECTED, _(_CLOSED))


async def _look(out: Outgoing, calls: PageCalls) -> Published | None:
    messages = await _conversation(_person(out), calls)
    since = out.first_at - SKEW
    hits: list[tuple[datetime, str]] = []
    reached = False
    for one in messages or ():
        made, found = moment(one.get("created_time")), identifier(one.get("id"))
        if made is not None and made < since:
            reached = True
        elif id_of(one.get("from")) == calls.page_id and _folded(text_of(one.get("message"))) == _folded(out.text):
            if made is None or found is None:
                raise _not_told(out)
            hits.append((made, found))
    if hits:
        begun = out.first_at
        _made, remote_id = min(hits, key=lambda hit: (hit[0] < begun, abs(hit[0] - begun)))
        return Published(remote_id)
    if messages and len(messages) >= _NEWEST and not reached:
        raise _not_told(out)
    return None


def _not_told(out: Outgoing) -> PlatformError:
    sentence = _("it can't be told from the newest messages of the account {name} whether this is out; look there")
    return problem(ErrorKind.UNKNOWN, sentence.format(name=out.credentials.name))


def _folded(text: str) -> str:
    return one_line(clean(text))
