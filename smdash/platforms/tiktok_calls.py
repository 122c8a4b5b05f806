"""One call to TikTok's API: with whose token, and what its errors mean.

https://developers.tiktok.com/doc/tiktok-api-v2-error-handling. Every answer holds ``error``, whose code is "ok" where
all went well, whatever the status is. An access token lives for hours; at each renewal the refresh token changes too.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from smdash.core.errors import ErrorKind, PlatformError
from smdash.locale import gettext as _
from smdash.platforms import answers, oauth_calls
from smdash.platforms.addresses import host_of, parse_url
from smdash.platforms.answers import Answer
from smdash.platforms.base import Credentials
from smdash.platforms.channel_scopes import TIKTOK
from smdash.platforms.items import text_of
from smdash.platforms.oauth_tokens import Endpoint
from smdash.platforms.problems import problem, quote

if TYPE_CHECKING:
    from smdash.platforms.client import Client, Params

URL = "https://open.tiktokapis.com"
SCOPES = TIKTOK
_DAY = timedelta(hours=24)
_MINUTE = timedelta(minutes=1)
# Each is a refusal: nothing was done.
_KINDS = {
    "access_token_invalid": ErrorKind.AUTH,
    "invalid_token": ErrorKind.AUTH,
    "scope_not_authorized": ErrorKind.PERMISSION,
    "scope_permission_missed": ErrorKind.PERMISSION,
    "rate_limit_exceeded": ErrorKind.RATE,
    "spam_risk_too_many_posts": ErrorKind.QUOTA,
    "spam_risk_too_many_pending_share": ErrorKind.QUOTA,
    "reached_active_user_cap": ErrorKind.QUOTA,
    "spam_risk_user_banned_from_posting": ErrorKind.PERMISSION,
    "spam_risk": ErrorKind.PERMISSION,
    "spam_risk_text": ErrorKind.REJECTED,
    "unaudited_client_can_only_post_to_private_accounts": ErrorKind.PERMISSION,
    "app_version_check_failed": ErrorKind.PERMISSION,
    "privacy_level_option_mismatch": ErrorKind.REJECTED,
    "url_ownership_unverified": ErrorKind.REJECTED,
    "file_format_check_failed": ErrorKind.REJECTED,
    "duration_check_failed": ErrorKind.REJECTED,
    "frame_rate_check_failed": ErrorKind.REJECTED,
    "picture_size_check_failed": ErrorKind.REJECTED,
    "invalid_file_upload": ErrorKind.REJECTED,
    "invalid_params": ErrorKind.REJECTED,
    "invalid_param": ErrorKind.REJECTED,
    "invalid_publish_id": ErrorKind.GONE,
    "token_not_authorized_for_specified_publish_id": ErrorKind.PERMISSION,
    "internal_error": ErrorKind.SERVER,
}


def endpoint(credentials: Credentials) -> Endpoint:
    """Where tokens are renewed: developers.tiktok.com/doc/oauth-user-access-token-management."""
    return Endpoint(f"{(credentials.url or URL).rstrip('/')}/v2/oauth/token/", id_name="client_key")


class Caller:
    """Calls in an account's name. Made anew for each call of the adapter."""

    def __init__(self, credentials: Credentials, client: Client, now: datetime, *, owner_typed: bool = True) -> None:
        self.credentials = credentials
        self.client = client
        self.now = now
        self.owner_typed = owner_typed
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
            is_stale=lambda answer: told(answer)[0] == "access_token_invalid",
        )

    @property
    def host(self) -> str:
        """How a sentence names the server."""
        return host_of(parse_url(self.url))

    async def get(self, path: str, params: Params) -> dict[str, Any]:
        """What ``data`` of an answer holds. Raises PlatformError."""
        return self._data(await self._send("GET", path, params, None))

    async def post(self, path: str, body: Mapping[str, Any], params: Params | None = None) -> dict[str, Any]:
        """``get`` for a call with a body. Raises PlatformError."""
        return self._data(await self._send("POST", path, params, json.dumps(body).encode()))

    async def _send(self, method: str, path: str, params: Params | None, content: bytes | None) -> Answer:
        kind = {} if content is None else {"Content-Type": "application/json; charset=UTF-8"}

        async def call(token: str) -> Answer:
            return await self.client.request(
                method,
                f"{self.url}/v2{path}",
                owner_typed=self.owner_typed,
                headers={"Accept": "application/json", **kind},
                params=params,
                content=content,
                token=token,
            )

        return await self._account.twice(lambda session: call(session.access))

    def _data(self, answer: Answer) -> dict[str, Any]:
        code, _said = told(answer)
        if code not in ("", "ok"):
            raise failure(answer, self.now)
        answers.check(answer, self.now)
        found = answer.json()
        data = found.get("data") if isinstance(found, dict) else None
        if code != "ok" or not isinstance(data, dict):
            raise unexpected(answer)
        return data


def told(answer: Answer) -> tuple[str, str]:
    """The code and the sentence that an answer holds; empty where it holds none."""
    try:
        found = answer.json()
    except PlatformError:
        return "", ""
    error = found.get("error") if isinstance(found, dict) else None
    if not isinstance(error, dict):
        return "", ""
    return quote(text_of(error.get("code")))[:80], quote(text_of(error.get("message")))


def failure(answer: Answer, now: datetime) -> PlatformError:
    """The error that an answer's code stands for."""
    code, said = told(answer)
    kind = _KINDS.get(code)
    if kind is None:
        auth = answer.status == 401 or any(word in code for word in ("token", "auth", "login"))
        kind = ErrorKind.AUTH if auth else ErrorKind.REJECTED if answer.status < 500 else ErrorKind.SERVER
    again = answers.retry_at(answer, now)
    if kind is ErrorKind.QUOTA:
        again = now + _DAY  # its caps count the last 24 hours
    elif kind is ErrorKind.RATE and again is None:
        again = now + _MINUTE
    if code == "unaudited_client_can_only_post_to_private_accounts":
        sentence = _("TikTok has not audited the app, which may post to private accounts only, for their owner's eyes")
    else:
        sentence = _("TikTok refused it ({code})").format(code=code)
    if said:
        sentence = _("{sentence}: {said}").format(sentence=sentence, said=said)
    return problem(kind, sentence, retry_at=again, arrived=kind is ErrorKind.SERVER)


def unexpected(answer: Answer) -> PlatformError:
    """What to raise for an answer of another shape; whatever was written may be done."""
    sentence = _("{host} answered, but not as TikTok does; check the account's address")
    return problem(ErrorKind.SERVER, sentence.format(host=answer.host))


def identifier(value: object) -> str | None:
    """An opaque id as text; some are sent as numbers. Nothing when there is none that can be kept."""
    if type(value) is int:
        value = str(value)
    fits = isinstance(value, str) and 0 < len(value) <= 200 and value.isprintable() and "\ufffd" not in value
    return value if fits and isinstance(value, str) else None
