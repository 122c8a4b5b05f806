"""``smdash hours import|export``: hours as CSV, JSON or a calendar, and in the files of Timewarrior and Watson."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from smdash.cli import options, output
from smdash.cli.desk import Desk
from smdash.cli.options import as_json
from smdash.core import hour_files
from smdash.core.clock import EARLIEST, LATEST, Span, find_zone, parse_week
from smdash.core.errors import InputError, Refused, StoreError
from smdash.core.text import clean_name
from smdash.locale import gettext as _
from smdash.locale import ngettext

if TYPE_CHECKING:
    from datetime import tzinfo

    from smdash.core.hour_files.rows import FileEntry, Row
    from smdash.core.records import Team
    from smdash.store.hour_import import Import, Taken

_SEPARATORS = {"comma": ",", "semicolon": ";"}
_LONGEST_ROUND = 24 * 60


@click.command(
    "export",
    help=_(
        "Write hours into a file, or to stdout: your own, another member's or the team's, all of them or of some days. "
        "What is imported again changes nothing."
    ),
)
@click.argument("target", metavar="[FILE|-]", type=click.Path(path_type=Path), required=False)
@click.option("--format", "format_", type=click.Choice(hour_files.FORMATS), help=_("told by the file's name, else csv"))
@click.option("--week", "label", help=_("only this week, such as 2026-W48"))
@click.option("--from", "first", metavar="DAY", help=_("only from this day on, such as 2026-11-23"))
@click.option("--to", "last", metavar="DAY", help=_("only up to this day, that day included"))
@click.option("--member", "login", metavar="LOGIN", help=_("another member's"))
@click.option("--team", "of_team", is_flag=True, help=_("all members together"))
@click.option(
    "--round", "step", metavar="MINUTES", type=click.IntRange(1, _LONGEST_ROUND),
    help=_("of CSV: round the minutes of each entry; its times stay as they are"),
)  # fmt: skip
@click.option(
    "--separator", default="comma", show_default=True, type=click.Choice(list(_SEPARATORS)),
    help=_("semicolon where a spreadsheet parts decimals by a comma"),
)  # fmt: skip
@click.option("--force", is_flag=True, help=_("write over a file that is there"))
@click.pass_obj
def export(
    desk: Desk,
    target: Path | None,
    format_: str | None,
    label: str | None,
    first: str | None,
    last: str | None,
    login: str | None,
    of_team: bool,
    step: int | None,
    separator: str,
    force: bool,
) -> None:
    from smdash.cli.post_import import write_file
    from smdash.core.hour_files.rows import FileEntry
    from smdash.store import members, time_entries
    from smdash.store.hour_import import uid_of

    to_file = target is not None and str(target) != "-"
    kind = format_ or (hour_files.of_name(str(target)) if to_file else None) or "csv"
    if login and of_team:
        raise click.UsageError(_("give --member or --team, not both"))
    if of_team and kind in hour_files.OF_ONE:
        raise click.UsageError(
            _("“{format}” holds the hours of one person; name one with --member").format(format=kind)
        )
    if step and kind != "csv":
        raise click.UsageError(_("only CSV is rounded; the other formats hold the time as it was"))
    team = desk.team()
    zone = find_zone(team.zone)
    span = _span(team, zone, label, first, last)
    who = desk.member()
    with desk.store.reading() as conn:
        member_id = None if of_team else who.member_id if who else 0
        if login:
            member_id = members.find(conn, clean_name(login)).id
        found = time_entries.select(conn, member_id, span)
    finished = [
        FileEntry(
            one.activity, one.started_at, one.ended_at, one.note, one.brand, one.campaign, one.login,
            uid_of(one, team.database_id),
        )
        for one in found
        if one.ended_at is not None
    ]  # fmt: skip
    kept = [one for one in finished if kind not in hour_files.WHOLE_SECONDS or _has_seconds(one)]
    data = hour_files.write(
        kind, kept, zone, desk.clock.now(), name=team.name or "smdash", separator=_SEPARATORS[separator], step=step or 0
    )
    if target is None or not to_file:
        sys.stdout.flush()
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    else:
        # Without the mark spreadsheets take a file for one of their country's old character set.
        write_file(target, (b"\xef\xbb\xbf" if kind == "csv" else b"") + data, force)
        output.say(
            ngettext("{n} entry is in {path}", "{n} entries are in {path}", len(kept)).format(n=len(kept), path=target)
        )
    if running := len(found) - len(finished):
        output.note(
            ngettext(
                "{n} entry is still running, so it is left out",
                "{n} entries are still running, so they are left out",
                running,
            ).format(n=running)
        )
    if short := len(finished) - len(kept):
        output.note(
            ngettext(
                "{n} entry lasted less than a second, which “{format}” can't hold",
                "{n} entries lasted less than a second each, which “{format}” can't hold",
                short,
            ).format(n=short, format=kind)
        )


def _span(team: Team, zone: tzinfo, label: str | None, first: str | None, last: str | None) -> Span:
    from smdash.cli.post_import import file_span

    if label is None:
        return file_span(first, last, zone) or Span(EARLIEST, LATEST)
    if first is not None or last is not None:
        raise click.UsageError(_("give --week, or --from and --to"))
    return options.checked(lambda: parse_week(label), "--week").span(zone, team.week_start)


def _has_seconds(one: FileEntry) -> bool:
    return one.started_at.replace(microsecond=0) < one.ended_at.replace(microsecond=0)


@click.command(
    "import",
    help=_(
        "Take hours from a file, or from stdin with -: CSV, JSON, a calendar (ICS), what “timew export” or “watson log "
        "--json” writes. Bad entries are named, the good ones beside them are kept; what is there already adds nothing."
    ),
)
@click.argument("source", metavar="FILE|-")
@click.option(
    "--format",
    "format_",
    type=click.Choice(hour_files.FORMATS),
    help=_("told by what the file begins with, unless given"),
)
@click.option(
    "--map", "maps", metavar="TAG=ACTIVITY", multiple=True,
    help=_("which activity a tag, project or category is; repeat for several"),
)  # fmt: skip
@click.option("--member", "login", metavar="LOGIN", help=_("whose they are, whatever the file says; only a lead may"))
@click.option("--dry-run", is_flag=True, help=_("only say what would be done"))
@as_json
@click.pass_obj
def import_(
    desk: Desk,
    source: str,
    format_: str | None,
    maps: tuple[str, ...],
    login: str | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    from smdash.cli.post_import import read_file
    from smdash.core.hour_files.rows import Bad, Names, Passed, Row
    from smdash.store import hours

    zone_name = desk.team().zone
    zone = find_zone(zone_name)
    if not dry_run:
        desk.refuse_read_only()
    with desk.store.reading() as conn:
        known = hours.activities(conn)
    names = Names(known, _mapped(maps, known))
    data = read_file(source)
    kind = format_ or hour_files.detect(data)
    entries = list(hour_files.read(kind, data, zone, names))
    run = _Run(desk, clean_name(login) if login else None, dry_run=dry_run)
    run.refused = {one.number: one.reason for one in entries if isinstance(one, Bad)}
    rows = [one for one in entries if isinstance(one, Row)]
    run.take(rows)
    passed = {one.number: one.reason for one in entries if isinstance(one, Passed)}
    zoneless = sum(one.zoneless and one.number not in run.refused for one in rows)
    if as_json:
        output.dump(
            {
                "format": kind,
                **run.counts,
                "refused": len(run.refused),
                "passed_over": len(passed),
                "dry_run": dry_run,
                "zone": zone_name,
                "without_zone": zoneless,
                "entries": [{"number": number, "what": one.what.value, "id": one.entry_id} for number, one in run.done],
                "refusals": _reasons(run.refused),
                "left_out": _reasons(passed),
            }
        )
    else:
        words = (
            _("would be: {new} new, {unchanged} unchanged, {refused} refused")
            if dry_run
            else _("{new} new, {unchanged} unchanged, {refused} refused")
        )
        output.say(words.format(**run.counts, refused=len(run.refused)))
        place = _("line {line}: {reason}") if kind in hour_files.BY_LINE else _("entry {line}: {reason}")
        for number, reason in sorted((run.refused | passed).items()):
            output.note(place.format(line=number, reason=reason))
        if zoneless:
            output.note(
                ngettext(
                    "{n} entry has times without a zone: they are the team's, {zone}",
                    "{n} entries have times without a zone: they are the team's, {zone}",
                    zoneless,
                ).format(n=zoneless, zone=zone_name)
            )
    if run.refused:
        raise click.exceptions.Exit(1)


def _reasons(found: dict[int, str]) -> list[dict[str, Any]]:
    return [{"number": number, "reason": found[number]} for number in sorted(found)]


def _mapped(maps: tuple[str, ...], known: list[str]) -> dict[str, str]:
    """What was typed for --map. Raises click's BadParameter."""
    from smdash.core.hour_files.rows import Names

    names = Names(known)
    found: dict[str, str] = {}
    for one in maps:
        tag, _equals, word = one.rpartition("=")
        key = names.find(word)
        if not tag.strip() or key is None:
            raise click.BadParameter(
                _("“{text}” is no tag with its activity; expected one such as meeting=strategy, of {known}").format(
                    text=one, known=", ".join(known)
                ),
                param_hint="--map",
            )
        found[tag] = key
    return found


