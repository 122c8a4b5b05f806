"""Saved searches, as jobs of the service: who is asked, and what is kept of what was found."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, cast

from smdash.core.records import IncomingMention
from smdash.platforms.base import Adapter, Pull, Pulled, Searcher
from smdash.store import searches
from smdash.store.driver import Connection
from smdash.sync.plan import Source

if TYPE_CHECKING:
    from smdash.platforms.client import Client


async def ask(adapter: Adapter, source: Source, pull: Pull, client: Client) -> Pulled:
    """One call for what a job brings, be it a list of the account's or what a search finds. Raises PlatformError."""
    if source.search is None:
        return await adapter.pull(pull, client)
    return await cast(Searcher, adapter).search(pull, source.search.query, client)


def is_over(conn: Connection, source: Source) -> bool:
    """Whether a member removed or changed the search meanwhile, so that nothing of what was found counts."""
    return source.search is not None and not searches.is_asked(conn, source.search.id, source.search.query)


def note(conn: Connection, source: Source, found: Sequence[IncomingMention], now: datetime) -> None:
    """Keep what a search found, once it is written. The caller holds the write lock."""
    if source.search is not None and found:
        searches.note_hits(conn, source.search.id, found, now)
