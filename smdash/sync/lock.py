"""One service a database: a lock on a file in the service's own folder.

``flock`` frees itself when the process ends, however it ends. The inode is compared after locking, so that a lock
on a file that somebody removed meanwhile doesn't count.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
from pathlib import Path

from smdash.core.errors import Refused
from smdash.core.reasons import reason as why
from smdash.locale import gettext as _
from smdash.settings.paths import make_private


class Lock:
    """Held from entering to leaving. Raises Refused when another process holds it."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "lock"
        self._handle: int | None = None

    def __enter__(self) -> Lock:
        try:
            make_private(self._path.parent)
            while True:
                handle = os.open(self._path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
                try:
                    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError as problem:
                    holder = os.pread(handle, 32, 0).decode(errors="replace").strip()
                    os.close(handle)
                    raise Refused(
                        _("another service (process {pid}) works for this database; stop it first").format(
                            pid=holder or "?"
                        )
                    ) from problem
                if self._is_current(handle):
                    break
                os.close(handle)
        except OSError as problem:
            raise Refused(
                _("can't lock {path}: {reason}; set SMDASH_STATE_DIR to a folder of your own").format(
                    path=self._path, reason=why(problem)
                )
            ) from problem
        # The number is only for the sentence that refuses the next one; a full disk is no reason not to work.
        with contextlib.suppress(OSError):
            os.ftruncate(handle, 0)
            os.pwrite(handle, f"{os.getpid()}\n".encode(), 0)
        self._handle = handle
        return self

    def __exit__(self, *_error: object) -> None:
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None

    def _is_current(self, handle: int) -> bool:
        held = os.fstat(handle)
        try:
            there = self._path.stat()
        except FileNotFoundError:
            return False
        return (held.st_dev, held.st_ino) == (there.st_dev, there.st_ino)


def holder(folder: Path) -> str | None:
    """Whether a service holds the lock of this folder now: its process id, as far as known, or nothing.

    Raises Refused where the folder can't be looked into.
    """
    try:
        handle = os.open(folder / "lock", os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    except OSError as problem:
        raise Refused(_("can't look into {path}: {reason}").format(path=folder, reason=why(problem))) from problem
    try:
        # Shared and given back at once; a service that starts in this very moment is refused and started again.
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return os.pread(handle, 32, 0).decode(errors="replace").strip() or "?"
    finally:
        os.close(handle)
    return None
