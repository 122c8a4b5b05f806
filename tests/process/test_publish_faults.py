"""Every way in which a publishing server can go wrong, through the whole service: the publisher with the real adapters,
the shared client, the real store and its ledger. What is out is counted at the server.

Each behaviour meets eight accounts at once: Mastodon and Bluesky, servers that honour keys and that ignore them, once
and at every write of one post; beside them an account of each network where all is well. Time is moved by hand.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

import pytest

from smdash.core.clock import FixedClock
from smdash.core.records import Actor, Category, DeliveryState, Format
from smdash.platforms import link_check, registry
from smdash.platforms.client import Client
from smdash.settings.service import AccountSettings
from smdash.store import posts, resolving, teams
from smdash.store.connection import Store
from smdash.store.driver import Connection
from smdash.sync.plan import Source
from smdash.sync.publisher import Publisher
from smdash.sync.secrets import Secrets
from tests.contract.faulty import bomb, free_port
from tests.contract.test_faults import TLS, TOKEN
from tests.fault_server import BEHAVIOURS, Behaviour, Server, serve

T = TypeVar("T")
DEADLINE_S = 0.4
FINE = Behaviour(True, "sent", BEHAVIOURS["no length"].reply)
ALWAYS = 10_000
MINUTE = timedelta(minutes=1)


@dataclass
class Account:
    """One account, its server, and how often the behaviour meets its first post."""

    name: str
    server: Server
    always: bool
    account_id: int = 0

    @property
    def first(self) -> str:
        return f"Kopi baru di {self.name}, buka jam delapan"

    @property
    def second(self) -> str:
        return f"Sampai besok di {self.name}"


class Service:
    """A publisher on the store, with the real adapters behind its accounts."""

    def __init__(self, store: Store, folder: Path) -> None:
        self.store = store
        self.folder = folder
        self.sources: dict[int, Source] = {}
        self.start()

    def start(self) -> None:
        # No name is asked for outside.
        self.publisher = Publisher(
            self._read, self._write, self.store.clock, Secrets(), self.folder, answers=link_check.answers
        )

    async def _read(self, work: Callable[[Connection], T]) -> T:
        with self.store.reading() as conn:
            return work(conn)

    async def _write(self, work: Callable[[Connection], T]) -> T:
        with self.store.writing() as conn:
            return work(conn)

    def connect(self, one: Account, url: str) -> None:
        """Take in an account as ``account add`` does."""
        platform = registry.find_live(one.server.network)
        with self.store.writing() as conn:
            one.account_id = teams.put_account(conn, platform.name, one.name, self.store.clock.now(), url=url)
        settings = AccountSettings(platform.name, one.name, url, TOKEN, handle="kopi.example")
        self.sources[one.account_id] = Source(platform, platform.jobs[0].key, settings, one.account_id)

    async def turn(self, client: Client) -> int:
        begun = await self.publisher.turn(self.sources, "db", client)
        await self.publisher.finished()
        return begun


def accounts(clock: FixedClock, behaviour: Behaviour) -> list[Account]:
    """Eight that meet the behaviour, and two that don't."""
    found = []
    for network in ("mastodon", "bluesky"):
        for honours in (True, False):
            for always in (False, True):
                name = f"{network[:2]}-{'honours' if honours else 'ignores'}-{'always' if always else 'once'}"
                server = Server(network, clock, honours, behaviour, ALWAYS if always else 1)
                found.append(Account(name, server, always))
        found.append(Account(f"{network[:2]}-well", Server(network, clock, True, FINE, 0), False))
    return found


def plan(store: Store, actor: Actor, one: Account, text: str, due_at: datetime) -> None:
    with store.writing() as conn:
        (account,) = [known for known in teams.accounts(conn) if known.id == one.account_id]
        posts.add(
            conn, actor, store.clock.now(), accounts=[account], category=Category.EDUCATION, format=Format.TEXT,
            body=text, due_at=due_at, zone="Asia/Jakarta",
        )  # fmt: skip


def left(store: Store) -> bool:
    """Whether the service still has something to do about a delivery."""
    with store.reading() as conn:
        rows = resolving.select(conn, tuple(DeliveryState))
    moving = (DeliveryState.QUEUED, DeliveryState.SENDING)
    return any(row.state in moving or (row.state is DeliveryState.UNKNOWN and row.next_at) for row in rows)


