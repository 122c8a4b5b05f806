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
from urllib.parse import urlsplit

from smdash.core.errors import ErrorKind
from smdash.core.text import clean_name
from smdash.locale import gettext as _
from smdash.platforms import long_lived, meta_token
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
        return author_id in (self.id, self.alias or self.id) if author_id else username == self.username


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
    named = credentials.options.get("page_id", "").strip()
    return bool(named) or urlsplit(credentials.url).hostname == urlsplit(BASE).hostname


async def open_session(
    credentials: Credentials, client: Client, now: datetime, *, owner_typed: bool = True, renewing: bool = True
) -> Session:
    """Ask who the account is. *renewing*: a token of sixty days whose time has come is renewed first.

    Raises PlatformError: auth where the token is refused, rejected where no account is linked to the page.
    """
    if is_by_facebook(credentials):
        return await _by_facebook(credentials, client, now, owner_typed)
    if renewing:
        token = await long_lived.current(credentials, client, now, GRANT)
    else:
        token = long_lived.of(credentials)
    # The proof that other networks of Meta take is made with another secret than the one that signs pushes here.
    graph = Graph(credentials, client, now, owner_typed=owner_typed, token=token.access, proof=False, meanings=MEANINGS)
    found = await graph.get("me", {"fields": "id,user_id,username,name"})
    # The guide shows the answer inside a list, the reference without.
    told = next(iter(objects(found.get("data"))), found)
    me = _me(told, "user_id")
    return Session(graph, _whole(me, graph), "me")


async def _by_facebook(credentials: Credentials, client: Client, now: datetime, owner_typed: bool) -> Session:
    if not credentials.url or credentials.url.rstrip("/") == URL:
        credentials = replace(credentials, url=BASE)
    graph = Graph(credentials, client, now, owner_typed=owner_typed, meanings=MEANINGS)
    calls = await meta_token.page_calls(graph)
    params: Values = {"fields": "instagram_business_account{id,username,name}"}
    found = await calls.graph.get(at(calls.page_id), params)
    linked = found.get("instagram_business_account")
    if linked is None:
        sentence = _("no professional Instagram account is linked to the page of {name}, or the token may not see it")
        raise problem(ErrorKind.REJECTED, sentence.format(name=credentials.name), arrived=False)
    return Session(calls.graph, _whole(_me(linked, "id"), graph), calls.page_id, calls.page_id)


def _me(found: Any, key: str) -> Me | None:
    if not isinstance(found, dict):
        return None
    own, alias = identifier(found.get(key)), identifier(found.get("id")) or ""
    username = clean_name(text_of(found.get("username")))
    name = clean_name(text_of(found.get("name")))
    return Me(own or alias, username, name or username, alias) if (own or alias) and username else None


def _whole(me: Me | None, graph: Graph) -> Me:
    if me is None:
        raise unexpected(urlsplit(graph.credentials.url).netloc)
    return me
