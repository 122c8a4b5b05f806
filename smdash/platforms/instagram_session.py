"""Whose calls go to Instagram, and by which of its two doors.

https://developers.facebook.com/docs/instagram-platform/overview. With *Instagram Login* the token is the professional
account's own, lives for sixty days, and calls go to graph.instagram.com. With *Facebook Login* the token is a page's or
a system user's, calls go to graph.facebook.com, and the account is the one that is linked to the page: an account is of
this kind where its owner named the page (``page_id``), or graph.facebook.com as its address.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from smdash.core.errors import ErrorKind, SettingsError
from smdash.core.text import clean_name
from smdash.locale import gettext as _
from smdash.platforms import long_lived, meta_token, vault_parts
from smdash.platforms.base import Credentials
from smdash.platforms.instagram_errors import MEANINGS
from smdash.platforms.items import objects, text_of
from smdash.platforms.meta_graph import BASE, Graph, Values, at, identifier, unexpected
from smdash.platforms.problems import problem

if TYPE_CHECKING:
    from smdash.platforms.client import Client

URL = "https://graph.instagram.com"
GRANT = "ig_refresh_token"


@dataclass(frozen=True, slots=True)
class Me:
    """The account itself. ``alias`` is the id that this app alone knows it by, where there is one."""

    id: str
    username: str
    name: str = ""
    alias: str = ""

    def is_author(self, author_id: str | None, username: str) -> bool:
        """Whether something was written by the account."""
        return author_id in (self.id, self.alias or self.id) or (bool(username) and username == self.username)


@dataclass(frozen=True, slots=True)
class Session:
    """Calls as one account. ``inbox`` is the node that has its conversations, ``page`` the linked page, if any."""

    graph: Graph
    me: Me
    inbox: str
    page: str = ""

    @property
    def by_facebook(self) -> bool:
        """Whether it is Facebook Login."""
        return bool(self.page)


def is_by_facebook(credentials: Credentials) -> bool:
    """Which of the two doors an account's calls take."""
    return bool(credentials.options.get("page_id", "").strip()) or credentials.url.startswith(BASE)


async def open_session(credentials: Credentials, client: Client, now: datetime, *, owner_typed: bool = True) -> Session:
    """Ask who the account is. Raises PlatformError.

    Of the kinds auth where the token is refused, rejected where no account is linked to the page.
    """
    if not is_by_facebook(credentials):
        graph = await _own_graph(credentials, client, now, owner_typed)
        found = await graph.get("me", {"fields": "id,user_id,username,name"})
        # The guide shows the answer inside a list, the reference without.
        return Session(graph, _me(next(iter(objects(found.get("data"))), found), "user_id", graph), "me")
    try:
        return await meta_token.as_page(_page_graph(credentials, client, now, owner_typed), _linked)
    except SettingsError as error:
        raise problem(ErrorKind.AUTH, str(error), arrived=False) from None


async def _linked(calls: meta_token.PageCalls) -> Session:
    """The account that is linked to a page."""
    params: Values = {"fields": "instagram_business_account{id,username,name}"}
    found = await calls.graph.get(at(calls.page_id), params)
    linked = found.get("instagram_business_account")
    if linked is None:
        sentence = _("no professional Instagram account is linked to the page of {name}, or the token may not see it")
        raise problem(ErrorKind.REJECTED, sentence.format(name=calls.graph.credentials.name), arrived=False)
    return Session(calls.graph, _me(linked, "id", calls.graph), calls.page_id, calls.page_id)


async def open_graph(credentials: Credentials, client: Client, now: datetime, *, owner_typed: bool = True) -> Graph:
    """Calls as the account, for the next page of what ``open_session`` began. Raises PlatformError."""
    if is_by_facebook(credentials):
        try:
            return (await meta_token.page_calls(_page_graph(credentials, client, now, owner_typed))).graph
        except SettingsError as error:
            raise problem(ErrorKind.AUTH, str(error), arrived=False) from None
    return await _own_graph(credentials, client, now, owner_typed)


async def has_another_token(
    credentials: Credentials, client: Client, now: datetime, *, owner_typed: bool = True
) -> bool:
    """Whether the page gives another token in place of the one that was kept. Raises PlatformError."""
    if not credentials.options.get("page_id", "").strip():
        return False
    graph = _page_graph(credentials, client, now, owner_typed)
    try:
        before = (await meta_token.page_calls(graph)).graph.token
        return (await meta_token.page_calls(graph, stale=before)).graph.token != before
    except SettingsError as error:
        raise problem(ErrorKind.AUTH, str(error), arrived=False) from None


async def _own_graph(credentials: Credentials, client: Client, now: datetime, owner_typed: bool) -> Graph:
    credentials = replace(credentials, url=credentials.url or URL)
    token = (await long_lived.current(credentials, client, now, GRANT)).access
    # Whether the secret that signs pushes makes the proof as well is not documented for these tokens.
    return Graph(credentials, client, now, owner_typed=owner_typed, token=token, proof=False, meanings=MEANINGS)


def _page_graph(credentials: Credentials, client: Client, now: datetime, owner_typed: bool) -> Graph:
    if not credentials.url or credentials.url.rstrip("/") == URL:
        credentials = replace(credentials, url=BASE)
    # The page's own token is kept beside the containers of the account's posts.
    credentials = replace(credentials, vault=vault_parts.Shared(credentials.vault))
    return Graph(credentials, client, now, owner_typed=owner_typed, meanings=MEANINGS)


def _me(found: Any, key: str, graph: Graph) -> Me:
    """The account in an answer. Raises PlatformError where it is not whole."""
    told = found if isinstance(found, dict) else {}
    own, alias = identifier(told.get(key)), identifier(told.get("id")) or ""
    username, name = clean_name(text_of(told.get("username"))), clean_name(text_of(told.get("name")))
    if not (own or alias) or not username:
        raise unexpected(graph.host)
    return Me(own or alias, username, name or username, alias)
