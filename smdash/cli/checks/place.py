"""Where the file lies: its disk, its folder, and whom the modes let in or lock out."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

from smdash.cli.checks.patient import Check, Patient, error, good, may_change
from smdash.core.errors import InputError
from smdash.core.health import Finding, Severity, room, size
from smdash.core.reasons import reason as why
from smdash.locale import gettext as _
from smdash.store import files, whereabouts


def disk(patient: Patient) -> Iterator[Finding]:
    """A local disk with room on it."""
    kind = whereabouts.file_system(patient.path)
    if kind in whereabouts.NETWORK_FILE_SYSTEMS:
        yield error(
            "disk",
            _(
                "{path} is on a network file system ({kind}), where SQLite can't share a file; move it to a local disk"
            ).format(path=patient.path, kind=kind),
        )
    try:
        found = os.statvfs(patient.folder)
        used = sum(one.stat().st_size for one in (files.real(patient.path), *files.sides(patient.path)) if one.exists())
    except OSError as problem:
        yield error("disk", f"{patient.folder}: {why(problem)}")
        return
    free = found.f_bavail * found.f_frsize
    severity = room(free, used)
    said = _("{free} free on the disk of {path}").format(free=size(free), path=patient.path)
    if severity is not Severity.GOOD:
        said = _("only {said}; the database takes {used}; make room").format(said=said, used=size(used))
    yield Finding("disk", severity, said)


def folder(patient: Patient) -> Iterator[Finding]:
    """The folder hands the group on to new files, and lets nobody else write."""
    try:
        group = patient.group()
    except InputError as problem:
        yield error("folder", str(problem))
        return
    found = patient.folder
    try:
        mode, owner_group = files.mode_of(found), found.stat().st_gid
    except OSError as problem:
        yield error("folder", f"{found}: {why(problem)}")
        return
    if group is None:
        if mode & 0o002:
            yield error(
                "folder",
                _("anybody on this machine may replace the files in {path}; mend it with: {line}").format(
                    path=found, line=f"chmod o-w {found}"
                ),
                _mend(found, mode & ~0o003),
            )
        else:
            yield good("folder", _("{path} is yours alone to write").format(path=found))
        return
    if files.is_sticky(found):
        yield error(
            "folder",
            _("{path} is a sticky folder, as /tmp is, where members can't share files; move the database").format(
                path=found
            ),
        )
        return
    if not files.is_shared_folder(found, group):
        yield error(
            "folder",
            _drifted(found, mode, owner_group, files.SHARED_FOLDER, group),
            _mend(found, files.SHARED_FOLDER, group),
        )
        return
    if closed := files.closed_above(found, group):
        yield error(
            "folder",
            _("members of {group} can't enter {path}; open it to them with: chmod o+x {path}").format(
                group=files.group_name(group), path=closed
            ),
        )
        return
    yield good("folder", _("{path} is shared with the group {group}").format(path=found, group=files.group_name(group)))


def modes(patient: Patient) -> Iterator[Finding]:
    """The database and what SQLite puts beside it: for the group or for the owner, never for others."""
    try:
        group = patient.group()
    except InputError:
        return  # the folder's check says so
    clean = True
    main = files.real(patient.path)
    try:
        owner = main.stat().st_uid
    except OSError:
        return  # the database's check says so
    for one in (main, *files.sides(patient.path)):
        try:
            found = one.stat()
        except OSError:
            continue
        mode = found.st_mode & 0o7777
        if group is not None and (found.st_gid, mode) != (group, files.SHARED_FILE):
            clean = False
            yield error(
                "modes",
                _drifted(one, mode, found.st_gid, files.SHARED_FILE, group),
                _mend(one, files.SHARED_FILE, group),
            )
        elif group is None and mode & 0o007:
            clean = False
            yield error(
                "modes",
                _("anybody on this machine may read {path}; mend it with: {line}").format(
                    path=one, line=f"chmod o= {one}"
                ),
                _mend(one, mode & ~0o007),
            )
        elif group is None and found.st_uid != owner:
            # As root SQLite gives it back when it opens the file; nobody else can.
            clean = False
            name = files.owner_name(main)
            yield error(
                "modes",
                _("{path} is {other}'s, so that {owner} is locked out; mend it with: {line}").format(
                    path=one, other=files.owner_name(one), owner=name, line=f"chown {name} {one}"
                ),
            )
    if clean:
        yield good("modes", _("the files let in whom they should"))


def _drifted(path: Path, mode: int, group: int, wanted: int, wanted_group: int) -> str:
    name = files.group_name(wanted_group)
    line = f"chgrp {name} {path} && chmod {files.octal(wanted)} {path}"
    said = _("{path} has mode {mode} and group {group}, so that {harm}; mend it with: {line}")
    if mode & 0o007:
        harm = _("others than members get in")
    elif group != wanted_group or mode & wanted & 0o070 != wanted & 0o070:
        harm = _("members are locked out")
    else:
        harm = _("new files there lock members out")
    return said.format(path=path, mode=files.octal(mode), group=files.group_name(group), harm=harm, line=line)


def _mend(path: Path, mode: int, group: int | None = None) -> Callable[[], str] | None:
    if not may_change(path):
        return None

    def work() -> str:
        files.change(path, mode=mode, group_id=group)
        return _("{path} has mode {mode} and group {group} now").format(
            path=path, mode=files.octal(mode), group=files.group_name(path.stat().st_gid)
        )

    return work


CHECKS: tuple[Check, ...] = (disk, folder, modes)
