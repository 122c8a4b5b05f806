"""``smdash hours target``: what a member is asked for in a week, where it differs from the team's plan."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from smdash.cli import options, output
from smdash.cli.desk import Desk
from smdash.cli.options import as_json
from smdash.core import formats, labels
from smdash.core.text import clean_name
from smdash.locale import gettext as _

if TYPE_CHECKING:
    from collections.abc import Mapping

    from smdash.store.driver import Connection
    from smdash.store.member_targets import OwnTarget

_member = click.option("--member", "login", metavar="LOGIN", help=_("another member's; only a lead may"))


@click.group(
    "target",
    invoke_without_command=True,
    help=_("A member's own hours a week of an activity, where they differ from the team's plan."),
)
@click.pass_context
def target(ctx: click.Context) -> None:
    if ctx.invoked_subcommand is None:
        ctx.invoke(show)


@target.command("show", help=_("What a full week asks of you, or of another member."))
@click.argument("login", required=False)
@as_json
@click.pass_obj
def show(desk: Desk, login: str | None = None, as_json: bool = False) -> None:
    from smdash.store import member_targets, members

    who = desk.member()
    member_id, name = (who.member_id, who.login) if who else (0, "")
    with desk.store.reading() as conn:
        if login:
            one = members.find(conn, clean_name(login))
            member_id, name = one.id, one.login
        found = member_targets.select(conn, member_id)
    if as_json:
        output.dump(
            {
                "member": name or None,
                "activities": [
                    {
                        "key": one.key,
                        "plan_minutes": one.plan_minutes,
                        "part_minutes": one.part_minutes,
                        "own_minutes": one.own_minutes,
                        "minutes": one.minutes,
                    }
                    for one in found
                ],
                "minutes": sum(one.minutes for one in found),
            }
        )
        return
    rows = [
        (
            labels.activity(one.key), formats.hours(one.plan_minutes), formats.hours(one.part_minutes),
            "–" if one.own_minutes is None else formats.hours(one.own_minutes), formats.hours(one.minutes),
        )
        for one in found
    ]  # fmt: skip
    total = [
        formats.hours(sum(minutes))
        for minutes in (
            [one.plan_minutes for one in found], [one.part_minutes for one in found], [one.minutes for one in found],
        )
    ]  # fmt: skip
    output.table(
        [_("ACTIVITY"), _("TEAM"), _("PART"), _("OWN"), _("COUNTS")],
        [*rows, (_("total"), total[0], total[1], "", total[2])],
    )


@target.command("set", help=_("Set the time a week that an activity is to take, such as 6h or 1h30m."))
@click.argument("activity")
@click.argument("duration")
@_member
@click.pass_obj
def set_(desk: Desk, activity: str, duration: str, login: str | None) -> None:
    from smdash.core.team import LONGEST_TARGET, parse_minutes

    minutes = options.checked(lambda: parse_minutes(duration, LONGEST_TARGET), "DURATION")
    key = clean_name(activity)
    _put(desk, login, {key: minutes})


@target.command("clear", help=_("Let the team's plan count again, for some activities or for all."))
@click.argument("activities", metavar="[ACTIVITY]...", nargs=-1)
@_member
@click.pass_obj
def clear(desk: Desk, activities: tuple[str, ...], login: str | None) -> None:
    _put(desk, login, {clean_name(one): None for one in activities})


def _put(desk: Desk, login: str | None, wishes: Mapping[str, int | None]) -> None:
    from smdash.store import member_targets, members

    with desk.store.writing() as conn:
        actor = desk.actor(conn)
        one = members.find(conn, clean_name(login) if login else actor.login)
        # None named: all that are set.
        chosen = wishes or {found.key: None for found in _own(conn, one.id)}
        changed = member_targets.put(conn, actor, desk.clock.now(), one.id, chosen)
    if not changed:
        output.say(_("nothing was changed"))
    for key in changed:
        minutes = chosen[key]
        words = {"login": one.login, "activity": labels.activity(key)}
        output.say(
            _("{login}: {activity} as in the team's plan").format(**words)
            if minutes is None
            else _("{login}: {activity} {hours} h a week").format(**words, hours=formats.hours(minutes))
        )


def _own(conn: Connection, member_id: int) -> list[OwnTarget]:
    from smdash.store import member_targets

    return [one for one in member_targets.select(conn, member_id) if one.own_minutes is not None]
