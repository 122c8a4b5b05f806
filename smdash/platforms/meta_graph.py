"""Meta's Graph API, as Facebook Pages, Messenger, Instagram, Threads and WhatsApp share it: calls, lists, ids, times.

https://developers.facebook.com/docs/graph-api: ``BASE/VERSION/NODE/EDGE``. The token goes along as a header and never
in an address, with ``appsecret_proof`` where the account's owner gave the app's secret (graph-api/securing-requests).
Lists are followed by their cursors: the addresses that ``paging.next`` holds carry the token and are never called.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import math
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from smdash.core.errors import ErrorKind, PlatformError
from smdash.core.records import Quota
from smdash.locale import gettext as _
from smdash.platforms import meta_usage, redact
from smdash.platforms.answers import Answer, iso_date
from smdash.platforms.base import Credentials
from smdash.platforms.items import refuse_flood
from smdash.platforms.meta_errors import SHARED, Meanings, judge
from smdash.platforms.outgoing import Medium
from smdash.platforms.problems import problem

if TYPE_CHECKING:
    from smdash.platforms.client import Client

BASE = "https://graph.facebook.com"
# Where videos go up, says /docs/graph-api/video-uploads.
VIDEO_BASE = "https://graph-video.facebook.com"
# Introduced on 2026-07-29; each version lives for about two years (docs/graph-api/changelog/versions).
VERSION = "v26.0"
# Message ids of Messenger have more than a hundred characters.
ID_LIMIT = 400
# A cursor of a list is opaque, and may be as long as an address allows.
CURSOR_LIMIT = 2_000
_HEADERS = {"Accept": "application/json", "Accept-Language": "en"}
_VERSION = re.compile(r"v\d{1,3}\.\d{1,2}")

Values = dict[str, str | int | list[str]]


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list: its items as they came, and the cursor of the next page where there is one."""

    items: list[Any]
    after: str | None
    host: str


class Graph:
    """Calls as one account. Errors of the network are raised as PlatformError, of the kinds that *meanings* say.

    *version* is the path's first part, empty for none; ``version`` in the account's options goes before it. *token*
    takes the place of the account's own. *proof* says whether ``appsecret_proof`` goes along where there is an
    ``app_secret`` among the account's secrets. ``quota`` is what the last answer said is left, in percent; ``host`` is
    how sentences name who gave it.
    """

    def __init__(
        self,
        credentials: Credentials,
        client: Client,
        now: datetime,
        *,
        owner_typed: bool = True,
        version: str = VERSION,
        token: str | None = None,
        proof: bool = True,
        meanings: Meanings = SHARED,
    ) -> None:
        self.credentials = credentials
        self.client = client
        self.now = now
        self.quota: Quota | None = None
        self.host = ""
        self._owner_typed = owner_typed
        self._version = version
        self._token = credentials.token if token is None else token
        self._proof = proof
        self._meanings = meanings

    def using(self, token: str) -> Graph:
        """The same account's calls with another of its tokens."""
        return Graph(
            self.credentials,
            self.client,
            self.now,
            owner_typed=self._owner_typed,
            version=self._version,
            token=token,
            proof=self._proof,
            meanings=self._meanings,
        )

    @property
    def token(self) -> str:
        """What calls are made with."""
        return self._token

    async def get(self, path: str, params: Values | None = None) -> dict[str, Any]:
        """Read *path* (see ``at``). Raises PlatformError."""
        return self._object(await self._call("GET", path, params))

    async def page(self, path: str, params: Values | None = None, *, without_next: bool = False) -> Page:
        """Read one page of the list at *path*, after ``params["after"]``. Raises PlatformError.

        A list goes on where it names a next page; *without_next* where it holds anything and names a cursor.
        """
        answer = await self._call("GET", path, params)
        found = self._object(answer)
        items = found.get("data")
        if not isinstance(items, list):
            raise unexpected(answer.host)
        refuse_flood(items, answer.host)
        return Page(items, next_cursor(found, without_next=without_next), answer.host)

    async def post(self, path: str, fields: dict[str, Any] | None = None) -> dict[str, Any]:
        """Write *fields* to *path*, once. Raises PlatformError; ``arrived`` is true where it may be done."""
        return self._object(await self._call("POST", path, None, json.dumps(fields or {}).encode()))

    async def delete(self, path: str) -> dict[str, Any]:
        """Delete what is at *path*. Raises PlatformError."""
        return self._object(await self._call("DELETE", path, None))

    async def upload(self, path: str, medium: Medium, field: str, texts: dict[str, str]) -> dict[str, Any]:
        """Send a file to *path* as the part *field* of a form, behind *texts*. Raises PlatformError."""
        # WhatsApp's files go to "media" of a number, videos too.
        video = medium.media_type.startswith("video/") and path.endswith("/videos")
        answer = await self.client.upload(
            self._address(path, video=video),
            medium.path,
            medium.media_type,
            owner_typed=self._owner_typed,
            field=field,
            texts=texts,
            name=medium.shown,
            digest=medium.digest,
            headers=_HEADERS,
            params=self._with_proof(None),
            token=self._token,
        )
        self._note(answer)
        return self._object(answer)

    async def _call(self, method: str, path: str, params: Values | None, content: bytes | None = None) -> Answer:
        answer = await self.client.request(
            method,
            self._address(path),
            owner_typed=self._owner_typed,
            headers=_HEADERS if content is None else _HEADERS | {"Content-Type": "application/json"},
            params=self._with_proof(params),
            content=content,
            token=self._token,
        )
        self._note(answer)
        return answer

    def _note(self, answer: Answer) -> None:
        self.host = answer.host
        self.quota = meta_usage.read(answer.headers, self.now) or self.quota

    def _object(self, answer: Answer) -> dict[str, Any]:
        """The object of an answer that is no error. Raises PlatformError."""
        found = judge(answer, self.now, self._meanings)
        if not isinstance(found, dict):
            raise unexpected(answer.host)
        return found

    def _with_proof(self, params: Values | None) -> Values:
        secret = self.credentials.secrets.get("app_secret", "") if self._proof else ""
        sent = dict(params or {})
        if secret:
            sent["appsecret_proof"] = proof_of(self._token, secret)
        return sent

    def _address(self, path: str, *, video: bool = False) -> str:
        if not self._token:
            sentence = _("no token is set for the account {name}").format(name=self.credentials.name)
            raise problem(ErrorKind.AUTH, sentence, arrived=False)
        wanted = self.credentials.options.get("version", "").strip()
        if wanted and not _VERSION.fullmatch(wanted):
            sentence = _("“{version}” is no version of the Graph API; it is written like {example}")
            raise problem(ErrorKind.REJECTED, sentence.format(version=wanted, example=VERSION), arrived=False)
        base = (self.credentials.url or BASE).rstrip("/")
        base = VIDEO_BASE if video and base == BASE else base
        parts = (base, wanted or self._version, path)
        return "/".join(part for part in parts if part)


