"""``smdash post import|export``: the plan as CSV for spreadsheets, or as ICS for calendars."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from smdash.cli import options, output
from smdash.cli.desk import Desk
from smdash.cli.options import as_json
from smdash.core import formats, labels
from smdash.core.clock import Span, find_zone, start_of_day
from smdash.core.errors import InputError, Refused, StoreError
from smdash.core.reasons import reason as why
from smdash.core.records import Category
from smdash.locale import gettext as _
from smdash.locale import ngettext

if TYPE_CHECKING:
    from smdash.core.plan import Bad, Line
    from smdash.core.records import Post
    from smdash.store.post_import import Decision

_FORMATS = ("csv", "ics")
_SEPARATORS = {"comma": ",", "semicolon": ";"}


@click.command(
    "export",
    help=_(
        "Write posts into a file, or to stdout. CSV has all of them, with an apostrophe before what a spreadsheet "
        "would run; a calendar (ICS) has those that have a time. A file that is edited can be imported again."
    ),
)
@click.argument("target", metavar="[FILE|-]", type=click.Path(path_type=Path), required=False)
@click.option("--format", "format_", type=click.Choice(_FORMATS), help=_("csv, unless the file's name ends in .ics"))
@click.option("--from", "first", metavar="DAY", help=_("only from this day on, such as 2026-11-23"))
@click.option("--to", "last", metavar="DAY", help=_("only up to this day, that day included"))
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
    first: str | None,
    last: str | None,
    separator: str,
    force: bool,
) -> None:
    from smdash.core import plan_csv
    from smdash.store import posts

    team = desk.team()
    zone = find_zone(team.zone)
    span = file_span(first, last, zone)
    with desk.store.reading() as conn:
        rows = posts.select(conn)
    if span is not None:
        rows = tuple(post for post in rows if post.due_at is not None and span.start <= post.due_at < span.end)
    left_out = 0
    to_file = target is not None and str(target) != "-"
    if (format_ or _of_name(target)) == "ics":
        from smdash.core import plan_ics

        data = plan_ics.write(rows, zone, desk.clock.now(), name=team.name or "smdash")
        left_out = sum(post.due_at is None for post in rows)
    else:
        # Without the mark spreadsheets take a file for one of their country's old character set.
        mark = "\ufeff" if to_file else ""
        data = (mark + plan_csv.write(rows, zone, separator=_SEPARATORS[separator])).encode()
    if target is None or not to_file:
        sys.stdout.flush()
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    else:
        write_file(target, data, force)
        count = len(rows) - left_out
        output.say(ngettext("{n} post is in {path}", "{n} posts are in {path}", count).format(n=count, path=target))
    if left_out:
        output.note(
            ngettext(
                "{n} post has no time, so it is not in the calendar",
                "{n} posts have no time, so they are not in the calendar",
                left_out,
            ).format(n=left_out)
        )


def file_span(first: str | None, last: str | None, zone: Any) -> Span | None:
    """The local days that --from and --to name, or nothing where neither is given. Raises click's BadParameter."""
    from datetime import timedelta

    from smdash.core.clock import EARLIEST, LATEST

    if first is None and last is None:
        return None
    begin = start_of_day(options.day(first, "--from"), zone) if first is not None else EARLIEST
    end = start_of_day(options.day(last, "--to") + timedelta(days=1), zone) if last is not None else LATEST
    if end <= begin:
        raise click.BadParameter(_("the last day is before the first"), param_hint="--to")
    return Span(begin, end)


def _of_name(path: Path | str | None) -> str:
    return "ics" if path is not None and str(path).casefold().endswith((".ics", ".ical", ".ifb")) else "csv"


def write_file(target: Path, data: bytes, force: bool) -> None:
    """Write a file, over one that is there with *force* only. Raises InputError."""
    try:
        with target.open("wb" if force else "xb") as out:
            out.write(data)
    except FileExistsError as problem:
        raise InputError(_("{path} is there already; add --force to write over it").format(path=target)) from problem
    except OSError as problem:
        raise InputError(_("can't write {path}: {problem}").format(path=target, problem=why(problem))) from problem


