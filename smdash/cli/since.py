"""``smdash since [TIME]``: what happened while one was away."""

from __future__ import annotations

import click

from smdash.cli import options, output
from smdash.cli.desk import Desk
from smdash.cli.options import as_json
from smdash.core.clock import find_zone
from smdash.core.since import heading, sentences
from smdash.locale import gettext as _


@click.command(help=_("What happened since you last did something, or since a TIME such as 09:10."))
@click.argument("time", required=False)
@as_json
@click.pass_obj
def command(desk: Desk, time: str | None, as_json: bool) -> None:
    from smdash.store import since

    zone, now, me = find_zone(desk.team().zone), desk.clock.now(), desk.member()
    with desk.store.reading() as conn:
        member_id = me.member_id if me else 0
        left = options.when(time, zone, now, "TIME") if time else since.left_at(conn, member_id)
        if left is None:
            output.note(_("nothing is known of you yet; name a time: smdash since 09:00"))
            return
        if left > now:
            raise click.BadParameter(_("that is still to come"), param_hint="TIME")
        found = since.read(conn, member_id, left, now, zone)
    if as_json:
        plain = found._asdict()
        plain["left"] = output.time(found.left)
        plain["phases"] = [{"campaign": one, "phase": phase, "began": began} for one, phase, began in found.phases]
        output.dump(plain)
        return
    output.say(heading(found, now, zone))
    for sentence in sentences(found):
        output.say(f"  {sentence}")
    if found.is_quiet:
        output.say(_("nothing happened"))
