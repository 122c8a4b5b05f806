"""The team's settings as one record: rows of settings, activities, rules, views, slots; read and written together."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from smdash.core import approval, team
from smdash.core.clock import decode
from smdash.core.errors import Refused
from smdash.core.formats import ago
from smdash.core.goals import COUNTS
from smdash.core.goals import from_plain as goals_from_plain
from smdash.core.goals import to_plain as goals_plain
from smdash.core.records import Actor
from smdash.core.team import Holiday, TeamSettings
from smdash.core.worktime import from_plain, to_plain
from smdash.locale import gettext as _
from smdash.locale import ngettext
from smdash.store import days_off, events, goals, rules, slots, teams, views
from smdash.store.driver import Connection

_ACTIVITIES = "SELECT key, target_minutes FROM activity ORDER BY position, id"


def read(conn: Connection) -> TeamSettings:
    """All that the team has set, or the defaults; what another program wrote and nobody can read counts as not set."""
    rows = teams.stored(conn)
    basic = teams.team(conn)
    mix = rows.get("mix")
    days = rows.get("retention_days")
    return TeamSettings(
        name=basic.name,
        zone=basic.zone,
        week_start=basic.week_start % 7,
        hours=from_plain(rows["working_hours"]) if "working_hours" in rows else team.DEFAULT_TIMES,
        holidays=days_off.stated(rows.get("holidays")),
        goals=tuple((kind, basic.goals_minutes[kind]) for kind in team.GOAL_KINDS if kind in basic.goals_minutes),
        closer_goals=goals_from_plain(rows.get("response_goal")),
        goals_count=rows["goals_count"] if rows.get("goals_count") in COUNTS else COUNTS[0],
        rules=rules.select(conn),
        views=views.team_views(conn),
        activities=tuple((key, target) for key, target in conn.execute(_ACTIVITIES).fetchall()),
        mix=tuple((one, int(mix[one])) for one in team.CATEGORIES if one in mix) if isinstance(mix, Mapping) else (),
        retention_days=days if type(days) is int and 0 <= days <= team.LONGEST_RETENTION else 0,
        banned_words=_words(rows.get("banned_words")),
        utm=rows.get("utm") is True,
        approval=approval.mode(rows.get("approval")),
        approvers=approval.approvers(rows.get("approvers")),
        slots=slots.select(conn),
    )


def holidays(conn: Connection) -> tuple[Holiday, ...]:
    """The days on which the team is off, in order: those of its settings, and the holidays among its observances."""
    return days_off.holidays(conn)


def banned_words(conn: Connection) -> tuple[str, ...]:
    """The words that hold a post back."""
    return _words(teams.get(conn, "banned_words"))


def _words(value: object) -> tuple[str, ...]:
    return team.distinct(one for one in value if isinstance(one, str)) if isinstance(value, list) else ()


def write(
    conn: Connection, actor: Actor, now: datetime, after: TeamSettings, *, verb: str, seen: TeamSettings | None = None
) -> list[str]:
    """Write what differs, with one event; returns the names of what changed. The caller holds the write lock.

    *seen* is what the writer started from: where somebody changed the settings since, nothing is written. Raises
    Refused then, and where an activity that has entries would go.
    """
    before = read(conn)
    if seen is not None and before != seen:
        raise Refused(_changed_meanwhile(conn, now))
    names = team.changed(before, after)
    if not names:
        return []
    rows: dict[str, Any] = {
        "name": ("team", after.name),
        "zone": ("zone", after.zone),
        "week_start": ("week_start", after.week_start),
        "working_hours": ("working_hours", to_plain(after.hours)),
        "holidays": ("holidays", {one.day.isoformat(): one.name for one in after.holidays}),
        "response_goals": ("response_goals", dict(after.goals)),
        "response_goal": ("response_goal", goals_plain(after.closer_goals)),
        "goals_count": ("goals_count", after.goals_count),
        "mix": ("mix", dict(after.mix)),
        "retention_days": ("retention_days", after.retention_days),
        "banned_words": ("banned_words", list(after.banned_words)),
        "utm": ("utm", after.utm),
        "approval": ("approval", after.approval.value),
        "approvers": ("approvers", after.approvers),
    }
    for name in names:
        if name == "activities":
            _put_activities(conn, dict(before.activities), dict(after.activities))
        elif name == "rule":
            rules.replace(conn, after.rules)
        elif name == "slots":
            slots.replace(conn, after.slots)
        elif name == "view":
            views.replace(conn, after.views)
        else:
            teams.put(conn, *rows[name])
    if goals.MOVING.intersection(names):
        goals.begin_anew(conn)
    old, new = team.plain(before), team.plain(after)
    events.record(
        conn, actor, now, verb, "team", None, detail=", ".join(names),
        before={name: old[name] for name in names}, after={name: new[name] for name in names},
    )  # fmt: skip
    return names


def _put_activities(conn: Connection, before: dict[str, int], after: dict[str, int]) -> None:
    for key in before.keys() - after.keys():
        (entries,) = conn.execute(
            "SELECT count(*) FROM time_entry t JOIN activity a ON a.id = t.activity_id WHERE a.key = ?", (key,)
        ).fetchone()
        if entries:
            raise Refused(
                ngettext(
                    "“{key}” has {n} time entry, so it stays; set its target to 0 instead",
                    "“{key}” has {n} time entries, so it stays; set its target to 0 instead",
                    entries,
                ).format(key=key, n=entries)
            )
        conn.execute("DELETE FROM activity WHERE key = ?", (key,))
    for position, (key, target) in enumerate(after.items(), start=1):
        conn.execute(
            "INSERT INTO activity (key, target_minutes, position) VALUES (?1, ?2, ?3) ON CONFLICT (key) DO UPDATE "
            "SET target_minutes = ?2, position = ?3 WHERE target_minutes <> ?2 OR position <> ?3",
            (key, target, position),
        )


def _changed_meanwhile(conn: Connection, now: datetime) -> str:
    row = conn.execute(
        "SELECT coalesce(m.name, e.login), e.at FROM event e LEFT JOIN member m ON m.id = e.member_id "
        "WHERE e.subject = 'team' ORDER BY e.id DESC LIMIT 1"
    ).fetchone()
    if row is None:
        return _("somebody changed the team's settings meanwhile, so yours were not written over them")
    return _("{who} changed the team's settings {when}, so yours were not written over them").format(
        who=row[0], when=ago(decode(row[1]), now)
    )
