"""Feeds for curation: conditional GET, every common format, and finding a page's feed.

RFC 9110 for validators and statuses; what goes wrong in the wild is in shared/platforms/feeds.md.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from smdash.core.errors import ErrorKind, PlatformError
from smdash.locale import gettext as _
from smdash.platforms.addresses import parse_url, same_owner
from smdash.platforms.answers import Answer, failure, http_date, retry_at
from smdash.platforms.base import Credentials, Pull, Pulled, Verified
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
SHORTEST, LONGEST = timedelta(minutes=5), timedelta(hours=24)
_VALIDATOR = re.compile(r"[\x20-\x7e]{1,1000}")


@dataclass(frozen=True, slots=True)
class _Known:
    """The cursor: the validators of the last good answer, whose they are, and what its body was."""

    asked: str = ""
    final: str = ""
    etag: str = ""
    modified: str = ""
    digest: str = ""

    def dump(self) -> str:
        pairs = {name: getattr(self, name) for name in self.__slots__}
        return json.dumps({name: value for name, value in pairs.items() if value})


def _load(text: str | None) -> _Known:
    try:
        found = json.loads(text or "{}")
    except (ValueError, RecursionError):
        return _Known()
    if not isinstance(found, dict):
        return _Known()
    return _Known(**{key: value for key, value in found.items() if key in _Known.__slots__ and isinstance(value, str)})


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
        known = _load(pull.cursor)
        if url not in (known.asked, known.final):
            known = _Known()
        answer = await client.get(url, owner_typed=pull.owner_typed, headers=_headers(known))
        if answer.status == 304 and (known.etag or known.modified):
            return Pulled(cursor=pull.cursor, moved_to=_moved(answer, url), interval=_interval(answer, None, pull.now))
        _check(answer, pull.now)
        etag, digest = answer.headers.get("etag", ""), hashlib.sha256(answer.body).hexdigest()
        if (etag and etag == known.etag) or digest == known.digest:
            # Some servers send everything again though nothing changed.
            return Pulled(cursor=pull.cursor, moved_to=_moved(answer, url), interval=_interval(answer, None, pull.now))
        parsed = await read(answer, pull.now)
        now_known = _Known(asked=url, final=answer.url, digest=digest)
        if answer.headers.get("expires", "").strip() != "0":
            now_known = _Known(url, answer.url, _kept(answer, "etag"), _kept(answer, "last-modified"), digest)
        return Pulled(
            items=parsed.items,
            # Validators of a body that was read in part would keep the rest away for good.
            cursor=now_known.dump() if parsed.whole else pull.cursor,
            title=parsed.title,
            moved_to=_moved(answer, url),
            interval=_interval(answer, parsed.minutes, pull.now),
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
    answer = await client.get(typed, owner_typed=owner_typed, headers=_headers(_Known()))
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
    second = await client.get(address, owner_typed=trusted, headers=_headers(_Known()))
    _check(second, now)
    return second.permanent_url or address, (await read(second, now)).title or name or None


def _stayed(before: str, after: str) -> bool:
    return same_owner(parse_url(before), parse_url(after))


def _headers(known: _Known) -> dict[str, str]:
    headers = {"Accept": ACCEPT}
    # Both: some servers honour only one.
    if known.etag:
        headers["If-None-Match"] = known.etag
    if known.modified:
        headers["If-Modified-Since"] = known.modified
    return headers


def _kept(answer: Answer, name: str) -> str:
    """A validator to send back unchanged, unless it could not be sent."""
    value = answer.headers.get(name, "")
    return value if _VALIDATOR.fullmatch(value) else ""


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


def _interval(answer: Answer, minutes: float | None, now: datetime) -> timedelta | None:
    """The longest wait that the feed or its server asks for, between 5 minutes and a day; nothing if none did."""
    wishes = [minutes * 60] if minutes is not None else []
    age = re.search(r"max-age=\"?(\d{1,9})", answer.headers.get("cache-control", ""), re.IGNORECASE)
    if age:
        wishes.append(float(age[1]))
    elif expires := http_date(answer.headers.get("expires", "")):
        wishes.append((expires - now).total_seconds())
    longest = max(wishes, default=0.0)
    return min(max(timedelta(seconds=min(longest, 1e9)), SHORTEST), LONGEST) if longest > 0 else None
