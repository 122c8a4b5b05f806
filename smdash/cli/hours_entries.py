"""``smdash hours list|show|edit|split|remove``: what is done with time entries once they are there."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import click

from smdash.cli import options, output
from smdash.cli.desk import Desk
from smdash.cli.options import ID, as_json, numbers, only_ids
from smdash.core import formats, labels
from smdash.core.clock import day_span, find_zone, parse_week, week_of
from smdash.core.entries import parse_edge, reaches
from smdash.core.errors import InputError
from smdash.core.text import clean, clean_name
from smdash.locale import gettext as _
from smdash.locale import ngettext

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime, tzinfo

    from smdash.core.records import TimeEntry

# What is typed for the two days that one asks for most, besides a date.
_TODAY = ("today", "hari-ini")
_YESTERDAY = ("yesterday", "kemarin")


@click.command(
    "list", help=_("Your entries of this week; of another week or day, of another member, or of the whole team.")
)
@click.option("--week", "label", help=_("such as 2026-W48; this week unless told"))
@click.option("--day", metavar="DAY", help=_("only this day: a date, today or yesterday"))
@click.option("--member", "login", metavar="LOGIN", help=_("another member's"))
@click.option("--team", "of_team", is_flag=True, help=_("all members together"))
@as_json
@only_ids
@click.pass_obj
def list_(
    desk: Desk, label: str | None, day: str | None, login: str | None, of_team: bool, as_json: bool, only_ids: bool
) -> None:
    from smdash.store import members, time_entries

    if label and day:
        raise click.UsageError(_("name a week or a day, not both"))
    if login and of_team:
        raise click.UsageError(_("name a member or the team, not both"))
    team = desk.team()
    zone = find_zone(team.zone)
    now = desk.clock.now()
    if day:
        span = day_span(day_of(day, now.astimezone(zone).date()), zone)
    else:
        week = options.checked(lambda: parse_week(label), "--week") if label else week_of(now, zone, team.week_start)
        span = week.span(zone, team.week_start)
    who = desk.member()
    with desk.store.reading() as conn:
        member_id = None if of_team else who.member_id if who else 0
        if login:
            member_id = members.find(conn, clean_name(login)).id
        found = time_entries.select(conn, member_id, span)
    rows = [one for one in found if reaches(one.started_at, one.ended_at, span, now)]
    if only_ids:
        output.ids(row.id for row in rows)
    elif as_json:
        output.dump([shape(row) for row in rows])
    elif rows:
        _table(rows, zone, now, of_team)
    else:
        output.note(_("nothing was written down for that time"))


def day_of(text: str, today: date) -> date:
    """A day that was typed for the option --day. Raises click's BadParameter."""
    typed = text.strip().lower()
    if typed in _TODAY:
        return today
    return today - timedelta(days=1) if typed in _YESTERDAY else options.day(text, "--day")


def _table(rows: Sequence[TimeEntry], zone: tzinfo, now: datetime, of_team: bool) -> None:
    # A column that would be empty in every row is no help.
    columns: list[tuple[str, Sequence[object]]] = [
        ("ID", [row.id for row in rows]),
        (_("MEMBER"), [row.login if of_team else "" for row in rows]),
        (_("DAY"), [formats.short_day(row.started_at, zone) for row in rows]),
        (_("FROM"), [formats.clock_time(row.started_at, zone) for row in rows]),
        (_("TO"), [formats.clock_time(row.ended_at, zone) if row.ended_at else _("running") for row in rows]),
        (_("HOURS"), [formats.hours_minutes((row.ended_at or now) - row.started_at) for row in rows]),
        (_("ACTIVITY"), [labels.activity(row.activity) for row in rows]),
        (_("BRAND"), [row.brand or "" for row in rows]),
        (_("CAMPAIGN"), [row.campaign or "" for row in rows]),
        (_("NOTE"), [row.note or "" for row in rows]),
    ]
    shown = [(heading, cells) for heading, cells in columns if any(cells)]
    output.table([heading for heading, _cells in shown], zip(*(cells for _heading, cells in shown), strict=True))


def shape(entry: TimeEntry) -> dict[str, Any]:
    """An entry as ``--json`` gives it; times are UTC and not rounded."""
    return {
        "id": entry.id,
        "member": entry.login,
        "activity": entry.activity,
        "started_at": output.time(entry.started_at),
        "ended_at": output.time(entry.ended_at),
        "state": entry.state,
        "note": entry.note,
        "brand": entry.brand,
        "campaign": entry.campaign,
    }


@click.command("show", help=_("One entry with its history."))
@click.argument("entry_id", metavar="ID", type=ID)
@as_json
@click.pass_obj
def show(desk: Desk, entry_id: int, as_json: bool) -> None:
    from smdash.store import events, time_entries

    who = desk.member()
    with desk.store.reading() as conn:
        entry = time_entries.get(conn, entry_id)
        # What an entry was proposed from, and what is proposed at all, is for its member alone.
        if who is None or entry.member_id != who.member_id:
            if entry.state == "proposed":
                raise InputError(_("there is no time entry {id}; see: smdash hours list").format(id=entry_id))
            entry = entry._replace(evidence=())
        history = events.history(conn, "time_entry", entry_id)
    if as_json:
        lines = [{"at": output.time(one.at), "who": one.who, "verb": one.verb, "detail": one.detail} for one in history]
        evidence = [{"kind": kind, "count": count} for kind, count in entry.evidence]
        output.dump({**shape(entry), "evidence": evidence, "history": lines})
        return
    zone = find_zone(desk.team().zone)
    output.say(_words(entry, zone))
    output.say(", ".join(filter(None, (entry.login, entry.brand, entry.campaign))))
    if entry.note:
        output.say("\n" + entry.note)
    for one in history:
        output.say(f"{formats.short_moment(one.at, zone)}  {one.who}: {labels.verb(one.verb)}")


