"""``smdash campaign phase|milestone``: the parts of a campaign."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, tzinfo
from typing import TYPE_CHECKING, Any

import click

from smdash.cli import options, output
from smdash.cli.click_words import places
from smdash.cli.desk import Desk
from smdash.cli.options import as_json, only_ids
from smdash.core import formats, labels
from smdash.core.clock import find_zone, parse_day, start_of_day
from smdash.core.errors import InputError
from smdash.core.records import Milestone, Phase
from smdash.core.text import clean_name
from smdash.locale import gettext as _

if TYPE_CHECKING:
    from smdash.core.records import Actor
    from smdash.store.driver import Connection

_MINUTE = timedelta(minutes=1)


def first_instant(text: str, zone: tzinfo, option: str, *, after: bool = False) -> datetime:
    """The first instant of a day that was typed for *option*; *after*: of the day after it."""
    return start_of_day(options.day(text, option) + timedelta(days=after), zone)


def phase(text: str, zone: tzinfo, option: str) -> Phase:
    """A phase that was typed as ``tease=2026-11-20..2026-11-22``, its first and last day."""
    label, _equals, days = text.partition("=")
    first, dots, last = days.partition("..")
    if not label.strip() or not dots:
        raise click.BadParameter(
            _("“{text}” is not a phase; expected one such as tease=2026-11-20..2026-11-22").format(text=text),
            param_hint=places(option),
        )
    begin, end = first_instant(first, zone, option), first_instant(last, zone, option, after=True)
    return Phase(clean_name(label), begin, end)


def phase_shape(one: Phase) -> dict[str, Any]:
    """A phase as ``--json`` gives it."""
    return {"name": one.name, "starts_at": output.time(one.starts_at), "ends_at": output.time(one.ends_at)}


def milestone_shape(one: Milestone, now: datetime) -> dict[str, Any]:
    """A milestone as ``--json`` gives it."""
    return {
        "id": one.id,
        "campaign": one.campaign,
        "name": one.name,
        "due_at": output.time(one.due_at),
        "owner": one.owner_login,
        "done_at": output.time(one.done_at),
        "done_by": one.done_by,
        "overdue": one.is_overdue(now),
    }


def tell_changed(campaign_id: int, changed: bool, as_json: bool) -> None:
    """Say whether anything of a campaign is other than before."""
    if as_json:
        output.dump({"id": campaign_id, "changed": int(changed)})
    else:
        output.say(_("changed") if changed else _("nothing was changed"))


def change(desk: Desk, name: str, work: Callable[[Connection, Actor, int, datetime], bool], as_json: bool) -> None:
    """Change the campaign of that name, or id, and say whether it is other than before."""
    from smdash.store import campaigns

    with desk.store.writing() as conn:
        found = campaigns.find(conn, clean_name(name))
        changed = work(conn, desk.actor(conn), found, desk.clock.now())
    tell_changed(found, changed, as_json)


def _zone_of(desk: Desk, name: str) -> tzinfo:
    from smdash.store import campaigns

    with desk.store.reading() as conn:
        return find_zone(campaigns.get(conn, campaigns.find(conn, clean_name(name))).zone)


@click.group("phase", help=_("The phases of a campaign: tease, launch, last call, wrap, or as you call them."))
def phases() -> None:
    pass


@phases.command("add", help=_("Give a campaign more phases, each by its first and last day."))
@click.argument("campaign", metavar="NAME|ID")
@click.argument("added", metavar="NAME=DAY..DAY", nargs=-1)
@click.option("--template", is_flag=True, help=_("the phases that its kind usually has, in proportion to its days"))
@as_json
@click.pass_obj
def phase_add(desk: Desk, campaign: str, added: tuple[str, ...], template: bool, as_json: bool) -> None:
    from smdash.store import campaign_edit

    if template == bool(added):
        raise click.UsageError(_("give the phases, such as tease=2026-11-20..2026-11-22, or take those of --template"))
    zone = _zone_of(desk, campaign)
    wanted = [phase(text, zone, "NAME=DAY..DAY") for text in added]

    def work(conn: Connection, actor: Actor, found: int, now: datetime) -> bool:
        if template:
            campaign_edit.add_template(conn, actor, found, now)
        else:
            campaign_edit.add_phases(conn, actor, found, wanted, now)
        return True

    change(desk, campaign, work, as_json)


@phases.command("edit", help=_("Change a phase; both days belong to it."))
@click.argument("campaign", metavar="NAME|ID")
@click.argument("name", metavar="PHASE")
@click.option("--name", "title", metavar="NAME", help=_("what it is called"))
@click.option("--starts", metavar="DAY", help=_("its first day, such as 2026-11-20"))
@click.option("--ends", metavar="DAY", help=_("its last day"))
@as_json
@click.pass_obj
def phase_edit(
    desk: Desk, campaign: str, name: str, title: str | None, starts: str | None, ends: str | None, as_json: bool
) -> None:
    from smdash.store import campaign_edit

    if title is None and starts is None and ends is None:
        raise click.UsageError(_("say what to change"))
    zone = _zone_of(desk, campaign)
    begin = first_instant(starts, zone, "--starts") if starts is not None else None
    end = first_instant(ends, zone, "--ends", after=True) if ends is not None else None
    change(
        desk,
        campaign,
        lambda conn, actor, found, now: campaign_edit.edit_phase(
            conn, actor, found, clean_name(name), now, name=title, starts_at=begin, ends_at=end
        ),
        as_json,
    )


@phases.command("remove", help=_("Take a phase away; its posts stay."))
@click.argument("campaign", metavar="NAME|ID")
@click.argument("name", metavar="PHASE")
@as_json
@click.pass_obj
def phase_remove(desk: Desk, campaign: str, name: str, as_json: bool) -> None:
    from smdash.store import campaign_edit

    def work(conn: Connection, actor: Actor, found: int, now: datetime) -> bool:
        campaign_edit.remove_phase(conn, actor, found, clean_name(name), now)
        return True

    change(desk, campaign, work, as_json)


@click.group("milestone", help=_("What a campaign has to reach until when, and who sees to it."))
def milestone() -> None:
    pass


_DUE = _("until when: 2026-11-23 (all of that day), besok 9, Fri 14:00, or ISO 8601 with a zone")


def _due(text: str, zone: tzinfo, now: datetime) -> datetime:
    """A time that was typed; a day is meant to its last minute."""
    try:
        return start_of_day(parse_day(text) + timedelta(days=1), zone) - _MINUTE
    except InputError:
        return options.planned(text, zone, now, "--due")


@milestone.command("add", help=_("Write down what a campaign has to reach."))
@click.argument("campaign", metavar="NAME|ID")
@click.argument("words", metavar="WHAT", nargs=-1, required=True)
@click.option("--due", metavar="WHEN", required=True, help=_DUE)
@click.option("--owner", metavar="LOGIN", help=_("who sees to it"))
@as_json
@click.pass_obj
def milestone_add(
    desk: Desk, campaign: str, words: tuple[str, ...], due: str, owner: str | None, as_json: bool
) -> None:
    from smdash.store import campaigns, milestones

    now = desk.clock.now()
    due_at = _due(due, _zone_of(desk, campaign), now)
    with desk.store.writing() as conn:
        found = campaigns.find(conn, clean_name(campaign))
        made = milestones.add(conn, desk.actor(conn), now, found, name=" ".join(words), due_at=due_at, owner=owner)
    _tell(desk, made, as_json, _("milestone {id} is planned: {name}, {moment}"))


@milestone.command("edit", help=_("Change a milestone."))
@click.argument("milestone_id", metavar="ID", type=options.ID)
@click.option("--name", metavar="WHAT", help=_("what it is called"))
@click.option("--due", metavar="WHEN", help=_DUE)
@click.option("--owner", metavar="LOGIN", help=_("who sees to it; empty for nobody"))
@as_json
@click.pass_obj
def milestone_edit(
    desk: Desk, milestone_id: int, name: str | None, due: str | None, owner: str | None, as_json: bool
) -> None:
    from smdash.store import milestones

    if name is None and due is None and owner is None:
        raise click.UsageError(_("say what to change"))
    now = desk.clock.now()
    due_at = _due(due, find_zone(desk.team().zone), now) if due is not None else None
    with desk.store.writing() as conn:
        changed = milestones.edit(conn, desk.actor(conn), milestone_id, now, name=name, due_at=due_at, owner=owner)
    if as_json or changed:
        _tell(desk, milestone_id, as_json, _("milestone {id} is planned: {name}, {moment}"))
    else:
        output.say(_("nothing was changed"))


@milestone.command("done", help=_("It is reached."))
@click.argument("milestone_id", metavar="ID", type=options.ID)
@as_json
@click.pass_obj
def milestone_done(desk: Desk, milestone_id: int, as_json: bool) -> None:
    from smdash.store import milestones

    with desk.store.writing() as conn:
        milestones.done(conn, desk.actor(conn), milestone_id, desk.clock.now())
    _tell(desk, milestone_id, as_json, _("milestone {id} is reached: {name}"))


@milestone.command("reopen", help=_("It is not reached after all."))
@click.argument("milestone_id", metavar="ID", type=options.ID)
@as_json
@click.pass_obj
def milestone_reopen(desk: Desk, milestone_id: int, as_json: bool) -> None:
    from smdash.store import milestones

    with desk.store.writing() as conn:
        milestones.reopen(conn, desk.actor(conn), milestone_id, desk.clock.now())
    _tell(desk, milestone_id, as_json, _("milestone {id} is planned: {name}, {moment}"))


@milestone.command("remove", help=_("Take a milestone away."))
@click.argument("milestone_id", metavar="ID", type=options.ID)
@as_json
@click.pass_obj
def milestone_remove(desk: Desk, milestone_id: int, as_json: bool) -> None:
    from smdash.store import milestones

    with desk.store.writing() as conn:
        was = milestones.remove(conn, desk.actor(conn), milestone_id, desk.clock.now())
    if as_json:
        output.dump(milestone_shape(was, desk.clock.now()))
    else:
        output.say(_("milestone {id} is taken away: {name}").format(id=was.id, name=was.name))


@milestone.command("list", help=_("What campaigns have to reach, the next first."))
@click.argument("campaign", metavar="NAME|ID", required=False)
@click.option("--mine", is_flag=True, help=_("only what I see to"))
@click.option("--all", "every", is_flag=True, help=_("what is reached too"))
@as_json
@only_ids
@click.pass_obj
def milestone_list(desk: Desk, campaign: str | None, mine: bool, every: bool, as_json: bool, only_ids: bool) -> None:
    from smdash.store import campaigns, milestones

    now = desk.clock.now()
    who = desk.member() if mine else None
    with desk.store.reading() as conn:
        rows = () if mine and who is None else milestones.select(conn, owner_id=who and who.member_id, every=every)
        if campaign is not None:
            name = campaigns.get(conn, campaigns.find(conn, clean_name(campaign))).name
            rows = tuple(one for one in rows if one.campaign == name)
    if as_json:
        output.dump([milestone_shape(one, now) for one in rows])
        return
    if only_ids:
        output.ids(one.id for one in rows)
        return
    zone = find_zone(desk.team().zone)
    output.table(
        ["ID", _("DUE"), _("STATE"), _("OWNER"), _("CAMPAIGN"), _("WHAT")],
        (
            (one.id, formats.short_moment(one.due_at, zone), labels.milestone_state(one, now), one.owner or "",
             one.campaign, one.name)
            for one in rows
        ),
    )  # fmt: skip
    if not rows:
        output.note(_("no milestone is planned; add one with: smdash campaign milestone add"))


def _tell(desk: Desk, milestone_id: int, as_json: bool, sentence: str) -> None:
    from smdash.store import milestones

    with desk.store.reading() as conn:
        one = milestones.get(conn, milestone_id)
    if as_json:
        output.dump(milestone_shape(one, desk.clock.now()))
        return
    moment = formats.short_moment(one.due_at, find_zone(desk.team().zone))
    output.say(sentence.format(id=one.id, name=one.name, moment=moment))


def register(command: click.Group) -> None:
    """Put the parts below ``smdash campaign``."""
    for group in (phases, milestone):
        command.add_command(group)
