"""``smdash campaign goal|scope``: what a campaign is to reach, and which mentions belong to it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from smdash.cli.campaign_parts import change
from smdash.cli.click_words import places
from smdash.cli.desk import Desk
from smdash.cli.options import as_json
from smdash.locale import gettext as _

if TYPE_CHECKING:
    from smdash.core.records import Actor
    from smdash.store.driver import Connection


@click.group("goal", help=_("The figures that a campaign is to reach."))
def goal() -> None:
    pass


@goal.command("set", help=_("Set goals, such as likes=500 posts=12 mentions=100."))
@click.argument("campaign", metavar="NAME|ID")
@click.argument("goals", metavar="FIGURE=NUMBER", nargs=-1, required=True)
@as_json
@click.pass_obj
def goal_set(desk: Desk, campaign: str, goals: tuple[str, ...], as_json: bool) -> None:
    from smdash.store import campaign_sets

    wanted = {}
    for text in goals:
        figure, _equals, number = text.partition("=")
        if not number.isascii() or not number.isdigit() or len(number) > 18:
            raise click.BadParameter(
                _("“{text}” is not a goal; expected one such as likes=500").format(text=text),
                param_hint=places("FIGURE=NUMBER"),
            )
        wanted[figure.strip().casefold()] = int(number)
    change(
        desk,
        campaign,
        lambda conn, actor, found, now: campaign_sets.set_goals(conn, actor, found, now, wanted),
        as_json,
    )


@goal.command("clear", help=_("Take goals away; all of them where no figure is named."))
@click.argument("campaign", metavar="NAME|ID")
@click.argument("figures", metavar="FIGURE", nargs=-1)
@as_json
@click.pass_obj
def goal_clear(desk: Desk, campaign: str, figures: tuple[str, ...], as_json: bool) -> None:
    from smdash.core.campaigns import FIGURES
    from smdash.store import campaign_sets

    wanted = dict.fromkeys([one.casefold() for one in figures] or FIGURES)
    change(
        desk,
        campaign,
        lambda conn, actor, found, now: campaign_sets.set_goals(conn, actor, found, now, wanted),
        as_json,
    )


@click.group("scope", help=_("Which mentions belong to a campaign: by label, saved search or link."))
def scope() -> None:
    pass


def _scope_options(function: Callable[..., Any]) -> Callable[..., Any]:
    for option in (
        click.option("--label", "labelled", multiple=True, metavar="LABEL", help=_("those with this label; repeat")),
        click.option("--search", "searched", multiple=True, metavar="ID", help=_("what this saved search found")),
        click.option("--link", "linked", multiple=True, metavar="URL", help=_("those with a link that begins so")),
    ):
        function = option(function)
    return function


@scope.command("add", help=_("Let mentions belong to a campaign."))
@click.argument("campaign", metavar="NAME|ID")
@_scope_options
@as_json
@click.pass_obj
def scope_add(
    desk: Desk, campaign: str, labelled: tuple[str, ...], searched: tuple[str, ...], linked: tuple[str, ...],
    as_json: bool,
) -> None:  # fmt: skip
    _scope(desk, campaign, {"label": labelled, "search": searched, "link": linked}, as_json, add=True)


@scope.command("remove", help=_("Let mentions belong to a campaign no more."))
@click.argument("campaign", metavar="NAME|ID")
@_scope_options
@as_json
@click.pass_obj
def scope_remove(
    desk: Desk, campaign: str, labelled: tuple[str, ...], searched: tuple[str, ...], linked: tuple[str, ...],
    as_json: bool,
) -> None:  # fmt: skip
    _scope(desk, campaign, {"label": labelled, "search": searched, "link": linked}, as_json, add=False)


def _scope(desk: Desk, campaign: str, given: dict[str, tuple[str, ...]], as_json: bool, *, add: bool) -> None:
    from smdash.store import campaign_sets

    pairs = [(kind, value) for kind, values in given.items() for value in values]
    if not pairs:
        raise click.UsageError(_("say which with --label, --search or --link"))

    def work(conn: Connection, actor: Actor, found: int, now: datetime) -> bool:
        return campaign_sets.change_scope(conn, actor, found, now, pairs, add=add)

    change(desk, campaign, work, as_json)


def register(command: click.Group) -> None:
    """Put them below ``smdash campaign``."""
    for group in (goal, scope):
        command.add_command(group)
