"""The log is begun anew when it is long, and never at somebody's expense."""

import time
from pathlib import Path

import pytest

from smdash.store import driver, journal
from smdash.store.connection import Store, open_store

pytestmark = pytest.mark.skipif(driver.journal_mode() != "wal", reason="this SQLite keeps no log")


def grow(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Write without checkpoints until the log is long."""
    monkeypatch.setattr(journal, "LONG", 400_000)
    store.conn.execute("PRAGMA wal_autocheckpoint = 0")
    while journal.size(store) < journal.LONG:
        with store.writing() as conn:
            conn.execute(
                "INSERT INTO setting (key, value) VALUES (hex(randomblob(8)), json_quote(hex(randomblob(4000))))"
            )


def test_a_long_log_is_emptied_and_its_rows_stay(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    grow(store, monkeypatch)
    (rows,) = store.conn.execute("SELECT count(*) FROM setting").fetchone()
    assert journal.shorten(store)
    assert journal.size(store) == 0
    assert store.conn.execute("SELECT count(*) FROM setting").fetchone() == (rows,)


def test_who_still_reads_is_left_alone_and_waited_for_a_moment_only(
    store: Store, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    grow(store, monkeypatch)
    with open_store(store.path, read_only=True) as other:
        other.conn.execute("BEGIN")
        (before,) = other.conn.execute("SELECT count(*) FROM setting").fetchone()
        with store.writing() as conn:
            conn.execute("INSERT INTO setting (key, value) VALUES ('later', '1')")
        began = time.monotonic()
        assert not journal.shorten(store)
        assert time.monotonic() - began < 1
        assert other.conn.execute("SELECT count(*) FROM setting").fetchone() == (before,)
        other.conn.execute("COMMIT")
    assert journal.shorten(store)


def test_a_writer_in_between_keeps_the_lock(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    grow(store, monkeypatch)
    with open_store(store.path) as other, other.writing() as conn:
        conn.execute("INSERT INTO setting (key, value) VALUES ('theirs', '1')")
        assert not journal.shorten(store)
    assert store.conn.execute("SELECT value FROM setting WHERE key = 'theirs'").fetchone() == ("1",)
    assert store.conn.execute("PRAGMA busy_timeout").fetchone() == (store.busy_ms,)


def test_a_desk_leaves_the_log_alone_until_it_is_abandoned(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    grow(store, monkeypatch)
    database = store.path.stat().st_size
    journal.leave_to_service(store)
    journal.relieve(store)
    assert store.path.stat().st_size == database
    monkeypatch.setattr(journal, "ABANDONED", 400_000)
    journal.relieve(store)
    assert store.path.stat().st_size > database
    before = journal.size(store)
    with store.writing() as conn:
        conn.execute("INSERT INTO setting (key, value) VALUES ('later', '1')")
    # The next writer begins at the log's start.
    assert journal.size(store) == before
