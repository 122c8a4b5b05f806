"""The addresses that posts name, and what the service found behind them (table ``link``)."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from smdash.core import limits
from smdash.core.clock import decode, decode_optional, encode, encode_optional
from smdash.core.links import AHEAD, KEPT, Found, Link, Outcome, is_due, next_look
from smdash.store.driver import Connection

# Longer ones are no address that anybody could open.
URL_LIMIT = 2_000
_TEXTS = (
    "SELECT p.due_at, p.body, p.first_comment, pa.body, d.body FROM post p "
    "LEFT JOIN post_account pa ON pa.post_id = p.id "
    "LEFT JOIN delivery d ON d.post_id = p.id AND d.account_id = pa.account_id AND d.replaced = 0 "
    "WHERE p.state IN ('draft', 'review', 'ready') AND "
)


class Due(NamedTuple):
    """An address to be looked at, and when the first post that names it goes out."""

    url: str
    due_at: datetime


class Written(NamedTuple):
    """How many addresses were looked at for the first time, and of how many others the outcome is another one now."""

    new: int
    changed: int


def due(conn: Connection, now: datetime) -> list[Due]:
    """The addresses of coming posts that are to be looked at now, those that go out first before the others."""
    coming = _coming(conn, now, now + AHEAD)
    known = of(conn, coming)
    found = [Due(url, due_at) for url, due_at in coming.items() if is_due(known.get(url), due_at, now)]
    return sorted(found, key=lambda one: (one.due_at, one.url))


def of(conn: Connection, urls: Iterable[str]) -> dict[str, Link]:
    """What is known of these addresses."""
    rows = conn.execute(
        "SELECT url, outcome, detail, checked_at, next_at FROM link WHERE url IN (SELECT value FROM json_each(?))",
        (json.dumps(list(urls)),),
    ).fetchall()
    return {
        url: Link(
            url, Outcome(outcome) if outcome else None, detail or "", decode_optional(checked), decode_optional(next_at)
        )
        for url, outcome, detail, checked, next_at in rows
    }


def put(conn: Connection, one: Due, found: Found, now: datetime) -> Written:
    """Write down what was found. The caller holds the write lock."""
    before = of(conn, [one.url]).get(one.url)
    conn.execute(
        "INSERT INTO link (url, outcome, detail, checked_at, next_at) VALUES (?, ?, ?, ?, ?) "
        "ON CONFLICT (url) DO UPDATE SET outcome = excluded.outcome, detail = excluded.detail, "
        "checked_at = excluded.checked_at, next_at = excluded.next_at",
        (
            one.url, found.outcome, found.detail, encode(now),
            encode_optional(next_look(found.outcome, one.due_at, now)),
        ),
    )  # fmt: skip
    return Written(before is None, before is not None and before.outcome is not found.outcome)


def prune(conn: Connection, now: datetime) -> int:
    """Forget addresses that no coming post names and that nobody looked at for a month. The caller holds the lock."""
    old = {
        row[0] for row in conn.execute("SELECT url FROM link WHERE checked_at < ?", (encode(now - KEPT),)).fetchall()
    }
    if not old:
        return 0
    old -= _coming(conn, now, None).keys()
    conn.executemany("DELETE FROM link WHERE url = ?", [(url,) for url in sorted(old)])
    return len(old)


def dead(conn: Connection, texts: Iterable[str]) -> tuple[Link, ...]:
    """Those of the addresses in these texts behind which there was nothing at the last look."""
    urls = list(dict.fromkeys(_links(texts)))
    known = of(conn, urls) if urls else {}
    return tuple(known[url] for url in urls if url in known and known[url].outcome is Outcome.DEAD)


def any_known(conn: Connection) -> bool:
    """Whether anything was looked at yet."""
    return conn.execute("SELECT 1 FROM link LIMIT 1").fetchone() is not None


def unchecked(conn: Connection, post_id: int, now: datetime) -> list[str]:
    """The addresses of a post that is due within a day that the service did not look at yet."""
    rows = conn.execute(f"{_TEXTS}p.id = ? AND p.due_at > ? AND p.due_at <= ?", _within(now, post_id)).fetchall()
    urls = [url for row in rows for url in _links(row[1:])]
    known = of(conn, urls)
    return [url for url in dict.fromkeys(urls) if url not in known or known[url].checked_at is None]


def _within(now: datetime, post_id: int) -> tuple[int, str, str]:
    return post_id, encode(now), encode(now + AHEAD)


def _coming(conn: Connection, now: datetime, until: datetime | None) -> dict[str, datetime]:
    """The addresses of posts that are due from now on, each with its first time."""
    rows = conn.execute(
        f"{_TEXTS}p.due_at > :now AND (:until IS NULL OR p.due_at <= :until) ORDER BY p.due_at",
        {"now": encode(now), "until": encode_optional(until)},
    ).fetchall()
    found: dict[str, datetime] = {}
    for due_at, *texts in rows:
        for url in _links(texts):
            found.setdefault(url, decode(due_at))
    return found


def _links(texts: Iterable[object]) -> list[str]:
    said = (str(text) for text in texts if text)
    return [url for text in said if "://" in text for url in limits.links(text) if len(url) <= URL_LIMIT]
