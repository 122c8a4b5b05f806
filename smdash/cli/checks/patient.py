"""The desk under examination: what every check may ask, and short ways to say what it found."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from smdash.core.clock import Clock
from smdash.core.errors import SmdashError
from smdash.core.health import Finding, Severity
from smdash.core.records import Job
from smdash.store import files, jobs, migrations, teams
from smdash.store.connection import look, open_store
from smdash.store.driver import Connection
from smdash.store.troubles import translated

# A doctor doesn't wait long for a lock (milliseconds).
PATIENCE_MS = 2_000


class Patient:
    """One database and the user who asks. ``conn`` only reads and is none where the file can't be opened."""

    def __init__(self, path: Path, clock: Clock, *, thorough: bool = False, may_write: bool = True) -> None:
        self.path = path
        self.clock = clock
        self.thorough = thorough
        self.may_write = may_write and os.access(path, os.W_OK)
        self.damaged = False
        self.problem: SmdashError | None = None
        self.conn: Connection | None = None
        self.version = 0
        self.recorded: dict[str, str] | None = None
        self.jobs: list[Job] = []
        self.database_id = ""
        self._group: str | None = None
        try:
            self.conn = look(path, busy_ms=PATIENCE_MS)
            with translated(path):
                self._ask(self.conn)
        except SmdashError as problem:
            self.problem = problem

    def _ask(self, conn: Connection) -> None:
        self.version = migrations.version(conn)
        self.recorded = teams.get(conn, "service")
        self._group = teams.get(conn, "group")
        self.database_id = teams.get(conn, "database_id") or ""
        self.jobs = jobs.select(conn)

    @property
    def now(self) -> datetime:
        return self.clock.now()

    @property
    def folder(self) -> Path:
        return files.real(self.path).parent

    @property
    def readable(self) -> bool:
        """Whether the rows can be read and their schema is known."""
        return (
            self.conn is not None and self.problem is None and not self.damaged and self.version == migrations.VERSION
        )

    def group(self) -> int | None:
        """The group that shares the file: as init recorded it, else as a setgid folder says. Raises InputError."""
        if self._group:
            return files.find_group(self._group)
        try:
            found = self.folder.stat()
        except OSError:
            return None
        return found.st_gid if found.st_mode & 0o2020 == 0o2020 else None

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        assert self.conn is not None  # noqa: S101 (checks ask ``readable`` first)
        with translated(self.path):
            yield self.conn

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One transaction for what mends. Raises StoreError."""
        with open_store(self.path, clock=self.clock, busy_ms=PATIENCE_MS) as store, store.writing() as conn:
            yield conn

    def close(self) -> None:
        if self.conn is not None:
            self.conn.close()


Check = Callable[[Patient], Iterator[Finding]]


def good(check: str, sentence: str) -> Finding:
    return Finding(check, Severity.GOOD, sentence)


def warning(check: str, sentence: str, mend: Callable[[], str] | None = None) -> Finding:
    return Finding(check, Severity.WARNING, sentence, mend)


def error(check: str, sentence: str, mend: Callable[[], str] | None = None) -> Finding:
    return Finding(check, Severity.ERROR, sentence, mend)


def may_change(path: Path) -> bool:
    """Whether this user may change the modes of a file: its owner, or root."""
    try:
        return os.geteuid() in (0, path.stat().st_uid)
    except OSError:
        return False


def words(value: Any) -> str:
    """Something from the file as a sentence may quote it."""
    from smdash.core.text import clean, one_line

    return one_line(clean(str(value), limit=200))
