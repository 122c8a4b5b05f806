"""``smdash backup``: a checked copy of the database while everybody works."""

from __future__ import annotations

from pathlib import Path

import click

from smdash.cli import output
from smdash.cli.desk import Desk
from smdash.cli.options import as_json
from smdash.core.formats import decimal
from smdash.core.health import size
from smdash.locale import gettext as _


@click.command(help=_("Copy the database to FILE while everybody works; the copy is checked and yours alone (0600)."))
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--force", is_flag=True, help=_("take the place of an older copy"))
@as_json
@click.pass_obj
def command(desk: Desk, file: Path, force: bool, as_json: bool) -> None:
    from smdash.store import backup

    made = backup.save(desk.path, file, overwrite=force)
    if as_json:
        output.dump({"file": str(made.path), "bytes": made.size, "seconds": round(made.seconds, 3)})
    else:
        output.say(
            _("{path}: {size} in {seconds} s, checked").format(
                path=made.path, size=size(made.size), seconds=decimal(made.seconds)
            )
        )
    for one in made.left:
        output.note(_("{path} was left by a backup that was killed; remove it with: rm {path}").format(path=one))
