"""One key on several posts: what it did with each, and of which it was refused and why, as one step of undo."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import NamedTuple

from smdash.core.errors import InputError, Refused
from smdash.core.records import Actor
from smdash.store import events, post_flow, resolving
from smdash.store.driver import Connection

# How many posts one short transaction takes; who has more of them goes on with ``step``.
MOST = 50


class Decided(NamedTuple):
    """The posts that it was done with, each with a number that the step gave, and the sentences of the others.

    ``step`` is the number of the first event, at which the file knows of it.
    """

    done: dict[int, int]
    refused: dict[int, str]
    step: int


def approve(
    conn: Connection, actor: Actor, ids: Sequence[int], now: datetime, *, seen: int, step: int | None = None
) -> Decided:
    """Say yes to posts, as ``post_flow.approve``; the numbers are how many more have to. The caller holds the lock."""
    first = events.next_step(conn) if step is None else step
    return _each(conn, ids, first, lambda one: post_flow.approve(conn, actor, one, now, seen=seen, step=first))


def reject(
    conn: Connection, actor: Actor, ids: Sequence[int], now: datetime, why: str, *, seen: int, step: int | None = None
) -> Decided:
    """Send posts back for one reason, as ``post_flow.reject``. The caller holds the lock."""
    first = events.next_step(conn) if step is None else step

    def send_back(one: int) -> int:
        post_flow.reject(conn, actor, one, now, why, seen=seen, step=first)
        return 0

    return _each(conn, ids, first, send_back)


def hold(conn: Connection, actor: Actor, ids: Sequence[int], now: datetime) -> Decided:
    """Hold posts, as ``resolving.hold_post``; the numbers are of deliveries. The caller holds the lock."""
    return _each(conn, ids, events.next_step(conn), lambda one: resolving.hold_post(conn, actor, one, now))


def release(conn: Connection, actor: Actor, ids: Sequence[int], now: datetime) -> Decided:
    """Let posts go again, as ``resolving.release_post``; the numbers are of deliveries. The caller holds the lock."""
    return _each(conn, ids, events.next_step(conn), lambda one: resolving.release_post(conn, actor, one, now))


def _each(conn: Connection, ids: Sequence[int], step: int, act: Callable[[int], int]) -> Decided:
    done: dict[int, int] = {}
    refused: dict[int, str] = {}
    for one in dict.fromkeys(ids):
        conn.execute("SAVEPOINT one_post")
        try:
            done[one] = act(one)
        except (Refused, InputError) as problem:
            conn.execute("ROLLBACK TO one_post")
            refused[one] = str(problem)
        conn.execute("RELEASE one_post")
    return Decided(done, refused, step)
