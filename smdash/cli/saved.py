"""``smdash saved``: the replies that a team, or one of its members, keeps for questions that come again."""

from __future__ import annotations

import click

from smdash.cli import output
from smdash.cli.desk import Desk
from smdash.cli.mention_replies import _words
from smdash.cli.options import as_json, only_ids
from smdash.core import saved
from smdash.core.text import one_line
from smdash.locale import gettext as _


@click.group(help=_("Replies kept for questions that come again, with fields that are filled in."))
def command() -> None:
    pass


@command.command("list", help=_("The team's and your own, the most used first."))
@click.argument("words", metavar="[WORD]...", nargs=-1)
@as_json
@only_ids
@click.pass_obj
def list_(desk: Desk, words: tuple[str, ...], as_json: bool, only_ids: bool) -> None:
    from smdash.store import saved_replies

    who = desk.member()
    with desk.store.reading() as conn:
        found = saved_replies.select(conn, who.member_id if who else None, " ".join(words))
    if as_json:
        output.dump(
            [
                {
                    "id": one.id,
                    "name": one.name,
                    "body": one.body,
                    "private": one.private,
                    "uses": one.uses,
                    "updated_at": output.time(one.updated_at),
                }
                for one in found
            ]
        )
        return
    if only_ids:
        output.ids(one.id for one in found)
        return
    output.table(
        ["ID", _("USED"), _("WHOSE"), _("NAME"), _("TEXT")],
        ((one.id, one.uses, _("yours") if one.private else _("team"), one.name, one_line(one.body)) for one in found),
    )
    if not found:
        output.note(_("no reply is saved; save one with: smdash saved add NAME TEXT"))


@command.command("add", help=_("Save a reply; - reads it from stdin."))
@click.argument("name", metavar="NAME")
@click.argument("text", metavar="TEXT|-")
@click.option("--private", is_flag=True, help=_("for yourself alone"))
@as_json
@click.pass_obj
def add(desk: Desk, name: str, text: str, private: bool, as_json: bool) -> None:
    from smdash.store import saved_replies

    body = _words(text)
    with desk.store.writing() as conn:
        found = saved_replies.add(conn, desk.actor(conn), desk.clock.now(), name, body, private=private)
    others = [one for one in saved.fields(body) if one not in saved.KNOWN]
    if as_json:
        output.dump({"id": found, "fields": list(saved.fields(body))})
        return
    output.say(_("saved as {name} ({id})").format(name=name, id=found))
    if others:
        output.note(_("to fill in each time: {fields}").format(fields=", ".join("{" + one + "}" for one in others)))


@command.command("edit", help=_("Change a saved reply's name or text; - reads the text from stdin."))
@click.argument("name", metavar="NAME|#ID")
@click.argument("text", metavar="TEXT|-", required=False)
@click.option("--name", "new_name", metavar="NAME", help=_("call it so"))
@as_json
@click.pass_obj
def edit(desk: Desk, name: str, text: str | None, new_name: str | None, as_json: bool) -> None:
    from smdash.store import saved_replies

    if text is None and new_name is None:
        raise click.UsageError(_("name a new text or a new --name"))
    body = None if text is None else _words(text)
    with desk.store.writing() as conn:
        actor = desk.actor(conn)
        found = saved_replies.find(conn, actor.member_id, name)
        changed = saved_replies.edit(conn, actor, desk.clock.now(), found.id, name=new_name, body=body)
    if as_json:
        output.dump({"changed": int(changed), "id": found.id})
    else:
        output.say(_("changed") if changed else _("nothing to change"))


@command.command("remove", help=_("Take a saved reply away."))
@click.argument("name", metavar="NAME|#ID")
@as_json
@click.pass_obj
def remove(desk: Desk, name: str, as_json: bool) -> None:
    from smdash.store import saved_replies

    with desk.store.writing() as conn:
        actor = desk.actor(conn)
        found = saved_replies.find(conn, actor.member_id, name)
        saved_replies.remove(conn, actor, desk.clock.now(), found.id)
    if as_json:
        output.dump({"changed": 1, "id": found.id})
    else:
        output.say(_("{name} removed").format(name=found.name))
