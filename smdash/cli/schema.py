"""``smdash schema``: the public views."""

from __future__ import annotations

import click

from smdash.cli import output
from smdash.cli.desk import Desk
from smdash.cli.options import as_json
from smdash.locale import gettext as _
from smdash.locale import noop

# The views' comments, as they stand in the schema, for the catalogue.
_COMMENTS = (
    noop("One row per post and account: what goes out when, and how far its delivery is."),
    noop("One row per incoming mention, with its account, holder and labels."),
    noop("One row per campaign, with its posts that are out and those that are planned."),
    noop("One row per time entry; a running one has no end."),
    noop("One row per sync job: when it last went well, when it runs next, and what is wrong."),
)


@click.command(help=_("The public views of the database, with their columns."))
@click.option("--sql", is_flag=True, help=_("the whole schema as SQL"))
@as_json
@click.pass_obj
def command(desk: Desk, sql: bool, as_json: bool) -> None:
    from smdash.store import public

    with desk.store.reading() as conn:
        if sql:
            for statement in public.statements(conn):
                click.echo(statement + ";")
            return
        views = public.views(conn)
    if as_json:
        output.dump([{"name": one.name, "comment": one.comment, "columns": list(one.columns)} for one in views])
        return
    for one in views:
        output.say(f"{one.name}\n  {_(one.comment)}\n  {', '.join(one.columns)}\n")
