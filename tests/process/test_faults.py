"""The command line and the service when the disk fills up, the clock is set, or two services meet."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from smdash.core.clock import Drift, FixedClock
from smdash.store import driver, jobs
from smdash.store.connection import Store
from tests.conftest import Smdash
from tests.process.test_many import write_lines

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
    drift = Drift(clock)
    clock.move(timedelta(minutes=5))
    assert drift.since_last() == timedelta()
    for by in (timedelta(hours=1), -timedelta(days=1)):
        clock.jump(by)
        assert drift.since_last() == by
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
    os.sync()
    subprocess.run(["mount", "-o", "remount,abort", loop_disk], check=True)
    for words in (("mention", "ingest", second), ("sync", "--once"), ("status",)):
        said = smdash.refused(*words)
        assert "\n" not in said and str(smdash.db) in said
    subprocess.run(["umount", loop_disk], check=True)
    subprocess.run(["mount", "-o", "loop", tmp_path / "image", loop_disk], check=True)
    found = smdash.ok("mention", "ingest", second, "--json").json
    assert (found["new"], found["unchanged"]) == (10, 10)
