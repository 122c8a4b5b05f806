"""What SQLite's and the system's errors about the shared file mean to a person, and what to do."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from smdash.core import errors
from smdash.core.reasons import reason as why
from smdash.core.text import clean_name
from smdash.locale import gettext as _
from smdash.store import driver

# With less than this left (bytes), an error of the disk means that there is no room: SQLite can't tell for its -shm.
NO_ROOM = 64 * 1024
# SQLITE_READONLY_DBMOVED: the file was moved away or replaced while it was open (sqlite.org/rescode.html).
_MOVED = 1032
_LACKS = re.compile("no such (column|function|module|view|index|trigger)|has no column|unsafe use of")


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Turn what SQLite raises into a StoreError that says what to do."""
    try:
        yield
    except driver.Error as problem:
        raise translate(problem, path) from problem
    except UnicodeDecodeError as problem:
        raise damaged(path) from problem


def foreign(path: Path) -> errors.StoreForeign:
    """The file is somebody else's."""
    return errors.StoreForeign(
        _("{path} is not a smdash database; name another file, or make one with: smdash --db NEW init").format(
            path=path
        )
    )


def unwritable(path: Path) -> str:
    """Why nothing may be written."""
    if _read_only(path):
        return _("the disk that holds {path} is read-only now, so nothing can be kept; see to the disk").format(
            path=path
        )
    return _("you may not write {path} or its folder; ask its owner, or use --read-only").format(path=path)


def damaged(path: Path) -> errors.StoreDamaged:
    """SQLite can't make sense of what is in the file."""
    return errors.StoreDamaged(_("{path} is damaged; keep a copy of it and restore the last backup").format(path=path))


def gone(path: Path) -> errors.StoreMissing:
    """The path of an open file leads nowhere any more."""
    return errors.StoreMissing(
        _("{path} is gone: it was moved or deleted; put it back, or restore the last backup").format(path=path)
    )


def replaced(path: Path) -> errors.StoreReplaced:
    """The path of an open file leads to another one."""
    return errors.StoreReplaced(
        _("{path} was replaced by another file, so this was not kept; look at what it holds now and try again").format(
            path=path
        )
    )


def unreachable(path: Path, problem: OSError) -> errors.StoreReadOnly:
    """The system does not let us look at the file."""
    return errors.StoreReadOnly(_("can't read {path}: {reason}; ask its owner").format(path=path, reason=why(problem)))


def is_lock(problem: driver.Error) -> bool:
    """Whether somebody else has the file, so that asking again may help."""
    text = str(problem).lower()
    return "locked" in text or "busy" in text


def translate(problem: driver.Error, path: Path) -> errors.StoreError:
    """The StoreError that says what to do. Raises the error itself where it is a bug of ours."""
    text = str(problem).lower()
    if getattr(problem, "sqlite_errorcode", 0) == _MOVED:
        return replaced(path) if path.exists() else gone(path)
    if "not a database" in text:
        return foreign(path)
    if "malformed" in text or "corrupt" in text or "invalid rootpage" in text:
        return damaged(path)
    if is_lock(problem):
        return errors.StoreBusy(_("{path} is locked by another program; try again in a moment").format(path=path))
    if "readonly" in text or "read-only" in text:
        return errors.StoreReadOnly(unwritable(path))
    if "full" in text or (("disk i/o" in text or "unable to open" in text) and _no_room(path)):
        return errors.StoreFull(
            _("the disk that holds {path} is full, so this was not kept; make room and try again").format(path=path)
        )
    if ("unable to open" in text or "disk i/o" in text) and _read_only(path):
        return errors.StoreReadOnly(unwritable(path))
    if "unable to open" in text:
        return errors.StoreReadOnly(
            _("can't open {path}; check that you may read it and write its folder").format(path=path)
        )
    if "disk i/o" in text:
        return errors.StoreError(
            _("the disk that holds {path} reports an error, so this was not kept; try again").format(path=path)
        )
    if text.startswith("no such table: main.") or "error in " in text or _LACKS.search(text):
        # SQLite writes "main." only of what a trigger or a view refers to: one that somebody planted or changed.
        return errors.StoreDamaged(
            _("{path} holds something that smdash didn't make (SQLite says “{problem}”); see: smdash doctor").format(
                path=path, problem=clean_name(str(problem))
            )
        )
    if text.startswith("no such table"):
        return errors.StoreDamaged(
            _("{path} lacks a part that smdash needs ({part}); keep a copy of it and restore the last backup").format(
                path=path, part=text.removeprefix("no such ")
            )
        )
    if isinstance(problem, driver.IntegrityError):
        raise problem  # a constraint that our own checks should have met first: a bug
    if "syntax" in text:
        raise problem
    return errors.StoreError(_("{path}: SQLite says “{problem}”").format(path=path, problem=problem))


def _read_only(path: Path) -> bool:
    """Whether the file system takes no writes, be it mounted so or turned so by an error of the disk."""
    try:
        return bool(os.statvfs(path).f_flag & os.ST_RDONLY)
    except OSError:
        return False


def _no_room(path: Path) -> bool:
    try:
        found = os.statvfs(path.parent)
    except OSError:
        return False
    return found.f_bavail * found.f_frsize < NO_ROOM