def expected(one: Account) -> tuple[str, int]:
    """The state of the first post, and how many of it are out."""
    behaviour = one.server.behaviour
    if behaviour.done or one.name.endswith("well"):
        return "sent", 1
    renewed = behaviour.bluesky == "renewed" and one.server.network == "bluesky"
    if not one.always and (behaviour.means != "no" or renewed):
        return "sent", 1
    return ("unknown" if behaviour.means == "unsure" else "failed"), 0


async def here(host: str, _port: int) -> list[str]:
    """No name is asked for outside: Bluesky's pages are not on its server."""
    if host != "127.0.0.1":
        raise OSError("outside")
    return [host]


def judge(sentence: str) -> None:
    assert sentence and sentence.isprintable() and TOKEN not in sentence, repr(sentence)
    for unwanted in ("Traceback", "httpx", "httpcore", "0x", "Errno", "Error(", "unexpected answer"):
        assert unwanted not in sentence, sentence


@pytest.mark.parametrize("name", BEHAVIOURS)
async def test_out_once_and_truly_said(
    name: str, store: Store, actor: Actor, clock: FixedClock, tmp_path: Path, own_folders: None
) -> None:
    bomb()
    behaviour, base = BEHAVIOURS[name], clock.now()
    service, tried = Service(store, tmp_path / "service"), accounts(clock, behaviour)
    async with AsyncExitStack() as stack:
        client = await stack.enter_async_context(Client(deadline_s=DEADLINE_S, tls=TLS, resolver=here))
        closed: list[tuple[Account, int]] = []
        for one in tried:
            if one.server.behaviour.refuses_connections:
                port = free_port()
                closed.append((one, port))
                service.connect(one, f"http://127.0.0.1:{port}")
            else:
                await stack.enter_async_context(serve(one.server))
                service.connect(one, one.server.url)
            plan(store, actor, one, one.first, base)
            plan(store, actor, one, one.second, base + timedelta(seconds=2))
        step = timedelta(seconds=1)
        while left(store) and clock.now() - base < timedelta(hours=6):
            begun = await service.turn(client)
            if closed and clock.now() - base >= 20 * timedelta(seconds=1):
                for one, port in [each for each in closed if not each[0].always]:
                    await stack.enter_async_context(serve(one.server, port))
                closed = []
            step = timedelta(seconds=1) if begun else min(2 * step, MINUTE)
            clock.move(step)
        # The look of five minutes later finds what is said to be out.
        clock.move(6 * MINUTE)
        while await service.turn(client):
            clock.move(timedelta(seconds=2))
        await service.publisher.close()
    with store.reading() as conn:
        rows = {row.body: row for row in resolving.select(conn, tuple(DeliveryState))}
        attempts = {row.body: resolving.attempts(conn, row.id) for row in rows.values()}
    for one in tried:
        row, server = rows[one.first], one.server
        state, out = expected(one)
        story = [(each.what, each.outcome, each.error) for each in attempts[one.first]]
        assert (row.state.value, len(server.out(one.first))) == (state, out), (one.name, row.error, story)
        if state == "sent":
            assert row.remote_id == server.out(one.first)[0]["id"] and row.gone_at is None, (one.name, story)
        else:
            judge(row.error or "")
            assert row.next_at is None, one.name
        for each in attempts[one.first]:
            assert each.error is None or judge(each.error) is None
        # The same key at every try, and never before the server allowed it.
        calls = [call for call in server.calls if call.text == one.first]
        assert len({call.key for call in calls}) <= 1, one.name
        for earlier, later in itertools.pairwise(calls):
            assert later.at - earlier.at >= behaviour.wait, (one.name, story)
        # What waits behind it goes out all the same; behind two hours of refusals it has become late, and says so.
        then, behind = rows[one.second], (rows[one.second].state.value, len(server.out(one.second)))
        if one.always and behaviour.means == "wait":
            assert behind == ("held", 0) and then.held_for == "late", one.name
        else:
            assert behind == ("sent", 1), (one.name, then.error)
        if one.name.endswith("well"):
            # Nobody's trouble is its own: it was tried at once. (What a busy machine makes it miss is found out later.)
            assert all(attempts[text][0].at - base < MINUTE for text in (one.first, one.second)), story


def test_behaviours_are_many() -> None:
    assert len(BEHAVIOURS) >= 80
    assert {one.means for one in BEHAVIOURS.values()} == {"sent", "unsure", "wait", "no"}
