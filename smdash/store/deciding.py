"""One key on several posts: what it did with each, and of which it was refused and why, as one step of undo."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import NamedTuple

from smdash.core.clock import encode
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


class Turned(NamedTuple):
    """What one key that holds and lets go did: ``hold`` or ``release``; ``late`` did nothing, since the time of what is

    held has passed and it would go out at once. The numbers are of deliveries.
    """

    what: str
    decided: Decided


def turn(conn: Connection, actor: Actor, ids: Sequence[int], now: datetime, *, late_too: bool = False) -> Turned:
    """Hold what posts still have to send; where members hold all of it, let it go again, what is *late* only if told.

    What they are is the file's to say, so that a key pressed twice does and undoes. The caller holds the lock.
    """
    step, chosen = events.next_step(conn), json.dumps(list(ids))
    queued, held, late = conn.execute(
        "SELECT count(*) FILTER (WHERE state = 'queued'), count(*) FILTER (WHERE held_for = 'member'), "
        "count(*) FILTER (WHERE held_for = 'member' AND due_at <= ?) FROM delivery "
        "WHERE post_id IN (SELECT value FROM json_each(?)) AND state IN ('queued', 'held')",
        (encode(now), chosen),
    ).fetchone()
    if queued or not held:
        return Turned("hold", _each(conn, ids, step, lambda one: resolving.hold_post(conn, actor, one, now)))
    if late and not late_too:
        return Turned("late", Decided({}, {}, step))
    return Turned("release", _each(conn, ids, step, lambda one: resolving.release_post(conn, actor, one, now)))


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
