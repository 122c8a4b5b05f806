"""Calendars that campaigns are kept in step with, and what a look at one writes."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import date, datetime
from functools import partial
from typing import Any, NamedTuple, cast

from smdash.core.calendar_merge import Decision, Edit, Known, New, Said, decide
from smdash.core.campaign_ics import BEFORE, Due, Found
from smdash.core.clock import decode, encode, find_zone, start_of_day
from smdash.core.errors import InputError, Refused
from smdash.core.records import Actor, CampaignKind, Counts, Phase
from smdash.locale import gettext as _
from smdash.store import campaign_edit, campaigns, events, milestones, teams
from smdash.store.driver import Connection

FILE, ICS, CALDAV = "file", "ics", "caldav"
_COLUMNS = "id, name, kind, url, campaign_kind"
# What the service does by itself is nobody's: its events have no member.
SERVICE = Actor(cast("int", None), "service", "service", "service")


class Calendar(NamedTuple):
    """A calendar of the desk; ``kind`` is one of the words above, ``url`` its address where that is no secret."""

    id: int
    name: str
    kind: str
    url: str | None
    campaign_kind: CampaignKind


def job_name(calendar_id: int) -> str:
    """What its sync job is called."""
    return f"calendar/{calendar_id}"


def select(conn: Connection) -> tuple[Calendar, ...]:
    """All calendars, by name."""
    rows = conn.execute(f"SELECT {_COLUMNS} FROM calendar WHERE removed_at IS NULL ORDER BY name, id").fetchall()
    return tuple(_calendar(row) for row in rows)


def find(conn: Connection, name: str) -> Calendar:
    """The calendar of that name or id. Raises InputError."""
    found = _of_name(conn, name)
    if found is None and name.isascii() and name.isdigit():
        found = next((one for one in select(conn) if one.id == int(name)), None)
    if found is None:
        raise InputError(_("there is no calendar “{name}”; see: smdash calendar list").format(name=name))
    return found


def _of_name(conn: Connection, name: str) -> Calendar | None:
    row = conn.execute(f"SELECT {_COLUMNS} FROM calendar WHERE name = ? AND removed_at IS NULL", (name,)).fetchone()
    return _calendar(row) if row else None


def add(
    conn: Connection, actor: Actor, now: datetime, name: str, kind: str, url: str | None, campaign_kind: CampaignKind
) -> Calendar:
    """Write a calendar down. The caller holds the write lock. Raises Refused for a name that another one has.

    One that was removed comes back with the campaigns that it had.
    """
    if _of_name(conn, name) is not None:
        raise Refused(_("there is a calendar “{name}” already; choose another name").format(name=name))
    found = _write(conn, now, name, kind, url, campaign_kind)
    events.record(conn, actor, now, "add", "calendar", found.id, detail=name)
    return found


def ensure(
    conn: Connection, now: datetime, name: str, kind: str, url: str | None, campaign_kind: CampaignKind
) -> Calendar:
    """The calendar of that name, made or brought up to date. The caller holds the write lock."""
    found = _of_name(conn, name)
    if found is not None and found[2:] == (kind, url, campaign_kind):
        return found
    return _write(conn, now, name, kind, url, campaign_kind)


def _write(
    conn: Connection, now: datetime, name: str, kind: str, url: str | None, campaign_kind: CampaignKind
) -> Calendar:
    conn.execute(
        "INSERT INTO calendar (name, kind, url, campaign_kind, created_at) VALUES (?, ?, ?, ?, ?) "
        "ON CONFLICT (name) DO UPDATE SET kind = excluded.kind, url = excluded.url, "
        "campaign_kind = excluded.campaign_kind, removed_at = NULL",
        (name, kind, url, campaign_kind, encode(now)),
    )
    found = _of_name(conn, name)
    assert found is not None  # noqa: S101 it was written just now
    return found


def remove(conn: Connection, actor: Actor, now: datetime, calendar: Calendar) -> None:
    """Look at a calendar no more; its campaigns stay. The caller holds the write lock."""
    conn.execute("UPDATE calendar SET removed_at = ? WHERE id = ?", (encode(now), calendar.id))
    events.record(conn, actor, now, "remove", "calendar", calendar.id, detail=calendar.name)


def stamp(conn: Connection) -> tuple[object, ...]:
    """A value that changes when a calendar is added, removed or moved; campaigns don't change it."""
    return tuple(
        conn.execute(
            "SELECT count(*), max(id), sum(removed_at IS NULL), sum(id * (length(url) + length(campaign_kind))) "
            "FROM calendar"
        ).fetchone()
    )


