"""A restore while others have the old file open: the path is never missing, and no kill leaves half of anything."""

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from smdash.store import driver, swap
from smdash.store.connection import open_store, set_journal
from tests.conftest import Smdash
from tests.pty_screen import Pty

# A program that has the file open as a desk has: it wrote (so there is a log), and lives until its input ends.
HOLDER = """
import sys
from pathlib import Path
from smdash.store.connection import open_store
with open_store(Path(sys.argv[1])) as store:
    with store.writing() as conn:
        conn.execute("INSERT INTO event (at, login, verb, subject) VALUES ('', 'budi', 'holds', 'desk')")
    print("open", flush=True)
    sys.stdin.read()
"""
# A restore that is killed just before the nth change of a name.
RESTORE = """
import os, signal, sys
from datetime import UTC, datetime
from pathlib import Path
from smdash.store import backup, swap
left = int(sys.argv[3])
put = swap.put
def watched(*arguments):
    def hook(event, _arguments):
        global left
        if event in {"os.link", "os.rename", "os.remove"} or (event == "open" and str(_arguments[0]).endswith("-shm")):
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
    sys.addaudithook(hook)
    return put(*arguments)
swap.put = watched
backup.restore(Path(sys.argv[1]), Path(sys.argv[2]), "ana", datetime(2026, 11, 23, 7, 5, tzinfo=UTC))
"""
OLD, NEW = 40, 1_500


def mentions(name: str, count: int) -> str:
    row = {"platform": "x", "account": "kopi", "kind": "mention", "author_handle": "budi"}
    return "".join(
        json.dumps(row | {"remote_id": f"{name}-{at}", "body": f"{name} {at}", "sent_at": "2026-11-23T07:00:00Z"})
        + "\n"
        for at in range(count)
    )


@pytest.fixture
def both(smdash: Smdash, tmp_path: Path) -> tuple[Path, Path]:
    """The live file as it is, and a backup that has many more pages."""
    smdash.db.chmod(0o600)
    small = tmp_path / "small.db"
    smdash.ok("mention", "ingest", "-", stdin=mentions("old", OLD))
    smdash.ok("backup", small)
    smdash.ok("mention", "ingest", "-", stdin=mentions("new", NEW))
    large = tmp_path / "large.db"
    smdash.ok("backup", large)
    return small, large


@contextmanager
def holding(path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Another program that has the file open."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None and holder.stdout.readline() == b"open\n"
        yield holder
        holder.communicate()
        assert holder.returncode == 0


def whole(path: Path) -> int:
    """How many mentions the file holds for somebody who comes now; the file is whole."""
    conn = driver.connect(path, isolation_level=None)
    try:
        assert conn.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        return int(conn.execute("SELECT count(*) FROM mention").fetchone()[0])
    finally:
        conn.close()


@contextmanager
def watched(path: Path) -> Iterator[list[float]]:
    """Look at the path all the time; the list gets a moment for each time that it led nowhere."""
    missing: list[float] = []
    stop = threading.Event()

    def look() -> None:
        while not stop.is_set():
            if not os.path.lexists(path):
                missing.append(time.monotonic())

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield missing
    finally:
        stop.set()
        thread.join()


def test_the_path_always_leads_to_a_database(smdash: Smdash, both: tuple[Path, Path]) -> None:
    small, large = both
    with holding(smdash.db), watched(smdash.db) as missing:
        for copy, count in ((small, OLD), (large, OLD + NEW)):
            smdash.ok("restore", "--yes", copy)
            assert whole(smdash.db) == count
    assert missing == []


def test_a_kill_at_any_step_leaves_the_old_or_the_new(both: tuple[Path, Path], tmp_path: Path) -> None:
    small, large = both
    seen = []
    for step in range(1, 20):
        live = tmp_path / f"step{step}" / "desk.db"
        live.parent.mkdir()
        live.write_bytes(small.read_bytes())
        with driver.connect(live) as conn:
            set_journal(conn)
        conn.close()
        with holding(live):
            ended = subprocess.run([sys.executable, "-c", RESTORE, large, live, str(step)], check=False).returncode
            assert ended in (0, -signal.SIGKILL) and live.exists()
            # Somebody who comes now may write, while others still have the old file open.
            with open_store(live) as store, store.writing() as conn:
                conn.execute("INSERT INTO event (at, login, verb, subject) VALUES ('', 'ana', 'came', 'desk')")
            # What doctor --fix does about a restore that didn't end.
            swap.settle(live)
            seen.append(whole(live))
        assert whole(live) == seen[-1]
        with open_store(live) as store:
            assert store.conn.execute("SELECT count(*) FROM event WHERE verb = 'came'").fetchone() == (1,)
        if ended == 0:
            break
    # Killed before the change, and between it and the last step; the last run was not killed.
    assert ended == 0 and sorted(seen) == seen and seen.count(OLD) >= 2 and seen.count(OLD + NEW) >= 3


def test_open_desks_go_on_with_the_restored_rows(smdash: Smdash, both: tuple[Path, Path], tmp_path: Path) -> None:
    small, _large = both
    stop = threading.Event()
    codes: list[int] = []

    def ingest() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            codes.append(smdash("mention", "ingest", "-", stdin=mentions(f"load{number}", 200)).code)

    thread = threading.Thread(target=ingest)
    with Pty(smdash.db, smdash.env) as first, Pty(smdash.db, smdash.env) as second:
        desks = (first.ready(), second.ready())
        thread.start()
        try:
            copy = tmp_path / "under load.db"
            smdash.ok("backup", copy)
            assert copy.stat().st_mode & 0o777 == 0o600 and whole(copy) >= OLD + NEW
            with watched(smdash.db) as missing:
                smdash.ok("restore", "--yes", small)
            began = time.monotonic()
            for desk in desks:
                desk.until(few)
            assert time.monotonic() - began < 2
        finally:
            stop.set()
            thread.join()
        assert missing == [] and codes[-1] == 0
        for desk in desks:
            desk.type(b"?")
            desk.until(lambda text: "Keys and marks" in text)
    assert whole(smdash.db) >= OLD


def test_a_desk_says_that_its_file_was_replaced_and_shows_the_other(smdash: Smdash, both: tuple[Path, Path]) -> None:
    small, _large = both
    with Pty(smdash.db, smdash.env, size=(120, 34)) as desk:
        desk.ready().until(lambda text: f"{OLD + NEW:,} open" in text)
        small.rename(smdash.db)
        desk.until(lambda text: "the database was replaced" in text and few(text))


def few(text: str) -> bool:
    """The title of the mentions counts the restored ones and perhaps some that came since."""
    found = re.search(r"Mentions · ([\d,]+) open", text)
    return found is not None and int(found[1].replace(",", "")) in range(OLD, NEW)
