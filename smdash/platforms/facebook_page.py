"""A Facebook page: comments below its posts and posts that tag it; posts, answers, likes, hiding, deleting; figures.

Graph API, written against v26.0: https://developers.facebook.com/docs/pages-api/. What Facebook lets no program do for
a page is not here: searching public posts, and reading recommendations or posts of visitors (those can be pushed).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from smdash.core.errors import ErrorKind
from smdash.core.text import clean_name, safe_link
from smdash.locale import gettext as _
from smdash.platforms import facebook_find, facebook_metrics, facebook_publish, facebook_pull, facebook_tags
from smdash.platforms.base import Credentials, Measured, Pull, Pulled, Verified
from smdash.platforms.cursors import fields_of
from smdash.platforms.facebook_errors import MEANINGS
from smdash.platforms.items import text_of
from smdash.platforms.meta_graph import Graph, at, identifier, unexpected
from smdash.platforms.meta_needs import SCOPES_OF_PAGE
from smdash.platforms.meta_token import PageCalls, TokenState, as_page, debug
from smdash.platforms.outgoing import Outgoing, Published
from smdash.platforms.problems import problem

if TYPE_CHECKING:
    from smdash.platforms.client import Client

_PULLS = {"comments": facebook_pull.pull_comments, "tags": facebook_tags.pull_tags}


class FacebookPage:
    """The adapter; see ``base.Adapter``, ``base.Measurer`` and ``outgoing.Publisher`` for its calls."""

    async def verify(self, credentials: Credentials, client: Client, now: datetime) -> Verified:
        """Which page the token belongs to, until when, and the scopes that it lacks. Raises PlatformError."""
        return await verify_page(Graph(credentials, client, now, meanings=MEANINGS), SCOPES_OF_PAGE)

    async def pull(self, pull: Pull, client: Client) -> Pulled:
        """One step of ``comments`` or ``tags``; ``more`` asks for the next one. Raises PlatformError."""
        graph = Graph(pull.credentials, client, pull.now, owner_typed=pull.owner_typed, meanings=MEANINGS)
        # Both kinds of cursors hold whose they are.
        known = identifier(fields_of(pull.cursor).get("me"))
        return await as_page(graph, partial(_PULLS[pull.job], pull), known=known)

    async def publish(self, out: Outgoing, client: Client) -> Published:
        """Send it, once. Raises PlatformError; see ``facebook_publish``."""
        return await as_page(_graph(out, client), partial(facebook_publish.publish, out))

    async def find(self, out: Outgoing, client: Client) -> Published | None:
        """Look whether it is out. Raises PlatformError where that can't be told; see ``facebook_find``."""
        return await as_page(_graph(out, client), partial(facebook_find.find, out))

    async def is_there(self, out: Outgoing, remote_id: str, client: Client) -> bool:
        """Whether a post or comment is there still. Raises PlatformError."""

        async def look(calls: PageCalls) -> bool:
            return await facebook_find.is_there(remote_id, calls.graph)

        return await as_page(_graph(out, client), look)

    async def measure(
        self, credentials: Credentials, remote_ids: Sequence[str], client: Client, now: datetime
    ) -> Sequence[Measured]:
        """The page's own figures, and those of these posts. Raises PlatformError."""

        async def read(calls: PageCalls) -> Sequence[Measured]:
            return await facebook_metrics.measure(calls, remote_ids, now)

        return await as_page(Graph(credentials, client, now, meanings=MEANINGS), read)


def _graph(out: Outgoing, client: Client) -> Graph:
    return Graph(out.credentials, client, out.now, meanings=MEANINGS)


async def verify_page(graph: Graph, scopes: Sequence[str]) -> Verified:
    """``verify`` of a network whose account is a page. Raises PlatformError."""
    state = await debug(graph)
    if state is not None:
        _refuse(graph, state)
    return await as_page(graph, partial(_verified, graph, state, scopes))


async def _verified(graph: Graph, state: TokenState | None, scopes: Sequence[str], calls: PageCalls) -> Verified:
    found = await calls.graph.get(at(calls.page_id), {"fields": "id,name,username,link"})
    page_id, name = identifier(found.get("id")), clean_name(text_of(found.get("name")))
    if page_id is None or not name:
        raise unexpected(calls.graph.host)
    return Verified(
        remote_id=page_id,
        handle=clean_name(text_of(found.get("username"))) or page_id,
        name=name,
        url=safe_link(text_of(found.get("link"))),
        missing_scopes=() if state is None else state.missing(scopes),
        expires_at=None if state is None else state.expires_at,
        quota=calls.graph.quota or graph.quota,
    )


def _refuse(graph: Graph, state: TokenState) -> None:
    """Raise PlatformError for a token that is dead, or that is no page's while no page is named."""
    if not state.valid:
        raise problem(ErrorKind.AUTH, _("{host} says that the token is not valid any more").format(host=graph.host))
    if state.kind in ("USER", "SYSTEM_USER") and not graph.credentials.options.get("page_id", "").strip():
        sentence = _("the token of {name} belongs to a person or a system user; say which page is meant (page_id)")
        raise problem(ErrorKind.REJECTED, sentence.format(name=graph.credentials.name))
