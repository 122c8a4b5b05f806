"""Backup, restore and doctor as their users meet them."""

import json
from pathlib import Path

import pytest

from smdash.store import driver
from tests.conftest import Smdash


@pytest.fixture(autouse=True)
def own(smdash: Smdash) -> None:
    """As init leaves it; a copied template is readable by everybody, which doctor rightly reports."""
    smdash.db.chmod(0o600)


def sql(path: Path, statement: str) -> list[tuple[object, ...]]:
    conn = driver.connect(path, isolation_level=None)
    try:
        return conn.execute(statement).fetchall()
    finally:
        conn.close()


def test_a_restore_brings_back_what_was_there_holds_what_was_queued_and_keeps_the_old(
    smdash: Smdash, tmp_path: Path
) -> None:
    smdash.ok("mention", "ingest", "-", stdin=LINE.replace("N", "1"))
    smdash.ok("post", "add", "--account", "x/kopi", "--category", "other", "--at", "now", "--body", "x")
    copy = tmp_path / "copy.db"
    smdash.ok("backup", copy)
    assert copy.stat().st_mode & 0o777 == 0o600
    assert "exists already" in smdash.refused("backup", copy)
    assert "live database" in smdash.refused("backup", "--force", smdash.db)
    writers = [smdash.start("mention", "ingest", write(tmp_path, number)) for number in range(2, 6)]
    smdash.ok("restore", "--yes", copy)
    for one in writers:
        one.communicate(timeout=60)
    assert sql(smdash.db, "PRAGMA integrity_check") == [("ok",)]
    assert sql(smdash.db, "SELECT state FROM delivery") == [("held",)]
    (kept,) = tmp_path.glob("desk-*Z.db")
    assert sql(kept, "PRAGMA integrity_check") == [("ok",)]


def test_a_damaged_database_is_found_and_restored(smdash: Smdash, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    smdash.ok("backup", copy)
    smdash.db.write_bytes(b"SQLite format 3\x00" + b"x" * 9000)
    found = smdash("doctor", "--json")
    assert found.code == 1 and any(not one["ok"] for one in found.json)
    smdash.ok("restore", "--yes", copy)
    assert smdash.ok("doctor").code == 0


def test_a_file_that_is_no_backup_changes_nothing(smdash: Smdash, tmp_path: Path) -> None:
    (tmp_path / "text").write_text("hello " * 1000)
    before = smdash.db.read_bytes()
    assert "not a smdash database" in smdash.refused("restore", "--yes", tmp_path / "text")
    assert smdash.db.read_bytes() == before


@pytest.mark.parametrize(
    ("harm", "check"),
    [
        ("CREATE TRIGGER evil AFTER UPDATE ON mention BEGIN DELETE FROM label; END", "schema"),
        ("DROP VIEW v_hours", "schema"),
        ("INSERT INTO tally (name, bucket, n) VALUES ('open', '2026-01-01', 7)", "counters"),
        ("INSERT INTO mention_text (rowid, body, author, place) VALUES (9, 'a', 'b', 'c')", "search"),
    ],
)
def test_doctor_finds_and_mends(smdash: Smdash, harm: str, check: str) -> None:
    sql(smdash.db, harm)
    assert {one["check"] for one in smdash("doctor", "--json").json if not one["ok"]} == {check}
    assert smdash("doctor", "--fix").code == 0
    assert smdash("doctor").code == 0


LINE = (
    '{"platform": "x", "account": "kopi", "remote_id": "N", "kind": "comment", "author_handle": "rina", '
    '"body": "kak", "sent_at": "2026-11-20T07:00:00Z"}\n'
)


def write(folder: Path, number: int) -> Path:
    path = folder / f"{number}.jsonl"
    path.write_text("".join(LINE.replace("N", f"{number}-{at}") for at in range(2000)))
    return path


def test_the_kept_figures_of_open_mentions_are_right_and_both_kinds_are_mended(smdash: Smdash) -> None:
    row = {
        "platform": "x", "account": "kopi", "remote_id": "1", "kind": "comment", "author_handle": "rina", "body": "halo",
        "sent_at": "2026-11-20T07:00:00Z",
    }  # fmt: skip
    smdash.ok("mention", "ingest", "-", stdin=json.dumps(row) + "\n")

    def counters() -> bool:
        found = {one["check"]: one["ok"] for one in smdash("doctor", "--json").json}
        return bool(found["counters"])

    def figures() -> list[tuple[object, ...]]:
        conn = driver.connect(smdash.db)
        try:
            return conn.execute("SELECT name, bucket, n FROM tally ORDER BY 1, 2").fetchall()
        finally:
            conn.close()

    kept = figures()
    assert {name for name, *_rest in kept} == {"open", "wait"} and counters()
    for name in ("open", "wait"):
        conn = driver.connect(smdash.db, isolation_level=None)
        conn.execute("UPDATE tally SET n = n + 5 WHERE name = ?", (name,))
        conn.close()
        assert not counters()
        smdash("doctor", "--fix")
        assert counters() and figures() == kept
