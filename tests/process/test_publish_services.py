"""Several services, stopped ones, killed ones and backups, with publishing under way: what is out is counted at the
server, a Mastodon that ignores idempotency keys."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from smdash.core.clock import SystemClock
from tests.conftest import Smdash
from tests.fault_server import Behaviour, Call, Server, serve


class Site:
    """A Mastodon server in a thread. ``hold_s``: seconds from the moment when a post is out until that is answered."""

    def __init__(self) -> None:
        self.hold_s = 0.0
        answered = Behaviour(True, "sent", self._answer)
        self.server = Server("mastodon", SystemClock(), False, answered, 10_000, every=True)
        self._loop = asyncio.new_event_loop()
        self._end = asyncio.Event()
        started = threading.Event()

        async def run() -> None:
            async with serve(self.server):
                started.set()
                await self._end.wait()
            # Who was killed left calls behind that are being answered still.
            talking = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
            await asyncio.gather(*talking, return_exceptions=True)

        self._thread = threading.Thread(target=lambda: self._loop.run_until_complete(run()), daemon=True)
        self._thread.start()
        assert started.wait(10)

    async def _answer(self, server: Server, call: Call, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(self.hold_s)
        await server.say(writer, call.status, call.answer)

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join(10)

    def out(self) -> Counter[str]:
        return Counter(one["text"] for one in list(self.server.posts))


@pytest.fixture
def site() -> Iterator[Site]:
    found = Site()
    yield found
    found.close()


@pytest.fixture
def desk(smdash: Smdash, site: Site, tmp_path: Path) -> Smdash:
    token = tmp_path / "token"
    token.write_text("s3cr3t-t0k3n")
    token.chmod(0o600)
    url = site.server.url
    smdash.ok("account", "add", "mastodon", "--name", "kopi", "--url", url, "--token-file", token, "--no-check")
    return smdash


def plan(desk: Smdash, count: int) -> list[str]:
    """So many posts, due at once; their texts."""
    texts = [f"Kopi nomor {number}" for number in range(count)]
    for text in texts:
        desk.ok("post", "add", "--account", "kopi", "--category", "education", "--at", "now", "--body", text)
    return texts


def rows(desk: Smdash) -> list[dict[str, Any]]:
    return list(desk.ok("delivery", "list", "--json").json) + list(
        desk.ok("delivery", "list", "--state", "sent", "--json").json
    )


def states(desk: Smdash) -> Counter[str]:
    return Counter(one["state"] for one in rows(desk))


def wait(what: Callable[[], bool], seconds: float = 40) -> None:
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "it took too long"
        time.sleep(0.1)


def end(service: subprocess.Popen[bytes]) -> bytes:
    """Tell a service to end; what it said on stderr."""
    service.send_signal(signal.SIGTERM)
    _out, err = service.communicate(timeout=20)
    assert b"Traceback" not in err, err.decode()
    return err


def test_a_second_service_is_refused_in_the_middle_of_a_burst(desk: Smdash, site: Site) -> None:
    texts = plan(desk, 4)
    site.hold_s = 0.5
    first = desk.start("sync")
    wait(lambda: len(site.server.posts) >= 1)
    for words in (("sync", "--once"), ("sync", "--once", "--take-over"), ("sync",)):
        assert f"process {first.pid}" in desk.refused(*words)
    wait(lambda: states(desk)["sent"] == 4)
    end(first)
    assert site.out() == Counter(texts)


def test_killed_and_begun_again_in_the_middle_of_a_burst(desk: Smdash, site: Site) -> None:
    texts = plan(desk, 5)
    site.hold_s = 0.7
    for number in (1, 2, 4):
        service = desk.start("sync")
        wait(lambda number=number: len(site.server.posts) >= number)  # type: ignore[misc]
        os.kill(service.pid, signal.SIGKILL)
        service.communicate()
    service = desk.start("sync")
    wait(lambda: states(desk)["sent"] == 5)
    end(service)
    assert site.out() == Counter(texts)


def test_without_its_lock_file_two_services_send_nothing_twice(desk: Smdash, site: Site) -> None:
    texts = plan(desk, 5)
    site.hold_s = 1.0
    first = desk.start("sync")
    wait(lambda: len(site.server.posts) >= 1)
    (lock,) = Path(desk.env["SMDASH_STATE_DIR"]).glob("*/lock")
    lock.unlink()
    second = desk.start("sync")
    wait(lambda: states(desk)["sent"] == 3, 60)
    os.kill(first.pid, signal.SIGKILL)
    first.communicate()
    wait(lambda: states(desk)["sent"] == 5, 60)
    assert b"another service writes down what goes out" in end(second)
    assert site.out() == Counter(texts)


def test_stopped_in_a_call_taken_over_and_woken_again(desk: Smdash, site: Site, tmp_path: Path) -> None:
    texts = plan(desk, 2)
    site.hold_s = 2.0
    first = desk.start("sync")
    wait(lambda: len(site.server.posts) == 1)
    os.kill(first.pid, signal.SIGSTOP)
    site.hold_s = 0.0
    # In the same folder the stopped one's lock holds; another folder knows nothing of what went out.
    assert f"process {first.pid}" in desk.refused("sync", "--once", "--take-over")
    elsewhere = {"SMDASH_STATE_DIR": str(tmp_path / "elsewhere")}
    second = subprocess.Popen(
        desk.command("sync", "--take-over"), env=desk.env | elsewhere, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    wait(lambda: states(desk)["sent"] == 1)
    os.kill(first.pid, signal.SIGCONT)
    _out, err = first.communicate(timeout=20)
    assert first.returncode == 1 and b"this one ends" in err and b"Traceback" not in err
    assert site.out() == Counter(texts[:1]) and states(desk) == Counter(sent=1, held=1)
    (held,) = desk.ok("delivery", "list", "--json").json
    assert held["held_for"] == "ledger"
    desk.ok("delivery", "resolve", str(held["id"]), "again")
    wait(lambda: states(desk)["sent"] == 2)
    end(second)
    assert site.out() == Counter(texts)


def test_a_backup_of_before_is_put_back_and_nothing_goes_out_twice(desk: Smdash, site: Site, tmp_path: Path) -> None:
    texts = plan(desk, 3)
    desk.ok("backup", tmp_path / "before.db")
    desk("sync", "--once")
    assert site.out() == Counter(texts)
    desk.ok("restore", tmp_path / "before.db", "--yes")
    assert states(desk)["sent"] == 0
    for one in rows(desk):
        desk("delivery", "resolve", str(one["id"]), "again")
    desk("sync", "--once")
    assert site.out() == Counter(texts)
    # What the ledger knows to be out is said to be out.
    assert all(one["state"] == "sent" or one["error"] for one in rows(desk))


@pytest.mark.parametrize("flipped", ["queued", "sending"])
def test_rows_flipped_by_hand_while_the_service_runs(desk: Smdash, site: Site, flipped: str) -> None:
    from smdash.store.connection import open_store

    texts = plan(desk, 2)
    service = desk.start("sync")
    wait(lambda: states(desk)["sent"] == 2)
    with open_store(desk.db) as store, store.writing() as conn:
        conn.execute(
            "UPDATE delivery SET state = ?, remote_id = NULL, sent_at = NULL, updated_at = '2026-01-01T00:00:00.000Z'",
            (flipped,),
        )
    wait(lambda: states(desk)["sent"] == 2)
    end(service)
    assert site.out() == Counter(texts)
    assert {one["remote_id"] for one in rows(desk)} == {one["id"] for one in site.server.posts}
