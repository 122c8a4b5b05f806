"""``smdash decision``: what the team decided, typed in for the week's report."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from smdash.cli import options, output
from smdash.cli.desk import Desk
from smdash.cli.options import ID, as_json, only_ids
from smdash.core.clock import find_zone, parse_week, week_of
from smdash.core.text import clean_name
from smdash.locale import gettext as _

if TYPE_CHECKING:
    from smdash.core.clock import Week


@click.group(help=_("What the team decided in a week, and who sees to it; the week's report tells."))
def command() -> None:
    pass


_week = click.option("--week", "label", help=_("such as 2026-W48; this week unless told"))
_owner = click.option("--owner", metavar="LOGIN", help=_("who sees to it"))
_campaign = click.option("--campaign", metavar="NAME", help=_("the campaign that it is about"))


def _chosen(desk: Desk, label: str | None) -> Week:
    if label:
        return options.checked(lambda: parse_week(label), "--week")
    team = desk.team()
    return week_of(desk.clock.now(), find_zone(team.zone), team.week_start)


@command.command("add", help=_("Write a decision down."))
@click.argument("text", metavar="TEXT")
@_owner
@_week
@_campaign
@as_json
@click.pass_obj
def add(desk: Desk, text: str, owner: str | None, label: str | None, campaign: str | None, as_json: bool) -> None:
    from smdash.store import decisions

    chosen = _chosen(desk, label)
    with desk.store.writing() as conn:
        found = decisions.add(
            conn, desk.actor(conn), desk.clock.now(), chosen, text, owner=clean_name(owner) if owner else None,
            campaign=clean_name(campaign) if campaign else None,
        )  # fmt: skip
    if as_json:
        output.dump({"id": found, "week": chosen.label})
    else:
        output.say(_("decision {id} is kept for week {week}").format(id=found, week=chosen.label))


@command.command("list", help=_("Decisions that are not done yet, or all of a week."))
@click.option("--week", "label", help=_("all of this week, such as 2026-W48"))
@click.option("--all", "every", is_flag=True, help=_("also those that are done"))
@as_json
@only_ids
@click.pass_obj
def list_(desk: Desk, label: str | None, every: bool, as_json: bool, only_ids: bool) -> None:
    from smdash.store import decisions

    chosen = options.checked(lambda: parse_week(label), "--week") if label else None
    with desk.store.reading() as conn:
        found = decisions.select(conn, chosen, every=every)
    if as_json:
        from smdash.reports import shapes

        output.dump(list(map(shapes.decision, found)))
        return
    if only_ids:
        output.ids(one.id for one in found)
        return
    output.table(
        ["ID", _("FOR WEEK"), _("DONE"), _("OWNER"), _("CAMPAIGN"), _("DECISION")],
        (
            (one.id, one.week, _("yes") if one.done_at else "", one.owner or "", one.campaign or "", one.body)
            for one in found
        ),
    )
    if not found:
        output.note(_("no decision is written down; write one with: smdash decision add TEXT"))


@command.command("edit", help=_("Change a decision: its words, its owner, its week."))
@click.argument("decision_id", metavar="ID", type=ID)
@click.option("--text", metavar="TEXT", help=_("other words"))
@click.option("--owner", metavar="LOGIN", help=_("who sees to it; nobody with ''"))
@click.option("--week", "label", help=_("the week that it belongs to, such as 2026-W48"))
@click.option("--campaign", metavar="NAME", help=_("the campaign that it is about; none with ''"))
@as_json
@click.pass_obj
def edit(
    desk: Desk,
    decision_id: int,
    text: str | None,
    owner: str | None,
    label: str | None,
    campaign: str | None,
    as_json: bool,
) -> None:
    from smdash.store import decisions

    if text is None and owner is None and label is None and campaign is None:
        raise click.UsageError(_("say what to change: --text, --owner, --week or --campaign"))
    chosen = options.checked(lambda: parse_week(label or ""), "--week") if label is not None else None
    with desk.store.writing() as conn:
        changed = decisions.edit(
            conn, desk.actor(conn), decision_id, desk.clock.now(), body=text,
            owner=None if owner is None else clean_name(owner), week=chosen,
            campaign=None if campaign is None else clean_name(campaign),
        )  # fmt: skip
    if as_json:
        output.dump({"changed": int(changed), "id": decision_id})
    else:
        output.say(_("changed") if changed else _("nothing to change"))


@command.command("done", help=_("It is done."))
@click.argument("decision_id", metavar="ID", type=ID)
@as_json
@click.pass_obj
def done(desk: Desk, decision_id: int, as_json: bool) -> None:
    from smdash.store import decisions

    with desk.store.writing() as conn:
        decisions.done(conn, desk.actor(conn), decision_id, desk.clock.now())
    _tell(decision_id, as_json, _("decision {id} is done"))


@command.command("remove", help=_("Take a decision away."))
@click.argument("decision_id", metavar="ID", type=ID)
@as_json
@click.pass_obj
def remove(desk: Desk, decision_id: int, as_json: bool) -> None:
    from smdash.store import decisions

    with desk.store.writing() as conn:
        decisions.remove(conn, desk.actor(conn), decision_id, desk.clock.now())
    _tell(decision_id, as_json, _("decision {id} removed"))


def _tell(decision_id: int, as_json: bool, sentence: str) -> None:
    if as_json:
        output.dump({"changed": 1, "id": decision_id})
    else:
        output.say(sentence.format(id=decision_id))
