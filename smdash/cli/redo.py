"""``smdash redo``: what the member's last undo put back, done again."""

from __future__ import annotations

import click

from smdash.cli.desk import Desk
from smdash.cli.options import as_json
from smdash.cli.undo import tell
from smdash.locale import gettext as _


@click.command(help=_("Do again what your last undo put back."))
@as_json
@click.pass_obj
def command(desk: Desk, as_json: bool) -> None:
    from smdash.store import batches

    redo = batches.redo(desk.clock.now())
    desk.write_parts(redo)
    tell(redo.undone, as_json, _("done again: {what} ({n})"))
