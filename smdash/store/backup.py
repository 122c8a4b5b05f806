"""Copies of the live file, and a copy put in its place.

A copy is made by SQLite's own backup, never by reading the file: closing any handle of it would drop this process's
locks. In WAL mode it reads one snapshot, so that writers go on and never make it begin again; otherwise it goes in
steps, and holds writers up for one step more when they made it begin again too often.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from smdash.core import errors
from smdash.core.clock import encode
from smdash.core.reasons import reason as why
from smdash.locale import gettext as _
from smdash.store import driver, files, health, leftovers, swap
from smdash.store.connection import look, open_store
from smdash.store.driver import Connection
from smdash.store.troubles import translated
from smdash.store.whereabouts import identity

# Pages a step, and the pause between two (seconds) in which writers get in where a step locks them out.
STEP_PAGES = 2_000
PAUSE_S = 0.02
# How often writers may make a copy begin again before it is finished in one step.
PATIENCE = 5


class Copy(NamedTuple):
    """A finished copy: its size in bytes and how long it took in seconds.

    ``left`` are copies beside it whose making was killed.
    """

    path: Path
    size: int
    seconds: float
    left: tuple[Path, ...] = ()


class Restored(NamedTuple):
    """What a restore left: where the old file is (if there was one), and how many deliveries wait for a person."""

    kept: Path | None
    held: int


def save(
    source: Path, target: Path, *, overwrite: bool = False, monotonic: Callable[[], float] = time.monotonic
) -> Copy:
    """Copy the live database to a file that its owner alone may read (0600), whole or not at all.

    What a killed one left of the same target goes. Raises StoreError; InputError for a target that can't be meant.
    """
    began = monotonic()
    _refuse_target(source, target, overwrite)
    _remove_left(target)
    with _temporary(target) as made:
        _copy(source, made)
        _check(made)
        _to_disk(made)
        with _named(target):
            if overwrite:
                made.replace(target)
            else:
                # A link, unlike a rename, never takes the place of what came meanwhile.
                swap.place(made, target)
            _to_disk(target.parent)
    with suppress(OSError):
        return Copy(target, target.stat().st_size, monotonic() - began, tuple(leftovers.of_copies(target.parent)))
    return Copy(target, target.stat().st_size, monotonic() - began)


def _remove_left(target: Path) -> None:
    with suppress(OSError, errors.StoreReadOnly):
        for one in leftovers.unfinished(target):
            if leftovers.is_at_work(one, target) is False:
                leftovers.remove(one, target)


def restore(source: Path, live: Path, actor_login: str, now: datetime) -> Restored:
    """Put a copy in the place of the live file; what was there is kept beside it under a dated name.

    The new file is made ready first; ``swap`` then changes the two, so that the path always leads to one of them.
    Raises StoreError.
    """
    live = files.real(live)
    if identity(source) == identity(live):
        raise errors.InputError(_("{path} is the live database itself; name a backup").format(path=source))
    with _temporary(live) as made:
        _copy(source, made)
        _check(made)
        held = _make_ready(made, actor_login, now)
        _to_disk(made)
        _look_like(live, made)
        with _named(live):
            kept = swap.put(made, live, now)
            _to_disk(live.parent)
    swap.settle(live)
    return Restored(kept, held)


def examine(source: Path) -> Connection:
    """Open a backup to look into it; the caller closes it. Raises StoreError for what is no database of smdash."""
    return look(source)


def _refuse_target(source: Path, target: Path, overwrite: bool) -> None:
    if files.real(target) in (files.real(source), *files.side_names(source)) or (
        identity(target) is not None and identity(target) == identity(source)
    ):
        raise errors.InputError(
            _("{path} is the live database or belongs to it; name another file").format(path=target)
        )
    if target.is_dir() or (os.path.lexists(target) and not target.is_file()):
        raise errors.InputError(_("{path} is not a plain file; name another one").format(path=target))
    if os.path.lexists(target) and not overwrite:
        raise errors.InputError(_("{path} exists already; name another file or add --force").format(path=target))


@contextmanager
def _named(path: Path) -> Iterator[None]:
    """Turn what the system says of a path into a sentence."""
    try:
        yield
    except FileExistsError as problem:
        raise errors.InputError(
            _("{path} exists already; name another file or add --force").format(path=path)
        ) from problem
    except OSError as problem:
        raise errors.StoreReadOnly(
            _("can't write {path}: {reason}").format(path=path, reason=why(problem))
        ) from problem


@contextmanager
def _temporary(target: Path) -> Iterator[Path]:
    """An empty file of this user's alone in the folder of *target*; it is gone afterwards, with all beside it."""
    made = leftovers.name(target)
    with _named(target):
        handle = leftovers.begin(made)
    try:
        yield made
    finally:
        for one in (made, *files.side_names(made)):
            one.unlink(missing_ok=True)
        os.close(handle)


