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
from smdash.platforms.linkedin_calls import TOKENS, failure
from smdash.platforms.oauth_calls import object_of
from smdash.platforms.oauth_tokens import App, Endpoint, Grant, ask, read_grant
from smdash.platforms.problems import problem

if TYPE_CHECKING:
    from smdash.platforms.client import Client

SCOPES = ("r_organization_social", "w_organization_social", "rw_organization_admin")
# The same rights as newer apps name them.
_ALSO = {
    "r_organization_social": "r_organization_social_feed",
    "w_organization_social": "w_organization_social_feed",
}


def authorize_url(client_id: str, redirect_uri: str, state: str, scopes: tuple[str, ...] = SCOPES) -> str:
    """Where an administrator says yes; LinkedIn then leads to *redirect_uri* with ``code`` and ``state``."""
    fields = {
        "response_type": "code",
        "client_id": client_id,
        "redirect_uri": redirect_uri,
        "state": state,
        "scope": " ".join(scopes),
    }
    return f"{TOKENS}/authorization?{urlencode(fields)}"


async def exchange(code: str, app: App, redirect_uri: str, client: Client, now: datetime) -> Grant:
    """The token for a pasted *code*. Raises PlatformError, of LinkedIn's own words where it refuses."""
    fields = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri}
    answer = await ask(Endpoint(f"{TOKENS}/accessToken"), client, fields, app)
    if not answer.ok:
        raise failure(answer, now)
    return read_grant(answer, now)


async def inspect(
    credentials: Credentials, token: str, client: Client, now: datetime
) -> tuple[datetime | None, tuple[str, ...] | None]:
    """When a token ends and which scopes it has, as far as that is told: for those who know their app's secret.

    Raises PlatformError: auth for a token that is not good any more.
    """
    app = App(credentials.options.get("client_id", ""), credentials.secrets.get("client_secret", ""))
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
