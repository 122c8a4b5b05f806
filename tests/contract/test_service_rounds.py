"""The real service over a day of rounds, in seconds: one source misbehaves and the others keep their rhythm."""

from __future__ import annotations

import asyncio
import gc
import itertools
from collections import defaultdict
from datetime import datetime, timedelta
from pathlib import Path

import psutil
import pytest

from smdash.core import schedule
from smdash.core.clock import SystemClock
from smdash.platforms.client import Client
from smdash.store import feeds, jobs
from smdash.store.connection import open_store
from smdash.sync import service as sync
from tests.conftest import NOW, member
from tests.local_server import serve

from .hostile import DOCUMENTS

# How many seconds pass for the service in one of ours.
HASTE = 2_400
FEED = b'<?xml version="1.0"?><rss version="2.0"><channel><title>t</title><item><guid>%d</guid><title>x</title></item></channel></rss>'
BAD = (
    (500, {}, b"no"),
    (200, {"Content-Type": "application/json"}, b"[" * 200_000),
    (302, {"Location": "http://127.0.0.1:9/"}, b""),
    (429, {"Retry-After": "-5"}, b""),
    (200, {"Content-Encoding": "gzip"}, b"no gzip"),
    (200, {"Content-Type": "text/html"}, b"<html>" * 300_000),
    (200, {"Content-Type": "application/rss+xml"}, DOCUMENTS["nested tags"][:2_000_000]),
)


class HastyClock(SystemClock):
    """The machine's clock, so many times as fast."""

    def __init__(self, at: datetime) -> None:
        self._at = at
        self._began = super().monotonic()

    def now(self) -> datetime:
        return self._at + timedelta(seconds=self.monotonic())

    def monotonic(self) -> float:
        return (super().monotonic() - self._began) * HASTE


async def lateness(stop: asyncio.Event) -> float:
    """The most seconds of ours that a nap took longer than it was asked to."""
    worst = 0.0
    clock = SystemClock()
    while not stop.is_set():
        began = clock.monotonic()
        await asyncio.sleep(0.01)
        worst = max(worst, clock.monotonic() - began - 0.01)
    return worst


async def test_one_hostile_source_backs_off_and_disturbs_no_other(
    db: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sync, "TICK_S", 0.02)
    turns = itertools.count()
    bad = itertools.cycle(BAD)

    def answer(path: str) -> tuple[int, dict[str, str], bytes]:
        if path.startswith("/good"):
            return 200, {"Content-Type": "application/rss+xml"}, FEED % next(turns)
        return next(bad)

    server = serve(answer)
    address = f"http://127.0.0.1:{server.server_address[1]}"
    settings = tmp_path / "sync.toml"
    settings.write_text('private_hosts = ["127.0.0.1"]\nfeed_interval_s = 900\n')
    settings.chmod(0o600)
    clock = HastyClock(NOW)
    ran: dict[str, list[tuple[float, sync.JobResult]]] = defaultdict(list)
    try:
        with open_store(db, clock=clock, service=True, any_thread=True) as store:
            ana = member(store, "ana", "Ana")
            with store.writing() as conn:
                for name in ("good1", "good2", "bad"):
                    feeds.add(conn, ana, clock.now(), f"{address}/{name}", name)
            stop = asyncio.Event()
            async with Client(private_hosts=frozenset({"127.0.0.1"})) as client:
                service = sync.Service(
                    store,
                    client,
                    clock,
                    settings_path=settings,
                    report=lambda result: ran[result.job].append((clock.monotonic(), result)),
                )
                work = asyncio.create_task(service.forever(stop))
                late = asyncio.create_task(lateness(stop))
                own = psutil.Process()
                await asyncio.sleep(2)
                gc.collect()
                warm = own.memory_info().rss
                await asyncio.sleep(4)
                gc.collect()
                grown = own.memory_info().rss - warm
                stop.set()
                await asyncio.wait_for(work, 5)
                # On a busy machine the hours of this clock pass while the service waits for the processor, and while the
                # process that reads a feed does.
                slowest = max(result.seconds for runs in ran.values() for _at, result in runs)
                slack = HASTE * (0.5 + await late) + slowest
            with store.reading() as conn:
                health = {job.label: job for job in jobs.select(conn)}
    finally:
        server.shutdown()
        server.server_close()
    failing = health.pop("bad")
    (fails,) = [runs for name, runs in ran.items() if name == failing.name]
    assert not any(result.ok for _at, result in fails) and failing.failures == len(fails) >= 4
    assert failing.error and failing.error_kind
    # The first wait is the interval, each further one about twice the one before.
    waits = [later - earlier for (earlier, _a), (later, _b) in itertools.pairwise(fails)]
    for number, wait in enumerate(waits):
        least = min(900 * 2**number, schedule.LONGEST_BACK_OFF.total_seconds())
        assert least * 0.95 <= wait <= least * 1.1 + slack, waits
    for good in health.values():
        runs = ran[good.name]
        assert all(result.ok for _at, result in runs) and good.failures == 0
        gaps = [later - earlier for (earlier, _a), (later, _b) in itertools.pairwise(runs)]
        # A quarter of an hour give or take a tenth.
        assert len(runs) >= 10 and max(gaps) <= 990 + slack, gaps
    assert grown < 8_000_000, grown
