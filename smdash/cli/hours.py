"""``smdash hours``: the timer (start, stop, resume, note), what was spent otherwise (log), and the week.

``hours_entries`` has what is done with entries afterwards, ``hours_review`` what is proposed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from smdash.cli import hours_entries, hours_files, hours_review, hours_targets, hours_week, options, output
from smdash.cli.desk import Desk
from smdash.cli.options import only_ids
from smdash.core import formats, labels
from smdash.core.clock import Span, find_zone
from smdash.core.errors import Refused
from smdash.core.text import clean, clean_name
from smdash.locale import gettext as _

if TYPE_CHECKING:
    from datetime import tzinfo

    from smdash.core.records import Running


# A night under a timer that was forgotten is nobody's work unless they say so.
_KEEP = click.option("--keep", is_flag=True, help=_("count a night in which nothing was done, too"))


@click.group(help=_("Time on the eleven activities of the week."))
def command() -> None:
    pass


for _one in (
    *hours_entries.COMMANDS, *hours_files.COMMANDS, *hours_review.COMMANDS, hours_targets.target, hours_week.week,
):  # fmt: skip
    command.add_command(_one)


@command.command("start", help=_("Start an activity; what ran before ends."))
@click.argument("activity")
@click.option("--at", help=_("since when, such as 09:10"))
@click.option("--note", "remark")
@click.option("--brand", help=_("the brand that it is for"))
@click.option("--campaign", help=_("the campaign that it is for"))
@_KEEP
@click.pass_obj
def start(
    desk: Desk, activity: str, at: str | None, remark: str | None, brand: str | None, campaign: str | None, keep: bool
) -> None:
    from smdash.store import pulse, time_entries

    zone = find_zone(desk.team().zone)
    now = desk.clock.now()
    begin = options.when(at, zone, now, "--at") if at else None
    with desk.store.writing() as conn:
        actor = desk.actor(conn)
        if begin is None and not keep:
            pulse.refuse_night(conn, actor, now, zone, desk.settings.idle_minutes)
        found = time_entries.start(
            conn,
            actor,
            now,
            clean_name(activity),
            at=begin,
            note=clean(remark) if remark else None,
            brand=clean_name(brand) if brand else None,
            campaign=clean_name(campaign) if campaign else None,
        )
    _say_running(found, zone)


def _say_running(found: Running, zone: tzinfo) -> None:
    output.say(
        _("{activity} is running since {time}").format(
            activity=labels.activity(found.activity), time=formats.clock_time(found.started_at, zone)
        )
    )


@command.command("resume", help=_("Go on with what you did last: the same activity, note, brand and campaign."))
@click.pass_obj
def resume(desk: Desk) -> None:
    from smdash.store import time_entries

    with desk.store.writing() as conn:
        found = time_entries.resume(conn, desk.actor(conn), desk.clock.now())
    _say_running(found, find_zone(desk.team().zone))


@command.command("note", help=_("Put a remark on what is running; an empty one takes it away."))
@click.argument("remark", metavar="TEXT")
@click.pass_obj
def note(desk: Desk, remark: str) -> None:
    from smdash.store import hours, time_entries

    with desk.store.writing() as conn:
        actor = desk.actor(conn)
        present = hours.running(conn, actor.member_id)
        if present is None:
            raise Refused(_("no activity is running"))
        found = time_entries.edit(conn, actor, present.id, desk.clock.now(), note=clean(remark))
    output.say(": ".join(filter(None, (labels.activity(found.activity), found.note))))


@command.command("stop", help=_("End the running activity."))
@click.option("--at", help=_("when it ended, such as 11:45"))
@_KEEP
@click.pass_obj
def stop(desk: Desk, at: str | None, keep: bool) -> None:
    from smdash.store import pulse, time_entries

    zone = find_zone(desk.team().zone)
    now = desk.clock.now()
    end = options.when(at, zone, now, "--at") if at else None
    with desk.store.writing() as conn:
        actor = desk.actor(conn)
        if end is None and not keep:
            pulse.refuse_night(conn, actor, now, zone, desk.settings.idle_minutes)
        found = time_entries.stop(conn, actor, now, at=end)
    output.say(
        _("{activity}: {span}").format(
            activity=labels.activity(found.activity), span=formats.hours_minutes((end or now) - found.started_at)
        )
    )


@command.command("log", help=_("Write down time that was spent; it ends now unless --at says when it began."))
@click.argument("activity")
@click.argument("duration")
@click.option("--at", help=_("when it began, such as 09:10 or 2026-11-23 09:10"))
@click.option("--note", "remark")
@click.option("--brand", help=_("the brand that it was for"))
@click.option("--campaign", help=_("the campaign that it was for"))
@only_ids
@click.pass_obj
def log(
    desk: Desk,
    activity: str,
    duration: str,
    at: str | None,
    remark: str | None,
    brand: str | None,
    campaign: str | None,
    only_ids: bool,
) -> None:
    from smdash.store import time_entries

    zone = find_zone(desk.team().zone)
    now = desk.clock.now()
    length = options.duration(duration, "DURATION")
    begin = options.when(at, zone, now, "--at") if at else now - length
    with desk.store.writing() as conn:
        entry_id = time_entries.log(
            conn,
            desk.actor(conn),
            now,
            clean_name(activity),
            Span(begin, begin + length),
            clean(remark) if remark else None,
            brand=clean_name(brand) if brand else None,
            campaign=clean_name(campaign) if campaign else None,
        )
    if only_ids:
        output.ids([entry_id])
        return
    output.say(
        _("{activity}: {span} from {moment}").format(
            activity=labels.activity(activity),
            span=formats.hours_minutes(length),
            moment=formats.short_moment(begin, zone),
        )
    )
