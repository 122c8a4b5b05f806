"""``smdash restore``: put a backup in the database's place, and keep what was there; files of posts come along."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from smdash.cli import output
from smdash.cli.desk import Desk
from smdash.core.errors import Refused, SmdashError, StoreReadOnly
from smdash.core.health import service_seems_alive
from smdash.locale import gettext as _
from smdash.locale import ngettext
from smdash.settings import paths

if TYPE_CHECKING:
    from smdash.store.driver import Connection


@click.command(
    help=_(
        "Put the backup FILE in the database's place; the old database is kept beside it. Files of its posts that are "
        "missing come back from FILE.media."
    )
)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--yes", is_flag=True, help=_("don't ask"))
@click.option("--service-stopped", is_flag=True, help=_("go on although the service seems to run"))
@click.pass_obj
def command(desk: Desk, file: Path, yes: bool, service_stopped: bool) -> None:
    from smdash.store import backup, files, media_backup

    if desk.read_only:
        raise StoreReadOnly(desk.why_read_only or _("--read-only restores nothing; leave it out"))
    backup.examine(file).close()
    if not service_stopped:
        _refuse_service(desk)
    if not yes:
        if not sys.stdin.isatty():
            raise Refused(
                _("nobody can be asked here; add --yes to put {file} in the place of {path}").format(
                    file=file, path=desk.path
                )
            )
        click.confirm(_("Put {file} in the place of {path}?").format(file=file, path=desk.path), abort=True)
    done = backup.restore(file, desk.path, paths.login(), desk.clock.now())
    output.say(_("{path} holds what {file} held").format(path=desk.path, file=file))
    if done.kept is not None:
        output.say(_("what was there is kept as {path}").format(path=done.kept))
    beside = media_backup.bring_back(file, files.real(desk.path))
    if beside is not None and beside.missing:
        lost = ngettext("{n} file of a post is not there", "{n} files of posts are not there", beside.missing)
        output.note(_("{lost}; see: smdash doctor").format(lost=lost.format(n=beside.missing)))
    if done.held:
        output.say(
            ngettext(
                "{n} delivery waits for a person to see whether it went out",
                "{n} deliveries wait for a person to see whether they went out",
                done.held,
            ).format(n=done.held)
        )


def _refuse_service(desk: Desk) -> None:
    """The service must not work on a file that is swapped. Raises Refused."""
    from smdash.store.connection import look
    from smdash.store.troubles import translated

    try:
        conn = look(desk.path)
    except SmdashError:
        return  # missing or damaged: that is what a restore is for
    try:
        with translated(desk.path):
            running = _running(desk, conn)
    except SmdashError:
        return
    finally:
        conn.close()
    if running:
        raise Refused(
            _("the service of this database seems to run ({who}); stop it first, or add --service-stopped").format(
                who=running
            )
        )


def _running(desk: Desk, conn: Connection) -> str | None:
    """Who runs the service, as far as this user can tell: from its lock, else from its jobs' health."""
    from smdash.store import jobs, teams
    from smdash.sync.lock import holder

    recorded = teams.get(conn, "service")
    if recorded is None:
        return None
    login = str(recorded.get("login"))
    who = f"{login}, {recorded.get('host')}"
    state = paths.state_dir_of(login)
    if state is not None:
        return who if holder(state / teams.team(conn).database_id) else None
    return who if service_seems_alive(jobs.select(conn), desk.clock.now()) else None
