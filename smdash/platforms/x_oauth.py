"""Connecting an account of X by a code that its owner pastes (OAuth 2.0 with PKCE, RFC 7636).

https://docs.x.com/fundamentals/authentication/oauth-2-0/authorization-code: a code is good for 30 seconds, an access
token for two hours; with ``offline.access`` comes a refresh token, which changes with every renewal.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from smdash.core.errors import ErrorKind
from smdash.locale import gettext as _
from smdash.platforms.base import Credentials
from smdash.platforms.connect import LOOPBACK, Attempt, Grant, Opened
from smdash.platforms.oauth_tokens import app_of, ask
from smdash.platforms.problems import problem
from smdash.platforms.sessions import read_tokens
from smdash.platforms.x_calls import endpoint
from smdash.platforms.x_needs import SCOPES

if TYPE_CHECKING:
    from smdash.platforms.client import Client

AUTHORIZE = "https://x.com/i/oauth2/authorize"


class XConnect:
    """The calls of ``connect.CodeFlow``."""

    async def authorize_url(self, credentials: Credentials, attempt: Attempt, client: Client, now: datetime) -> Opened:
        """The page on which the account's owner says yes. Raises PlatformError where the app is not known."""
        return Opened(authorize_url(credentials, attempt))

    async def exchange(
        self, credentials: Credentials, attempt: Attempt, opened: Opened, code: str, client: Client, now: datetime
    ) -> Grant:
        """The session for a pasted code. Raises PlatformError, in X's own words where it refuses."""
        fields = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": _redirect(credentials),
            "code_verifier": attempt.verifier,
        }
        answer = await ask(endpoint(credentials), client, fields, app_of(credentials))
        tokens = read_tokens(answer, now)
        return Grant(session=tokens.dump(), scopes=tokens.scopes, expires_at=tokens.refresh_expires_at)


def authorize_url(credentials: Credentials, attempt: Attempt) -> str:
    """The address of the consent page. Raises PlatformError where the app is not known."""
    app = app_of(credentials)
    if not app.client_id:
        raise problem(ErrorKind.REJECTED, _("set the option client_id first: the id of your app at X"), arrived=False)
    fields = {
        "response_type": "code",
        "client_id": app.client_id,
        "redirect_uri": _redirect(credentials),
        "scope": " ".join(SCOPES),
        "state": attempt.state,
        "code_challenge": attempt.challenge,
        "code_challenge_method": "S256",
    }
    return f"{AUTHORIZE}?{urlencode(fields)}"


def _redirect(credentials: Credentials) -> str:
    return credentials.options.get("redirect_uri", "") or LOOPBACK
