"""``smdash campaign``: add, list, show, edit, cancel, restore; ``campaign_parts``, ``campaign_aims`` hold the rest."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import click

from smdash.cli import campaign_aims, campaign_files, campaign_parts, options, output
from smdash.cli.desk import Desk
from smdash.cli.options import as_json, only_ids
from smdash.core import formats, labels
from smdash.core.campaigns import countdown
from smdash.core.clock import find_zone
from smdash.core.errors import InputError
from smdash.core.records import Campaign, CampaignKind
from smdash.core.text import clean_name
from smdash.locale import gettext as _
from smdash.locale import ngettext

_KINDS = click.Choice([one.value for one in CampaignKind])


@click.group(help=_("Contests, promotions, discounts, launches and events."))
def command() -> None:
    pass


campaign_parts.register(command)
campaign_aims.register(command)
campaign_files.register(command)


@command.command("add", help=_("Plan a campaign; both days belong to it, in the team's zone."))
@click.argument("name")
@click.option("--kind", required=True, type=_KINDS)
@click.option("--starts", required=True, metavar="DAY", help=_("its first day, such as 2026-11-20"))
@click.option("--ends", required=True, metavar="DAY", help=_("its last day"))
@click.option(
    "--phase", "phases", multiple=True, metavar="NAME=DAY..DAY", help=_("a part of it, first to last day; repeat")
)
@click.option("--template", is_flag=True, help=_("the phases that its kind usually has, in proportion to its days"))
@click.option("--brand", help=_("the brand that it is for"))
@click.option("--note", metavar="TEXT", help=_("what the team should know of it"))
@as_json
@click.pass_obj
def add(
    desk: Desk,
    name: str,
    kind: str,
    starts: str,
    ends: str,
    phases: tuple[str, ...],
    template: bool,
    brand: str | None,
    note: str | None,
    as_json: bool,
) -> None:
    from smdash.core import campaign_plan
    from smdash.core.clock import Span
    from smdash.store import brands, campaigns

    zone_name = desk.team().zone
    zone = find_zone(zone_name)
    title = clean_name(name)
    if not title:
        raise click.BadParameter(_("a campaign needs a name"), param_hint=_("NAME"))
    if template and phases:
        raise click.UsageError(_("give the phases with --phase, or take those of --template"))
    parts = [campaign_parts.phase(text, zone, "--phase") for text in phases]
    begin = campaign_parts.first_instant(starts, zone, "--starts, --ends")
    end = campaign_parts.first_instant(ends, zone, "--starts, --ends", after=True)
    if template and begin < end:
        parts = list(campaign_plan.phases(CampaignKind(kind), Span(begin, end), zone))
    with desk.store.writing() as conn:
        campaign_id = campaigns.add(
            conn,
            desk.actor(conn),
            desk.clock.now(),
            name=title,
            kind=CampaignKind(kind),
            starts_at=begin,
            ends_at=end,
            zone=zone_name,
            phases=parts,
            note=note,
        )
        if brand:
            brands.give(conn, desk.actor(conn), desk.clock.now(), "campaign", campaign_id, clean_name(brand))
    if as_json:
        output.dump({"id": campaign_id, "name": title})
    else:
        output.say(_("campaign {id} “{name}” is planned").format(id=campaign_id, name=title))


@command.command("edit", help=_("Change a campaign; both days belong to it, in its zone."))
@click.argument("name", metavar="NAME|ID")
@click.option("--name", "title", metavar="NAME", help=_("what it is called"))
@click.option("--kind", type=_KINDS)
@click.option("--starts", metavar="DAY", help=_("its first day, such as 2026-11-20"))
@click.option("--ends", metavar="DAY", help=_("its last day"))
@click.option("--shift-phases", is_flag=True, help=_("its phases move along, each keeping its share of the days"))
@click.option("--zone", metavar="ZONE", help=_("the zone of its days, such as Asia/Makassar; the days stay"))
@click.option("--brand", help=_("the brand that it is for; empty for none"))
@click.option("--note", metavar="TEXT", help=_("what the team should know of it; empty for nothing"))
@as_json
@click.pass_obj
def edit(
    desk: Desk,
    name: str,
    title: str | None,
    kind: str | None,
    starts: str | None,
    ends: str | None,
    shift_phases: bool,
    zone: str | None,
    brand: str | None,
    note: str | None,
    as_json: bool,
) -> None:
    from smdash.store import campaign_edit, campaigns

    if all(one is None for one in (title, kind, starts, ends, zone, brand, note)):
        raise click.UsageError(_("say what to change"))
    of = options.checked(lambda: find_zone(zone), "--zone") if zone is not None else None
    with desk.store.writing() as conn:
        found = campaigns.find(conn, clean_name(name))
        days = of or find_zone(campaigns.get(conn, found).zone)
        changed = campaign_edit.edit(
            conn,
            desk.actor(conn),
            found,
            desk.clock.now(),
            name=title,
            kind=CampaignKind(kind) if kind else None,
            starts_at=campaign_parts.first_instant(starts, days, "--starts") if starts is not None else None,
            ends_at=campaign_parts.first_instant(ends, days, "--ends", after=True) if ends is not None else None,
            zone=zone,
            brand=clean_name(brand) if brand is not None else None,
            note=note,
            shift_phases=shift_phases,
        )
    campaign_parts.tell_changed(found, bool(changed), as_json)


@command.command("cancel", help=_("Call a campaign off; its posts stay as they are."))
@click.argument("name", metavar="NAME|ID")
@as_json
@click.pass_obj
def cancel(desk: Desk, name: str, as_json: bool) -> None:
    from smdash.store import campaign_edit, campaigns

    with desk.store.writing() as conn:
        found = campaigns.find(conn, clean_name(name))
        was = campaign_edit.cancel(conn, desk.actor(conn), found, desk.clock.now())
        left = campaign_edit.waiting_posts(conn, found)
    if as_json:
        output.dump({"id": found, "name": was.name, "posts_waiting": left})
        return
    output.say(_("campaign {id} “{name}” is called off").format(id=found, name=was.name))
    if left:
        words = ngettext("{n} post of it is planned still", "{n} posts of it are planned still", left)
        output.note(words.format(n=left))


@command.command("restore", help=_("Bring back a campaign that was called off."))
@click.argument("name", metavar="NAME|ID")
@as_json
@click.pass_obj
def restore(desk: Desk, name: str, as_json: bool) -> None:
    from smdash.store import campaign_edit, campaigns

    with desk.store.writing() as conn:
        found = campaigns.find(conn, clean_name(name), cancelled=True)
        back = campaign_edit.restore(conn, desk.actor(conn), found, desk.clock.now())
    if as_json:
        output.dump({"id": found, "name": back.name})
    else:
        output.say(_("campaign {id} “{name}” is planned").format(id=found, name=back.name))


def shape(one: Campaign, now: datetime) -> dict[str, Any]:
    """A campaign as ``--json`` gives it."""
    found = countdown(one, now)
    return {
        "id": one.id,
        "name": one.name,
        "kind": one.kind.value,
        "starts_at": output.time(one.starts_at),
        "ends_at": output.time(one.ends_at),
        "phase": found.phase,
        "posts_done": one.posts_done,
        "posts_planned": one.posts_planned,
        "brand": one.brand,
        "next_at": output.time(found.edge),
        "zone": one.zone,
        "note": one.note,
        "phases": [campaign_parts.phase_shape(phase) for phase in one.phases],
        "cancelled_at": output.time(one.cancelled_at),
    }


@command.command("list", help=_("The campaigns that are not over, by their end."))
@click.option("--all", "every", is_flag=True, help=_("those that are over too"))
@click.option("--cancelled", is_flag=True, help=_("those that were called off"))
@as_json
@only_ids
@click.pass_obj
def list_(desk: Desk, every: bool, cancelled: bool, as_json: bool, only_ids: bool) -> None:
    from smdash.core import campaign_warnings
    from smdash.store import brands, campaigns
    from smdash.store import campaign_warnings as warnings

    now = desk.clock.now()
    with desk.store.reading() as conn:
        several = brands.are_shown(conn)
        since = None if every else now
        rows = campaigns.called_off(conn) if cancelled else campaigns.select(conn, ending_after=since)
        told = warnings.read(conn, now)
    if as_json:
        output.dump([{**shape(one, now), "urgent": told[one.id].urgent if one.id in told else 0} for one in rows])
        return
    if only_ids:
        output.ids(row.id for row in rows)
        return
    zone = find_zone(desk.team().zone)
    output.table(
        ["ID", _("NAME"), *([_("BRAND")] if several else []), _("KIND"), _("STARTS"), _("ENDS"), _("POSTS"), _("NEXT"),
         _("WARNINGS")],
        (
            (
                row.id,
                row.name,
                *([row.brand or ""] if several else []),
                labels.campaign_kind(row.kind),
                formats.begin_words(row.starts_at, zone),
                formats.end_words(row.ends_at, zone),
                f"{row.posts_done}/{row.posts_planned}",
                _next(row, now),
                ", ".join(campaign_warnings.words(told[row.id], now)) if row.id in told else "",
            )
            for row in rows
        ),
    )  # fmt: skip
    if not rows and cancelled:
        output.note(_("no campaign was called off"))
    elif not rows:
        output.note(_("no campaign is running or planned; add one with: smdash campaign add"))


def _next(campaign: Campaign, now: datetime) -> str:
    if campaign.cancelled_at is not None:
        return _("called off")
    edge = countdown(campaign, now).edge
    return formats.countdown(edge - now) if edge else _("over")


@command.command("show", help=_("All of a campaign: phases, posts, what is missing, milestones, goals."))
@click.argument("name", metavar="NAME|ID")
@as_json
@click.pass_obj
def show(desk: Desk, name: str, as_json: bool) -> None:
    from smdash.core import campaign_words
    from smdash.store import campaign_view, campaigns

    now = desk.clock.now()
    with desk.store.reading() as conn:
        wanted = clean_name(name)
        try:
            found = campaigns.find(conn, wanted)
        except InputError as problem:
            try:
                found = campaigns.find(conn, wanted, cancelled=True)
            except InputError:
                raise problem from None
        whole = campaign_view.view(conn, found, now)
    if as_json:
        output.dump(
            shape(whole.campaign, now)
            | {
                "coverage": [
                    {"phase": one.phase, "account": "/".join(one.account), "planned": one.planned, "out": one.out}
                    for one in whole.coverage
                ],
                "missing": [
                    {"code": one.code, "words": one.words, "phase": one.phase, "post": one.post_id,
                     "severity": one.severity}
                    for one in whole.missing
                ],
                "milestones": [campaign_parts.milestone_shape(one, now) for one in whole.milestones],
                "goals": [
                    {"figure": one.figure, "target": one.target, "now": one.now, "expected": round(one.expected, 2)}
                    for one in whole.goals
                ],
                "scope": [{"kind": one.kind, "value": one.value, "words": one.words} for one in whole.scope],
                "mentions": whole.mentions,
                "answered": whole.answered,
                "minutes": round(whole.seconds / 60, 2),
                "live_after_end": list(whole.live_after_end),
            }
        )  # fmt: skip
        return
    output.say(whole.campaign.name)
    for line in campaign_words.lines(whole, now, find_zone(whole.campaign.zone)):
        output.say(f"{'' if line.heads else '  '}{line.text}" if line.text else "")
