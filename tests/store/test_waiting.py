"""Many writers at one lock: none of them starves."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from smdash.core.errors import StoreBusy
from smdash.store.connection import Store, open_store

WRITER = """
import sys, time
from pathlib import Path
from smdash.store.connection import open_store
with open_store(Path(sys.argv[1])) as store:
    for turn in range(60):
        with store.writing() as conn:
            conn.execute("INSERT INTO label (name) VALUES (?)", (f"{sys.argv[2]}-{turn}",))
            time.sleep(0.002)
"""


def test_eight_writers_that_never_rest_all_get_their_turns(db: Path) -> None:
    running = [subprocess.Popen([sys.executable, "-c", WRITER, str(db), str(at)]) for at in range(8)]
    assert [one.wait(60) for one in running] == [0] * 8
    with open_store(db) as store, store.reading() as conn:
        assert conn.execute("SELECT count(*) FROM label").fetchone() == (480,)


def test_a_write_that_may_be_left_out_gives_up_soon_and_the_next_one_waits_as_usual(store: Store, db: Path) -> None:
    with open_store(db) as other:
        other.conn.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreBusy), store.writing(busy_ms=20):
            pass
        assert store.conn.execute("PRAGMA busy_timeout").fetchone() == (5000,)
        other.conn.execute("ROLLBACK")
    with store.writing() as conn:
        conn.execute("INSERT INTO label (name) VALUES ('x')")
