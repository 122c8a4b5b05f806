"""Who is at the desk right now and who is on which mention: rows kept alive by a heartbeat.

A heartbeat moves ``beat_at`` alone, which the change feed passes over: only coming and going is news. Rows whose desk
died are swept by the next heartbeat of anybody, so the others need no clock of their own for them. What the command
line claims has no heartbeat; it stands until ``holds_until``.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from smdash.core.clock import decode, decode_optional, encode
from smdash.core.records import Actor
from smdash.store import events, steps
from smdash.store.driver import Connection

# How often a desk says that it is there, and after how long without a word it is not.
BEAT = timedelta(seconds=10)
OVER = timedelta(seconds=30)
# How long a claim of the command line stands.
HOLD = timedelta(minutes=10)

# Never NULL, or NOT would keep what has no time.
_ALIVE = "iif(c.holds_until IS NULL, c.beat_at BETWEEN :least AND :most, c.holds_until BETWEEN :now AND :longest)"


class Claim(NamedTuple):
    """Who is on a mention since when; ``until`` where the command line holds it (all UTC)."""

    name: str
    member_id: int
    since: datetime
    until: datetime | None = None


def _times(now: datetime) -> dict[str, object]:
    return {
        "now": encode(now), "least": encode(now - OVER), "most": encode(now + OVER), "longest": encode(now + HOLD)
    }  # fmt: skip


def beat(conn: Connection, member_id: int, session: str, now: datetime) -> None:
    """Say that this desk is there and on what it claims, and sweep those that are not any more.

    The caller holds the write lock. A beat from the future is of a clock that was set back since, so it is over too.
    """
    conn.execute(
        f"DELETE FROM claim AS c WHERE session <> :session AND {_ALIVE} IS NOT TRUE",
        {"session": session, **_times(now)},
    )
    conn.execute("UPDATE claim SET beat_at = ? WHERE session = ? AND kind = 'reply'", (encode(now), session))
    conn.execute(
        "INSERT INTO claim (kind, member_id, session, since, beat_at) VALUES ('presence', ?, ?, ?, ?) "
        "ON CONFLICT (session) WHERE kind = 'presence' DO UPDATE SET beat_at = excluded.beat_at",
        (member_id, session, encode(now), encode(now)),
    )


def leave(conn: Connection, session: str) -> None:
    """Take back everything that this desk claims. The caller holds the write lock."""
    conn.execute("DELETE FROM claim WHERE session = ?", (session,))


def desks(conn: Connection) -> int:
    """How many desks are open, in a number that is good enough to share the machine by."""
    (found,) = conn.execute("SELECT count(*) FROM claim WHERE kind = 'presence'").fetchone()
    return int(found)


def online(conn: Connection, now: datetime) -> int:
    """How many members have a desk open; one with several counts once."""
    (found,) = conn.execute(
        "SELECT count(DISTINCT member_id) FROM claim WHERE kind = 'presence' AND beat_at BETWEEN ? AND ?",
        (encode(now - OVER), encode(now + OVER)),
    ).fetchone()
    return int(found)


def begin_reply(conn: Connection, actor: Actor, mention_id: int, session: str, now: datetime) -> Claim | None:
    """Claim a mention for a reply that begins at this desk; returns the colleague who was on it first, or nobody.

    The caller holds the write lock. A desk that claims it already claims it no second time. Raises InputError for an
    id that does not exist, Refused for what our own account wrote.
    """
    steps.refuse(conn, [mention_id])
    other = _other(conn, actor, mention_id, now)
    _claim(conn, actor, mention_id, session, now, None)
    return other


def end_reply(conn: Connection, mention_id: int, session: str) -> None:
    """Take a desk's claim on a mention back. The caller holds the write lock."""
    conn.execute("DELETE FROM claim WHERE kind = 'reply' AND mention_id = ? AND session = ?", (mention_id, session))


def hold(conn: Connection, actor: Actor, mention_id: int, now: datetime) -> Claim | None:
    """Claim a mention for ten minutes without a desk; returns the colleague who has it, and then it is not claimed.

    The caller holds the write lock. Holding it again begins the ten minutes anew. Raises as ``begin_reply`` does.
    """
    steps.refuse(conn, [mention_id])
    # Nobody's heartbeat may come for hours where no desk is open.
    conn.execute(
        f"DELETE FROM claim AS c WHERE mention_id = :mention AND {_ALIVE} IS NOT TRUE",
        {"mention": mention_id, **_times(now)},
    )
    other = _other(conn, actor, mention_id, now)
    if other is None:
        _claim(conn, actor, mention_id, _holder(actor), now, now + HOLD)
    return other


def release(conn: Connection, actor: Actor, mention_id: int) -> bool:
    """Give back what ``hold`` claimed; returns whether there was something. The caller holds the write lock."""
    cursor = conn.execute(
        "DELETE FROM claim WHERE kind = 'reply' AND mention_id = ? AND session = ?", (mention_id, _holder(actor))
    )
    return cursor.rowcount > 0


def done_with(conn: Connection, member_id: int, mention_id: int) -> None:
    """Take all claims of a member on a mention back, since they answered it. The caller holds the write lock."""
    conn.execute("DELETE FROM claim WHERE kind = 'reply' AND mention_id = ? AND member_id = ?", (mention_id, member_id))


def claims_on(conn: Connection, ids: Sequence[int] | None, now: datetime) -> dict[int, list[Claim]]:
    """Who is on these mentions (or on any), those who came first before the others; one small read."""
    wanted = None if ids is None else json.dumps(list(ids))
    rows = conn.execute(
        "SELECT c.mention_id, m.name, c.member_id, c.since, c.holds_until "
        f"FROM claim c JOIN member m ON m.id = c.member_id WHERE c.kind = 'reply' AND {_ALIVE} "
        "AND (:ids IS NULL OR c.mention_id IN (SELECT value FROM json_each(:ids))) "
        "ORDER BY c.since, c.id",
        {"ids": wanted, **_times(now)},
    ).fetchall()
    found: dict[int, list[Claim]] = {}
    for mention_id, name, member_id, since, until in rows:
        on_it = found.setdefault(mention_id, [])
        # One member with two desks, or with a desk and a hold, is one who is on it.
        if all(one.member_id != member_id for one in on_it):
            on_it.append(Claim(name, member_id, decode(since), decode_optional(until)))
    return found


def _other(conn: Connection, actor: Actor, mention_id: int, now: datetime) -> Claim | None:
    others = [one for one in claims_on(conn, [mention_id], now).get(mention_id, []) if one.member_id != actor.member_id]
    return others[0] if others else None


def _claim(
    conn: Connection, actor: Actor, mention_id: int, session: str, now: datetime, until: datetime | None
) -> None:
    values = (encode(now), None if until is None else encode(until), mention_id, session)
    cursor = conn.execute(
        "UPDATE claim SET beat_at = ?, holds_until = ? WHERE kind = 'reply' AND mention_id = ? AND session = ?", values
    )
    if cursor.rowcount:
        return
    conn.execute(
        "INSERT INTO claim (kind, member_id, mention_id, session, since, beat_at, holds_until) "
        "VALUES ('reply', ?, ?, ?, ?, ?, ?)",
        (actor.member_id, mention_id, session, encode(now), encode(now), values[1]),
    )
    # Hours can later be proposed from it; undo has nothing to do with it.
    events.record(conn, actor, now, "claim", "mention", mention_id)


def _holder(actor: Actor) -> str:
    return f"hold:{actor.member_id}"
