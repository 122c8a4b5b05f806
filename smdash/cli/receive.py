"""``smdash receive``: listen for what networks push."""

from __future__ import annotations

import asyncio
import logging
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import click

from smdash.cli import output
from smdash.cli.desk import Desk
from smdash.cli.options import checked
from smdash.core.errors import InputError
from smdash.core.throttle import is_local
from smdash.locale import gettext as _

if TYPE_CHECKING:
    from socket import socket as Socket

HOST, PORT = "127.0.0.1", 8787
# A few connections and files more than a system's usual limit leaves.
FILES = 4_096


@click.command(
    help=_("Take in what networks push, at /NETWORK/ACCOUNT of this address; your own proxy with TLS stands before it.")
)
@click.option(
    "--listen", metavar="HOST:PORT", help=_("where to listen; {address} unless told").format(address=f"{HOST}:{PORT}")
)
@click.option("--socket", "path", type=click.Path(path_type=Path), help=_("listen at a socket in the file system"))
@click.option("--mode", metavar="OCTAL", help=_("the socket's mode; 660 unless told"))
@click.option("--verbose", is_flag=True, help=_("log more"))
@click.pass_obj
def command(desk: Desk, listen: str | None, path: Path | None, mode: str | None, verbose: bool) -> None:
    from smdash.cli import service_user
    from smdash.platforms import redact
    from smdash.settings import paths
    from smdash.sync.receive import listening

    if listen is not None and path is not None:
        raise click.UsageError(_("name either --listen or --socket"))
    if mode is not None and path is None:
        raise click.UsageError(_("--mode goes with --socket"))
    host, port = checked(lambda: listening.parse(listen), "--listen") if listen is not None else (HOST, PORT)
    bits = checked(lambda: _mode(mode), "--mode") if mode is not None else 0o660
    desk.refuse_read_only()
    service_user.require(desk, "smdash receive")
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    logging.basicConfig(level=logging.INFO if verbose else logging.WARNING, handlers=[handler])
    redact.install(logging.getLogger())
    _allow_files()
    with ExitStack() as stack:
        if path is None:
            found = stack.enter_context(listening.bind(host, port))
            where = "http://{}:{}".format(*_shown(found.getsockname()))
            if not is_local(found.getsockname()[0]):
                output.note(
                    _("this address can be reached from elsewhere, without TLS; a proxy should stand before it")
                )
        else:
            found = stack.enter_context(listening.bind_file(path, bits))
            stack.enter_context(listening.file_removed(path))
            where = str(path)
        team = desk.team()
        stack.enter_context(listening.shown(paths.state_dir() / team.database_id))
        _run(desk, found, where, team.database_id)


def _run(desk: Desk, found: Socket, where: str, database_id: str) -> None:
    from smdash.store.connection import open_store
    from smdash.sync.receive.running import Running

    keeping = open_store(desk.path, clock=desk.clock, service=True, any_thread=True)
    reading = open_store(desk.path, clock=desk.clock, any_thread=True)
    running = Running(keeping, reading, desk.clock, database_id)
    try:
        running.prepare()
        asyncio.run(running.serve(found, lambda: _say(where, running.paths)))
    finally:
        # A thread that is still at work with its store ends with the process.
        if running.at_rest:
            keeping.close()
            reading.close()
    if running.problem is not None:
        raise running.problem


def _say(where: str, paths: list[str]) -> None:
    """Whoever waits for these lines may send signals from then on."""
    output.say(_("listening on {where}").format(where=where))
    for one in paths:
        output.say(f"  {one}")
    if not paths:
        output.note(_("no account of this user is one whose network pushes; connect one with: smdash account add"))
    sys.stdout.flush()


def _mode(text: str) -> int:
    """Raises InputError."""
    digits = text.removeprefix("0o")
    if not digits.isascii() or not digits.isdigit() or set(digits) & {"8", "9"} or len(digits) > 4:
        raise InputError(_("“{text}” is no mode; expected one such as 660").format(text=text))
    return int(digits, 8) & 0o777


def _shown(place: tuple[str, int]) -> tuple[str, int]:
    host, port = place[:2]
    return (f"[{host}]" if ":" in host else host), port


def _allow_files() -> None:
    """Raise this process's limit of open files, as far as the system lets it."""
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = FILES if hard == resource.RLIM_INFINITY else min(FILES, hard)
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
