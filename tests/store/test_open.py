"""Opening the shared file: every way it can be wrong ends in one sentence, and nothing is lost."""

import multiprocessing
import os
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest

from smdash.core import errors
from smdash.core.clock import find_zone
from smdash.store import driver, files, migrations, schema, team_settings, teams, whereabouts
from smdash.store.connection import Store, create_file, open_store
from tests.nobody import as_nobody, needs_nobody


def refused(kind: type[errors.StoreError], path: Path) -> str:
    with pytest.raises(kind) as caught:
        open_store(path)
    message = str(caught.value)
    assert type(caught.value) is kind and str(path) in message and message.isprintable()
    return message


def test_a_missing_file_names_the_line_that_makes_one(tmp_path: Path) -> None:
    assert refused(errors.StoreMissing, tmp_path / "none.db").endswith("init")
    assert list(tmp_path.iterdir()) == []


def test_a_missing_folder_is_a_missing_file(tmp_path: Path) -> None:
    assert refused(errors.StoreMissing, tmp_path / "no" / "such" / "folder.db").endswith("init")


def test_a_file_in_the_way_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    refused(errors.StoreReadOnly, tmp_path / "file" / "desk.db")


def test_an_empty_file_names_the_line_that_makes_the_database(tmp_path: Path) -> None:
    path = tmp_path / "empty.db"
    path.touch()
    assert "init" in refused(errors.StoreMissing, path)
    assert path.stat().st_size == 0


def test_a_folder_is_no_database(tmp_path: Path) -> None:
    assert "folder" in refused(errors.StoreForeign, tmp_path)


@pytest.mark.parametrize("special", ["fifo", "device"])
def test_a_pipe_or_device_is_no_database_and_is_left_alone(tmp_path: Path, special: str) -> None:
    path = tmp_path / special
    if special == "fifo":
        os.mkfifo(path)
    else:
        path = Path("/dev/null")
    before = path.stat().st_mode
    refused(errors.StoreForeign, path)
    with pytest.raises(errors.StoreForeign):
        create_file(path)
    assert path.stat().st_mode == before


