"""``smdash hours week``: what was done against the plan and the pace, and what no longer fits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from smdash.cli import options, output
from smdash.cli.desk import Desk
from smdash.cli.options import as_json
from smdash.core import formats, labels
from smdash.core.clock import find_zone, parse_week, week_of
from smdash.core.targets import BUDGET
from smdash.core.text import clean_name
from smdash.locale import gettext as _

if TYPE_CHECKING:
    from smdash.core.targets import Target, WeekPace

_MINUS = "−"


@click.command(
    "week",
    help=_("The week's activities against their plan and what should be done by now: your own, or the team's."),
)
@click.option("--week", "label", help=_("such as 2026-W48; this week unless told"))
@click.option("--member", "login", metavar="LOGIN", help=_("another member's"))
@click.option("--team", "of_team", is_flag=True, help=_("all members together"))
@click.option("--brand", help=_("only what was for this brand"))
@as_json
@click.pass_obj
def week(desk: Desk, label: str | None, login: str | None, of_team: bool, brand: str | None, as_json: bool) -> None:
    from smdash.store import brands, members, targets

    if login and of_team:
        raise click.UsageError(_("give --member or --team, not both"))
    team = desk.team()
    zone = find_zone(team.zone)
    now = desk.clock.now()
    chosen = options.checked(lambda: parse_week(label), "--week") if label else week_of(now, zone, team.week_start)
    who = desk.member()
    # Somebody who never wrote anything has an empty week of their own, not the team's.
    member_id = None if of_team else (who.member_id if who else 0)
    name = None if of_team else (who.login if who else None)
    with desk.store.reading() as conn:
        if login:
            one = members.find(conn, clean_name(login))
            member_id, name = one.id, one.login
        named = brands.find(conn, clean_name(brand)) if brand else None
        found = targets.read(conn, chosen, now, member_id, brand_id=named.id if named else None)
    if as_json:
        head = {"week": chosen.label, "member": name, **({"brand": named.name} if named else {})}
        output.dump(head | _shape(found))
        return
    # Of a week that is over nobody is warned any more.
    warns = now < chosen.span(zone, team.week_start).end
    output.table(
        [chosen.label, _("DONE"), _("PLAN"), _("EXPECTED"), "±"],
        [_row(one, warns) for one in (*found.targets, found.total)],
    )
    for sentence in _remarks(found):
        output.say(sentence)
    for sentence in _warnings(found) if warns else ():
        output.say(f"! {sentence}")


def _row(one: Target, warns: bool) -> tuple[str, ...]:
    ahead = one.ahead_minutes
    gap = ("+" if ahead >= 0 else _MINUS) + formats.hours(abs(ahead))
    if one.key == BUDGET:
        # It need not be used up, so only what goes beyond it is told.
        over = one.done_minutes - one.target_minutes
        gap = f"+{formats.hours(over)}" if over > 0 else ""
    if warns and not one.fits:
        gap += " !"
    name = labels.activity(one.key) if one.key else _("total")
    return (
        name, formats.hours(one.done_minutes), formats.hours(one.target_minutes), formats.hours(one.expected_minutes),
        gap,
    )  # fmt: skip


def _remarks(found: WeekPace) -> list[str]:
    """What the figures come from."""
    words = []
    if found.part < 1:
        words.append(_("part-time: {percent} % of the team's hours").format(percent=round(found.part * 100)))
    if found.off_minutes:
        words.append(
            _("days off take {hours} h of working time out of the week").format(hours=formats.hours(found.off_minutes))
        )
    if found.budget is not None and found.budget.eaten:
        words.append(found.budget.words)
    return words


def _warnings(found: WeekPace) -> list[str]:
    room = formats.hours(found.room_minutes)
    words = []
    if not found.total.fits and found.room_minutes < 1:
        words.append(
            _("the week's working time is over, and {left} h are to be done still").format(
                left=formats.hours(found.left_minutes)
            )
        )
    elif not found.total.fits:
        names = [
            f"{labels.activity(one.key)} {formats.hours(one.left_minutes)}" for one in found.targets if not one.fits
        ]
        if names:
            words.append(
                _("no longer fits into the {room} h of working time that are left in the week: {names}").format(
                    room=room, names="; ".join(names)
                )
            )
        words.append(
            _("all together {left} h are to be done still, and {room} h of working time are left in the week").format(
                left=formats.hours(found.left_minutes), room=room
            )
        )
    if found.budget is not None and found.budget.is_spent:
        words.append(
            _("{activity} is spent: {done} of {target} h").format(
                activity=labels.activity(BUDGET),
                done=formats.hours(found.budget.spent_minutes),
                target=formats.hours(found.budget.target_minutes),
            )
        )
    return words


def _shape(found: WeekPace) -> dict[str, Any]:
    total, budget = found.total, found.budget
    return {
        "activities": [
            {
                "key": one.key,
                "target_minutes": one.target_minutes,
                "done_minutes": _number(one.done_minutes),
                "expected_minutes": _number(one.expected_minutes),
                "fits": one.fits,
            }
            for one in found.targets
        ],
        "target_minutes": total.target_minutes,
        "done_minutes": _number(total.done_minutes),
        "expected_minutes": _number(total.expected_minutes),
        "left_minutes": _number(found.left_minutes),
        "working_minutes_left": _number(found.room_minutes),
        "days_off_minutes": _number(found.off_minutes),
        "part": round(found.part, 4),
        "fits": total.fits,
        "contingency": None
        if budget is None
        else {
            "target_minutes": budget.target_minutes,
            "spent_minutes": _number(budget.spent_minutes),
            "spent": budget.is_spent,
            "went_to": [
                {
                    "note": one.note or None,
                    "campaign": one.campaign or None,
                    "brand": one.brand or None,
                    "minutes": _number(one.minutes),
                }
                for one in budget.eaten
            ],
        },
    }


def _number(minutes: float) -> int | float:
    rounded = round(minutes, 2)
    return int(rounded) if float(rounded).is_integer() else rounded
