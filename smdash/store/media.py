"""The files of posts, in the media folder beside the database: each under the SHA-256 of its content.

A file is copied there under a temporary name, looked into, written through to the disk and renamed, before any row
names it; a copy that was killed leaves a temporary file that counts for nothing. The same content is there once.
Modes and group are those of the database's folder, whatever the umask.
"""

from __future__ import annotations

import errno
import hashlib
import os
import re
import secrets
import stat
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from smdash.core.errors import InputError, StoreDamaged, StoreFull, StoreMissing, StoreReadOnly
from smdash.core.health import NO_ROOM, size
from smdash.core.media import Probe, most_bytes
from smdash.core.media_types import HEAD, sniffed
from smdash.core.reasons import reason as why
from smdash.core.text import clean_name
from smdash.locale import gettext as _
from smdash.store import files, leftovers, media_probe
from smdash.store.driver import Connection

# What no row names is kept for so long: somebody may be about to write that row.
KEPT = timedelta(days=1)
_DIGEST = re.compile(r"[0-9a-f]{64}")
_TEMPORARY = re.compile(r"\.[0-9a-f]{16}\.new")
_CHUNK = 1 << 20


class Taken(NamedTuple):
    """A file that is in the media folder now: its digest, the name it came with, and what it is."""

    digest: str
    name: str
    probe: Probe


def folder_of(database: Path) -> Path:
    """The media folder of a database."""
    return database.with_name(database.name + files.MEDIA)


def path_of(folder: Path, digest: str) -> Path:
    """Where the content of this digest lies. Raises InputError for what is no digest."""
    if not _DIGEST.fullmatch(digest):
        raise InputError(_("“{text}” names no file of a post").format(text=clean_name(digest)))
    return folder / digest


def beside(conn: Connection) -> Path:
    """The media folder of the database that is open here."""
    (row,) = [one for one in conn.execute("PRAGMA database_list").fetchall() if one[1] == "main"]
    return folder_of(files.real(Path(row[2])))


def take(database: Path, source: Path, limits: Sequence[Mapping[str, int]] = ()) -> Taken:
    """Copy a file into the media folder; what it tells of its making stays behind.

    ``limits`` are those that the servers of the team's accounts told. Called outside any transaction. Raises InputError
    for what can't be read or no network takes, StoreFull where there is no room, StoreReadOnly where this user may not
    write there.
    """
    folder = folder_of(files.real(database))
    _refuse_database(database, source)
    with _opened(source) as (handle, length):
        kind = sniffed(os.pread(handle, HEAD, 0)).partition("/")[0]
        # A container of videos may hold a sound alone.
        most = max(most_bytes(one, limits) for one in ((kind,) if kind == "image" else ("video", "audio")))
        if length > most:
            raise InputError(
                _("{path} has {size}; no network takes more than {most}").format(
                    path=source, size=size(length), most=size(most)
                )
            )
        make_folder(database)
        _refuse_full(folder, length)
        with _temporary(folder) as (made, out):
            with _kept_in(folder):
                _copy(handle, out)
            try:
                probe = media_probe.probe(made)
            except InputError as problem:
                raise InputError(f"{source}: {problem}") from problem
            with _kept_in(folder):
                digest = _place(folder, made, out)
    return Taken(digest, clean_name(source.name) or digest[:12], probe)


def put(folder: Path, data: bytes) -> str:
    """Write a content that is known to be fit into the media folder as it is; returns its digest.

    Raises StoreFull, StoreReadOnly.
    """
    make_folder(folder.with_name(folder.name.removesuffix(files.MEDIA)))
    with _temporary(folder) as (made, out), _kept_in(folder):
        os.write(out, data)
        return _place(folder, made, out)


def verified(folder: Path, digest: str) -> Path:
    """Where the content of a digest lies in the media folder, after all of it was compared with that.

    Raises StoreMissing where it is not there, StoreDamaged where it is another one by now, StoreReadOnly where this
    user may not read it.
    """
    path = path_of(folder, digest)
    try:
        with path.open("rb") as opened:
            found = hashlib.file_digest(opened, "sha256").hexdigest()
    except FileNotFoundError as problem:
        raise _missing(path) from problem
    except OSError as problem:
        raise StoreReadOnly(_("can't read {path}: {reason}").format(path=path, reason=why(problem))) from problem
    if found != digest:
        raise StoreDamaged(_("{path} is not the file that was attached any more; attach it again").format(path=path))
    return path


def refuse_missing(conn: Connection, digest: str) -> None:
    """Raise StoreMissing where the content of a digest is not in the media folder."""
    path = path_of(beside(conn), digest)
    if not path.is_file():
        raise _missing(path)


def _missing(path: Path) -> StoreMissing:
    return StoreMissing(_("the attached file {path} is not there; attach it again").format(path=path))


def unfinished(folder: Path) -> list[Path]:
    """Copies into the folder that nobody makes any more, where this user can tell. Raises OSError."""
    if not folder.is_dir():
        return []
    found = sorted(one for one in folder.iterdir() if _TEMPORARY.fullmatch(one.name))
    return [one for one in found if leftovers.is_at_work(one, folder) is False and one.exists()]


def contents(folder: Path) -> list[Path]:
    """The files of posts that are there. Raises OSError."""
    return sorted(one for one in folder.iterdir() if _DIGEST.fullmatch(one.name)) if folder.is_dir() else []


def named(conn: Connection) -> set[str]:
    """The digests that rows name."""
    return {row[0] for row in conn.execute("SELECT DISTINCT digest FROM attachment").fetchall()}


