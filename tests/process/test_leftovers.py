"""What a restore that was killed leaves beside the database: doctor says it, and removes it once nobody makes it."""

import fcntl
import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from smdash.settings import files as settings_files
from smdash.store import driver, leftovers
from smdash.store.connection import set_journal
from tests.conftest import Smdash
from tests.examination import ailing
from tests.nobody import NOBODY, as_nobody, needs_nobody
from tests.process.test_replace import RESTORE, whole

# A restore that stands still once its copy is made.
STUCK = """
import sys, time
from datetime import UTC, datetime
from pathlib import Path
from smdash.store import backup, swap
def wait(*_arguments):
    print("made", flush=True)
    time.sleep(60)
swap.put = wait
backup.restore(Path(sys.argv[1]), Path(sys.argv[2]), "ana", datetime(2026, 11, 23, 7, 5, tzinfo=UTC))
"""


pytestmark = pytest.mark.usefixtures("own_folders")


def said(path: Path, *, fix: bool = False) -> list[str]:
    """What doctor finds left over."""
    return [sentence for check, sentence in ailing(path, fix=fix) if check == "leftovers"]


def beside(path: Path) -> set[str]:
    return {one.name for one in path.parent.iterdir() if not one.name.startswith(path.name)}


def restore_until(copy: Path, live: Path, step: int) -> int:
    """A restore that is killed before the *step*th change of a name: its exit code, or the signal's less than 0."""
    child = os.fork()
    if child == 0:
        try:
            sys.argv[1:] = [str(copy), str(live), str(step)]
            exec(RESTORE, {})
            os._exit(0)
        finally:
            os._exit(1)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def test_after_a_kill_at_any_step_doctor_leaves_one_name_and_no_unfinished_file(template: Path, tmp_path: Path) -> None:
    told = []
    for step in range(1, 20):
        live = tmp_path / f"step{step}" / "desk.db"
        live.parent.mkdir()
        live.write_bytes(template.read_bytes())
        live.chmod(0o600)
        conn = driver.connect(live)
        set_journal(conn)
        conn.close()
        ended = restore_until(template, live, step)
        told.append(" ".join(said(live)))
        assert said(live, fix=True) == [] == said(live)
        assert whole(live) == 0 and live.stat().st_nlink == 1
        kept = live.with_name("desk-2026-11-23T070500Z.db")
        assert beside(live) <= {kept.name, f"{kept.name}-wal", f"{kept.name}-shm"}
        assert not kept.exists() or whole(kept) == 0
        if ended == 0:
            break
        assert ended == -signal.SIGKILL
    assert ended == 0 and told[-1] == ""
    assert sum(".desk.db." in words and "was left by a restore that was killed" in words for words in told) >= 2
    assert any("is called" in words and "desk-2026-11-23T070500Z.db too" in words for words in told)


def test_what_a_restore_at_work_needs_is_left_alone_and_goes_when_it_was_killed(
    smdash: Smdash, template: Path, tmp_path: Path
) -> None:
    smdash.db.chmod(0o600)
    with subprocess.Popen([sys.executable, "-c", STUCK, template, smdash.db], stdout=subprocess.PIPE) as restore:
        try:
            assert restore.stdout is not None and restore.stdout.readline() == b"made\n"
            made = tmp_path / f".desk.db.{restore.pid}.new"
            assert ailing(smdash.db, fix=True) == [] and made.exists()
        finally:
            restore.kill()
    found = [one for one in smdash("doctor", "--json").json if not one["ok"]]
    assert [one["check"] for one in found] == ["leftovers"] and found[0]["fixable"]
    assert f"{made} (" in found[0]["sentence"] and "smdash doctor --fix" in found[0]["sentence"]
    assert f"{made} is gone" in smdash.ok("doctor", "--fix").out
    assert not made.exists() and smdash.db.exists()


def test_another_name_that_somebody_gave_the_database_is_told_and_kept(db: Path) -> None:
    db.chmod(0o600)
    other = db.with_name("mine.db")
    other.hardlink_to(db)
    (sentence,) = said(db, fix=True)
    assert f"rm {other}" in sentence and other.exists()
    other.unlink()
    assert said(db) == []


def test_a_damaged_files_log_that_was_moved_along_comes_back(db: Path) -> None:
    kept = db.with_name("desk-2026-11-23T070500Z.db")
    kept.hardlink_to(db)
    log = Path(f"{kept}-wal")
    log.write_bytes(b"log")
    leftovers.unlink(kept, db)
    assert not kept.exists() and Path(f"{db}-wal").read_bytes() == b"log"


@needs_nobody
def test_a_left_over_that_this_user_can_not_look_into_stays(template: Path, open_folder: Path) -> None:
    live, made = open_folder / "desk.db", open_folder / ".desk.db.1.new"
    live.write_bytes(template.read_bytes())
    made.touch(mode=0o600)
    os.chown(open_folder, NOBODY, NOBODY)
    assert said(live)
    assert "its owner or root can look at it" in as_nobody(lambda: " ".join(said(live, fix=True)))
    assert made.exists() and said(live, fix=True) == []


def test_the_next_backup_removes_what_a_killed_one_left_and_names_what_it_left_elsewhere(
    smdash: Smdash, tmp_path: Path
) -> None:
    folder = tmp_path / "copies"
    folder.mkdir()
    target = folder / "monday.db"
    same, other, busy, foreign = (
        folder / name for name in (".monday.db.7.new", ".sunday.db.8.new", ".sunday.db.9.new", ".notes.txt.1.new")
    )
    for one in (same, other, busy):
        one.write_bytes(b"SQLite format 3\0")
    foreign.write_text("not a database")
    with busy.open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        ran = smdash.ok("backup", str(target))
    assert not same.exists() and other.exists() and busy.exists() and foreign.exists()
    assert ran.err == f"{other} was left by a backup that was killed; remove it with: rm {other}\n"
    other.unlink()
    assert smdash.ok("backup", str(target), "--force").err == (
        f"{busy} was left by a backup that was killed; remove it with: rm {busy}\n"
    )
    assert stat.S_IMODE(target.stat().st_mode) == 0o600


def test_what_a_killed_process_left_of_a_settings_file_goes_with_the_next_writing(tmp_path: Path) -> None:
    file = tmp_path / "sync.toml"
    old, fresh, other = (tmp_path / name for name in ("sync.toml.7.new", "sync.toml.8.new", "config.toml.7.new"))
    for one in (old, fresh, other):
        one.write_text("token")
    for one in (old, other):
        os.utime(one, (time.time() - 7_200,) * 2)
    settings_files.replace(file, "new")
    assert file.read_text() == "new" and not old.exists() and fresh.exists() and other.exists()
