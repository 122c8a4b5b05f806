"""The demo's service: the real one, and beside it a publisher that only pretends."""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
import signal
import sys
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from smdash.cli.demo import PREFIX
from smdash.cli.demo_team import no_answer, remote_url
from smdash.core.errors import Refused, SmdashError
from smdash.platforms.demo_scene import mix

if TYPE_CHECKING:
    from smdash.cli.desk import Desk
    from smdash.store.connection import Store
    from smdash.store.outbox import Order

log = logging.getLogger("smdash.demo")

# Of so many deliveries one fails.
ONE_FAILS_IN = 20
# How long a pretended call to a network takes (seconds), and how often is looked for due deliveries.
CALL_S = 2.5
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
            publisher = asyncio.create_task(_publish(outbox))
            try:
                await Service(store, client, desk.clock).forever(stop)
            finally:
                loop.remove_reader(sys.stdin.fileno())
                publisher.cancel()
                await asyncio.gather(publisher, return_exceptions=True)


async def _publish(store: Store) -> None:
    """Send due deliveries for ever, one after the other; what can't be written now is tried again."""
    while True:
        try:
            for delivery in await asyncio.to_thread(_due, store):
                await _send(store, delivery)
        except SmdashError as problem:
            log.warning("%s", problem)
        await asyncio.sleep(TICK_S)


def _due(store: Store) -> list[Order]:
    from smdash.store import outbox

    # A few seconds late, as a real service would be.
    with store.reading() as conn:
        return outbox.due(conn, store.clock.now() - timedelta(seconds=2), ())


async def _send(store: Store, one: Order) -> None:
    """Claim one, pretend to call the network, note the outcome; one that another demo took is left to it."""
    from smdash.store import outbox

    def claim() -> None:
        with store.writing() as conn:
            outbox.begin(conn, one, store.clock.now())

    def note() -> None:
        with store.writing() as conn:
            if mix(0, 0, one.id, 20) % ONE_FAILS_IN == 0:
                outbox.failed(conn, one, store.clock.now(), no_answer(one.platform), CALL_S)
            else:
                remote_id = f"p{one.id}"
                url = remote_url(one.platform, remote_id)
                outbox.sent(conn, one, store.clock.now(), remote_id, url, what="send", seconds=CALL_S)

    try:
        await asyncio.to_thread(claim)
        await asyncio.sleep(CALL_S)
        await asyncio.to_thread(note)
    except Refused as problem:
        log.info("%s", problem)