@click.command(
    "import",
    help=_(
        "Take posts from a CSV file or a calendar (ICS), or from stdin with -. Bad lines are named by number, the good "
        "ones beside them are kept. Times without a zone are the team's. A line that was taken in before adds nothing: "
        "a post of ours is known by its key, an event by its UID, any other line by its contents."
    ),
)
@click.argument("source", metavar="FILE|-")
@click.option(
    "--format", "format_", type=click.Choice(_FORMATS), help=_("told by what the file begins with, unless given")
)
@click.option("--account", "accounts", multiple=True, help=_("where a line names none; repeat for several"))
@click.option("--category", type=click.Choice([one.value for one in Category]), help=_("where a line names none"))
@click.option("--dry-run", is_flag=True, help=_("only say what would be done"))
@as_json
@click.pass_obj
def import_(
    desk: Desk,
    source: str,
    format_: str | None,
    accounts: tuple[str, ...],
    category: str | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    from smdash.core import plan

    team = desk.team()
    zone = find_zone(team.zone)
    if not dry_run:
        desk.refuse_read_only()
    data = read_file(source)
    entries, passed_over = _entries(data, format_, zone, accounts, category or "")
    good = [one for one in entries if isinstance(one, plan.Line)]
    refused = {one.number: one.reason for one in entries if isinstance(one, plan.Bad)} | plan.checked(good)
    run = _Run(desk, team.zone, dry_run=dry_run, refused=refused)
    run.take([line for line in good if line.number not in refused])
    zoneless = sum(line.zoneless for line in good)
    refusals = [{"line": number, "reason": run.refused[number]} for number in sorted(run.refused)]
    if as_json:
        output.dump(
            {
                **run.counts,
                "refused": len(refusals),
                "dry_run": dry_run,
                "zone": team.zone,
                "without_zone": zoneless,
                "lines": [{"line": number, "what": found.what.value, "post": post, "state": found.state.value}
                          for number, found, post in run.done],
                "refusals": refusals,
            }
        )  # fmt: skip
    else:
        run.tell(zone)
        for refusal in refusals:
            output.note(_("line {line}: {reason}").format(**refusal))
        if zoneless:
            output.note(
                ngettext(
                    "{n} line has times without a zone: they are the team's, {zone}",
                    "{n} lines have times without a zone: they are the team's, {zone}",
                    zoneless,
                ).format(n=zoneless, zone=team.zone)
            )
        if passed_over:
            output.note(_("columns that mean nothing here: {names}").format(names=", ".join(passed_over)))
    if refusals:
        raise click.exceptions.Exit(1)


def read_file(source: str) -> bytes:
    """The bytes of a file, or of stdin for ``-``. Raises InputError for what can't be read or is too large."""
    from smdash.core.plan import FILE_LIMIT

    try:
        if source == "-":
            data = sys.stdin.buffer.read(FILE_LIMIT + 1)
        else:
            with Path(os.fspath(source)).open("rb") as file:
                data = file.read(FILE_LIMIT + 1)
    except OSError as problem:
        raise InputError(_("can't read {path}: {reason}").format(path=source, reason=why(problem))) from problem
    if len(data) > FILE_LIMIT:
        raise InputError(
            _("{path} is larger than {most} million bytes; import it in parts").format(
                path=source, most=FILE_LIMIT // 1_000_000
            )
        )
    return data


def _entries(
    data: bytes, format_: str | None, zone: Any, accounts: tuple[str, ...], category: str
) -> tuple[Sequence[Line | Bad], list[str]]:
    """The lines, good and bad, and the columns that were passed over."""
    from smdash.core import plan_csv

    begins = data[:200].removeprefix(b"\xef\xbb\xbf").lstrip().upper()
    if format_ == "ics" or (format_ is None and begins.startswith(b"BEGIN:VCALENDAR")):
        from smdash.core import plan_ics

        return list(plan_ics.read(data, zone, accounts=accounts, category=category)), []
    reader = plan_csv.Reader(data, zone, accounts=accounts, category=category)
    return list(reader), reader.passed_over


class _Run:
    """One import: what became of each line so far."""

    def __init__(self, desk: Desk, zone: str, *, dry_run: bool, refused: dict[int, str]) -> None:
        self._desk = desk
        self._zone = zone
        self._dry_run = dry_run
        self.refused = refused
        self.done: list[tuple[int, Decision, int | None]] = []

    @property
    def counts(self) -> dict[str, int]:
        from smdash.store.post_import import What

        return {what.value: sum(found.what is what for _number, found, _post in self.done) for what in What}

    def take(self, lines: Sequence[Line]) -> None:
        """Write the lines in batches, or find out what that would do. Raises StoreError."""
        from smdash.store import post_import

        now = self._desk.clock.now()
        if self._dry_run:
            taken: set[str] = set()
            with self._desk.store.reading() as conn:
                for line in lines:
                    try:
                        found = post_import.decide(conn, line, now, taken)
                    except (InputError, Refused) as problem:
                        self.refused[line.number] = str(problem)
                        continue
                    taken.add(found.key)
                    self.done.append((line.number, found, found.post.id if found.post else None))
            return
        for at in range(0, len(lines), post_import.BATCH):
            batch: list[tuple[int, Decision, int | None]] = []
            refused: dict[int, str] = {}
            try:
                with self._desk.store.writing() as conn:
                    actor = self._desk.actor(conn)
                    for line in lines[at : at + post_import.BATCH]:
                        try:
                            found = post_import.decide(conn, line, now)
                            post_id = post_import.write(conn, actor, now, found, self._zone)
                        except (InputError, Refused) as problem:
                            refused[line.number] = str(problem)
                            continue
                        batch.append((line.number, found, post_id or (found.post.id if found.post else None)))
            except StoreError as problem:
                kept = len([1 for _number, found, _post in self.done if found.what is not post_import.What.UNCHANGED])
                raise type(problem)(
                    _(
                        "{problem}; {kept} before that; run it again then: what is there already is not taken twice"
                    ).format(
                        problem=problem,
                        kept=ngettext("{n} post was taken in", "{n} posts were taken in", kept).format(n=kept),
                    )
                ) from problem
            # Only what is committed counts.
            self.done += batch
            self.refused |= refused

    def tell(self, zone: Any) -> None:
        """What was done in one line; before a dry run's, a line for each thing that would be done."""
        from smdash.store.post_import import What

        if self._dry_run:
            for number, found, _post in self.done:
                if found.what is not What.UNCHANGED:
                    output.say(_would(number, found, zone))
        words = (
            _("would be: {new} new, {changed} changed, {unchanged} unchanged, {refused} refused")
            if self._dry_run
            else _("{new} new, {changed} changed, {unchanged} unchanged, {refused} refused")
        )
        output.say(words.format(**self.counts, refused=len(self.refused)))


def _would(number: int, found: Decision, zone: Any) -> str:
    from smdash.store.post_import import What

    due_at = found.content.due_at
    when = formats.whole_moment(due_at, zone) if due_at else _("no time")
    values = {"line": number, "when": when, "state": _state(found), "accounts": " ".join(found.content.accounts)}
    if found.what is What.NEW:
        return _("line {line}: a new post, {state}, {when}, {accounts}").format(**values)
    post: Post | None = found.post
    return _("line {line}: changes post {id}, {when}, {accounts}").format(**values, id=post.id if post else "")


def _state(found: Decision) -> str:
    return labels.state("scheduled" if found.state.value == "ready" else found.state.value)


COMMANDS = (import_, export)
