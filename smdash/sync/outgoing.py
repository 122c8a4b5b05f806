"""The service's rounds of deliveries: one after the other beside the pulls, or all that is due, once."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from smdash.core.clock import Clock
from smdash.locale import gettext as _
from smdash.store import outbox
from smdash.store.driver import Connection
from smdash.store.outbox import Order
from smdash.sync import ladder
from smdash.sync.plan import Source
from smdash.sync.publisher import Publisher
from smdash.sync.results import JobResult
from smdash.sync.secrets import Secrets
from smdash.sync.upkeep import Run

if TYPE_CHECKING:
    from smdash.platforms.client import Client


class Deliveries:
    """``folder`` is the service's own; ``client`` asks the networks."""

    def __init__(self, read: Run, write: Run, clock: Clock, secrets: Secrets, folder: Path, client: Client) -> None:
        self._read = read
        self._clock = clock
        self._client = client
        self._publisher = Publisher(read, write, clock, secrets, folder, self._note)
        # How the steps of a round went, by the name that a job of it has.
        self._outcomes: dict[str, list[bool]] = {}

    @property
    def busy(self) -> bool:
        """Whether something is going out, and more may be due behind it."""
        return self._publisher.busy

    async def turn(self, sources: Mapping[str, Source], database_id: str) -> int:
        """Begin what is due; returns how many calls that is. Raises StoreError."""
        self._outcomes.clear()
        return await self._turn(sources, database_id)

    async def _turn(self, sources: Mapping[str, Source], database_id: str) -> int:
        accounts = {one.account_id: one for one in sources.values() if one.account_id is not None}
        return await self._publisher.turn(accounts, database_id, self._client)

    async def all_due(self, sources: Mapping[str, Source], database_id: str) -> list[JobResult]:
        """Take every step that is due now, those behind others of their account too; one result an account."""
        began = self._clock.monotonic()
        self._outcomes.clear()
        try:
            before: list[int] = []
            while True:
                begun = await self._turn(sources, database_id)
                await self._publisher.finished()
                # A turn that calls nobody may have held or settled one, and the next one of its account is due now.
                waiting = await self._read(self._waiting)
                if not begun and waiting in ([], before):
                    break
                before = waiting
                await asyncio.sleep(ladder.GAP.total_seconds() if begun else 0)
        finally:
            await self._publisher.close()
        seconds = round(self._clock.monotonic() - began, 3)
        return [
            JobResult(name, all(good), sum(good), 0, seconds, None if all(good) else _("not everything went out"))
            for name, good in sorted(self._outcomes.items())
        ]

    def _waiting(self, conn: Connection) -> list[int]:
        """Which delivery is next at each account."""
        return [one.id for one in outbox.due(conn, self._clock.now(), ())]

    async def close(self) -> None:
        """End the calls that are under way; what they did is found out by whoever begins next."""
        await self._publisher.close()

    def _note(self, order: Order, good: bool) -> None:
        self._outcomes.setdefault(f"{order.platform}/{order.account}/deliveries", []).append(good)
