"""Saved searches, and which mentions they found."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from smdash.core.clock import decode, encode
from smdash.core.errors import InputError, Refused
from smdash.core.records import Account, Actor, IncomingMention
from smdash.core.searches import ACTIVE, PAUSED, Search
from smdash.locale import gettext as _
from smdash.store import events
from smdash.store.driver import Connection, new_id

WEEK = timedelta(days=7)
_SELECT = (
    "SELECT s.id, s.query, a.platform, a.name, s.account_id, s.interval_s, s.status, coalesce(m.login, ''), "
    "s.created_at{counts} FROM search s JOIN account a ON a.id = s.account_id LEFT JOIN member m ON m.id = s.member_id "
    "WHERE s.removed_at IS NULL"
)
_COUNTS = (
    ", (SELECT count(*) FROM search_hit h WHERE h.search_id = s.id)"
    ", (SELECT count(*) FROM search_hit h WHERE h.search_id = s.id AND h.found_at > :since)"
    ", (SELECT count(*) FROM search_hit h JOIN mention i ON i.id = h.mention_id WHERE h.search_id = s.id "
    "AND i.state = 'open')"
    ", (SELECT count(*) FROM search_hit h JOIN mention i ON i.id = h.mention_id WHERE h.search_id = s.id "
    "AND i.answered_at IS NOT NULL)"
)


def add(
    conn: Connection, actor: Actor, now: datetime, account: Account, query: str, interval_s: int | None = None
) -> int:
    """Save a search (``core.searches.checked``) that is asked for every *interval_s* seconds; returns its id.

    The caller holds the write lock. Raises Refused where it is saved already, and for an account that nothing is read
    from.
    """
    if account.status in ("external", "archived"):
        sentence = _("no service of the team reads from {account}; a search needs an account that is connected")
        raise Refused(sentence.format(account=f"{account.platform}/{account.name}"))
    _refuse_twice(conn, account.id, query, None)
    search_id = new_id(
        conn.execute(
            "INSERT INTO search (account_id, query, interval_s, member_id, created_at) VALUES (?, ?, ?, ?, ?)",
            (account.id, query, interval_s, actor.member_id, encode(now)),
        )
    )
    # Undoing it is removing it.
    events.record(
        conn, actor, now, "add", "search", search_id, detail=query,
        before={"removed_at": encode(now)}, after={"removed_at": None}, step=events.next_step(conn),
    )  # fmt: skip
    return search_id


def edit(
    conn: Connection,
    actor: Actor,
    now: datetime,
    search_id: int,
    *,
    query: str | None = None,
    interval_s: int | None = None,
    usual: bool = False,
) -> bool:
    """Change a search's query or interval (*usual*: the network's own); returns whether anything changed.

    Another query is asked for from the beginning. The caller holds the write lock. Raises InputError where there is
    none, Refused where the query is saved already.
    """
    old = get(conn, search_id)
    after: dict[str, Any] = {}
    if query is not None and query != old.query:
        _refuse_twice(conn, old.account_id, query, search_id)
        after["query"] = query
    wanted = None if usual else interval_s or old.interval_s
    if wanted != old.interval_s:
        after["interval_s"] = wanted
    _change(conn, actor, now, old, "edit", after)
    return bool(after)


def pause(conn: Connection, actor: Actor, now: datetime, search_id: int, *, on: bool) -> Search:
    """Ask no more for a search, or ask again; returns it as it was. The caller holds the write lock.

    Raises InputError where there is none, Refused where that is so already.
    """
    old = get(conn, search_id)
    if on == (old.status == PAUSED):
        said = _("search {id} is paused already") if on else _("search {id} is not paused")
        raise Refused(said.format(id=search_id))
    _change(conn, actor, now, old, "pause" if on else "resume", {"status": PAUSED if on else ACTIVE})
    return old


def remove(conn: Connection, actor: Actor, now: datetime, search_id: int) -> Search:
    """Take a search away; what it found stays. Returns it as it was. The caller holds the write lock.

    Raises InputError where there is none.
    """
    old = get(conn, search_id)
    _change(conn, actor, now, old, "remove", {"removed_at": encode(now)})
    return old


def _change(conn: Connection, actor: Actor, now: datetime, old: Search, verb: str, after: dict[str, Any]) -> None:
    if not after:
        return
    put = ", ".join(f"{column} = ?" for column in after)
    conn.execute(f"UPDATE search SET {put} WHERE id = ?", (*after.values(), old.id))
    held = old._asdict()
    events.record(
        conn, actor, now, verb, "search", old.id, detail=str(after.get("query", old.query)),
        before={column: held.get(column) for column in after}, after=after, step=events.next_step(conn),
    )  # fmt: skip


def select(conn: Connection, now: datetime) -> list[Search]:
    """All searches with what they found."""
    rows = conn.execute(f"{_SELECT.format(counts=_COUNTS)} ORDER BY s.id", {"since": encode(now - WEEK)}).fetchall()
    return [_search(row) for row in rows]


def planned(conn: Connection) -> list[Search]:
    """All searches, without what they found."""
    return [_search(row) for row in conn.execute(f"{_SELECT.format(counts='')} ORDER BY s.id").fetchall()]


def get(conn: Connection, search_id: int, now: datetime | None = None) -> Search:
    """One search, with what it found where *now* is told. Raises InputError where there is none."""
    counts = "" if now is None else _COUNTS
    since = "" if now is None else encode(now - WEEK)
    row = conn.execute(f"{_SELECT.format(counts=counts)} AND s.id = :id", {"id": search_id, "since": since}).fetchone()
    if row is None:
        raise InputError(_("there is no search {id}; see: smdash search list").format(id=search_id))
    return _search(row)


def stamp(conn: Connection) -> tuple[object, ...]:
    """A value that changes when a search is added, changed, paused or removed; what it finds doesn't change it."""
    return tuple(
        conn.execute("SELECT id, query, interval_s, status FROM search WHERE removed_at IS NULL ORDER BY id").fetchall()
    )


