"""``smdash status``: one line for a tmux or shell prompt."""

from __future__ import annotations

import click

from smdash.cli import prompt
from smdash.cli.desk import Desk
from smdash.locale import gettext as _


@click.command(help=_("One line for a tmux or shell prompt."))
@click.option("--format", "form", type=click.Choice(prompt.FORMATS), default="plain", help=_("for what"))
@click.pass_obj
def command(desk: Desk, form: str) -> None:
    click.echo(prompt.line(desk, form))
