"""``smdash demo``: a made-up team with live traffic, through the real sync path; no account needed."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

import click

from smdash.cli import output
from smdash.cli.desk import Desk
from smdash.core.errors import Refused, StoreReadOnly
from smdash.core.formats import number
from smdash.core.reasons import reason as why
from smdash.locale import gettext as _
from smdash.locale import language
from smdash.platforms.demo import MOST_MENTIONS, Play

if TYPE_CHECKING:
    from smdash.store.connection import Store

# A first reading beyond this takes seconds, so a person is told how far it is.
TELL_FROM = 5_000
# How long the service may take to end (seconds).
PATIENCE_S = 2.0
PREFIX = "smdash-demo-"
ACCOUNT = "kopi"


@click.command(help=_("A made-up team with live traffic, through the real sync path; no account needed."))
@click.option("--db", type=click.Path(path_type=Path), help=_("keep the demo's database in this file"))
@click.option(
    "--mentions",
    metavar="N",
    type=click.IntRange(0, MOST_MENTIONS),
    default=60,
    show_default=True,
    help=_("how many mentions there are at the start"),
)
@click.option(
    "--seed",
    metavar="N",
    type=click.IntRange(0, 10**18 - 1),
    default=7,
    show_default=True,
    help=_("the same number makes the same team"),
)
@click.option("--no-open", is_flag=True, hidden=True, help=_("prepare the database, print its path, and leave"))
@click.option("--serve", is_flag=True, hidden=True, help=_("be the service of a demo that is open"))
@click.pass_context
def command(ctx: click.Context, db: Path | None, mentions: int, seed: int, no_open: bool, serve: bool) -> None:
    options = ctx.find_root().params
    if serve:
        from smdash.cli.demo_service import run

        run(ctx.obj)
        return
    # SMDASH_DB and config.toml name the team's own file, which a demo must never touch: only what was typed counts.
    chosen = db or options.get("db")
    if no_open and chosen is None:
        raise click.UsageError(_("--no-open goes with --db"))
    with _folder() as folder, _environment(folder):
        path = chosen.absolute() if chosen else folder / "demo.db"
        desk = Desk(path, read_only=bool(options.get("read_only")), at=options.get("at"))
        play = _prepare(path, Play(seed, mentions), told={"seed", "mentions"} & _typed(ctx))
        _write_settings(play)
        asyncio.run(_first_sync(path, play))
        if no_open:
            output.say(str(path))
            return
        with _service(path, folder):
            from smdash.cli.dashboard import make_dashboard, run_dashboard

            run_dashboard(make_dashboard(desk, options.get("theme")))


def _typed(ctx: click.Context) -> set[str]:
    """The options that somebody gave."""
    from click.core import ParameterSource

    return {name for name in ctx.params if ctx.get_parameter_source(name) is not ParameterSource.DEFAULT}


@contextmanager
def _folder() -> Iterator[Path]:
    """A temporary folder that goes away however the command ends, short of SIGKILL."""
    folder = Path(tempfile.mkdtemp(prefix=PREFIX))
    # From here on a signal ends the command like an exception, so that nothing is left behind.
    before = {number: signal.signal(number, _leave) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield folder
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        shutil.rmtree(folder, ignore_errors=True)


def _leave(number: int, _frame: FrameType | None) -> None:
    raise SystemExit(128 + number)


@contextmanager
def _environment(folder: Path) -> Iterator[None]:
    """Settings and state of the demo's own, for this process and the service; the member's look is kept."""
    from smdash.settings import paths

    own, config = paths.config_dir(), folder / "config"
    config.mkdir(mode=0o700)
    if own.is_dir():
        for entry in own.iterdir():
            if not entry.name.startswith("sync.toml"):
                (config / entry.name).symlink_to(entry.absolute())
    changes = {"SMDASH_CONFIG_DIR": str(config), "SMDASH_STATE_DIR": str(folder / "state")}
    before = {name: os.environ.get(name) for name in changes}
    os.environ.update(changes)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _prepare(path: Path, play: Play, told: set[str]) -> Play:
    """Make the database with its team, or take one that an earlier demo made; returns what is played in it."""
    from smdash.cli import demo_content, demo_team
    from smdash.store import teams
    from smdash.store.connection import create_file, open_store

    if path.exists() and (path.is_dir() or path.stat().st_size):
        with open_store(path, read_only=True) as store, store.reading() as conn:
            is_demo, kept = teams.get(conn, "demo"), teams.get(conn, "demo_play")
        if is_demo is not True or type(kept) is not dict or set(kept) != set(Play._fields):
            raise Refused(
                _("{path} is a team's own database, not a demo's; name a file that does not exist yet").format(
                    path=path
                )
            )
        if told and play != Play(**kept):
            output.note(
                _("{path} goes on with seed {seed} and {mentions} mentions; another file starts anew").format(
                    path=path, **kept
                )
            )
        return Play(**kept)
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as problem:
        raise StoreReadOnly(
            _("can't make the folder {path}: {reason}").format(path=path.parent, reason=why(problem))
        ) from problem
    try:
        create_file(path, 0o600)
        desk = Desk(path)
        with desk.store as store, store.writing() as conn:
            now = desk.clock.now()
            teams.start(conn, demo_content.TEAM, demo_content.ZONE)
            teams.put(conn, "demo", True)
            teams.put(conn, "demo_play", play._asdict())
            demo_team.fill(conn, desk.actor(conn), now, play.seed)
    except BaseException:
        # Half a demo would be taken for a team's own database the next time.
        for suffix in ("", "-wal", "-shm", "-journal"):
            Path(f"{path}{suffix}").unlink(missing_ok=True)
        shutil.rmtree(f"{path}.media", ignore_errors=True)
        raise
    return play


def _write_settings(play: Play) -> None:
    """The service's settings hold the demo's one account; written as text, as tomlkit would cost the start 50 ms."""
    from smdash.settings import service

    file = service.path()
    file.touch(mode=0o600)
    file.write_text(f'[[account]]\nplatform = "demo"\nname = "{ACCOUNT}"\nurl = "{play.url}"\n', encoding="utf-8")


async def _first_sync(path: Path, play: Play) -> None:
    """Read each network's first share through the service, as often as that takes; raises what a job reported."""
    from smdash.cli import demo_team
    from smdash.store.connection import open_store
    from smdash.sync.service import Service

    with open_store(path, any_thread=True) as store, open_store(path) as reader:
        if _is_read(reader):
            return
        # The demo's networks ask nobody, so no client needs to be made (its imports take longer than all the rest).
        service = Service(store, None, store.clock)
        telling = asyncio.create_task(_tell(path, play))
        try:
            while True:
                for result in await service.once(["demo"]):
                    if result.error is not None:
                        raise Refused(result.error)
                if _is_read(reader):
                    break
        finally:
            telling.cancel()
            await asyncio.gather(telling, return_exceptions=True)
    desk = Desk(path)
    with desk.store.writing() as conn:
        demo_team.clear(conn, desk.actor(conn), desk.clock.now())
    desk.store.close()


