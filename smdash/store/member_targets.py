"""What is asked of one member in a week where it differs from their part of the team's plan; undo can put it back."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from smdash.core.errors import InputError, Refused
from smdash.core.records import Actor, Role
from smdash.core.targets import part_of
from smdash.core.team import LONGEST_TARGET, minutes_text
from smdash.locale import gettext as _
from smdash.store import events, hours
from smdash.store.driver import Connection
from smdash.store.targets import own_times, team_hours

_OWN = (
    "SELECT a.key, t.minutes FROM member_target t JOIN activity a ON a.id = t.activity_id WHERE t.member_id = ? "
    "ORDER BY a.position, a.id"
)
_PUT = (
    "INSERT INTO member_target (member_id, activity_id, minutes) SELECT ?1, id, ?3 FROM activity WHERE key = ?2 "
    "ON CONFLICT (member_id, activity_id) DO UPDATE SET minutes = excluded.minutes"
)


class OwnTarget(NamedTuple):
    """An activity's minutes a week: the team's, the member's part of them, and what was set for the member alone."""

    key: str
    plan_minutes: int
    part_minutes: int
    own_minutes: int | None

    @property
    def minutes(self) -> int:
        """What counts in a week without days off."""
        return self.part_minutes if self.own_minutes is None else self.own_minutes


def select(conn: Connection, member_id: int) -> tuple[OwnTarget, ...]:
    """The activities in the plan's order. Somebody who is no member yet (0) has the plan of a full-time member."""
    row = conn.execute("SELECT hours FROM member WHERE id = ?", (member_id,)).fetchone()
    part = part_of(own_times(row[0]) if row else None, team_hours(conn))
    own = _own(conn, member_id)
    plan = conn.execute("SELECT key, target_minutes FROM activity ORDER BY position, id").fetchall()
    return tuple(OwnTarget(key, minutes, round(minutes * part), own.get(key)) for key, minutes in plan)


def put(conn: Connection, actor: Actor, now: datetime, member_id: int, wishes: Mapping[str, int | None]) -> list[str]:
    """Set a member's own minutes a week of activities, or (with ``None``) let the team's count again.

    Returns the activities that changed; one step, which undo puts back. The caller holds the write lock. Raises
    InputError for an unknown activity or minutes out of range, Refused for another member's unless a lead asks.
    """
    refuse_others(conn, actor, member_id)
    known = hours.activities(conn)
    for key, minutes in wishes.items():
        if key not in known:
            raise InputError(
                _("there is no activity “{key}”; choose one of {known}").format(key=key, known=", ".join(known))
            )
        if minutes is not None and not 0 <= minutes <= LONGEST_TARGET:
            raise InputError(_("expected from 0 to {most}").format(most=minutes_text(LONGEST_TARGET)))
    before = _own(conn, member_id)
    changed = [key for key, minutes in wishes.items() if before.get(key) != minutes]
    if not changed:
        return []
    after = {key: minutes for key, minutes in {**before, **wishes}.items() if minutes is not None}
    _write(conn, member_id, after)
    detail = ", ".join(
        f"{key} {'–' if minutes is None else minutes_text(minutes)}"
        for key, minutes in wishes.items()
        if key in changed
    )
    events.record(
        conn, actor, now, "target", "member", member_id, detail=detail,
        before={"targets": before}, after={"targets": after}, step=events.next_step(conn),
    )  # fmt: skip
    return changed


def put_back(conn: Connection, chosen: Sequence[int]) -> dict[int, int]:
    """Undo or redo those of the events whose targets nobody changed since; returns them with their members."""
    rows = conn.execute(
        "SELECT e.id, e.subject_id, json_extract(e.before, '$.targets'), json_extract(e.after, '$.targets') "
        "FROM json_each(?) j JOIN event e ON e.id = j.value ORDER BY e.id DESC",
        (json.dumps(list(chosen)),),
    ).fetchall()
    done = {}
    for event, member_id, before, after in rows:
        if _own(conn, member_id) == json.loads(after):
            _write(conn, member_id, json.loads(before))
            done[event] = member_id
    return done


def refuse_others(conn: Connection, actor: Actor, member_id: int) -> None:
    """Raise Refused where the member is another and the actor no lead."""
    if member_id == actor.member_id:
        return
    row = conn.execute("SELECT role FROM member WHERE id = ?", (actor.member_id,)).fetchone()
    if row is None or row[0] != Role.LEAD.value:
        raise Refused(_("only a lead changes another member's hours or targets"))


def _own(conn: Connection, member_id: int) -> dict[str, int]:
    return dict(conn.execute(_OWN, (member_id,)).fetchall())


def _write(conn: Connection, member_id: int, minutes: Mapping[str, int]) -> None:
    conn.execute("DELETE FROM member_target WHERE member_id = ?", (member_id,))
    conn.executemany(_PUT, [(member_id, key, some) for key, some in minutes.items()])
