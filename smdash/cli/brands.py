"""``smdash brand``: add, list, rename; accounts, campaigns and hours name theirs with --brand."""

from __future__ import annotations

import click

from smdash.cli import output
from smdash.cli.desk import Desk
from smdash.cli.options import as_json, only_ids
from smdash.core.text import clean_name
from smdash.locale import gettext as _


@click.group(help=_("The brands that accounts, campaigns and hours belong to, where a team works for several."))
def command() -> None:
    pass


@command.command("add", help=_("Write a brand down."))
@click.argument("name", metavar="NAME")
@as_json
@click.pass_obj
def add(desk: Desk, name: str, as_json: bool) -> None:
    from smdash.store import brands

    title = _title(name)
    with desk.store.writing() as conn:
        found = brands.add(conn, desk.actor(conn), desk.clock.now(), title)
        count = len(brands.select(conn))
    if as_json:
        output.dump({"id": found, "name": title})
        return
    output.say(_("brand “{name}” is written down; give it accounts with: smdash account edit").format(name=title))
    if count == 1:
        output.note(_("with a single brand there is nothing to tell apart, so it is not shown yet"))


@command.command("list", help=_("All brands, with the number of their accounts and campaigns."))
@as_json
@only_ids
@click.pass_obj
def list_(desk: Desk, as_json: bool, only_ids: bool) -> None:
    from smdash.store import brands

    with desk.store.reading() as conn:
        rows = brands.select(conn)
    if as_json:
        output.dump([one._asdict() for one in rows])
        return
    if only_ids:
        output.ids(one.id for one in rows)
        return
    output.table(
        ["ID", _("NAME"), _("ACCOUNTS"), _("CAMPAIGNS")],
        ((one.id, one.name, one.accounts, one.campaigns) for one in rows),
    )
    if not rows:
        output.note(_("no brand yet; a team with several writes them down with: smdash brand add NAME"))


@command.command("rename", help=_("Call a brand by another name."))
@click.argument("name", metavar="NAME")
@click.argument("new_name", metavar="TO")
@as_json
@click.pass_obj
def rename(desk: Desk, name: str, new_name: str, as_json: bool) -> None:
    from smdash.store import brands

    title = _title(new_name)
    with desk.store.writing() as conn:
        changed = brands.rename(conn, desk.actor(conn), desk.clock.now(), clean_name(name), title)
    if as_json:
        output.dump({"changed": int(changed), "name": title})
    else:
        output.say(_("the brand is called “{name}” now").format(name=title) if changed else _("nothing was changed"))


def _title(text: str) -> str:
    title = clean_name(text)
    if not title:
        raise click.BadParameter(_("a name is needed"), param_hint=_("NAME"))
    return title
