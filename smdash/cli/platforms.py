"""``smdash platform list``: the networks, generated from the adapters."""

from __future__ import annotations

from dataclasses import asdict

import click

from smdash.cli import output
from smdash.cli.options import as_json
from smdash.core import labels
from smdash.locale import gettext as _


@click.group(help=_("The networks that smdash knows."))
def command() -> None:
    pass


@command.command("list", help=_("What each adapter does today."))
@as_json
@click.option("--markdown", is_flag=True, help=_("the table that README holds"))
def list_(as_json: bool, markdown: bool) -> None:
    from smdash.platforms import matrix, registry

    rows = registry.shown()
    if markdown:
        click.echo(matrix.markdown(rows), nl=False)
        return
    if as_json:
        output.dump(
            [
                {
                    "name": one.name,
                    "title": one.title,
                    "code": one.code,
                    "status": one.status,
                    "retired_on": one.retired_on.isoformat() if one.retired_on else None,
                    **asdict(one.abilities),
                }
                for one in rows
            ]
        )
        return
    abilities = list(asdict(rows[0].abilities)) if rows else []
    output.table(
        [_("NETWORK"), "", *(labels.ability(ability) for ability in abilities), _("STATUS")],
        (
            (
                one.name,
                one.code,
                *("✓" if able else "·" for able in asdict(one.abilities).values()),
                f"{labels.status(one.status)} {one.retired_on or ''}".rstrip(),
            )
            for one in rows
        ),
    )
