"""Reading mentions: windows of the open list, counts for titles, one mention whole.

A list of a hundred thousand rows is never read at once: a screen asks for the rows around its cursor
(keyset paging over an index), so that a page costs the same wherever it lies.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any, NamedTuple

from smdash.core.clock import HOUR_LETTERS, decode, decode_optional, encode
from smdash.core.records import DeliveryState, Happening, Mention, MentionKind, MentionState
from smdash.store import events, notes
from smdash.store.driver import Connection
from smdash.store.notes import Note

# Of a long thread the newest parts are shown, and the mention itself.
THREAD_LIMIT = 200


class Order(StrEnum):
    """How the open mentions are sorted."""

    WAITING = "waiting"  # oldest waiting first
    NEWEST = "newest"
    TIME_LEFT = "time_left"  # nearest goal first


class InboxCounts(NamedTuple):
    open: int
    overdue: int
    mine: int
    urgent: int = 0


class InboxWindow(NamedTuple):
    """Rows *start* and following of a list of *total* rows.

    ``place`` is where the anchor is, or was; ``capped`` says that there may be more matches.
    """

    start: int
    total: int
    rows: tuple[Mention, ...]
    place: int | None = None
    capped: bool = False


class Answer(NamedTuple):
    """An answer of ours on its way, or out: when it is due or went, by whom, and how far it is."""

    at: datetime
    who: str
    body: str
    state: DeliveryState
    error: str | None


class MentionWhole(NamedTuple):
    """A mention with its thread (oldest first, itself included), what the team wrote, and what members did with it."""

    mention: Mention
    received_at: datetime
    edited_at: datetime | None
    reply_until: datetime | None
    thread: tuple[Mention, ...]
    history: tuple[Happening, ...]
    notes: tuple[Note, ...] = ()
    answers: tuple[Answer, ...] = ()


# What a record of a list is made of; for the modules of this room.
COLUMNS = (
    "i.id, a.platform, a.name, i.kind, i.author_handle, i.author_name, i.body, i.url, i.sent_at, i.due_at, i.state, "
    "h.name, i.assignee_id, i.priority, i.star, i.answered_at, i.woke, i.snoozed_until"
)
FROM = "FROM mention i JOIN account a ON a.id = i.account_id LEFT JOIN member h ON h.id = i.assignee_id "
# Sort key and direction of each order; the first two share one index.
KEYS = {
    Order.WAITING: ("i.sent_at", False),
    Order.NEWEST: ("i.sent_at", True),
    Order.TIME_LEFT: ("coalesce(i.due_at, '9999')", False),
}


def counts(conn: Connection, now: datetime, member_id: int | None) -> InboxCounts:
    """How many mentions are open, past their goal, held by the member, and urgent (1,000 at most).

    The open and overdue ones come from kept counters an hour, so a title costs the same at any size.
    """
    hour = encode(now)[:HOUR_LETTERS]
    total, before = conn.execute(
        "SELECT coalesce(sum(n), 0), coalesce(sum(n) FILTER (WHERE bucket <> '' AND bucket < ?), 0) "
        "FROM tally WHERE name = 'open'",
        (hour,),
    ).fetchone()
    (in_this_hour,) = conn.execute(
        "SELECT count(*) FROM mention i WHERE state = 'open' AND coalesce(i.due_at, '9999') >= ? "
        "AND coalesce(i.due_at, '9999') < ?",
        (hour, encode(now)),
    ).fetchone()
    mine = 0
    if member_id is not None:
        (mine,) = conn.execute(
            "SELECT count(*) FROM mention WHERE state = 'open' AND assignee_id IS NOT NULL AND assignee_id = ?",
            (member_id,),
        ).fetchone()
    (urgent,) = conn.execute(
        # "> 0" is the index's own condition, without which SQLite goes through all that is open.
        "SELECT count(*) FROM (SELECT 1 FROM mention WHERE state = 'open' AND priority > 0 AND priority > 1 LIMIT 1000)"
    ).fetchone()
    return InboxCounts(total, before + in_this_hour, mine, urgent)


def window(
    conn: Connection, order: Order, *, anchor: int | None, before: int, after: int, total: int | None = None
) -> InboxWindow:
    """The open mentions around the row *anchor* (an id), or the first ones where there is none.

    A row that is not open any more still marks its place, so the next one takes it. At most *before* rows
    precede the anchor; *after* counts it.
    """
    if total is None:
        (total,) = conn.execute("SELECT coalesce(sum(n), 0) FROM tally WHERE name = 'open'").fetchone()
    key, descending = KEYS[order]
    place = None
    if anchor is not None:
        place = conn.execute(f"SELECT {key}, i.id FROM mention i WHERE i.id = ?", (anchor,)).fetchone()
    if place is None:
        return InboxWindow(0, total, _page(conn, key, descending, None, "", before + after))
    behind, ahead = (">", "<=") if descending else ("<", ">=")
    head = _page(conn, key, not descending, place, behind, before + 1)[::-1]
    tail = _page(conn, key, descending, place, ahead, after)
    start = 0
    if len(head) > before:
        head = head[1:]
        start = rank(conn, order, place) - len(head)
    return InboxWindow(start, max(total, start + len(head) + len(tail)), head + tail, start + len(head))


def at(conn: Connection, order: Order, offset: int, count: int) -> InboxWindow:
    """*count* rows from position *offset*, for jumps with the scroll bar."""
    hours = _hours(conn, order)
    total = sum(n for _hour, n in hours)
    key, descending = KEYS[order]
    offset = max(min(offset, total - 1), 0)
    way = "DESC" if descending else "ASC"
    # Whole hours are passed over by their counters; within one the place is found in the index alone.
    left, first = offset, ""
    for hour, n in hours:
        first = hour
        if left < n:
            break
        left -= n
    bound = f"AND {key} {'<' if descending else '>='} ? "
    edge = first + "~" if descending else first
    place = conn.execute(
        f"SELECT {key}, i.id FROM mention i WHERE i.state = 'open' {bound}ORDER BY {key} {way}, i.id {way} "
        "LIMIT 1 OFFSET ?",
        (edge, left),
    ).fetchone()
    rows = _page(conn, key, descending, place, "<=" if descending else ">=", count) if place else ()
    return InboxWindow(offset, total, rows)


def _hours(conn: Connection, order: Order) -> list[tuple[str, int]]:
    """The hours of the order's key that have open mentions, in that order, with how many.

    What has no goal counts as the last hour.
    """
    name = "open" if order is Order.TIME_LEFT else "wait"
    found = conn.execute("SELECT bucket, n FROM tally WHERE name = ?", (name,)).fetchall()
    return sorted(((hour or "9999", n) for hour, n in found), reverse=order is Order.NEWEST)


def rank(conn: Connection, order: Order, place: tuple[str, int]) -> int:
    """How many open rows stand before this place: whole hours by their counters, its own hour in the index alone."""
    key, descending = KEYS[order]
    own = place[0][:HOUR_LETTERS]
    before = sum(n for hour, n in _hours(conn, order) if (hour > own if descending else hour < own))
    edge = "<" if descending else ">="
    (found,) = conn.execute(
        f"SELECT count(*) FROM mention i WHERE i.state = 'open' AND {key} {edge} ? "
        f"AND {beside(key, '>' if descending else '<')}",
        (own + "~" if descending else own, *bounds(place)),
    ).fetchone()
    return before + int(found)


def _page(
    conn: Connection, key: str, descending: bool, place: tuple[str, int] | None, sign: str, count: int
) -> tuple[Mention, ...]:
    way = "DESC" if descending else "ASC"
    where = f"AND {beside(key, sign)} " if place else ""
    rows = conn.execute(
        f"SELECT {COLUMNS} {FROM} WHERE i.state = 'open' {where}ORDER BY {key} {way}, i.id {way} LIMIT ?",
        (*(bounds(place) if place else ()), count),
    ).fetchall()
    return records(conn, rows)


def beside(key: str, sign: str) -> str:
    """Rows on one side of a place, for ``bounds``; written so that SQLite can search an index over an expression.

    It doesn't search one for a comparison of row values.
    """
    return f"({key} {sign[0]}= ? AND ({key} {sign[0]} ? OR i.id {sign} ?))"


def bounds(place: tuple[str, int]) -> tuple[str, str, int]:
    """What ``beside`` is given."""
    return place[0], place[0], place[1]


def select(conn: Connection, states: Sequence[MentionState], limit: int = -1) -> tuple[Mention, ...]:
    """All mentions in these states, oldest first; for the command line."""
    # Written out one by one: neither bound values nor IN let SQLite take the partial index of the open ones.
    wanted = " OR ".join(f"i.state = '{MentionState(state).value}'" for state in states)
    rows = conn.execute(
        f"SELECT {COLUMNS} {FROM} WHERE i.own = 0 AND ({wanted}) ORDER BY i.sent_at, i.id LIMIT ?",
        (limit,),
    ).fetchall()
    return records(conn, rows)


def whole(conn: Connection, mention_id: int) -> MentionWhole | None:
    """One mention with its thread and history, or nothing."""
    row = conn.execute(
        f"SELECT {COLUMNS}, i.received_at, i.edited_at, i.reply_until, i.account_id, i.thread_key, i.remote_id, "
        f"i.parent_id {FROM} WHERE i.id = ?",
        (mention_id,),
    ).fetchone()
    if row is None:
        return None
    *columns, received_at, edited_at, reply_until, account_id, thread_key, _remote_id, parent_id = row
    thread = conn.execute(
        f"SELECT {COLUMNS} {FROM} WHERE i.account_id = ? AND i.thread_key = ? "
        f"UNION SELECT {COLUMNS} {FROM} WHERE i.account_id = ? AND i.remote_id = ? "
        f"UNION SELECT {COLUMNS} {FROM} WHERE i.id = ? ORDER BY 9 DESC, 1 DESC LIMIT ?",
        (account_id, thread_key, account_id, parent_id, mention_id, THREAD_LIMIT),
    ).fetchall()[::-1]
    if not any(one[0] == mention_id for one in thread):
        thread[0] = columns  # an old part of a long thread
    (mention,) = records(conn, [columns])
    return MentionWhole(
        mention,
        decode(received_at),
        decode_optional(edited_at),
        decode_optional(reply_until),
        records(conn, thread),
        tuple(events.history(conn, "mention", mention_id)),
        notes.of_mention(conn, mention_id),
        _answers(conn, mention_id),
    )


def _answers(conn: Connection, mention_id: int) -> tuple[Answer, ...]:
    rows = conn.execute(
        "SELECT coalesce(d.sent_at, d.due_at), coalesce(m.name, ''), coalesce(d.body, ''), d.state, d.error "
        "FROM delivery d LEFT JOIN member m ON m.id = d.member_id "
        "WHERE d.mention_id = ? AND d.kind = 'reply' AND d.state <> 'cancelled' ORDER BY d.id",
        (mention_id,),
    ).fetchall()
    return tuple(Answer(decode(row[0]), row[1], row[2], DeliveryState(row[3]), row[4]) for row in rows)


def records(conn: Connection, rows: Sequence[Sequence[Any]]) -> tuple[Mention, ...]:
    """The mentions of rows that begin with ``COLUMNS``, with their labels."""
    labels = _labels(conn, [row[0] for row in rows])
    return tuple(_mention(tuple(row), labels.get(row[0], ())) for row in rows)


# A desk reads the rows around its cursor again and again, and few of them have changed.
@lru_cache(512)
def _mention(row: tuple[Any, ...], labels: tuple[str, ...]) -> Mention:
    return Mention(
        row[0],
        row[1],
        row[2],
        MentionKind(row[3]),
        row[4],
        row[5],
        row[6],
        row[7],
        decode(row[8]),
        decode_optional(row[9]),
        MentionState(row[10]),
        row[11],
        row[12],
        row[13],
        bool(row[14]),
        decode_optional(row[15]),
        labels,
        row[16],
        decode_optional(row[17]),
    )


def _labels(conn: Connection, ids: Sequence[int]) -> dict[int, tuple[str, ...]]:
    if not ids or conn.execute("SELECT 1 FROM mention_label LIMIT 1").fetchone() is None:
        return {}
    found: dict[int, tuple[str, ...]] = {}
    rows = conn.execute(
        "SELECT ml.mention_id, l.name FROM mention_label ml JOIN label l ON l.id = ml.label_id "
        "WHERE ml.mention_id IN (SELECT value FROM json_each(?)) ORDER BY l.name",
        (json.dumps(list(ids)),),
    ).fetchall()
    for mention_id, name in rows:
        found[mention_id] = (*found.get(mention_id, ()), name)
    return found
