"""An account's access token, kept in its vault and renewed before it ends (RFC 6749 section 6).

The token in sync.toml is the refresh token that connecting brought. Networks may put another one in its place at each
renewal, so the newest is in the vault and is written there before it is used; an answer without one leaves the old one.
An account without a client id has an access token of its own, which is used as it is.

The vault's text is one JSON object, whose other fields belong to the adapter: ``box`` and ``put``.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from smdash.core.clock import encode
from smdash.core.errors import ErrorKind, PlatformError
from smdash.locale import gettext as _
from smdash.platforms import answers, redact
from smdash.platforms.answers import Answer, iso_date
from smdash.platforms.base import Credentials, Vault
from smdash.platforms.cursors import fields_of
from smdash.platforms.oauth_flows import Provider, refresh
from smdash.platforms.problems import problem, quote

if TYPE_CHECKING:
    from smdash.platforms.client import Client

# A token that ends sooner is renewed before the call.
MARGIN = timedelta(minutes=2)
_LONGEST = timedelta(days=3650)
# RFC 6749 section 5.2, and what TikTok and Google say besides.
_ENDED = ("invalid_grant", "invalid_token", "refresh_token_invalid", "access_denied")
_CLIENT = ("invalid_client", "unauthorized_client", "deleted_client", "invalid_client_key", "invalid_client_secret")


@dataclass(frozen=True, slots=True)
class Tokens:
    """What the last renewal brought. Times are encoded, empty where unknown; ``mark`` and ``salt`` tell from what."""

    access: str = field(default="", repr=False)
    refresh: str = field(default="", repr=False)
    expires_at: str = ""
    refresh_until: str = ""
    scope: str = ""
    salt: str = field(default="", repr=False)
    mark: str = field(default="", repr=False)


def box(vault: Vault) -> dict[str, Any]:
    """What an account's vault holds; nothing where it can't be read as ours."""
    return fields_of(vault.load())


def put(vault: Vault, **parts: object) -> None:
    """Keep *parts* beside what the vault holds already. The caller is alone with the vault."""
    vault.save(json.dumps(box(vault) | parts))


class Keeper:
    """Gives one account's access token. Made anew for each call of the adapter."""

    def __init__(
        self,
        credentials: Credentials,
        client: Client,
        now: datetime,
        provider: Provider,
        *,
        owner_typed: bool = True,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self._credentials = credentials
        self._client = client
        self._now = now
        self._provider = provider
        self._owner_typed = owner_typed
        self._headers = dict(headers or {})

    @property
    def renews(self) -> bool:
        """Whether the account has a client by which its token can be renewed."""
        return bool(self._client_id)

    @property
    def _client_id(self) -> str:
        return self._credentials.options.get(self._provider.client_field, "")

    async def token(self) -> str:
        """An access token that is good for a while. Raises PlatformError, of which nothing has arrived."""
        if not self._credentials.token:
            sentence = _("no token is set for the account {name}").format(name=self._credentials.name)
            raise problem(ErrorKind.AUTH, sentence, arrived=False)
        if not self.renews:
            return self._credentials.token
        found = self.kept()
        if found is None or not self._is_fresh(found):
            async with self._credentials.vault.alone():
                found = self.kept()
                if found is None or not self._is_fresh(found):
                    found = await self._renew(found)
        return found.access

    async def renewed(self, stale: str) -> str:
        """Another token than *stale*, which the network did not take. Raises PlatformError."""
        async with self._credentials.vault.alone():
            found = self.kept()
            if found is None or found.access == stale:
                found = await self._renew(found)
        return found.access

    def kept(self) -> Tokens | None:
        """What the vault holds, if it came from what sync.toml says now."""
        held = box(self._credentials.vault).get("tokens")
        try:
            found = Tokens(**held) if isinstance(held, dict) else None
        except TypeError:
            return None
        if found is None or not all(isinstance(one, str) for one in asdict(found).values()) or not found.access:
            return None
        if not secrets.compare_digest(found.mark, self._mark(found.salt)):
            return None
        for one in (found.access, found.refresh):
            redact.remember(one)
        return found

    def _is_fresh(self, found: Tokens) -> bool:
        until = iso_date(found.expires_at)
        return until is None or until - MARGIN > self._now

    async def _renew(self, old: Tokens | None) -> Tokens:
        """The caller is alone with the vault."""
        one = self._credentials
        secret = one.secrets.get("client_secret", "")
        token = (old.refresh if old is not None else "") or one.token
        sent = refresh(self._provider, self._client_id, secret, token)
        for hidden in (token, sent.headers.get("Authorization", "").removeprefix("Basic ")):
            redact.remember(hidden)
        try:
            answer = await self._client.request(
                "POST",
                self._provider.token_url,
                owner_typed=self._owner_typed,
                headers=self._headers | sent.headers,
                content=sent.body,
            )
            found = self._read(answer, old)
        except PlatformError as error:
            error.arrived = False
            raise
        put(one.vault, tokens=asdict(found))
        return found

    def _read(self, answer: Answer, old: Tokens | None) -> Tokens:
        found = _object(answer)
        access = found.get("access_token")
        error = found.get("error")
        if not answer.ok or not isinstance(access, str) or not access.isprintable() or not 0 < len(access) <= 8_000:
            raise self._failure(answer, error if isinstance(error, str) else "")
        redact.remember(access)
        again = found.get("refresh_token")
        again = again if isinstance(again, str) and 0 < len(again) <= 8_000 else ""
        redact.remember(again)
        until = self._until(found, "refresh_expires_in", "refresh_token_expires_in")
        scope = found.get("scope")
        if old is None:
            old = Tokens(refresh=self._credentials.token)
        salt = secrets.token_hex(8)
        return replace(
            old,
            access=access,
            refresh=again or old.refresh,
            expires_at=self._until(found, "expires_in"),
            refresh_until=until or old.refresh_until,
            scope=scope if isinstance(scope, str) and scope else old.scope,
            salt=salt,
            mark=self._mark(salt),
        )

    def _until(self, found: Mapping[str, Any], *names: str) -> str:
        for name in names:
            seconds = found.get(name)
            if isinstance(seconds, int | float) and 0 < seconds < _LONGEST.total_seconds():
                return encode(self._now + timedelta(seconds=seconds))
        return ""

    def _failure(self, answer: Answer, error: str) -> PlatformError:
        title = self._provider.title
        if error in _CLIENT:
            sentence = _("{title} does not know the client id with this client secret ({error})")
            return problem(ErrorKind.AUTH, sentence.format(title=title, error=quote(error)))
        if error in _ENDED or (error and answer.status in (200, 400, 401, 403)):
            sentence = _("{title} has ended the permission for the account {name} ({error}); connect it anew")
            shown = sentence.format(title=title, name=self._credentials.name, error=quote(error))
            return problem(ErrorKind.AUTH, shown)
        if answer.ok:
            sentence = _("{host} answered without a token").format(host=answer.host)
            return problem(ErrorKind.SERVER, sentence)
        return answers.failure(answer, self._now)

    def _mark(self, salt: str) -> str:
        """Tells whether the token or its client was changed in sync.toml; too short to guess a token by."""
        one = self._credentials
        text = "\0".join((salt, self._provider.token_url, self._client_id, one.token))
        return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:8]


def _object(answer: Answer) -> dict[str, Any]:
    try:
        found = answer.json()
    except PlatformError:
        return {}
    return found if isinstance(found, dict) else {}


def missing(tokens: Tokens | None, wanted: Mapping[str, tuple[str, ...]], between: str = " ") -> tuple[str, ...]:
    """The scopes of *wanted* that were surely not granted: each is named with others that stand for it as well."""
    if tokens is None or not tokens.scope:
        return ()
    granted = set(tokens.scope.replace(",", " ").replace(between, " ").split())
    return tuple(name for name, others in wanted.items() if not granted & {name, *others})
