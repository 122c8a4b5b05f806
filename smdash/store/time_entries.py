"""A member's time entries: started, stopped, resumed, written down; ``time_edits`` changes them afterwards.

Instants are stored as they are, whatever a report rounds. Confirmed entries of a member never overlap, and one that
has no end is running: the last one, and the only one. What is taken away stays with ``removed_at`` set, which is also
what undo does with what was written. The caller of whatever writes holds the write lock.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from smdash.core import labels
from smdash.core.clock import Span, decode, encode
from smdash.core.entries import is_too_long
from smdash.core.errors import InputError, Refused
from smdash.core.records import Actor, Running
from smdash.locale import gettext as _
from smdash.store import events, hours
from smdash.store.driver import Connection
from smdash.store.time_edits import confirm, edit, remove, split
from smdash.store.time_rows import get, select
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

__all__ = ["confirm", "edit", "get", "log", "remove", "resume", "select", "split", "start", "stop"]


def start(
    conn: Connection,
    actor: Actor,
    now: datetime,
    activity: str,
    *,
    at: datetime | None = None,
    note: str | None = None,
    brand: str | None = None,
    campaign: str | None = None,
) -> Running:
    """Start an activity; what ran before ends where this begins.

    Without a *brand* and a *campaign* what runs goes on for its own. Raises InputError for an unknown activity, brand
    or campaign, a start in the future, one before the running entry's or longer ago than an entry may last, and
    Refused where the member has other entries since then, or where what runs is too long to be true.
    """
    of_brand, of_campaign = brand_id_of(conn, brand), campaign_id_of(conn, campaign)
    chosen = activity_id(conn, activity)
    begin = at or now
    if begin > now:
        raise InputError(_("an activity can't start in the future"))
    if is_too_long(begin, now):
        raise too_long()
    present = hours.running(conn, actor.member_id)
    step = events.next_step(conn)
    if present is not None:
        if at is None and _goes_on(conn, present, activity, brand, of_brand, campaign, of_campaign):
            if note and note != present.note:
                put = {"note": note}
                change(conn, actor, present.id, now, "note", {"note": present.note}, put, activity, step)
            return present._replace(note=note or present.note)
        if at is None:
            # Another terminal may have been quicker while this one waited for the lock, or the clock was set back.
            begin = max(begin, present.started_at)
        _end(conn, actor, now, present, begin, "switch", step)
    if at is not None:
        refuse_overlap(conn, actor.member_id, Span(begin, until(None)))
    else:
        begin = max(begin, _last_end(conn, actor.member_id) or begin)
    values = {"activity_id": chosen, "note": note, "brand_id": of_brand, "campaign_id": of_campaign}
    verb = "start" if present is None else "switch"
    entry_id = insert(conn, actor, now, begin, None, values, verb, activity, step)
    return Running(entry_id, activity, begin, note)


def stop(conn: Connection, actor: Actor, now: datetime, *, at: datetime | None = None) -> Running:
    """End what the member has running; returns it.

    Raises Refused when nothing runs, where it runs for longer than an entry may last and *at* does not say when it
    ended, or where the clock was set back to before the beginning; InputError for an *at* that can't be.
    """
    present = hours.running(conn, actor.member_id)
    if present is None:
        raise Refused(_("no activity is running"))
    if at is None and now < present.started_at:
        # What was spent can't be known from this clock; ending it here would throw the entry away.
        raise Refused(
            _(
                "{activity} began at {since}, which is later than the clock says now; "
                "it is kept, so stop it again when the clock is right"
            ).format(activity=present.activity, since=encode(present.started_at))
        )
    if at is not None and at > now:
        raise InputError(_("an activity can't end in the future"))
    _end(conn, actor, now, present, at or now, "stop", events.next_step(conn))
    return present


def resume(conn: Connection, actor: Actor, now: datetime) -> Running:
    """Start anew what the member did last, with its note, brand and campaign.

    Raises Refused where something runs, or where nothing was ever done.
    """
    present = hours.running(conn, actor.member_id)
    if present is not None:
        raise Refused(
            _("{activity} is running already, since {since}").format(
                activity=labels.activity(present.activity), since=moment(conn, present.started_at)
            )
        )
    row = conn.execute(
        "SELECT t.activity_id, t.note, t.brand_id, c.id, a.key FROM time_entry t "
        "JOIN activity a ON a.id = t.activity_id "
        "LEFT JOIN campaign c ON c.id = t.campaign_id AND c.removed_at IS NULL "
        "WHERE t.member_id = ? AND t.state = 'confirmed' AND t.removed_at IS NULL ORDER BY t.started_at DESC LIMIT 1",
        (actor.member_id,),
    ).fetchone()
    if row is None:
        raise Refused(_("there is nothing to resume yet; start one with: smdash hours start"))
    values = dict(zip(("activity_id", "note", "brand_id", "campaign_id"), row, strict=False))
    begin = max(now, _last_end(conn, actor.member_id) or now)
    entry_id = insert(conn, actor, now, begin, None, values, "resume", row[4], events.next_step(conn))
    return Running(entry_id, row[4], begin, row[1])


def log(
    conn: Connection,
    actor: Actor,
    now: datetime,
    activity: str,
    span: Span,
    note: str | None = None,
    *,
    brand: str | None = None,
    campaign: str | None = None,
    uid: str | None = None,
) -> int:
    """Write a finished entry; *uid* names it in the file that it comes from. Returns its id.

    Raises InputError for an unknown activity, *brand* or *campaign*, an end in the future or before the start, or more
    than 24 hours, and Refused where the member has another entry at that time, or one of that *uid*.
    """
    values: dict[str, object] = {
        "activity_id": activity_id(conn, activity),
        "note": note,
        "brand_id": brand_id_of(conn, brand),
        "campaign_id": campaign_id_of(conn, campaign),
    }
    if span.end > now:
        raise InputError(_("the entry would end in the future; give an earlier --at"))
    refuse_length(span.start, span.end)
    if uid is not None:
        _refuse_twice(conn, actor, uid)
        values["uid"] = uid
    refuse_overlap(conn, actor.member_id, span)
    return insert(conn, actor, now, span.start, span.end, values, "log", activity, events.next_step(conn))


def _goes_on(
    conn: Connection,
    present: Running,
    activity: str,
    brand: str | None,
    brand_id: int | None,
    campaign: str | None,
    campaign_id: int | None,
) -> bool:
    """Whether what runs is what was asked for."""
    row = conn.execute("SELECT brand_id, campaign_id FROM time_entry WHERE id = ?", (present.id,)).fetchone()
    return (
        present.activity == activity
        and (brand is None or row[0] == brand_id)
        and (campaign is None or row[1] == campaign_id)
    )


def _end(conn: Connection, actor: Actor, now: datetime, present: Running, at: datetime, verb: str, step: int) -> None:
    if at < present.started_at:
        raise InputError(
            _("{activity} has been running since {since}; choose a later time").format(
                activity=labels.activity(present.activity), since=moment(conn, present.started_at)
            )
        )
    if is_too_long(present.started_at, at):
        raise Refused(
            _(
                "{activity} has been running since {since}, longer than the 24 hours that an entry may last; "
                "say when it ended: smdash hours stop --at WHEN"
            ).format(activity=labels.activity(present.activity), since=moment(conn, present.started_at))
        )
    before: dict[str, Any] = {"ended_at": None}
    after: dict[str, Any] = {"ended_at": encode(at)}
    if encode(at) == encode(present.started_at):
        # Started and switched within one millisecond: nothing to count.
        before, after = {"removed_at": None}, {"removed_at": encode(now)}
    change(conn, actor, present.id, now, verb, before, after, present.activity, step)


def _last_end(conn: Connection, member_id: int) -> datetime | None:
    """When the member's latest confirmed entry ended; nothing where it has not, or there is none."""
    row = conn.execute(
        "SELECT ended_at FROM time_entry WHERE member_id = ? AND state = 'confirmed' AND removed_at IS NULL "
        "ORDER BY started_at DESC LIMIT 1",
        (member_id,),
    ).fetchone()
    return None if row is None or row[0] is None else decode(row[0])


def _refuse_twice(conn: Connection, actor: Actor, uid: str) -> None:
    row = conn.execute(
        "SELECT id, removed_at FROM time_entry WHERE member_id = ? AND uid = ?", (actor.member_id, uid)
    ).fetchone()
    if row is None:
        return
    if row[1] is None:
        raise Refused(_("it is there already, as entry {id}").format(id=row[0]))
    conn.execute("UPDATE time_entry SET uid = NULL WHERE id = ?", (row[0],))
