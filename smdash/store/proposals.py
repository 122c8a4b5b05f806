"""Proposed entries of a member, as the book of events gives them for a day; written only where that differs.

They are a member's own, as is what they were made of. Nothing is written where nothing changed, and a row that grows
stays the same row. The caller of whatever writes holds the write lock.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

from smdash.core.clock import Span, day_span, decode, encode, find_zone
from smdash.core.errors import InputError, Refused
from smdash.core.evidence import Act, Deed, deeds
from smdash.core.proposals import Proposal, propose
from smdash.core.records import Actor, TimeEntry
from smdash.locale import gettext as _
from smdash.store import events, hours, teams, time_rows
from smdash.store.driver import Connection

# What the member did in a span: their own steps alone, a batch as one. What undo put back says nothing, unless redo did
# it again; what undo could not put back stands. The sign keeps SQLite from going through all that the member ever did.
_ACTS = """
SELECT max(e.at), e.subject, e.verb, count(*),
       CASE WHEN n.author_id IS NOT NULL THEN 'person' WHEN s.campaign_id IS NOT NULL THEN 'campaign'
            ELSE coalesce(i.kind, p.format, '') END AS of,
       coalesce(e.detail, '')
FROM event e
LEFT JOIN delivery d ON e.subject = 'delivery' AND d.id = e.subject_id
LEFT JOIN note n ON e.subject = 'note' AND n.id = e.subject_id
LEFT JOIN mention i ON i.id = CASE e.subject WHEN 'mention' THEN e.subject_id WHEN 'delivery' THEN d.mention_id
                                             WHEN 'note' THEN n.mention_id END
LEFT JOIN post p ON e.subject = 'post' AND p.id = e.subject_id
LEFT JOIN asset s ON e.subject = 'asset' AND s.id = e.subject_id
WHERE e.at >= :start AND e.at < :end AND +e.member_id = :member AND e.verb NOT IN ('undo', 'redo')
  AND e.subject NOT IN ('time_entry', 'refused_span')
  AND (e.undone = 0 OR NOT EXISTS (SELECT 1 FROM event u WHERE u.undoes = e.id) OR EXISTS (
    WITH RECURSIVE later (id, verb, undone) AS (
      SELECT u.id, u.verb, u.undone FROM event u WHERE u.undoes = e.id
      UNION ALL SELECT u.id, u.verb, u.undone FROM later l JOIN event u ON u.undoes = l.id
    ) SELECT 1 FROM later WHERE verb = 'redo' AND undone = 0))
GROUP BY coalesce(e.step, -e.id), e.subject, e.verb, of
ORDER BY 1, min(e.id)
"""


class Day(NamedTuple):
    """A member's local day: what counts, what is proposed, and whether the file holds just these proposals.

    Those that the file does not hold yet have the id 0.
    """

    day: date
    confirmed: tuple[TimeEntry, ...]
    proposed: tuple[TimeEntry, ...]
    kept: bool


class Left(NamedTuple):
    """A day with proposals that nobody has decided about: how many, and how long they are together."""

    day: date
    proposals: int
    length: timedelta


def day(conn: Connection, member_id: int, of: date, now: datetime) -> Day:
    """A day as it is by *now*; writes nothing."""
    span = day_span(of, find_zone(teams.team(conn).zone))
    wanted = _computed(conn, member_id, span, now)
    held = _held(conn, member_id, span)
    login = conn.execute("SELECT login FROM member WHERE id = ?", (member_id,)).fetchone()
    by_shape = {_shape(one): one.id for one in held}
    shown = tuple(
        TimeEntry(
            by_shape.get((one.span, one.activity, one.evidence), 0), member_id, login[0] if login else "", one.activity,
            one.span.start, one.span.end, "proposed", None, None, None, one.evidence,
        )
        for one in wanted
    )  # fmt: skip
    confirmed = time_rows.select(conn, member_id, span)
    return Day(of, confirmed, shown, len(held) == len(shown) and all(one.id for one in shown))


def refresh(conn: Connection, actor: Actor, of: date, now: datetime) -> tuple[TimeEntry, ...]:
    """Write what the day's events propose in the place of what was proposed before; returns it, by time."""
    span = day_span(of, find_zone(teams.team(conn).zone))
    wanted = list(_computed(conn, actor.member_id, span, now))
    held = list(_held(conn, actor.member_id, span))
    keys = {key: number for number, key in conn.execute("SELECT id, key FROM activity").fetchall()}
    # Whatever is the same entry, perhaps grown or of another activity by now, stays the same row.
    rows: list[int | None] = [None] * len(wanted)
    for alike in (_same_span, _same_edge, _overlapping):
        for at, one in enumerate(wanted):
            if rows[at] is None and (row := next((row for row in held if alike(row, one)), None)) is not None:
                rows[at] = row.id
                held.remove(row)
    conn.executemany("UPDATE time_entry SET removed_at = ? WHERE id = ?", [(encode(now), row.id) for row in held])
    for at, one in enumerate(wanted):
        values = (keys[one.activity], encode(one.span.start), encode(one.span.end), json.dumps(one.evidence))
        if rows[at] is None:
            conn.execute(
                "INSERT INTO time_entry (activity_id, started_at, ended_at, evidence, member_id, state, created_at) "
                "VALUES (?, ?, ?, ?, ?, 'proposed', ?)",
                (*values, actor.member_id, encode(now)),
            )
        else:
            conn.execute(
                "UPDATE time_entry SET activity_id = ?1, started_at = ?2, ended_at = ?3, evidence = ?4 WHERE id = ?5 "
                "AND (activity_id <> ?1 OR started_at <> ?2 OR ended_at <> ?3 OR evidence IS NOT ?4)",
                (*values, rows[at]),
            )
    return tuple(_held(conn, actor.member_id, span))


