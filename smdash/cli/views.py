"""``smdash view``: the named queries of the team, and a member's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from smdash.cli import output
from smdash.cli.desk import Desk
from smdash.cli.options import ID, as_json, checked, only_ids
from smdash.core import formats
from smdash.core.clock import find_zone
from smdash.core.errors import Refused
from smdash.locale import gettext as _

if TYPE_CHECKING:
    from smdash.core.records import Actor
    from smdash.store.driver import Connection
    from smdash.store.views import View


@click.group(help=_("Named queries over the mentions: the team's (smdash team edit) and your own."))
def command() -> None:
    pass


@command.command("list", help=_("The team's views and your own, with how many mentions each has."))
@as_json
@only_ids
@click.pass_obj
def list_(desk: Desk, as_json: bool, only_ids: bool) -> None:
    from smdash.core.query import QueryError, parse
    from smdash.store import finding, views

    me = desk.member()
    zone, now = find_zone(desk.team().zone), desk.clock.now()
    counts: list[tuple[int, bool] | None] = []
    with desk.store.reading() as conn:
        found = views.select(conn, me.member_id if me else None)
        for one in [] if only_ids else found:
            try:
                counts.append(finding.count(conn, parse(one.query), now=now, me=me, zone=zone))
            except QueryError:
                counts.append(None)  # another program wrote it
    if only_ids:
        output.ids(one.id for one in found)
        return
    rows = list(zip(found, counts, strict=True))
    if as_json:
        output.dump(
            [
                {
                    "id": one.id,
                    "name": one.name,
                    "query": one.query,
                    "own": one.own,
                    "count": None if counted is None else counted[0],
                    "more": counted is not None and counted[1],
                }
                for one, counted in rows
            ]
        )
        return
    output.table(
        ["ID", _("WHOSE"), _("NAME"), _("MENTIONS"), _("QUERY")],
        ((one.id, _("yours") if one.own else _("team"), one.name, _shown(counted), one.query) for one, counted in rows),
    )
    if not found:
        output.note(_("there is no view; add one with: smdash view add NAME QUERY"))


def _shown(counted: tuple[int, bool] | None) -> str:
    if counted is None:
        return "?"
    return formats.number(counted[0]) + ("+" if counted[1] else "")


@command.command("add", help=_("Keep a query under a name, for yourself."))
@click.argument("name", metavar=_("NAME"))
@click.argument("query", metavar=_("QUERY"))
@click.pass_obj
def add(desk: Desk, name: str, query: str) -> None:
    from smdash.store import views

    with desk.store.writing() as conn:
        _checked(conn, query)
        made = views.add(conn, desk.actor(conn), desk.clock.now(), name, query)
    output.say(_("view {name}: {query}").format(name=made.name, query=made.query))


@command.command("edit", help=_("Change the name, query or place of a view of yours."))
@click.argument("name", metavar=_("NAME"))
@click.option("--name", "new_name", metavar=_("NAME"), help=_("the new name"))
@click.option("--query", metavar=_("QUERY"), help=_("the new query"))
@click.option("--place", type=ID, help=_("its place among yours, from 1"))
@click.pass_obj
def edit(desk: Desk, name: str, new_name: str | None, query: str | None, place: int | None) -> None:
    from smdash.store import views

    if new_name is None and query is None and place is None:
        raise click.UsageError(_("name what to change: --name, --query or --place"))
    with desk.store.writing() as conn:
        actor = desk.actor(conn)
        own = _own(conn, actor, name)
        if query is not None:
            _checked(conn, query)
        made = views.edit(conn, actor, desk.clock.now(), own.id, name=new_name, query=query)
        if place is not None:
            views.move(conn, actor, desk.clock.now(), own.id, place)
    output.say(_("view {name}: {query}").format(name=made.name, query=made.query))


@command.command("remove", help=_("Take a view of yours away."))
@click.argument("name", metavar=_("NAME"))
@click.pass_obj
def remove(desk: Desk, name: str) -> None:
    from smdash.store import views

    with desk.store.writing() as conn:
        actor = desk.actor(conn)
        own = _own(conn, actor, name)
        views.remove(conn, actor, desk.clock.now(), own.id)
    output.say(_("view {name} is removed").format(name=own.name))


def _own(conn: Connection, actor: Actor, name: str) -> View:
    from smdash.store import views

    found = views.named(conn, actor.member_id, name)
    if not found.own:
        raise Refused(_("“{name}” is a view of the team's; change it with: smdash team edit").format(name=found.name))
    return found


def _checked(conn: Connection, query: str) -> None:
    """Raises click's BadParameter for what is no query."""
    from smdash.core.query import parse
    from smdash.store import finding

    names = finding.names(conn)
    checked(lambda: parse(query, names), "QUERY")