def counts(conn: Connection) -> dict[int, int]:
    """How many campaigns each calendar has, by its id."""
    return dict(
        conn.execute(
            "SELECT calendar_id, count(*) FROM campaign WHERE calendar_id IS NOT NULL AND removed_at IS NULL "
            "GROUP BY calendar_id"
        ).fetchall()
    )


def compare(
    conn: Connection, calendar: Calendar | None, found: Found, today: date, *, in_step: bool = True
) -> Decision:
    """What is to be written so that the campaigns are as the calendar says; of a new file *calendar* is None."""
    zone = find_zone(teams.team(conn).zone)
    own = {entry.own for entry in found.entries if entry.own is not None}
    here = conn.execute(
        "SELECT id, uid, calendar_said FROM campaign WHERE calendar_id = ? AND uid IS NOT NULL",
        (calendar.id if calendar else None,),
    ).fetchall()
    ours = conn.execute(
        "SELECT id, uid, calendar_said FROM campaign WHERE id IN (SELECT value FROM json_each(?))",
        (json.dumps(sorted(own)),),
    ).fetchall()
    taken = [name for (name,) in conn.execute("SELECT name FROM campaign WHERE removed_at IS NULL").fetchall()]
    return decide(
        found,
        [_known(conn, *row) for row in here],
        {row[0]: _known(conn, *row)._replace(changed_at=_changed_at(conn, row[0])) for row in ours},
        taken,
        since=start_of_day(today - BEFORE, zone),
        in_step=in_step,
    )


def _known(conn: Connection, campaign_id: int, uid: str | None, said: str | None) -> Known:
    dues = tuple((one.name, one.due_at) for one in milestones.of_campaign(conn, campaign_id))
    belongs = _belongs(conn, campaign_id)
    return Known(campaigns.get(conn, campaign_id), uid or "", _read_said(said), dues, belongs)


def _changed_at(conn: Connection, campaign_id: int) -> datetime | None:
    """When a campaign, or one of its phases or milestones, was changed last."""
    (at,) = conn.execute(
        "SELECT max(at) FROM (SELECT at FROM event WHERE subject = 'campaign' AND subject_id = :id "
        "UNION ALL SELECT e.at FROM phase p JOIN event e ON e.subject = 'phase' AND e.subject_id = p.id "
        "WHERE p.campaign_id = :id UNION ALL SELECT e.at FROM milestone m JOIN event e ON e.subject = 'milestone' "
        "AND e.subject_id = m.id WHERE m.campaign_id = :id)",
        {"id": campaign_id},
    ).fetchone()
    return decode(at) if at else None


# Somebody's work: to call off a campaign that has any is a person's to decide.
_WORK = (
    "SELECT 1 FROM post WHERE campaign_id = :id AND state <> 'cancelled'",
    "SELECT 1 FROM time_entry WHERE campaign_id = :id AND removed_at IS NULL",
    "SELECT 1 FROM asset WHERE campaign_id = :id AND dropped_at IS NULL",
    "SELECT 1 FROM campaign_goal WHERE campaign_id = :id",
    "SELECT 1 FROM campaign_scope WHERE campaign_id = :id",
    "SELECT 1 FROM decision WHERE campaign_id = :id AND removed_at IS NULL",
)


def _belongs(conn: Connection, campaign_id: int) -> bool:
    return any(conn.execute(f"{sql} LIMIT 1", {"id": campaign_id}).fetchone() for sql in _WORK)


class Written(NamedTuple):
    """What was written, and sentences for people: of the decision, and of what could not be done."""

    counts: Counts
    told: tuple[str, ...]


