"""``smdash mention erase``: what a person wrote, and who they are, blanked for good."""

from __future__ import annotations

import sys

import click

from smdash.cli import output
from smdash.cli.desk import Desk
from smdash.cli.options import as_json, numbers
from smdash.core.errors import InputError
from smdash.locale import gettext as _
from smdash.locale import ngettext


@click.command("erase", help=_("Blank what people wrote and who they are, for good; - reads ids from stdin."))
@click.argument("ids", metavar="[ID...|-]", nargs=-1)
@click.option("--author", metavar="NETWORK/HANDLE", help=_("everything of this person"))
@click.option("--yes", is_flag=True, help=_("don't ask"))
@click.option("--rewrite", is_flag=True, help=_("write the whole file anew, so that no free page holds it"))
@as_json
@click.pass_obj
def erase(desk: Desk, ids: tuple[str, ...], author: str | None, yes: bool, rewrite: bool, as_json: bool) -> None:
    from smdash.store import erase as erasing
    from smdash.store.troubles import translated

    if bool(ids) == bool(author):
        raise click.UsageError(_("name either ids or --author"))
    desk.refuse_read_only()
    wanted = numbers(ids)
    if author is not None:
        platform, sign, handle = author.partition("/")
        if not sign or not platform or not handle:
            raise click.UsageError(_("“{text}” is no author; expected one such as instagram/rina").format(text=author))
        with desk.store.reading() as conn:
            wanted = erasing.wrote(conn, platform, handle)
    wanted = list(dict.fromkeys(wanted))
    if not yes:
        _ask(len(wanted), piped="-" in ids)
    total = erasing.Erased(0, 0, 0)
    now = desk.clock.now()
    # In short transactions: who works meanwhile must not wait. All ids are looked at before the first one is erased.
    with desk.store.reading() as conn:
        erasing.check(conn, wanted)
    for at in range(0, len(wanted), erasing.BATCH):
        with desk.store.writing() as conn:
            done = erasing.mentions(conn, desk.actor(conn), wanted[at : at + erasing.BATCH], now)
        total = erasing.Erased(*(a + b for a, b in zip(total, done, strict=True)))
    with desk.store.writing() as conn:
        scrubbed = erasing.scrub(conn)
    if rewrite:
        with translated(desk.path):
            erasing.rewrite(desk.store.conn)
    cleared = erasing.clear_log(desk.store.conn)
    if as_json:
        output.dump({"changed": total.mentions, "replies": total.replies, "notes": total.notes, "log_cleared": cleared})
    else:
        output.say(
            ngettext("{n} mention erased", "{n} mentions erased", total.mentions).format(n=total.mentions)
            + _(", with {replies} answers and {notes} notes").format(replies=total.replies, notes=total.notes)
        )
    if not scrubbed and not rewrite:
        output.note(_("free pages of the file may still hold old text; --rewrite leaves none"))
    if not cleared:
        output.note(_("the database's log still holds the old text while others read it; run this again later"))
    output.note(_("backups made before still hold it"))


def _ask(count: int, *, piped: bool) -> None:
    """Ask a person; a program says --yes. Raises InputError where there is nobody to ask."""
    if piped or not sys.stdin.isatty():
        raise InputError(_("erasing can't be undone, so it needs --yes where nobody can be asked"))
    question = ngettext("Erase {n} mention for good?", "Erase {n} mentions for good?", count).format(n=count)
    click.confirm(question, abort=True, err=True)


COMMANDS = (erase,)
