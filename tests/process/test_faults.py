"""The command line and the service when the disk fills up, the clock is set, or two services meet."""

import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from smdash.core.clock import FixedClock, SteadyClock
from smdash.core.errors import SettingsError
from smdash.settings.vault import FileVault
from smdash.store import driver, jobs
from smdash.store.connection import Store
from tests.conftest import Smdash
from tests.local_server import Answer, serve
from tests.process.test_many import write_lines
from tests.pty_screen import Pty
from tests.tui.test_trouble import fill

NOW = datetime(2026, 11, 23, 7, 5, tzinfo=UTC)


def test_an_ingest_onto_a_full_disk_says_how_far_it_got_and_a_repeat_completes_it(
    smdash: Smdash, small_disk: Path, tmp_path: Path
) -> None:
    rows = 20_000
    subprocess.run(["mount", "-o", "remount,size=4m", small_disk], check=True)
    source = write_lines(tmp_path / "lines.jsonl", rows)
    (small_disk / "desk.db").write_bytes(smdash.db.read_bytes())
    smdash.db = small_disk / "desk.db"
    said = smdash.refused("mention", "ingest", source)
    assert "is full" in said and "before that; run it again" in said
    subprocess.run(["mount", "-o", "remount,size=60m", small_disk], check=True)
    again = smdash.ok("mention", "ingest", source, "--json").json
    assert again["new"] + again["unchanged"] == rows
    assert f"{again['unchanged']} mention" in said
    conn = driver.connect(smdash.db)
    assert conn.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert conn.execute("SELECT sum(n) FROM tally WHERE name = 'open'").fetchone() == (rows,)
    conn.close()


def test_the_clock_is_set_while_nobody_pulls(store: Store) -> None:
    for by in (-timedelta(hours=1), -timedelta(days=1)):
        with store.writing() as conn:
            jobs.project(conn, [jobs.JobSpec("x/1", "x", "x", None, None, 600)])
            jobs.begin(conn, "x/1", NOW)
            jobs.fail(conn, "x/1", next_at=NOW + timedelta(minutes=20), kind="rate", error="fewer calls")
            jobs.rebase(conn, NOW + by, timedelta(minutes=1))
            (job,) = jobs.select(conn)
        assert job.next_at == NOW + by + timedelta(minutes=20)


def test_what_is_waited_for_moves_with_the_clock(store: Store) -> None:
    clock = FixedClock(NOW)
    steady = SteadyClock(clock)
    clock.move(timedelta(minutes=5))
    assert steady.now() == clock.now() and steady.follow() == timedelta()
    for by in (timedelta(hours=1), -timedelta(days=1)):
        before = steady.now()
        clock.jump(by)
        clock.move(timedelta(seconds=2))
        # Who asks before the jump was noticed is told the time of before.
        assert steady.now() == before + timedelta(seconds=2)
        assert steady.follow() == by and steady.now() == clock.now() and steady.follow() == timedelta()
        with store.writing() as conn:
            jobs.project(conn, [jobs.JobSpec("x/1", "x", "x", None, None, 600)])
            jobs.fail(conn, "x/1", next_at=NOW + timedelta(minutes=20), kind="rate", error="fewer calls")
            jobs.shift(conn, by)
            (job,) = jobs.select(conn)
        assert job.next_at == NOW + timedelta(minutes=20) + by


def test_of_ten_services_that_start_at_once_one_works(smdash: Smdash) -> None:
    running = [smdash.start("sync") for _ in range(10)]
    end = time.monotonic() + 40
    while sum(one.poll() is None for one in running) > 1 and time.monotonic() < end:
        time.sleep(0.1)
    (left,) = [one for one in running if one.poll() is None]
    for one in running:
        if one is not left:
            assert one.returncode == 1 and b"stop it first" in one.communicate()[1]
    os.kill(left.pid, signal.SIGKILL)
    left.communicate()
    smdash.ok("sync", "--once")  # the lock is free at once


def test_a_service_with_another_state_folder_is_refused_and_ends_the_first_only_when_told(
    smdash: Smdash, tmp_path: Path
) -> None:
    smdash.ok("sync", "--once")
    elsewhere = str(tmp_path / "elsewhere")
    assert "keeps its state in" in smdash.refused("sync", "--once", SMDASH_STATE_DIR=elsewhere)
    first = smdash.start("sync")
    time.sleep(2.5)
    smdash.ok("sync", "--once", "--take-over", SMDASH_STATE_DIR=elsewhere)
    _out, err = first.communicate(timeout=15)
    assert first.returncode == 1 and b"this one ends" in err


