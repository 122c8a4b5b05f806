"""Bluesky's sessions: logging in with an app password, keeping the session, renewing it, and calling with it.

Logins are few (30 in five minutes, 300 a day), so a session is kept in the account's vault. The access token lives
for two hours; the refresh token, which renews both, for ninety days.
https://docs.bsky.app/docs/advanced-guides/rate-limits, lexicons com.atproto.server.createSession and refreshSession.
"""

from __future__ import annotations

import hashlib
import json
import re
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from smdash.core.errors import ErrorKind, PlatformError
from smdash.core.text import clean_name
from smdash.locale import gettext as _
from smdash.platforms import redact
from smdash.platforms.addresses import origin_of, parse_url, same_owner
from smdash.platforms.answers import Answer
from smdash.platforms.base import Credentials
from smdash.platforms.bluesky_errors import error_of, failure, is_refused, is_stale, unexpected
from smdash.platforms.outgoing import before_sending
from smdash.platforms.problems import problem

if TYPE_CHECKING:
    from smdash.platforms.client import Client, Params

DEFAULT_URL = "https://bsky.social"
_BLOB = "com.atproto.repo.uploadBlob"
_DID = re.compile(r"did:[a-z0-9]{1,20}:[A-Za-z0-9._:%\-]{1,300}")
_JWT = re.compile(r"[\x21-\x7e]{1,8000}")


@dataclass(frozen=True, slots=True)
class Session:
    """Who we are and with what we call. ``pds`` is where; ``mark`` and ``salt`` tell which login made it."""

    did: str
    handle: str
    pds: str
    access: str = field(repr=False)
    refresh: str = field(repr=False)
    salt: str = field(default="", repr=False)
    mark: str = field(default="", repr=False)


def is_did(value: object) -> bool:
    return isinstance(value, str) and _DID.fullmatch(value) is not None