@pytest.mark.parametrize(
    "content", [b"hello", b"\x00" * 4096, os.urandom(10_000), b"SQLite format 3\x00" + b"x" * 5000]
)
def test_random_bytes_are_no_database_and_stay_as_they_are(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "random.db"
    path.write_bytes(content)
    with pytest.raises((errors.StoreForeign, errors.StoreDamaged)) as caught:
        open_store(path)
    assert str(path) in str(caught.value)
    with pytest.raises((errors.StoreForeign, errors.StoreDamaged)):
        create_file(path)
    assert path.read_bytes() == content


@pytest.fixture
def strange(tmp_path: Path) -> Path:
    """Another program's SQLite file."""
    path = tmp_path / "strange.db"
    with driver.connect(path) as conn:
        conn.execute("CREATE TABLE bookmarks (url TEXT)")
    conn.close()
    return path


def test_another_programs_database_is_refused_and_left_alone(strange: Path) -> None:
    before = strange.read_bytes()
    assert "not a smdash database" in refused(errors.StoreForeign, strange)
    with pytest.raises(errors.StoreForeign):
        create_file(strange)
    assert strange.read_bytes() == before


def test_a_file_of_a_newer_smdash_is_refused_and_left_alone(db: Path) -> None:
    execute(db, f"PRAGMA user_version = {migrations.VERSION + 1}")
    assert "newer" in refused(errors.StoreNewer, db) and "update" in refused(errors.StoreNewer, db)
    with pytest.raises(errors.StoreNewer):
        create_file(db)


def execute(path: Path, sql: str) -> None:
    """What somebody else does to the file, through the same library: two in one process would drop each other's locks."""
    conn = driver.connect(path, isolation_level=None)
    try:
        conn.execute(sql)
    finally:
        conn.close()


def fill(path: Path, rows: int = 2_000) -> None:
    conn = driver.connect(path)
    with conn:
        conn.execute("INSERT INTO account (platform, name, created_at) VALUES ('x', 'a', '2026-01-01T00:00:00.000Z')")
        conn.executemany(
            "INSERT INTO mention (account_id, remote_id, kind, author_handle, author_name, body, sent_at, received_at) "
            "VALUES (1, ?, 'mention', 'a', 'A', ?, '2026-11-23T00:00:00.000Z', '2026-11-23T00:00:00.000Z')",
            [(str(number), "kopi " * 50) for number in range(rows)],
        )
    conn.close()


@pytest.mark.parametrize("seed", range(6))
def test_a_file_damaged_in_the_middle_says_so_wherever_it_is_met(db: Path, seed: int) -> None:
    fill(db)
    size = db.stat().st_size
    with db.open("r+b") as file:
        for page in range(2 + seed % 3, size // 4096, 3):
            file.seek(page * 4096)
            file.write(os.urandom(4096) if seed % 2 else b"\xff" * 4096)
    from smdash.store import inbox

    with pytest.raises(errors.StoreDamaged, match="restore the last backup"), open_store(db) as store:
        with store.reading() as conn:
            inbox.select(conn, ["open"])
            conn.execute("SELECT * FROM event").fetchall()
            for name in schema.TOPICS:
                conn.execute(f"SELECT * FROM {name}").fetchall()


def test_a_file_cut_short_says_that_it_is_damaged(db: Path) -> None:
    fill(db)
    os.truncate(db, db.stat().st_size // 2)
    from smdash.store import inbox

    with pytest.raises(errors.StoreDamaged), open_store(db) as store, store.reading() as conn:
        inbox.select(conn, ["open"])


def test_a_locked_file_says_so_and_nothing_is_changed(db: Path) -> None:
    holder = driver.connect(db, isolation_level=None)
    with open_store(db, busy_ms=50) as store:
        holder.execute("BEGIN EXCLUSIVE")
        with pytest.raises(errors.StoreBusy, match="locked by another program"), store.writing() as conn:
            teams.put(conn, "team", "x")
        holder.execute("ROLLBACK")
        with store.writing() as conn:
            teams.put(conn, "team", "later")
            assert teams.get(conn, "team") == "later"
    holder.close()


def test_a_lock_that_is_given_back_in_time_is_waited_for(db: Path) -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent("""
            import sqlite3, sys, time
            conn = sqlite3.connect(sys.argv[1], isolation_level=None)
            conn.execute("BEGIN IMMEDIATE"); print("held", flush=True); time.sleep(0.3); conn.execute("COMMIT")
        """), db],
        stdout=subprocess.PIPE,
    )  # fmt: skip
    assert child.stdout and child.stdout.readline() == b"held\n"
    with open_store(db) as store, store.writing() as conn:
        teams.put(conn, "team", "waited")
    child.communicate()


def test_a_replaced_file_is_noticed(store: Store, db: Path, template: Path) -> None:
    assert not store.replaced()
    db.rename(db.with_suffix(".old"))
    assert store.replaced()
    shutil.copyfile(template, db)
    assert store.replaced()


def test_read_only_changes_nothing_and_says_why(db: Path) -> None:
    with open_store(db, read_only=True) as store:
        with pytest.raises(errors.StoreReadOnly, match="--read-only"), store.writing():
            raise AssertionError
        with store.reading() as conn:
            assert teams.team(conn).name == "Kopi Senja"
            with pytest.raises(driver.OperationalError):
                conn.execute("DELETE FROM setting")


def write_team(path: Path) -> str:
    with open_store(path) as store:
        with store.reading() as conn:
            name = teams.team(conn).name
        with store.writing() as conn:
            teams.put(conn, "team", "x")
    return f"wrote over {name}"


def read_team(path: Path) -> str:
    with open_store(path) as store, store.reading() as conn:
        return teams.team(conn).name


@needs_nobody
def test_somebody_who_may_only_read_reads_and_is_told_why_nothing_is_written(template: Path, open_folder: Path) -> None:
    path = open_folder / "desk.db"
    shutil.copyfile(template, path)
    execute(path, "PRAGMA journal_mode = DELETE")
    path.chmod(0o644)
    assert as_nobody(lambda: read_team(path)) == "Kopi Senja"
    said = as_nobody(lambda: write_team(path))
    assert said.startswith("StoreReadOnly: ") and str(path) in said and "may not write" in said


@needs_nobody
def test_a_member_reads_and_writes_a_shared_file(template: Path, open_folder: Path) -> None:
    path = open_folder / "desk.db"
    shutil.copyfile(template, path)
    path.chmod(0o666)
    open_folder.chmod(0o777)
    assert as_nobody(lambda: write_team(path)) == "wrote over Kopi Senja"


@needs_nobody
def test_a_folder_that_may_not_be_written_is_named(template: Path, open_folder: Path) -> None:
    path = open_folder / "desk.db"
    shutil.copyfile(template, path)
    path.chmod(0o666)
    said = as_nobody(lambda: write_team(path))
    assert said.startswith("StoreReadOnly: ") and "folder" in said and str(path) in said


@needs_nobody
def test_a_file_that_may_not_be_read_says_whom_to_ask(template: Path, open_folder: Path) -> None:
    path = open_folder / "desk.db"
    shutil.copyfile(template, path)
    path.chmod(0o600)
    said = as_nobody(lambda: read_team(path))
    assert said.startswith("StoreReadOnly: ") and "ask its owner" in said


@needs_nobody
def test_a_folder_that_may_not_be_entered_says_so(template: Path, open_folder: Path) -> None:
    path = open_folder / "in" / "desk.db"
    path.parent.mkdir(mode=0o700)
    shutil.copyfile(template, path)
    said = as_nobody(lambda: read_team(path))
    assert said.startswith("StoreReadOnly: ") and "permission denied" in said


@needs_nobody
def test_a_folder_of_another_takes_no_new_database(open_folder: Path) -> None:
    said = as_nobody(lambda: str(create_file(open_folder / "desk.db")))
    assert said.startswith("StoreReadOnly: ") and "choose a folder" in said


def test_a_full_disk_says_so_and_keeps_what_was_there(small_disk: Path, template: Path) -> None:
    path = small_disk / "desk.db"
    shutil.copyfile(template, path)
    with open_store(path) as store:
        written = 0
        with pytest.raises(errors.StoreFull, match="is full, so this was not kept"):
            for number in range(1_000):
                with store.writing() as conn:
                    teams.put(conn, f"filler{number}", "x" * 20_000)
                written += 1
        assert written > 3
        assert not store.conn.in_transaction
        with store.reading() as conn:
            assert teams.team(conn).name == "Kopi Senja"
            assert teams.get(conn, f"filler{written - 1}") == "x" * 20_000
            assert teams.get(conn, f"filler{written}") is None
    with open_store(path) as store, store.reading() as conn:
        assert conn.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_a_failed_step_leaves_nothing_behind(store: Store) -> None:
    with pytest.raises(RuntimeError), store.writing() as conn:
        teams.put(conn, "team", "half")
        raise RuntimeError
    with store.reading() as conn:
        assert teams.team(conn).name == "Kopi Senja"


def test_a_refused_value_is_a_bug_not_a_sentence(store: Store) -> None:
    with pytest.raises(driver.IntegrityError), store.writing() as conn:
        conn.execute("INSERT INTO feed (id, url, created_at) VALUES ('text', 'u', 'c')")


def test_a_new_file_is_for_the_group_or_the_owner_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        create_file(tmp_path / "group.db")
        create_file(tmp_path / "own.db", 0o600)
    finally:
        os.umask(before)
    assert (tmp_path / "group.db").stat().st_mode & 0o777 == 0o660
    assert (tmp_path / "own.db").stat().st_mode & 0o777 == 0o600


def test_making_a_database_twice_keeps_what_is_in_it(db: Path) -> None:
    create_file(db)
    assert read_team(db) == "Kopi Senja"


def test_the_journal_suits_the_sqlite(db: Path) -> None:
    with open_store(db) as store, store.reading() as conn:
        assert conn.execute("PRAGMA journal_mode").fetchone()[0] == driver.journal_mode()


@pytest.mark.parametrize(
    ("version", "fixed"),
    [((3, 40, 1), False), ((3, 44, 5), False), ((3, 44, 6), True), ((3, 45, 0), False), ((3, 50, 6), False),
     ((3, 50, 7), True), ((3, 51, 0), False), ((3, 51, 2), False), ((3, 51, 3), True), ((3, 53, 4), True)],
)  # fmt: skip
def test_which_sqlite_may_share_a_wal(version: tuple[int, ...], fixed: bool) -> None:
    assert driver.has_wal_fix(version) is fixed
    assert driver.journal_mode(version) == ("wal" if fixed else "truncate")


def test_an_old_sqlite_only_reads_a_wal_database_and_says_why(db: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    execute(db, "PRAGMA journal_mode = WAL")
    monkeypatch.setattr(driver, "has_wal_fix", lambda: False)
    with open_store(db) as store:
        with store.reading() as conn:
            assert teams.team(conn).name == "Kopi Senja"
        with pytest.raises(errors.StoreReadOnly, match="can damage a shared file"), store.writing():
            raise AssertionError


def test_the_service_syncs_every_commit_and_dashboards_do_not(db: Path) -> None:
    for service, synchronous in ((True, 2), (False, 1)):
        with open_store(db, service=service) as store, store.reading() as conn:
            assert conn.execute("PRAGMA synchronous").fetchone()[0] == synchronous
            assert conn.execute("PRAGMA foreign_keys").fetchone()[0] == 1
            assert conn.execute("PRAGMA trusted_schema").fetchone()[0] == 0


def test_a_network_file_system_is_refused(db: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kind = whereabouts.file_system(db)
    assert kind
    monkeypatch.setattr(whereabouts, "NETWORK_FILE_SYSTEMS", frozenset({kind}))
    assert "local disk" in refused(errors.StoreError, db)


# --- many at once


def _initialise(path: str, gate: object) -> str:
    gate.wait()  # type: ignore[attr-defined]
    try:
        create_file(Path(path))
        with open_store(Path(path)) as store, store.writing() as conn:
            teams.start(conn, "Kopi Senja", "Asia/Jakarta")
    except Exception as problem:
        return f"{type(problem).__name__}: {problem}"
    return ""


def _open(path: str, gate: object) -> str:
    """Open as soon as there is anything to open."""
    gate.wait()  # type: ignore[attr-defined]
    while True:
        try:
            with open_store(Path(path)) as store, store.reading() as conn:
                teams.team(conn)
            return ""
        except errors.StoreMissing:
            continue
        except Exception as problem:
            return f"{type(problem).__name__}: {problem}"


@pytest.mark.parametrize("round_", range(3))
def test_thirty_two_processes_start_at_once_and_none_fails(tmp_path: Path, round_: int) -> None:
    path = tmp_path / "desk.db"
    context = multiprocessing.get_context("fork")
    with context.Manager() as manager, context.Pool(32) as pool:
        gate = manager.Barrier(32)
        runs = [pool.apply_async(_open if number % 4 == 3 else _initialise, (str(path), gate)) for number in range(32)]
        complaints = [said for said in (run.get(60) for run in runs) if said]
    assert complaints == []
    with open_store(path) as store, store.reading() as conn:
        assert conn.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert conn.execute("SELECT count(*) FROM activity").fetchone() == (11,)
        assert conn.execute("SELECT count(*) FROM setting WHERE key = 'database_id'").fetchone() == (1,)
        assert conn.execute("SELECT count(*) FROM _sqlite_migrations").fetchone() == (migrations.VERSION,)
        assert conn.execute("PRAGMA journal_mode").fetchone()[0] == driver.journal_mode()


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("INSERT INTO nowhere VALUES (1)", "nowhere"),
        ("UPDATE mention SET lacking = 1", "lacking"),
        ("SELECT no_function(NEW.id)", "no_function"),
    ],
)
def test_a_planted_trigger_that_names_what_is_not_there_is_one_sentence(db: Path, body: str, words: str) -> None:
    with open_store(db) as opened:
        with opened.writing() as conn:
            conn.execute(f"CREATE TRIGGER planted AFTER INSERT ON label BEGIN {body}; END")
        with pytest.raises(errors.StoreDamaged, match=f"{words}.*smdash doctor"), opened.writing() as conn:
            conn.execute("INSERT INTO label (name) VALUES ('x')")


@pytest.mark.parametrize("value", ["[1, 2]", "7", '"Mars/Olympus"', "null", '{"dm": "soon", "comment": 30}'])
@pytest.mark.parametrize(
    "key", ["team", "zone", "week_start", "response_goals", "mix", "working_hours", "holidays", "banned_words", "utm"]
)
def test_a_broken_setting_counts_as_not_set(db: Path, key: str, value: str) -> None:
    with open_store(db) as opened:
        with opened.writing() as conn:
            conn.execute("INSERT OR REPLACE INTO setting (key, value) VALUES (?, ?)", (key, value))
        with opened.reading() as conn:
            found = teams.team(conn)
            assert find_zone(found.zone) and isinstance(found.name, str)
            assert all(isinstance(minutes, int) for minutes in found.goals_minutes.values())
            assert team_settings.read(conn).week_start in range(7)


@pytest.mark.parametrize("opened", ["opened", "made"])
def test_what_sqlite_makes_is_the_groups_from_its_first_moment_whatever_the_umask(
    opened: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "desk.db"
    if opened == "opened":
        create_file(path)
    seen: list[int] = []
    connect = driver.connect

    def watched(*words: Any, **more: Any) -> driver.Connection:
        # What is made from here on, SQLite makes with this umask before it sets the mode.
        made = tmp_path / f"made{len(seen)}"
        os.close(os.open(made, os.O_CREAT | os.O_WRONLY, 0o660))
        seen.append(made.stat().st_mode & 0o777)
        return connect(*words, **more)

    monkeypatch.setattr(driver, "connect", watched)
    before = os.umask(0o077)
    try:
        if opened == "made":
            create_file(path)
        with open_store(path), open_store(path):
            pass
        assert os.umask(0o077) == 0o077
    finally:
        os.umask(before)
    assert set(seen) == {0o660}


def test_openings_that_overlap_leave_the_umask_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "desk.db"
    path.touch()
    path.chmod(0o640)
    before = os.umask(0o077)
    try:
        first, second = files.opening(path), files.opening(path)
        first.__enter__()
        second.__enter__()
        first.__exit__(None, None, None)
        second.__exit__(None, None, None)
        assert os.umask(0o077) == 0o077
    finally:
        os.umask(before)
