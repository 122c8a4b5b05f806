"""The mentions of a stretch of time for reports: how many came in, how they were answered, and what waits.

Only rows that were sent within the span are read; what was open before it is counted on an index.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from smdash.core.clock import Span, decode, encode
from smdash.core.records import MentionKind
from smdash.core.reports import MOST_NAMED, MentionLine, Mentions, WaitingMention, median, percentile
from smdash.store import goals, teams
from smdash.store.driver import Connection

_OF_BRAND = "(:accounts IS NULL OR m.account_id IN (SELECT value FROM json_each(:accounts)))"
# What waits is read from an index alone; an answered one that was opened again is the exception. What is closed is
# added up in Python: most have a response time of their own, and grouping them took SQLite three times as long.
_WAITING = (
    "SELECT m.account_id, m.kind, m.priority, 0, NULL, 1, coalesce(m.due_at < :now, 0), count(*) FROM mention m "
    f"WHERE m.state = 'open' AND m.answered_at IS NULL AND m.sent_at >= :start AND m.sent_at < :end AND {_OF_BRAND} "
    "GROUP BY 1, 2, 3, 7"
)
_OPEN_AGAIN = (
    "SELECT m.account_id, m.kind, m.priority, 1, m.response_s, 1, 0, 1 FROM mention m "
    "WHERE m.state = 'open' AND m.answered_at IS NOT NULL AND m.sent_at >= :start AND m.sent_at < :end "
    f"AND {_OF_BRAND}"
)
_CLOSED = (
    "SELECT m.account_id, m.kind, m.priority, coalesce(m.answered_at <= :now, 0), m.response_s, "
    "m.state = 'snoozed' OR coalesce(m.done_at >= :end, 0), "
    "m.state = 'snoozed' AND m.answered_at IS NULL AND coalesce(m.due_at < :now, 0), 1 FROM mention m "
    "WHERE m.state <> 'open' AND m.own = 0 AND m.state IN ('snoozed', 'done', 'hidden') "
    f"AND m.sent_at >= :start AND m.sent_at < :end AND {_OF_BRAND}"
)
_BEFORE = (
    "SELECT (SELECT count(*) FROM mention m WHERE m.state = 'open' AND m.sent_at < :start AND {brand}) + "
    "(SELECT count(*) FROM mention m WHERE m.state <> 'open' AND m.own = 0 AND m.state = 'snoozed' "
    "AND m.sent_at < :start AND {brand})"
)
_PAST_GOAL = "FROM mention m WHERE m.state = 'open' AND coalesce(m.due_at, '9999') < :until AND "


def read(conn: Connection, span: Span, now: datetime, accounts: Sequence[int] | None = None) -> Mentions:
    """The mentions that were sent within the span, to all accounts or to these."""
    values = {
        "start": encode(span.start),
        "end": encode(span.end),
        "now": encode(now),
        "accounts": None if accounts is None else json.dumps(list(accounts)),
    }
    platforms = dict(conn.execute("SELECT id, platform FROM account").fetchall())
    known = goals.current(conn)
    cells: dict[tuple[int, str, int], _Sum] = {}
    for query in (_WAITING, _OPEN_AGAIN, _CLOSED):
        for account_id, kind, priority, answered, response_s, is_open, overdue, n in conn.execute(query, values):
            cell = cells.get((account_id, kind, priority))
            if cell is None:
                goal = known.goal(kind, platforms[account_id], priority)
                cell = cells[account_id, kind, priority] = _Sum(goal.total_seconds() if goal else None)
            cell.add(answered, response_s, is_open, overdue, n)
    whole, kinds, networks = _Sum(), defaultdict[str, _Sum](_Sum), defaultdict[str, _Sum](_Sum)
    for (account_id, kind, _priority), cell in cells.items():
        for to in (whole, kinds[kind], networks[platforms[account_id]]):
            to.join(cell)
    (left,) = conn.execute(_BEFORE.format(brand=_OF_BRAND if accounts is not None else "1"), values).fetchone()
    return Mentions(
        whole.line(""),
        tuple(kinds[kind.value].line(kind.value) for kind in MentionKind),
        tuple(networks[name].line(name) for name in sorted(networks)),
        teams.get(conn, "goals_count") == "working_hours",
        left,
    )


class _Sum:
    """A line of the report, as far as it is added up."""

    def __init__(self, goal_s: float | None = None) -> None:
        self._goal_s = float("inf") if goal_s is None else goal_s
        self.incoming = self.answered = self.late = self.overdue = self.open = 0
        self.took: list[int] = []

    def add(self, answered: int, response_s: int | None, is_open: int, overdue: int, n: int) -> None:
        """Count *n* mentions that are alike; of those with a response time each comes alone."""
        self.incoming += n
        if is_open:
            self.open += n
        if overdue:
            self.overdue += n
        if answered:
            self.answered += n
            if response_s is not None:
                self.took.append(response_s)
                if response_s > self._goal_s:
                    self.late += 1

    def join(self, other: _Sum) -> None:
        """Count what the other one counted, too."""
        self.incoming += other.incoming
        self.answered += other.answered
        self.late += other.late
        self.overdue += other.overdue
        self.open += other.open
        self.took += other.took

    def line(self, name: str) -> MentionLine:
        self.took.sort()
        return MentionLine(
            name, self.incoming, self.answered, self.late, self.overdue, self.open, median(self.took),
            percentile(self.took, 90),
        )  # fmt: skip


def past_goal(
    conn: Connection, until: datetime, accounts: Sequence[int] | None = None
) -> tuple[tuple[WaitingMention, ...], int]:
    """The open mentions whose goal was over at *until*, those that wait longest first, and how many there are."""
    values = {"until": encode(until), "accounts": None if accounts is None else json.dumps(list(accounts))}
    only = _OF_BRAND if accounts is not None else "1"
    (n,) = conn.execute(f"SELECT count(*) {_PAST_GOAL}{only}", values).fetchone()
    rows = conn.execute(
        "SELECT m.id, a.platform || '/' || a.name, m.author_handle, m.due_at, coalesce(w.name, ''), m.body "
        f"FROM (SELECT m.id {_PAST_GOAL}{only} ORDER BY coalesce(m.due_at, '9999'), m.id LIMIT {MOST_NAMED}) f "
        "JOIN mention m ON m.id = f.id JOIN account a ON a.id = m.account_id "
        "LEFT JOIN member w ON w.id = m.assignee_id ORDER BY m.due_at, m.id",
        values,
    ).fetchall()
    found = tuple(
        WaitingMention(one, account, author, decode(due), who, body) for one, account, author, due, who, body in rows
    )
    return found, n
