"""Connecting an Instagram or Threads account by its consent page: a code, a token of an hour, a token of sixty days.

https://developers.facebook.com/docs/instagram-platform/reference (oauth-authorize, access_token) and
/docs/threads/get-started. The app's id and secret are those that the dashboard shows for this very network, and the
redirect address must be one of those that the app has there; nobody needs to listen at it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from smdash.core.errors import ErrorKind, PlatformError
from smdash.locale import gettext as _
from smdash.platforms import long_lived, redact
from smdash.platforms.answers import Answer
from smdash.platforms.base import Credentials
from smdash.platforms.connect import LOOPBACK, Attempt, Grant, Opened
from smdash.platforms.instagram_needs import REDIRECT_URI, SCOPES, SCOPES_OF_THREADS
from smdash.platforms.items import objects, text_of
from smdash.platforms.meta_errors import judge
from smdash.platforms.meta_needs import APP_SECRET
from smdash.platforms.problems import problem, quote
from smdash.platforms.sessions import Tokens

if TYPE_CHECKING:
    from smdash.platforms.client import Client


@dataclass(frozen=True, slots=True)
class _Network:
    """Where a network's consent page and tokens are. ``graph`` is where it trades a token of an hour for a long one."""

    page: str
    code: str
    graph: str
    grant: str
    scopes: tuple[str, ...]


class _Connect:
    """See ``connect.CodeFlow``."""

    network: _Network

    async def authorize_url(self, credentials: Credentials, attempt: Attempt, client: Client, now: datetime) -> Opened:
        """The consent page. Raises PlatformError (rejected) where the app's id or secret is not set."""
        app_id, _secret = _app(credentials)
        query = {
            "client_id": app_id,
            "redirect_uri": _redirect(credentials),
            "response_type": "code",
            "scope": ",".join(self.network.scopes),
            "state": attempt.state,
        }
        return Opened(f"{self.network.page}?{urlencode(query)}")

    async def exchange(
        self, credentials: Credentials, attempt: Attempt, opened: Opened, code: str, client: Client, now: datetime
    ) -> Grant:
        """Trade the code in, and the token of an hour for one of sixty days. Raises PlatformError."""
        app_id, secret = _app(credentials)
        fields = {
            "client_id": app_id,
            "client_secret": secret,
            "grant_type": "authorization_code",
            "redirect_uri": _redirect(credentials),
            # Instagram and Threads end the address in "#_", which is no part of the code.
            "code": code.removesuffix("#_"),
        }
        short = _judged(
            await client.request(
                "POST",
                self.network.code,
                owner_typed=False,
                headers={"Accept": "application/json", "Content-Type": "application/x-www-form-urlencoded"},
                content=urlencode(fields).encode(),
            ),
            now,
        )
        # The guide shows the answer inside a list, the reference without.
        told = next(iter(objects(short.get("data"))), short)
        hour = text_of(told.get("access_token"))
        redact.remember(hour)
        answer = await client.get(
            f"{self.network.graph}/access_token",
            owner_typed=False,
            headers={"Accept": "application/json"},
            params={"grant_type": self.network.grant, "client_secret": secret, "access_token": hour},
        )
        token = long_lived.read(_judged(answer, now), now, answer.host)
        scopes = told.get("permissions")
        names = scopes if isinstance(scopes, list) else text_of(scopes).replace(",", " ").split()
        return Grant(
            session=Tokens(token.access, expires_at=token.expires_at).dump(),
            scopes=tuple(name for name in names if isinstance(name, str)),
            expires_at=token.expires_at,
        )


class InstagramConnect(_Connect):
    network = _Network(
        page="https://api.instagram.com/oauth/authorize",
        code="https://api.instagram.com/oauth/access_token",
        graph="https://graph.instagram.com",
        grant="ig_exchange_token",
        scopes=SCOPES,
    )


class ThreadsConnect(_Connect):
    network = _Network(
        page="https://threads.net/oauth/authorize",
        code="https://graph.threads.net/oauth/access_token",
        graph="https://graph.threads.net",
        grant="th_exchange_token",
        scopes=SCOPES_OF_THREADS,
    )


def _app(credentials: Credentials) -> tuple[str, str]:
    app_id, secret = credentials.options.get("app_id", "").strip(), credentials.secrets.get(APP_SECRET, "").strip()
    if not app_id or not secret:
        sentence = _("the consent page needs the app's id and secret; or make a token in the app's dashboard")
        raise problem(ErrorKind.REJECTED, sentence, arrived=False)
    return app_id, secret


def _redirect(credentials: Credentials) -> str:
    return credentials.options.get(REDIRECT_URI, "").strip() or LOOPBACK


def _judged(answer: Answer, now: datetime) -> dict[str, Any]:
    """The object of an answer that is no error. Raises PlatformError.

    Instagram's own address tells errors flat: ``{"error_type", "code", "error_message"}``.
    """
    said = ""
    if not answer.ok:
        try:
            told = answer.json()
        except PlatformError:
            told = None
        said = text_of(told.get("error_message")) if isinstance(told, dict) else ""
    if said and 400 <= answer.status < 500:
        sentence = _("{host} does not take the code or token any more ({said}); connect the account once more")
        raise problem(ErrorKind.AUTH, sentence.format(host=answer.host, said=quote(said)), arrived=False)
    found = judge(answer, now)
    return found if isinstance(found, dict) else {}
