"""What all that is written about time entries shares: a row and its event, and what is refused in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from smdash.core import formats, labels
from smdash.core.clock import LATEST, Span, decode, encode, encode_optional, find_zone
from smdash.core.entries import is_too_long
from smdash.core.errors import InputError, Refused
from smdash.core.records import Actor
from smdash.locale import gettext as _
from smdash.store import events, hours, teams
from smdash.store.driver import Connection, new_id

# Later than any instant that is stored.
_NEVER = "9999"


def insert(
    conn: Connection,
    actor: Actor,
    now: datetime,
    begin: datetime,
    end: datetime | None,
    values: Mapping[str, object],
    verb: str,
    detail: str,
    step: int,
    *,
    member_id: int | None = None,
) -> int:
    """A new row, and its event: before it, it was as good as removed, which is how undo takes it away."""
    row = {
        "member_id": actor.member_id if member_id is None else member_id,
        "started_at": encode(begin), "ended_at": encode_optional(end), "created_at": encode(now), **values,
    }  # fmt: skip
    marks = ", ".join("?" * len(row))
    cursor = conn.execute(f"INSERT INTO time_entry ({', '.join(row)}) VALUES ({marks})", tuple(row.values()))
    entry_id = new_id(cursor)
    before, after = {"removed_at": encode(now)}, {"removed_at": None}
    events.record(conn, actor, now, verb, "time_entry", entry_id, detail=detail, before=before, after=after, step=step)
    return entry_id


def change(
    conn: Connection,
    actor: Actor,
    entry_id: int,
    now: datetime,
    verb: str,
    before: Mapping[str, object],
    after: Mapping[str, object],
    detail: str,
    step: int,
) -> None:
    put = ", ".join(f"{column} = ?" for column in after)
    conn.execute(f"UPDATE time_entry SET {put} WHERE id = ?", (*after.values(), entry_id))
    events.record(conn, actor, now, verb, "time_entry", entry_id, detail=detail, before=before, after=after, step=step)


def activity_id(conn: Connection, key: str) -> int:
    row = conn.execute("SELECT id FROM activity WHERE key = ?", (key,)).fetchone()
    if row is None:
        raise InputError(
            _("there is no activity “{key}”; choose one of {known}").format(
                key=key, known=", ".join(hours.activities(conn))
            )
        )
    return int(row[0])


def brand_id_of(conn: Connection, name: str | None) -> int | None:
    if not name:
        return None
    from smdash.store import brands

    return brands.find(conn, name).id


def campaign_id_of(conn: Connection, name: str | None) -> int | None:
    if not name:
        return None
    from smdash.store import campaigns

    found = campaigns.find(conn, name)
    if conn.execute("SELECT removed_at FROM campaign WHERE id = ?", (found,)).fetchone()[0] is not None:
        raise InputError(_("the campaign “{name}” was removed; see: smdash campaign list").format(name=name))
    return found


def moment(conn: Connection, instant: datetime) -> str:
    return formats.short_moment(instant, find_zone(teams.team(conn).zone))


def too_long() -> InputError:
    return InputError(_("an entry is at most 24 hours long; write each day's part by itself"))


def refuse_length(begin: datetime, end: datetime) -> None:
    if encode(end) <= encode(begin):
        raise InputError(_("an entry ends after it begins; check its start and its end"))
    if is_too_long(begin, end):
        raise too_long()


def refuse_overlap(conn: Connection, member_id: int, span: Span, besides: Sequence[int] = ()) -> None:
    """Since no two overlap yet, the last one that begins before the end is the one to look at."""
    but = f"AND t.id NOT IN ({', '.join(map(str, besides))}) " if besides else ""
    clash = conn.execute(
        "SELECT a.key, t.started_at, t.ended_at, t.id FROM time_entry t JOIN activity a ON a.id = t.activity_id "
        "WHERE t.member_id = ? AND t.state = 'confirmed' AND t.removed_at IS NULL AND t.started_at < ? "
        f"{but}ORDER BY t.started_at DESC LIMIT 1",
        (member_id, encode(span.end)),
    ).fetchone()
    if clash is not None and (clash[2] or _NEVER) > encode(span.start):
        raise Refused(
            _("this overlaps with {activity} from {since} (entry {id}); choose another time").format(
                activity=labels.activity(clash[0]), since=moment(conn, decode(clash[1])), id=clash[3]
            )
        )


def until(end: datetime | None) -> datetime:
    """When a stretch ends; one that runs takes all that is to come."""
    return LATEST if end is None else end
