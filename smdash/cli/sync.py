"""``smdash sync``: the service, forever or once."""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
from typing import TYPE_CHECKING

import click

from smdash.cli import output
from smdash.cli.desk import Desk
from smdash.core.errors import Refused
from smdash.core.formats import decimal
from smdash.locale import gettext as _

if TYPE_CHECKING:
    from smdash.sync.results import JobResult


@click.command(help=_("Pull from the networks and feeds: as a service, or once."))
@click.option("--once", is_flag=True, help=_("every job now, whatever its interval, and leave"))
@click.option("--only", multiple=True, metavar="JOB", help=_("only this job, or all below it, such as mastodon/kopi"))
@click.option("--list", "lists", is_flag=True, help=_("how each job is doing, without running any"))
@click.option("--ask", metavar="JOB", help=_("have the running service run this job now"))
@click.option("--pause", metavar="JOB", help=_("pull nothing for this job until it is resumed"))
@click.option("--resume", metavar="JOB", help=_("pull for this job again"))
@click.option("--json", "as_json", is_flag=True, help=_("a line of JSON a job"))
@click.option("--take-over", is_flag=True, help=_("become this database's service in place of another user or host"))
@click.option("--verbose", is_flag=True, help=_("log more"))
@click.pass_obj
def command(
    desk: Desk,
    once: bool,
    only: tuple[str, ...],
    lists: bool,
    ask: str | None,
    pause: str | None,
    resume: str | None,
    as_json: bool,
    take_over: bool,
    verbose: bool,
) -> None:
    from smdash.platforms import redact
    from smdash.settings import paths
    from smdash.sync.lock import Lock

    rows = [lists, *(one is not None for one in (ask, pause, resume))]
    if any(rows):
        if sum(rows) > 1 or once or only or take_over:
            raise click.UsageError(_("--list, --ask, --pause and --resume each go alone"))
        from smdash.cli import sync_rows

        if lists:
            sync_rows.show(desk, as_json=as_json)
        elif ask is not None:
            sync_rows.ask(desk, ask)
        else:
            sync_rows.pause(desk, str(pause if resume is None else resume), on=resume is None)
        return
    if only and not once:
        raise click.UsageError(_("--only goes with --once"))
    desk.refuse_read_only()
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    logging.basicConfig(level=logging.INFO if verbose else logging.WARNING, handlers=[handler])
    redact.install(logging.getLogger())
    team = desk.team()
    with Lock(paths.state_dir() / team.database_id):
        _claim(desk, take_over)
        good = asyncio.run(serve(desk, once=once, only=only, as_json=as_json))
    if not good:
        raise click.exceptions.Exit(1)


def _claim(desk: Desk, take_over: bool) -> None:
    """Record this user and host as the database's service. Raises Refused where it is another's."""
    from smdash.cli.service_user import here, is_here
    from smdash.store import teams

    with desk.store.writing() as conn:
        recorded = teams.get(conn, "service")
        if recorded is not None and not is_here(recorded) and not take_over:
            if {**recorded, "state": ""} == {**here(), "state": ""}:
                raise Refused(
                    _(
                        "the service of this database keeps its state in {folder}; set SMDASH_STATE_DIR to that, "
                        "or if it moved here, add --take-over"
                    ).format(folder=recorded["state"])
                )
            raise Refused(
                _("the service of this database is {login} on {host}; if it moved here, add --take-over").format(
                    **recorded
                )
            )
        if recorded != here():
            teams.put(conn, "service", here())


async def serve(desk: Desk, *, once: bool, only: tuple[str, ...] = (), as_json: bool = False) -> bool:
    """Run the service until SIGTERM or SIGINT, or each job once; returns whether all went well."""
    from smdash.cli.service_user import here
    from smdash.core.errors import SettingsError
    from smdash.platforms.client import Client
    from smdash.settings import paths
    from smdash.settings import service as settings_file
    from smdash.store.connection import open_store
    from smdash.sync.service import Service

    settings = settings_file.read()
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    with open_store(desk.path, clock=desk.clock, service=True, any_thread=True) as store:
        async with Client(private_hosts=settings.private_hosts, contact=settings.contact) as client:
            service = Service(
                store, client, desk.clock, report=lambda result: _print(result, as_json, once), me=here(),
                outgoing=paths.state_dir() / desk.team().database_id,
            )  # fmt: skip
            for number in (signal.SIGTERM, signal.SIGINT):
                loop.add_signal_handler(number, stop.set)
            if not once:
                await service.forever(stop)
                return True
            work = asyncio.ensure_future(service.once(only))
            ended = asyncio.ensure_future(stop.wait())
            await asyncio.wait({work, ended}, return_when=asyncio.FIRST_COMPLETED)
            ended.cancel()
            if not work.done():
                work.cancel()
                raise SettingsError([_("stopped before every job was done")])
            results = work.result()
    for problem in service.loose_problems:
        output.error(problem)
    if not results and not as_json and not service.loose_problems:
        output.note(
            _("nothing to pull yet; connect an account with: smdash account add, or a feed with: smdash feed add")
        )
    return all(result.ok for result in results) and not service.loose_problems


def _print(result: JobResult, as_json: bool, once: bool) -> None:
    if as_json:
        from dataclasses import asdict

        output.dump(asdict(result))
        sys.stdout.flush()
    elif once:
        if result.ok:
            words = _("{new} new, {changed} changed ({seconds} s)").format(
                new=result.new, changed=result.changed, seconds=decimal(result.seconds)
            )
            output.say(f"✓ {result.job}: {words}")
        else:
            output.say(f"! {result.job}: {result.error}")
