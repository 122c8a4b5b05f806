"""One call to YouTube's Data API: with whose token, what it costs, and what its errors mean.

https://developers.google.com/youtube/v3/docs/errors. What counts of an error is ``error.errors[0].reason``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from smdash.core.errors import ErrorKind, PlatformError
from smdash.locale import gettext as _
from smdash.platforms import answers, oauth_calls, youtube_units
from smdash.platforms.addresses import host_of, parse_url, same_owner
from smdash.platforms.answers import Answer
from smdash.platforms.base import Credentials
from smdash.platforms.channel_scopes import YOUTUBE
from smdash.platforms.items import text_of
from smdash.platforms.oauth_tokens import Endpoint
from smdash.platforms.outgoing import before_sending
from smdash.platforms.problems import problem, quote
from smdash.platforms.sessions import Tokens

if TYPE_CHECKING:
    from smdash.platforms.client import Client, Params

URL = "https://www.googleapis.com"
FORCE_SSL, UPLOAD = YOUTUBE
# It stands for that of uploads too.
ALL = "https://www.googleapis.com/auth/youtube"
_HEADERS = {"Accept": "application/json"}
# A reason of an error, and what it is. Each is a refusal: of a write, nothing was done.
_KINDS = {
    "authError": ErrorKind.AUTH,
    "invalidCredentials": ErrorKind.AUTH,
    "keyInvalid": ErrorKind.AUTH,
    "accountDelegationForbidden": ErrorKind.AUTH,
    "authenticatedUserAccountClosed": ErrorKind.PERMISSION,
    "authenticatedUserAccountSuspended": ErrorKind.PERMISSION,
    "authenticatedUserNotChannel": ErrorKind.PERMISSION,
    "youtubeSignupRequired": ErrorKind.PERMISSION,
    "channelClosed": ErrorKind.PERMISSION,
    "channelSuspended": ErrorKind.PERMISSION,
    "accessNotConfigured": ErrorKind.PERMISSION,
    "forbidden": ErrorKind.PERMISSION,
    "insufficientPermissions": ErrorKind.PERMISSION,
    "ineligibleAccount": ErrorKind.PERMISSION,
    "commentsDisabled": ErrorKind.REJECTED,
    "invalidPageToken": ErrorKind.REJECTED,
    "quotaExceeded": ErrorKind.QUOTA,
    "dailyLimitExceeded": ErrorKind.QUOTA,
    "uploadLimitExceeded": ErrorKind.QUOTA,
    "rateLimitExceeded": ErrorKind.RATE,
    "userRateLimitExceeded": ErrorKind.RATE,
    "notFound": ErrorKind.GONE,
    "videoNotFound": ErrorKind.GONE,
    "commentNotFound": ErrorKind.GONE,
    "commentThreadNotFound": ErrorKind.GONE,
    "parentCommentNotFound": ErrorKind.GONE,
    "channelNotFound": ErrorKind.GONE,
}


def endpoint(credentials: Credentials) -> Endpoint:
    """Where tokens are renewed: Google's, or the server that the account calls in place of Google's."""
    url = credentials.url.rstrip("/")
    return Endpoint("https://oauth2.googleapis.com/token" if url in ("", URL) else f"{url}/token")


class Caller:
    """Calls in an account's name, and counts what it costs. Made anew for each call of the adapter.

    *keep* is how many of the day's units must be left after each call.
    """

    def __init__(
        self, credentials: Credentials, client: Client, now: datetime, *, owner_typed: bool = True, keep: int = 0
    ) -> None:
        self.credentials = credentials
        self.client = client
        self.now = now
        self._owner_typed = owner_typed
        self._keep = keep
        self.url = (credentials.url or URL).rstrip("/")
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

    @property
    def host(self) -> str:
        """How a sentence names the server."""
        return host_of(parse_url(self.url))

    async def session(self) -> Tokens:
        """The account's session, renewed where it has to be. Raises PlatformError, of which nothing has arrived."""
        with before_sending():
            return await self._account.session()

    async def get(self, path: str, params: Params) -> dict[str, Any]:
        """Read a list. Raises PlatformError."""
        await youtube_units.pay(self.credentials, self.now, youtube_units.LIST, keep=self._keep)
        return object_of(await self.judged(await self.send("GET", f"{self.url}/youtube/v3/{path}", params)))

    async def write(self, method: str, path: str, params: Params, body: Mapping[str, Any] | None = None) -> Answer:
        """Write, once. Raises PlatformError; of one that comes before it is sent, nothing arrives."""
        with before_sending():
            await self.session()
            await youtube_units.pay(self.credentials, self.now, youtube_units.WRITE)
        content = None if body is None else json.dumps(body).encode()
        return await self.judged(await self.send(method, f"{self.url}/youtube/v3/{path}", params, content))

    async def send(
        self,
        method: str,
        url: str,
        params: Params | None = None,
        content: bytes | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        deadline_s: float | None = None,
    ) -> Answer:
        """Ask with the account's token, with another one where that had ended; statuses are not judged.

        An address that is not the account's server is called without a token. Raises PlatformError.
        """
        kind = {} if content is None or headers else {"Content-Type": "application/json"}
        ours = same_owner(parse_url(self.url), parse_url(url))

        async def call(token: str | None) -> Answer:
            return await self.client.request(
                method,
                url,
                owner_typed=self._owner_typed and ours,
                headers={**_HEADERS, **kind, **(headers or {})},
                params=params,
                content=content,
                token=token,
                deadline_s=deadline_s,
            )

        if not ours:
            return await call(None)
        return await self._account.twice(lambda session: call(session.access))

    async def judged(self, answer: Answer) -> Answer:
        """The answer if its status is 2xx. Raises PlatformError of the kind that it means."""
        if answer.ok:
            return answer
        if reason_of(answer) in ("quotaExceeded", "dailyLimitExceeded"):
            await youtube_units.note_used_up(self.credentials, self.now)
        raise failure(answer, self.now)


