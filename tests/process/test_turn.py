"""The queue before the write lock: who came first writes first, and nobody's trouble keeps the others waiting long."""

from __future__ import annotations

import fcntl
import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from smdash.core.clock import SystemClock
from smdash.store import connection, driver, journal
from smdash.store import turn as turns
from smdash.store.connection import Store, open_store
from smdash.store.turn import Turn
from tests.forks import Fork, Gate, until
from tests.nobody import as_nobody, needs_nobody

# Longer than any of these tests takes, and shorter than the patience of who runs them.
LONG_S = 20.0


@pytest.fixture
def turn(tmp_path: Path) -> Iterator[Turn]:
    found = Turn(tmp_path)
    yield found
    found.close()


@contextmanager
def another(folder: Path) -> Iterator[Turn]:
    found = Turn(folder)
    try:
        yield found
    finally:
        found.close()


def in_line(folder: Path) -> list[int]:
    """The processes that wait for their turn at a folder, from the kernel's own list."""
    number = folder.stat().st_ino
    lines = [line.split() for line in Path("/proc/locks").read_text().splitlines()]
    return [int(words[5]) for words in lines if words[1] == "->" and words[6].endswith(f":{number}")]


def is_free(folder: Path) -> bool:
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(handle)
    return True


def write(path: Path, key: str, *, busy_ms: int = 10_000) -> float:
    """One short write with a connection of its own; returns the seconds it took."""
    with open_store(path, clock=SystemClock(), busy_ms=busy_ms) as store:
        began = time.monotonic()
        with store.writing() as conn:
            conn.execute(
                "INSERT INTO setting VALUES (?, (SELECT count(*) FROM setting WHERE key LIKE 'turn-%'))", (key,)
            )
        return time.monotonic() - began


def order(path: Path) -> list[str]:
    conn = driver.connect(path)
    rows = conn.execute("SELECT key FROM setting WHERE key LIKE 'turn-%' ORDER BY CAST(value AS INTEGER)").fetchall()
    conn.close()
    return [row[0] for row in rows]


@contextmanager
def holder(folder: Path) -> Iterator[Fork]:
    """A process that has the turn and keeps it."""
    ready = Gate()

    def work() -> None:
        held = Turn(folder)
        assert held.take(LONG_S)
        ready.open()
        time.sleep(LONG_S)

    with Fork(work) as child:
        ready.wait()
        yield child


def test_who_lined_up_first_writes_first(db: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "TURN_S", LONG_S)
    names = [f"turn-{at}" for at in range(8)]
    gate, waiting = Gate(), Gate()

    def holds() -> None:
        with open_store(db) as store, store.writing():
            waiting.open()
            gate.wait()

    with ExitStack() as stack:
        children = [stack.enter_context(Fork(holds))]
        waiting.wait()
        for at, name in enumerate(names, 1):
            children.append(stack.enter_context(Fork(lambda name=name: write(db, name, busy_ms=20_000))))
            until(lambda at=at: len(in_line(db.parent)) == at)
        gate.open()
        for child in children:
            child.result()
    found = order(db)
    # The kernel wakes them one after the other; two that are woken together may change places.
    assert sorted(found) == names and all(abs(at - names.index(name)) <= 1 for at, name in enumerate(found)), found
    assert found[0] == names[0]


def test_a_holder_that_is_killed_lets_the_next_one_in_at_once(db: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "TURN_S", LONG_S)
    with holder(db.parent) as holds, Fork(lambda: write(db, "turn-next", busy_ms=20_000)) as waits:
        until(lambda: in_line(db.parent) == [waits.pid])
        began = time.monotonic()
        holds.signal(signal.SIGKILL)
        waits.result()
        assert time.monotonic() - began < 2
    assert order(db) == ["turn-next"]


def test_a_holder_that_was_stopped_delays_others_by_half_a_second_and_no_more(db: Path) -> None:
    with holder(db.parent) as holds:
        holds.signal(signal.SIGSTOP)
        with open_store(db) as store:
            for at in range(2):
                began = time.monotonic()
                with store.writing(busy_ms=4_000) as conn:
                    conn.execute("INSERT INTO setting VALUES (?, 1)", (f"turn-{at}",))
                assert 0.4 < time.monotonic() - began < 1.5
            holds.signal(signal.SIGCONT)
    assert len(order(db)) == 2


def test_a_turn_given_up_comes_back_at_once(turn: Turn, tmp_path: Path) -> None:
    with another(tmp_path) as second:
        assert turn.take(0)
        assert not second.take(0.02)
        assert in_line(tmp_path) == [os.getpid()]
        turn.give_back()
        until(lambda: is_free(tmp_path), 2)
        assert in_line(tmp_path) == []
        # And who gave up once can line up again.
        assert second.take(1)
        assert not turn.take(0)


