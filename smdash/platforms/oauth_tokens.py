"""Access tokens that are renewed by refresh tokens (RFC 6749), kept in the account's vault.

Where the refresh token changes with every renewal, the new pair is in the vault before it is used: whoever dies in
between finds it there, and no other job of the account renews at the same time.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote as percent
from urllib.parse import urlencode

from smdash.core.clock import encode
from smdash.core.errors import ErrorKind, PlatformError
from smdash.locale import gettext as _
from smdash.platforms import redact
from smdash.platforms.answers import Answer, failure, iso_date
from smdash.platforms.base import Credentials
from smdash.platforms.problems import problem

if TYPE_CHECKING:
    from smdash.platforms.client import Client

# A token that ends so soon is renewed before it is used: the call takes its time too.
EARLY = timedelta(minutes=2)
_LONGEST = timedelta(days=400)
_TOKEN = re.compile(r"[\x21-\x7e]{1,8000}")
_SCOPE = re.compile(r"[\x21-\x7e]{1,100}")
# A token or a client that is not good any more; anything else passes.
_REFUSALS = (400, 401, 403)


@dataclass(frozen=True, slots=True)
class Grant:
    """What an account's owner allowed: ``until`` is when the access token ends (UTC), where that was told."""

    access: str = field(repr=False)
    refresh: str = field(default="", repr=False)
    until: datetime | None = None
    scopes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Session:
    """What the vault keeps. ``me`` is the account's own id; ``mark`` and ``salt`` tell which token it began with."""

    access: str = field(repr=False)
    refresh: str = field(default="", repr=False)
    until: str = ""
    scopes: tuple[str, ...] = ()
    me: str = ""
    salt: str = field(default="", repr=False)
    mark: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a network gives out tokens. ``basic`` says that a client's secret goes into a header, not the form."""

    url: str
    basic: bool = False


class Tokens:
    """One account's access token, for the time of one call.

    ``credentials.token`` is the access token that the owner's consent brought; the secret ``refresh_token`` came with
    it, and ``client_id`` (an option) and ``client_secret`` are those of the owner's app.
    """

    def __init__(
        self, credentials: Credentials, client: Client, now: datetime, endpoint: Endpoint, *, owner_typed: bool = True
    ) -> None:
        self._credentials = credentials
        self._client = client
        self._now = now
        self._endpoint = endpoint
        self._owner_typed = owner_typed

    async def session(self) -> Session:
        """The session as it is kept, or as it begins; renewed where it ends in this moment. Raises PlatformError."""
        found = self._kept() or self._first()
        until = iso_date(found.until)
        ended = not found.access or (until is not None and until - EARLY <= self._now)
        return await self.renewed(found) if ended and self._can_renew(found) else found

    def can_renew(self) -> bool:
        """Whether a token that ended can be renewed without a person."""
        return self._can_renew(self._kept() or self._first())

    async def renewed(self, stale: Session) -> Session:
        """A session after *stale*, which the network took no more. Raises PlatformError: auth when it can't be had."""
        async with self._credentials.vault.alone():
            found = self._kept() or self._first()
            if found.access and found.access != stale.access:
                return found  # another job of this account was quicker
            if not self._can_renew(found):
                sentence = _("the token of the account {name} is not good any more; connect the account anew")
                raise problem(ErrorKind.AUTH, sentence.format(name=self._credentials.name), arrived=False)
            return self._save(await self._refresh(found))

    async def keep(self, **changes: Any) -> Session:
        """Keep something else that was found out about the session, such as ``me``."""
        async with self._credentials.vault.alone():
            return self._save(replace(self._kept() or self._first(), **changes))

    def _can_renew(self, session: Session) -> bool:
        return bool(session.refresh and self._credentials.options.get("client_id"))

    async def _refresh(self, old: Session) -> Session:
        fields = {"grant_type": "refresh_token", "refresh_token": old.refresh}
        answer = await ask(self._endpoint, self._client, fields, self._app(), owner_typed=self._owner_typed)
        if answer.status in _REFUSALS:
            sentence = _("{host} does not renew the access of the account {name} any more; connect the account anew")
            message = sentence.format(host=answer.host, name=self._credentials.name)
            if said := answer.saying():
                message = _("{sentence}: {said}").format(sentence=message, said=said)
            raise problem(ErrorKind.AUTH, message, arrived=False)
        grant = read_grant(answer, self._now)
        return replace(
            old,
            access=grant.access,
            # Some networks keep the refresh token; a good one is never given up for nothing.
            refresh=grant.refresh or old.refresh,
            until=encode(grant.until) if grant.until else "",
            scopes=grant.scopes or old.scopes,
        )

    def _app(self) -> App:
        options, hidden = self._credentials.options, self._credentials.secrets
        return App(options.get("client_id", ""), hidden.get("client_secret", ""))

    def _first(self) -> Session:
        one = self._credentials
        refresh = one.secrets.get("refresh_token", "")
        if not one.token and not refresh:
            sentence = _("no token is set for the account {name}").format(name=one.name)
            raise problem(ErrorKind.AUTH, sentence, arrived=False)
        salt = secrets.token_hex(8)
        return Session(one.token, refresh, salt=salt, mark=self._mark(salt))

    def _save(self, session: Session) -> Session:
        self._credentials.vault.save(json.dumps(asdict(session)))
        return session

    def _kept(self) -> Session | None:
        """The session in the vault if it is whole and began with the token that is set now."""
        text = self._credentials.vault.load()
        try:
            found: Any = json.loads(text or "null")
            scopes = tuple(found.pop("scopes", ()))
            kept = Session(scopes=scopes, **found)
        except (ValueError, TypeError, AttributeError, RecursionError):
            return None
        texts = [kept.access, kept.refresh, kept.until, kept.me, kept.salt, kept.mark, *kept.scopes]
        if not all(isinstance(value, str) for value in texts) or not (kept.access or kept.refresh):
            return None
        if not secrets.compare_digest(kept.mark.encode(), self._mark(kept.salt).encode()):
            return None
        for secret in (kept.access, kept.refresh):
            redact.remember(secret)
        return kept

    def _mark(self, salt: str) -> str:
        """Tells whether somebody connected the account anew; too short to guess a token by."""
        one = self._credentials
        parts = (salt, one.url, one.options.get("client_id", ""), one.token, one.secrets.get("refresh_token", ""))
        return hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()[:8]