def unnamed(folder: Path, digests: Collection[str], now: datetime) -> list[Path]:
    """Files that no row names, without those that came within a day. Raises OSError."""
    return [one for one in contents(folder) if one.name not in digests and _is_old(one, now)]


def remove_unnamed(conn: Connection, path: Path, now: datetime) -> bool:
    """Remove a file that no row names; false where one does by now. The caller holds the write lock.

    Raises StoreReadOnly where this user may not.
    """
    if conn.execute("SELECT 1 FROM attachment WHERE digest = ? LIMIT 1", (path.name,)).fetchone():
        return False
    try:
        if not _is_old(path, now):
            return False
        path.unlink()
    except OSError as problem:
        raise StoreReadOnly(
            _("can't remove {path}: {reason}; its owner or root may").format(path=path, reason=why(problem))
        ) from problem
    return True


def _is_old(path: Path, now: datetime) -> bool:
    try:
        return now - datetime.fromtimestamp(path.stat().st_mtime, UTC) > KEPT
    except FileNotFoundError:
        return False


def modes(folder: Path) -> tuple[int, int, int | None]:
    """The mode of the folder and of its files, and their group, as the database's folder asks for. Raises OSError."""
    found = folder.parent.stat()
    if found.st_mode & 0o2020 == 0o2020:
        return files.SHARED_FOLDER, files.SHARED_FILE, found.st_gid
    return files.OWN_FOLDER, files.OWN_FILE, None


def _refuse_database(database: Path, source: Path) -> None:
    """Closing any handle of the live file would drop this process's locks on it, so it is not even opened."""
    for one in (files.real(database), *files.sides(database)):
        with suppress(OSError, ValueError):
            if source.samefile(one):
                raise InputError(
                    _("{path} is the database or belongs to it; name a picture, video or sound").format(path=source)
                )


@contextmanager
def _opened(source: Path) -> Iterator[tuple[int, int]]:
    """A plain file for reading, and its length (bytes). Raises InputError."""
    try:
        # What waits for somebody at the other end (a pipe) must not be waited for.
        handle = os.open(source, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except (OSError, ValueError) as problem:
        said = why(problem) if isinstance(problem, OSError) else str(problem)
        raise InputError(_("can't read {path}: {reason}").format(path=source, reason=said)) from problem
    try:
        found = os.fstat(handle)
        if not stat.S_ISREG(found.st_mode):
            raise InputError(_("{path} is not a plain file").format(path=source))
        yield handle, found.st_size
    except InputError as problem:
        said = str(problem)
        raise InputError(said if str(source) in said else f"{source}: {said}") from problem
    finally:
        os.close(handle)


def make_folder(database: Path) -> Path:
    """The media folder, made with the modes of the database's folder where it is not there yet. Raises StoreError."""
    folder = folder_of(files.real(database))
    if folder.is_dir():
        return folder
    with _kept_in(folder):
        folder_mode, _file, group = modes(folder)
        made = folder.with_name(f".{folder.name}.{secrets.token_hex(8)}.new")
        made.mkdir(mode=files.OWN_FOLDER)
        try:
            files.change(made, mode=folder_mode, group_id=group)
            # Under its name it is whole: whoever is as early as we are finds no folder that is shut.
            made.rename(folder)
        except (OSError, StoreReadOnly):
            made.rmdir()
            if not folder.is_dir():
                raise
    return folder


def _refuse_full(folder: Path, length: int) -> None:
    with suppress(OSError):
        found = os.statvfs(folder)
        if found.f_bavail * found.f_frsize < length + min(length, NO_ROOM):
            raise _full(folder)


def _full(folder: Path) -> StoreFull:
    return StoreFull(
        _("the disk that holds {path} has no room for this file; make room and try again").format(path=folder)
    )


@contextmanager
def _kept_in(folder: Path) -> Iterator[None]:
    """Turn what the system says of writing there into a sentence."""
    try:
        yield
    except OSError as problem:
        if problem.errno in (errno.ENOSPC, errno.EDQUOT):
            raise _full(folder) from problem
        raise StoreReadOnly(_("can't write {path}: {reason}").format(path=folder, reason=why(problem))) from problem


@contextmanager
def _temporary(folder: Path) -> Iterator[tuple[Path, int]]:
    """An empty file of this user's in the folder, locked while it is made; afterwards it has its name or is gone."""
    made = folder / f".{secrets.token_hex(8)}.new"
    with _kept_in(folder):
        handle = leftovers.begin(made)
    try:
        yield made, handle
    finally:
        made.unlink(missing_ok=True)
        os.close(handle)


def _copy(source: int, target: int) -> None:
    os.lseek(source, 0, os.SEEK_SET)
    while chunk := os.read(source, _CHUNK):
        while chunk:
            chunk = chunk[os.write(target, chunk) :]


def _place(folder: Path, made: Path, handle: int) -> str:
    """Give the finished file its name, or leave the same one that is there already; returns the digest."""
    os.lseek(handle, 0, os.SEEK_SET)
    found = hashlib.sha256()
    while chunk := os.read(handle, _CHUNK):
        found.update(chunk)
    digest = found.hexdigest()
    path = path_of(folder, digest)
    with suppress(OSError), path.open("rb") as there:
        if hashlib.file_digest(there, "sha256").hexdigest() == digest:
            # As of now, so that nobody takes it for one that is named no more.
            os.utime(path)
            return digest
    _folder, mode, group = modes(folder)
    if group is not None:
        os.fchown(handle, -1, group)
    os.fchmod(handle, mode)
    os.fsync(handle)
    made.rename(path)
    above = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(above)
    finally:
        os.close(above)
    return digest
