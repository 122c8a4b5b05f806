"""``smdash campaign``: add, edit, list."""

from __future__ import annotations

from datetime import datetime, timedelta

import click

from smdash.cli import options, output
from smdash.cli.desk import Desk
from smdash.cli.options import as_json, only_ids
from smdash.core import formats, labels
from smdash.core.campaigns import countdown
from smdash.core.clock import find_zone, start_of_day
from smdash.core.records import CampaignKind, Phase
from smdash.core.text import clean_name
from smdash.locale import gettext as _


@click.group(help=_("Contests, promotions, discounts, launches and events."))
def command() -> None:
    pass


@command.command("add", help=_("Plan a campaign; both days belong to it, in the team's zone."))
@click.argument("name")
@click.option("--kind", required=True, type=click.Choice([one.value for one in CampaignKind]))
@click.option("--starts", required=True, metavar="DAY", help=_("its first day, such as 2026-11-20"))
@click.option("--ends", required=True, metavar="DAY", help=_("its last day"))
@click.option(
    "--phase", "phases", multiple=True, metavar="NAME=DAY..DAY", help=_("a part of it, first to last day; repeat")
)
@click.option("--brand", help=_("the brand that it is for"))
@as_json
@click.pass_obj
def add(
    desk: Desk,
    name: str,
    kind: str,
    starts: str,
    ends: str,
    phases: tuple[str, ...],
    brand: str | None,
    as_json: bool,
) -> None:
    from smdash.store import brands, campaigns

    zone_name = desk.team().zone
    zone = find_zone(zone_name)
    title = clean_name(name)
    if not title:
        raise click.BadParameter(_("a campaign needs a name"), param_hint=_("NAME"))

    def span(first: str, last: str, option: str) -> tuple[datetime, datetime]:
        begin = start_of_day(options.day(first, option), zone)
        return begin, start_of_day(options.day(last, option) + timedelta(days=1), zone)

    parts = []
    for text in phases:
        label, _equals, days = text.partition("=")
        first, dots, last = days.partition("..")
        if not label.strip() or not dots:
            raise click.BadParameter(
                _("“{text}” is not a phase; expected one such as tease=2026-11-20..2026-11-22").format(text=text),
                param_hint="--phase",
            )
        parts.append(Phase(clean_name(label), *span(first, last, "--phase")))
    begin, end = span(starts, ends, "--starts, --ends")
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
        )
        if brand:
            brands.give(conn, desk.actor(conn), desk.clock.now(), "campaign", campaign_id, clean_name(brand))
    if as_json:
        output.dump({"id": campaign_id, "name": title})
    else:
        output.say(_("campaign {id} “{name}” is planned").format(id=campaign_id, name=title))


@command.command("edit", help=_("Change whose campaign it is."))
@click.argument("name", metavar="NAME|ID")
@click.option("--brand", required=True, help=_("the brand that it is for; empty for none"))
@as_json
@click.pass_obj
def edit(desk: Desk, name: str, brand: str, as_json: bool) -> None:
    from smdash.store import brands, campaigns

    with desk.store.writing() as conn:
        found = campaigns.find(conn, clean_name(name))
        changed = brands.give(conn, desk.actor(conn), desk.clock.now(), "campaign", found, clean_name(brand))
    if as_json:
        output.dump({"id": found, "changed": int(changed)})
    else:
        output.say(_("changed") if changed else _("nothing was changed"))


@command.command("list", help=_("The campaigns that are not over, by their end."))
@click.option("--all", "every", is_flag=True, help=_("those that are over too"))
@as_json
@only_ids
@click.pass_obj
def list_(desk: Desk, every: bool, as_json: bool, only_ids: bool) -> None:
    from smdash.store import brands, campaigns

    now = desk.clock.now()
    with desk.store.reading() as conn:
        several = brands.are_shown(conn)
        rows = campaigns.select(conn, ending_after=None if every else now)
    if as_json:
        output.dump(
            [
                {
                    "id": row.id,
                    "name": row.name,
                    "kind": row.kind.value,
                    "starts_at": output.time(row.starts_at),
                    "ends_at": output.time(row.ends_at),
                    "phase": countdown(row, now).phase,
                    "posts_done": row.posts_done,
                    "posts_planned": row.posts_planned,
                    "brand": row.brand,
                }
                for row in rows
            ]
        )
        return
    if only_ids:
        output.ids(row.id for row in rows)
        return
    zone = find_zone(desk.team().zone)
    output.table(
        ["ID", _("NAME"), *([_("BRAND")] if several else []), _("KIND"), _("STARTS"), _("ENDS"), _("POSTS"), _("NEXT")],
        (
            (
                row.id,
                row.name,
                *([row.brand or ""] if several else []),
                labels.campaign_kind(row.kind),
                formats.short_moment(row.starts_at, zone),
                formats.short_moment(row.ends_at, zone),
                f"{row.posts_done}/{row.posts_planned}",
                formats.countdown(edge - now) if (edge := countdown(row, now).edge) else _("over"),
            )
            for row in rows
        ),
    )
    if not rows:
        output.note(_("no campaign is running or planned; add one with: smdash campaign add"))
