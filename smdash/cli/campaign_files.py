"""``smdash campaign import|export``: campaigns from calendar files (ICS) and into them."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from smdash.cli import output
from smdash.cli.desk import Desk
from smdash.cli.options import as_json
from smdash.cli.post_import import read_file, write_file
from smdash.core import formats
from smdash.core.clock import find_zone
from smdash.core.errors import InputError, Refused
from smdash.core.records import CampaignKind
from smdash.core.text import clean_name
from smdash.locale import gettext as _
from smdash.locale import ngettext

if TYPE_CHECKING:
    from datetime import tzinfo

    from smdash.core.calendar_merge import Decision
    from smdash.core.campaign_ics import Found
    from smdash.core.campaign_ics_out import Shown
    from smdash.core.records import Campaign
    from smdash.store.calendars import Calendar
    from smdash.store.driver import Connection

_KINDS = click.Choice([one.value for one in CampaignKind])


def register(group: click.Group) -> None:
    """Add the commands to the group of campaigns."""
    group.add_command(import_)
    group.add_command(export)


@click.command(
    "import",
    help=_(
        "Take campaigns from a calendar (ICS), or from stdin with -. Each event is one; of an event that repeats, each "
        "occurrence from 30 days ago to 400 days on. Bad events are named by their line, the good ones are kept. A "
        "repeat changes what the calendar changed since; what somebody changed here as well stays, and is told."
    ),
)
@click.argument("source", metavar="FILE|-")
@click.option("--kind", type=_KINDS, help=_("of events whose categories name none; event unless given"))
@click.option("--calendar", metavar="NAME", help=_("what this calendar is called here, unless it names itself"))
@click.option("--in-step", is_flag=True, help=_("call off campaigns that the file no longer has"))
@click.option("--dry-run", is_flag=True, help=_("only say what would be done"))
@as_json
@click.pass_obj
def import_(
    desk: Desk, source: str, kind: str | None, calendar: str | None, in_step: bool, dry_run: bool, as_json: bool
) -> None:
    from smdash.store import calendars

    team = desk.team()
    zone = find_zone(team.zone)
    if not dry_run:
        desk.refuse_read_only()
    now = desk.clock.now()
    today = now.astimezone(zone).date()
    data = read_file(source)
    name = _name(calendar, data, source)
    with desk.store.reading() as conn:
        known = _of_file(conn, name)
    of_kind = CampaignKind(kind) if kind else known.campaign_kind if known else CampaignKind.EVENT
    found = _read(data, desk, of_kind)
    if dry_run:
        with desk.store.reading() as conn:
            decision = calendars.compare(conn, known, found, today, in_step=in_step)
    else:
        with desk.store.writing() as conn:
            known = _of_file(conn, name)
            decision = calendars.compare(conn, known, found, today, in_step=in_step)
            if not decision.is_nothing:
                row = calendars.ensure(conn, now, name, calendars.FILE, None, of_kind) if known is None else known
                decision = decision._replace(told=calendars.write(conn, desk.actor(conn), now, row, decision).told)
    _tell(name, found, decision, zone, dry_run=dry_run, as_json=as_json)
    if found.bad:
        raise click.exceptions.Exit(1)


def _name(asked: str | None, data: bytes, source: str) -> str:
    """What the calendar is called here. Raises a usage error where nothing names it."""
    from smdash.core import ics

    own = ics.Events(data).name if asked is None else ""
    name = clean_name(asked if asked is not None else own or ("" if source == "-" else Path(source).stem))
    if not name:
        raise click.UsageError(_("the calendar has no name; say what it is called here with --calendar"))
    return name


def _of_file(conn: Connection, name: str) -> Calendar | None:
    """The calendar of that name, where it is known. Raises Refused where the service looks at it."""
    from smdash.store import calendars

    found = next((one for one in calendars.select(conn) if one.name.casefold() == name.casefold()), None)
    if found is not None and found.kind != calendars.FILE:
        raise Refused(
            _("“{name}” is a calendar that the service looks at; give the file another name with --calendar").format(
                name=found.name
            )
        )
    return found


def _read(data: bytes, desk: Desk, kind: CampaignKind) -> Found:
    """The campaigns in it. Raises InputError for what is no calendar, or takes too long to read."""
    from smdash.core import campaign_ics
    from smdash.platforms import apart

    team = desk.team()
    zone = find_zone(team.zone)
    today = desk.clock.now().astimezone(zone).date()
    try:
        return asyncio.run(apart.apart(campaign_ics.read, data, zone, today, kind=kind, database=team.database_id))
    except apart.TooMuch:
        raise InputError(_("the calendar takes too much time or memory to read; import it in parts")) from None


def _tell(name: str, found: Found, decision: Decision, zone: tzinfo, *, dry_run: bool, as_json: bool) -> None:
    counts = {
        "new": len(decision.new),
        "changed": decision.changed,
        "unchanged": decision.unchanged,
        "gone": len(decision.gone),
        "refused": len(found.bad),
    }
    if as_json:
        output.dump(
            {
                "calendar": name,
                **counts,
                "outside": found.outside,
                "dry_run": dry_run,
                "told": list(decision.told),
                "refusals": [{"line": one.number, "reason": one.reason} for one in found.bad],
            }
        )
        return
    if dry_run:
        for new in decision.new:
            begins, ends = (formats.short_moment(at, zone) for at in (new.entry.starts_at, new.entry.ends_at))
            output.say(f"+ {new.name}  {begins} – {ends}")
        for edit in decision.edits:
            if edit.is_change:
                output.say(f"~ {edit.known.campaign.name}")
        for gone in decision.gone:
            output.say(f"- {gone.campaign.name}")
    words = (
        _("{source}: would be {new} new, {changed} changed, {unchanged} unchanged, {gone} gone, {refused} refused")
        if dry_run
        else _("{source}: {new} new, {changed} changed, {unchanged} unchanged, {gone} gone, {refused} refused")
    )
    output.say(words.format(source=name, **counts))
    for sentence in decision.told:
        output.note(sentence)
    for bad in found.bad:
        output.note(_("line {line}: {reason}").format(line=bad.number, reason=bad.reason) if bad.number else bad.reason)
    if decision.off:
        words = ngettext(
            "{n} campaign was called off here, and stays so; see: smdash campaign list --cancelled",
            "{n} campaigns were called off here, and stay so; see: smdash campaign list --cancelled",
            decision.off,
        )
        output.note(words.format(n=decision.off))
    if found.outside:
        output.note(
            ngettext(
                "{n} event is over for more than 30 days, or has no day within 400, and was left out",
                "{n} events are over for more than 30 days, or have no day within 400, and were left out",
                found.outside,
            ).format(n=found.outside)
        )


@click.command(
    "export",
    help=_(
        "Write campaigns into a calendar (ICS): those that are not over, or the named ones. Phases are events, and "
        "milestones to-dos, of their own. A file that was edited can be imported again."
    ),
)
@click.argument("names", metavar="[NAME|ID]...", nargs=-1)
@click.argument("target", metavar="FILE|-", type=click.Path(path_type=Path))
@click.option("--all", "every", is_flag=True, help=_("those that are over too"))
@click.option("--format", "_format", type=click.Choice(["ics"]), default="ics", help=_("a calendar"))
@click.option("--force", is_flag=True, help=_("write over a file that is there"))
@click.pass_obj
def export(desk: Desk, names: tuple[str, ...], target: Path, every: bool, _format: str, force: bool) -> None:
    from smdash.core import campaign_ics_out
    from smdash.store import campaigns

    if names and every:
        raise click.UsageError(_("name campaigns, or take all with --all"))
    team, now = desk.team(), desk.clock.now()
    with desk.store.reading() as conn:
        if names:
            chosen = list(dict.fromkeys(campaigns.find(conn, clean_name(name)) for name in names))
            rows = tuple(campaigns.get(conn, one) for one in chosen)
        else:
            rows = campaigns.select(conn, ending_after=None if every else now)
        shown = [_shown(conn, row, team.database_id) for row in rows]
    data = campaign_ics_out.write(shown, find_zone(team.zone), now, name=team.name or "smdash")
    if str(target) == "-":
        sys.stdout.flush()
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
        return
    write_file(target, data, force)
    words = ngettext("{n} campaign is in {path}", "{n} campaigns are in {path}", len(shown))
    output.say(words.format(n=len(shown), path=target))


def _shown(conn: Any, row: Campaign, database: str) -> Shown:
    from smdash.core.campaign_ics import Due
    from smdash.core.campaign_ics_out import Shown, own_uid
    from smdash.store import milestones

    dues = tuple(Due(one.name, one.due_at, one.done_at is not None) for one in milestones.of_campaign(conn, row.id))
    return Shown(
        own_uid(row.id, database), row.name, row.kind, row.starts_at, row.ends_at, row.note or "", row.phases, dues
    )
