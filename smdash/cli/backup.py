"""``smdash backup``: a checked copy of the database while everybody works, and the files of its posts beside it."""

from __future__ import annotations

from pathlib import Path

import click

from smdash.cli import output
from smdash.cli.desk import Desk
from smdash.cli.options import as_json
from smdash.core.formats import decimal
from smdash.core.health import size
from smdash.locale import gettext as _
from smdash.locale import ngettext


@click.command(
    help=_(
        "Copy the database to FILE while everybody works; the copy is checked and yours alone (0600). The pictures, "
        "videos and sounds of its posts go to FILE.media beside it, those that are not there yet; keep both together."
    )
)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--force", is_flag=True, help=_("take the place of an older copy"))
@click.option("--no-media", is_flag=True, help=_("the database alone, without the files of posts"))
@as_json
@click.pass_obj
def command(desk: Desk, file: Path, force: bool, no_media: bool, as_json: bool) -> None:
    from smdash.store import backup, media, media_backup

    made = backup.save(desk.path, file, overwrite=force)
    beside = None if no_media else media_backup.save_along(desk.path, file)
    if as_json:
        told: dict[str, object] = {"file": str(made.path), "bytes": made.size, "seconds": round(made.seconds, 3)}
        if beside is not None:
            told |= {"media": str(beside.folder), "files": beside.files, "missing": beside.missing}
        output.dump(told)
    else:
        output.say(
            _("{path}: {size} in {seconds} s, checked").format(
                path=made.path, size=size(made.size), seconds=decimal(made.seconds)
            )
        )
        if beside is not None:
            said = ngettext("{path}: {n} file, {size} of it new", "{path}: {n} files, {size} of them new", beside.files)
            output.say(said.format(path=beside.folder, n=beside.files, size=size(beside.copied)))
    if no_media and (folder := media.folder_of(desk.path)).is_dir():
        output.note(_("the files of posts lie in {path}; copy that folder along").format(path=folder))
    if beside is not None and beside.missing:
        lost = ngettext("{n} file of a post is not there", "{n} files of posts are not there", beside.missing)
        output.note(_("{lost}; see: smdash doctor").format(lost=lost.format(n=beside.missing)))
    for one in made.left:
        output.note(_("{path} was left by a backup that was killed; remove it with: rm {path}").format(path=one))
