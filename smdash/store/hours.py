"""Time entries and the weekly plan."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from smdash.core import formats, labels
from smdash.core.clock import Span, decode, decode_optional, encode, find_zone
from smdash.core.errors import InputError, Refused
from smdash.core.hours import minutes_within
from smdash.core.records import ActivityHours, Actor, Running
from smdash.locale import gettext as _
from smdash.store import events, teams
from smdash.store.driver import Connection, new_id


class WeekHours(NamedTuple):
    """A week's activities in their order, with what runs for the member right now."""

    activities: tuple[ActivityHours, ...]
    running: Running | None


def activities(conn: Connection) -> list[str]:
    """The keys of all activities, in the plan's order."""
    return [key for (key,) in conn.execute("SELECT key FROM activity ORDER BY position").fetchall()]


def _activity_id(conn: Connection, key: str) -> int:
    row = conn.execute("SELECT id FROM activity WHERE key = ?", (key,)).fetchone()
    if row is None:
        raise InputError(
            _("there is no activity “{key}”; choose one of {known}").format(key=key, known=", ".join(activities(conn)))
        )
    return int(row[0])


def running(conn: Connection, member_id: int) -> Running | None:
    """What the member has running, in whatever terminal."""
    row = conn.execute(
        "SELECT t.id, a.key, t.started_at, t.note FROM time_entry t JOIN activity a ON a.id = t.activity_id "
        "WHERE t.member_id = ? AND t.ended_at IS NULL",
        (member_id,),
    ).fetchone()
    return Running(row[0], row[1], decode(row[2]), row[3]) if row else None


def start(
    conn: Connection,
    actor: Actor,
    now: datetime,
    activity: str,
    *,
    at: datetime | None = None,
    note: str | None = None,
    brand: str | None = None,
) -> Running:
    """Start an activity; what ran before ends where this begins. The caller holds the write lock.

    Without a *brand* what runs goes on for its own. Raises InputError for an unknown activity or brand, a start in the
    future, or one before the running entry's, and Refused where the member has other entries since then.
    """
    activity_id = _activity_id(conn, activity)
    brand_id = _brand_id(conn, brand)
    begin = at or now
    if begin > now:
        raise InputError(_("an activity can't start in the future"))
    present = running(conn, actor.member_id)
    if present is not None:
        same = present.activity == activity and (brand is None or _brand_of(conn, present.id) == brand_id)
        if same and at is None:
            return present
        if at is None:
            # Another terminal may have been quicker while this one waited for the lock, or the clock was set back.
            begin = max(begin, present.started_at)
        _end(conn, present, begin)
    if at is not None:
        _refuse_overlap(conn, actor, Span(begin, now))
    cursor = conn.execute(
        "INSERT INTO time_entry (member_id, activity_id, started_at, note, created_at, brand_id) "
        "VALUES (?, ?, ?, ?, ?, ?)",
        (actor.member_id, activity_id, encode(begin), note, encode(now), brand_id),
    )
    entry_id = new_id(cursor)
    events.record(conn, actor, now, "start", "time_entry", entry_id, detail=activity)
    return Running(entry_id, activity, begin, note)


def _brand_of(conn: Connection, entry_id: int) -> int | None:
    row = conn.execute("SELECT brand_id FROM time_entry WHERE id = ?", (entry_id,)).fetchone()
    return row[0] if row else None


def stop(conn: Connection, actor: Actor, now: datetime, *, at: datetime | None = None) -> Running:
    """End what the member has running; returns it. The caller holds the write lock.

    Raises Refused when nothing runs, or where the clock was set back to before the beginning and *at* does not say
    when it ended.
    """
    present = running(conn, actor.member_id)
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
    _end(conn, present, at or now)
    events.record(conn, actor, now, "stop", "time_entry", present.id, detail=present.activity)
    return present


def _end(conn: Connection, present: Running, at: datetime) -> None:
    if at < present.started_at:
        raise InputError(
            _("{activity} has been running since {since}; choose a later time").format(
                activity=labels.activity(present.activity), since=_moment(conn, present.started_at)
            )
        )
    if encode(at) == encode(present.started_at):
        # Started and switched within one millisecond: nothing to count.
        conn.execute("DELETE FROM time_entry WHERE id = ?", (present.id,))
        return
    conn.execute("UPDATE time_entry SET ended_at = ? WHERE id = ?", (encode(at), present.id))


