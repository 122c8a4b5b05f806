"""``smdash mention``: list, show, ingest, done, reopen."""

from __future__ import annotations

import gc
import io
import sys
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from smdash.cli import output
from smdash.cli.desk import Desk
from smdash.cli.options import ID, as_json, numbers, only_ids
from smdash.core import formats, labels
from smdash.core.clock import find_zone
from smdash.core.errors import InputError, StoreError
from smdash.core.reasons import reason as why
from smdash.core.records import Counts, MentionState
from smdash.locale import gettext as _
from smdash.locale import ngettext

if TYPE_CHECKING:
    from smdash.core.records import IncomingMention, Mention

# How many refused lines are named one by one; the count names the rest.
NAMED_REFUSALS = 20


@click.group(help=_("What people wrote to or about the accounts."))
def command() -> None:
    pass


def shape(row: Mention) -> dict[str, Any]:
    """A mention as ``--json`` gives it (DESIGN.md section 5)."""
    return {
        "id": row.id,
        "platform": row.platform,
        "account": row.account,
        "kind": row.kind.value,
        "author_handle": row.author_handle,
        "author_name": row.author_name,
        "body": row.body,
        "url": row.url,
        "sent_at": output.time(row.sent_at),
        "due_at": output.time(row.due_at),
        "state": row.state.value,
        "assignee": row.assignee,
        "priority": row.priority,
        "labels": list(row.labels),
    }


@command.command("list", help=_("The open mentions, oldest first."))
@click.option(
    "--state", "states", multiple=True, type=click.Choice([state.value for state in MentionState]),
    help=_("these states instead of the open ones"),
)  # fmt: skip
@click.option("--all", "every", is_flag=True, help=_("all states"))
@click.option("--limit", type=ID, help=_("at most this many"))
@as_json
@only_ids
@click.pass_obj
def list_(desk: Desk, states: tuple[str, ...], every: bool, limit: int | None, as_json: bool, only_ids: bool) -> None:
    from smdash.store import inbox

    wanted = list(MentionState) if every else [MentionState(state) for state in states] or [MentionState.OPEN]
    with desk.store.reading() as conn:
        rows = inbox.select(conn, wanted, limit or -1)
    if as_json:
        output.dump([shape(row) for row in rows])
        return
    if only_ids:
        output.ids(row.id for row in rows)
        return
    now = desk.clock.now()
    output.table(
        ["ID", _("WAITS"), _("NETWORK"), _("ACCOUNT"), _("KIND"), _("WHO"), _("STATE"), _("TEXT")],
        (
            (
                row.id,
                formats.short_age(now - row.sent_at),
                row.platform,
                row.account,
                labels.kind(row.kind),
                row.author_handle,
                labels.state(row.state),
                row.body,
            )
            for row in rows
        ),
    )
    if not rows:
        output.note(_("no mention is open"))


@command.command("show", help=_("One mention with its thread and history."))
@click.argument("mention_id", metavar="ID", type=ID)
@as_json
@click.pass_obj
def show(desk: Desk, mention_id: int, as_json: bool) -> None:
    from smdash.store import inbox

    with desk.store.reading() as conn:
        whole = inbox.whole(conn, mention_id)
    if whole is None:
        raise InputError(_("there is no mention {id}").format(id=mention_id))
    if as_json:
        output.dump(
            {
                **shape(whole.mention),
                "received_at": output.time(whole.received_at),
                "edited_at": output.time(whole.edited_at),
                "reply_until": output.time(whole.reply_until),
                "answered_at": output.time(whole.mention.answered_at),
                "thread": [shape(row) for row in whole.thread],
                "history": [
                    {"at": output.time(one.at), "who": one.who, "verb": one.verb, "detail": one.detail}
                    for one in whole.history
                ],
            }
        )
        return
    zone = find_zone(desk.team().zone)
    row = whole.mention
    output.say(f"{row.author_name} ({row.author_handle}), {labels.kind(row.kind)}, {row.platform}/{row.account}")
    output.say(f"{formats.whole_moment(row.sent_at, zone)}, {labels.state(row.state)}")
    if row.url:
        output.say(row.url)
    output.say("\n" + row.body)
    for earlier in whole.thread:
        if earlier.id != row.id:
            output.say(f"\n{earlier.author_name}, {formats.short_moment(earlier.sent_at, zone)}:\n{earlier.body}")
    for one in whole.history:
        output.say(f"{formats.short_moment(one.at, zone)}  {one.who}: {labels.verb(one.verb)}")


@command.command("ingest", help=_("Take in JSON Lines from a file, or from stdin with -."))
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


def _act(desk: Desk, values: tuple[str, ...], verb: str) -> int:
    from smdash.store import triage

    wanted = numbers(values)
    with desk.store.writing() as conn:
        act = triage.finish if verb == "done" else triage.reopen
        return act(conn, desk.actor(conn), wanted, desk.clock.now()).changed


@command.command("done", help=_("Set mentions to done; - reads ids from stdin."))
@click.argument("ids", metavar="ID...|-", nargs=-1, required=True)
@click.pass_obj
def done(desk: Desk, ids: tuple[str, ...]) -> None:
    changed = _act(desk, ids, "done")
    output.say(ngettext("{n} mention done", "{n} mentions done", changed).format(n=changed))


@command.command("reopen", help=_("Open mentions again; - reads ids from stdin."))
@click.argument("ids", metavar="ID...|-", nargs=-1, required=True)
@click.pass_obj
def reopen(desk: Desk, ids: tuple[str, ...]) -> None:
    changed = _act(desk, ids, "reopen")
    output.say(ngettext("{n} mention reopened", "{n} mentions reopened", changed).format(n=changed))
