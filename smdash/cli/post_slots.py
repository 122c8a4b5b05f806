"""``smdash post slots``: the times of the week at which something should still go out."""

from __future__ import annotations

import click

from smdash.cli import output
from smdash.cli.desk import Desk
from smdash.cli.options import as_json
from smdash.core import formats, labels
from smdash.core.clock import find_zone
from smdash.locale import gettext as _
from smdash.locale import ngettext


@click.command(
    "slots",
    help=_(
        "The empty slots to come, by day: no post is due within 30 minutes of them. Days on which the team is off have "
        "none. The slots themselves are in the team's settings: smdash team edit"
    ),
)
@click.option(
    "--days", default=7, show_default=True, type=click.IntRange(1, 366), help=_("within so many days, today the first")
)
@as_json
@click.pass_obj
def slots(desk: Desk, days: int, as_json: bool) -> None:
    from smdash.store import slots as store_slots

    zone = find_zone(desk.team().zone)
    with desk.store.reading() as conn:
        found = store_slots.empty(conn, desk.clock.now(), days)
        known = bool(store_slots.select(conn))
    if as_json:
        output.dump(
            [{"due_at": output.time(one.at), "account": one.account, "category": one.category} for one in found]
        )
        return
    output.table(
        [_("DAY"), _("TIME"), _("ACCOUNT"), _("CATEGORY")],
        (
            (
                formats.short_day(one.at, zone),
                formats.clock_time(one.at, zone),
                one.account or _("any"),
                labels.category(one.category) if one.category else "",
            )
            for one in found
        ),
    )
    if not known:
        output.note(_("the team has no slots; add some with: smdash team edit"))
    elif not found:
        output.note(
            ngettext("no slot is empty within {n} day", "no slot is empty within {n} days", days).format(n=days)
        )


COMMANDS = (slots,)
