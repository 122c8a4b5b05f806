"""Connecting an account of X by a code that its owner pastes (OAuth 2.0 with PKCE, RFC 7636).

https://docs.x.com/fundamentals/authentication/oauth-2-0/authorization-code: a code is good for 30 seconds, an access
token for two hours; with ``offline.access`` comes a refresh token, which changes with every renewal.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from datetime import datetime
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from smdash.platforms.oauth_tokens import App, Endpoint, Grant, ask, read_grant
from smdash.platforms.x_calls import BASE, failure

if TYPE_CHECKING:
    from smdash.platforms.client import Client

AUTHORIZE = "https://x.com/i/oauth2/authorize"
# What the jobs read, and what is written; the last one is for the refresh token.
SCOPES = (
    "tweet.read", "tweet.write", "tweet.moderate.write", "users.read", "like.read", "like.write", "media.write",
    "dm.read", "dm.write", "offline.access",
)  # fmt: skip


def new_verifier() -> str:
    """A secret of one connecting; its ``challenge`` goes along with the owner, itself only with the code."""
    return secrets.token_urlsafe(64)


def challenge(verifier: str) -> str:
    """What X is told of the verifier before (S256)."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def authorize_url(
    client_id: str, redirect_uri: str, state: str, verifier: str, scopes: tuple[str, ...] = SCOPES
) -> str:
    """The page on which the account's owner says yes; X then leads to *redirect_uri* with ``code`` and ``state``."""
    fields = {
        "response_type": "code",
        "client_id": client_id,
        "redirect_uri": redirect_uri,
        "scope": " ".join(scopes),
        "state": state,
        "code_challenge": challenge(verifier),
        "code_challenge_method": "S256",
    }
    return f"{AUTHORIZE}?{urlencode(fields)}"


async def exchange(
    code: str, verifier: str, app: App, redirect_uri: str, client: Client, now: datetime, *, base: str = BASE
) -> Grant:
    """The tokens for a pasted *code*. Raises PlatformError, of X's own words where it refuses."""
    fields = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri, "code_verifier": verifier}
    answer = await ask(Endpoint(f"{base}/2/oauth2/token", basic=True), client, fields, app)
    if not answer.ok:
        raise failure(answer, now)
    return read_grant(answer, now)
