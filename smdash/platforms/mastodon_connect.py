"""Connecting a Mastodon account without its settings page: an app is registered, the owner agrees, a code is pasted.

https://docs.joinmastodon.org/methods/apps/ and /methods/oauth/. The token never ends by itself, so that it is kept like
one that a person made. From 4.3 on servers know PKCE; earlier ones pass over what they don't know.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from smdash.core.errors import ErrorKind
from smdash.locale import gettext as _
from smdash.platforms import redact
from smdash.platforms.answers import Answer, check
from smdash.platforms.base import Credentials
from smdash.platforms.connect import Attempt, Grant, Opened
from smdash.platforms.problems import problem
from smdash.platforms.sessions import read_tokens

if TYPE_CHECKING:
    from smdash.platforms.client import Client

# The page then shows the code, whatever machine the browser runs on.
_HERE = "urn:ietf:wg:oauth:2.0:oob"
# "read" stands for what is read: whose the token is, notifications, conversations.
SCOPES = ("read", "write:statuses", "write:favourites", "write:media")


class MastodonConnect:
    """See ``connect.CodeFlow``."""

    async def authorize_url(self, credentials: Credentials, attempt: Attempt, client: Client, now: datetime) -> Opened:
        """Register an app on the account's server; its consent page. Raises PlatformError."""
        wish = {"client_name": "smdash", "redirect_uris": _HERE, "scopes": " ".join(SCOPES)}
        answer = check(await _post(client, credentials, "/api/v1/apps", wish), now)
        found = answer.json()
        fields = found if isinstance(found, dict) else {}
        client_id, secret = fields.get("client_id"), fields.get("client_secret")
        if not isinstance(client_id, str) or not isinstance(secret, str) or not client_id or not secret:
            raise problem(ErrorKind.SERVER, _("{host} registered no app").format(host=answer.host))
        redact.remember(secret)
        query = {
            "response_type": "code",
            "client_id": client_id,
            "redirect_uri": _HERE,
            "scope": " ".join(SCOPES),
            "code_challenge": attempt.challenge,
            "code_challenge_method": "S256",
        }
        address = f"{credentials.url.rstrip('/')}/oauth/authorize?{urlencode(query)}"
        return Opened(address, kept=json.dumps([client_id, secret]), shows_code=True)

    async def exchange(
        self, credentials: Credentials, attempt: Attempt, opened: Opened, code: str, client: Client, now: datetime
    ) -> Grant:
        """The token for the code. Raises PlatformError."""
        client_id, secret = json.loads(opened.kept)
        wish = {
            "grant_type": "authorization_code",
            "client_id": client_id,
            "client_secret": secret,
            "redirect_uri": _HERE,
            "scope": " ".join(SCOPES),
            "code": code,
            "code_verifier": attempt.verifier,
        }
        tokens = read_tokens(await _post(client, credentials, "/oauth/token", wish), now)
        return Grant(token=tokens.access, scopes=tokens.scopes)


async def _post(client: Client, credentials: Credentials, path: str, wish: Mapping[str, Any]) -> Answer:
    return await client.request(
        "POST",
        credentials.url.rstrip("/") + path,
        owner_typed=True,
        headers={"Accept": "application/json", "Content-Type": "application/x-www-form-urlencoded"},
        content=urlencode(wish).encode(),
    )
