"""The files of posts: whether all are there, for whom, and what lies about that no post has any more."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from smdash.cli.checks.patient import Check, Patient, error, good, may_change, warning
from smdash.core.errors import SmdashError
from smdash.core.health import Finding, size
from smdash.locale import gettext as _
from smdash.locale import ngettext
from smdash.store import files, leftovers
from smdash.store import media as store


def media(patient: Patient) -> Iterator[Finding]:
    """Each file that a row names is in the media folder, in the modes of the database's folder, and nothing else is."""
    folder = store.folder_of(files.real(patient.path))
    if not patient.readable:
        return  # the database's check says so
    with patient.reading() as conn:
        wanted = store.named(conn)
    if not folder.is_dir():
        if wanted:
            yield error("media", _gone(folder, len(wanted)))
        return
    found = [*_modes(folder), *_missing(patient, folder, wanted), *_strays(patient, folder, wanted)]
    yield from found
    if not found:
        said = ngettext("{n} file of posts in {path}", "{n} files of posts in {path}", len(wanted))
        yield good("media", said.format(n=len(wanted), path=folder))


def _gone(folder: Path, count: int) -> str:
    said = ngettext(
        "{n} attached file is not in {path}; copy it there from a backup, or attach it again",
        "{n} attached files are not in {path}; copy them there from a backup, or attach them again",
        count,
    )
    return said.format(n=count, path=folder)


def _missing(patient: Patient, folder: Path, wanted: set[str]) -> Iterator[Finding]:
    there = {one.name for one in store.contents(folder)}
    if lost := wanted - there:
        yield error("media", _gone(folder, len(lost)))
    for digest in sorted(wanted & there) if patient.thorough else ():
        try:
            store.verified(folder, digest)
        except SmdashError as problem:
            yield error("media", str(problem))


def _strays(patient: Patient, folder: Path, wanted: set[str]) -> Iterator[Finding]:
    for one in store.unfinished(folder):
        said = _("{path} was left by a copy that was killed; mend it with: smdash doctor --fix").format(path=one)
        yield warning("media", said, _drop(one, folder))
    old = store.unnamed(folder, wanted, patient.now)
    if old:
        said = ngettext(
            "{n} file in {path} belongs to no post any more ({size}); mend it with: smdash doctor --fix",
            "{n} files in {path} belong to no post any more ({size}); mend it with: smdash doctor --fix",
            len(old),
        )
        taken = size(sum(one.stat().st_size for one in old))
        mend = _remove(patient, old) if patient.may_write else None
        yield warning("media", said.format(n=len(old), path=folder, size=taken), mend)


def _modes(folder: Path) -> Iterator[Finding]:
    folder_mode, file_mode, group = store.modes(folder)
    drifted = [
        (one, mode)
        for one, mode in ((folder, folder_mode), *((one, file_mode) for one in store.contents(folder)))
        if files.mode_of(one) != mode or (group is not None and one.stat().st_gid != group)
    ]
    if drifted:
        said = ngettext(
            "{path} has another mode or group than the database's folder asks for",
            "{path} and {n} more have another mode or group than the database's folder asks for",
            len(drifted),
        )
        mend = _change(drifted, group) if all(may_change(one) for one, _mode in drifted) else None
        yield error("media", said.format(path=drifted[0][0], n=len(drifted) - 1), mend)


def _change(drifted: list[tuple[Path, int]], group: int | None) -> Callable[[], str]:
    def work() -> str:
        for one, mode in drifted:
            files.change(one, mode=mode, group_id=group)
        return _("the files of posts have the mode and group of the database's folder now")

    return work


def _drop(made: Path, folder: Path) -> Callable[[], str]:
    def work() -> str:
        leftovers.remove(made, folder)
        return _("{path} is gone").format(path=made)

    return work


def _remove(patient: Patient, old: list[Path]) -> Callable[[], str]:
    def work() -> str:
        removed = 0
        for one in old:
            with patient.writing() as conn:
                removed += store.remove_unnamed(conn, one, patient.now)
        said = ngettext("{n} file that no post has is gone", "{n} files that no post has are gone", removed)
        return said.format(n=removed)

    return work


CHECKS: tuple[Check, ...] = (media,)