def _words(entry: TimeEntry, zone: tzinfo) -> str:
    """An entry in a line."""
    activity, start = labels.activity(entry.activity), formats.short_moment(entry.started_at, zone)
    if entry.ended_at is None:
        return _("entry {id}: {activity}, running since {start}").format(id=entry.id, activity=activity, start=start)
    same_day = entry.started_at.astimezone(zone).date() == entry.ended_at.astimezone(zone).date()
    end = formats.clock_time(entry.ended_at, zone) if same_day else formats.short_moment(entry.ended_at, zone)
    return _("entry {id}: {activity}, {start} to {end}").format(id=entry.id, activity=activity, start=start, end=end)


@click.command(
    "edit",
    help=_(
        "Change an entry. A time alone is of the entry's own day; a neighbour that touches a moved edge follows it."
    ),
)
@click.argument("entry_id", metavar="ID", type=ID)
@click.option("--start", help=_("when it began, such as 09:10 or 2026-11-23 09:10"))
@click.option("--end", help=_("when it ended"))
@click.option("--activity", help=_("what it was for"))
@click.option("--note", "remark", help=_("a remark; an empty one takes it away"))
@click.option("--brand", help=_("the brand that it was for; an empty one takes it away"))
@click.option("--campaign", help=_("the campaign that it was for; an empty one takes it away"))
@as_json
@click.pass_obj
def edit(
    desk: Desk,
    entry_id: int,
    start: str | None,
    end: str | None,
    activity: str | None,
    remark: str | None,
    brand: str | None,
    campaign: str | None,
    as_json: bool,
) -> None:
    from smdash.store import events, time_entries

    if all(one is None for one in (start, end, activity, remark, brand, campaign)):
        raise click.UsageError(_("name what to change, such as --start 09:10"))
    desk.refuse_read_only()
    zone = find_zone(desk.team().zone)
    now = desk.clock.now()
    with desk.store.writing() as conn:
        actor = desk.actor(conn)
        old = time_entries.get(conn, entry_id)
        step = events.next_step(conn)
        new = time_entries.edit(
            conn,
            actor,
            entry_id,
            now,
            started_at=None if start is None else _edge(start, "--start", zone, now, old.started_at),
            ended_at=None if end is None else _edge(end, "--end", zone, now, old.ended_at or now),
            activity=clean_name(activity) if activity is not None else None,
            note=clean(remark) if remark is not None else None,
            brand=clean_name(brand) if brand is not None else None,
            campaign=clean_name(campaign) if campaign is not None else None,
        )
        moved = list(dict.fromkeys(events.ids_of(conn, step, "time_entry")))
        others = [time_entries.get(conn, one) for one in moved if one != entry_id]
    if as_json:
        output.dump({"changed": len(moved), "ids": moved, "entry": shape(new)})
        return
    output.say(_words(new, zone) if moved else _("nothing to change"))
    for one in others:
        output.say(_("its neighbour follows: {entry}").format(entry=_words(one, zone)))


def _edge(text: str, name: str, zone: tzinfo, now: datetime, *near: datetime) -> datetime:
    return options.checked(lambda: parse_edge(text, zone, now, near), name)


@click.command("split", help=_("Cut an entry in two; the second part can then be edited by itself."))
@click.argument("entry_id", metavar="ID", type=ID)
@click.option("--at", required=True, help=_("where, such as 10:30, of the entry's own day"))
@as_json
@only_ids
@click.pass_obj
def split(desk: Desk, entry_id: int, at: str, as_json: bool, only_ids: bool) -> None:
    from smdash.store import time_entries

    desk.refuse_read_only()
    zone = find_zone(desk.team().zone)
    now = desk.clock.now()
    with desk.store.writing() as conn:
        actor = desk.actor(conn)
        old = time_entries.get(conn, entry_id)
        cut = _edge(at, "--at", zone, now, old.started_at, old.ended_at or now)
        parts = time_entries.split(conn, actor, entry_id, cut, now)
        found = [time_entries.get(conn, one) for one in parts]
    if only_ids:
        output.ids(parts)
    elif as_json:
        output.dump({"changed": len(parts), "ids": list(parts), "entries": [shape(one) for one in found]})
    else:
        for one in found:
            output.say(_words(one, zone))


@click.command("remove", help=_("Take entries away; undo brings them back. - reads ids from stdin."))
@click.argument("ids", metavar="ID...|-", nargs=-1, required=True)
@as_json
@click.pass_obj
def remove(desk: Desk, ids: tuple[str, ...], as_json: bool) -> None:
    from smdash.store import time_entries

    wanted = list(dict.fromkeys(numbers(ids)))
    if not wanted:
        raise InputError(_("no id was given"))
    desk.refuse_read_only()
    with desk.store.writing() as conn:
        count = time_entries.remove(conn, desk.actor(conn), wanted, desk.clock.now())
    if as_json:
        output.dump({"changed": count, "ids": wanted})
        return
    output.say(
        ngettext(
            "{n} entry removed; smdash undo brings it back", "{n} entries removed; smdash undo brings them back", count
        ).format(n=count)
    )


COMMANDS = (list_, show, edit, split, remove)
