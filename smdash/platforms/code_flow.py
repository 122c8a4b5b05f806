"""Connecting by a code that the owner pastes (RFC 6749 section 4.1), for networks that differ in names only."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from smdash.core.errors import ErrorKind
from smdash.locale import gettext as _
from smdash.platforms.base import Credentials
from smdash.platforms.connect import LOOPBACK, Attempt, Grant, Opened
from smdash.platforms.oauth_tokens import Endpoint, app_of, ask
from smdash.platforms.problems import problem
from smdash.platforms.sessions import read_tokens

if TYPE_CHECKING:
    from smdash.platforms.client import Client


@dataclass(frozen=True, slots=True)
class Consent:
    """A network's consent page: its address, the ``scopes`` with ``between`` them, and what ``extra`` goes along.

    ``endpoint`` is where an account's code is traded in; ``challenge`` makes PKCE's challenge, where it is taken.
    """

    title: str
    url: str
    scopes: tuple[str, ...]
    endpoint: Callable[[Credentials], Endpoint]
    challenge: Callable[[Attempt], str] | None = None
    between: str = " "
    extra: Mapping[str, str] = field(default_factory=dict)


class CodeConnect:
    """The calls of ``connect.CodeFlow`` for one consent page."""

    def __init__(self, consent: Consent) -> None:
        self._consent = consent

    async def authorize_url(self, credentials: Credentials, attempt: Attempt, client: Client, now: datetime) -> Opened:
        """The page on which the account's owner says yes. Raises PlatformError where the app is not known."""
        consent = self._consent
        id_name = consent.endpoint(credentials).id_name
        app = app_of(credentials, id_name)
        if not app.client_id:
            sentence = _("set the option {name} first: the id of your app at {title}")
            raise problem(ErrorKind.REJECTED, sentence.format(name=id_name, title=consent.title), arrived=False)
        asked = {
            "response_type": "code",
            id_name: app.client_id,
            "redirect_uri": _redirect(credentials),
            "scope": consent.between.join(consent.scopes),
            "state": attempt.state,
            **consent.extra,
        }
        if consent.challenge is not None:
            asked |= {"code_challenge": consent.challenge(attempt), "code_challenge_method": "S256"}
        return Opened(f"{consent.url}?{urlencode(asked)}")

    async def exchange(
        self, credentials: Credentials, attempt: Attempt, opened: Opened, code: str, client: Client, now: datetime
    ) -> Grant:
        """The session for a pasted code. Raises PlatformError, in the network's own words where it refuses."""
        fields = {"grant_type": "authorization_code", "code": code, "redirect_uri": _redirect(credentials)}
        if self._consent.challenge is not None:
            fields["code_verifier"] = attempt.verifier
        endpoint = self._consent.endpoint(credentials)
        answer = await ask(endpoint, client, fields, app_of(credentials, endpoint.id_name))
        tokens = read_tokens(answer, now)
        if not tokens.refresh:
            sentence = _("{title} gave a permission that does not last; take it away there, and connect once more")
            raise problem(ErrorKind.AUTH, sentence.format(title=self._consent.title), arrived=False)
        return Grant(session=tokens.dump(), scopes=tokens.scopes, expires_at=tokens.refresh_expires_at)


def _redirect(credentials: Credentials) -> str:
    return credentials.options.get("redirect_uri", "") or LOOPBACK
