"""Time entries changed afterwards: moved with their neighbours, split, taken away, and proposals that are to count.

The caller holds the write lock; each is a step that undo knows.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from smdash.core import labels
from smdash.core.clock import Span, decode, encode, encode_optional
from smdash.core.entries import Stretch, followers, is_too_long
from smdash.core.errors import InputError, Refused
from smdash.core.records import Actor, Role, TimeEntry
from smdash.locale import gettext as _
from smdash.store import events
from smdash.store.driver import Connection
from smdash.store.time_rows import get
from smdash.store.time_writing import (
    activity_id,
    brand_id_of,
    campaign_id_of,
    change,
    insert,
    moment,
    refuse_length,
    refuse_overlap,
    too_long,
    until,
)


def edit(
    conn: Connection,
    actor: Actor,
    entry_id: int,
    now: datetime,
    *,
    started_at: datetime | None = None,
    ended_at: datetime | None = None,
    activity: str | None = None,
    note: str | None = None,
    brand: str | None = None,
    campaign: str | None = None,
) -> TimeEntry:
    """Change an entry; what is not named stays, and an empty text takes the note, brand or campaign away.

    An edge that touched a neighbour's takes the neighbour's edge along, as one step. Raises InputError for an unknown
    entry, activity, brand or campaign and for times that can't be; Refused where the entry is another member's, and
    where it would overlap with more than a neighbour's edge.
    """
    old = get(conn, entry_id)
    _refuse_others(conn, actor, old)
    before, after = _wishes(conn, entry_id, activity, note, brand, campaign)
    place = Stretch(old.id, old.started_at, old.ended_at)
    new = Stretch(old.id, started_at or old.started_at, ended_at or old.ended_at)
    step = events.next_step(conn)
    longer: list[Stretch] = []
    if (encode(new.start), encode_optional(new.end)) != (encode(place.start), encode_optional(place.end)):
        _refuse_times(new, now)
        shorter: list[Stretch] = []
        if old.state == "confirmed":
            shorter, longer = followers(place, new, _around(conn, old))
            besides = (old.id, *(one.id for one in (*shorter, *longer)))
            refuse_overlap(conn, old.member_id, Span(new.start, until(new.end)), besides)
        else:
            refuse_overlap(conn, old.member_id, Span(new.start, until(new.end)))
        # Who gets shorter makes room first, so that undo, which goes back from the last to the first, finds it too.
        for one in shorter:
            _move(conn, actor, now, one, step)
        for column, was, wanted in (
            ("started_at", place.start, new.start), ("ended_at", place.end, new.end),
        ):  # fmt: skip
            if encode_optional(was) != encode_optional(wanted):
                before[column], after[column] = encode_optional(was), encode_optional(wanted)
    if after:
        change(conn, actor, entry_id, now, "edit", before, after, old.activity, step)
    for one in longer:
        _move(conn, actor, now, one, step)
    return get(conn, entry_id)


def split(conn: Connection, actor: Actor, entry_id: int, at: datetime, now: datetime) -> tuple[int, int]:
    """Cut an entry in two at an instant within it; returns both ids, the earlier part's first.

    Raises InputError for an unknown entry or an instant outside it, Refused where it is another member's.
    """
    old = get(conn, entry_id)
    _refuse_others(conn, actor, old)
    if not encode(old.started_at) < encode(at) < (encode(old.ended_at) if old.ended_at else encode(now)):
        raise InputError(
            _("entry {id} can be split between {start} and {end} only").format(
                id=entry_id, start=moment(conn, old.started_at), end=moment(conn, old.ended_at or now)
            )
        )
    step = events.next_step(conn)
    columns = ("activity_id", "state", "note", "brand_id", "campaign_id", "evidence")
    row = conn.execute(f"SELECT member_id, {', '.join(columns)} FROM time_entry WHERE id = ?", (entry_id,)).fetchone()
    before, after = {"ended_at": encode_optional(old.ended_at)}, {"ended_at": encode(at)}
    change(conn, actor, entry_id, now, "split", before, after, old.activity, step)
    values = dict(zip(columns, row[1:], strict=True))
    return entry_id, insert(conn, actor, now, at, old.ended_at, values, "split", old.activity, step, member_id=row[0])


def remove(conn: Connection, actor: Actor, ids: Sequence[int], now: datetime) -> int:
    """Take entries away as one step; returns how many. Raises InputError for an unknown one, Refused for another's."""
    step = events.next_step(conn)
    chosen = list(dict.fromkeys(ids))
    for entry_id in chosen:
        old = get(conn, entry_id)
        _refuse_others(conn, actor, old)
        after = {"removed_at": encode(now)}
        change(conn, actor, entry_id, now, "remove", {"removed_at": None}, after, old.activity, step)
    return len(chosen)


