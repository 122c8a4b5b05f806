"""``smdash freeze on|off``: stop everything that goes out, and let it go again, one by one."""

from __future__ import annotations

import click

from smdash.cli import output
from smdash.cli.desk import Desk
from smdash.cli.options import as_json
from smdash.locale import gettext as _
from smdash.locale import ngettext


@click.group(help=_("Stop everything that goes out."))
def command() -> None:
    pass


@command.command("on", help=_("Stop everything that goes out, for a REASON that others will read."))
@click.argument("reason", metavar="REASON", nargs=-1, required=True)
@as_json
@click.pass_obj
def on(desk: Desk, reason: tuple[str, ...], as_json: bool) -> None:
    from smdash.store import freezing

    with desk.store.writing() as conn:
        freezing.on(conn, desk.actor(conn), desk.clock.now(), " ".join(reason))
    if as_json:
        output.dump({"frozen": True, "reason": " ".join(reason)})
    else:
        output.say(_("nothing goes out until: smdash freeze off"))


@command.command("off", help=_("Lift it. What was held stays held: let each go with smdash delivery resolve."))
@as_json
@click.pass_obj
def off(desk: Desk, as_json: bool) -> None:
    from smdash.store import freezing

    with desk.store.writing() as conn:
        held = freezing.off(conn, desk.actor(conn), desk.clock.now())
    if as_json:
        output.dump({"frozen": False, "held": held})
        return
    output.say(_("what is due from now on goes out"))
    if held:
        output.say(
            ngettext(
                "{n} delivery stays held; look at each: smdash delivery list --state held",
                "{n} deliveries stay held; look at each: smdash delivery list --state held",
                held,
            ).format(n=held)
        )
