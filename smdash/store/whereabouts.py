"""What the path of the database leads to: whether there is a file of the right kind, and on what file system."""

from __future__ import annotations

import os
from pathlib import Path

from smdash.core import errors
from smdash.locale import gettext as _
from smdash.store.troubles import unreachable

# File systems that span hosts, on which the WAL's shared memory can't work.
NETWORK_FILE_SYSTEMS = frozenset({"nfs", "nfs4", "cifs", "smb3", "smbfs", "afs", "9p", "fuse.sshfs"})


def identity(path: Path) -> tuple[int, int] | None:
    """Which file the path leads to, whatever it is called."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def check_file(path: Path) -> None:
    """Raise StoreError with what to do where there is no file that can be read, or nothing in it."""
    try:
        size = path.stat().st_size
    except FileNotFoundError as problem:
        raise errors.StoreMissing(
            _("there is no database at {path}; make one with: smdash --db {path} init").format(path=path)
        ) from problem
    except OSError as problem:
        raise unreachable(path, problem) from problem
    refuse_special(path)
    if size == 0:
        raise errors.StoreMissing(
            _("{path} is empty; make the database with: smdash --db {path} init").format(path=path)
        )
    if not os.access(path, os.R_OK):
        raise errors.StoreReadOnly(
            _("you may not read {path}; ask its owner to add you to its group").format(path=path)
        )


def refuse_special(path: Path) -> None:
    """Refuse what is no plain file; making a database of ``/dev/null`` would change its mode for everybody."""
    if path.is_dir():
        raise errors.StoreForeign(_("{path} is a folder; name the database file in it").format(path=path))
    if not path.is_file():
        raise errors.StoreForeign(_("{path} is not a plain file; name another one").format(path=path))


def refuse_network(path: Path) -> None:
    """Raise StoreError where the file lies on a file system that spans hosts."""
    kind = file_system(path)
    if kind in NETWORK_FILE_SYSTEMS:
        raise errors.StoreError(
            _(
                "{path} is on a network file system ({kind}), where SQLite can't share a file; keep it on a local disk"
            ).format(path=path, kind=kind)
        )


def file_system(path: Path) -> str:
    """The type of the file system that holds the file, or nothing where the system does not tell."""
    try:
        device = path.stat().st_dev
        wanted = f"{os.major(device)}:{os.minor(device)}"
        for line in Path("/proc/self/mountinfo").read_text(encoding="utf-8", errors="replace").splitlines():
            left, _dash, right = line.partition(" - ")
            if left.split()[2] == wanted:
                return right.split()[0]
    except (OSError, IndexError):
        pass
    return ""
