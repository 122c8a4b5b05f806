"""Reading time entries: those that touch a span, or one of them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from smdash.core.clock import Span, decode, decode_optional, encode
from smdash.core.errors import InputError
from smdash.core.records import TimeEntry
from smdash.locale import gettext as _
from smdash.store.driver import Connection

# An entry is a day long at most; what another program or an older smdash wrote may be longer, though not by much.
LOOK_BACK = timedelta(days=14)
_ROWS = (
    "SELECT t.id, t.member_id, m.login, a.key, t.started_at, t.ended_at, t.state, t.note, b.name, c.name, "
    "t.evidence, t.uid FROM time_entry t JOIN member m ON m.id = t.member_id JOIN activity a ON a.id = t.activity_id "
    "LEFT JOIN brand b ON b.id = t.brand_id LEFT JOIN campaign c ON c.id = t.campaign_id"
)

# As no two that count overlap, the last one that begins before a proposal's end is the one to look at.
_NOT_COVERED = (
    " AND (t.state <> 'proposed' OR coalesce((SELECT coalesce(o.ended_at, '9999') FROM time_entry o "
    "WHERE o.member_id = t.member_id AND o.state = 'confirmed' AND o.removed_at IS NULL "
    "AND o.started_at < t.ended_at ORDER BY o.started_at DESC LIMIT 1), '') <= t.started_at)"
)


def touching(span: Span, member_id: int | None) -> tuple[str, dict[str, object]]:
    """A condition on ``t`` for the rows that touch a span, and its values: quick, however many years there are.

    One that runs touches every span that ends after it began.
    """
    whose = "" if member_id is None else "t.member_id = :member AND "
    values: dict[str, object] = {
        "end": encode(span.end), "back": encode(span.start - LOOK_BACK), "start": encode(span.start),
        "member": member_id,
    }  # fmt: skip
    finished = f"{whose}t.started_at < :end AND t.started_at >= :back AND t.ended_at > :start"
    # The sign leaves SQLite the index of what runs alone, which has a row a member at most.
    running = f"{whose}t.ended_at IS NULL AND t.removed_at IS NULL AND +t.started_at < :end"
    ids = f"SELECT t.id FROM time_entry t WHERE {finished} UNION ALL SELECT t.id FROM time_entry t WHERE {running}"
    return f"t.id IN ({ids}) AND t.removed_at IS NULL", values


def select(
    conn: Connection,
    member_id: int | None,
    span: Span,
    *,
    states: Sequence[str] = ("confirmed",),
    limit: int | None = None,
    covered: bool = False,
) -> tuple[TimeEntry, ...]:
    """The entries that touch the span, of one member or (with ``None``) of the team, by their start.

    A running one touches every span that ends after its start. At most *limit* of them, the first ones. Proposals over
    which something was written down since are left out unless *covered*.
    """
    condition, values = touching(span, member_id)
    if "proposed" in states and not covered:
        condition += _NOT_COVERED
    rows = conn.execute(
        f"{_ROWS} WHERE {condition} AND t.state IN (SELECT value FROM json_each(:states)) "
        "ORDER BY t.started_at, t.id LIMIT :limit",
        {**values, "states": json.dumps(list(states)), "limit": -1 if limit is None else limit},
    ).fetchall()
    return tuple(_entry(row) for row in rows)


def get(conn: Connection, entry_id: int) -> TimeEntry:
    """One entry. Raises InputError where there is none, or where it was removed."""
    row = conn.execute(f"{_ROWS} WHERE t.id = ? AND t.removed_at IS NULL", (entry_id,)).fetchone()
    if row is None:
        raise InputError(_("there is no time entry {id}; see: smdash hours list").format(id=entry_id))
    return _entry(row)


def _entry(row: tuple[Any, ...]) -> TimeEntry:
    entry_id, member_id, login, key, started, ended, state, note, brand, campaign, evidence, uid = row
    return TimeEntry(
        entry_id, member_id, login, key, decode(started), decode_optional(ended), state, note, brand, campaign,
        _evidence(evidence), uid,
    )  # fmt: skip


def _evidence(text: str | None) -> tuple[tuple[str, int], ...]:
    """Kinds of events and how many; what another program wrote in their place counts as none."""
    if text is None:
        return ()
    found = json.loads(text)
    pairs = found.items() if isinstance(found, Mapping) else found if isinstance(found, list) else ()
    return tuple(
        (str(one[0]), one[1])
        for one in pairs
        if isinstance(one, (list, tuple)) and len(one) == 2 and type(one[1]) is int
    )
