"""Feeds for curation: conditional GET, every common format, and finding a page's feed.

RFC 9110 for validators and statuses; what goes wrong in the wild is in shared/platforms/feeds.md.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from smdash.core.errors import ErrorKind, PlatformError
from smdash.locale import gettext as _
from smdash.platforms.addresses import parse_url, same_owner
from smdash.platforms.answers import Answer, failure, retry_at
from smdash.platforms.base import Credentials, Pull, Pulled, Verified
from smdash.platforms.conditional import Known, interval
from smdash.platforms.feed_discovery import announced
from smdash.platforms.feed_parse import Parsed, looks_like
from smdash.platforms.feed_process import parse_within
from smdash.platforms.problems import problem, quote

if TYPE_CHECKING:
    from smdash.platforms.client import Client

ACCEPT = (
    "application/atom+xml, application/rss+xml, application/feed+json, application/json;q=0.9, "
    "application/xml;q=0.8, text/xml;q=0.7, */*;q=0.1"
)


class Feeds:
    """The adapter; a feed is a ``Pull`` whose ``credentials.url`` is its address."""

    async def verify(self, credentials: Credentials, client: Client, now: datetime) -> Verified:
        """Whether a feed can be read at that address, and its name. Raises PlatformError."""
        pulled = await self.pull(Pull("feed", credentials, None, now), client)
        title = pulled.title or credentials.name or credentials.url
        return Verified(remote_id=credentials.url, handle=credentials.url, name=title, url=credentials.url)

    async def pull(self, pull: Pull, client: Client) -> Pulled:
        """All entries that the feed shows now, or none when it has not changed. Raises PlatformError."""
        url = pull.credentials.url
        known = Known.load(pull.cursor)
        if url not in (known.asked, known.final):
            known = Known()
        answer = await client.get(url, owner_typed=pull.owner_typed, headers=known.headers(ACCEPT))
        if known.is_same(answer):
            return Pulled(cursor=pull.cursor, moved_to=_moved(answer, url), interval=interval(answer, None, pull.now))
        _check(answer, pull.now)
        parsed = await read(answer, pull.now)
        return Pulled(
            items=parsed.items,
            # Validators of a body that was read in part would keep the rest away for good.
            cursor=Known.of(url, answer).dump() if parsed.whole else pull.cursor,
            title=parsed.title,
            moved_to=_moved(answer, url),
            interval=interval(answer, parsed.minutes, pull.now),
            not_before=retry_at(answer, pull.now),
            notice=parsed.notice,
        )


async def read(answer: Answer, now: datetime) -> Parsed:
    """Parse an answer within limits. Raises PlatformError, naming the page's feeds when it is a web page."""
    _refuse_empty(answer)
    if looks_like(answer.body) == "html":
        raise _is_a_page(answer)
    return await parse_within(
        answer.body,
        url=answer.url,
        content_type=answer.headers.get("content-type", ""),
        content_location=answer.headers.get("content-location", ""),
        now=now,
    )


async def discover(
    url: str, client: Client, *, now: datetime | None = None, owner_typed: bool = True
) -> tuple[str, str | None]:
    """The feed behind an address that a person typed, and its name: the address itself, or a page's first feed.

    Raises PlatformError when there is none or it can't be read.
    """
    now = now or datetime.now(UTC)
    typed = url.strip() if "://" in url else f"https://{url.strip()}"
    answer = await client.get(typed, owner_typed=owner_typed, headers=Known().headers(ACCEPT))
    _check(answer, now)
    _refuse_empty(answer)
    if looks_like(answer.body) != "html":
        return answer.permanent_url or typed, (await read(answer, now)).title
    found = announced(answer.body, answer.url)
    if not found:
        raise _is_a_page(answer)
    address, name = found[0]
    # The page is a stranger's word: only on its own origin may it lead where the owner may.
    trusted = owner_typed and same_owner(parse_url(answer.url), parse_url(address)) and _stayed(typed, answer.url)
    second = await client.get(address, owner_typed=trusted, headers=Known().headers(ACCEPT))
    _check(second, now)
    return second.permanent_url or address, (await read(second, now)).title or name or None


def _stayed(before: str, after: str) -> bool:
    return same_owner(parse_url(before), parse_url(after))


def _moved(answer: Answer, url: str) -> str | None:
    return answer.permanent_url if answer.permanent_url != url else None


def _check(answer: Answer, now: datetime) -> None:
    """Statuses as feeds mean them: waiting may mend a 404, a 410 is for good."""
    if answer.ok:
        return
    shown = quote(answer.url.split("?")[0])
    sentences = {
        401: (ErrorKind.AUTH, _("the feed at {url} wants a login, which smdash has not (401)")),
        403: (ErrorKind.PERMISSION, _("{host} hands the feed to no program like this one, or wants a login (403)")),
        404: (ErrorKind.SERVER, _("there is no feed at {url} (404); it is tried again later")),
        410: (ErrorKind.GONE, _("the feed at {url} is gone for good (410)")),
    }
    if answer.status not in sentences:
        raise failure(answer, now)
    kind, sentence = sentences[answer.status]
    raise problem(kind, sentence.format(url=shown, host=answer.host), retry_at=retry_at(answer, now))


def _refuse_empty(answer: Answer) -> None:
    if not answer.body.strip():
        raise problem(ErrorKind.SERVER, _("{host} sent an empty feed document").format(host=answer.host))


def _is_a_page(answer: Answer) -> PlatformError:
    shown = quote(answer.url.split("?")[0])
    found = announced(answer.body, answer.url)
    if not found:
        return problem(ErrorKind.REJECTED, _("{url} is a web page and names no feed").format(url=shown))
    sentence = _("{url} is a web page, not a feed; it names these feeds: {feeds}")
    return problem(ErrorKind.REJECTED, sentence.format(url=shown, feeds=" ".join(address for address, _name in found)))