def log(
    conn: Connection,
    actor: Actor,
    now: datetime,
    activity: str,
    span: Span,
    note: str | None = None,
    *,
    brand: str | None = None,
) -> int:
    """Write a finished entry. The caller holds the write lock.

    Raises InputError for an unknown activity or *brand* or an end in the future, and Refused where the member has
    another entry at that time.
    """
    activity_id = _activity_id(conn, activity)
    brand_id = _brand_id(conn, brand)
    if span.end > now:
        raise InputError(_("the entry would end in the future; give an earlier --at"))
    _refuse_overlap(conn, actor, span)
    cursor = conn.execute(
        "INSERT INTO time_entry (member_id, activity_id, started_at, ended_at, note, created_at, brand_id) "
        "VALUES (?, ?, ?, ?, ?, ?, ?)",
        (actor.member_id, activity_id, encode(span.start), encode(span.end), note, encode(now), brand_id),
    )
    entry_id = new_id(cursor)
    events.record(conn, actor, now, "log", "time_entry", entry_id, detail=activity)
    return entry_id


def _moment(conn: Connection, instant: datetime) -> str:
    return formats.short_moment(instant, find_zone(teams.team(conn).zone))


def _brand_id(conn: Connection, name: str | None) -> int | None:
    if not name:
        return None
    from smdash.store import brands

    return brands.find(conn, name).id


def _refuse_overlap(conn: Connection, actor: Actor, span: Span) -> None:
    clash = conn.execute(
        "SELECT a.key, t.started_at FROM time_entry t JOIN activity a ON a.id = t.activity_id WHERE t.member_id = ? "
        "AND t.state = 'confirmed' AND t.started_at < ? AND coalesce(t.ended_at, '9999') > ? LIMIT 1",
        (actor.member_id, encode(span.end), encode(span.start)),
    ).fetchone()
    if clash is not None:
        raise Refused(
            _("this overlaps with {activity} from {since}; choose another time with --at").format(
                activity=labels.activity(clash[0]), since=_moment(conn, decode(clash[1]))
            )
        )


def week(
    conn: Connection,
    span: Span,
    now: datetime,
    member_id: int | None,
    runner_id: int | None = None,
    *,
    brand_id: int | None = None,
) -> WeekHours:
    """Minutes by activity within the span, of one member or (with ``None``) of the team; for one brand, if given.

    *runner_id* names the member whose running entry is shown. Only confirmed entries count. The plan is each
    member's, so the team's is as many times that.
    """
    heads = 1
    if member_id is None:
        (heads,) = conn.execute("SELECT max(count(*), 1) FROM member WHERE left_at IS NULL").fetchone()
    plan = [
        (key, target * heads)
        for key, target in conn.execute("SELECT key, target_minutes FROM activity ORDER BY position").fetchall()
    ]
    rows = conn.execute(
        "SELECT a.key, t.started_at, t.ended_at FROM time_entry t JOIN activity a ON a.id = t.activity_id "
        "WHERE t.state = 'confirmed' AND t.started_at < ? AND t.started_at >= ? "
        "AND coalesce(t.ended_at, '9999') > ? AND (? IS NULL OR t.member_id = ?) AND (? IS NULL OR t.brand_id = ?)",
        # An entry is at most a few days long, so earlier starts need no look.
        (
            encode(span.end),
            encode(span.start - 14 * (span.end - span.start)),
            encode(span.start),
            member_id,
            member_id,
            brand_id,
            brand_id,
        ),
    ).fetchall()
    entries: dict[str, list[tuple[datetime, datetime | None]]] = {}
    for key, started, ended in rows:
        entries.setdefault(key, []).append((decode(started), decode_optional(ended)))
    runner = runner_id if runner_id is not None else member_id
    return WeekHours(
        tuple(ActivityHours(key, key, target, minutes_within(entries.get(key, ()), span, now)) for key, target in plan),
        running(conn, runner) if runner is not None else None,
    )
