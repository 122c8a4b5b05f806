"""``smdash account``: edit, pause, resume, list; ``add`` and ``check`` have modules of their own."""

from __future__ import annotations

import click

from smdash.cli import account_said, output
from smdash.cli.account_add import add
from smdash.cli.account_check import check
from smdash.cli.desk import Desk
from smdash.cli.options import as_json, only_ids
from smdash.core import labels
from smdash.core.text import clean_name
from smdash.locale import gettext as _


@click.group(help=_("Brand profiles on networks."))
def command() -> None:
    pass


@command.command("edit", help=_("Change whose account it is."))
@click.argument("name", metavar="NAME")
@click.option("--brand", required=True, help=_("the brand that it belongs to; empty for none"))
@as_json
@click.pass_obj
def edit(desk: Desk, name: str, brand: str, as_json: bool) -> None:
    from smdash.store import brands, posts

    with desk.store.writing() as conn:
        found = posts.find_account(conn, name)
        changed = brands.give(conn, desk.actor(conn), desk.clock.now(), "account", found.id, clean_name(brand))
    if as_json:
        output.dump({"id": found.id, "changed": int(changed)})
    else:
        output.say(_("changed") if changed else _("nothing was changed"))


def _pause(desk: Desk, name: str, *, on: bool) -> str:
    from smdash.store import posts, teams

    with desk.store.writing() as conn:
        found = posts.find_account(conn, name)
        teams.pause(conn, desk.actor(conn), found, desk.clock.now(), on=on)
    return f"{found.platform}/{found.name}"


@command.command("pause", help=_("Send nothing to an account until it is resumed; what comes in from it goes on."))
@click.argument("name", metavar="NAME")
@click.pass_obj
def pause(desk: Desk, name: str) -> None:
    account = _pause(desk, name, on=True)
    output.say(_("nothing goes out to {account} now; again with: smdash account resume").format(account=account))


@command.command("resume", help=_("Send to an account again; what was due more than an hour ago waits for a person."))
@click.argument("name", metavar="NAME")
@click.pass_obj
def resume(desk: Desk, name: str) -> None:
    output.say(_("what is due goes out to {account} again").format(account=_pause(desk, name, on=False)))


@command.command("list", help=_("The accounts that the team has."))
@as_json
@only_ids
@click.pass_obj
def list_(desk: Desk, as_json: bool, only_ids: bool) -> None:
    from smdash.core.clock import find_zone
    from smdash.store import brands, metrics, teams

    zone = find_zone(desk.team().zone)
    with desk.store.reading() as conn:
        several = brands.are_shown(conn)
        rows = teams.accounts(conn)
        followers = metrics.followers(conn, desk.clock.now(), zone) if as_json else {}
    if as_json:
        output.dump(
            [
                {
                    "id": row.id,
                    "platform": row.platform,
                    "name": row.name,
                    "handle": row.handle,
                    "url": row.url,
                    "status": row.status,
                    "brand": row.brand,
                    **account_said.counted(followers.get(row.id)),
                }
                for row in rows
            ]
        )
    elif only_ids:
        output.ids(row.id for row in rows)
    else:
        output.table(
            ["ID", _("NETWORK"), _("NAME"), *([_("BRAND")] if several else []), _("HANDLE"), _("STATE"), _("ADDRESS")],
            (
                (
                    row.id,
                    row.platform,
                    row.name,
                    *([row.brand or ""] if several else []),
                    row.handle or "",
                    labels.status(row.status),
                    row.url or "",
                )
                for row in rows
            ),
        )
        if not rows:
            output.note(_("no account yet; connect one with: smdash account add"))


command.add_command(add)
command.add_command(check)