def is_asked(conn: Connection, search_id: int, query: str) -> bool:
    """Whether a search is there still, and with this query: members change it while a network is being asked."""
    row = conn.execute(
        "SELECT 1 FROM search WHERE id = ? AND query = ? AND removed_at IS NULL", (search_id, query)
    ).fetchone()
    return row is not None


def note_hits(conn: Connection, search_id: int, found: Iterable[IncomingMention], now: datetime) -> None:
    """Keep which mentions a search found, once each, after they were written. The caller holds the write lock."""
    hits = json.dumps([(one.platform, one.account, one.remote_id) for one in found])
    conn.execute(
        "INSERT OR IGNORE INTO search_hit (search_id, mention_id, found_at) SELECT :search, i.id, :at "
        "FROM json_each(:hits) j CROSS JOIN account a ON a.platform = json_extract(j.value, '$[0]') "
        "AND a.name = json_extract(j.value, '$[1]') "
        "CROSS JOIN mention i ON i.account_id = a.id AND i.remote_id = json_extract(j.value, '$[2]')",
        {"search": search_id, "at": encode(now), "hits": hits},
    )


def of_mention(conn: Connection, mention_id: int) -> list[str]:
    """The queries that found a mention, the first one first."""
    rows = conn.execute(
        "SELECT s.query FROM search_hit h JOIN search s ON s.id = h.search_id WHERE h.mention_id = ? "
        "ORDER BY h.found_at, s.id",
        (mention_id,),
    ).fetchall()
    return [row[0] for row in rows]


def _search(row: tuple[Any, ...]) -> Search:
    values: list[Any] = [*row[:8], decode(row[8]), *row[9:]]
    return Search(*values)


def _refuse_twice(conn: Connection, account_id: int, query: str, besides: int | None) -> None:
    rows = conn.execute(
        "SELECT id, query FROM search WHERE account_id = ? AND removed_at IS NULL AND id IS NOT ?",
        (account_id, besides),
    ).fetchall()
    for search_id, other in rows:
        if other.casefold() == query.casefold():
            raise Refused(_("that is search {id} already: {query}").format(id=search_id, query=other))
