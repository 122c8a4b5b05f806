"""The demo's service: the real one, and beside it the real publisher with networks that only pretend."""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

from smdash.cli.demo import PREFIX
from smdash.core.errors import SmdashError
from smdash.core.networks import code

if TYPE_CHECKING:
    from smdash.cli.desk import Desk
    from smdash.platforms.client import Client
    from smdash.store.connection import Store
    from smdash.store.driver import Connection
    from smdash.sync.plan import Source

log = logging.getLogger("smdash.demo")
T = TypeVar("T")

# How often is looked for due deliveries (seconds).
TICK_S = 1.0


def run(desk: Desk) -> None:
    """Serve until SIGTERM, or until stdin closes because the process that started this one is gone.

    Raises Refused where another service works for this database from the same folder, StoreError for its file.
    """
    from smdash.platforms import redact
    from smdash.settings import paths
    from smdash.sync.lock import Lock

    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(message)s", stream=sys.stderr)
    redact.install(logging.getLogger())
    parent = os.getppid()
    with Lock(paths.state_dir() / desk.team().database_id):
        asyncio.run(_serve(desk))
    folder = paths.state_dir().parent
    is_ours = folder.name.startswith(PREFIX) and folder.parent == Path(tempfile.gettempdir())
    # Killed by force, the demo could not remove its folder itself.
    if is_ours and os.getppid() != parent:
        shutil.rmtree(folder, ignore_errors=True)


async def _serve(desk: Desk) -> None:
    from smdash.platforms.client import Client
    from smdash.settings import service as settings_file
    from smdash.store.connection import open_store
    from smdash.sync.service import Service

    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    # Nobody writes to it, so it becomes readable only by closing.
    loop.add_reader(sys.stdin.fileno(), stop.set)
    settings = settings_file.read()
    with (
        open_store(desk.path, clock=desk.clock, service=True, any_thread=True) as store,
        open_store(desk.path, clock=desk.clock, service=True, any_thread=True) as outbox,
    ):
        async with Client(private_hosts=settings.private_hosts) as client:
            publisher = asyncio.create_task(_publish(outbox, client, desk.team().database_id))
            try:
                await Service(store, client, desk.clock).forever(stop)
            finally:
                loop.remove_reader(sys.stdin.fileno())
                publisher.cancel()
                await asyncio.gather(publisher, return_exceptions=True)


async def _publish(store: Store, client: Client, database_id: str) -> None:
    """Be the real publisher, with networks behind it that only pretend."""
    from smdash.settings import paths
    from smdash.store import ledgers
    from smdash.sync.publisher import Publisher
    from smdash.sync.secrets import Secrets

    async def read(work: Callable[[Connection], T]) -> T:
        def run() -> T:
            with store.reading() as conn:
                return work(conn)

        return await asyncio.to_thread(run)

    async def write(work: Callable[[Connection], T]) -> T:
        def run() -> T:
            with store.writing() as conn:
                return work(conn)

        return await asyncio.to_thread(run)

    await write(ledgers.forget)
    folder = paths.state_dir() / database_id
    publisher = Publisher(read, write, store.clock, Secrets(), folder, answers=_shown)
    try:
        while True:
            try:
                await publisher.turn(await read(_sources), database_id, client)
            except SmdashError as problem:
                log.warning("%s", problem)
            await asyncio.sleep(TICK_S)
    finally:
        await publisher.close()


async def _shown(_url: str, _account_url: str, _client: Client) -> bool | None:
    """The demo's pages are nowhere, and nobody is asked for them."""
    return True


def _sources(conn: Connection) -> dict[int, Source]:
    """Every account of the demo, so that a member sees what they send go out."""
    from smdash.platforms.base import LIVE, Abilities, Platform
    from smdash.platforms.demo_publish import DemoPublisher
    from smdash.settings.service import AccountSettings
    from smdash.store import teams
    from smdash.sync.plan import Source

    abilities = Abilities(publish=True, reply=True, media=True, threads=True)
    return {
        one.id: Source(
            Platform(
                name=one.platform, title=one.platform, code=code(one.platform), status=LIVE,
                load=cast(Any, DemoPublisher), abilities=abilities,
            ),
            "deliveries",
            AccountSettings(one.platform, one.name, token="demo"),  # noqa: S106 (it opens nothing)
            one.id,
        )
        for one in teams.accounts(conn)
    }  # fmt: skip
