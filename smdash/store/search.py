"""Looking for words among the open mentions, whatever signs they hold; ``finding`` reads whole queries."""

from __future__ import annotations

from datetime import UTC, datetime

from smdash.core.query import Query, Term
from smdash.core.query.reading import LONGEST, MOST_TERMS
from smdash.core.text import clean_name
from smdash.store import finding
from smdash.store.driver import Connection
from smdash.store.finding import MATCH_LIMIT
from smdash.store.inbox import InboxWindow, Order

__all__ = ["MATCH_LIMIT", "matching"]


def matching(conn: Connection, order: Order, words: str) -> InboxWindow:
    """The open mentions that have all the words in text, name, handle, account or network; at most MATCH_LIMIT."""
    # Screens put the @ before a handle themselves.
    wanted = [word.removeprefix("@") or word for word in clean_name(words[:LONGEST]).split()]
    query = Query(tuple(Term("", (word,)) for word in wanted[:MOST_TERMS]))
    return finding.find(conn, query, order, now=datetime.now(UTC), me=None, zone=UTC)
