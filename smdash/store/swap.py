"""A finished database put in the place of the live one, while others have that open.

Two things can go wrong when a database is renamed over another. A log (``-wal``) that isn't empty is replayed into the
new file; so the old file's log is emptied, and its write lock held from then on. SQLite takes an empty log beside a
file in the journal mode DELETE for none, so that whoever comes before ``-wal`` and ``-shm`` have left shares neither.
Where this process is killed before that, the new file would later be read by the index in ``-shm``, which knows the
old file's size; so that is made void, and SQLite builds it anew as after any crash (sqlite.org/walformat.html,
section 2).
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import datetime
from pathlib import Path

from smdash.core import errors
from smdash.locale import gettext as _
from smdash.store import driver, files
from smdash.store.connection import look, set_journal
from smdash.store.driver import Connection
from smdash.store.troubles import is_lock, translated

# How long members' writes are waited out (seconds), and the pause between two tries.
PATIENCE_S = 10.0
NAP_S = 0.02
# The two copies of the index's header at the start of -shm (bytes).
_INDEX_HEADER = 2 * 48


def put(made: Path, live: Path, now: datetime) -> Path | None:
    """Give *made* the name *live*; returns the dated name under which the old file is kept, if there was one.

    The path leads to the old file or to the new one at every moment, where the file system has hard links. *made* is
    on the disk, in the journal mode DELETE, and closed. Raises StoreBusy when somebody never stops writing;
    StoreError; OSError.
    """
    with _locked(live) as opened:
        if not os.path.lexists(live):
            _move_sides(live, _dated(live, now))
            place(made, live)
            return None
        kept = _dated(live, now)
        try:
            os.link(live, kept, follow_symlinks=False)
        except OSError:
            # A file system without links, or a file that this user may not link: the path is missing for a moment.
            _change_by_moves(made, live, kept)
            return kept
        try:
            if not opened:
                # Nobody can write to it, and a log of it must not be read into the new one.
                _move_sides(live, kept)
            os.replace(made, live)  # noqa: PTH105 (beside os.link, which pathlib names the other way round)
        except OSError:
            _move_sides(kept, live)
            kept.unlink()
            raise
        _move_sides(live, kept)
        return kept


def settle(live: Path) -> None:
    """Set the journal of the file that came; where members never leave it alone, doctor says so later."""
    conn = look(live, writes=True)
    try:
        with translated(live):
            set_journal(conn)
    except errors.StoreBusy:
        pass
    finally:
        conn.close()


def place(made: Path, target: Path) -> None:
    """Give a finished file its name; raises FileExistsError where the name is taken."""
    try:
        os.link(made, target)
    except FileExistsError:
        raise
    except OSError:
        # A file system without links.
        made.rename(target)
    else:
        made.unlink()


@contextmanager
def _locked(live: Path) -> Iterator[bool]:
    """Hold the write lock of the old file with its log empty; says whether the file could be opened.

    Raises StoreBusy; StoreReadOnly.
    """
    try:
        conn = look(live, writes=True)
    except (errors.StoreBusy, errors.StoreReadOnly):
        raise
    except errors.StoreError:
        if os.path.lexists(live) and not live.is_file():
            raise
        yield False  # missing, damaged or foreign: nobody can write to it either
        return
    with ExitStack() as held:
        held.callback(conn.close)
        try:
            with translated(live):
                _empty_log(conn, live)
        except errors.StoreDamaged:
            conn.close()
            yield False
            return
        # Closed after the connection: closing any handle of a file drops all of this process's locks on it.
        with ExitStack() as later:
            _void_index(live, later)
            try:
                yield True
            finally:
                conn.close()


def _empty_log(conn: Connection, live: Path) -> None:
    """Take the write lock at a moment when all commits are in the main file."""
    log = files.side_names(live)[0]
    deadline = time.monotonic() + PATIENCE_S
    while True:
        with suppress(driver.OperationalError):
            conn.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        try:
            conn.execute("BEGIN IMMEDIATE")
        except driver.OperationalError as problem:
            if not is_lock(problem):
                raise
        else:
            if not log.exists() or log.stat().st_size == 0:
                return
            conn.execute("ROLLBACK")
        if time.monotonic() > deadline:
            raise errors.StoreBusy(
                _("others never stopped reading and writing {path}; let them close their desks and try again").format(
                    path=live
                )
            )
        time.sleep(NAP_S)


def _void_index(live: Path, later: ExitStack) -> None:
    """Make the index of the empty log void; nobody reads by it before the write lock is free.

    The index holds the old file's size in pages, which would be taken for the new file's.
    """
    index = files.side_names(live)[1]
    try:
        handle = os.open(index, os.O_RDWR)
    except FileNotFoundError:
        return
    later.callback(os.close, handle)
    os.pwrite(handle, bytes(_INDEX_HEADER), 0)


def _change_by_moves(made: Path, live: Path, kept: Path) -> None:
    live.rename(kept)  # the main file first, so that nobody opens half of them
    try:
        _move_sides(live, kept)
        place(made, live)
    except OSError:
        _move_sides(kept, live)
        kept.rename(live)
        raise


def _move_sides(old: Path, new: Path) -> None:
    """Move what SQLite put beside a file to beside another name."""
    for one, other in zip(files.side_names(old), files.side_names(new), strict=True):
        with suppress(FileNotFoundError):
            one.rename(other)


def _dated(live: Path, now: datetime) -> Path:
    """A name beside the live file that is free: ``desk-2026-11-23T070500Z.db``."""
    moment = now.strftime("%Y-%m-%dT%H%M%SZ")
    for number in range(1, 1000):
        again = "" if number == 1 else f"-{number}"
        found = live.with_name(f"{live.stem}-{moment}{again}{live.suffix}")
        if not any(os.path.lexists(one) for one in (found, *files.side_names(found))):
            return found
    raise errors.StoreError(_("there are too many old copies beside {path}; remove some").format(path=live))