def _is_read(store: Store) -> bool:
    """Whether every network's first share is there; one that a member paused is not waited for."""
    from smdash.platforms.demo import is_filled
    from smdash.store import jobs

    with store.reading() as conn:
        found = [job for job in jobs.select(conn) if job.platform == "demo"]
    return bool(found) and all(is_filled(job.cursor) or job.state != "active" for job in found)


async def _tell(path: Path, play: Play) -> None:
    """A line on stderr that says how many rows are there, for a person who waits."""
    if play.mentions < TELL_FROM or not sys.stderr.isatty():
        return
    from smdash.platforms.demo import rows_so_far
    from smdash.store import jobs
    from smdash.store.connection import open_store

    with open_store(path, read_only=True) as store:
        try:
            while True:
                with store.reading() as conn:
                    found = [job for job in jobs.select(conn) if job.platform == "demo"]
                rows = sum(rows_so_far(play, job.name.rpartition("/")[2], job.cursor) for job in found)
                text = _("{rows} of {all} mentions").format(rows=number(rows), all=number(play.mentions))
                click.echo(f"\r{text}", err=True, nl=False)
                await asyncio.sleep(0.3)
        finally:
            click.echo("\r\x1b[K", err=True, nl=False)


@contextmanager
def _service(path: Path, folder: Path) -> Iterator[None]:
    """The sync service as a child process, ended with the block.

    Its stdin is a pipe that nobody writes to: however this process ends, the pipe closes, and the child leaves.
    """
    log = folder / "service.log"
    with log.open("wb") as errors:
        # -P: whatever lies in the folder that the demo was started in is never imported.
        child = subprocess.Popen(  # noqa: S603 (our own interpreter and module)
            [sys.executable, "-P", "-m", "smdash", "--db", str(path), "--lang", language(), "demo", "--serve"],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=errors,
            # Ctrl-C in the terminal is for the dashboard alone.
            start_new_session=True,
        )
    try:
        yield
    finally:
        ended_early = child.poll() is not None
        if child.stdin is not None:
            child.stdin.close()
        child.terminate()
        try:
            child.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
        lines = log.read_text(encoding="utf-8", errors="replace").split("\n")
        if ended_early and (last := next((line for line in reversed(lines) if line.strip()), "")):
            output.note(_("the demo's service ended early: {problem}").format(problem=last))
