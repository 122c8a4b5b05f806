"""Opening the shared file, the one write helper, and what SQLite's errors mean to a person."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from smdash.core import errors
from smdash.core.clock import Clock, SystemClock
from smdash.core.reasons import reason as why
from smdash.locale import gettext as _
from smdash.store import driver, files, migrations, schema, whereabouts
from smdash.store.driver import Connection
from smdash.store.troubles import foreign, gone, is_lock, replaced, translate, translated, unreachable, unwritable
from smdash.store.turn import Turn

BUSY_TIMEOUT_MS = 5_000
# How long a start waits for others that bring the same file up to date (seconds): on a busy machine thirty take long.
UPDATE_PATIENCE_S = 45.0
# How long SQLite itself waits for a lock of another program before we ask anew (ms): it sleeps 1, 2 and 5 ms then,
# and never the tenths of a second to which its naps would grow.
SPELL_MS = 8
# How long the turn is waited for before the lock is tried without it (seconds).
TURN_S = 0.5
# What each of a dashboard's three connections keeps of the file (KiB). A hundred desks share what the system keeps of
# it; with SQLite's own 2,000 a desk took 3 MB more at a million mentions, and searches were 5 % quicker.
DESK_CACHE_KIB = 500
# The command line leaves checkpoints to the service, unless the log passes this (pages of 4 KiB).
HIGH_MARK_PAGES = 3_000
SERVICE_CHECKPOINT_PAGES = 1_000


class Store:
    """One connection to the shared file.

    A store is used by one thread at a time. ``reading`` and ``writing`` translate SQLite's errors
    into StoreError; the domain modules beside this take the connection they yield.
    """

    def __init__(
        self,
        path: Path,
        conn: Connection,
        clock: Clock,
        *,
        read_only: bool,
        why_read_only: str = "",
        busy_ms: int = BUSY_TIMEOUT_MS,
    ) -> None:
        self.busy_ms = busy_ms
        self.path = path
        self.clock = clock
        self.read_only = read_only
        self.why_read_only = why_read_only or _(
            "this smdash was started with --read-only; start it without to change things"
        )
        self.conn = conn
        self.identity = whereabouts.identity(path)
        self.turn = Turn(Path(os.path.realpath(path)).parent)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """The connection for reads, in one short transaction, so that all of them see the same state.

        Nothing is left half read because every store function materialises.
        """
        with translated(self.path):
            if self._inside():
                yield self.conn
                return
            self.conn.execute("BEGIN")
            try:
                yield self.conn
            finally:
                if self._inside():
                    self.conn.execute("COMMIT")

    def _inside(self) -> bool:
        return bool(self.conn.in_transaction)

    @contextmanager
    def writing(self, busy_ms: int | None = None) -> Iterator[Connection]:
        """One short ``BEGIN IMMEDIATE`` that commits at the end and rolls back on any error.

        ``busy_ms``: how long a lock is waited for, where that differs from what the store was opened with. Raises
        StoreReadOnly at once where this store may not write.
        """
        if self.read_only:
            raise errors.StoreReadOnly(self.why_read_only)
        with translated(self.path):
            self._begin(busy_ms)
            try:
                yield self.conn
                # What is committed to a file that was moved away is lost to everybody who opens the path.
                self.check_place()
                self.conn.execute("COMMIT")
            except BaseException:
                # A full disk rolls back by itself; another ROLLBACK would hide the first error.
                if self.conn.in_transaction:
                    self.conn.execute("ROLLBACK")
                raise
            finally:
                self.turn.give_back()

    def _begin(self, busy_ms: int | None) -> None:
        """Take the write lock: in turn with the others of smdash, and then from whoever else may hold it.

        Who waits for their turn tries without it now and then, since who has it may have been stopped.
        """
        wait_s = (self.busy_ms if busy_ms is None else busy_ms) / 1000
        deadline = time.monotonic() + wait_s
        has_turn = False
        try:
            while True:
                has_turn = has_turn or self.turn.take(min(TURN_S, max(deadline - time.monotonic(), 0)))
                try:
                    self._ask(SPELL_MS if has_turn else 0)
                    return
                except driver.OperationalError as problem:
                    if not is_lock(problem) or time.monotonic() >= deadline:
                        raise
        except BaseException:
            self.turn.give_back()
            raise

    def _ask(self, spell_ms: int) -> None:
        """Begin to write if the lock is free within so many milliseconds."""
        self.conn.execute(f"PRAGMA busy_timeout = {spell_ms}")
        try:
            self.conn.execute("BEGIN IMMEDIATE")
        finally:
            self.conn.execute(f"PRAGMA busy_timeout = {self.busy_ms}")

    def data_version(self) -> int:
        """A number that moves when another connection commits."""
        try:
            return int(self.conn.execute("PRAGMA data_version").fetchone()[0])
        except driver.Error as problem:
            # Asked ten times a second by every dashboard, so without the context manager.
            raise translate(problem, self.path) from problem

    def replaced(self) -> bool:
        """Whether the path now leads to another file than the one that was opened (a restored backup)."""
        return whereabouts.identity(self.path) != self.identity

    def check_place(self) -> None:
        """Raise StoreReplaced, StoreMissing or StoreReadOnly where the path no longer leads to the open file."""
        try:
            found = self.path.stat()
        except FileNotFoundError as problem:
            raise gone(self.path) from problem
        except OSError as problem:
            raise unreachable(self.path, problem) from problem
        if (found.st_dev, found.st_ino) != self.identity:
            raise replaced(self.path)

    def close(self) -> None:
        self.turn.close()
        self.conn.close()

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()


def open_store(
    path: Path,
    *,
    clock: Clock | None = None,
    read_only: bool = False,
    service: bool = False,
    any_thread: bool = False,
    busy_ms: int = BUSY_TIMEOUT_MS,
    why_read_only: str = "",
) -> Store:
    """Open an existing smdash database and bring its schema up to date.

    ``service`` syncs every commit to the disk and checkpoints; dashboards do neither. ``any_thread`` lets a
    one-thread executor use a connection made elsewhere; ``busy_ms`` is how long a lock is waited for;
    ``why_read_only`` is what who wants to write all the same is told. Raises StoreError with a sentence for a
    missing, foreign, newer, damaged or locked file.
    """
    _refuse_old_sqlite()
    whereabouts.check_file(path)
    whereabouts.refuse_network(path)
    may_write = os.access(path, os.W_OK)
    read_only = read_only or not may_write
    with translated(path), files.opening(path):
        conn = _connect(path, read_only=read_only, any_thread=any_thread, busy_ms=busy_ms)
        try:
            if any_thread and not service:
                conn.execute(f"PRAGMA cache_size = -{DESK_CACHE_KIB}")
            why = _prepare(conn, path, read_only=read_only, service=service)
        except BaseException:
            conn.close()
            raise
    if not may_write:
        why = unwritable(path)
    return Store(
        path,
        conn,
        clock or SystemClock(),
        read_only=read_only or bool(why),
        why_read_only=why or why_read_only,
        busy_ms=busy_ms,
    )


def look(path: Path, *, writes: bool = False, busy_ms: int = BUSY_TIMEOUT_MS) -> Connection:
    """A bare connection for those who examine or move the file, whatever its version; the caller closes it.

    Raises StoreError for what is no file of ours.
    """
    whereabouts.check_file(path)
    with translated(path), files.opening(path):
        conn = _connect(path, read_only=not writes, busy_ms=busy_ms)
        try:
            conn.execute("PRAGMA trusted_schema = OFF")
            _refuse_strange(conn, path)
        except BaseException:
            conn.close()
            raise
    return conn


def create_file(path: Path, mode: int = 0o660) -> None:
    """Make the database file with the journal that suits this SQLite, and its tables.

    A new database is 0644 less the umask whatever SQLite is told, so the file is made first.
    Raises StoreError; an existing smdash database is left as it is and brought up to date.
    """
    _refuse_old_sqlite()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists():
            whereabouts.refuse_special(path)
        if not path.exists() or path.stat().st_size == 0:
            handle = os.open(path, os.O_CREAT | os.O_RDWR, mode)
            os.close(handle)
            path.chmod(mode)
    except OSError as problem:
        raise errors.StoreReadOnly(
            _("can't make {path}: {reason}; choose a folder that you may write").format(path=path, reason=why(problem))
        ) from problem
    whereabouts.refuse_network(path)
    with translated(path), files.opening(path):
        conn = _connect(path)
        try:
            # The tables first and the journal then: whoever comes meanwhile finds an empty file or a whole database.
            _migrate(conn, path)
            set_journal(conn, UPDATE_PATIENCE_S)
        finally:
            conn.close()


def set_journal(conn: Connection, patience_s: float = BUSY_TIMEOUT_MS / 1000) -> None:
    """Set the journal; the change needs the file alone, and SQLite gives up on that without waiting."""
    deadline = time.monotonic() + patience_s
    while True:
        try:
            if _pragma(conn, "journal_mode") == driver.journal_mode():
                return
            conn.execute(f"PRAGMA journal_mode = {driver.journal_mode()}")
        except driver.OperationalError as problem:
            if not is_lock(problem) or time.monotonic() > deadline:
                raise
            time.sleep(0.01)


def _connect(
    path: Path, *, read_only: bool = False, any_thread: bool = False, busy_ms: int = BUSY_TIMEOUT_MS
) -> Connection:
    # rw, never rwc: a mistyped path must not become an empty database.
    uri = f"{path.absolute().as_uri()}?mode={'ro' if read_only else 'rw'}"
    return driver.connect(uri, uri=True, isolation_level=None, timeout=busy_ms / 1000, check_same_thread=not any_thread)


def _prepare(conn: Connection, path: Path, *, read_only: bool, service: bool) -> str:
    """Set the connection up; returns why it may not write, or nothing."""
    found = _refuse_strange(conn, path)
    conn.execute("PRAGMA foreign_keys = ON")
    # Any member can plant a trigger or a view; ours need nothing beyond plain SQL and the full-text index.
    conn.execute(f"PRAGMA trusted_schema = {'OFF' if driver.triggers_may_index() else 'ON'}")
    conn.execute(f"PRAGMA synchronous = {'FULL' if service else 'NORMAL'}")
    conn.execute(f"PRAGMA wal_autocheckpoint = {SERVICE_CHECKPOINT_PAGES if service else HIGH_MARK_PAGES}")
    if read_only:
        if found < migrations.VERSION:
            raise errors.StoreError(
                _(
                    "{path} was written by an older smdash; open it once without --read-only to bring it up to date"
                ).format(path=path)
            )
        return ""
    if _pragma(conn, "journal_mode") == "wal" and not driver.has_wal_fix():
        conn.execute("PRAGMA query_only = ON")
        return _(
            "SQLite {version} can damage a shared file in WAL mode, so this smdash only reads; "
            "install pysqlite3 or SQLite 3.51.3 or later"
        ).format(version=".".join(map(str, driver.VERSION)))
    if found < migrations.VERSION:
        _migrate(conn, path)
    # What is edited or erased must not linger in the gaps of a page.
    conn.execute("PRAGMA secure_delete = FAST")
    return ""


def _pragma(conn: Connection, name: str) -> Any:
    return conn.execute(f"PRAGMA {name}").fetchone()[0]


def _refuse_strange(conn: Connection, path: Path) -> int:
    """The version of the schema, where the file is ours and not of a newer smdash."""
    if _pragma(conn, "application_id") != schema.APPLICATION_ID:
        raise foreign(path)
    found = migrations.version(conn)
    if found > migrations.VERSION:
        raise errors.StoreNewer(
            _("{path} was written by a newer smdash (schema {found}, this one knows {known}); update smdash").format(
                path=path, found=found, known=migrations.VERSION
            )
        )
    return found


def _is_blank(conn: Connection) -> bool:
    """Whether nothing was ever made in this file."""
    (things,) = conn.execute("SELECT count(*) FROM sqlite_master").fetchone()
    return bool(things == 0) and _pragma(conn, "application_id") == 0


def _migrate(conn: Connection, path: Path) -> None:
    deadline = time.monotonic() + UPDATE_PATIENCE_S
    while True:
        try:
            # Whoever was quicker may have done all there is to do.
            if migrations.is_current(conn) and _pragma(conn, "application_id") == schema.APPLICATION_ID:
                return
            conn.execute("BEGIN IMMEDIATE")
            break
        except driver.OperationalError as problem:
            if not is_lock(problem) or time.monotonic() > deadline:
                raise
    try:
        if not _is_blank(conn):
            _refuse_strange(conn, path)
        migrations.apply(conn)
        conn.execute("COMMIT")
    except BaseException:
        if conn.in_transaction:
            conn.execute("ROLLBACK")
        raise


def _refuse_old_sqlite() -> None:
    if driver.VERSION < driver.MINIMUM:
        raise errors.StoreError(
            _("SQLite {found} is too old; smdash needs {needed} or later").format(
                found=".".join(map(str, driver.VERSION)), needed=".".join(map(str, driver.MINIMUM))
            )
        )
