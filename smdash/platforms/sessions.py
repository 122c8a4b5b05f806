"""Sessions that a network renews (OAuth 2.0): one text in the account's vault, renewed by one caller at a time.

What a renewal answers never replaces a good token with nothing: a network that names no new refresh token means that
the old one stays (RFC 6749 section 6).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from smdash.core.errors import ErrorKind, PlatformError
from smdash.locale import gettext as _
from smdash.platforms import redact
from smdash.platforms.answers import Answer, failure, iso_date
from smdash.platforms.base import Credentials
from smdash.platforms.problems import problem, quote

# A token that ends sooner is renewed before it is used: a call may take this long.
MARGIN = timedelta(minutes=2)
# What ``Tokens.dump`` writes: whatever else a vault holds is not the session's.
FIELDS = ("access", "refresh", "expires_at", "refresh_expires_at", "scopes", "seed")
# What a network says of how long something lives is believed up to ten years (seconds).
_LONGEST_S = 10 * 366 * 86_400


@dataclass(frozen=True, slots=True)
class Tokens:
    """A session. Times are UTC and None where the network did not say; ``seed`` tells which typed token made it."""

    access: str = field(default="", repr=False)
    refresh: str = field(default="", repr=False)
    expires_at: datetime | None = None
    refresh_expires_at: datetime | None = None
    scopes: tuple[str, ...] = ()
    seed: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        redact.remember(self.access)
        redact.remember(self.refresh)

    def is_fresh(self, now: datetime, margin: timedelta = MARGIN) -> bool:
        """Whether the access token can be used for a call that begins now."""
        return bool(self.access) and (self.expires_at is None or self.expires_at - margin > now)

    def dump(self) -> str:
        """The text for the vault, or for ``connect.Grant.session``."""
        fields = asdict(self) | {
            name: moment.isoformat() if moment else None
            for name, moment in (("expires_at", self.expires_at), ("refresh_expires_at", self.refresh_expires_at))
        }
        return json.dumps({name: value for name, value in fields.items() if value})


def load(text: str | None) -> Tokens | None:
    """The session of a vault's text, or nothing where it holds none."""
    try:
        found: Any = json.loads(text or "null")
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict):
        return None
    texts = {name: found.get(name, "") for name in ("access", "refresh", "seed")}
    scopes = found.get("scopes", [])
    if not all(isinstance(value, str) for value in (*texts.values(), *(scopes if isinstance(scopes, list) else [0]))):
        return None
    if not texts["access"] and not texts["refresh"]:
        return None
    return Tokens(
        expires_at=iso_date(found.get("expires_at")),
        refresh_expires_at=iso_date(found.get("refresh_expires_at")),
        scopes=tuple(scopes),
        **texts,
    )


def read_tokens(answer: Answer, now: datetime) -> Tokens:
    """The tokens of a token endpoint's answer (RFC 6749 sections 5.1 and 5.2).

    Raises PlatformError: auth for ``invalid_grant`` and the like, rejected for what is wrong with the app, and what the
    status means otherwise.
    """
    found = _object(answer)
    access, refresh = found.get("access_token"), found.get("refresh_token")
    for secret in (access, refresh):
        if isinstance(secret, str):
            redact.remember(secret)
    if not answer.ok or "error" in found or not isinstance(access, str) or not access:
        raise _refusal(answer, found, now)
    scope = found.get("scope")
    scopes = scope.replace(",", " ").split() if isinstance(scope, str) else []
    return Tokens(
        access,
        refresh if isinstance(refresh, str) else "",
        _until(found.get("expires_in"), now),
        _until(found.get("refresh_token_expires_in", found.get("refresh_expires_in")), now),
        tuple(scopes),
    )


def error_of(answer: Answer) -> str:
    """The error's code in a token endpoint's answer (``authorization_pending``), or nothing."""
    said = _object(answer).get("error")
    return said if isinstance(said, str) else ""


