"""``smdash undo``: the member's last step put back, wherever it was taken."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from smdash.cli import output
from smdash.cli.desk import Desk
from smdash.cli.options import as_json
from smdash.core import labels
from smdash.core.errors import Refused
from smdash.locale import gettext as _
from smdash.locale import ngettext

if TYPE_CHECKING:
    from smdash.store.undoing import Undone


@click.command(help=_("Put your last step back."))
@as_json
@click.pass_obj
def command(desk: Desk, as_json: bool) -> None:
    from smdash.store import batches

    undo = batches.undo(desk.clock.now())
    desk.write_parts(undo)
    tell(undo.undone, as_json, _("undone: {what} ({n})"))


def tell(undone: Undone, as_json: bool, sentence: str) -> None:
    """What was put back or done again. Raises Refused where it was nothing; what can't be is passed over next time."""
    from smdash.store import undoing

    if not undone.ids:
        raise Refused(undoing.refusal(undone))
    if as_json:
        output.dump(
            {
                "verb": undone.verb,
                "subject": undone.subject,
                "changed": len(undone.ids),
                "ids": list(undone.ids),
                "refused": undone.refused,
                "by": undone.by or None,
            }
        )
        return
    output.say(sentence.format(what=labels.verb(undone.verb), n=len(undone.ids)))
    if undone.refused:
        words = ngettext("{n} stays, changed since by {who}", "{n} stay, changed since by {who}", undone.refused)
        output.note(words.format(n=undone.refused, who=undone.by))
