"""Connecting a page of LinkedIn by a code that its administrator pastes, and what LinkedIn tells of a token.

A token lives for sixty days; a refresh token comes along for some programs of LinkedIn's only.
https://learn.microsoft.com/en-us/linkedin/shared/authentication/authorization-code-flow and
/token-introspection; that the end of a token is told in seconds since 1970 is as the latter says and not verified.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from smdash.core.clock import is_plausible
from smdash.core.errors import ErrorKind
from smdash.locale import gettext as _
from smdash.platforms.base import Credentials
from smdash.platforms.connect import LOOPBACK, Attempt, Grant, Opened
from smdash.platforms.linkedin_calls import TOKENS, failure
from smdash.platforms.linkedin_needs import SCOPES
from smdash.platforms.oauth_calls import object_of
from smdash.platforms.oauth_tokens import Endpoint, app_of, ask
from smdash.platforms.problems import problem
from smdash.platforms.sessions import read_tokens

if TYPE_CHECKING:
    from smdash.platforms.client import Client

# The same rights as newer apps name them.
_ALSO = {
    "r_organization_social": "r_organization_social_feed",
    "w_organization_social": "w_organization_social_feed",
}


class LinkedInConnect:
    """The calls of ``connect.CodeFlow``."""

    async def authorize_url(self, credentials: Credentials, attempt: Attempt, client: Client, now: datetime) -> Opened:
        """The page on which an administrator says yes. Raises PlatformError where the app is not known."""
        return Opened(authorize_url(credentials, attempt))

    async def exchange(
        self, credentials: Credentials, attempt: Attempt, opened: Opened, code: str, client: Client, now: datetime
    ) -> Grant:
        """The session for a pasted code. Raises PlatformError, in LinkedIn's own words where it refuses."""
        fields = {"grant_type": "authorization_code", "code": code, "redirect_uri": _redirect(credentials)}
        answer = await ask(Endpoint(f"{TOKENS}/accessToken"), client, fields, app_of(credentials))
        tokens = read_tokens(answer, now)
        ends = tokens.refresh_expires_at if tokens.refresh else tokens.expires_at
        return Grant(session=tokens.dump(), scopes=tokens.scopes, expires_at=ends)


def authorize_url(credentials: Credentials, attempt: Attempt) -> str:
    """The address of the consent page. Raises PlatformError where the app is not known."""
    app = app_of(credentials)
    if not app.client_id or not app.client_secret:
        sentence = _("set client_id and client_secret first: those of your app at LinkedIn")
        raise problem(ErrorKind.REJECTED, sentence, arrived=False)
    fields = {
        "response_type": "code",
        "client_id": app.client_id,
        "redirect_uri": _redirect(credentials),
        "state": attempt.state,
        "scope": " ".join(SCOPES),
    }
    return f"{TOKENS}/authorization?{urlencode(fields)}"


def _redirect(credentials: Credentials) -> str:
    return credentials.options.get("redirect_uri", "") or LOOPBACK


async def inspect(
    credentials: Credentials, token: str, client: Client, now: datetime
) -> tuple[datetime | None, tuple[str, ...] | None]:
    """When a token ends and which scopes it has, as far as that is told: for those who know their app's secret.

    Raises PlatformError: auth for a token that is not good any more.
    """
    app = app_of(credentials)
    if not app.client_id or not app.client_secret:
        return None, None
    answer = await ask(Endpoint(f"{TOKENS}/introspectToken"), client, {"token": token}, app)
    if not answer.ok:
        raise failure(answer, now)
    found = object_of(answer)
    if found.get("active") is False:
        sentence = _("the token of the account {name} is not good any more; connect the account anew")
        raise problem(ErrorKind.AUTH, sentence.format(name=credentials.name), arrived=False)
    scope = found.get("scope")
    return _ends(found.get("expires_at")), tuple(scope.replace(",", " ").split()) if isinstance(scope, str) else None


def missing(scopes: tuple[str, ...] | None) -> tuple[str, ...]:
    """Which of ``SCOPES`` are not among these; none where they are not known."""
    if scopes is None:
        return ()
    return tuple(one for one in SCOPES if one not in scopes and _ALSO.get(one) not in scopes)


def _ends(value: object) -> datetime | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        found = datetime.fromtimestamp(value if value < 1e11 else value / 1000, UTC)
    except (OverflowError, ValueError, OSError):
        return None
    return found if is_plausible(found) else None
