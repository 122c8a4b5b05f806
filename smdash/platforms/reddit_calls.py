"""One call to Reddit: under which name, with whose token, and what its errors mean.

https://www.reddit.com/dev/api, https://github.com/reddit-archive/reddit/wiki/API. An answer of success (200) may hold
errors, each a list of a code, a sentence and a field. Since November 2025 keys are given by hand only.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from smdash import __version__
from smdash.core.errors import ErrorKind, PlatformError
from smdash.core.text import clean_name
from smdash.locale import gettext as _
from smdash.platforms import answers, oauth_calls
from smdash.platforms.answers import Answer
from smdash.platforms.base import Credentials
from smdash.platforms.channel_scopes import REDDIT
from smdash.platforms.items import text_of
from smdash.platforms.oauth_tokens import Endpoint
from smdash.platforms.outgoing import before_sending
from smdash.platforms.problems import problem, quote

if TYPE_CHECKING:
    from smdash.platforms.client import Client, Params

URL = "https://oauth.reddit.com"
SCOPES = REDDIT
_FULLNAME = re.compile(r"t[1-6]_[0-9a-z]{1,20}")
_USER = re.compile(r"[A-Za-z0-9_-]{1,30}")
_WAIT = re.compile(r"(\d{1,5})\s*(millisecond|second|minute|hour)")
_UNITS = {"millisecond": 0.001, "second": 1, "minute": 60, "hour": 3600}
# Codes of json.errors. Of each of them nothing was done, but for a link that somebody may have posted before.
_KINDS = {
    "USER_REQUIRED": ErrorKind.AUTH,
    "WRONG_PASSWORD": ErrorKind.AUTH,
    "SUBREDDIT_NOTALLOWED": ErrorKind.PERMISSION,
    "SUBREDDIT_NOTALLOWED_BANNED": ErrorKind.PERMISSION,
    "USER_BLOCKED": ErrorKind.PERMISSION,
    "NOT_WHITELISTED_BY_USER_MESSAGE": ErrorKind.PERMISSION,
    "RESTRICTED_TO_PM": ErrorKind.PERMISSION,
    "BAD_CAPTCHA": ErrorKind.PERMISSION,
    "ALREADY_SUB": ErrorKind.DUPLICATE,
    "RATELIMIT": ErrorKind.RATE,
    "QUOTA_FILLED": ErrorKind.QUOTA,
    "DELETED_COMMENT": ErrorKind.GONE,
    "DELETED_LINK": ErrorKind.GONE,
    "DELETED_THING": ErrorKind.GONE,
    "THREAD_LOCKED": ErrorKind.REJECTED,
    "TOO_OLD": ErrorKind.REJECTED,
    "TOO_LONG": ErrorKind.REJECTED,
    "NO_TEXT": ErrorKind.REJECTED,
    "NO_SELFS": ErrorKind.REJECTED,
    "NO_LINKS": ErrorKind.REJECTED,
    "NO_IMAGES": ErrorKind.REJECTED,
    "BAD_URL": ErrorKind.REJECTED,
    "SUBREDDIT_NOEXIST": ErrorKind.REJECTED,
    "SUBREDDIT_REQUIRED": ErrorKind.REJECTED,
}


def agent(credentials: Credentials) -> str:
    """The name that Reddit's rules ask for: where it runs, what it is, and whose account that is."""
    name = credentials.options.get("username", "") or credentials.handle
    by = f" (by /u/{name})" if _USER.fullmatch(name) else ""
    return f"linux:smdash:v{__version__}{by}"


def endpoint(credentials: Credentials) -> Endpoint:
    """Where tokens are renewed: Reddit's site, or the server that the account calls in place of Reddit's."""
    url = credentials.url.rstrip("/")
    base = "https://www.reddit.com" if url in ("", URL) else url
    return Endpoint(f"{base}/api/v1/access_token", basic=True, headers={"User-Agent": agent(credentials)})


