"""What a restore that was killed leaves beside the database, told from what one that is at work needs.

The file that a restore makes is locked (``flock``) by the process that makes it, until it has its name. The lock ends
with the process however that ends, so that neither a process number that was given again nor one of another container
is taken for it.
"""

from __future__ import annotations

import errno
import fcntl
import os
import re
from contextlib import suppress
from pathlib import Path

from smdash.core.errors import StoreReadOnly
from smdash.core.reasons import reason as why
from smdash.locale import gettext as _
from smdash.store import files

_DATE = r"-\d{4}-\d\d-\d\dT\d{6}Z(-\d+)?"


def name(target: Path) -> Path:
    """How this process calls what will become *target*."""
    return target.with_name(f".{target.name}.{os.getpid()}.new")


def begin(made: Path) -> int:
    """Make the empty file, this user's alone, and lock it; the caller closes the handle. Raises OSError."""
    while True:
        for one in (made, *files.side_names(made)):
            one.unlink(missing_ok=True)
        handle = os.open(made, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC, 0o600)
        # A file system without locks: doctor then finds none of them either, and removes nothing.
        with suppress(OSError):
            fcntl.flock(handle, fcntl.LOCK_EX)
        if _leads_to(made, handle):
            return handle
        os.close(handle)  # a doctor took it for a left-over in this very moment


def unfinished(live: Path) -> list[Path]:
    """What was to become *live*, with or without a process that still makes it. Raises OSError."""
    wanted = re.compile(rf"(\.{re.escape(live.name)}\.\d+\.new)({'|'.join(files.SIDES)})?")
    found = (wanted.fullmatch(one.name) for one in live.parent.iterdir())
    return sorted({live.with_name(one[1]) for one in found if one})


def of_copies(folder: Path) -> list[Path]:
    """What was to become some file of a folder and nobody makes any more, where this user can tell. Raises OSError."""
    found = (one for one in folder.iterdir() if re.fullmatch(r"\..+\.\d+\.new", one.name))
    # One with a second name may be the live file, whose handles are not to be closed.
    return sorted(one for one in found if one.is_file() and one.lstat().st_nlink == 1 and _is_free(one))


def _is_free(made: Path) -> bool:
    """Whether it begins as a database, or not at all yet, and nobody holds it."""
    try:
        with made.open("rb") as opened:
            return opened.read(16) in (b"SQLite format 3\0", b"") and _lock(opened.fileno())
    except OSError:
        return False


def parts(made: Path) -> list[Path]:
    """An unfinished file and what SQLite put beside it, where they exist."""
    return [one for one in (*files.side_names(made), made) if os.path.lexists(one)]


def is_at_work(made: Path, live: Path) -> bool | None:
    """Whether somebody still makes it; none where this user can't tell."""
    # Closing any handle of the live file would drop this process's locks on it; and its second name needs no maker.
    if _is_same(made, live):
        return False
    try:
        handle = os.open(made, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    except FileNotFoundError:
        return False
    except OSError:
        return None
    try:
        return not _lock(handle)
    except OSError:
        return None
    finally:
        os.close(handle)


def remove(made: Path, live: Path) -> None:
    """Remove what nobody makes any more. Raises StoreReadOnly where this user may not, or somebody is at work."""
    handle = None
    try:
        if made.exists() and not _is_same(made, live):
            handle = os.open(made, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
            if not _lock(handle):
                raise BlockingIOError(errno.EBUSY, "")
        for one in parts(made):
            one.unlink(missing_ok=True)
    except OSError as problem:
        raise _kept(made, problem) from problem
    finally:
        if handle is not None:
            os.close(handle)


def second_names(live: Path) -> tuple[list[Path], list[Path]]:
    """Other names of the live file in its folder: those under which a restore keeps the old file, and all others.

    Whoever opened it by one of them would have a log of their own. Raises OSError.
    """
    if not live.exists() or live.stat().st_nlink < 2:
        return [], []
    making = unfinished(live)
    found = sorted(
        one
        for one in live.parent.iterdir()
        if one != live and one not in making and not one.is_symlink() and _is_same(one, live)
    )
    dated = re.compile(re.escape(live.stem) + _DATE + re.escape(live.suffix))
    return [one for one in found if dated.fullmatch(one.name)], [one for one in found if not dated.fullmatch(one.name)]


def unlink(kept: Path, live: Path) -> None:
    """Take the second name away from the live file, and give it back a log that was moved along. Raises StoreReadOnly.

    A damaged file's log is moved before its name is.
    """
    try:
        if not _is_same(kept, live):
            return
        if not files.sides(live):
            for one, other in zip(files.side_names(kept), files.side_names(live), strict=True):
                with suppress(FileNotFoundError):
                    one.rename(other)
        kept.unlink(missing_ok=True)
    except OSError as problem:
        raise _kept(kept, problem) from problem


def _kept(path: Path, problem: OSError) -> StoreReadOnly:
    return StoreReadOnly(
        _("can't remove {path}: {reason}; its owner or root may").format(path=path, reason=why(problem))
    )


def _lock(handle: int) -> bool:
    """Whether the lock could be taken. Raises OSError where there are no locks."""
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _leads_to(path: Path, handle: int) -> bool:
    try:
        return os.path.samestat(path.lstat(), os.fstat(handle))
    except FileNotFoundError:
        return False


def _is_same(one: Path, other: Path) -> bool:
    try:
        return os.path.samestat(one.lstat(), other.lstat())
    except OSError:
        return False
