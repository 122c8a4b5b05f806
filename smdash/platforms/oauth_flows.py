"""How an account is connected by OAuth 2.0: the addresses to open and the forms to send, as pure functions.

For networks that let a program at a terminal in: by a code that comes back to this machine or is pasted (RFC 6749
section 4.1, RFC 7636), or by a code that is typed on another device (RFC 8628). Who sends them is not this module's
matter; nothing here keeps anything.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlencode, urlsplit

from smdash.core.errors import InputError
from smdash.locale import gettext as _


@dataclass(frozen=True, slots=True)
class Provider:
    """What a network's OAuth is like.

    ``client_field`` is what it calls the client id; ``basic``: the client proves itself in a header and not in the
    form; ``challenge`` is how a verifier becomes a challenge (``S256``, ``hex`` as TikTok's desktop login wants it, or
    nothing). ``scopes`` are those of all that the adapter does, ``between`` what stands between them. ``extra`` goes
    along when a person is asked. Where ``device_url`` is empty there is no device flow.
    """

    title: str
    token_url: str
    authorize_url: str
    scopes: tuple[str, ...]
    device_url: str = ""
    client_field: str = "client_id"
    basic: bool = False
    challenge: str = "S256"
    between: str = " "
    extra: Mapping[str, str] = field(default_factory=dict)


class Begun(NamedTuple):
    """A login that waits for a person: the ``url`` to open, and what must be kept until the code is there."""

    url: str
    state: str
    verifier: str


def begin(provider: Provider, client_id: str, redirect_uri: str) -> Begun:
    """The address at which a person says yes; what comes back is read by ``code_of``."""
    state, verifier = secrets.token_urlsafe(24), secrets.token_urlsafe(48)
    asked = {
        provider.client_field: client_id,
        "redirect_uri": redirect_uri,
        "response_type": "code",
        "scope": provider.between.join(provider.scopes),
        "state": state,
        **provider.extra,
    }
    if provider.challenge:
        asked |= {"code_challenge": challenge(verifier, provider.challenge), "code_challenge_method": "S256"}
    return Begun(f"{provider.authorize_url}?{urlencode(asked)}", state, verifier)


def challenge(verifier: str, how: str) -> str:
    """RFC 7636 section 4.2, or with *how* ``hex`` the digest in hexadecimal digits."""
    digest = hashlib.sha256(verifier.encode()).digest()
    return digest.hex() if how == "hex" else base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def code_of(pasted: str, state: str) -> str:
    """The code in the address that the browser was sent to. Raises InputError where it holds none, or not ours."""
    found = parse_qs(urlsplit(pasted.strip()).query)
    if said := found.get("error_description", found.get("error")):
        raise InputError(_("the network said no: {said}").format(said=said[0][:200]))
    code, back = found.get("code", [""])[0], found.get("state", [""])[0]
    if not code:
        raise InputError(_("there is no code in this address; paste the whole address that the browser ended at"))
    if not hmac.compare_digest(back.encode(), state.encode()):
        raise InputError(_("this address belongs to another login; begin anew"))
    return code


def exchange(provider: Provider, client_id: str, secret: str, code: str, redirect_uri: str, verifier: str) -> Form:
    """What to send to ``token_url`` for a code."""
    asked = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri}
    if provider.challenge:
        asked["code_verifier"] = verifier
    return form(provider, client_id, secret, asked)


def refresh(provider: Provider, client_id: str, secret: str, token: str) -> Form:
    """What to send to ``token_url`` to have an access token renewed."""
    return form(provider, client_id, secret, {"grant_type": "refresh_token", "refresh_token": token})


def device_begin(provider: Provider, client_id: str) -> Form:
    """What to send to ``device_url``; the answer has device_code, user_code, verification_url, interval, expires_in."""
    asked = {provider.client_field: client_id, "scope": provider.between.join(provider.scopes)}
    return Form(_HEADERS, urlencode(asked).encode())


def device_poll(provider: Provider, client_id: str, secret: str, device_code: str) -> Form:
    """What to send to ``token_url`` again and again, until a person has typed the code."""
    grant = "urn:ietf:params:oauth:grant-type:device_code"
    return form(provider, client_id, secret, {"grant_type": grant, "device_code": device_code})


def is_pending(answer: Mapping[str, Any]) -> bool:
    """Whether an answer to ``device_poll`` says that the person has not typed the code yet."""
    return answer.get("error") in ("authorization_pending", "slow_down")


class Form(NamedTuple):
    """Headers and body of a POST. The body is secret."""

    headers: dict[str, str]
    body: bytes


_HEADERS = {"Accept": "application/json", "Content-Type": "application/x-www-form-urlencoded"}


def form(provider: Provider, client_id: str, secret: str, asked: Mapping[str, str]) -> Form:
    """*asked*, with the proof of who the client is where this network wants it."""
    if provider.basic:
        pair = base64.b64encode(f"{client_id}:{secret}".encode()).decode()
        return Form(_HEADERS | {"Authorization": f"Basic {pair}"}, urlencode(asked).encode())
    proof = {provider.client_field: client_id} | ({"client_secret": secret} if secret else {})
    return Form(dict(_HEADERS), urlencode({**proof, **asked}).encode())
