"""``smdash mention ingest``: JSON Lines from anyone's own job; bad lines are reported by number and skipped."""

from __future__ import annotations

import gc
import io
import sys
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from smdash.cli import output
from smdash.cli.desk import Desk
from smdash.cli.options import as_json
from smdash.core.errors import InputError, StoreError
from smdash.core.reasons import reason as why
from smdash.core.records import Counts
from smdash.locale import gettext as _
from smdash.locale import ngettext

if TYPE_CHECKING:
    from smdash.core.records import IncomingMention

# How many refused lines are named one by one; the count names the rest.
NAMED_REFUSALS = 20


@click.command("ingest", help=_("Take in JSON Lines from a file, or from stdin with -."))
@click.argument("source", metavar="FILE|-", type=click.Path(dir_okay=True))
@as_json
@click.pass_obj
def ingest(desk: Desk, source: str, as_json: bool) -> None:
    from smdash.store import goals, mentions

    # Nothing made here refers back to itself; looking for such rings would cost a tenth of the time.
    gc.disable()
    refusals: list[dict[str, Any]] = []
    total = Counts()
    with _lines_of(source) as lines, _progress(source, lines, as_json) as moved:
        for batch in _batches(_split(lines), refusals, mentions.BATCH, moved):
            try:
                with desk.store.writing() as conn:
                    counts = mentions.apply(conn, batch, goals.current(conn), desk.clock.now())
            except StoreError as problem:
                raise _stopped(problem, total) from problem
            # Only what is committed counts: a full disk shows at the commit.
            total += counts
    total += Counts(refused=len(refusals))
    if as_json:
        output.dump(
            {
                "new": total.new,
                "changed": total.changed,
                "unchanged": total.unchanged,
                "refused": total.refused,
                "refusals": refusals,
            }
        )
    else:
        output.say(
            _("{new} new, {changed} changed, {unchanged} unchanged, {refused} refused").format(
                new=total.new, changed=total.changed, unchanged=total.unchanged, refused=total.refused
            )
        )
        for refusal in refusals[:NAMED_REFUSALS]:
            output.note(_("line {line}: {reason}").format(**refusal))
        if len(refusals) > NAMED_REFUSALS:
            rest = refusals[NAMED_REFUSALS:]
            output.note(
                ngettext("and {n} more: line {lines}", "and {n} more: lines {lines}", len(rest)).format(
                    n=len(rest), lines=", ".join(str(refusal["line"]) for refusal in rest[:1000])
                )
            )
    if refusals:
        raise click.exceptions.Exit(1)


def _stopped(problem: StoreError, so_far: Counts) -> StoreError:
    """The same error, saying how far the reading got."""
    taken = so_far.new + so_far.changed + so_far.unchanged
    kept = ngettext("{n} mention was taken in", "{n} mentions were taken in", taken).format(n=taken)
    return type(problem)(
        _("{problem}; {kept} before that; run it again then: what is there already is not taken twice").format(
            problem=problem, kept=kept
        )
    )


def _lines_of(source: str) -> BinaryIO:
    if source == "-":
        return sys.stdin.buffer
    try:
        return io.open(source, "rb")  # noqa: UP020 (the caller closes it)
    except OSError as problem:
        raise InputError(_("can't read {path}: {reason}").format(path=source, reason=why(problem))) from problem


def _split(file: BinaryIO) -> Iterator[bytes]:
    """The lines; of one that is longer than any that can be taken in, only the beginning."""
    from smdash.core.ingest import LINE_LIMIT

    most = LINE_LIMIT + 2
    while line := file.readline(most):
        yield line
        while len(line) == most and not line.endswith(b"\n"):
            line = file.readline(most)


def _batches(
    lines: Iterable[bytes], refusals: list[dict[str, Any]], size: int, moved: Any
) -> Iterator[list[IncomingMention]]:
    """Parse line by line; bad ones are noted by number and skipped."""
    from smdash.core.ingest import parse_line

    batch: list[IncomingMention] = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            batch.append(parse_line(line))
        except InputError as problem:
            refusals.append({"line": number, "reason": str(problem)})
        if len(batch) >= size:
            yield batch
            moved.update(size)
            batch = []
    if batch:
        yield batch


def _progress(source: str, lines: BinaryIO, as_json: bool) -> Any:
    """A bar on stderr for long files, and only for a person."""
    import contextlib

    class Silent:
        def update(self, _steps: int) -> None:
            pass

    if as_json or not lines.seekable() or source == "-" or not sys.stderr.isatty():
        return contextlib.nullcontext(Silent())
    from smdash.core.ingest import LINE_LIMIT

    size = lines.seek(0, io.SEEK_END)
    lines.seek(0)
    sample = lines.read(LINE_LIMIT)
    lines.seek(0)
    guess = int(size / max(len(sample) / max(sample.count(b"\n"), 1), 1))
    return click.progressbar(length=max(guess, 1), label=_("reading"), file=sys.stderr)


COMMANDS = (ingest,)
