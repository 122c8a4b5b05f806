"""What drifts really, what doctor says of it, and that its mending holds."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from smdash.store import driver, migrations
from tests.conftest import Smdash


@pytest.fixture(autouse=True)
def own(smdash: Smdash) -> None:
    """As init leaves it; a copied template is readable by everybody, which doctor rightly reports."""
    smdash.db.chmod(0o600)


def sql(path: Path, *statements: str) -> None:
    conn = driver.connect(path, isolation_level=None)
    for statement in statements:
        conn.execute(statement)
    conn.close()


def said(smdash: Smdash, check: str) -> str:
    """The one sentence of a check that isn't content, the same in text and in JSON; doctor ends with 1."""
    text, data = smdash("doctor"), smdash("doctor", "--json")
    assert (text.code, data.code) == (1, 1)
    (found,) = [one for one in data.json if not one["ok"]]
    assert found["check"] == check
    assert f": {found['sentence']}" in text.out
    return str(found["sentence"])


def mended(smdash: Smdash) -> None:
    assert smdash("doctor", "--fix").code == 0
    assert smdash("doctor").code == 0


def test_a_healthy_desk_has_nothing_to_say(smdash: Smdash) -> None:
    assert smdash("doctor").code == 0
    assert all(one["ok"] for one in smdash.ok("doctor", "--json").json)


def test_a_journal_that_somebody_changed(smdash: Smdash) -> None:
    sql(smdash.db, "PRAGMA journal_mode = delete")
    assert "the journal is delete" in said(smdash, "sqlite")
    mended(smdash)


def test_a_newer_schema_is_left_alone(smdash: Smdash) -> None:
    sql(smdash.db, f"PRAGMA user_version = {migrations.VERSION + 1}")
    assert "newer smdash" in said(smdash, "database")
    assert smdash("doctor", "--fix").code == 1


@pytest.mark.parametrize(
    ("make", "word"),
    [
        (lambda path: path.write_text("hello " * 1000), "not a smdash database"),
        (lambda path: (path.unlink(), sql(path, "CREATE TABLE t (x)")), "not a smdash database"),
        (lambda path: path.write_bytes(b""), "is empty"),
        (lambda path: path.unlink(), "there is no database"),
    ],
)
def test_a_file_that_is_no_desk_is_not_touched(smdash: Smdash, make: Callable[[Path], object], word: str) -> None:
    make(smdash.db)
    if smdash.db.exists():
        smdash.db.chmod(0o600)
    before = smdash.db.read_bytes() if smdash.db.exists() else None
    assert word in said(smdash, "database")
    assert smdash("doctor", "--fix").code == 1
    assert (smdash.db.read_bytes() if smdash.db.exists() else None) == before


def test_a_clock_that_is_behind(smdash: Smdash) -> None:
    sql(smdash.db, "INSERT INTO event (at, login, verb, subject) VALUES ('2096-01-01T00:00:00.000Z', 'a', 'b', 'c')")
    assert "behind the newest row" in said(smdash, "clock")


def test_a_service_of_another_host(smdash: Smdash) -> None:
    value = json.dumps({"login": "smdash", "host": "elsewhere.example"})
    sql(smdash.db, f"INSERT INTO setting (key, value) VALUES ('service', '{value}')")
    assert "elsewhere.example" in said(smdash, "service")