@dataclass(frozen=True, slots=True)
class App:
    """The program as the network knows it; apps that can't keep a secret have none."""

    client_id: str
    client_secret: str = field(default="", repr=False)


async def ask(
    endpoint: Endpoint, client: Client, fields: Mapping[str, str], app: App, *, owner_typed: bool = True
) -> Answer:
    """Call the token endpoint with a form; statuses are not judged. Raises PlatformError."""
    form, headers = dict(fields), {"Accept": "application/json", "Content-Type": "application/x-www-form-urlencoded"}
    redact.remember(app.client_secret)
    if app.client_secret and endpoint.basic:
        pair = f"{percent(app.client_id, safe='')}:{percent(app.client_secret, safe='')}"
        word = base64.b64encode(pair.encode()).decode()
        redact.remember(word)
        headers["Authorization"] = f"Basic {word}"
    else:
        form["client_id"] = app.client_id
        if app.client_secret:
            form["client_secret"] = app.client_secret
    content = urlencode(form).encode()
    return await client.request("POST", endpoint.url, owner_typed=owner_typed, headers=headers, content=content)


def read_grant(answer: Answer, now: datetime) -> Grant:
    """The tokens in an answer (RFC 6749 section 5.1). Raises PlatformError, of the kind that another status means."""
    if not answer.ok:
        raise failure(answer, now)
    found = answer.json()
    found = found if isinstance(found, dict) else {}
    access, refresh = found.get("access_token"), found.get("refresh_token")
    for secret in (access, refresh):
        if isinstance(secret, str):
            redact.remember(secret)
    if not isinstance(access, str) or not _TOKEN.fullmatch(access):
        raise unexpected(answer)
    seconds = found.get("expires_in")
    known = isinstance(seconds, int | float) and not isinstance(seconds, bool) and seconds > 0
    scope = found.get("scope")
    # LinkedIn parts them by commas.
    words = re.split(r"[ ,]+", scope) if isinstance(scope, str) else []
    return Grant(
        access,
        refresh if isinstance(refresh, str) and _TOKEN.fullmatch(refresh) else "",
        now + min(timedelta(seconds=min(float(seconds), _LONGEST.total_seconds())), _LONGEST) if known else None,
        tuple(word for word in words if _SCOPE.fullmatch(word)),
    )


def unexpected(answer: Answer) -> PlatformError:
    sentence = _("{host} answered, but gave no token").format(host=answer.host)
    return problem(ErrorKind.SERVER, sentence, arrived=False)