class Caller:
    """Calls one account's server, with a session that it keeps alive. Made anew for each pull.

    ``client`` and ``now`` (UTC) are those of the pull, for calls that go elsewhere.
    """

    def __init__(self, credentials: Credentials, client: Client, now: datetime, *, owner_typed: bool = True) -> None:
        self._credentials = credentials
        self.client = client
        self.now = now
        self._owner_typed = owner_typed
        self._login_url = (credentials.url or DEFAULT_URL).rstrip("/")
        redact.remember(credentials.token)

    async def session(self) -> Session:
        """The kept session, or one of a new login. Raises PlatformError."""
        found = self._kept()
        if found is not None:
            return found
        async with self._credentials.vault.alone():
            return self._kept() or await self._log_in()

    async def renew(self) -> Session:
        """A session that was confirmed by the network right now. Raises PlatformError: auth when it is refused."""
        async with self._credentials.vault.alone():
            found = self._kept()
            return await self._log_in() if found is None else await self._refresh(found)

    async def get(self, method: str, params: Params, *, proxy: str = "") -> Answer:
        """Call a query; an expired session is renewed and the call repeated once. *proxy* names another service.

        Raises PlatformError for every status but 2xx.
        """
        return self.judged(await self.query(method, params, proxy=proxy))

    async def post(self, method: str, body: Mapping[str, Any], *, proxy: str = "") -> Answer:
        """``get`` for a procedure, which writes. Of an error that comes before it is sent, nothing arrives."""
        return self.judged(await self.procedure(method, body, proxy=proxy))

    async def query(self, method: str, params: Params, *, proxy: str = "") -> Answer:
        """``get``, with the status left to the caller."""
        return await self._twice(lambda session: self._get(session, method, params, proxy))

    async def procedure(self, method: str, body: Mapping[str, Any], *, proxy: str = "") -> Answer:
        """``post``, with the status left to the caller."""
        with before_sending():
            session = await self.session()
        answer = await self._send(session, method, body, proxy)
        if is_stale(answer):
            # Who is told that the token is too old was turned away at the door: nothing was done of it.
            with before_sending():
                session = await self._renewed(session)
            answer = await self._send(session, method, body, proxy)
        return answer

    async def upload(self, path: Path, media_type: str, *, name: str, digest: str) -> Answer:
        """Hand a file to the account's server as a blob, with the status left to the caller; ``Client.upload``.

        Before a record names the blob it is nobody's, and the server drops it again: nothing arrives by it.
        """
        return await self._twice(
            lambda session: self.client.upload(
                f"{session.pds}/xrpc/{_BLOB}",
                path,
                media_type,
                owner_typed=self._typed(session),
                name=name,
                digest=digest,
                headers=_headers(""),
                token=session.access,
            )
        )

    async def deposit(self, body: bytes, media_type: str) -> Answer:
        """``upload`` for what is no file of ours."""
        return await self._twice(
            lambda session: self.client.request(
                "POST",
                f"{session.pds}/xrpc/{_BLOB}",
                owner_typed=self._typed(session),
                headers=_headers("") | {"Content-Type": media_type},
                content=body,
                token=session.access,
            )
        )

    async def _twice(self, call: Callable[[Session], Awaitable[Answer]]) -> Answer:
        """Of two calls the second, where the session had expired before the first."""
        session = await self.session()
        answer = await call(session)
        return await call(await self._renewed(session)) if is_stale(answer) else answer

    def judged(self, answer: Answer) -> Answer:
        """The answer if its status is 2xx. Raises PlatformError of the kind that it means."""
        if not answer.ok:
            raise failure(answer, self.now)
        return answer

    async def _get(self, session: Session, method: str, params: Params, proxy: str) -> Answer:
        return await self.client.get(
            f"{session.pds}/xrpc/{method}",
            owner_typed=self._typed(session),
            headers=_headers(proxy),
            params=params,
            token=session.access,
        )

    async def _send(self, session: Session, method: str, body: Mapping[str, Any], proxy: str) -> Answer:
        return await self.client.request(
            "POST",
            f"{session.pds}/xrpc/{method}",
            owner_typed=self._typed(session),
            headers=_headers(proxy) | {"Content-Type": "application/json"},
            content=json.dumps(body).encode(),
            token=session.access,
        )

    def _typed(self, session: Session) -> bool:
        """A server that the login named is not one that the owner typed, unless it is the same."""
        return self._owner_typed and _same(session.pds, self._login_url)

    async def _renewed(self, stale: Session) -> Session:
        async with self._credentials.vault.alone():
            found = self._kept()
            if found is not None and found.access != stale.access:
                return found  # another job of this account was quicker
            return await self._refresh(found or stale)

    async def _refresh(self, old: Session) -> Session:
        """Renew; where the refresh token is refused, log in again, once. The caller is alone with the vault."""
        answer = await self._post("com.atproto.server.refreshSession", None, token=old.refresh)
        if is_refused(answer):
            return await self._log_in()
        if not answer.ok:
            raise failure(answer, self.now)
        return self._save(replace(self._read(answer), salt=old.salt, mark=old.mark))

    async def _log_in(self) -> Session:
        one = self._credentials
        if not one.token or not one.handle:
            raise problem(
                ErrorKind.AUTH,
                _("no handle or no app password is set for the account {name}").format(name=one.name),
            )
        body = json.dumps({"identifier": one.handle, "password": one.token}).encode()
        answer = await self._post("com.atproto.server.createSession", body)
        if answer.status == 401 and error_of(answer)[0] in ("AuthenticationRequired", "Unauthorized", ""):
            raise problem(
                ErrorKind.AUTH,
                _("{host} does not know the handle {handle} with this app password").format(
                    host=answer.host, handle=clean_name(one.handle)
                ),
            )
        if not answer.ok:
            raise failure(answer, self.now)
        salt = secrets.token_hex(8)
        return self._save(replace(self._read(answer), salt=salt, mark=self._mark(salt)))

    async def _post(self, method: str, body: bytes | None, token: str | None = None) -> Answer:
        """Call the server that the owner typed: what lives long goes nowhere else."""
        headers = {"Accept": "application/json"} | ({"Content-Type": "application/json"} if body else {})
        return await self.client.request(
            "POST",
            f"{self._login_url}/xrpc/{method}",
            owner_typed=self._owner_typed,
            headers=headers,
            content=body,
            token=token,
        )

    def _read(self, answer: Answer) -> Session:
        found = answer.json()
        found = found if isinstance(found, dict) else {}
        did, access, refresh = found.get("did"), found.get("accessJwt"), found.get("refreshJwt")
        for one in (access, refresh):
            if isinstance(one, str):
                redact.remember(one)
        if not is_did(did) or not (_is_jwt(access) and _is_jwt(refresh)):
            raise unexpected(answer)
        handle = found.get("handle")
        handle = clean_name(handle) if isinstance(handle, str) else ""
        if found.get("active") is False and found.get("status") in ("takendown", "suspended", "deactivated"):
            raise problem(
                ErrorKind.PERMISSION,
                _("{host} has suspended or deactivated the account {handle}").format(host=answer.host, handle=handle),
            )
        return Session(str(did), handle or str(did), self._place(found.get("didDoc")), str(access), str(refresh))

    def _place(self, document: object) -> str:
        """Where the account lives by its own document, if that is a place where its token may go."""
        services = document.get("service") if isinstance(document, dict) else None
        for service in services if isinstance(services, list) else []:
            name = service.get("id") if isinstance(service, dict) else None
            if not isinstance(name, str) or not name.endswith("#atproto_pds"):
                continue
            named = service.get("serviceEndpoint")
            try:
                url = parse_url(named) if isinstance(named, str) else None
            except PlatformError:
                url = None
            if url is not None and url.scheme == "https":
                scheme, host, _port = origin_of(url)
                host = f"[{host}]" if ":" in host else host
                return f"{scheme}://{host}" + (f":{url.port}" if url.port else "")
            break
        # The server that logged us in passes calls on to where the account lives.
        return self._login_url

    def _save(self, session: Session) -> Session:
        self._credentials.vault.save(json.dumps(asdict(session)))
        return session

    def _kept(self) -> Session | None:
        """The session in the vault if it is whole and was made by this very login."""
        text = self._credentials.vault.load()
        try:
            found: Any = json.loads(text or "null")
            kept = Session(**found)
        except (ValueError, TypeError, RecursionError):
            return None
        whole = all(isinstance(value, str) for value in asdict(kept).values())
        if not whole or not is_did(kept.did) or not (_is_jwt(kept.access) and _is_jwt(kept.refresh)):
            return None
        if not secrets.compare_digest(kept.mark, self._mark(kept.salt)):
            return None
        redact.remember(kept.access)
        redact.remember(kept.refresh)
        return kept

    def _mark(self, salt: str) -> str:
        """Tells whether the handle, the server or the app password was changed; too short to guess a password by."""
        one = self._credentials
        text = "\0".join((salt, self._login_url, one.handle, one.token))
        return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:8]


def _headers(proxy: str) -> dict[str, str]:
    return {"Accept": "application/json"} | ({"atproto-proxy": proxy} if proxy else {})


def _is_jwt(value: object) -> bool:
    return isinstance(value, str) and _JWT.fullmatch(value) is not None


def _same(one: str, other: str) -> bool:
    return same_owner(parse_url(one), parse_url(other))