def test_who_asks_again_has_kept_the_place(turn: Turn, tmp_path: Path) -> None:
    with another(tmp_path) as second, another(tmp_path) as third:
        assert turn.take(0)
        assert not second.take(0.02)
        got: list[str] = []
        late = threading.Thread(target=lambda: (third.take(LONG_S), got.append("third"), third.give_back()))
        late.start()
        until(lambda: len(in_line(tmp_path)) == 2)
        early = threading.Thread(target=lambda: (second.take(LONG_S), got.append("second"), second.give_back()))
        early.start()
        until(lambda: not second._given_up)
        turn.give_back()
        early.join(5)
        late.join(5)
        assert got == ["second", "third"]


def test_a_wait_that_was_broken_off_keeps_nobody_waiting(
    turn: Turn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Interrupted(threading.Condition().__class__):
        def wait(self, timeout: float | None = None) -> bool:
            if threading.current_thread() is threading.main_thread():
                raise KeyboardInterrupt
            return super().wait(timeout)

    assert turn.take(0)
    with another(tmp_path) as second:
        second._changed = Interrupted()
        with pytest.raises(KeyboardInterrupt):
            second.take(LONG_S)
        until(lambda: in_line(tmp_path) == [os.getpid()])
        turn.give_back()
        until(lambda: is_free(tmp_path), 2)


def test_closing_ends_a_wait(turn: Turn, tmp_path: Path) -> None:
    assert turn.take(0)
    second = Turn(tmp_path)
    got: list[bool] = []
    waits = threading.Thread(target=lambda: got.append(second.take(LONG_S)))
    waits.start()
    until(lambda: in_line(tmp_path) == [os.getpid()])
    second.close()
    waits.join(2)
    assert not waits.is_alive() and got == [False]
    handles = len(os.listdir("/proc/self/fd"))
    turn.give_back()
    # The one who slept in the queue lets go of everything.
    until(lambda: is_free(tmp_path) and len(os.listdir("/proc/self/fd")) == handles - 1, 2)


def test_a_forked_child_has_no_place_and_takes_none_away(turn: Turn, tmp_path: Path) -> None:
    def child() -> bool:
        took = turn.take(0)  # there is no queue for it
        turn.give_back()
        turn.close()
        return took

    read, ready = os.pipe()

    def parent() -> None:
        held = Turn(tmp_path)
        assert held.take(0)
        with Fork(lambda: time.sleep(LONG_S)) as orphan:
            os.write(ready, str(orphan.pid).encode())
            time.sleep(LONG_S)

    assert turn.take(0)
    with Fork(child) as forked:
        assert forked.result()
    assert not is_free(tmp_path)
    turn.give_back()
    with Fork(parent) as forks:
        os.close(ready)
        orphan = int(os.read(read, 20))
        os.close(read)
        try:
            assert not is_free(tmp_path)
            forks.signal(signal.SIGKILL)
            until(lambda: is_free(tmp_path), 2)
        finally:
            os.kill(orphan, signal.SIGKILL)


@needs_nobody
def test_a_folder_that_may_be_passed_through_and_not_read_has_no_queue(db: Path, open_folder: Path) -> None:
    shared = open_folder / "desk.db"
    shared.write_bytes(db.read_bytes())
    for one, mode in ((open_folder, 0o733), (shared, 0o666)):
        one.chmod(mode)
    assert float(as_nobody(lambda: str(write(shared, "turn-nobody")))) < 2
    with another(open_folder) as held:
        assert held.take(0)
        assert float(as_nobody(lambda: str(write(shared, "turn-again")))) < 0.4
    assert order(shared) == ["turn-nobody", "turn-again"]


def test_a_file_system_without_such_locks_has_no_queue(db: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(_handle: int, _what: int) -> None:
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(turns.fcntl, "flock", unknown)
    assert write(db, "turn-without") < 0.4
    assert order(db) == ["turn-without"]


def test_without_a_thread_to_wait_in_there_is_no_queue(
    turn: Turn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none_left(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    assert turn.take(0)
    with another(tmp_path) as second:
        handles = len(os.listdir("/proc/self/fd"))
        with monkeypatch.context() as patch:
            patch.setattr(threading.Thread, "start", none_left)
            assert second.take(LONG_S)
        second.give_back()
        assert len(os.listdir("/proc/self/fd")) == handles
        # The next time there may be one.
        assert not second.take(0.02)


@pytest.mark.skipif(driver.journal_mode() != "wal", reason="this SQLite keeps no log")
def test_the_log_is_shortened_without_the_turn_too(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "LONG", 1)
    with store.writing() as conn:
        conn.execute("INSERT INTO setting VALUES ('turn-log', 1)")
    with holder(store.path.parent):
        began = time.monotonic()
        assert journal.shorten(store)
        assert time.monotonic() - began < 1
    until(lambda: is_free(store.path.parent), 2)


def test_a_write_that_fails_gives_its_turn_back(store: Store) -> None:
    with pytest.raises(ZeroDivisionError), store.writing():
        assert not is_free(store.path.parent)
        raise ZeroDivisionError
    assert is_free(store.path.parent)
