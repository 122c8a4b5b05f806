"""Connecting an account by a network's own consent page: the contract of platforms that name a ``connect``.

``smdash account add`` shows an address, the account's owner says yes there, and what comes back becomes a session in
the account's vault. Two ways: a code that is pasted (OAuth 2.0 with PKCE, RFC 6749 and 7636; what smdash never does is
listen for it, as it may run on a server without a browser), or a code that is typed on another device (RFC 8628).

An adapter's part is a class with the calls of ``CodeFlow``, of ``DeviceFlow``, or of both. It keeps nothing, writes no
vault, and asks nobody but its network. What it needs beforehand (the app's id and secret) are ``Platform.needs``.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Protocol, runtime_checkable
from urllib.parse import parse_qs, urlsplit

from smdash.core.errors import InputError
from smdash.core.text import clean_name
from smdash.locale import gettext as _
from smdash.platforms import redact
from smdash.platforms.base import Credentials

if TYPE_CHECKING:
    from smdash.platforms.client import Client

# Where networks may send the browser when the app registered nothing else: nobody listens there, and the address bar
# then holds the code.
LOOPBACK = "http://127.0.0.1:8765/"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try of connecting, made by whoever asks: ``state`` comes back with the code, ``verifier`` is PKCE's.

    Both are random and last as long as the try.
    """

    state: str = field(default_factory=lambda: secrets.token_urlsafe(24), repr=False)
    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(48), repr=False)

    def __post_init__(self) -> None:
        redact.remember(self.verifier)

    @property
    def challenge(self) -> str:
        """``code_challenge`` for ``code_challenge_method=S256`` (RFC 7636 section 4.2)."""
        return base64.urlsafe_b64encode(self._digest).rstrip(b"=").decode()

    @property
    def challenge_hex(self) -> str:
        """The same digest in hexadecimal digits, as TikTok's desktop login wants it."""
        return self._digest.hex()

    @property
    def _digest(self) -> bytes:
        return hashlib.sha256(self.verifier.encode()).digest()


@dataclass(frozen=True, slots=True)
class Opened:
    """A consent page: ``url`` is what the owner opens.

    ``kept`` is a text of the adapter's own that ``exchange`` gets back (a request token, the id of an app that was just
    registered). ``shows_code`` says that the network's page shows the code, instead of sending the browser to an
    address that holds it.
    """

    url: str
    kept: str = field(default="", repr=False)
    shows_code: bool = False


@dataclass(frozen=True, slots=True)
class DeviceCode:
    """What a device flow began with: ``user_code`` is typed at ``url``; ``complete_url`` holds it already, if given.

    ``interval_s`` is seconds between two questions; after ``expires_at`` (UTC) no answer comes any more.
    ``device_code`` is what the adapter asks with.
    """

    url: str
    user_code: str
    device_code: str = field(repr=False)
    expires_at: datetime
    interval_s: float = 5.0
    complete_url: str = ""


@dataclass(frozen=True, slots=True)
class Waiting:
    """The owner has not answered yet. ``slower`` is set where the network asks for five more seconds between calls."""

    slower: bool = False


@dataclass(frozen=True, slots=True)
class Grant:
    """What a network gave.

    ``session`` goes into the account's vault as it is: a text that the adapter reads and renews by itself, such as
    ``sessions.Tokens.dump()``. ``token``, instead of it, is for what never changes: it is kept where a token that a
    person made would be. ``options`` and ``secrets`` fill in what else of ``Platform.needs`` the network told; what the
    owner typed goes before. ``scopes`` are those granted, if the network says so, ``expires_at`` (UTC) is when a person
    has to say yes again.
    """

    session: str = field(default="", repr=False)
    token: str = field(default="", repr=False)
    options: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    scopes: tuple[str, ...] = ()
    expires_at: datetime | None = None

    def __post_init__(self) -> None:
        for secret in (self.token, *self.secrets.values()):
            redact.remember(secret)


@runtime_checkable
class CodeFlow(Protocol):
    """The owner opens an address, says yes, and pastes the code or the whole address that the browser shows then."""

    async def authorize_url(self, credentials: Credentials, attempt: Attempt, client: Client, now: datetime) -> Opened:
        """The consent page for this try; most networks need no call for it. Raises PlatformError.

        ``credentials`` hold what the owner said so far: url, options, secrets; no token.
        """
        ...

    async def exchange(
        self, credentials: Credentials, attempt: Attempt, opened: Opened, code: str, client: Client, now: datetime
    ) -> Grant:
        """Trade the code in, once. Raises PlatformError: auth where the network doesn't take it."""
        ...


@runtime_checkable
class DeviceFlow(Protocol):
    """The owner types a short code at an address, on any device; meanwhile the network is asked whether it happened."""

    async def device_start(self, credentials: Credentials, client: Client, now: datetime) -> DeviceCode:
        """Ask for a code. Raises PlatformError."""
        ...

    async def device_poll(
        self, credentials: Credentials, code: DeviceCode, client: Client, now: datetime
    ) -> Grant | Waiting:
        """Ask once whether the owner said yes. Raises PlatformError: auth where the answer is no, or came too late."""
        ...


Connector = CodeFlow | DeviceFlow


def read_pasted(text: str, state: str) -> str:
    """The code in what the owner pasted: the code alone, or the address that the browser was sent to.

    Raises InputError where the network said no, where the address is of another try, or where there is no code.
    """
    pasted = "".join(text.split())
    if "code=" not in pasted and "error=" not in pasted and "://" not in pasted:
        if not pasted or not pasted.isprintable() or not pasted.isascii():
            raise InputError(_("this is no code; paste the code, or the whole address that the browser shows"))
        redact.remember(pasted)
        return pasted
    split = urlsplit(pasted) if "://" in pasted else urlsplit("?" + pasted.lstrip("?&"))
    # Facebook's family ends its addresses in "#_=_" or "#_"; others answer in the fragment itself.
    found = parse_qs(split.query) or parse_qs(split.fragment)
    if "error" in found:
        said = clean_name((found.get("error_description") or found["error"])[0])
        raise InputError(_("the network did not agree: {said}").format(said=said))
    if "code" not in found:
        raise InputError(_("there is no code in this address; paste the one that the browser shows after you agreed"))
    if "state" in found and not secrets.compare_digest(found["state"][0].encode(), state.encode()):
        raise InputError(_("this address is of another try; open the address above once more"))
    code = found["code"][0]
    redact.remember(code)
    return code
