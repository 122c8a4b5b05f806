"""``smdash observance``: days that matter for content, and holidays, from calendar files or typed."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from smdash.cli import options, output
from smdash.cli.desk import Desk
from smdash.cli.options import as_json, only_ids
from smdash.core import formats
from smdash.core.clock import find_zone
from smdash.core.text import clean_name
from smdash.locale import gettext as _
from smdash.locale import ngettext

if TYPE_CHECKING:
    from smdash.core.observances import Found
    from smdash.store.observances import Change


@click.group(help=_("Days that matter for content, and holidays, on which the team is off."))
def command() -> None:
    pass


@command.command(
    "import",
    help=_(
        "Take the days of a calendar (ICS), or of stdin with -. Bad events are named by their line, the good ones are "
        "kept. Importing a source again puts what it holds now in the place of what it held; days that are over stay. "
        "What repeats is worked out from a year ago to five years on: import it again each year."
    ),
)
@click.argument("file", metavar="FILE|-")
@click.option("--holiday", is_flag=True, help=_("all of them are holidays; else those with such a category"))
@click.option("--source", metavar="NAME", help=_("what this calendar is called here, unless it names itself"))
@click.option("--dry-run", is_flag=True, help=_("only say what would be done"))
@as_json
@click.pass_obj
def import_(desk: Desk, file: str, holiday: bool, source: str | None, dry_run: bool, as_json: bool) -> None:
    from smdash.cli.post_import import read_file
    from smdash.core import observances
    from smdash.store import goals
    from smdash.store import observances as store

    zone = find_zone(desk.team().zone)
    if not dry_run:
        desk.refuse_read_only()
    now = desk.clock.now()
    today = now.astimezone(zone).date()
    found = observances.read(read_file(file), zone, today, holiday=holiday)
    name = _source(source, found.name, file)
    since = observances.span(today)[0]
    if dry_run:
        with desk.store.reading() as conn:
            change = store.compare(conn, name, found, since)
    else:
        with desk.store.writing() as conn:
            change = store.compare(conn, name, found, since)
            store.write(conn, desk.actor(conn), now, name, change)
        goals.catch_up(desk.store)
    _tell(name, found, change, dry_run=dry_run, as_json=as_json)
    if found.bad:
        raise click.exceptions.Exit(1)


def _source(asked: str | None, own: str, file: str) -> str:
    """What the calendar is called here. Raises a usage error where nothing names it."""
    from smdash.core.observances import TYPED

    name = clean_name(asked if asked is not None else own or ("" if file == "-" else Path(file).stem))
    if not name:
        raise click.UsageError(_("the calendar has no name; say what it is called here with --source"))
    if name == TYPED:
        raise click.BadParameter(
            _("“{name}” is for days that are typed; choose another name").format(name=name), param_hint="--source"
        )
    return name


def _tell(source: str, found: Found, change: Change, *, dry_run: bool, as_json: bool) -> None:
    counts = change.counts
    if as_json:
        output.dump(
            {
                "source": source,
                **counts._asdict(),
                "refused": len(found.bad),
                "outside": found.outside,
                "dry_run": dry_run,
                "refusals": [{"line": one.number, "reason": one.reason} for one in found.bad],
            }
        )
        return
    if dry_run:
        for one in change.put:
            output.say(f"{_days_words(one.day, one.until)}  {one.name}" + (f" ({_('holiday')})" if one.holiday else ""))
    words = (
        _("{source}: would be {new} new, {changed} changed, {unchanged} unchanged, {gone} gone, {refused} refused")
        if dry_run
        else _("{source}: {new} new, {changed} changed, {unchanged} unchanged, {gone} gone, {refused} refused")
    )
    output.say(words.format(source=source, **counts._asdict(), refused=len(found.bad)))
    for bad in found.bad:
        output.note(_("line {line}: {reason}").format(line=bad.number, reason=bad.reason))
    if found.outside:
        output.note(
            ngettext(
                "{n} event that repeats has no day from a year ago to five years on",
                "{n} events that repeat have no day from a year ago to five years on",
                found.outside,
            ).format(n=found.outside)
        )


@command.command("list", help=_("The days to come, today the first; holidays of the team's settings stand there."))
@click.option("--days", default=90, show_default=True, type=click.IntRange(1, 10_000), help=_("within so many days"))
@as_json
@only_ids
@click.pass_obj
def list_(desk: Desk, days: int, as_json: bool, only_ids: bool) -> None:
    from smdash.store import observances

    zone = find_zone(desk.team().zone)
    today = desk.clock.now().astimezone(zone).date()
    with desk.store.reading() as conn:
        rows = observances.between(conn, today, today + timedelta(days=days - 1))
    if as_json:
        output.dump([one._asdict() | {"day": one.day.isoformat(), "until": one.until.isoformat()} for one in rows])
        return
    if only_ids:
        output.ids(one.id for one in rows)
        return
    output.table(
        ["ID", _("DAY"), _("HOLIDAY"), _("SOURCE"), _("NAME")],
        (
            (one.id, _days_words(one.day, one.until), _("yes") if one.holiday else "", one.source, one.name)
            for one in rows
        ),
    )
    if not rows:
        output.note(
            ngettext("nothing within {n} day", "nothing within {n} days", days).format(n=days)
            + "; "
            + _("take some in with: smdash observance import FILE")
        )


def _days_words(day: date, until: date) -> str:
    first = f"{formats.date_words(day)} {day.year}"
    return first if day == until else f"{formats.date_words(day)} – {formats.date_words(until)} {until.year}"


@command.command("add", help=_("Write a day down, such as 2026-12-25, or several with --until."))
@click.argument("day", metavar="DAY")
@click.argument("name", metavar="NAME", nargs=-1, required=True)
@click.option("--until", metavar="DAY", help=_("its last day"))
@click.option("--holiday", is_flag=True, help=_("the team is off then"))
@as_json
@click.pass_obj
def add(desk: Desk, day: str, name: tuple[str, ...], until: str | None, holiday: bool, as_json: bool) -> None:
    from smdash.store import goals, observances

    first = options.day(day, "DAY")
    last = options.day(until, "--until") if until is not None else first
    title = clean_name(" ".join(name))
    if not title:
        raise click.BadParameter(_("a name is needed"), param_hint=_("NAME"))
    with desk.store.writing() as conn:
        found = observances.add(conn, desk.actor(conn), desk.clock.now(), first, last, title, holiday=holiday)
    goals.catch_up(desk.store)
    if as_json:
        output.dump({"id": found})
    else:
        output.say(
            _("{name} is written down for {days} ({id})").format(name=title, days=_days_words(first, last), id=found)
        )


@command.command("remove", help=_("Take days away by their ids, or all of a calendar with --source."))
@click.argument("ids", metavar="[ID|-]...", nargs=-1)
@click.option("--source", metavar="NAME", help=_("all that came from it"))
@as_json
@click.pass_obj
def remove(desk: Desk, ids: tuple[str, ...], source: str | None, as_json: bool) -> None:
    from smdash.store import goals, observances

    chosen = options.numbers(ids)
    if bool(chosen) == bool(source):
        raise click.UsageError(_("name ids, or a calendar with --source"))
    with desk.store.writing() as conn:
        count = observances.remove(conn, desk.actor(conn), desk.clock.now(), chosen, clean_name(source or ""))
    goals.catch_up(desk.store)
    if as_json:
        output.dump({"removed": count})
    else:
        output.say(ngettext("{n} day removed", "{n} days removed", count).format(n=count))
