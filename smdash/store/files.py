"""The database as files: its folder, what SQLite puts beside it, and whom their modes and groups let in.

SQLite gives ``-wal``, ``-shm`` and ``-journal`` the mode of the database, a moment after it has made them with the
umask; their group is the folder's where that is setgid, else the one of whoever came first, and then the others are
locked out.
"""

from __future__ import annotations

import os
import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from smdash.core.errors import InputError, StoreReadOnly
from smdash.core.reasons import reason as why
from smdash.locale import gettext as _

SIDES = ("-wal", "-shm", "-journal")
# The folder beside the database that holds the files of posts (``store.media``).
MEDIA = ".media"
SHARED_FILE, OWN_FILE = 0o660, 0o600
SHARED_FOLDER, OWN_FOLDER = 0o2770, 0o700


_umask = threading.Lock()
# How many openings go on in this process, and the umask that it had before the first of them.
_openings: list[int] = []


@contextmanager
def opening(path: Path) -> Iterator[None]:
    """Inside, what SQLite makes beside the database is as wide as that from its first moment on.

    Who came in that moment would be locked out, and everybody for good if the program were killed in it.
    """
    with _umask:
        before = os.umask(0o077)
        _openings.append(_openings[0] if _openings else before)
        os.umask(before & ~mode_of(path))
    try:
        yield
    finally:
        with _umask:
            first = _openings.pop()
            if not _openings:
                os.umask(first)


def real(path: Path) -> Path:
    """The file behind links; SQLite puts its own files beside that one."""
    return Path(os.path.realpath(path))


def side_names(path: Path) -> list[Path]:
    """The names that SQLite uses beside the database, whether they exist or not."""
    found = real(path)
    return [found.with_name(found.name + side) for side in SIDES]


def sides(path: Path) -> list[Path]:
    """What SQLite has put beside the database."""
    # Path.exists raises for a folder that may not be entered.
    return [one for one in side_names(path) if os.path.exists(one)]  # noqa: PTH110


def mode_of(path: Path) -> int:
    """The permission bits, with setuid, setgid and sticky."""
    return stat.S_IMODE(path.stat().st_mode)


def octal(mode: int) -> str:
    """A mode as chmod takes it."""
    return f"{mode:04o}" if mode > 0o777 else f"{mode:03o}"


def group_name(group_id: int) -> str:
    """The group's name, else its number."""
    import grp

    try:
        return grp.getgrgid(group_id).gr_name
    except KeyError:
        return str(group_id)


def find_group(name: str) -> int:
    """A group's id by its name or number. Raises InputError."""
    import grp

    try:
        return grp.getgrnam(name).gr_gid
    except (KeyError, ValueError) as problem:
        if name.isascii() and name.isdigit() and len(name) < 10:
            return int(name)
        raise InputError(_("there is no group “{name}”; make it with: groupadd {name}").format(name=name)) from problem


def is_sticky(folder: Path) -> bool:
    """Whether only a file's owner may remove it there, as in /tmp: members then trip over each other's files."""
    return bool(folder.stat().st_mode & stat.S_ISVTX)


def is_shared_folder(folder: Path, group_id: int) -> bool:
    """Whether the folder lets the group in and hands its group on to new files, and lets nobody else write."""
    found = folder.stat()
    return found.st_gid == group_id and found.st_mode & 0o2070 == 0o2070 and not found.st_mode & 0o1002


def closed_above(folder: Path, group_id: int) -> Path | None:
    """The folder on the way there that members of the group can't enter, if there is one."""
    for one in reversed(real(folder).parents):
        found = one.stat()
        if not found.st_mode & stat.S_IXOTH and not (found.st_gid == group_id and found.st_mode & stat.S_IXGRP):
            return one
    return None


def change(path: Path, *, mode: int | None = None, group_id: int | None = None) -> None:
    """Set group and mode where they differ. Raises StoreReadOnly where this user may not."""
    try:
        if group_id is not None and path.stat().st_gid != group_id:
            os.chown(path, -1, group_id)
        if mode is not None and mode_of(path) != mode:
            path.chmod(mode)
        # Without a word the kernel drops setgid for somebody who is not in the group.
        kept = mode is None or mode_of(path) == mode
    except FileNotFoundError:
        return  # SQLite removes its own files when the last program leaves
    except OSError as problem:
        raise StoreReadOnly(
            _("can't change the permissions of {path}: {reason}; its owner ({owner}) or root may").format(
                path=path, reason=why(problem), owner=owner_name(path)
            )
        ) from problem
    if not kept:
        raise StoreReadOnly(
            _("you are not in the group {group}, so {path} can't be shared by you; run it as root").format(
                group=group_name(path.stat().st_gid), path=path
            )
        )


def owner_name(path: Path) -> str:
    """The login of the file's owner, else the number."""
    import pwd

    try:
        number = path.stat().st_uid
    except OSError:
        return "?"
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return f"uid{number}"


def make_folder(path: Path, group_id: int | None) -> None:
    """Make the folder of a database for the group (2770, setgid) or for its owner (0700), or see that it will do.

    An existing folder is changed only where it holds nothing but the database. Raises StoreReadOnly.
    """
    folder = path.parent
    if not folder.is_dir():
        _make(folder, group_id)
    elif group_id is not None:
        _share_existing(folder, path.name, group_id)


def _make(folder: Path, group_id: int | None) -> None:
    try:
        missing = [one for one in (folder, *folder.parents) if not one.exists()]
        for one in reversed(missing):
            one.mkdir(mode=OWN_FOLDER, exist_ok=True)
            if group_id is not None:
                # Members pass through what lies above, and work in the folder itself.
                change(one, mode=SHARED_FOLDER if one == folder else 0o710, group_id=group_id)
    except OSError as problem:
        raise StoreReadOnly(
            _("can't make the folder {path}: {reason}").format(path=folder, reason=why(problem))
        ) from problem


def _holds_more(folder: Path, name: str) -> bool:
    """Whether anything but the database lies in the folder: then it is not ours to open to a group."""
    ours = {name, name + MEDIA, *(name + side for side in SIDES)}
    return any(one.name not in ours for one in folder.iterdir())


def _share_existing(folder: Path, name: str, group_id: int) -> None:
    if is_shared_folder(folder, group_id):
        return
    group = group_name(group_id)
    if is_sticky(folder):
        raise StoreReadOnly(
            _("{path} is a sticky folder, as /tmp is, where members can't share files; name a new folder").format(
                path=folder
            )
        )
    if os.geteuid() not in (0, folder.stat().st_uid) or _holds_more(folder, name):
        raise StoreReadOnly(
            _(
                "{path} is not shared with the group {group}; name a folder that is not there yet, or run: {line}"
            ).format(path=folder, group=group, line=f"chgrp {group} {folder} && chmod 2770 {folder}")
        )
    change(folder, mode=SHARED_FOLDER, group_id=group_id)


def share(path: Path, group_id: int) -> None:
    """Give the database and what lies beside it to the group, 0660, folders 2770. Raises StoreReadOnly."""
    for one in (real(path), *sides(path)):
        change(one, mode=SHARED_FILE, group_id=group_id)
    media = real(path).with_name(real(path).name + MEDIA)
    if media.is_dir():
        change(media, mode=SHARED_FOLDER, group_id=group_id)
        for one in media.iterdir():
            change(one, mode=SHARED_FILE, group_id=group_id)