def write(conn: Connection, actor: Actor, now: datetime, calendar: Calendar, decision: Decision) -> Written:
    """Write what ``compare`` decided, as one step of undo. The caller holds the write lock since then."""
    zone = teams.team(conn).zone
    day = now.astimezone(find_zone(zone)).date().isoformat()
    line = _("{day}: taken out of the calendar “{calendar}”").format(day=day, calendar=calendar.name)
    steps: list[tuple[str, Callable[[], None]]] = [
        # First what may give a name up that another one gets.
        *((edit.known.campaign.name, partial(_edit, conn, actor, now, edit, zone)) for edit in decision.edits),
        *((new.name, partial(_add, conn, actor, now, calendar, new, zone)) for new in decision.new),
        *((one.campaign.name, partial(_call_off, conn, actor, now, one)) for one in decision.gone),
        *((one.campaign.name, partial(_mark, conn, actor, now, one, line)) for one in decision.stranded),
    ]
    told = list(decision.told)
    with events.one_step(conn):
        for name, step in steps:
            # One that can't be done must not keep the others from it.
            conn.execute("SAVEPOINT campaign")
            try:
                step()
            except (InputError, Refused) as problem:
                conn.execute("ROLLBACK TO campaign")
                told.append(_("“{campaign}” stays as it is: {problem}").format(campaign=name, problem=problem))
            finally:
                conn.execute("RELEASE campaign")
    changed = decision.changed + len(decision.gone) + len(decision.stranded)
    return Written(Counts(len(decision.new), changed, decision.unchanged), tuple(told))


def _call_off(conn: Connection, actor: Actor, now: datetime, known: Known) -> None:
    campaign_edit.cancel(conn, actor, known.campaign.id, now)
    _keep(conn, known.campaign.id, known.uid, (known.said or _present(known))._replace(gone=" "))


def _mark(conn: Connection, actor: Actor, now: datetime, known: Known, line: str) -> None:
    """Note on a campaign that its event is gone, where its note has room for a line more."""
    note = "\n".join(filter(None, [known.campaign.note, line]))
    fits = len(note) <= campaign_edit.LONGEST_NOTE
    if fits:
        campaign_edit.edit(conn, actor, known.campaign.id, now, note=note)
    _keep(conn, known.campaign.id, known.uid, (known.said or _present(known))._replace(gone=line if fits else " "))


def _add(conn: Connection, actor: Actor, now: datetime, calendar: Calendar, new: New, zone: str) -> None:
    entry = new.entry
    campaign_id = campaigns.add(
        conn, actor, now, name=new.name, kind=entry.kind, starts_at=entry.starts_at, ends_at=entry.ends_at, zone=zone,
        phases=entry.phases, note=entry.note or None,
    )  # fmt: skip
    conn.execute("UPDATE campaign SET calendar_id = ? WHERE id = ?", (calendar.id, campaign_id))
    for due in entry.milestones:
        _add_milestone(conn, actor, now, campaign_id, due)
    _keep(conn, campaign_id, entry.uid, new.said)


def _add_milestone(conn: Connection, actor: Actor, now: datetime, campaign_id: int, due: Due) -> None:
    found = milestones.add(conn, actor, now, campaign_id, name=due.name, due_at=due.due_at)
    if due.done:
        milestones.done(conn, actor, found, now)