class _Run:
    """One import: what became of each entry so far."""

    def __init__(self, desk: Desk, login: str | None, *, dry_run: bool) -> None:
        self._desk = desk
        self._login = login
        self._dry_run = dry_run
        self.refused: dict[int, str] = {}
        self.done: list[tuple[int, Taken]] = []

    @property
    def counts(self) -> dict[str, int]:
        from smdash.store.hour_import import What

        return {what.value: sum(one.what is what for _number, one in self.done) for what in What}

    def take(self, rows: Sequence[Row]) -> None:
        """Write the entries in batches, or find out what that would do. Raises StoreError."""
        from smdash.core.records import Actor
        from smdash.store import hour_import

        now = self._desk.clock.now()
        if self._dry_run:
            actor = self._desk.member() or Actor(0, "", "", "")
            run = hour_import.Import(actor, now, whose=self._login, writes=False)
            with self._desk.store.reading() as conn:
                done, refused = _taken(run, conn, rows)
            self.done += done
            self.refused |= refused
            return
        running: Import | None = None
        for at in range(0, len(rows), hour_import.BATCH):
            try:
                with self._desk.store.writing() as conn:
                    if running is None:
                        running = hour_import.Import(self._desk.actor(conn), now, whose=self._login)
                    done, refused = _taken(running, conn, rows[at : at + hour_import.BATCH])
            except StoreError as problem:
                kept = self.counts[hour_import.What.NEW.value]
                raise type(problem)(
                    _(
                        "{problem}; {kept} before that; run it again then: what is there already is not taken twice"
                    ).format(
                        problem=problem,
                        kept=ngettext("{n} entry was taken in", "{n} entries were taken in", kept).format(n=kept),
                    )
                ) from problem
            # Only what is committed counts.
            self.done += done
            self.refused |= refused


def _taken(run: Import, conn: Any, rows: Sequence[Row]) -> tuple[list[tuple[int, Taken]], dict[int, str]]:
    done: list[tuple[int, Taken]] = []
    refused: dict[int, str] = {}
    for row in rows:
        try:
            done.append((row.number, run.take(conn, row.entry)))
        except (InputError, Refused) as problem:
            refused[row.number] = str(problem)
    return done, refused


COMMANDS = (export, import_)
