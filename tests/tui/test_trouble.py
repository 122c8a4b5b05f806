"""The desk while its file can't be used: rows stay, the screen says what is wrong, and all is well again by itself."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from smdash.core import errors
from smdash.core.clock import FixedClock, SystemClock
from smdash.core.records import Actor
from smdash.store import driver, teams
from smdash.store.connection import Store, open_store
from smdash.tui import backend
from smdash.tui.app import DeskApp
from smdash.tui.widgets import bars, reading
from tests.conftest import member
from tests.desk import arrive, desk_app
from tests.nobody import as_nobody, needs_nobody
from tests.tui.conftest import until

# The sentence must be readable whole.
SIZE = (220, 40)


@pytest.fixture(autouse=True)
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """A remark covers the strip's lasting sentence for a while; nobody reads it here. Nor is there long between tries."""
    monkeypatch.setattr(bars, "REMARK_S", 0.5)
    monkeypatch.setattr(reading, "RETRY_S", 0.3)
    monkeypatch.setattr(backend, "TROUBLE_LOOK_S", 0.15)


@pytest.fixture
def busy_db(store: Store, actor: Actor, db: Path) -> Path:
    arrive(store, "satu", "dua", "tiga")
    return db


def move_in(source: Path, target: Path) -> None:
    """Put a copy of *source* in the place of *target*, as one step."""
    copy = target.with_name("copy")
    with suppress(NotADirectoryError):
        copy.unlink(missing_ok=True)
    shutil.copyfile(source, copy)
    os.replace(copy, target)


def nothing(path: Path) -> None:
    path.unlink()


def folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def empty(path: Path) -> None:
    path.with_name("new").write_bytes(b"")
    path.with_name("new").replace(path)


