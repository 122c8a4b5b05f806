"""Tokens of the Graph API: what one may do and until when, and the page's own token that another one opens.

https://developers.facebook.com/docs/graph-api/reference/debug_token. A page's edges take the page's own token only; the
token of a system user (which does not end, and belongs to no employee) gets it at ``GET /{page}?fields=access_token``.
That ``debug_token`` takes a token to be asked about by itself is unverified; the app's id and secret go before it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

from smdash.core.errors import ErrorKind, PlatformError
from smdash.platforms.items import objects, text_of
from smdash.platforms.meta_graph import Graph, at, identifier, moment, unexpected
from smdash.platforms.outgoing import before_sending

T = TypeVar("T")
_PASSING = frozenset({ErrorKind.NETWORK, ErrorKind.SERVER, ErrorKind.RATE})
_FIRST = datetime(2004, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class TokenState:
    """What Meta tells of a token. ``expires_at`` is the first of its ends (UTC), nothing where it has none.

    ``scopes`` is nothing where they were not told; ``profile_id`` is the page that a page's token belongs to.
    """

    valid: bool
    kind: str
    scopes: frozenset[str] | None
    expires_at: datetime | None
    profile_id: str | None

    def missing(self, wanted: Iterable[str]) -> tuple[str, ...]:
        """Which of the scopes *wanted* the token surely lacks."""
        return () if self.scopes is None else tuple(scope for scope in wanted if scope not in self.scopes)


async def debug(graph: Graph, token: str | None = None) -> TokenState | None:
    """What Meta tells of *token*, else of the one that *graph* calls with; nothing where it refuses to tell.

    ``app_id`` (an option) and ``app_secret`` make the app's own token, which may ask about any. Raises PlatformError
    where it can't be told for now.
    """
    asked = graph.token if token is None else token
    app, secret = graph.credentials.options.get("app_id", ""), graph.credentials.secrets.get("app_secret", "")
    caller = graph.using(f"{app}|{secret}") if app and secret else graph
    try:
        found = await caller.get("debug_token", {"input_token": asked})
    except PlatformError as error:
        if error.kind in _PASSING:
            raise
        return None
    told = found.get("data")
    if not isinstance(told, dict):
        return None
    ends = [_end(told.get(name)) for name in ("expires_at", "data_access_expires_at")]
    return TokenState(
        valid=told.get("is_valid") is True,
        kind=text_of(told.get("type")),
        scopes=_scopes(told),
        expires_at=min((end for end in ends if end is not None), default=None),
        profile_id=identifier(told.get("profile_id")),
    )


def _end(value: object) -> datetime | None:
    """A time of 0 means that there is none."""
    told = moment(value)
    return told if told is not None and told > _FIRST else None


def _scopes(told: dict[str, Any]) -> frozenset[str] | None:
    names = told.get("scopes")
    granular = [text_of(one.get("scope")) for one in objects(told.get("granular_scopes"))]
    if not isinstance(names, list):
        return frozenset(granular) if granular else None
    return frozenset(one for one in names if isinstance(one, str)) | frozenset(granular)


@dataclass(frozen=True, slots=True)
class PageCalls:
    """Calls as one page: its id, and the graph with its own token."""

    page_id: str
    graph: Graph


async def page_calls(graph: Graph, *, known: str | None = None, stale: str | None = None) -> PageCalls:
    """Calls as the page that the account is. Raises PlatformError.

    Without the option ``page_id`` the account's token is the page's own, whose ``/me`` is the page; *known* is its id
    where it was asked for before. With it, the token may be a system user's or a person's: the page's own is asked for
    once, and kept in the account's vault until another token is set, or *stale* says that the kept one was refused.
    """
    credentials = graph.credentials
    page_id = identifier(credentials.options.get("page_id", "").strip())
    if page_id is None:
        found = {"id": known} if known else await graph.get("me", {"fields": "id"})
        return PageCalls(_page_of(graph, found), graph)
    mark = hashlib.sha256(f"{page_id}\0{graph.token}".encode()).hexdigest()
    kept = _kept(credentials.vault.load(), mark)
    if kept is None or kept[1] == stale:
        async with credentials.vault.alone():
            # Another job of this account may have been quicker.
            kept = _kept(credentials.vault.load(), mark)
            if kept is None or kept[1] == stale:
                found = await graph.get(at(page_id), {"fields": "id,access_token"})
                kept = _page_of(graph, found), text_of(found.get("access_token")) or graph.token
                credentials.vault.save(json.dumps({"of": mark, "page": kept[0], "token": kept[1]}))
    return PageCalls(kept[0], graph.using(kept[1]))


async def as_page(graph: Graph, work: Callable[[PageCalls], Awaitable[T]], *, known: str | None = None) -> T:
    """What *work* does as the page; it is done anew, once, where a page's token that was kept is refused meanwhile.

    Raises PlatformError; of what is only asked to find out who calls, nothing arrives.
    """
    with before_sending():
        calls = await page_calls(graph, known=known)
    try:
        return await work(calls)
    except PlatformError as error:
        if error.kind is not ErrorKind.AUTH or error.arrived or calls.graph is graph:
            raise
        refused = error
    with before_sending():
        other = await page_calls(graph, stale=calls.graph.token)
    if other.graph.token == calls.graph.token:
        raise refused
    return await work(other)


def _page_of(graph: Graph, found: dict[str, Any]) -> str:
    told = identifier(found.get("id"))
    if told is None:
        raise unexpected(graph.host)
    return told


def _kept(text: str | None, mark: str) -> tuple[str, str] | None:
    try:
        found = json.loads(text or "{}")
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict) or found.get("of") != mark:
        return None
    page, token = identifier(found.get("page")), text_of(found.get("token"))
    return (page, token) if page is not None and token else None
