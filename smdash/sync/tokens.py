"""Once a day each account's network is asked when its token ends, so that a person can act before that."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING

from smdash.core.clock import Clock
from smdash.core.errors import SmdashError, StoreError
from smdash.platforms.echoes import without_echoes
from smdash.store import budgets
from smdash.sync.plan import Source
from smdash.sync.secrets import Secrets
from smdash.sync.upkeep import Run

if TYPE_CHECKING:
    from smdash.platforms.client import Client

log = logging.getLogger("smdash.sync")
# How long after its start the service asks for the first time, and how often it looks who is to be asked (seconds).
FIRST_S = 60.0
LOOK_S = 60.0


class Tokens:
    """Asks one account at a time; what goes wrong is told by the account's jobs, which meet it as well."""

    def __init__(self, read: Run, write: Run, clock: Clock, secrets: Secrets, client: Client) -> None:
        self._read = read
        self._write = write
        self._clock = clock
        self._secrets = secrets
        self._client = client
        self._look_at = clock.monotonic() + FIRST_S
        self._task: asyncio.Task[None] | None = None

    async def turn(self, sources: Mapping[str, Source], database_id: str) -> None:
        """Begin to ask where it is time. Raises StoreError."""
        if self._clock.monotonic() < self._look_at or (self._task is not None and not self._task.done()):
            return
        self._look_at = self._clock.monotonic() + LOOK_S
        now = self._clock.now()
        due = await self._read(lambda conn: budgets.to_check(conn, now))
        chosen = {one.account_id: one for one in sources.values() if one.account_id in due}
        if chosen:
            self._task = asyncio.create_task(self._ask_all(list(chosen.values()), database_id), name="tokens")

    async def close(self) -> None:
        """End the call that is under way."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _ask_all(self, sources: list[Source], database_id: str) -> None:
        for source in sources:
            try:
                await self._ask(source, database_id)
            except StoreError as problem:
                log.info("tokens: %s", problem)
                return
            except Exception:
                log.exception(
                    "asking %s for its token failed in a way that smdash did not expect", source.platform.name
                )

    async def _ask(self, source: Source, database_id: str) -> None:
        account_id, load, counting = source.account_id, source.platform.load, source.platform.counting
        if account_id is None or load is None:
            return
        now = self._clock.now()
        stands = await self._read(lambda conn: budgets.standing(conn, account_id, counting, now))
        if stands.left == 0:
            return
        # Written first: a service that ends in the middle must not ask at each start.
        await self._write(lambda conn: budgets.tried(conn, account_id, now))
        try:
            credentials = self._secrets.credentials(source, database_id)
            verified = without_echoes(await load().verify(credentials, self._client, now))
        except StoreError:
            raise
        except SmdashError as problem:
            log.info("%s: %s", source.platform.name, problem)
            return
        await self._write(lambda conn: budgets.checked(conn, account_id, now, verified.expires_at))
        await self._write(lambda conn: budgets.spend(conn, account_id, counting, now, 1))
