"""Once a day the service asks each account's network when its token ends, and tells nobody of what goes wrong."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from smdash.core.clock import FixedClock
from smdash.core.errors import ErrorKind, PlatformError
from smdash.platforms.base import Credentials, Platform, Verified
from smdash.platforms.client import Client
from smdash.settings.accounts import AccountSettings
from smdash.store import budgets, sync_health, teams
from smdash.store.connection import Store
from smdash.store.driver import Connection
from smdash.sync.plan import Source
from smdash.sync.secrets import Secrets
from smdash.sync.tokens import FIRST_S, LOOK_S, Tokens


class Network:
    def __init__(self) -> None:
        self.asked = 0
        self.error: Exception | None = None

    async def verify(self, credentials: Credentials, client: Client, now: datetime) -> Verified:
        self.asked += 1
        if self.error is not None:
            raise self.error
        return Verified("1", "kopi", "Kopi", None, expires_at=now + timedelta(days=9))


@pytest.mark.parametrize("error", [PlatformError(ErrorKind.AUTH, "no"), RuntimeError("boom")])
async def test_it_is_asked_once_a_day(store: Store, clock: FixedClock, error: Exception) -> None:
    network = Network()
    platform = Platform("x", "X", "X", "live", lambda: network, needs_token=False)  # type: ignore[arg-type, return-value]
    now = clock.now()
    with store.writing() as conn:
        one = teams.put_account(conn, "x", "kopi", now)
        budgets.keep(conn, one, now, platform.counting, cost="", most=1_000)
    source = Source(platform, "mentions", AccountSettings("x", "kopi"), one)

    async def read(work: Callable[[Connection], object]) -> object:
        with store.reading() as conn:
            return work(conn)

    async def write(work: Callable[[Connection], object]) -> object:
        with store.writing() as conn:
            return work(conn)

    def ends() -> datetime | None:
        with store.reading() as conn:
            health = sync_health.read(conn, clock.now()).lines[0].health
        assert health is not None
        return health.token_ends_at

    async with Client() as client:
        tokens = Tokens(read, write, clock, Secrets(), client)  # type: ignore[arg-type]

        async def turn(seconds: float) -> None:
            clock.move(timedelta(seconds=seconds))
            await tokens.turn({"x/kopi/mentions": source, "x/kopi/answers": source}, "db")
            await asyncio.sleep(0.05)

        await turn(FIRST_S - 1)
        assert not network.asked
        await turn(1)
        assert network.asked == 1 and ends() == clock.now() + timedelta(days=9)
        known = ends()
        await turn(LOOK_S)
        assert network.asked == 1
        network.error = error
        for _again in range(2):
            await turn(86_400)
            assert ends() == known
        assert network.asked == 3
        # A restart asks no sooner, and neither does a budget that is used up.
        network.error = None
        with store.writing() as conn:
            budgets.spend(conn, one, platform.counting, clock.now() + timedelta(days=1), 1_000)
        await turn(86_400)
        assert network.asked == 3
        await tokens.close()
