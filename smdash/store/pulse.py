"""When a member last pressed a key, and what becomes of the time in which their timer ran and nobody worked.

A pulse moves no topic, so that no screen is read again for it. The caller of whatever writes holds the write lock.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta, tzinfo
from typing import NamedTuple

from smdash.core import formats, idle, labels
from smdash.core.clock import decode, encode
from smdash.core.errors import Refused
from smdash.core.idle import Away
from smdash.core.records import Actor, Running
from smdash.locale import gettext as _
from smdash.store import events, hours
from smdash.store.driver import Connection
from smdash.store.time_writing import activity_id, change, insert, refuse_length


class Seen(NamedTuple):
    """What runs for a member, if anything does, and for how long they were away meanwhile."""

    running: Running | None
    away: Away | None


def beat(conn: Connection, member_id: int, now: datetime) -> None:
    """The member pressed a key."""
    conn.execute(
        "INSERT INTO pulse (member_id, at) VALUES (?, ?) "
        "ON CONFLICT (member_id) DO UPDATE SET at = excluded.at WHERE excluded.at > at",
        (member_id, encode(now)),
    )


def seen(
    conn: Connection,
    member_id: int,
    now: datetime,
    zone: tzinfo,
    minutes: int,
    *,
    keys: Iterable[datetime] = (),
    nights_only: bool = False,
) -> Seen:
    """Whether the member was away under their running timer; ``core.idle`` says what counts.

    *keys* are signs of work that are not in the file.
    """
    running = hours.running(conn, member_id)
    if running is None or running.started_at >= now:
        return Seen(running, None)
    # What a member says of its times counts: who starts an entry in the past was at it until then.
    told = conn.execute(
        "SELECT max(e.at) FROM event e WHERE e.subject = 'time_entry' AND e.subject_id = ? AND EXISTS "
        "(SELECT 1 FROM json_each(e.after) k WHERE k.key IN ('started_at', 'ended_at', 'removed_at'))",
        (running.id,),
    ).fetchone()
    key = conn.execute("SELECT max(at) FROM pulse WHERE member_id = ?", (member_id,)).fetchone()
    # A clock that was set back must not hide what follows.
    known = [min(decode(at), now) for (at,) in (told, key) if at is not None]
    since = max([running.started_at, *known])
    rows = conn.execute(
        # The sign keeps SQLite from going through all that the member ever did.
        "SELECT DISTINCT e.at FROM event e WHERE e.at > ? AND e.at < ? AND +e.member_id = ?",
        (encode(since), encode(now), member_id),
    ).fetchall()
    signs = [*keys, *(decode(at) for (at,) in rows)]
    return Seen(running, idle.away(since, signs, now, zone, minutes, nights_only=nights_only))


def keep(conn: Connection, actor: Actor, now: datetime, entry_id: int) -> None:
    """The time counts: the entry runs on as if nothing had been. Raises Refused where it runs no more."""
    _still(conn, actor, entry_id)
    beat(conn, actor.member_id, now)


def give(conn: Connection, actor: Actor, now: datetime, entry_id: int, away: Away, activity: str | None = None) -> None:
    """End the entry where the work stopped, and go on with the same from the return on, as one step.

    The time between is another *activity*'s, or nobody's. Raises Refused where the entry runs no more, InputError for
    an unknown activity or more than an entry may last.
    """
    running = _still(conn, actor, entry_id)
    since, back = max(away.since, running.started_at), now if away.is_open else away.until
    other = None if activity is None else activity_id(conn, activity)
    columns = ("activity_id", "note", "brand_id", "campaign_id")
    row = conn.execute(f"SELECT {', '.join(columns)} FROM time_entry WHERE id = ?", (entry_id,)).fetchone()
    step = events.next_step(conn)
    before: dict[str, object] = {"ended_at": None}
    after: dict[str, object] = {"ended_at": encode(since)}
    if encode(since) == encode(running.started_at):
        before, after = {"removed_at": None}, {"removed_at": encode(now)}
    change(conn, actor, entry_id, now, "idle", before, after, running.activity, step)
    if other is not None and activity is not None:
        refuse_length(since, back)
        insert(conn, actor, now, since, back, {"activity_id": other}, "idle", activity, step)
    insert(conn, actor, now, back, None, dict(zip(columns, row, strict=True)), "idle", running.activity, step)
    beat(conn, actor.member_id, now)


def refuse_night(conn: Connection, actor: Actor, now: datetime, zone: tzinfo, minutes: int) -> None:
    """Raise Refused, with the way out, where what runs for the member would count a night without their word."""
    found = seen(conn, actor.member_id, now, zone, minutes, nights_only=True)
    if found.running is None or found.away is None:
        return
    # A minute that is not over by then: the start of the entry's own would be before it.
    stopped = (found.away.since + timedelta(seconds=59, milliseconds=999)).astimezone(zone)
    raise Refused(
        _(
            "{activity} has been running since {since}, and nothing was done from {start} to {end}; end it with: "
            'smdash hours stop --at "{at}", or count all of it with --keep'
        ).format(
            activity=labels.activity(found.running.activity),
            since=formats.short_moment(found.running.started_at, zone),
            start=formats.short_moment(found.away.since, zone),
            end=_("now") if found.away.is_open else formats.short_moment(found.away.until, zone),
            at=stopped.strftime("%Y-%m-%d %H:%M"),
        )
    )


def _still(conn: Connection, actor: Actor, entry_id: int) -> Running:
    running = hours.running(conn, actor.member_id)
    if running is None or running.id != entry_id:
        raise Refused(_("the timer was changed meanwhile, in another terminal; nothing was done"))
    return running
