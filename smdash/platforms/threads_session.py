"""Whose calls go to Threads: a token of sixty days, and the account that it belongs to.

https://developers.facebook.com/docs/threads/get-started: an app with the Threads use case, whose tester the account is.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from smdash.core.errors import ErrorKind
from smdash.core.text import clean_name
from smdash.locale import noop
from smdash.platforms import long_lived
from smdash.platforms.base import Credentials
from smdash.platforms.items import text_of
from smdash.platforms.meta_errors import Meaning, Meanings
from smdash.platforms.meta_graph import Graph, identifier, unexpected

if TYPE_CHECKING:
    from smdash.platforms.client import Client

URL = "https://graph.threads.net"
VERSION = "v1.0"
GRANT = "th_refresh_token"
# Subcodes are not documented for Threads; these two come from tools that meet them and are unverified.
MEANINGS: Meanings = {
    (None, 2207051): Meaning(ErrorKind.PERMISSION, noop("{host} has blocked this account for now")),
    (None, 4279013): Meaning(ErrorKind.PERMISSION, noop("{host} has restricted this account; see it in the app")),
    (None, 2207027): Meaning(ErrorKind.RATE, noop("{host} is still at work on the files")),
    (None, 2207052): Meaning(ErrorKind.REJECTED, noop("{host} could not fetch the file from the public address")),
}


@dataclass(frozen=True, slots=True)
class Session:
    """Calls as one account: its id and user name, and the name that it shows."""

    graph: Graph
    id: str
    username: str
    name: str


async def open_graph(credentials: Credentials, client: Client, now: datetime, *, owner_typed: bool = True) -> Graph:
    """Calls as the account; a token whose time has come is renewed first. Raises PlatformError."""
    credentials = replace(credentials, url=credentials.url or URL)
    token = (await long_lived.current(credentials, client, now, GRANT)).access
    return Graph(
        credentials, client, now, owner_typed=owner_typed, version=VERSION, token=token, proof=False, meanings=MEANINGS
    )


async def open_session(credentials: Credentials, client: Client, now: datetime, *, owner_typed: bool = True) -> Session:
    """Ask who the account is. Raises PlatformError: auth where the token is refused."""
    graph = await open_graph(credentials, client, now, owner_typed=owner_typed)
    found = await graph.get("me", {"fields": "id,username,name"})
    me, username = identifier(found.get("id")), clean_name(text_of(found.get("username")))
    if me is None or not username:
        raise unexpected(graph.host)
    return Session(graph, me, username, clean_name(text_of(found.get("name"))) or username)
