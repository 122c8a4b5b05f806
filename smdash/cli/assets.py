"""``smdash asset``: what was asked of a designer, or of anybody, for a post or a campaign."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from smdash.cli import options, output
from smdash.cli.desk import Desk
from smdash.cli.options import as_json, only_ids
from smdash.core import formats, labels
from smdash.core.assets import Asset, lateness
from smdash.core.clock import find_zone
from smdash.core.text import clean_name
from smdash.locale import gettext as _

if TYPE_CHECKING:
    from datetime import datetime


@click.group(help=_("Pictures, videos and texts that somebody still has to make."))
def command() -> None:
    pass


def shape(one: Asset, now: datetime) -> dict[str, Any]:
    """An asset as ``--json`` gives it."""
    late = lateness(one, now)
    return {
        "id": one.id,
        "what": one.what,
        "state": one.state,
        "post": one.post_id,
        "post_due_at": output.time(one.post_due_at),
        "campaign": one.campaign,
        "owner": one.owner_login,
        "asked_by": one.asked_by,
        "asked_at": output.time(one.asked_at),
        "due_at": output.time(one.due_at),
        "late_minutes": int(late.total_seconds() // 60) if late else 0,
        "done_at": output.time(one.done_at),
    }


@command.command("ask", help=_("Ask a member to make something for POST, or with --campaign for that campaign."))
@click.argument("words", metavar="[POST] WHAT", nargs=-1, required=True)
@click.option("--owner", metavar="LOGIN", help=_("who makes it"))
@click.option(
    "--due",
    metavar="WHEN",
    help=_("until when: besok 9, Fri 14:00, 14:30, 2026-11-23 14:30 (the team's zone), or ISO 8601 with a zone"),
)
@click.option("--campaign", metavar="NAME", help=_("the campaign that it is for"))
@as_json
@click.pass_obj
def ask(
    desk: Desk, words: tuple[str, ...], owner: str | None, due: str | None, campaign: str | None, as_json: bool
) -> None:
    from smdash.store import assets

    post_id = None
    if campaign is None:
        (post_id,) = options.numbers(words[:1], "POST")
        words = words[1:]
    if not words:
        raise click.UsageError(_("say what is to be made"))
    if owner is None:
        raise click.UsageError(_who(desk))
    zone = desk.team().zone
    now = desk.clock.now()
    due_at = options.planned(due, find_zone(zone), now, "--due") if due is not None else None
    with desk.store.writing() as conn:
        asset_id = assets.ask(
            conn,
            desk.actor(conn),
            now,
            what=" ".join(words),
            owner=owner,
            post_id=post_id,
            campaign=clean_name(campaign) if campaign is not None else None,
            due_at=due_at,
            zone=zone,
        )
        made = assets.get(conn, asset_id)
    if as_json:
        output.dump(shape(made, now))
    elif made.due_at is None:
        output.say(_("asset {id} is asked of {owner}: {what}").format(id=made.id, owner=made.owner, what=made.what))
    else:
        output.say(
            _("asset {id} is asked of {owner} until {moment}: {what}").format(
                id=made.id,
                owner=made.owner,
                moment=formats.short_moment(made.due_at, find_zone(zone)),
                what=made.what,
            )
        )


def _who(desk: Desk) -> str:
    """What to say where nobody was named: who there is, designers first."""
    from smdash.store import assets

    with desk.store.reading() as conn:
        known = assets.choices(conn)
    return _("say who makes it with --owner: {members}").format(
        members=", ".join(f"{one.login} ({labels.role(one.role)})" for one in known)
    )


@command.command("list", help=_("What is still to be made, the next due first."))
@click.option("--mine", is_flag=True, help=_("only what is asked of me"))
@click.option("--all", "every", is_flag=True, help=_("also what is made or was dropped"))
@as_json
@only_ids
@click.pass_obj
def list_(desk: Desk, mine: bool, every: bool, as_json: bool, only_ids: bool) -> None:
    from smdash.store import assets

    now = desk.clock.now()
    who = desk.member() if mine else None
    with desk.store.reading() as conn:
        # Whoever the team does not know yet was asked for nothing.
        rows = () if mine and who is None else assets.select(conn, owner_id=who and who.member_id, every=every)
    if as_json:
        output.dump([shape(one, now) for one in rows])
        return
    if only_ids:
        output.ids(one.id for one in rows)
        return
    zone = find_zone(desk.team().zone)
    output.table(
        ["ID", _("DUE"), _("LATE"), _("STATE"), _("OWNER"), _("ASKED BY"), _("FOR"), _("WHAT")],
        (
            (
                one.id,
                formats.short_moment(one.due_at, zone) if one.due_at else "",
                formats.short_span(late) if (late := lateness(one, now)) else "",
                labels.asset_state(one.state),
                one.owner,
                one.asked_by,
                one.campaign if one.post_id is None else _("post {id}").format(id=one.post_id),
                one.what,
            )
            for one in rows
        ),
    )
    if not rows:
        output.note(_("nothing is to be made; ask for something with: smdash asset ask"))


@command.command("done", help=_("It is made."))
@click.argument("asset_id", metavar="ID", type=options.ID)
@as_json
@click.pass_obj
def done(desk: Desk, asset_id: int, as_json: bool) -> None:
    from smdash.store import assets

    with desk.store.writing() as conn:
        assets.done(conn, desk.actor(conn), asset_id, desk.clock.now())
    _tell(desk, asset_id, as_json, _("asset {id} is made: {what}"))


@command.command("drop", help=_("It is not needed any more."))
@click.argument("asset_id", metavar="ID", type=options.ID)
@as_json
@click.pass_obj
def drop(desk: Desk, asset_id: int, as_json: bool) -> None:
    from smdash.store import assets

    with desk.store.writing() as conn:
        assets.drop(conn, desk.actor(conn), asset_id, desk.clock.now())
    _tell(desk, asset_id, as_json, _("asset {id} is not needed any more: {what}"))


def _tell(desk: Desk, asset_id: int, as_json: bool, sentence: str) -> None:
    from smdash.store import assets

    with desk.store.reading() as conn:
        one = assets.get(conn, asset_id)
    if as_json:
        output.dump(shape(one, desk.clock.now()))
    else:
        output.say(sentence.format(id=one.id, what=one.what))