@pytest.mark.parametrize("words", [("sync",), ("sync", "--once")], ids=["forever", "once"])
def test_a_service_that_was_stopped_in_a_pull_writes_nothing_once_another_took_over(
    smdash: Smdash, tmp_path: Path, words: tuple[str, ...]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as site:
        smdash.ok("feed", "add", "--no-check", f"http://127.0.0.1:{site.getsockname()[1]}/feed.xml")
        first = smdash.start(*words)
        site.settimeout(15)
        asked, _address = site.accept()
        asked.recv(10_000)
        os.kill(first.pid, signal.SIGSTOP)
        # In the same folder the lock of the stopped one holds.
        assert f"process {first.pid}" in smdash.refused("sync", "--once", "--take-over")
    elsewhere = str(tmp_path / "elsewhere")
    smdash("sync", "--once", "--take-over", SMDASH_STATE_DIR=elsewhere)  # the site is gone, so its one job fails
    before = _job(smdash)
    body = b"<rss version='2.0'><channel><title>Lama</title><item><title>x</title><guid>1</guid></item></channel></rss>"
    asked.sendall(
        b"HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\nContent-Length: %d\r\n\r\n" % len(body) + body
    )
    asked.close()
    os.kill(first.pid, signal.SIGCONT)
    _out, err = first.communicate(timeout=15)
    assert first.returncode == 1 and err.count(b"this one ends") == 1 and b"Traceback" not in err
    assert _job(smdash) == before
    assert smdash.ok("feed", "list", "--json").json[0]["items"] == 0


def _job(smdash: Smdash) -> tuple[object, ...]:
    conn = driver.connect(f"file:{smdash.db}?mode=ro", uri=True)
    try:
        return conn.execute("SELECT * FROM sync_job").fetchone()
    finally:
        conn.close()


@pytest.fixture
def loop_disk(tmp_path: Path) -> Iterator[Path]:
    """A small ext4, which turns read-only with ``remount,abort`` as after an error of the disk."""
    image, place = tmp_path / "image", tmp_path / "loop"
    place.mkdir()
    with image.open("wb") as file:
        file.truncate(24 << 20)
    try:
        subprocess.run(["mkfs.ext4", "-q", image], check=True, capture_output=True)
        subprocess.run(["mount", "-o", "loop", image, place], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("needs root and leave to mount a file as a disk")
    yield place
    subprocess.run(["umount", "-l", place], check=True)


def test_a_disk_that_turns_read_only_is_said_in_one_sentence_and_loses_nothing(
    smdash: Smdash, loop_disk: Path, tmp_path: Path
) -> None:
    (loop_disk / "desk.db").write_bytes(smdash.db.read_bytes())
    smdash.db = loop_disk / "desk.db"
    first, second = write_lines(tmp_path / "first.jsonl", 10), write_lines(tmp_path / "second.jsonl", 20)
    smdash.ok("mention", "ingest", first)
    # Long enough for ext4 to have the first rows on the disk.
    subprocess.run(["sync", "--file-system", loop_disk], check=True)
    subprocess.run(["mount", "-o", "remount,abort", loop_disk], check=True)
    for words in (("mention", "ingest", second), ("sync", "--once"), ("status",)):
        said = smdash.refused(*words)
        assert "\n" not in said and str(smdash.db) in said
    subprocess.run(["umount", loop_disk], check=True)
    subprocess.run(["mount", "-o", "loop", tmp_path / "image", loop_disk], check=True)
    found = smdash.ok("mention", "ingest", second, "--json").json
    assert (found["new"], found["unchanged"]) == (10, 10)


class Slow:
    """A feed on loopback that answers when it is let; ``asked`` is set when somebody waits for it."""

    def __init__(self, smdash: Smdash) -> None:
        self.asked, self.let = threading.Event(), threading.Event()
        self.server = serve(self._answer)
        url = f"http://127.0.0.1:{self.server.server_port}/feed.xml"
        conn = driver.connect(smdash.db, isolation_level=None)
        conn.execute("INSERT INTO feed (url, created_at) VALUES (?, '2026-11-23T07:00:00.000Z')", (url,))
        conn.close()
        folder = Path(smdash.env["SMDASH_CONFIG_DIR"])
        folder.mkdir(mode=0o700)
        (folder / "sync.toml").write_text('private_hosts = ["127.0.0.1"]\n')

    def _answer(self, _path: str) -> Answer:
        self.asked.set()
        self.let.wait(20)
        body = "".join(f"<item><title>{n}</title><guid>{n}</guid></item>" for n in range(50))
        page = f"<rss version='2.0'><channel><title>Kabar</title>{body}</channel></rss>"
        return 200, {"Content-Type": "application/rss+xml"}, page.encode()


@contextmanager
def serving(smdash: Smdash, log: Path) -> Iterator[Slow]:
    """A service that has asked for its feed and waits for the answer; it must live and end well when told."""
    slow = Slow(smdash)
    with log.open("wb") as out:
        service = smdash.start("sync", stderr=out)
    try:
        assert slow.asked.wait(8), log.read_text()
        yield slow
        assert service.poll() is None, log.read_text()
        service.send_signal(signal.SIGTERM)
        service.communicate(timeout=10)
        assert service.returncode == 0 and "Traceback" not in log.read_text()
    finally:
        service.kill()
        service.communicate()
        slow.let.set()
        slow.server.shutdown()
        slow.server.server_close()


def until(said: Callable[[], str], words: str, within: float = 30) -> None:
    end = time.monotonic() + within
    while words not in said():
        assert time.monotonic() < end, said()
        time.sleep(0.05)


def items(smdash: Smdash) -> int:
    conn = driver.connect(f"file:{smdash.db}?mode=ro", uri=True)
    try:
        return int(conn.execute("SELECT count(*) FROM feed_item").fetchone()[0])
    finally:
        conn.close()


def test_a_service_on_a_disk_that_fills_up_says_it_once_and_goes_on_when_there_is_room(
    smdash: Smdash, small_disk: Path, tmp_path: Path
) -> None:
    (small_disk / "desk.db").write_bytes(smdash.db.read_bytes())
    smdash.db, log, filler = small_disk / "desk.db", tmp_path / "log", small_disk / "filler"
    with serving(smdash, log) as slow:
        fill(filler)
        slow.let.set()
        until(log.read_text, "is full, so this was not kept; make room and try again")
        assert items(smdash) == 0
        filler.unlink()
        until(log.read_text, "the database can be used again", 15)
        assert items(smdash) == 50
        assert log.read_text().count("is full") == 1


def test_a_disk_that_turns_read_only_under_a_desk_and_a_service(
    smdash: Smdash, loop_disk: Path, tmp_path: Path
) -> None:
    (loop_disk / "desk.db").write_bytes(smdash.db.read_bytes())
    smdash.db, log = loop_disk / "desk.db", tmp_path / "log"
    smdash.ok("mention", "ingest", write_lines(tmp_path / "lines.jsonl", 3))
    with serving(smdash, log) as slow, Pty(smdash.db, smdash.env, size=(120, 34)) as desk:
        desk.ready().type(b"2d")
        desk.until(lambda text: "2 open" in text)
        # The row leaves the screen before its commit; and only this disk is synced, others have work of their own.
        until(lambda: smdash.ok("status").out, "2 open")
        subprocess.run(["sync", "--file-system", loop_disk], check=True)
        subprocess.run(["mount", "-o", "remount,abort", loop_disk], check=True)
        slow.let.set()
        desk.type(b"d")
        # Newer kernels call such a disk writable still, so it is an error of the disk that is told.
        words = "the disk that holds"
        assert "nomor 2" in desk.until(lambda text: words in text)
        until(log.read_text, words)
        assert "nomor 1" in desk.until(lambda text: "2 open" in text)
        desk.type(b"\x11")
        assert desk.ended(5) == 0
    subprocess.run(["umount", loop_disk], check=True)
    subprocess.run(["mount", "-o", "loop", tmp_path / "image", loop_disk], check=True)
    assert smdash.ok("status").out.startswith("0 posts · 2 open")


def test_a_disk_that_is_mounted_read_only_for_a_while(smdash: Smdash, small_disk: Path, tmp_path: Path) -> None:
    (small_disk / "desk.db").write_bytes(smdash.db.read_bytes())
    smdash.db = small_disk / "desk.db"
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    for words in (("status",), ("mention", "ingest", write_lines(tmp_path / "lines.jsonl", 3)), ("sync", "--once")):
        assert "is read-only now, so nothing can be kept" in smdash.refused(*words)
    subprocess.run(["mount", "-o", "remount,rw", small_disk], check=True)
    smdash.ok("status")


def test_a_session_that_finds_no_room_leaves_the_old_one_whole(
    small_disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SMDASH_STATE_DIR", str(small_disk))
    vault = FileVault("a-database", "bluesky", "kopi")
    vault.save("old" * 1000)
    fill(small_disk / "filler")
    with pytest.raises(SettingsError, match="the disk is full"):
        vault.save("new" * 3000)
    assert vault.load() == "old" * 1000
    assert [one.suffix for one in (small_disk / "a-database").iterdir()] == [""]