def kept(credentials: Credentials) -> Tokens | None:
    """The session in the account's vault, unless another token was typed since it was made. Raises SmdashError."""
    found = load(credentials.vault.load())
    if found is not None and credentials.token and found.seed and found.seed != _seed(credentials.token):
        return None
    return found


async def fresh(
    credentials: Credentials,
    now: datetime,
    renew: Callable[[Tokens], Awaitable[Tokens]],
    *,
    start: Tokens | None = None,
    stale: str = "",
    margin: timedelta = MARGIN,
) -> Tokens:
    """A session whose access token can be used now; it is renewed, and kept, where it has ended.

    ``renew`` asks the network, with the old session. ``start`` is what the account's own token stands for where
    nothing is kept yet, such as ``Tokens(refresh=credentials.token)``. ``stale`` is an access token that the network
    has just refused: it is renewed though it seemed good, unless somebody else was quicker. ``margin`` is how long
    before its end it is renewed.

    Raises PlatformError: auth where there is no session, and what ``renew`` raises; the old session is kept then.
    """

    def usable(found: Tokens | None) -> bool:
        return found is not None and found.is_fresh(now, margin) and found.access != stale

    found = kept(credentials)
    if found is not None and usable(found):
        return found
    async with credentials.vault.alone():
        found = kept(credentials)
        if found is None and start is not None:
            found = replace(start, seed=_seed(credentials.token))
        if found is None:
            raise problem(
                ErrorKind.AUTH,
                _("the account {name} has no session; connect it with: smdash account add {network}").format(
                    name=credentials.name, network=credentials.platform
                ),
                arrived=False,
            )
        if usable(found):
            return found
        new = await renew(found)
        if not new.access:
            raise problem(ErrorKind.SERVER, _("the network answered without a new token"), arrived=False)
        new = replace(
            new,
            refresh=new.refresh or found.refresh,
            refresh_expires_at=new.refresh_expires_at or found.refresh_expires_at,
            scopes=new.scopes or found.scopes,
            seed=found.seed,
        )
        credentials.vault.save(new.dump())
        return new


def _seed(token: str) -> str:
    """Tells one typed token from another; too short to find the token by."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()[:8] if token else ""


def _object(answer: Answer) -> dict[str, Any]:
    try:
        found = answer.json()
    except PlatformError:
        return {}
    return found if isinstance(found, dict) else {}


def _refusal(answer: Answer, found: dict[str, Any], now: datetime) -> Exception:
    code = found.get("error")
    if answer.status == 429 or answer.status >= 500 or not isinstance(code, str):
        if answer.ok:
            return problem(ErrorKind.SERVER, _("{host} answered without a token").format(host=answer.host))
        return failure(answer, now)
    told = found.get("error_description")
    # Letters that no terminal can show come through "quote".
    said = "".join(one if one.isprintable() else "?" for one in quote(told if isinstance(told, str) and told else code))
    if code in ("invalid_client", "unauthorized_client", "unsupported_grant_type", "invalid_request", "invalid_scope"):
        sentence = _("{host} does not accept the app or what it asked for: {said}")
        return problem(ErrorKind.REJECTED, sentence.format(host=answer.host, said=said), arrived=False)
    if code in ("server_error", "temporarily_unavailable"):
        return problem(ErrorKind.SERVER, _("{host} is in trouble: {said}").format(host=answer.host, said=said))
    sentence = _("{host} does not take the code or token any more ({said}); connect the account once more")
    return problem(ErrorKind.AUTH, sentence.format(host=answer.host, said=said), arrived=False)


def _until(value: object, now: datetime) -> datetime | None:
    """When something ends that lives for so many seconds; networks write whole numbers, also as text."""
    try:
        seconds = float(value) if isinstance(value, int | float | str) and not isinstance(value, bool) else 0.0
    except ValueError:
        return None
    return (now + timedelta(seconds=min(seconds, _LONGEST_S))).astimezone(UTC) if seconds > 0 else None
