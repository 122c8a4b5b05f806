"""Whether a delivery is out on Mastodon: a look among the account's own newest statuses.

https://docs.joinmastodon.org/methods/accounts/#statuses shows an account everything of its own, direct ones included.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from smdash.core.addressing import addressed
from smdash.core.errors import ErrorKind
from smdash.core.records import MentionKind
from smdash.core.text import clean, one_line
from smdash.locale import gettext as _
from smdash.platforms.answers import Answer, check, http_date, iso_date
from smdash.platforms.html_text import HTML_LIMIT, plain
from smdash.platforms.items import objects, refuse_flood, text_of
from smdash.platforms.mastodon_calls import get, own_id, status_path, unexpected
from smdash.platforms.mastodon_media import files_fit
from smdash.platforms.mastodon_publish import published
from smdash.platforms.mastodon_records import identifier
from smdash.platforms.mastodon_words import MENTION, folded, letters
from smdash.platforms.outgoing import Outgoing, OutgoingKind, Published, addressee
from smdash.platforms.problems import problem

if TYPE_CHECKING:
    from smdash.platforms.client import Client

# How far the server's clock may be behind ours.
SKEW = timedelta(minutes=2)
# How far behind it is believed to be where its answers' dates say so.
MOST_BEHIND = timedelta(days=1)
PAGE = 40
PAGES = 5
# Statuses of the same letters whose source is asked for: more of them would be a flood.
_SOURCES = 5


async def find(out: Outgoing, client: Client) -> Published | None:
    """Look whether *out* is there. Raises PlatformError where that can't be told.

    A like is looked up on the status itself. A post or an answer is the own status that holds the same text and files,
    stands below the same status or below none, and was made after the first try began, less two minutes for clocks, and
    less what the server's own date is behind. Of several, the first one made after the first try is taken.

    What this can't tell: one that somebody deleted or rewrote at the network looks as if it had never been out, and so
    does one on a server whose clock is more than two minutes behind and that sends no date. The same text from another
    delivery, or typed at the network, in the same minutes looks like this one; whoever calls knows which ids are taken.
    """
    if out.kind is OutgoingKind.LIKE:
        return await _find_like(out, client)
    if out.kind in (OutgoingKind.HIDE, OutgoingKind.DELETE):
        return None  # never sent
    to = addressee(out) if out.kind is OutgoingKind.REPLY else None
    text = out.text if to is None else addressed(out.text, to.author_handle, out.credentials.url)
    me = await own_id(client, out.credentials, out.now)
    search = _Search(out, client, me, text)
    reached = await _look_back(search)
    if search.best() is None and to is not None and to.kind is MentionKind.DM:
        # Some servers leave direct statuses out of an account's list; the thread has them.
        await _look_below(search, to.remote_id)
    found = search.best()
    if found is not None:
        return published(found)
    if search.doubtful or not reached:
        raise problem(
            ErrorKind.UNKNOWN,
            _("it can't be told from the newest posts of the account {name} whether this is out; look there").format(
                name=out.credentials.name
            ),
        )
    return None


async def is_there(out: Outgoing, remote_id: str, client: Client) -> bool:
    """Whether the status of this id is there still. Raises PlatformError where that can't be told."""
    answer = await get(client, out.credentials, status_path(remote_id))
    if answer.status in (404, 410):
        return False
    status = check(answer, out.now).json()
    if not isinstance(status, dict) or identifier(status.get("id")) != remote_id:
        raise unexpected(answer)
    return True


async def _find_like(out: Outgoing, client: Client) -> Published | None:
    to = addressee(out)
    answer = await get(client, out.credentials, status_path(to.remote_id))
    if answer.status in (404, 410):
        return None  # and no like of it either
    status = check(answer, out.now).json()
    liked = status.get("favourited") if isinstance(status, dict) else None
    if not isinstance(liked, bool) or identifier(status.get("id")) != to.remote_id:
        raise unexpected(answer)
    return published(status | {"id": to.remote_id}) if liked else None


