"""Response goals over the rows: until when each should be answered, and how long an answer took.

``current`` is cheap to ask in every batch: what it made is kept until the settings change. Where they change, the
rows that wait are marked as not counted yet (``begin_anew``), and counted anew in short batches by whoever comes
first: the command that changed them, or the service.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from smdash.core import team
from smdash.core.clock import decode, decode_optional, encode, encode_optional, find_zone
from smdash.core.errors import InputError
from smdash.core.goals import Calendar, Goal, ResponseGoals, from_plain
from smdash.core.mentions import DEFAULT_GOALS
from smdash.core.team import Holiday
from smdash.core.worktime import from_plain as times_from_plain
from smdash.store import days_off, teams
from smdash.store.connection import Store
from smdash.store.driver import Connection

# How many rows are counted anew in one transaction: some milliseconds of the write lock.
BATCH = 500
_SETTINGS = (
    "SELECT key, value FROM setting WHERE key IN "
    "('zone', 'working_hours', 'response_goals', 'response_goal', 'goals_count') ORDER BY key"
)
_ANEW = "goals_to_count"
# Settings of the team by which the goals of rows move.
MOVING = frozenset({"zone", "working_hours", "holidays", "response_goals", "response_goal", "goals_count"})
_ROWS = (
    "SELECT m.id, m.kind, a.platform, m.priority, m.sent_at, m.reply_until, m.due_at "
    "FROM json_each(?) j CROSS JOIN mention m ON m.id = j.value JOIN account a ON a.id = m.account_id "
    "WHERE m.state IN ('open', 'snoozed') AND m.own = 0 AND m.answered_at IS NULL"
)


def current(conn: Connection) -> ResponseGoals:
    """The team's goals as they stand."""
    return _present(conn)[0]


def calendar(conn: Connection) -> Calendar:
    """The team's working time as it stands."""
    return _present(conn)[1]


def _present(conn: Connection) -> tuple[ResponseGoals, Calendar]:
    return _made(tuple(conn.execute(_SETTINGS).fetchall()), days_off.holidays(conn))


@lru_cache(4)
def _made(rows: tuple[tuple[str, str], ...], off: tuple[Holiday, ...]) -> tuple[ResponseGoals, Calendar]:
    found = {key: _value(text) for key, text in rows}
    minutes = found.get("response_goals")
    if not isinstance(minutes, Mapping):
        minutes = DEFAULT_GOALS
    goals = [Goal(some, kind) for kind, some in minutes.items() if type(some) is int]
    try:
        zone = find_zone(str(found.get("zone")))
    except InputError:
        zone = find_zone(str(teams.DEFAULTS["zone"]))
    hours = times_from_plain(found["working_hours"]) if "working_hours" in found else team.DEFAULT_TIMES
    days = Calendar(hours, zone, (one.day for one in off))
    # A team without any hours would never have to answer; then all of them count.
    counted = days if found.get("goals_count") == "working_hours" and any(hours) else None
    return ResponseGoals([*goals, *from_plain(found.get("response_goal"))], counted), days


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, TypeError, RecursionError):
        return None


def recompute(conn: Connection, ids: Sequence[int], now: datetime) -> int:
    """Count anew until when mentions should be answered; returns how many moved. The caller holds the write lock.

    Those that were answered, are done, or are our own account's stay as they are. ``now`` is not needed by the goals
    of today; whoever asks has it.
    """
    del now
    goals = current(conn)
    moved = []
    for mention_id, kind, platform, priority, sent_at, reply_until, present in conn.execute(
        _ROWS, (json.dumps(list(ids)),)
    ).fetchall():
        due_at = encode_optional(goals.due_at(kind, platform, priority, decode(sent_at), decode_optional(reply_until)))
        if due_at != present:
            moved.append((due_at, mention_id))
    if moved:
        conn.executemany("UPDATE mention SET due_at = ? WHERE id = ?", moved)
    return len(moved)


def begin_anew(conn: Connection) -> None:
    """Note that the goals of all that wait are to be counted anew. The caller holds the write lock."""
    teams.put(conn, _ANEW, os.urandom(8).hex())


def to_count(conn: Connection) -> str | None:
    """A word for the change of goals after which the rows were not counted yet, or nothing."""
    found = teams.get(conn, _ANEW)
    return found if isinstance(found, str) else None


def waiting(conn: Connection) -> list[int]:
    """The ids of all that wait for an answer."""
    rows = conn.execute(
        "SELECT id FROM mention WHERE state = 'open' UNION ALL SELECT id FROM mention WHERE state = 'snoozed'"
    )
    return [row[0] for row in rows]


def counted(conn: Connection, word: str) -> None:
    """Note that all rows were counted since *word*, unless the goals changed again. The caller holds the write lock."""
    conn.execute("DELETE FROM setting WHERE key = ? AND value = ?", (_ANEW, json.dumps(word)))


def catch_up(store: Store, *, rounds: int = 3) -> int:
    """Count the goals of all that wait anew, if they changed, in short transactions; returns how many moved.

    Where they change again meanwhile it begins again, *rounds* times; the service does what is left.
    """
    moved = 0
    for _round in range(rounds):
        with store.reading() as conn:
            word = to_count(conn)
            ids = waiting(conn) if word is not None else []
        if word is None:
            break
        for at in range(0, len(ids), BATCH):
            with store.writing() as conn:
                moved += recompute(conn, ids[at : at + BATCH], store.clock.now())
        with store.writing() as conn:
            counted(conn, word)
    return moved


def answer(conn: Connection, mention_id: int, at: datetime, member_id: int | None) -> dict[str, object]:
    """The columns of a mention that was answered at an instant, for a step (``steps.change``) that undo can put back.

    ``response_s`` is counted as the team's goals are. ``handling_s``: seconds from when the member began to reply
    (their claim) to the answer, unknown without one. Nothing is due after it.
    """
    row = conn.execute(
        "SELECT sent_at, (SELECT min(since) FROM claim WHERE mention_id = m.id AND kind = 'reply' AND member_id = ?) "
        "FROM mention m WHERE id = ?",
        (member_id, mention_id),
    ).fetchone()
    sent_at, began = row if row is not None else (encode(at), None)
    return {
        "answered_at": encode(at),
        "answered_by": member_id,
        "response_s": current(conn).seconds(decode(sent_at), at),
        "handling_s": None if began is None else max(int((at - decode(began)).total_seconds()), 0),
        "due_at": None,
    }


def answered(conn: Connection, mention_id: int, at: datetime, member_id: int | None) -> bool:
    """Note the first answer to a mention; later ones change nothing. The caller holds the write lock.

    *member_id* is nobody where it was written on the network's own site. For a step that can be undone take
    ``answer``.
    """
    columns = answer(conn, mention_id, at, member_id)
    cursor = conn.execute(
        f"UPDATE mention SET {', '.join(f'{one} = ?' for one in columns)} WHERE id = ? AND answered_at IS NULL",
        (*columns.values(), mention_id),
    )
    return cursor.rowcount > 0