def _copy(source: Path, target: Path) -> None:
    conn = look(source)
    try:
        out = driver.connect(str(target), isolation_level=None)
        try:
            with translated(source):
                if health.journal(conn) == "wal":
                    conn.execute("BEGIN")
                    conn.execute("SELECT count(*) FROM sqlite_master").fetchone()
            with translated(target):
                out.execute("PRAGMA synchronous = OFF")  # it is synced as a whole when it is whole
                _steps(conn, out)
                out.execute("PRAGMA journal_mode = DELETE")
        finally:
            out.close()
    finally:
        conn.close()


class _Restarted(Exception):
    """Writers made the copy begin again too often."""


def _steps(conn: Connection, out: Connection) -> None:
    left, restarts = 1 << 62, 0

    def progress(_status: int, remaining: int, _total: int) -> None:
        nonlocal left, restarts
        restarts += remaining > left
        left = remaining
        if restarts > PATIENCE:
            raise _Restarted

    try:
        conn.backup(out, pages=STEP_PAGES, progress=progress, sleep=0 if conn.in_transaction else PAUSE_S)
    except _Restarted:
        conn.backup(out)


def _check(made: Path) -> None:
    """Refuse a copy that is not whole; the fault is the original's."""
    conn = look(made)
    try:
        with translated(made):
            problems = health.page_problems(conn)
    finally:
        conn.close()
    if problems:
        raise errors.StoreDamaged(
            _("the copy is not whole, so it was not kept: {problem}; look at the original with: smdash doctor").format(
                problem=problems[0].splitlines()[0]
            )
        )


def _make_ready(made: Path, login: str, now: datetime) -> int:
    """Bring an older schema up to date, hold what would go out, and forget who was at the desk."""
    with open_store(made) as store, store.writing() as conn:
        return _hold(conn, login, now)


def _hold(conn: Connection, login: str, now: datetime) -> int:
    """A backup doesn't know what went out since it was made: a person looks before anything goes (again)."""
    why = _("from a restored backup: look whether it went out already")
    moment = encode(now)
    held = conn.execute(
        "UPDATE delivery SET state = 'held', held_for = 'restored', error = ?, updated_at = ? WHERE state = 'queued'",
        (why, moment),
    ).rowcount
    unsure = conn.execute(
        "UPDATE delivery SET state = 'unknown', error = ?, updated_at = ? WHERE state = 'sending'", (why, moment)
    ).rowcount
    conn.execute("DELETE FROM claim")
    conn.execute("INSERT INTO event (at, login, verb, subject) VALUES (?, ?, 'restore', 'database')", (moment, login))
    return int(held) + int(unsure)


def _look_like(live: Path, made: Path) -> None:
    """Give the new file the group, mode and (for root) owner of the one that it follows, or its folder's ways."""
    try:
        found = live.stat()
    except OSError:
        folder = live.parent.stat()
        shared = folder.st_mode & 0o2020 == 0o2020
        files.change(
            made, mode=files.SHARED_FILE if shared else files.OWN_FILE, group_id=folder.st_gid if shared else None
        )
        return
    if os.geteuid() == 0:
        os.chown(made, found.st_uid, -1)
    files.change(made, mode=found.st_mode & 0o777, group_id=found.st_gid)


def _to_disk(path: Path) -> None:
    """Wait until a file or folder is on the disk; SQLite has none of it open in this process."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
