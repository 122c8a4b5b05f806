"""One round of looking at links: few hosts at a time, one call a host after the other, and an end in any case."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar
from urllib.parse import urlsplit

import pytest

from smdash.core.clock import FixedClock
from smdash.core.errors import StoreBusy
from smdash.core.links import Found, Outcome
from smdash.core.records import Actor, Category, Format
from smdash.store import jobs, posts, teams
from smdash.store import links as stored
from smdash.store.connection import Store
from smdash.store.driver import Connection
from smdash.sync import links
from smdash.sync.links import Links
from smdash.sync.results import JobResult

T = TypeVar("T")


class Round:
    """The job on a store, with a look that a test slows down."""

    def __init__(self, store: Store, actor: Actor, urls: list[str]) -> None:
        self.store = store
        self.asked: list[str] = []
        self.now: set[str] = set()
        self.most = 0
        self.slow: set[str] = set()
        self.said: list[JobResult] = []
        self.busy = False
        self.job = Links(self._read, self._write, store.clock, None, self.said.append, self._look)  # type: ignore[arg-type]
        with store.writing() as conn:
            teams.put_account(conn, "mastodon", "kopi", store.clock.now())
            posts.add(
                conn, actor, store.clock.now(), accounts=teams.accounts(conn), category=Category.EDUCATION,
                format=Format.TEXT, body=" ".join(urls), due_at=store.clock.now() + timedelta(hours=3),
                zone="Asia/Jakarta",
            )  # fmt: skip

    async def _read(self, work: Callable[[Connection], T]) -> T:
        with self.store.reading() as conn:
            return work(conn)

    async def _write(self, work: Callable[[Connection], T]) -> T:
        if self.busy:
            raise StoreBusy("busy")
        with self.store.writing() as conn:
            return work(conn)

    async def _look(self, url: str, _client: object) -> Found:
        host = urlsplit(url).netloc
        assert host not in self.now, "two calls of one host at once"
        self.now.add(host)
        self.most = max(self.most, len(self.now))
        self.asked.append(url)
        try:
            await asyncio.sleep(60 if url in self.slow else 0.02)
        finally:
            self.now.discard(host)
        return Found(Outcome.OK, "200")

    def known(self) -> int:
        with self.store.reading() as conn:
            return len(stored.of(conn, self.asked))


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(links, "GAP_S", 0.05)
    monkeypatch.setattr(links, "BUDGET_S", 0.5)


def of(hosts: int, each: int = 1) -> list[str]:
    return [f"https://toko{host}.example/{number}" for host in range(hosts) for number in range(each)]


async def test_four_hosts_at_a_time_and_each_call_of_a_host_after_the_other(store: Store, actor: Actor) -> None:
    one = Round(store, actor, of(9, 2))
    (result,) = await one.job.once()
    assert (result.ok, result.new, one.most) == (True, 18, links.HOSTS) and one.known() == 18
    assert one.said == [result]


async def test_a_slow_one_ends_with_the_round_and_is_next(store: Store, actor: Actor, clock: FixedClock) -> None:
    urls = of(5)
    one = Round(store, actor, urls)
    one.slow = {urls[2]}
    (result,) = await one.job.once()
    assert result.ok and result.new == 4
    one.slow = set()
    one.asked.clear()
    (again,) = await one.job.once()
    assert one.asked == [urls[2]] and again.new == 1


async def test_a_round_that_is_ended_keeps_what_it_found(store: Store, actor: Actor) -> None:
    urls = of(3)
    one = Round(store, actor, urls)
    one.slow = {urls[0]}
    await one.job.turn()
    await asyncio.sleep(0.2)
    await one.job.close()
    assert one.known() == 2


async def test_it_looks_when_posts_change_and_not_while_one_is_paused(
    store: Store, actor: Actor, clock: FixedClock
) -> None:
    one = Round(store, actor, of(1))
    await one.job.turn()
    await asyncio.sleep(0.2)
    assert len(one.asked) == 1 and one.said[0].job == "links"
    with store.writing() as conn:
        posts.add(
            conn, actor, clock.now(), accounts=teams.accounts(conn), category=Category.EDUCATION, format=Format.TEXT,
            body="https://baru.example/", due_at=clock.now() + timedelta(hours=2), zone="Asia/Jakarta",
        )  # fmt: skip
        conn.execute("UPDATE sync_job SET state = 'paused'")
    clock.move(timedelta(seconds=6))
    await one.job.turn()
    assert await one.job.once() == []
    with store.writing() as conn:
        conn.execute("UPDATE sync_job SET state = 'active'")
    clock.move(timedelta(seconds=6))
    await one.job.turn()
    await asyncio.sleep(0.2)
    assert one.asked[1:] == ["https://baru.example/"]
    with store.reading() as conn:
        (job,) = jobs.select(conn)
    assert job.name == "links" and job.next_at == clock.now() + timedelta(seconds=300)


async def test_a_busy_file_is_no_end_of_the_service(store: Store, actor: Actor, clock: FixedClock) -> None:
    one = Round(store, actor, of(1))
    one.busy = True
    await one.job.turn()
    await asyncio.sleep(0.1)
    assert one.asked == []
    one.busy = False
    clock.move(timedelta(seconds=61))
    await one.job.turn()
    await asyncio.sleep(0.2)
    assert one.known() == 1
