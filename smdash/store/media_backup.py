"""The files of posts beside a backup of the database, and back again.

Contents never change under their digest, so a file that lies beside an older copy already is not copied again.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from smdash.core.errors import StoreReadOnly
from smdash.core.reasons import reason as why
from smdash.locale import gettext as _
from smdash.store import files, media
from smdash.store.connection import look
from smdash.store.troubles import translated


class Copied(NamedTuple):
    """How many files lie in *folder* now, how many bytes were copied, and how many files were not to be had."""

    folder: Path
    files: int
    copied: int
    missing: int


def save_along(live: Path, copy: Path) -> Copied | None:
    """Copy the files that the rows of a backup name into the folder beside it, for this user alone (0700, 0600).

    What lies there and is named by none of its rows goes. Nothing where no row names any. Raises StoreError.
    """
    target = media.folder_of(copy)
    wanted = _named(copy)
    if not wanted and not target.is_dir():
        return None
    with _told(target):
        target.mkdir(mode=files.OWN_FOLDER, exist_ok=True)
        for one in media.contents(target):
            if one.name not in wanted:
                one.unlink()
        return _bring(media.folder_of(files.real(live)), target, wanted, files.OWN_FILE, None)


def bring_back(copy: Path, live: Path) -> Copied | None:
    """Copy the files that a restored backup names from the folder beside the backup into the live media folder.

    Nothing where no row names any. Raises StoreError.
    """
    wanted = _named(copy)
    if not wanted:
        return None
    folder = media.make_folder(live)
    with _told(folder):
        _folder, mode, group = media.modes(folder)
        return _bring(media.folder_of(copy), folder, wanted, mode, group)


def _named(copy: Path) -> set[str]:
    """The digests that the rows of a backup name; an older smdash knew of no files."""
    conn = look(copy)
    try:
        with translated(copy):
            known = conn.execute("SELECT 1 FROM sqlite_master WHERE name = 'attachment'").fetchone()
            return media.named(conn) if known else set()
    finally:
        conn.close()


def _bring(source: Path, target: Path, wanted: set[str], mode: int, group: int | None) -> Copied:
    copied = missing = 0
    for digest in sorted(wanted):
        there = media.path_of(target, digest)
        if there.exists():
            continue
        try:
            copied += _copy(media.path_of(source, digest), there, mode, group)
        except FileNotFoundError:
            missing += 1
    return Copied(target, len(wanted) - missing, copied, missing)


def _copy(source: Path, target: Path, mode: int, group: int | None) -> int:
    """Copy one file, whole or not at all; one whose content is another one than its name says is none."""
    made = target.with_name(f".{secrets.token_hex(8)}.new")
    try:
        with source.open("rb") as opened, made.open("xb") as out:
            found = hashlib.sha256()
            while chunk := opened.read(1 << 20):
                found.update(chunk)
                out.write(chunk)
            if found.hexdigest() != target.name:
                raise FileNotFoundError(source)
            if group is not None:
                os.fchown(out.fileno(), -1, group)
            os.fchmod(out.fileno(), mode)
            out.flush()
            os.fsync(out.fileno())
            length = out.tell()
        made.rename(target)
        return length
    finally:
        made.unlink(missing_ok=True)


@contextmanager
def _told(folder: Path) -> Iterator[None]:
    """Turn what the system says of writing there into a sentence."""
    try:
        yield
    except OSError as problem:
        raise StoreReadOnly(_("can't write {path}: {reason}").format(path=folder, reason=why(problem))) from problem