def left(conn: Connection, member_id: int, days: Sequence[date], now: datetime) -> tuple[Left, ...]:
    """Which of these days, one after the other, still have something to decide about."""
    zone = find_zone(teams.team(conn).zone)
    spans = [day_span(one, zone) for one in days]
    if not spans:
        return ()
    whole = Span(spans[0].start, spans[-1].end)
    done = _deeds(conn, member_id, whole, now)
    entries, refused = _taken(conn, member_id, whole)
    found = []
    for one, span in zip(days, spans, strict=True):
        some = propose([deed for deed in done if span.start <= deed.at < span.end], entries, refused, span, now)
        if some:
            lengths = (proposal.span.end - proposal.span.start for proposal in some)
            found.append(Left(one, len(some), sum(lengths, timedelta())))
    return tuple(found)


def drop(conn: Connection, actor: Actor, ids: Iterable[int], now: datetime) -> int:
    """Refuse proposals as one step: nothing is proposed for their time any more, until undo; returns how many.

    Raises InputError for what there is no proposal of, Refused for another member's.
    """
    step, dropped = events.next_step(conn), 0
    for entry_id in dict.fromkeys(ids):
        entry = own(conn, actor, entry_id)
        stamp = encode(now)
        cursor = conn.execute(
            "INSERT INTO refused_span (member_id, started_at, ended_at, at) VALUES (?, ?, ?, ?)",
            (actor.member_id, encode(entry.started_at), encode(entry.ended_at or now), stamp),
        )
        events.record(
            conn, actor, now, "refuse", "refused_span", cursor.lastrowid, detail=entry.activity,
            before={"removed_at": stamp}, after={"removed_at": None}, step=step,
        )  # fmt: skip
        conn.execute("UPDATE time_entry SET removed_at = ? WHERE id = ?", (stamp, entry_id))
        events.record(
            conn, actor, now, "refuse", "time_entry", entry_id, detail=entry.activity,
            before={"removed_at": None}, after={"removed_at": stamp}, step=step,
        )  # fmt: skip
        dropped += 1
    return dropped


def own(conn: Connection, actor: Actor, entry_id: int) -> TimeEntry:
    """A proposal of the member's. Raises InputError where there is none, Refused where it is another member's."""
    entry = time_rows.get(conn, entry_id)
    if entry.member_id != actor.member_id:
        raise Refused(_("entry {id} is another member's; what is proposed is theirs alone").format(id=entry_id))
    if entry.state != "proposed":
        raise InputError(_("entry {id} counts already; see: smdash hours list").format(id=entry_id))
    return entry


def acts(conn: Connection, member_id: int, span: Span) -> list[Act]:
    """What the member did in the span, by time."""
    rows = conn.execute(_ACTS, {"start": encode(span.start), "end": encode(span.end), "member": member_id}).fetchall()
    return [Act(decode(at), subject, verb, rows, of, detail) for at, subject, verb, rows, of, detail in rows]


def _deeds(conn: Connection, member_id: int, span: Span, now: datetime) -> list[Deed]:
    until = min(span.end, now + timedelta(milliseconds=1))
    return deeds(acts(conn, member_id, Span(span.start, until)), hours.activities(conn))


def _computed(conn: Connection, member_id: int, span: Span, now: datetime) -> tuple[Proposal, ...]:
    done = _deeds(conn, member_id, span, now)
    return propose(done, *_taken(conn, member_id, span), span, now) if done else ()


def _taken(conn: Connection, member_id: int, span: Span) -> tuple[list[tuple[datetime, datetime | None]], list[Span]]:
    """What is confirmed or runs, and what is refused."""
    entries = [(one.started_at, one.ended_at) for one in time_rows.select(conn, member_id, span)]
    rows = conn.execute(
        "SELECT started_at, ended_at FROM refused_span WHERE member_id = ? AND started_at < ? AND ended_at > ? "
        "AND removed_at IS NULL ORDER BY started_at",
        (member_id, encode(span.end), encode(span.start)),
    ).fetchall()
    return entries, [Span(decode(start), decode(end)) for start, end in rows]


def _held(conn: Connection, member_id: int, span: Span) -> tuple[TimeEntry, ...]:
    """The proposals that are written for a day, whatever was written over them since."""
    found = time_rows.select(conn, member_id, span, states=("proposed",), covered=True)
    return tuple(one for one in found if span.start <= one.started_at)


def _shape(entry: TimeEntry) -> tuple[Span, str, tuple[tuple[str, int], ...]]:
    return Span(entry.started_at, entry.ended_at or entry.started_at), entry.activity, entry.evidence


def _same_span(row: TimeEntry, one: Proposal) -> bool:
    return (row.started_at, row.ended_at) == (one.span.start, one.span.end)


def _same_edge(row: TimeEntry, one: Proposal) -> bool:
    return row.started_at == one.span.start or row.ended_at == one.span.end


def _overlapping(row: TimeEntry, one: Proposal) -> bool:
    return row.started_at < one.span.end and (row.ended_at or row.started_at) > one.span.start