class Caller:
    """Calls in an account's name. Made anew for each call of the adapter."""

    def __init__(self, credentials: Credentials, client: Client, now: datetime, *, owner_typed: bool = True) -> None:
        self.credentials = credentials
        self.client = client
        self.now = now
        self._owner_typed = owner_typed
        self.url = (credentials.url or URL).rstrip("/")
        self._headers = {"Accept": "application/json", "User-Agent": agent(credentials)}
        self._account = oauth_calls.Caller(
            credentials,
            client,
            now,
            base=URL,
            endpoint=endpoint(credentials),
            judge=failure,
            owner_typed=owner_typed,
            renews_typed=True,
        )

    async def get(self, path: str, params: Params | None = None) -> Answer:
        """Read *path*; of the texts in it, only what is typed comes back. Raises PlatformError for all but 2xx."""
        answer = await self._send("GET", path, {"raw_json": 1, **(params or {})}, None)
        if not answer.ok:
            raise failure(answer, self.now)
        return answer

    async def post(self, path: str, fields: Mapping[str, str]) -> dict[str, Any]:
        """Write, once; what ``json`` of the answer holds. Raises PlatformError, for errors inside of 200 as well."""
        with before_sending():
            await self._account.session()
        answer = await self._send("POST", path, {"raw_json": 1}, urlencode({"api_type": "json", **fields}).encode())
        inner = _inner(answer)
        errors = inner.get("errors")
        if isinstance(errors, list) and errors:
            raise refused(answer, inner, self.now)
        if not answer.ok:
            raise failure(answer, self.now)
        answer.json()
        return inner

    async def lease(self, path: str, content: bytes) -> Answer:
        """Ask for something that only prepares a post; the status is not judged. Raises PlatformError."""
        return await self._send("POST", path, {"raw_json": 1}, content)

    async def _send(self, method: str, path: str, params: Params, content: bytes | None) -> Answer:
        kind = {} if content is None else {"Content-Type": "application/x-www-form-urlencoded"}

        async def call(token: str) -> Answer:
            return await self.client.request(
                method,
                f"{self.url}{path}",
                owner_typed=self._owner_typed,
                headers=self._headers | kind,
                params=params,
                content=content,
                token=token,
            )

        return await self._account.twice(lambda session: call(session.access))


def _inner(answer: Answer) -> dict[str, Any]:
    try:
        found = answer.json()
    except PlatformError:
        return {}
    inner = found.get("json") if isinstance(found, dict) else None
    return inner if isinstance(inner, dict) else {}


def refused(answer: Answer, inner: Mapping[str, Any], now: datetime) -> PlatformError:
    """What the first of the errors inside an answer means."""
    errors = inner.get("errors")
    first = errors[0] if isinstance(errors, list) and errors else None
    parts = [quote(text_of(one)) for one in first[:2]] if isinstance(first, list) else []
    code, said = [*parts, "", ""][:2]
    kind = _KINDS.get(code)
    if kind is None:
        login = any(word in code for word in ("AUTH", "LOGIN", "TOKEN", "SCOPE", "PASSWORD"))
        kind = ErrorKind.AUTH if login else ErrorKind.REJECTED
    sentence = _("Reddit refused it ({code})").format(code=code or "?")
    if said:
        sentence = _("{sentence}: {said}").format(sentence=sentence, said=said)
    again = _wait(said, inner.get("ratelimit"), now) if kind is ErrorKind.RATE else None
    return problem(kind, sentence, retry_at=again, arrived=kind is ErrorKind.DUPLICATE)


def _wait(said: str, seconds: object, now: datetime) -> datetime | None:
    """How long Reddit wants us to be silent: a number beside the error, or the one in its sentence."""
    if type(seconds) in (int, float) and 0 < float(str(seconds)) < 86_400:
        return now + timedelta(seconds=float(str(seconds)))
    found = _WAIT.search(said)
    return answers.bounded(now + timedelta(seconds=int(found[1]) * _UNITS[found[2]]), now) if found else None


def failure(answer: Answer, now: datetime) -> PlatformError:
    """The error that a status outside 2xx stands for."""
    found = answers.failure(answer, now)
    reset = answers.quota(answer, now)
    if found.kind is ErrorKind.RATE and found.retry_at is None and reset is not None:
        found.retry_at = reset.resets_at
    return found


def unexpected(answer: Answer) -> PlatformError:
    """What to raise for an answer of another shape; whatever was written may be done."""
    sentence = _("{host} answered, but not as Reddit does; check the account's address")
    return problem(ErrorKind.SERVER, sentence.format(host=answer.host))


def listing(answer: Answer) -> tuple[list[Any], str]:
    """The children of a listing, and where the next page begins. Raises PlatformError."""
    found = answer.json()
    data = found.get("data") if isinstance(found, dict) and found.get("kind") == "Listing" else None
    children = data.get("children") if isinstance(data, dict) else None
    if not isinstance(data, dict) or not isinstance(children, list):
        raise unexpected(answer)
    return children, text_of(data.get("after"))


def fullname(value: object) -> str | None:
    """A fullname (t1_ and so on), or nothing."""
    return value if isinstance(value, str) and _FULLNAME.fullmatch(value) else None


async def myself(caller: Caller) -> dict[str, Any]:
    """The account that the token belongs to, its ``name`` looked at. Raises PlatformError."""
    answer = await caller.get("/api/v1/me")
    found = answer.json()
    name = found.get("name") if isinstance(found, dict) else None
    if not isinstance(found, dict) or not isinstance(name, str) or not _USER.fullmatch(clean_name(name)):
        raise unexpected(answer)
    return found


def epoch(value: object) -> datetime | None:
    """A time in seconds since 1970, or nothing."""
    if type(value) not in (int, float) or not 0 < float(str(value)) < 1e11:
        return None
    return datetime.fromtimestamp(float(str(value)), UTC)
