"""A pull of so many items through each adapter that has an inbox: items a second, calls to the network, growth of memory.

The network is in memory, behind the transport seam of the shared client; everything else is the service's own: its
rounds of at most fifty pages, the records, the cursor, the database. Each adapter has a process of its own, whose
resident memory is watched from the first of the items on (its peak, and what is left of it when all are stored). What
the fake network itself takes is measured as well, since it runs in the same process.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import psutil

from smdash.core.clock import SystemClock
from smdash.platforms import instagram_messages
from smdash.platforms.base import Credentials
from smdash.platforms.client import Client
from smdash.store import driver, teams
from smdash.store.connection import create_file, open_store
from smdash.sync.service import Service
from tests.bench.common import report

PER_ADAPTER_S = 60


class MovedClock(SystemClock):
    """The machine's clock, set to when the fake network's things happen."""

    def __init__(self, at: datetime) -> None:
        self._ahead = at - super().now()

    def now(self) -> datetime:
        return super().now() + self._ahead

    def move(self, to: datetime) -> None:
        self._ahead += to - self.now()


@dataclass
class Counted(httpx.AsyncBaseTransport):
    """The way to the network, which counts the calls and how long the network itself took (s)."""

    inner: httpx.MockTransport
    calls: int = 0
    network_s: float = 0.0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.calls += 1
        began = time.perf_counter()
        try:
            return await self.inner.handle_async_request(request)
        finally:
            self.network_s += time.perf_counter() - began


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--items", type=int, default=10_000)
    parser.add_argument("--only", default="", help="network/job")
    parser.add_argument("--child", default="", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.child:
        print(json.dumps(asyncio.run(_measured(*asked.child.split("/"), asked.items))))
        return
    from tests.contract.inboxes import INBOXES

    figures: dict[str, Any] = {"items": asked.items, "load_before": round(psutil.getloadavg()[0], 1)}
    for network, job in INBOXES:
        name = f"{network}/{job}"
        if asked.only in ("", name, network):
            command = [sys.executable, "-m", "tests.bench.pull", "--items", str(asked.items), "--child", name]
            ran = subprocess.run(command, capture_output=True, text=True, timeout=PER_ADAPTER_S + 60)
            figures[name] = json.loads(ran.stdout) if ran.returncode == 0 else {"failed": ran.stderr[-300:]}
    if asked.json:
        report("pull", figures, True)
        return
    rows = {name: one for name, one in figures.items() if isinstance(one, dict)}
    report("pull", {name: one for name, one in figures.items() if name not in rows}, False)
    print(f"{'':>28}  {'stored':>7} {'items/s':>8} {'calls':>6} {'rounds':>6} {'peak MB':>8} {'left MB':>8}  notice")
    for name, one in rows.items():
        if "failed" in one:
            print(f"{name:>28}  {one['failed']}")
            continue
        print(
            f"{name:>28}  {one['stored']:>7} {one['items_per_s']:>8} {one['calls']:>6} {one['rounds']:>6} "
            f"{one['peak_mb']:>8} {one['left_mb']:>8}  {one['notice']}"
        )


async def _measured(network: str, job: str, items: int) -> dict[str, Any]:
    from tests.contract.inboxes import INBOXES

    # Instagram takes two calls a second to conversations; to wait for that measures nothing.
    instagram_messages.PACE_S = 0
    inbox = INBOXES[network, job]()
    line = Counted(inbox.transport())
    clock = MovedClock(inbox.begun)
    own = psutil.Process()
    with tempfile.TemporaryDirectory(prefix="smdash-bench-") as folder:
        db, settings = Path(folder) / "desk.db", Path(folder) / "sync.toml"
        create_file(db)
        settings.write_text(_settings(inbox.credentials))
        settings.chmod(0o600)
        with open_store(db, clock=clock, service=True, any_thread=True) as store:
            with store.writing() as conn:
                teams.start(conn, "Kopi Senja", "Asia/Jakarta")
            async with Client(transport=line) as client:
                service = Service(store, client, clock, settings_path=settings)
                only = [f"{network}/kopi/{job}"]
                first = await service.once(only)
                assert all(one.ok for one in first), first
                clock.move(inbox.later)
                made = time.perf_counter()
                wanted = inbox.fill(items)
                made = time.perf_counter() - made
                line.calls, line.network_s = 0, 0.0
                before, peak_before = own.memory_info().rss, _peak()
                began, used = time.perf_counter(), resource.getrusage(resource.RUSAGE_SELF)
                stored, rounds, notices = 0, 0, set[str]()
                while stored < len(wanted) and time.perf_counter() - began < PER_ADAPTER_S:
                    # A new one each time, since a running one takes a clock that is set for a mistake.
                    service = Service(store, client, clock, settings_path=settings)
                    (result,) = await service.once(only)
                    rounds += 1
                    now_there = _stored(db, wanted)
                    notices |= _notice(db)
                    if result.error or now_there == stored:
                        notices |= {result.error} if result.error else set()
                        break
                    stored = now_there
                    clock.move(clock.now() + timedelta(minutes=1))
                took, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_SELF)
                left = own.memory_info().rss - before
    return {
        "stored": stored,
        "items_per_s": round(stored / (took - line.network_s)),
        "seconds": round(took, 2),
        "of_which_fake_network_s": round(line.network_s, 2),
        "processor_s": round(after.ru_utime + after.ru_stime - used.ru_utime - used.ru_stime, 2),
        "calls": line.calls,
        "rounds": rounds,
        "peak_mb": round(max(0, _peak() - max(peak_before, before)) / 1e6, 1),
        "left_mb": round(left / 1e6, 1),
        "notice": "; ".join(sorted(notices)),
    }


def _settings(one: Credentials) -> str:
    lines = ["[[account]]", f'platform = "{one.platform}"', 'name = "kopi"', f'token = "{one.token}"']
    lines += [f'{key} = "{value}"' for key, value in (("url", one.url), ("handle", one.handle)) if value]
    for table, values in (("options", one.options), ("secrets", one.secrets)):
        lines += [f"[account.{table}]"] if values else []
        lines += [f'{key} = "{value}"' for key, value in values.items()]
    return "\n".join(lines) + "\n"


def _peak() -> int:
    """The most resident memory so far (bytes)."""
    words = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    return int(words.split()[1]) * 1024


def _stored(db: Path, wanted: set[str]) -> int:
    conn = driver.connect(f"file:{db}?mode=ro", uri=True, timeout=10)
    try:
        return len(wanted & {row[0] for row in conn.execute("SELECT remote_id FROM mention").fetchall()})
    finally:
        conn.close()


def _notice(db: Path) -> set[str]:
    conn = driver.connect(f"file:{db}?mode=ro", uri=True, timeout=10)
    try:
        return {row[0] for row in conn.execute("SELECT error FROM sync_job WHERE error <> ''").fetchall()}
    finally:
        conn.close()


if __name__ == "__main__":
    main()
