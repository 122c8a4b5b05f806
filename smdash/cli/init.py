"""``smdash init``: make the shared file, its folder and permissions."""

from __future__ import annotations

import click

from smdash.cli import options
from smdash.cli.desk import Desk
from smdash.cli.output import note, say
from smdash.core.clock import find_zone
from smdash.core.errors import StoreReadOnly
from smdash.core.text import clean_name
from smdash.locale import gettext as _


@click.command(help=_("Make the shared database, or change its team and zone."))
@click.option("--team", help=_("the team's name"))
@click.option("--zone", help=_("the team's time zone, an IANA name; Asia/Jakarta unless told"))
@click.option("--group", help=_("the OS group whose members share the file"))
@click.pass_obj
def command(desk: Desk, team: str | None, zone: str | None, group: str | None) -> None:
    from smdash.store import driver, files, teams
    from smdash.store.connection import create_file

    if zone is not None:
        options.checked(lambda: find_zone(zone), "--zone")
    if desk.read_only:
        raise StoreReadOnly(desk.why_read_only or _("--read-only makes no database; leave it out"))
    path = desk.path
    group_id = files.find_group(group) if group else None
    files.make_folder(path, group_id)
    # Alone the file is one's own; with a group its members share it.
    create_file(path, files.OWN_FILE if group_id is None else files.SHARED_FILE)
    if group_id is not None:
        files.share(path, group_id)
    with desk.store.writing() as conn:
        teams.start(conn, clean_name(team) if team is not None else None, zone)
        if group_id is not None:
            # What doctor holds the files against, however far they have drifted.
            teams.put(conn, "group", files.group_name(group_id))
        desk.actor(conn)
    found = desk.team()
    say(
        _("{path} is ready: team “{team}”, zone {zone}, journal {journal}").format(
            path=path, team=found.name, zone=found.zone, journal=driver.journal_mode()
        )
    )
    if group_id is not None and (closed := files.closed_above(path.parent, group_id)):
        note(
            _("members of {group} can't enter {path}; open it to them with: chmod o+x {path}").format(
                group=group, path=closed
            )
        )
