"""What the store's tests share: made-up mentions, and a database in memory for properties.

``memory`` is one connection for a whole module; a property runs in ``scratch(memory)``, which undoes what it wrote.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest

from smdash.core.query import parse
from smdash.core.records import IncomingMention, MentionKind
from smdash.store import driver, finding, migrations, teams
from smdash.store.driver import Connection
from smdash.store.inbox import InboxWindow, Order

NOW = datetime(2026, 11, 23, 7, 5, tzinfo=UTC)


@pytest.fixture
def mention() -> Callable[..., IncomingMention]:
    """``mention("1", body=…)``: an incoming mention of the account mastodon/kopi, sent an hour ago."""
    return incoming


def incoming(remote_id: str, **changes: object) -> IncomingMention:
    fields = {
        "platform": "mastodon",
        "account": "kopi",
        "remote_id": remote_id,
        "kind": MentionKind.MENTION,
        "author_handle": "rina@contoh.id",
        "author_name": "Rina",
        "body": f"Kak, nomor {remote_id}",
        "url": f"https://contoh.id/{remote_id}",
        "sent_at": datetime(2026, 11, 23, 6, 5, tzinfo=UTC),
    }
    return IncomingMention(**(fields | changes))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def memory() -> Iterator[Connection]:
    conn = driver.connect(":memory:", isolation_level=None)
    conn.execute("PRAGMA foreign_keys = ON")
    migrations.apply(conn)
    teams.start(conn, "Kopi Senja", "Asia/Jakarta")
    for login in ("ana", "budi"):
        teams.join(conn, login, login.title(), login, NOW)
    yield conn
    conn.close()


def matching(conn: Connection, order: Order, text: str) -> InboxWindow:
    """What a query finds that names no member and no time."""
    return finding.find(conn, parse(text), order, now=NOW, me=None, zone=UTC)


@contextmanager
def scratch(conn: Connection) -> Iterator[Connection]:
    conn.execute("BEGIN IMMEDIATE")
    try:
        yield conn
    finally:
        conn.execute("ROLLBACK")


@pytest.fixture(scope="module")
def within() -> Callable[[Connection], object]:
    return scratch
