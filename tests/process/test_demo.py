"""``smdash demo`` as a newcomer runs it: four areas with content, live, and nothing left behind."""

from __future__ import annotations

import fcntl
import os
import pty
import signal
import struct
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from tests.conftest import Smdash


@pytest.fixture
def demo(smdash: Smdash, tmp_path: Path) -> Smdash:
    """The command line over a demo's database that is still to be made, with a temporary folder of its own."""
    (tmp_path / "tmp").mkdir()
    return replace(smdash, db=tmp_path / "demo.db", env=smdash.env | {"TMPDIR": str(tmp_path / "tmp")})


def test_four_areas_have_content(demo: Smdash, tmp_path: Path) -> None:
    assert demo.ok("demo", "--no-open", "--mentions", "200").out.strip() == str(demo.db)
    posts = demo.ok("post", "list", "--json").json
    states = {post["state"] for post in posts}
    assert {"sent", "failed", "scheduled", "draft"} <= states
    assert all(one["remote_url"] for post in posts for one in post["deliveries"] if one["platform"] == "instagram"
               and one["state"] == "sent")  # fmt: skip
    every = demo.ok("mention", "list", "--all", "--json").json
    still_open = demo.ok("mention", "list", "--json").json
    assert 100 < len(every) < 200  # the rest is what our own accounts answered
    assert 20 < len(still_open) < len(every)
    assert {"Ana", "Budi"} & {one["assignee"] for one in still_open}
    campaigns = demo.ok("campaign", "list", "--json").json
    assert len(campaigns) == 3
    hours = demo.ok("hours", "week", "--team", "--json").json
    assert sum(one["done_minutes"] for one in hours["activities"]) > 0
    status = demo.ok("status").out
    assert "7 posts" in status
    assert "conversation" in status
    assert list((tmp_path / "tmp").iterdir()) == []


def test_the_same_seed_makes_the_same_strangers(demo: Smdash, tmp_path: Path) -> None:
    def bodies(name: str, seed: str) -> list[str]:
        own = replace(demo, db=tmp_path / name)
        own.ok("demo", "--no-open", "--seed", seed)
        return sorted(one["body"] for one in own.ok("mention", "list", "--all", "--json").json)

    assert bodies("one.db", "7") == bodies("two.db", "7") != bodies("three.db", "8")


def test_a_demo_is_taken_up_again(demo: Smdash) -> None:
    demo.ok("demo", "--no-open", "--mentions", "100")
    before = demo.ok("mention", "list", "--all", "--json").json
    again = demo.ok("demo", "--no-open", "--mentions", "5")
    assert "100 mentions" in again.err
    assert demo.ok("mention", "list", "--all", "--json").json == before


def test_a_team_s_own_database_is_refused(smdash: Smdash, tmp_path: Path) -> None:
    before = smdash.db.read_bytes()
    assert "not a demo's" in smdash.refused("demo", "--no-open")
    assert smdash.db.read_bytes() == before
    stranger = tmp_path / "notes.txt"
    stranger.write_text("belanja: gula, kopi\n" * 1000)
    assert "not a smdash database" in smdash.refused("demo", "--no-open", "--db", str(stranger))
    assert stranger.read_text() == "belanja: gula, kopi\n" * 1000


def test_an_environment_s_database_is_never_taken(demo: Smdash, smdash: Smdash) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "smdash", "demo", "--no-open"],
        env=demo.env | {"SMDASH_DB": str(smdash.db)}, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert "--db" in done.stderr


def test_the_member_s_settings_stay(demo: Smdash, tmp_path: Path) -> None:
    config = tmp_path / "config"
    config.mkdir()
    (config / "sync.toml").write_text('[[account]]\nplatform = "mastodon"\nname = "mine"\ntoken = "rahasia"\n')
    demo.ok("demo", "--no-open")
    assert (config / "sync.toml").read_text().endswith('token = "rahasia"\n')
    assert not any(one["platform"] == "mastodon" and one["account"] == "mine"
                   for one in demo.ok("mention", "list", "--all", "--json").json)  # fmt: skip


@contextmanager
def opened(demo: Smdash, *words: str) -> Iterator[tuple[subprocess.Popen[bytes], psutil.Process]]:
    """The dashboard in a terminal of its own, with its service; both are gone afterwards."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
    parent = subprocess.Popen(
        [sys.executable, "-m", "smdash", *words], stdin=slave, stdout=slave, stderr=slave, env=demo.env,
        start_new_session=True,
    )  # fmt: skip
    os.close(slave)
    threading.Thread(target=drain, args=(master,), daemon=True).start()
    children: list[psutil.Process] = []

    def started() -> bool:
        children[:] = [one for one in psutil.Process(parent.pid).children() if "--serve" in one.cmdline()]
        return bool(children)

    try:
        until(started, 15)
        yield parent, children[0]
    finally:
        for process in children:
            if process.is_running():
                process.kill()
        if parent.poll() is None:
            parent.kill()
        parent.wait()
        os.close(master)


def drain(terminal: int) -> None:
    try:
        while os.read(terminal, 65_536):
            pass
    except OSError:
        pass


def until(holds: Callable[[], bool], seconds: float) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it did not come about in time"
        time.sleep(0.1)


def gone(process: psutil.Process) -> bool:
    try:
        return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def test_something_arrives_within_ten_seconds(demo: Smdash) -> None:
    with opened(demo, "--db", str(demo.db), "demo"):
        until(demo.db.exists, 5)
        before = len(demo.ok("mention", "list", "--all", "-q").lines)
        until(lambda: len(demo.ok("mention", "list", "--all", "-q").lines) > max(before, 1), 12)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_nothing_is_left_after_a_signal(demo: Smdash, tmp_path: Path, number: signal.Signals) -> None:
    with opened(demo, "demo") as (parent, child):
        time.sleep(2)
        parent.send_signal(number)
        parent.wait(10)
        until(lambda: gone(child), 5)
        assert list((tmp_path / "tmp").iterdir()) == []


def test_the_service_ends_with_a_killed_dashboard(demo: Smdash, tmp_path: Path) -> None:
    with opened(demo, "demo") as (parent, child):
        time.sleep(2)
        parent.kill()
        parent.wait()
        until(lambda: gone(child), 5)
        assert list((tmp_path / "tmp").iterdir()) == []
