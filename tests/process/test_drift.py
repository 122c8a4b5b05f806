"""What drifts on a server by the months, what doctor says of each, and that its mending holds."""

import json
import os
import shutil
import signal
import socket
import subprocess
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from smdash.core.clock import SystemClock, encode
from smdash.settings import paths
from smdash.store import driver, migrations, teams, whereabouts
from smdash.store.connection import open_store
from smdash.store.files import mode_of
from tests.conftest import Smdash
from tests.examination import ailing, content, finding
from tests.nobody import NOBODY, as_nobody, needs_nobody
from tests.process.test_doctor import sql
from tests.process.test_replace import holding

pytestmark = pytest.mark.usefixtures("own_folders")
as_root = pytest.mark.skipif(os.getuid() != 0, reason="only root can give files to others")
OTHER = 41_500


@pytest.fixture(autouse=True)
def own(db: Path) -> None:
    """As init leaves it for one's own."""
    db.chmod(0o600)
    db.parent.chmod(0o700)


def one(path: Path, check: str, **options: bool) -> str:
    """The one sentence that isn't content."""
    ((found, sentence),) = ailing(path, **options)
    assert found == check
    return sentence


def record_service(path: Path, login: str, host: str | None = None) -> None:
    with open_store(path) as store, store.writing() as conn:
        teams.put(conn, "service", {"login": login, "host": host or socket.gethostname()})


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as site:
        return int(site.getsockname()[1])


# -- where the file lies


def test_a_disk_with_little_room_and_with_none(small_disk: Path, template: Path) -> None:
    path = small_disk / "desk.db"
    shutil.copyfile(template, path)
    path.chmod(0o600)
    small_disk.chmod(0o700)
    sentence = one(path, "disk")
    assert f"free on the disk of {path}; the database takes" in sentence and "make room" in sentence
    severities = []
    for size in ("4m", "100m", "400m"):
        subprocess.run(["mount", "-o", f"remount,size={size}", small_disk], check=True)
        severities.append(finding(path, "disk").severity)
    assert severities == ["error", "warning", "good"] and "MB free on the disk" in content(path, "disk")