def _edit(conn: Connection, actor: Actor, now: datetime, edit: Edit, zone: str) -> None:
    campaign, changes = edit.known.campaign, dict(edit.changes)
    if edit.back:
        campaign_edit.restore(conn, actor, campaign.id, now)
    fields: dict[str, Any] = {key: changes[key] for key in ("name", "kind", "note") if key in changes}
    if "dates" in changes:
        fields["starts_at"], fields["ends_at"] = cast("tuple[datetime, datetime]", changes["dates"])
        # Days are those of the team's zone, which may have moved.
        fields["zone"] = zone
    if fields:
        campaign_edit.edit(conn, actor, campaign.id, now, shift_phases="dates" in changes, **fields)
    wanted = cast("Sequence[tuple[str, datetime, datetime]] | None", changes.get("phases"))
    if wanted is None and edit.said is not None and campaign.phases and campaign.phases == edit.said.phases:
        # Phases that the calendar has too are where it says, and don't move along.
        wanted = [(phase.name, phase.starts_at, phase.ends_at) for phase in campaign.phases]
    if wanted is not None:
        _set_phases(conn, actor, now, campaign.id, [Phase(*one) for one in wanted])
    if "milestones" in changes:
        wanted_dues = cast("Sequence[tuple[str, datetime]]", changes["milestones"])
        _set_milestones(conn, actor, now, campaign.id, wanted_dues)
    if edit.said is not None:
        _keep(conn, campaign.id, edit.uid, edit.said)


def _set_phases(conn: Connection, actor: Actor, now: datetime, campaign_id: int, wanted: Sequence[Phase]) -> None:
    held = {phase.name: phase for phase in campaigns.get(conn, campaign_id).phases}
    names = {phase.name for phase in wanted}
    for name in held:
        if name not in names:
            campaign_edit.remove_phase(conn, actor, campaign_id, name, now)
    for phase in wanted:
        if phase.name in held and phase != held[phase.name]:
            campaign_edit.edit_phase(
                conn, actor, campaign_id, phase.name, now, starts_at=phase.starts_at, ends_at=phase.ends_at
            )
    if fresh := [phase for phase in wanted if phase.name not in held]:
        campaign_edit.add_phases(conn, actor, campaign_id, fresh, now)


def _set_milestones(
    conn: Connection, actor: Actor, now: datetime, campaign_id: int, wanted: Sequence[tuple[str, datetime]]
) -> None:
    left = list(wanted)
    extra = []
    for one in milestones.of_campaign(conn, campaign_id):
        if (one.name, one.due_at) in left:
            left.remove((one.name, one.due_at))
        else:
            extra.append(one)
    for one in extra:
        # One of the same name was moved; it keeps its owner.
        moved = next((due for due in left if due[0] == one.name), None)
        if moved is None:
            milestones.remove(conn, actor, one.id, now)
        else:
            left.remove(moved)
            milestones.edit(conn, actor, one.id, now, due_at=moved[1])
    for name, due_at in left:
        milestones.add(conn, actor, now, campaign_id, name=name, due_at=due_at)


def _present(known: Known) -> Said:
    campaign = known.campaign
    return Said(campaign.name, campaign.name, campaign.kind, campaign.starts_at, campaign.ends_at, campaign.note or "")


def _keep(conn: Connection, campaign_id: int, uid: str, said: Said) -> None:
    """Keep what the calendar said of a campaign."""
    fields = {
        "name": said.name,
        "given": said.given,
        "kind": said.kind.value,
        "starts_at": encode(said.starts_at),
        "ends_at": encode(said.ends_at),
        "note": said.note,
        "phases": [[phase.name, encode(phase.starts_at), encode(phase.ends_at)] for phase in said.phases],
        "milestones": [[name, encode(due_at)] for name, due_at in said.milestones],
        "gone": said.gone,
    }
    conn.execute(
        "UPDATE campaign SET uid = ?, calendar_said = ? WHERE id = ?",
        (uid, json.dumps(fields, ensure_ascii=False), campaign_id),
    )


def _read_said(text: str | None) -> Said | None:
    """What ``_keep`` wrote; nothing where another program wrote something else."""
    try:
        found = json.loads(text or "null")
        return Said(
            found["name"],
            found["given"],
            CampaignKind(found["kind"]),
            decode(found["starts_at"]),
            decode(found["ends_at"]),
            found["note"],
            tuple(Phase(name, decode(start), decode(end)) for name, start, end in found["phases"]),
            tuple((name, decode(due_at)) for name, due_at in found["milestones"]),
            found["gone"],
        )
    except (ValueError, KeyError, TypeError):
        return None


def _calendar(row: Sequence[Any]) -> Calendar:
    return Calendar(row[0], row[1], row[2], row[3], CampaignKind(row[4]))