def reason_of(answer: Answer) -> str:
    """The first error's name, or nothing."""
    return _told(answer)[0]


def failure(answer: Answer, now: datetime) -> PlatformError:
    """The error that a status outside 2xx stands for."""
    reason, said = _told(answer)
    kind = _KINDS.get(reason)
    if kind is None or answer.status >= 500:
        found = answers.failure(answer, now)
        # What is refused for reasons like these mends by nobody's waiting.
        if answer.status < 500 and any(word in reason.lower() for word in ("auth", "token", "credential")):
            found.kind = ErrorKind.AUTH
        if said:
            shown = _("{sentence}: {said}").format(sentence=found, said=said)
            return problem(found.kind, shown, retry_at=found.retry_at, arrived=found.arrived)
        return found
    if reason == "uploadLimitExceeded":
        return youtube_units.used_up(now, uploads=True)
    if kind is ErrorKind.QUOTA:
        return youtube_units.used_up(now)
    sentence = _SENTENCES.get(kind, _SENTENCES[ErrorKind.REJECTED])()
    shown = f"{sentence.format(host=answer.host)} ({reason})"
    if said:
        shown = _("{sentence}: {said}").format(sentence=shown, said=said)
    return problem(kind, shown, retry_at=answers.retry_at(answer, now), arrived=False)


_SENTENCES = {
    ErrorKind.AUTH: lambda: _("{host} does not accept the token"),
    ErrorKind.PERMISSION: lambda: _("{host} does not permit this"),
    ErrorKind.RATE: lambda: _("{host} asks for fewer calls"),
    ErrorKind.GONE: lambda: _("{host} does not have what was asked for"),
    ErrorKind.REJECTED: lambda: _("{host} refused the request"),
}


def _told(answer: Answer) -> tuple[str, str]:
    """An error's name for programs and its sentence."""
    try:
        found = json.loads(answer.body[:100_000])
    except (ValueError, RecursionError):
        return "", ""
    error = found.get("error") if isinstance(found, dict) else None
    if not isinstance(error, dict):
        return "", ""
    first = error.get("errors")
    first = first[0] if isinstance(first, list) and first else None
    reason = text_of(first.get("reason")) if isinstance(first, dict) else ""
    return quote(reason)[:60], quote(text_of(error.get("message")))


def object_of(answer: Answer) -> dict[str, Any]:
    """The object that an answer holds. Raises PlatformError."""
    found = answer.json()
    if not isinstance(found, dict):
        raise unexpected(answer)
    return found


def items_of(found: Mapping[str, Any], caller: Caller) -> list[Any]:
    """The ``items`` of a list, which an answer about nothing may lack. Raises PlatformError."""
    items = found.get("items", [] if str(found.get("kind", "")).startswith("youtube#") else None)
    if not isinstance(items, list):
        raise not_youtube(caller.host)
    return items


def unexpected(answer: Answer) -> PlatformError:
    """What to raise for an answer of another shape; whatever was written may be done."""
    return not_youtube(answer.host)


def not_youtube(host: str) -> PlatformError:
    """``unexpected``, by the server's name."""
    sentence = _("{host} answered, but not as YouTube does; check the account's address")
    return problem(ErrorKind.SERVER, sentence.format(host=host))


async def own_channel(caller: Caller, part: str = "id") -> dict[str, Any]:
    """The channel that the token belongs to. Raises PlatformError: permission where the login has none."""
    found = await caller.get("channels", {"part": part, "mine": "true"})
    items = items_of(found, caller)
    if not items:
        raise problem(ErrorKind.PERMISSION, _("the Google login of this token has no YouTube channel"))
    one = items[0]
    if not isinstance(one, dict) or identifier(one.get("id")) is None:
        raise not_youtube(caller.host)
    return one


def identifier(value: object) -> str | None:
    """An opaque id, or nothing where there is none that can be kept."""
    fits = isinstance(value, str) and 0 < len(value) <= 200 and value.isprintable() and "\ufffd" not in value
    return value if fits and isinstance(value, str) else None