def confirm(conn: Connection, actor: Actor, ids: Sequence[int], now: datetime, *, activity: str | None = None) -> int:
    """Let proposed entries count, as one step, all of them for *activity* where one is named; returns how many.

    Those that count already are passed over. Raises InputError for an unknown entry or activity, Refused for another
    member's and where one overlaps with a confirmed entry.
    """
    step = events.next_step(conn)
    chosen = [old for old in (get(conn, one) for one in dict.fromkeys(ids)) if old.state == "proposed"]
    for old in chosen:
        _refuse_others(conn, actor, old)
        refuse_overlap(conn, old.member_id, Span(old.started_at, until(old.ended_at)))
        before, after = _wishes(conn, old.id, activity, None, None, None)
        before["state"], after["state"] = "proposed", "confirmed"
        change(conn, actor, old.id, now, "confirm", before, after, activity or old.activity, step)
    return len(chosen)


def _move(conn: Connection, actor: Actor, now: datetime, new: Stretch, step: int) -> None:
    """Let a neighbour's edge follow. Raises Refused where nothing of it would be left, or too much."""
    old = get(conn, new.id)
    if new.end is not None and encode(new.start) >= encode(new.end):
        raise Refused(
            _(
                "nothing would be left of {activity} from {since}; remove entry {id} first, or choose another time"
            ).format(activity=labels.activity(old.activity), since=moment(conn, old.started_at), id=old.id)
        )
    _refuse_times(new, now)
    column = "started_at" if new.start != old.started_at else "ended_at"
    was = old.started_at if column == "started_at" else old.ended_at
    wanted = new.start if column == "started_at" else new.end
    before, after = {column: encode_optional(was)}, {column: encode_optional(wanted)}
    change(conn, actor, new.id, now, "edit", before, after, old.activity, step)


def _wishes(
    conn: Connection, entry_id: int, activity: str | None, note: str | None, brand: str | None, campaign: str | None
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The columns besides the times that are to change, as they are and as they shall be."""
    wanted: dict[str, Any] = {}
    if activity is not None:
        wanted["activity_id"] = activity_id(conn, activity)
    if note is not None:
        wanted["note"] = note or None
    if brand is not None:
        wanted["brand_id"] = brand_id_of(conn, brand)
    if campaign is not None:
        wanted["campaign_id"] = campaign_id_of(conn, campaign)
    if not wanted:
        return {}, {}
    row = conn.execute(f"SELECT {', '.join(wanted)} FROM time_entry WHERE id = ?", (entry_id,)).fetchone()
    before = {column: was for column, was in zip(wanted, row, strict=True) if was != wanted[column]}
    return before, {column: wanted[column] for column in before}


def _around(conn: Connection, entry: TimeEntry) -> list[Stretch]:
    """The member's confirmed entries that touch this one."""
    touching = "member_id = ? AND state = 'confirmed' AND removed_at IS NULL AND id <> ?"
    found: list[Stretch] = []
    for order, bound in (("<", entry.started_at), (">=", entry.ended_at)):
        if bound is None:
            continue
        row = conn.execute(
            f"SELECT id, started_at, ended_at FROM time_entry WHERE {touching} AND started_at {order} ? "
            f"ORDER BY started_at {'DESC' if order == '<' else 'ASC'} LIMIT 1",
            (entry.member_id, entry.id, encode(bound)),
        ).fetchone()
        if row is not None:
            found.append(Stretch(row[0], decode(row[1]), None if row[2] is None else decode(row[2])))
    return found


def _refuse_others(conn: Connection, actor: Actor, entry: TimeEntry) -> None:
    if entry.member_id == actor.member_id:
        return
    if entry.state == "proposed":
        raise Refused(_("entry {id} is another member's; what is proposed is theirs alone").format(id=entry.id))
    (role,) = conn.execute("SELECT role FROM member WHERE id = ?", (actor.member_id,)).fetchone()
    if role != Role.LEAD:
        raise Refused(
            _("entry {id} is of {who}; only {who} and a lead may change it").format(id=entry.id, who=entry.login)
        )


def _refuse_times(new: Stretch, now: datetime) -> None:
    if new.start > now or (new.end is not None and new.end > now):
        raise InputError(_("an entry can't be in the future"))
    if new.end is not None:
        refuse_length(new.start, new.end)
    elif is_too_long(new.start, now):
        raise too_long()
