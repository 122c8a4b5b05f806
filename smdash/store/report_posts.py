"""The posts of a stretch of time for reports: planned, published, failed, and what of them is left."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from smdash.core.clock import Span, decode, encode
from smdash.core.posts import LATE_AFTER
from smdash.core.records import Category
from smdash.core.reports import MOST_NAMED, LatePost, PostLine, Posts
from smdash.store import posts
from smdash.store.driver import Connection

# How a post fares at one of its accounts, what needs a person first; what was called off there is nothing.
_OUTCOMES = ("unknown", "failed", "expired", "waiting", "out")
_DUE = (
    "SELECT p.id, p.category, p.due_at, p.state, a.platform || '/' || a.name, "
    "count(d.id), total(d.state <> 'cancelled'), total(d.state = 'unknown'), total(d.state = 'failed'), "
    "total(d.state = 'sent') FROM post p JOIN post_account pa ON pa.post_id = p.id "
    "JOIN account a ON a.id = pa.account_id "
    "LEFT JOIN delivery d ON d.post_id = p.id AND d.account_id = pa.account_id AND d.kind = 'post' AND d.replaced = 0 "
    "WHERE p.due_at >= :start AND p.due_at < :end AND p.state NOT IN ('idea', 'cancelled') "
    "AND (:brand IS NULL OR a.brand_id = :brand) GROUP BY p.id, a.id ORDER BY p.due_at, p.id, a.id"
)
_OUT = (
    "SELECT p.id, p.category, a.platform || '/' || a.name FROM delivery d JOIN post p ON p.id = d.post_id "
    "JOIN account a ON a.id = d.account_id WHERE d.sent_at >= :start AND d.sent_at < :end AND d.state = 'sent' "
    "AND d.kind = 'post' AND d.part = 1 AND d.replaced = 0 AND (:brand IS NULL OR a.brand_id = :brand)"
)


class _At(NamedTuple):
    """A post at one of its accounts, and how it fares there."""

    post_id: int
    category: str
    account: str
    outcome: str
    due_at: datetime


class Due(NamedTuple):
    """What was due, and what went out: (post, category, account) each."""

    at: tuple[_At, ...]
    out: tuple[tuple[int, str, str], ...]


def read(conn: Connection, span: Span, so_far: Span, brand_id: int | None = None) -> Due:
    """The posts due within the span and those that went out in it *so far*, at each account or those of a brand."""
    values = {"start": encode(span.start), "end": encode(span.end), "brand": brand_id}
    found = []
    for post_id, category, due_at, state, account, deliveries, live, *rest in conn.execute(_DUE, values).fetchall():
        outcome = _outcome(state, deliveries, live, *rest)
        if outcome is not None:
            found.append(_At(post_id, category, account, outcome, decode(due_at)))
    values["end"] = encode(so_far.end)
    return Due(tuple(found), tuple((one, category, account) for one, category, account in conn.execute(_OUT, values)))


def _outcome(state: str, deliveries: int, live: float, unknown: float, failed: float, sent: float) -> str | None:
    if state != "ready":
        return "expired" if state == "expired" else "waiting"
    if deliveries and not live:
        return None
    if unknown or failed:
        return "unknown" if unknown else "failed"
    return "out" if live and sent == live else "waiting"


def count(due: Due) -> Posts:
    """Add them up: all, by account and by category."""
    accounts = sorted({one.account for one in due.at} | {account for _id, _category, account in due.out})
    return Posts(
        _line("", due.at, due.out),
        tuple(
            _line(name, [one for one in due.at if one.account == name], [one for one in due.out if one[2] == name])
            for name in accounts
        ),
        tuple(
            _line(name, [one for one in due.at if one.category == name], [one for one in due.out if one[1] == name])
            for name in (one.value for one in Category)
        ),
    )


def _line(name: str, at: Iterable[_At], out: Iterable[tuple[int, str, str]]) -> PostLine:
    fares: dict[int, set[str]] = {}
    for one in at:
        fares.setdefault(one.post_id, set()).add(one.outcome)
    counts = Counter(outcome for outcomes in fares.values() for outcome in outcomes)
    return PostLine(
        name, len(fares), len({one[0] for one in out}), counts["failed"], counts["unknown"], counts["expired"],
        counts["waiting"],
    )  # fmt: skip


def left(conn: Connection, due: Due, until: datetime) -> tuple[tuple[LatePost, ...], int]:
    """The first posts that were due before *until* and are not out everywhere, and how many there are.

    What the service is about to send is not late yet.
    """
    fares: dict[int, dict[str, str]] = {}
    for one in due.at:
        if one.due_at < until - LATE_AFTER and one.outcome != "out":
            fares.setdefault(one.post_id, {})[one.account] = one.outcome
    return tuple(_late(conn, one, sorted(fares[one])) for one in list(fares)[:MOST_NAMED]), len(fares)


def _late(conn: Connection, post_id: int, accounts: Sequence[str]) -> LatePost:
    post = posts.get(conn, post_id)
    return LatePost(post_id, post.due_at or decode(""), post.shown, ", ".join(accounts), post.body)
