"""Calls in the name of an account whose access token may have to be renewed on the way."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from smdash.core.errors import PlatformError
from smdash.platforms import sessions, vault_parts
from smdash.platforms.addresses import parse_url, same_owner
from smdash.platforms.answers import Answer
from smdash.platforms.base import Credentials
from smdash.platforms.oauth_tokens import Endpoint, app_of, renew
from smdash.platforms.outgoing import Medium, before_sending
from smdash.platforms.sessions import Tokens

if TYPE_CHECKING:
    from smdash.platforms.client import Client, Params

Judge = Callable[[Answer, datetime], PlatformError]


class Caller:
    """Calls the API at *base*, made anew for each pull; *judge* says what a status outside 2xx means.

    A target is a path below *base*, or a whole address that the API named. *renews_typed* says that the token that was
    typed is one to renew by, where the account has an app; *is_stale* which answers say that a session has ended.
    What else the account's vault holds stays beside the session.
    """

    def __init__(
        self,
        credentials: Credentials,
        client: Client,
        now: datetime,
        *,
        base: str,
        endpoint: Endpoint,
        judge: Judge,
        headers: Mapping[str, str] | None = None,
        owner_typed: bool = True,
        renews_typed: bool = False,
        is_stale: Callable[[Answer], bool] = lambda answer: answer.status == 401,
    ) -> None:
        self.credentials = replace(credentials, vault=vault_parts.Shared(credentials.vault, sessions.FIELDS))
        self.client = client
        self.now = now
        self.base = (credentials.url or base).rstrip("/")
        self._endpoint = endpoint
        self._judge = judge
        self._headers = {"Accept": "application/json", "Accept-Language": "en", **(headers or {})}
        self._owner_typed = owner_typed
        self._renews_typed = renews_typed
        self._is_stale = is_stale

    async def get(self, target: str, params: Params | None = None, headers: Mapping[str, str] | None = None) -> Answer:
        """Read. Raises PlatformError for every status but 2xx."""
        return self.judged(await self.ask(target, params, headers))

    async def ask(self, target: str, params: Params | None = None, headers: Mapping[str, str] | None = None) -> Answer:
        """``get``, with the status left to the caller."""
        sent = self._headers | dict(headers or {})
        return await self.twice(
            lambda session: self.client.get(
                self._address(target),
                owner_typed=self._typed(target),
                headers=sent,
                params=params,
                token=session.access,
            )
        )

    async def send(
        self, method: str, target: str, body: object = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Write a JSON *body*, once; the status is left to the caller. Raises PlatformError.

        Who is told that the token is too old was turned away at the door, so it is sent again with the next one.
        """
        kind = {} if body is None else {"Content-Type": "application/json"}
        content = None if body is None else json.dumps(body).encode()
        return await self.put(method, target, content, kind | dict(headers or {}))

    async def put(
        self,
        method: str,
        target: str,
        content: bytes | None,
        headers: Mapping[str, str],
        *,
        with_token: bool = True,
        deadline_s: float | None = None,
    ) -> Answer:
        """``send`` for any bytes."""
        sent = self._headers | dict(headers)
        return await self.twice(
            lambda session: self.client.request(
                method,
                self._address(target),
                owner_typed=self._typed(target),
                headers=sent,
                content=content,
                token=session.access if with_token else None,
                deadline_s=deadline_s,
            )
        )

    async def upload(
        self,
        target: str,
        medium: Medium,
        *,
        method: str = "POST",
        field: str | None = None,
        texts: Mapping[str, str] | None = None,
        with_token: bool = True,
    ) -> Answer:
        """Hand a whole file over (``Client.upload``); the status is left to the caller."""
        return await self.twice(
            lambda session: self.client.upload(
                self._address(target),
                medium.path,
                medium.media_type,
                owner_typed=self._typed(target),
                method=method,
                field=field,
                texts=texts,
                name=medium.shown,
                digest=medium.digest,
                headers=self._headers,
                token=session.access if with_token else None,
            )
        )

    def judged(self, answer: Answer) -> Answer:
        """The answer if its status is 2xx. Raises PlatformError of the kind that it means."""
        if not answer.ok:
            raise self.failure(answer)
        return answer

    def failure(self, answer: Answer) -> PlatformError:
        """The error that a status outside 2xx stands for."""
        return self._judge(answer, self.now)

    async def twice(self, call: Callable[[Tokens], Awaitable[Answer]]) -> Answer:
        """*call* with the account's session, and once more with another one where the network says that it ended.

        Who is told so was turned away at the door: nothing was done. Statuses are not judged. Raises PlatformError.
        """
        with before_sending():
            session = await self.session()
        answer = await call(session)
        if session.refresh and self._is_stale(answer):
            with before_sending():
                session = await self.session(stale=session.access)
            answer = await call(session)
        return answer

    async def session(self, *, stale: str = "") -> Tokens:
        """The account's session, renewed where it ended or is *stale*; a token that was typed is one without an end.

        Raises PlatformError: auth where there is none, or none to be had any more.
        """
        one = self.credentials
        start = None
        if one.token:
            renews = self._renews_typed and bool(app_of(one, self._endpoint.id_name).client_id)
            start = Tokens(refresh=one.token) if renews else Tokens(access=one.token)
        return await sessions.fresh(one, self.now, self._renew, start=start, stale=stale)

    async def _renew(self, old: Tokens) -> Tokens:
        return await renew(old, self.credentials, self._endpoint, self.client, self.now, owner_typed=self._owner_typed)

    def _address(self, target: str) -> str:
        return self.base + target if target.startswith("/") else target

    def _typed(self, target: str) -> bool:
        """An address that an answer named is not one that the owner typed, unless it is on the same server."""
        return self._owner_typed and (target.startswith("/") or same_owner(parse_url(self.base), parse_url(target)))


def object_of(answer: Answer, where: str | None = None) -> dict[str, Any]:
    """The object that an answer holds, empty where it holds something else. Raises PlatformError without JSON."""
    found = answer.json(where)
    return found if isinstance(found, dict) else {}
