"""What waits to be kept is bounded, and who is told that it is kept was told the truth."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from smdash.core.errors import StoreBusy, StoreFull
from smdash.store.received import Arrived
from smdash.sync.receive import keeping
from smdash.sync.receive.keeping import Keeper
from tests.conftest import NOW


class Disk:
    """A store whose commits hang until they may go on, or fail."""

    def __init__(self) -> None:
        self.free, self.began = threading.Event(), threading.Event()
        self.problem: Exception | None = None
        self.rows = 0

    @contextmanager
    def writing(self, *, busy_ms: int) -> Iterator[Any]:
        self.began.set()
        yield self
        assert self.free.wait(10)
        if self.problem is not None:
            raise self.problem

    def executemany(self, _sql: str, rows: list[Any]) -> None:
        self.rows += len(rows)


def arrived(size: int) -> Arrived:
    return Arrived("warung", 1, b"x" * size, NOW)


@pytest.fixture
def disk() -> Disk:
    return Disk()


@pytest.fixture
def keeper(disk: Disk) -> Iterator[Keeper]:
    made = Keeper(disk, lambda: None, lambda _problem: None)  # type: ignore[arg-type]
    made.start()
    yield made
    disk.free.set()
    assert made.stop(5)


async def test_a_disk_that_hangs_takes_no_more_memory_than_that(keeper: Keeper, disk: Disk) -> None:
    size = keeping.MOST_WAITING_BYTES // 8
    first = [asyncio.create_task(keeper.keep(arrived(size))) for _turn in range(8)]
    await asyncio.to_thread(disk.began.wait, 5)
    with pytest.raises(StoreBusy):
        await asyncio.wait_for(keeper.keep(arrived(1)), 2)
    # Whose sender was told to come again waits in memory all the same.
    first[-1].cancel()
    await asyncio.sleep(0)
    with pytest.raises(StoreBusy):
        await asyncio.wait_for(keeper.keep(arrived(size)), 2)
    disk.free.set()
    await asyncio.gather(*first[:-1])
    await keeper.keep(arrived(size))
    assert disk.rows == 9


async def test_nobody_hears_yes_before_the_commit_or_when_it_failed(keeper: Keeper, disk: Disk) -> None:
    waiting = asyncio.create_task(keeper.keep(arrived(1)))
    await asyncio.to_thread(disk.began.wait, 5)
    await asyncio.sleep(0.05)
    assert not waiting.done()
    disk.problem = StoreFull("no room")
    disk.free.set()
    with pytest.raises(StoreFull):
        await waiting
    disk.problem = None
    await keeper.keep(arrived(1))