def half(path: Path) -> None:
    path.with_name("new").write_bytes(path.read_bytes()[: path.stat().st_size // 2 - 100])
    path.with_name("new").replace(path)


def foreign(path: Path) -> None:
    path.with_name("new").write_text("belanja: gula, kopi\n" * 1000)
    path.with_name("new").replace(path)


def other_sqlite(path: Path) -> None:
    conn = driver.connect(path.with_name("new"))
    conn.execute("CREATE TABLE t (x)")
    conn.close()
    path.with_name("new").replace(path)


def newer(path: Path) -> None:
    shutil.copyfile(path, path.with_name("new"))
    conn = driver.connect(path.with_name("new"), isolation_level=None)
    conn.execute("PRAGMA user_version = 99")
    conn.execute("PRAGMA journal_mode = DELETE")
    conn.close()
    path.with_name("new").replace(path)


def without_tables(path: Path) -> None:
    shutil.copyfile(path, path.with_name("new"))
    conn = driver.connect(path.with_name("new"), isolation_level=None)
    conn.execute("PRAGMA journal_mode = DELETE")
    conn.execute("DROP TABLE change")
    conn.close()
    path.with_name("new").replace(path)


ACCIDENTS: dict[str, tuple[Callable[[Path], None], str]] = {
    "moved away": (nothing, "there is no database at"),
    "a folder": (folder, "is a folder; name the database file in it"),
    "zero length": (empty, "is empty; make the database"),
    "half a file": (half, "is damaged; keep a copy"),
    "a foreign file": (foreign, "is not a smdash database"),
    "another program's database": (other_sqlite, "is not a smdash database"),
    "a newer smdash's": (newer, "was written by a newer smdash"),
    "tables missing": (without_tables, "lacks a part that smdash needs (table: change)"),
}


async def leave_quietly(app: DeskApp) -> None:
    app.exit()


@pytest.mark.parametrize("accident", ACCIDENTS)
async def test_rows_stay_and_the_desk_recovers_when_the_file_is_back(
    busy_db: Path, clock: FixedClock, accident: str, store: Store
) -> None:
    happen, words = ACCIDENTS[accident]
    store.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    store.close()
    kept = busy_db.with_name("kept.db")
    shutil.copyfile(busy_db, kept)
    async with desk_app(busy_db, clock).run_test(size=SIZE) as pilot:
        await until(pilot, lambda text: "3 open" in text)
        happen(busy_db)
        text = await until(pilot, lambda text: words in text and text.count("not fresh") == 4)
        for row in ("satu", "dua", "tiga"):
            assert row in text
        await pilot.press("d")
        await until(pilot, lambda text: "3 open" in text and "! " in text)
        if busy_db.is_dir():
            busy_db.rmdir()
        for beside in ("-wal", "-shm"):
            busy_db.with_name(busy_db.name + beside).unlink(missing_ok=True)
        move_in(kept, busy_db)
        text = await until(pilot, lambda text: words not in text and "not fresh" not in text)
        assert "satu" in text and "3 open" in text
        await pilot.press("d")
        await until(pilot, lambda text: "2 open" in text)
    with open_store(busy_db) as again, again.reading() as conn:
        assert conn.execute("SELECT count(*) FROM mention WHERE state = 'done'").fetchone() == (1,)
        assert conn.execute("PRAGMA integrity_check").fetchone() == ("ok",)


async def test_a_done_is_never_written_into_a_file_that_was_moved_away(
    busy_db: Path, clock: FixedClock, store: Store
) -> None:
    """Between the replacement and its being noticed lies a moment in which a key may be pressed."""
    store.close()
    app = desk_app(busy_db, clock)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("d")
        await until(pilot, lambda text: "2 open" in text)
        old = busy_db.with_name("old.db")
        shutil.copyfile(busy_db, busy_db.with_name("new.db"))
        busy_db.rename(old)
        busy_db.with_name("new.db").rename(busy_db)
        with pytest.raises(errors.StoreReplaced, match="was replaced by another file"):
            await app.backend.write(lambda conn, actor: teams.put(conn, "lost", actor.login))
        await until(pilot, lambda text: "the database was replaced" in text)
        await app.backend.write(lambda conn, actor: teams.put(conn, "kept", actor.login))
    with open_store(busy_db) as again, again.reading() as conn:
        assert (teams.get(conn, "kept"), teams.get(conn, "lost")) == ("ana", None)


async def test_another_file_is_written_only_once_its_own_rows_and_members_are_known(
    busy_db: Path, template: Path, clock: FixedClock, store: Store
) -> None:
    """Mention 1 and member 1 of a restored file may be others than those on the screen."""
    store.close()
    desk = backend.Backend(busy_db, clock, read_only=False, login="ana", real_login="ana", name="Ana")
    try:
        assert desk.actor is not None and desk.actor.member_id == 1
        move_in(template, busy_db)
        with open_store(busy_db, clock=clock) as other:
            member(other, "budi", "Budi")
        with pytest.raises(errors.StoreReplaced):
            await desk.write(lambda conn, actor: teams.put(conn, "lost", actor.login))
        await desk.reopen()
        seen = await desk.write(
            lambda conn, actor: conn.execute("SELECT login FROM member WHERE id = ?", (actor.member_id,)).fetchone()
        )
        assert seen == ("ana",) and teams_keys(busy_db) == set()
    finally:
        desk.close()


def teams_keys(path: Path) -> set[str]:
    """Which of the keys of these tests are in the file."""
    with open_store(path) as again, again.reading() as conn:
        return {key for key in ("kept", "lost") if teams.get(conn, key)}


async def test_a_folder_that_is_renamed_away_and_back(busy_db: Path, clock: FixedClock, store: Store) -> None:
    store.close()
    place = busy_db.parent / "place"
    place.mkdir()
    path = place / "desk.db"
    busy_db.rename(path)
    async with desk_app(path, clock).run_test(size=SIZE) as pilot:
        await until(pilot, lambda text: "3 open" in text)
        place.rename(place.with_name("elsewhere"))
        text = await until(pilot, lambda text: "there is no database at" in text)
        assert "satu" in text and "not fresh" in text
        await pilot.press("d")
        await until(pilot, lambda text: "there is no database at" in text and "3 open" in text)
        place.with_name("elsewhere").rename(place)
        await until(pilot, lambda text: "not fresh" not in text and "there is no" not in text)
        await pilot.press("d")
        await until(pilot, lambda text: "2 open" in text)


async def test_a_page_that_is_overwritten_under_the_open_desk(busy_db: Path, clock: FixedClock, store: Store) -> None:
    store.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    root, size = store.conn.execute(
        "SELECT rootpage, (SELECT page_size FROM pragma_page_size) FROM sqlite_master WHERE name = 'mention'"
    ).fetchone()
    good = busy_db.read_bytes()
    async with desk_app(busy_db, clock).run_test(size=SIZE) as pilot:
        await until(pilot, lambda text: "3 open" in text)
        overwrite(busy_db, (root - 1) * size, b"\xa5" * size)
        with store.writing() as conn:
            teams.put(conn, "team", "Kopi Senja")  # somebody's commit makes the others read anew
            conn.execute("UPDATE change SET seq = seq + 1 WHERE topic = 'mention'")
        text = await until(pilot, lambda text: "is damaged; keep a copy of it and restore the last backup" in text)
        assert "satu" in text and "tiga" in text and "2 Mentions · 3 open" in text and "not fresh" in text
        overwrite(busy_db, (root - 1) * size, good[(root - 1) * size : root * size])
        await until(pilot, lambda text: "is damaged" not in text and "not fresh" not in text)


def overwrite(path: Path, at: int, data: bytes) -> None:
    """In another process: closing the file here would drop this process' locks on it."""
    child = os.fork()
    if child == 0:
        handle = os.open(path, os.O_RDWR)
        os.pwrite(handle, data, at)
        os._exit(0)
    os.waitpid(child, 0)


async def test_a_file_that_another_program_locks(
    busy_db: Path, clock: FixedClock, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Readers go on; a key is refused in one sentence when the lock lasts, and works when it is gone."""
    monkeypatch.setattr(backend, "open_store", lambda *words, **options: open_store(*words, **options, busy_ms=300))
    async with desk_app(busy_db, clock).run_test(size=SIZE) as pilot:
        store.conn.execute("BEGIN EXCLUSIVE")
        await pilot.press("d")
        text = await until(pilot, lambda text: "is locked by another program; try again in a moment" in text)
        text = await until(pilot, lambda text: "3 open" in text)
        assert "satu" in text and "not fresh" not in text
        store.conn.execute("ROLLBACK")
        await pilot.press("d")
        await until(pilot, lambda text: "2 open" in text)


async def test_a_full_disk_keeps_the_rows_and_lets_go_when_there_is_room(
    small_disk: Path, busy_db: Path, clock: FixedClock, store: Store
) -> None:
    store.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    store.close()
    path = small_disk / "desk.db"
    shutil.copyfile(busy_db, path)
    async with desk_app(path, clock).run_test(size=SIZE) as pilot:
        await until(pilot, lambda text: "3 open" in text)
        filler = small_disk / "filler"
        fill(filler)
        await pilot.press("d")
        text = await until(pilot, lambda text: "is full, so this was not kept; make room and try again" in text)
        text = await until(pilot, lambda text: "3 open" in text)
        assert "satu" in text
        filler.unlink()
        await pilot.press("d")
        await until(pilot, lambda text: "2 open" in text)
        await pilot.press("u")
        await until(pilot, lambda text: "3 open" in text)
    with open_store(path) as again, again.reading() as conn:
        assert conn.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def fill(path: Path) -> None:
    """Write until the disk is full."""
    with path.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(b"x" * 512)


def lose(change: Callable[[Path], None], back: Callable[[Path], None], path: Path, words: str) -> str:
    """A desk, in this process, whose right is lost and given back; what went wrong, or nothing."""

    async def scenario() -> None:
        app = desk_app(path, SystemClock())
        async with app.run_test(size=SIZE) as pilot:
            await until(pilot, lambda text: "3 open" in text)
            change(path)
            await pilot.press("d")
            text = await until(pilot, lambda text: words in text and "3 open" in text)
            assert "satu" in text
            back(path)
            await until(pilot, lambda text: "not fresh" not in text and words not in text)
            await pilot.press("d")
            await until(pilot, lambda text: "2 open" in text)

    asyncio.run(scenario())
    return "recovered"


@needs_nobody
@pytest.mark.parametrize(
    ("lost", "words"),
    [
        pytest.param("write", "you may not write", id="the file may not be written"),
        pytest.param("read", "ask its owner", id="the file may not be read"),
        pytest.param("enter", "permission denied; ask its owner", id="the folder may not be entered"),
    ],
)
def test_rights_that_are_lost_and_given_back(template: Path, open_folder: Path, lost: str, words: str) -> None:
    path = open_folder / "place" / "desk.db"
    path.parent.mkdir()
    shutil.copyfile(template, path)
    with open_store(path) as store:
        member(store, "ana", "Ana")
        arrive(store, "satu", "dua", "tiga")
    for one in (path, path.parent):
        os.chown(one, 65534, 65534)

    def change(file: Path) -> None:
        if lost == "enter":
            file.parent.chmod(0)
        else:
            file.chmod(0o400 if lost == "write" else 0)

    def back(file: Path) -> None:
        file.parent.chmod(0o700)
        file.chmod(0o600)

    assert as_nobody(lambda: lose(change, back, path, words)) == "recovered"
