"""``smdash member``: list, show, add, edit; absent, present, absences."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING, Any

import click

from smdash.cli import options, output
from smdash.cli.desk import Desk
from smdash.cli.options import as_json
from smdash.core import formats, labels
from smdash.core.clock import encode, find_zone
from smdash.core.errors import InputError
from smdash.core.records import Role
from smdash.core.text import clean_name
from smdash.core.worktime import ABSENCE_KINDS, away, parse_week_times, to_plain, week_times_text
from smdash.locale import gettext as _
from smdash.locale import ngettext

if TYPE_CHECKING:
    from smdash.core.records import Member
    from smdash.core.team import TeamSettings
    from smdash.core.worktime import Absence

# What clears a member's own zone or hours.
TEAM = "team"

role_option = click.option(
    "--role", type=click.Choice([role.value for role in Role]), help=_("specialist unless told")
)  # fmt: skip
name_option = click.option("--name", help=_("the person's name; the login unless told"))
zone_option = click.option("--zone", help=_("their own time zone, an IANA name; “team” for the team's"))


@click.group(help=_("The people of the team, by their OS login."))
def command() -> None:
    pass


def shape(one: Member, team: TeamSettings, today: list[Absence], day: date) -> dict[str, Any]:
    """A member as ``--json`` gives it; ``zone`` and ``hours`` are what counts for them."""
    gone = away(today, day)
    return {
        "login": one.login,
        "name": one.name,
        "role": one.role.value,
        "zone": one.zone or team.zone,
        "own_zone": one.zone is not None,
        "hours": to_plain(team.hours if one.hours is None else one.hours),
        "own_hours": one.hours is not None,
        "joined_at": output.time(one.joined_at),
        "left_at": output.time(one.left_at),
        "away": None if gone is None else absence_shape(gone),
    }


def absence_shape(one: Absence) -> dict[str, Any]:
    """An absence as ``--json`` gives it; both days are included."""
    return {
        "id": one.id,
        "login": one.login,
        "first_day": one.first_day.isoformat(),
        "last_day": one.last_day.isoformat(),
        "kind": one.kind,
    }


def _today(desk: Desk, zone: str | None = None) -> date:
    return desk.clock.now().astimezone(find_zone(zone or desk.team().zone)).date()


def _words(desk: Desk, text: str, name: str) -> date:
    """A day that was typed: a date, or ``today``."""
    return _today(desk) if text.strip().lower() in ("today", "hari-ini") else options.day(text, name)


@command.command("list", help=_("The members, with who is away today."))
@click.option("--all", "every", is_flag=True, help=_("those who left too"))
@as_json
@click.option("-q", "--quiet", "only_logins", is_flag=True, help=_("logins only, one a line"))
@click.pass_obj
def list_(desk: Desk, every: bool, as_json: bool, only_logins: bool) -> None:
    from smdash.store import members, team_settings

    day = _today(desk)
    with desk.store.reading() as conn:
        found = members.select(conn, with_left=every)
        team = team_settings.read(conn)
        current = members.absences(conn, since=day)
    of = {one.login: [gone for gone in current if gone.login == one.login] for one in found}
    if as_json:
        output.dump([shape(one, team, of[one.login], day) for one in found])
        return
    if only_logins:
        for one in found:
            output.say(one.login)
        return
    output.table(
        [_("LOGIN"), _("NAME"), _("ROLE"), _("ZONE"), _("AWAY"), _("HOURS")],
        (
            (
                one.login,
                one.name,
                labels.role(one.role),
                one.zone or team.zone,
                _presence(one, of[one.login], day),
                _hours_words(one, team),
            )
            for one in found
        ),
    )
    if not found:
        output.note(_("nobody is a member yet; who uses smdash joins, or add one with: smdash member add LOGIN"))


def _presence(one: Member, absences: list[Absence], day: date) -> str:
    if one.left_at is not None:
        return _("left")
    gone = away(absences, day)
    return _("{kind} to {day}").format(kind=labels.absence(gone.kind), day=gone.last_day) if gone else "–"


def _hours_words(one: Member, team: TeamSettings) -> str:
    words = week_times_text(team.hours if one.hours is None else one.hours) or _("no working hours")
    return words if one.hours is not None else _("{hours} (the team's)").format(hours=words)


@command.command("show", help=_("One member with hours, absences and history."))
@click.argument("login")
@as_json
@click.pass_obj
def show(desk: Desk, login: str, as_json: bool) -> None:
    from smdash.store import events, members, team_settings

    day = _today(desk)
    with desk.store.reading() as conn:
        one = members.find(conn, clean_name(login))
        team = team_settings.read(conn)
        absences = members.absences(conn, one.id)
        history = events.history(conn, "member", one.id)
    if as_json:
        output.dump(
            {
                **shape(one, team, absences, day),
                "absences": [absence_shape(gone) for gone in absences],
                "history": [
                    {"at": output.time(step.at), "who": step.who, "verb": step.verb, "detail": step.detail}
                    for step in history
                ],
            }
        )
        return
    zone = find_zone(team.zone)
    output.say(f"{one.name} ({one.login}), {labels.role(one.role)}, {one.zone or team.zone}")
    output.say(_hours_words(one, team))
    output.say(_("joined {moment}").format(moment=formats.short_moment(one.joined_at, zone)))
    if one.left_at is not None:
        output.say(_("left {moment}").format(moment=formats.short_moment(one.left_at, zone)))
    for gone in absences:
        output.say(_("away {first} to {last}: {kind}").format(
            first=gone.first_day, last=gone.last_day, kind=labels.absence(gone.kind)
        ))  # fmt: skip
    for step in history:
        words = f"{formats.short_moment(step.at, zone)}  {step.who}: {labels.verb(step.verb)} {step.detail}"
        output.say(words.rstrip())


@command.command("add", help=_("Add a member who has not used smdash yet."))
@click.argument("login")
@name_option
@role_option
@zone_option
@click.pass_obj
def add(desk: Desk, login: str, name: str | None, role: str | None, zone: str | None) -> None:
    from smdash.settings import paths
    from smdash.store import members

    if not login or clean_name(login) != login or " " in login:
        raise click.BadParameter(_("an OS login is needed, such as ana"), param_hint=_("LOGIN"))
    own_zone = _zone(zone)
    with desk.store.writing() as conn:
        members.add(
            conn,
            desk.actor(conn),
            desk.clock.now(),
            login=login,
            name=_name(name) if name is not None else paths.full_name(login),
            role=Role(role or Role.SPECIALIST),
            zone=own_zone,
        )
    output.say(_("{login} is a member").format(login=login))


@command.command("edit", help=_("Change a member's name, role, zone or hours, or note that they left or are back."))
@click.argument("login")
@name_option
@role_option
@zone_option
@click.option(
    "--hours",
    help=_("their own hours, such as “mon-fri 09:00-12:00,13:00-17:00; sat 09:00-13:00”; “team” for the team's"),
)
@click.option("--left/--back", "left", default=None, help=_("they left the team; they are back"))
@click.pass_obj
def edit(
    desk: Desk,
    login: str,
    name: str | None,
    role: str | None,
    zone: str | None,
    hours: str | None,
    left: bool | None,
) -> None:
    from smdash.store import members

    wishes: dict[str, str | None] = {}
    if name is not None:
        wishes["name"] = _name(name)
    if role is not None:
        wishes["role"] = role
    if zone is not None:
        wishes["zone"] = _zone(zone)
    if hours is not None:
        own = hours.strip().lower() != TEAM
        times = options.checked(lambda: to_plain(parse_week_times(hours)), "--hours") if own else None
        wishes["hours"] = json.dumps(times) if own else None
    if not wishes and left is None:
        raise click.UsageError(_("name what to change: --name, --role, --zone, --hours, --left or --back"))
    now = desk.clock.now()
    with desk.store.writing() as conn:
        one = members.find(conn, clean_name(login))
        if left is not None and left != (one.left_at is not None):
            wishes["left_at"] = encode(now) if left else None
        changed = members.change(conn, desk.actor(conn), now, one.login, wishes) if wishes else []
        held = members.open_mentions(conn, one.id) if "left_at" in changed and left else 0
    output.say(
        _("{login}: changed {what}").format(login=one.login, what=", ".join(map(_column, changed)))
        if changed
        else _("nothing was changed")
    )
    if held:
        output.note(
            ngettext(
                "{login} still holds {n} open mention", "{login} still holds {n} open mentions", held
            ).format(login=one.login, n=held)
        )  # fmt: skip


def _column(column: str) -> str:
    return {
        "name": _("name"),
        "role": _("role"),
        "zone": _("zone"),
        "hours": _("working hours"),
        "left_at": _("membership"),
    }[column]


def _name(text: str) -> str:
    cleaned = clean_name(text)
    if not cleaned:
        raise click.BadParameter(_("a name is needed"), param_hint="--name")
    return cleaned


def _zone(text: str | None) -> str | None:
    if text is None or text.strip().lower() == TEAM:
        return None
    return options.checked(lambda: find_zone(text).key, "--zone")


@command.command("absent", help=_("Note that a member is away from a day on, to a day (both included)."))
@click.argument("login")
@click.argument("first", metavar="FROM")
@click.argument("last", metavar="[TO]", required=False)
@click.option("--kind", type=click.Choice(ABSENCE_KINDS), default="leave", help=_("leave unless told"))
@click.pass_obj
def absent(desk: Desk, login: str, first: str, last: str | None, kind: str) -> None:
    from smdash.store import members

    begin = _words(desk, first, "FROM")
    end = _words(desk, last, "TO") if last is not None else begin
    with desk.store.writing() as conn:
        found = members.absent(conn, desk.actor(conn), desk.clock.now(), clean_name(login), begin, end, kind)
    output.say(
        _("{login} is away from {first} to {last} ({kind}, absence {id})").format(
            login=clean_name(login), first=begin, last=end, kind=labels.absence(kind), id=found
        )
    )


@command.command("present", help=_("Take days back on which a member was to be away."))
@click.argument("login")
@click.argument("first", metavar="FROM")
@click.argument("last", metavar="[TO]", required=False)
@click.pass_obj
def present(desk: Desk, login: str, first: str, last: str | None) -> None:
    from smdash.store import members

    begin = _words(desk, first, "FROM")
    end = _words(desk, last, "TO") if last is not None else begin
    if end < begin:
        raise InputError(_("{last} is before {first}; the first day comes first").format(last=end, first=begin))
    with desk.store.writing() as conn:
        touched = members.present(conn, desk.actor(conn), desk.clock.now(), clean_name(login), begin, end)
        left = members.absences(conn, members.find(conn, clean_name(login)).id, min(one.first_day for one in touched))
    output.say(_("{login} is present from {first} to {last}").format(login=clean_name(login), first=begin, last=end))
    for one in left:
        output.say(_("still away {first} to {last}: {kind}").format(
            first=one.first_day, last=one.last_day, kind=labels.absence(one.kind)
        ))  # fmt: skip


@command.command("absences", help=_("Who is away, from today on; of one member or of all."))
@click.argument("login", required=False)
@click.option("--all", "every", is_flag=True, help=_("past ones too"))
@as_json
@options.only_ids
@click.pass_obj
def absences(desk: Desk, login: str | None, every: bool, as_json: bool, only_ids: bool) -> None:
    from smdash.store import members

    day = _today(desk)
    with desk.store.reading() as conn:
        whose = members.find(conn, clean_name(login)).id if login is not None else None
        found = members.absences(conn, whose, members.BEFORE_ALL if every else day)
    if as_json:
        output.dump([absence_shape(one) for one in found])
    elif only_ids:
        output.ids(one.id for one in found)
    else:
        output.table(
            ["ID", _("LOGIN"), _("FROM"), _("TO"), _("KIND")],
            ((one.id, one.login, one.first_day, one.last_day, labels.absence(one.kind)) for one in found),
        )
        if not found:
            output.note(_("nobody is away"))
