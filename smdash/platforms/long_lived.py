"""Tokens of Instagram and Threads that live for sixty days and are renewed by themselves.

https://developers.facebook.com/docs/instagram-platform/reference/refresh_access_token and
/docs/threads/get-started/long-lived-tokens: a token that is at least a day old and has not ended is traded for one of
sixty days more. One that has ended can't be renewed. How old a token is nobody tells, so a typed one counts from when
it was first seen here. A renewal that fails leaves the old token in use: it is good until it ends.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from smdash.core.clock import encode
from smdash.core.errors import ErrorKind, PlatformError
from smdash.locale import gettext as _
from smdash.platforms import redact, vault_parts
from smdash.platforms.answers import iso_date
from smdash.platforms.base import Credentials
from smdash.platforms.meta_errors import judge
from smdash.platforms.problems import problem

if TYPE_CHECKING:
    from smdash.platforms.client import Client

# Networks renew nothing younger.
RIPE = timedelta(days=1)
# How long before its end a token is renewed, and how often that is tried.
BEFORE_END = timedelta(days=30)
TRY_AGAIN = timedelta(days=1)
_LONGEST = timedelta(days=400)


@dataclass(frozen=True, slots=True)
class LongToken:
    """What calls are made with. Times are UTC; ``since`` is when it was first seen, ``tried_at`` the last renewal."""

    access: str = field(repr=False)
    expires_at: datetime | None = None
    since: datetime | None = None
    tried_at: datetime | None = None


def of(credentials: Credentials) -> LongToken:
    """The account's token: the renewed one, unless another one was typed since. Raises PlatformError (auth)."""
    found = vault_parts.read(credentials.vault)
    seed = found.get("seed")
    typed = credentials.token
    if typed and isinstance(seed, str) and seed != _seed(typed):
        found = {}
    access = found.get("access")
    if not isinstance(access, str) or not access:
        access = typed
    redact.remember(access)
    return LongToken(
        access, iso_date(found.get("expires_at")), iso_date(found.get("since")), iso_date(found.get("tried_at"))
    )


async def current(credentials: Credentials, client: Client, now: datetime, grant: str) -> LongToken:
    """``of``, renewed first where it is time. *grant* is the network's word, ``ig_refresh_token``.

    Raises PlatformError: auth where no token is set or the vault can't be used.
    """
    found = of(credentials)
    if not found.access:
        sentence = _("no token is set for the account {name}").format(name=credentials.name)
        raise problem(ErrorKind.AUTH, sentence, arrived=False)
    if not _is_due(found, now):
        return found
    async with vault_parts.changing(credentials.vault):
        found = of(credentials)
        if not _is_due(found, now):
            return found  # another job of the account was quicker
        if found.since is None:
            _keep(credentials, found.access, found.expires_at, since=now, tried_at=None)
            return of(credentials)
        try:
            new = await _renew(credentials, client, now, grant, found.access)
        except PlatformError:
            _keep(credentials, found.access, found.expires_at, since=found.since, tried_at=now)
        else:
            _keep(credentials, new.access, new.expires_at, since=now, tried_at=now)
        return of(credentials)


def _is_due(found: LongToken, now: datetime) -> bool:
    """Whether it is time to renew, or to note that the token was seen."""
    if found.since is None:
        return True
    # A clock that was wrong may have noted a time to come.
    if found.tried_at is not None and found.tried_at <= now < found.tried_at + TRY_AGAIN:
        return False
    if found.expires_at is None:
        return now - found.since >= RIPE
    return now >= found.since + RIPE and found.expires_at - BEFORE_END <= now < found.expires_at


async def _renew(credentials: Credentials, client: Client, now: datetime, grant: str, access: str) -> LongToken:
    redact.remember(access)
    answer = await client.get(
        credentials.url.rstrip("/") + "/refresh_access_token",
        owner_typed=True,
        headers={"Accept": "application/json"},
        params={"grant_type": grant, "access_token": access},
    )
    return read(judge(answer, now), now, answer.host)


def read(found: Any, now: datetime, host: str) -> LongToken:
    """The token in an answer of a token's address. Raises PlatformError where there is none."""
    access = found.get("access_token") if isinstance(found, dict) else None
    if not isinstance(access, str) or not access.isprintable() or not 0 < len(access) <= 4_000:
        raise problem(ErrorKind.SERVER, _("{host} answered without a token").format(host=host), arrived=False)
    redact.remember(access)
    seconds = found.get("expires_in")
    whole = isinstance(seconds, int) and not isinstance(seconds, bool) and 0 < seconds < _LONGEST.total_seconds()
    return LongToken(access, now + timedelta(seconds=seconds) if whole else None)


def _keep(
    credentials: Credentials, access: str, expires_at: datetime | None, *, since: datetime, tried_at: datetime | None
) -> None:
    vault_parts.change(
        credentials.vault,
        access=access,
        expires_at=None if expires_at is None else encode(expires_at),
        since=encode(since),
        tried_at=None if tried_at is None else encode(tried_at),
        seed=_seed(credentials.token) or None,
    )


def _seed(token: str) -> str:
    """Tells one typed token from another; too short to find the token by."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()[:8] if token else ""