def test_a_network_file_system(db: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kind = whereabouts.file_system(db)
    monkeypatch.setattr(whereabouts, "NETWORK_FILE_SYSTEMS", frozenset({kind}))
    said = [sentence for check, sentence in ailing(db) if check == "disk"]
    assert said and f"is on a network file system ({kind})" in said[0] and "move it to a local disk" in said[0]


def test_a_folder_and_files_that_anybody_may_write_or_read(smdash: Smdash) -> None:
    db = smdash.db
    with holding(db):
        beside = [Path(f"{db}{side}") for side in ("-wal", "-shm")]
        for path in (db, *beside):
            path.chmod(0o644)
        db.parent.chmod(0o777)
        said = ailing(db)
        assert [check for check, _sentence in said] == ["folder", "modes", "modes", "modes"]
        lines = [f"chmod o-w {db.parent}", *(f"chmod o= {path}" for path in (db, *beside))]
        assert all(sentence.endswith(line) for (_check, sentence), line in zip(said, lines, strict=True))
        assert "has mode 640" in smdash.ok("doctor", "--fix").out
        assert ailing(db) == []
        assert [mode_of(path) & 0o007 for path in (db, db.parent, *beside)] == [0, 4, 0, 0]


@needs_nobody
def test_a_log_that_came_from_somebody_else_locks_the_owner_out(template: Path, open_folder: Path) -> None:
    path = open_folder / "desk.db"
    log = Path(f"{path}-wal")
    shutil.copyfile(template, path)
    log.touch(mode=0o600)
    for name in (path, open_folder):
        os.chown(name, NOBODY, NOBODY)
    path.chmod(0o600)
    os.chown(log, OTHER, -1)
    assert ailing(path) == []  # as root SQLite gives it back
    log.touch(mode=0o600)
    os.chown(log, OTHER, -1)
    said = as_nobody(lambda: "\n".join(sentence for _check, sentence in ailing(path, fix=True)))
    assert f"{log} is {OTHER}'s, so that nobody is locked out; mend it with: chown nobody {log}" in said.replace(
        "uid", ""
    )


@as_root
def test_what_keeps_a_group_out(template: Path, open_folder: Path) -> None:
    place = open_folder / "desk"
    path = place / "desk.db"
    place.mkdir()
    shutil.copyfile(template, path)
    with open_store(path) as store, store.writing() as conn:
        teams.put(conn, "group", str(OTHER))
    for name, mode in ((path, 0o660), (place, 0o2770)):
        os.chown(name, -1, OTHER)
        name.chmod(mode)
    assert ailing(path) == []
    with holding(path):
        log, index = Path(f"{path}-wal"), Path(f"{path}-shm")
        log.chmod(0o640)
        index.chmod(0o600)
        (_, first), (_, second) = ailing(path)
        assert f"{log} has mode 640 and group {OTHER}, so that members are locked out" in first
        assert f"{index} has mode 600 and group {OTHER}, so that members are locked out" in second
        assert f"chgrp {OTHER} {log} && chmod 660 {log}" in first
        assert ailing(path, fix=True) == [] == ailing(path)
        assert (mode_of(log), mode_of(index)) == (0o660, 0o660)
    os.chown(path, -1, 0)
    # What SQLite puts beside it follows its group.
    assert f"{path} has mode 660 and group root, so that members are locked out" in ailing(path)[0][1]
    assert ailing(path, fix=True) == [] == ailing(path)
    open_folder.chmod(0o700)
    assert f"members of {OTHER} can't enter {open_folder}" in one(path, "folder", fix=True)
    open_folder.chmod(0o755)
    place.chmod(0o3770)
    assert "sticky" in one(path, "folder", fix=True)
    place.chmod(0o2770)
    with open_store(path) as store, store.writing() as conn:
        teams.put(conn, "group", "there-is-no-such-group")
    assert "groupadd there-is-no-such-group" in one(path, "folder", fix=True)


@needs_nobody
def test_a_place_that_this_user_may_not_enter_hides_no_other_finding(db: Path) -> None:
    ailing(db)  # what is imported later can't be, as nobody
    said = as_nobody(lambda: "\n".join(sentence for _check, sentence in ailing(db)))
    assert "CRASH" not in said and f"can't read {db}: permission denied" in said
    assert said.count("sync.toml: permission denied") == 1 and "is missing" not in said


# -- what is in the file


# How the first smdash counted open mentions: by the day of their goal.
DAYS = """
CREATE TRIGGER mention_tally_insert AFTER INSERT ON mention WHEN NEW.state = 'open' BEGIN
  INSERT INTO tally (name, bucket, n) VALUES ('open', coalesce(substr(NEW.due_at, 1, 10), ''), 1)
  ON CONFLICT (name, bucket) DO UPDATE SET n = n + 1;
END;
CREATE TRIGGER mention_tally_close AFTER UPDATE OF state, due_at ON mention WHEN OLD.state = 'open' BEGIN
  UPDATE tally SET n = n - 1 WHERE name = 'open' AND bucket = coalesce(substr(OLD.due_at, 1, 10), '');
END;
"""


def older(path: Path) -> None:
    """A database as the first smdash made it, with two open mentions."""
    from sqlite_utils import Database, Migrations

    path.unlink()
    conn = driver.connect(path, isolation_level=None)
    conn.execute("BEGIN IMMEDIATE")
    history = Migrations("smdash")

    @history()
    def m001_the_desk(db: Database) -> None:
        migrations._first(db.conn)

    history.apply(Database(conn, recursive_triggers=False, execute_plugins=False))
    conn.execute("PRAGMA user_version = 1")
    for trigger in migrations.statements(DAYS):
        conn.execute(trigger)
    teams.start(conn, "Kopi Senja", "Asia/Jakarta")
    teams.put_account(conn, "mastodon", "kopi", datetime(2026, 11, 23, 7, 5, tzinfo=UTC))
    for number in (1, 2):
        conn.execute(
            "INSERT INTO mention (account_id, remote_id, kind, author_handle, author_name, body, sent_at, received_at, "
            "due_at, state) VALUES (1, ?, 'mention', 'rina', 'Rina', 'kopi', '2026-11-23T07:00:00.000Z', "
            "'2026-11-23T07:00:00.000Z', '2026-11-23T11:00:00.000Z', 'open')",
            (str(number),),
        )
    assert conn.execute("SELECT bucket, n FROM tally").fetchall() == [("2026-11-23", 2)]
    conn.execute("COMMIT")
    conn.execute(f"PRAGMA journal_mode = {driver.journal_mode()}")
    conn.close()
    path.chmod(0o600)


def test_an_older_schema_is_told_and_brought_up_to_date(smdash: Smdash) -> None:
    older(smdash.db)
    assert "written by an older smdash; make a backup" in one(smdash.db, "database")
    assert "older smdash" in one(smdash.db, "database", read_only=True)
    assert "up to date now" in smdash.ok("doctor", "--fix").out
    assert ailing(smdash.db) == []
    smdash.ok("mention", "done", "1")
    assert [one["id"] for one in smdash.ok("mention", "list", "--json").json] == [2] and ailing(smdash.db) == []


def test_parts_that_only_a_backup_brings_back_are_told_and_left(db: Path) -> None:
    sql(
        db,
        "PRAGMA foreign_keys = OFF",
        "INSERT INTO mention_label (mention_id, label_id) VALUES (7, 9), (8, 9)",
        "CREATE VIEW mine AS SELECT 1",
        "ALTER TABLE feed ADD COLUMN mine TEXT",
        "DROP TABLE claim",
    )
    for fix in (False, True):
        said = [sentence for _check, sentence in ailing(db, fix=fix)]
        assert "2 rows of mention_label refer to nothing in label; restore the last backup" in said
        assert "the view mine is not smdash's; if nobody needs it, drop it with SQL" in said
        assert "the table feed is not as smdash makes it; restore the last backup" in said
        assert "the table claim is missing; restore the last backup" in said


def test_a_page_that_is_not_whole(db: Path) -> None:
    conn = driver.connect(db)
    (size,) = conn.execute("PRAGMA page_size").fetchone()
    (page,) = conn.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'event'").fetchone()
    conn.close()
    with db.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xff" * size)
    assert one(db, "pages", fix=True) == f"{db} is damaged; keep a copy of it and restore the last backup"


def test_mentions_that_are_dated_ahead(smdash: Smdash) -> None:
    ahead = encode(SystemClock().now() + timedelta(days=3))
    row = {
        "platform": "x",
        "account": "kopi",
        "kind": "mention",
        "author_handle": "budi",
        "body": "halo",
        "sent_at": ahead,
    }
    smdash.ok("mention", "ingest", "-", stdin="".join(json.dumps(row | {"remote_id": at}) + "\n" for at in "ab"))
    assert any("2 open mentions are dated more than a day ahead" in said for _check, said in ailing(smdash.db))


# -- the service


@pytest.fixture
def fed(smdash: Smdash) -> Smdash:
    """Two feeds whose site is down, and a service that is to ask for them."""
    urls = (f"http://127.0.0.1:{closed_port()}/{name}.xml" for name in "ab")
    sql(
        smdash.db,
        *(f"INSERT INTO feed (url, title, created_at) VALUES ('{url}', 'kabar', '2026-11-23')" for url in urls),
    )
    sql(
        smdash.db,
        *(
            f"INSERT INTO sync_job (name, label, platform, feed_id, interval_s) VALUES ('feeds/{n}', 'kabar', 'feeds', {n}, 600)"
            for n in (1, 2)
        ),
    )
    record_service(smdash.db, paths.login())
    return smdash


def test_a_service_that_does_not_run_and_its_jobs(fed: Smdash) -> None:
    sql(
        fed.db,
        "UPDATE sync_job SET failures = 3, error = 'the site is down', next_at = '2096-01-01T00:00:00.000Z' WHERE name = 'feeds/1'",
        "UPDATE sync_job SET next_at = '2026-01-01T00:00:00.000Z' WHERE name = 'feeds/2'",
    )
    (first, stopped), (second, fails), (third, behind) = ailing(fed.db)
    assert (first, second, third) == ("service", "jobs", "jobs")
    assert "the service does not run, so nothing new comes in; start it as" in stopped and "smdash sync" in stopped
    assert "feeds/1 failed 3 times in a row: the site is down" in fails
    # What the sentence says to do is what is asked for.
    line = behind.rpartition("smdash ")[2].split()
    assert line == ["sync", "--once", "--only", "feeds/2"] and fed(*line).code == 1
    assert "feeds/2 failed: " in ailing(fed.db)[2][1]
    service = fed.start("sync", stderr=subprocess.DEVNULL)
    try:
        end = time.monotonic() + 15
        # Who has the lock writes down who that is a moment later.
        while not (found := finding(fed.db, "service")).ok or "?" in found.sentence:
            assert service.poll() is None and time.monotonic() < end
            time.sleep(0.05)
        assert "the service works: " in found.sentence and f"process {service.pid}" in found.sentence
    finally:
        service.send_signal(signal.SIGTERM)
        service.communicate()


def test_the_service_of_somebody_whose_folder_is_not_seen(fed: Smdash) -> None:
    record_service(fed.db, "no-such-login")
    sql(
        fed.db, "UPDATE sync_job SET last_started_at = '2026-11-23T07:05:00.000Z', next_at = '2096-01-01T00:00:00.000Z'"
    )
    assert ailing(fed.db) == []
    assert "is no-such-login's on" in content(fed.db, "service")
    assert "tokens are no-such-login's" in content(fed.db, "tokens")
    sql(fed.db, "UPDATE sync_job SET next_at = '2026-01-01T00:00:00.000Z'")
    said = ailing(fed.db)
    assert [check for check, _sentence in said] == ["service", "jobs", "jobs"]
    assert "start it as no-such-login with: smdash sync" in said[0][1]


def test_a_service_that_moved_and_one_that_never_was(db: Path) -> None:
    assert "no service has worked for this database yet" in content(db, "service")
    record_service(db, "smdash", "elsewhere.example")
    assert "--take-over" in one(db, "service", fix=True)


# -- its user's own files

SYNC = """
contact = "kopi@contoh.id"
surprise = 1
[[account]]
platform = "mastodon"
name = "kopi"
url = "https://contoh.id"
token_file = "{token}"
"""


def test_files_that_are_their_owners_alone_and_a_setting_that_is_none(smdash: Smdash, tmp_path: Path) -> None:
    config, state, token = tmp_path / "config" / "sync.toml", tmp_path / "state", tmp_path / "token"
    for folder in (config.parent, state):
        folder.mkdir(mode=0o700)
    config.write_text(SYNC.format(token=token))
    token.write_text("kenari-rahasia\n")
    for path, mode in ((config, 0o644), (token, 0o640), (state, 0o755)):
        path.chmod(mode)
    said = ailing(smdash.db)
    assert [check for check, _sentence in said] == ["settings", "tokens", "tokens", "tokens"]
    assert "surprise" in said[0][1] and "kenari" not in str(said)
    for (_check, sentence), line in zip(
        said[1:], (f"chmod 600 {config}", f"chmod 600 {token}", f"chmod 700 {state}"), strict=True
    ):
        assert sentence.endswith(line)
    ran = smdash("doctor", "--fix")
    assert ran.code == 1 and ran.out.count("is its owner's alone now") == 3  # the setting is a person's
    assert [mode_of(path) for path in (config, token, state)] == [0o600, 0o600, 0o700]
    assert one(smdash.db, "settings") == said[0][1]
    token.unlink()
    assert ("tokens", f"there is no token file {token}") in ailing(smdash.db)
    sql(
        smdash.db,
        "INSERT INTO account (id, platform, name, created_at) VALUES (1, 'mastodon', 'kopi', '')",
        "INSERT INTO sync_job (name, label, platform, account_id, interval_s, next_at) VALUES ('m', 'm', 'm', 1, 60, '2096-01-01T00:00:00.000Z')",
    )
    config.unlink()
    sentence = one(smdash.db, "tokens")
    assert f"{config} is missing" in sentence and "smdash account add" in sentence


def test_settings_files_that_can_not_be_read(smdash: Smdash, tmp_path: Path) -> None:
    folder = tmp_path / "config"
    folder.mkdir(mode=0o700)
    (folder / "config.toml").write_bytes(b"\xff\xfe\x00")
    (folder / "sync.toml").mkdir()
    said = [sentence for check, sentence in ailing(smdash.db) if check == "settings"]
    assert len(said) == 2 and "config.toml" in said[0] and "sync.toml: it is a folder" in said[1]
