"""``smdash init``: make the shared file, its folder and permissions."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import click

from smdash.cli import options
from smdash.cli.desk import Desk
from smdash.cli.output import say
from smdash.core.clock import find_zone
from smdash.core.errors import InputError, StoreReadOnly
from smdash.core.text import clean_name
from smdash.locale import gettext as _


@click.command(help=_("Make the shared database, or change its team and zone."))
@click.option("--team", help=_("the team's name"))
@click.option("--zone", help=_("the team's time zone, an IANA name; Asia/Jakarta unless told"))
@click.option("--group", help=_("the OS group whose members share the file"))
@click.pass_obj
def command(desk: Desk, team: str | None, zone: str | None, group: str | None) -> None:
    from smdash.store import driver, teams
    from smdash.store.connection import create_file

    if zone is not None:
        options.checked(lambda: find_zone(zone), "--zone")
    if desk.read_only:
        raise StoreReadOnly(desk.why_read_only or _("--read-only makes no database; leave it out"))
    path = desk.path
    group_id = _group_id(group) if group else None
    _make_folder(path.parent, group_id)
    # Alone the file is one's own; with a group its members share it.
    create_file(path, 0o600 if group_id is None else 0o660)
    if group_id is not None:
        _share(path, group_id)
    with desk.store.writing() as conn:
        teams.start(conn, clean_name(team) if team is not None else None, zone)
        desk.actor(conn)
    found = desk.team()
    say(
        _("{path} is ready: team “{team}”, zone {zone}, journal {journal}").format(
            path=path, team=found.name, zone=found.zone, journal=driver.journal_mode()
        )
    )


def _group_id(name: str) -> int:
    import grp

    try:
        return grp.getgrnam(name).gr_gid
    except KeyError as problem:
        raise InputError(_("there is no group “{name}”; make it with: groupadd {name}").format(name=name)) from problem


def _make_folder(folder: Path, group_id: int | None) -> None:
    """A folder made here belongs to the group (2770, setgid) or to its owner (0700); an existing one is left alone."""
    if folder.is_dir():
        return
    try:
        folder.mkdir(parents=True, mode=0o700)
        if group_id is not None:
            os.chown(folder, -1, group_id)
            folder.chmod(0o2770)
    except OSError as problem:
        raise StoreReadOnly(
            _("can't make the folder {path}: {reason}").format(path=folder, reason=problem.strerror or problem)
        ) from problem


def _share(path: Path, group_id: int) -> None:
    try:
        if path.stat().st_gid != group_id:
            os.chown(path, -1, group_id)
        if stat.S_IMODE(path.stat().st_mode) != 0o660:
            path.chmod(0o660)
    except OSError as problem:
        raise StoreReadOnly(
            _("can't give {path} to the group: {reason}; run init as its owner").format(
                path=path, reason=problem.strerror or problem
            )
        ) from problem