@dataclass
class _Search:
    """Judges statuses, and keeps those that may be the one.

    ``doubtful`` says that one which may be it could not be read.
    """

    out: Outgoing
    client: Client
    me: str
    text: str
    doubtful: bool = False
    hits: list[tuple[datetime, dict[str, Any]]] = field(default_factory=list)
    sources: int = 0
    # How far the server's clock is behind ours.
    behind: timedelta = timedelta()

    @property
    def since(self) -> datetime:
        return self.out.first_at - self.behind - SKEW

    def set_clock(self, answer: Answer) -> None:
        """Take the server's clock from the date of an answer, where it has one."""
        date = http_date(answer.headers.get("date", ""))
        behind = timedelta() if date is None else min(self.out.now - date, MOST_BEHIND)
        self.behind = behind if behind > SKEW else timedelta()

    async def look(self, items: list[Any]) -> None:
        """Judge all of *items*. Raises PlatformError where a source that is needed can't be had for now."""
        for status in items:
            if isinstance(status, dict):
                await self._judge(status)
            else:
                self.doubtful = True

    def best(self) -> dict[str, Any] | None:
        """The earliest hit from the first try on, else the latest one before it."""
        begun = self.out.first_at - self.behind
        return min(self.hits, key=lambda hit: (hit[0] < begun, abs(hit[0] - begun)), default=(begun, None))[1]

    async def _judge(self, status: dict[str, Any]) -> None:
        made = iso_date(status.get("created_at"))
        if made is not None and made < self.since:
            return
        author = status.get("account")
        whose = identifier(author.get("id")) if isinstance(author, dict) else None
        stands = self._stands_the_same(status)
        if status.get("reblog") is not None or whose not in (self.me, None) or stands is False:
            return
        found, content = identifier(status.get("id")), status.get("content")
        readable = isinstance(content, str) and len(content) <= HTML_LIMIT
        fit = files_fit(self.out.media, status.get("media_attachments"), text=bool(folded(self.text)))
        if made is None or whose is None or found is None or not readable:
            self.doubtful = True
        elif fit is not False and await self._says_the_same(found, status, text_of(content)):
            if fit and stands:
                self.hits.append((made, status | {"id": found}))
            else:
                self.doubtful = True

    def _stands_the_same(self, status: dict[str, Any]) -> bool | None:
        """Whether it is below the same status, or below none; nothing where that can't be told."""
        parent, whose = identifier(status.get("in_reply_to_id")), identifier(status.get("in_reply_to_account_id"))
        above = self.out.above or self.out.addressee
        if parent is not None:
            return above is not None and parent == above.remote_id
        # Mastodon forgets the id when what it stood below is deleted, but not whose that was.
        if above is None:
            return True if whose is None else None
        return whose is not None and (self.out.above is None or whose == self.me)

    async def _says_the_same(self, found: str, status: dict[str, Any], content: str) -> bool:
        if not folded(self.text):
            return not folded(plain(content))
        if folded(plain(content)) == folded(self.text) and _mentions_fit(status, self.text):
            return True
        if letters(plain(content, links=True)) != letters(self.text):
            return False
        # The same words, drawn otherwise (some servers read Markdown): what was sent is kept as its source.
        self.sources += 1
        if self.sources > _SOURCES:
            self.doubtful = True
            return False
        answer = await get(self.client, self.out.credentials, status_path(found, "/source"))
        if answer.status == 429 or answer.status >= 500:
            check(answer, self.out.now)
        source = answer.json() if answer.ok else None
        if not isinstance(source, dict) or not isinstance(source.get("text"), str):
            self.doubtful = True
            return False
        if one_line(clean(source["text"])) == one_line(clean(self.text)):
            return True
        if folded(source["text"]) != folded(self.text):
            return False
        # The names in it were rewritten, which Mastodon does: to the same person's own server, or it is another person.
        fits = _mentions_fit(status, self.text)
        self.doubtful = self.doubtful or not fits
        return fits


async def _look_back(search: _Search) -> bool:
    """Judge the account's newest statuses; whether all of them since the first try were seen."""
    path = f"/api/v1/accounts/{quote(search.me, safe='')}/statuses"
    params: dict[str, str | int | list[str]] = {"limit": PAGE, "exclude_reblogs": "true"}
    seen: set[str] = set()
    for _count in range(PAGES):
        answer = await get(search.client, search.out.credentials, path, params)
        items = check(answer, search.out.now).json()
        search.set_clock(answer)
        if not isinstance(items, list):
            raise unexpected(answer)
        refuse_flood(items, answer.host)
        if not items:
            return True
        fresh = [one for one in items if not isinstance(one, dict) or identifier(one.get("id")) not in seen]
        await search.look(fresh)
        if (oldest := _oldest(fresh)) is not None and oldest < search.since:
            return True
        ids = [one for item in objects(fresh) if (one := identifier(item.get("id"))) is not None]
        if not ids:
            return False  # the server doesn't page, or not by these ids
        seen.update(ids)
        params["max_id"] = ids[-1]
    return False


def _oldest(items: list[Any]) -> datetime | None:
    """When the last readable item of a page, newest first, was made."""
    times = (iso_date(item.get("created_at")) for item in reversed(objects(items)))
    return next((made for made in times if made is not None), None)


async def _look_below(search: _Search, remote_id: str) -> None:
    answer = await get(search.client, search.out.credentials, status_path(remote_id, "/context"))
    if answer.status in (404, 410):
        return
    thread = check(answer, search.out.now).json()
    below = thread.get("descendants") if isinstance(thread, dict) else None
    if not isinstance(below, list):
        raise unexpected(answer)
    await search.look(below)


def _mentions_fit(status: dict[str, Any], text: str) -> bool:
    """Whether those whom *status* mentions are on the servers that *text* names, which it doesn't show."""
    named: dict[str, set[str]] = {}
    for name, domain in MENTION.findall(text.casefold()):
        named.setdefault(name, set()).add(domain)
    for person in objects(status.get("mentions")):
        name, _at, domain = text_of(person.get("acct")).casefold().partition("@")
        if domain and name in named and domain not in named[name]:
            return False
    return True