def proof_of(token: str, app_secret: str) -> str:
    """``appsecret_proof``: that whoever uses the token knows the app's secret too."""
    proof = hmac.new(app_secret.encode(), token.encode(), hashlib.sha256).hexdigest()
    redact.remember(proof)
    return proof


def at(*parts: str) -> str:
    """The path of a node and its edge; ids are opaque, and may hold letters that end a path."""
    return "/".join(quote(part, safe="") for part in parts)


def next_cursor(found: dict[str, Any], *, without_next: bool = False) -> str | None:
    """Where a list goes on, or nothing; see ``Graph.page``."""
    paging = found.get("paging")
    if not isinstance(paging, dict):
        return None
    goes_on = bool(found.get("data")) if without_next else bool(paging.get("next"))
    cursors = paging.get("cursors")
    after = cursors.get("after") if isinstance(cursors, dict) else None
    return after if goes_on and is_cursor(after) else None


def is_cursor(value: object) -> bool:
    """Whether a value is a cursor that can be kept and sent."""
    return isinstance(value, str) and 0 < len(value) <= CURSOR_LIMIT and value.isascii() and value.isprintable()


def identifier(value: object) -> str | None:
    """An opaque id as text, some come as numbers; nothing where there is none that can be kept."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**30:
        value = str(value)
    if not isinstance(value, str) or not 0 < len(value) <= ID_LIMIT or not value.isprintable():
        return None
    # What stands for bytes that could not be read is no part of an id.
    return None if "\ufffd" in value or value in (".", "..") else value


def id_of(value: object) -> str | None:
    """The id of an object such as ``from`` or ``parent``; nothing where there is none."""
    return identifier(value.get("id")) if isinstance(value, dict) else None


def moment(value: object) -> datetime | None:
    """A time in UTC: ISO 8601 text such as ``2026-08-01T10:15:30+0000``, or a number or digits since 1970.

    Numbers are seconds, from 1e11 on milliseconds, as Messenger's webhooks have them.
    """
    if isinstance(value, str) and re.fullmatch(r"\d{1,15}", value, re.ASCII):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return iso_date(value)
    # A huge integer does not become a float; the end is in the year 9892.
    if (isinstance(value, float) and not math.isfinite(value)) or not 0 < value < 2.5e14:
        return None
    return datetime.fromtimestamp(value / 1000 if value > 1e11 else value, UTC)


def unexpected(host: str) -> PlatformError:
    """What to raise for an answer of another shape; whatever was written may be done."""
    return problem(
        ErrorKind.SERVER,
        _("{host} answered, but not as the Graph API does; check the account's address").format(host=host),
    )
