"""``smdash hours propose|accept|drop``: a day's gaps filled from one's own steps, for the member to decide about."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import click

from smdash.cli import output
from smdash.cli.desk import Desk
from smdash.cli.hours_entries import day_of
from smdash.cli.options import as_json, numbers, only_ids
from smdash.core import evidence, formats, labels
from smdash.core.clock import find_zone
from smdash.core.errors import InputError
from smdash.core.text import clean_name
from smdash.locale import gettext as _
from smdash.locale import ngettext

if TYPE_CHECKING:
    from datetime import date

    from smdash.core.records import Actor, TimeEntry
    from smdash.store.driver import Connection

_DAY = click.option("--day", metavar="DAY", help=_("a date, today or yesterday; today unless told"))
_ALL = click.option("--all", "all_of_day", is_flag=True, help=_("all that is proposed for the day"))


@click.command(
    "propose",
    help=_("Fill a day's gaps from what you did, for you to accept or drop. Nobody else is shown this."),
)
@_DAY
@as_json
@only_ids
@click.pass_obj
def propose(desk: Desk, day: str | None, as_json: bool, only_ids: bool) -> None:
    from smdash.store import proposals

    of = _day(desk, day)
    with desk.store.writing() as conn:
        found = proposals.refresh(conn, desk.actor(conn), of, desk.clock.now())
    if only_ids:
        output.ids(one.id for one in found)
    elif as_json:
        output.dump({"day": of.isoformat(), "proposals": [_shape(one) for one in found]})
    elif found:
        _table(desk, found)
    else:
        output.note(_("nothing is to be reviewed on {day}").format(day=formats.date_words(of)))


@click.command("accept", help=_("Let proposals count: some by their ids, or all of a day. - reads ids from stdin."))
@click.argument("ids", metavar="ID...|-", nargs=-1)
@_ALL
@_DAY
@click.option("--activity", help=_("what it was for, where that differs from what is proposed"))
@as_json
@click.pass_obj
def accept(
    desk: Desk, ids: tuple[str, ...], all_of_day: bool, day: str | None, activity: str | None, as_json: bool
) -> None:
    from smdash.store import proposals, time_entries

    wanted, of = _wanted(desk, ids, all_of_day, day)
    now = desk.clock.now()
    with desk.store.writing() as conn:
        actor = desk.actor(conn)
        chosen = wanted or [one.id for one in proposals.refresh(conn, actor, of, now)]
        length = _length(conn, actor, chosen)
        kind = clean_name(activity) if activity is not None else None
        count = time_entries.confirm(conn, actor, chosen, now, activity=kind)
    if as_json:
        output.dump({"changed": count, "ids": chosen})
        return
    if not count:
        output.note(_("nothing is to be reviewed on {day}").format(day=formats.date_words(of)))
        return
    words = ngettext("{n} entry accepted, {span}", "{n} entries accepted, {span}", count)
    output.say(words.format(n=count, span=formats.hours_minutes(length)))


@click.command("drop", help=_("Refuse proposals: for that time nothing is proposed any more; undo brings them back."))
@click.argument("ids", metavar="ID...|-", nargs=-1)
@_ALL
@_DAY
@as_json
@click.pass_obj
def drop(desk: Desk, ids: tuple[str, ...], all_of_day: bool, day: str | None, as_json: bool) -> None:
    from smdash.store import proposals

    wanted, of = _wanted(desk, ids, all_of_day, day)
    now = desk.clock.now()
    with desk.store.writing() as conn:
        actor = desk.actor(conn)
        chosen = wanted or [one.id for one in proposals.refresh(conn, actor, of, now)]
        count = proposals.drop(conn, actor, chosen, now)
    if as_json:
        output.dump({"changed": count, "ids": chosen})
        return
    if not count:
        output.note(_("nothing is to be reviewed on {day}").format(day=formats.date_words(of)))
        return
    words = ngettext(
        "{n} proposal dropped; smdash undo brings it back", "{n} proposals dropped; smdash undo brings them back", count
    )
    output.say(words.format(n=count))


def _day(desk: Desk, text: str | None) -> date:
    today = desk.clock.now().astimezone(find_zone(desk.team().zone)).date()
    return today if text is None else day_of(text, today)


def _wanted(desk: Desk, ids: tuple[str, ...], all_of_day: bool, day: str | None) -> tuple[list[int], date]:
    """The ids that were typed, none for all of the day."""
    if bool(ids) == all_of_day:
        raise click.UsageError(_("name ids, or --all for all of a day; see: smdash hours propose"))
    if day is not None and not all_of_day:
        raise click.UsageError(_("an id says which day it is of; --day goes with --all"))
    wanted = list(dict.fromkeys(numbers(ids)))
    if ids and not wanted:
        raise InputError(_("no id was given"))
    desk.refuse_read_only()
    return wanted, _day(desk, day)


def _length(conn: Connection, actor: Actor, ids: list[int]) -> timedelta:
    """How long these proposals of the member's are together. Raises InputError or Refused for what is none of them."""
    from smdash.store import proposals

    found = [proposals.own(conn, actor, one) for one in ids]
    return sum(((one.ended_at or one.started_at) - one.started_at for one in found), timedelta())


def _table(desk: Desk, found: tuple[TimeEntry, ...]) -> None:
    zone = find_zone(desk.team().zone)
    rows = [
        (
            one.id,
            formats.clock_time(one.started_at, zone),
            formats.clock_time(one.ended_at or one.started_at, zone),
            formats.hours_minutes((one.ended_at or one.started_at) - one.started_at),
            labels.activity(one.activity),
            evidence.words(one.evidence),
        )
        for one in found
    ]
    output.table(["ID", _("FROM"), _("TO"), _("HOURS"), _("ACTIVITY"), _("WHAT YOU DID")], rows)


def _shape(one: TimeEntry) -> dict[str, Any]:
    return {
        "id": one.id,
        "activity": one.activity,
        "started_at": output.time(one.started_at),
        "ended_at": output.time(one.ended_at),
        "evidence": [{"kind": kind, "count": count} for kind, count in one.evidence],
        "words": evidence.words(one.evidence),
    }


COMMANDS = (propose, accept, drop)
