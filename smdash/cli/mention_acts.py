"""``smdash mention done|reopen|take|assign|label|unlabel|snooze|priority|star|note|claim``: one step each, for scripts.

What is set comes first and the ids after it, so that ``smdash mention list -q | smdash mention label keluhan -`` works.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from smdash.cli import output
from smdash.cli.desk import Desk
from smdash.cli.options import as_json, checked, numbers
from smdash.core import formats
from smdash.core.clock import find_zone
from smdash.core.errors import InputError, SmdashError
from smdash.locale import gettext as _
from smdash.locale import ngettext

if TYPE_CHECKING:
    from smdash.core.records import Actor
    from smdash.store.batches import Act
    from smdash.store.driver import Connection
    from smdash.store.steps import Stepped

IDS = click.argument("ids", metavar="ID...|-", nargs=-1, required=True)
# Who holds what nobody holds.
NOBODY = "nobody"


def _step(desk: Desk, values: tuple[str, ...], act: Act) -> list[int]:
    """Run one step on ids that were typed or piped; returns those that changed.

    All ids are looked at before the first is written, for a long step is written in parts.
    """
    from smdash.store import batches, steps

    wanted = numbers(values)
    desk.refuse_read_only()
    with desk.store.reading() as conn:
        steps.refuse(conn, wanted)
    batch = batches.Batch(wanted, act)
    try:
        desk.write_parts(batch)
    except SmdashError:
        if batch.changed:
            words = ngettext(
                "{n} mention was changed before it; smdash undo takes that back",
                "{n} mentions were changed before it; smdash undo takes that back",
                batch.changed,
            )
            output.note(words.format(n=batch.changed))
        raise
    with desk.store.reading() as conn:
        return batch.ids(conn)


def tell(ids: Sequence[int], as_json: bool, sentence: str, **more: Any) -> None:
    """The result of a step: a sentence, or ``{"changed": n, "ids": […]}`` and what else there is."""
    if as_json:
        output.dump({"changed": len(ids), "ids": list(ids), **more})
    else:
        output.say(sentence)


@click.command("done", help=_("Set mentions to done; - reads ids from stdin."))
@IDS
@as_json
@click.pass_obj
def done(desk: Desk, ids: tuple[str, ...], as_json: bool) -> None:
    from smdash.store import triage

    found = _step(
        desk, ids, lambda conn, actor, ids, step: triage.finish(conn, actor, ids, desk.clock.now(), step=step)
    )
    tell(found, as_json, ngettext("{n} mention done", "{n} mentions done", len(found)).format(n=len(found)))


@click.command("reopen", help=_("Open mentions again; - reads ids from stdin."))
@IDS
@as_json
@click.pass_obj
def reopen(desk: Desk, ids: tuple[str, ...], as_json: bool) -> None:
    from smdash.store import triage

    found = _step(
        desk, ids, lambda conn, actor, ids, step: triage.reopen(conn, actor, ids, desk.clock.now(), step=step)
    )
    tell(found, as_json, ngettext("{n} mention reopened", "{n} mentions reopened", len(found)).format(n=len(found)))


@click.command("take", help=_("Take mentions yourself; - reads ids from stdin."))
@IDS
@as_json
@click.pass_obj
def take(desk: Desk, ids: tuple[str, ...], as_json: bool) -> None:
    from smdash.store import triage

    found = _step(
        desk,
        ids,
        lambda conn, actor, ids, step: triage.assign(conn, actor, ids, actor.member_id, desk.clock.now(), step=step),
    )
    tell(
        found,
        as_json,
        ngettext("{n} mention is yours now", "{n} mentions are yours now", len(found)).format(n=len(found)),
    )


@click.command("assign", help=_("Give mentions to a member, or by the word nobody to none; - reads ids from stdin."))
@click.argument("login", metavar="LOGIN")
@IDS
@as_json
@click.pass_obj
def assign(desk: Desk, login: str, ids: tuple[str, ...], as_json: bool) -> None:
    from smdash.store import members, triage

    name = ""

    def give(conn: Connection, actor: Actor, ids: Sequence[int], step: int | None) -> Stepped:
        nonlocal name
        if login == NOBODY:
            return triage.assign(conn, actor, ids, None, desk.clock.now(), step=step)
        member = members.find(conn, login)
        if member.left_at is not None:
            raise InputError(_("{who} has left the team").format(who=member.name))
        name = member.name
        return triage.assign(conn, actor, ids, member.id, desk.clock.now(), step=step)

    found = _step(desk, ids, give)
    words = (
        ngettext("{n} mention given to {who}", "{n} mentions given to {who}", len(found))
        if name
        else ngettext("{n} mention given to nobody", "{n} mentions given to nobody", len(found))
    )
    tell(found, as_json, words.format(n=len(found), who=name), assignee=name or None)


@click.command("label", help=_("Put a label on mentions; - reads ids from stdin."))
@click.argument("name", metavar="LABEL")
@IDS
@as_json
@click.pass_obj
def label(desk: Desk, name: str, ids: tuple[str, ...], as_json: bool) -> None:
    from smdash.store import triage

    found = _step(
        desk,
        ids,
        lambda conn, actor, ids, step: triage.label(conn, actor, ids, name, True, desk.clock.now(), step=step),
    )
    words = ngettext("{n} mention labelled {label}", "{n} mentions labelled {label}", len(found))
    tell(found, as_json, words.format(n=len(found), label=name), label=name)


@click.command("unlabel", help=_("Take a label off mentions; - reads ids from stdin."))
@click.argument("name", metavar="LABEL")
@IDS
@as_json
@click.pass_obj
def unlabel(desk: Desk, name: str, ids: tuple[str, ...], as_json: bool) -> None:
    from smdash.store import triage

    found = _step(
        desk,
        ids,
        lambda conn, actor, ids, step: triage.label(conn, actor, ids, name, False, desk.clock.now(), step=step),
    )
    words = ngettext("label {label} taken off {n} mention", "label {label} taken off {n} mentions", len(found))
    tell(found, as_json, words.format(n=len(found), label=name), label=name)


@click.command("snooze", help=_("Put mentions aside, as in 3h, “besok 9”, “Mon 09:00”, reply; - reads ids from stdin."))
@click.argument("when", metavar="WHEN")
@IDS
@as_json
@click.pass_obj
def snooze(desk: Desk, when: str, ids: tuple[str, ...], as_json: bool) -> None:
    from smdash.core.snooze import parse_snooze
    from smdash.store import triage

    now = desk.clock.now()
    zone = find_zone(desk.team().zone)
    how, until = checked(lambda: parse_snooze(when, zone, now), "WHEN")
    found = _step(desk, ids, lambda conn, actor, ids, step: triage.snooze(conn, actor, ids, how, until, now, step=step))
    words = (
        ngettext(
            "{n} mention put aside until its author writes",
            "{n} mentions put aside until their authors write",
            len(found),
        )
        if until is None
        else ngettext("{n} mention put aside until {time}", "{n} mentions put aside until {time}", len(found))
    )
    time = "" if until is None else formats.short_moment(until, zone)
    tell(found, as_json, words.format(n=len(found), time=time), snooze=how.value, until=output.time(until))


@click.command("priority", help=_("Say how urgent mentions are, from 0 to 2; - reads ids from stdin."))
@click.argument("level", metavar="0|1|2", type=click.IntRange(0, 2))
@IDS
@as_json
@click.pass_obj
def priority(desk: Desk, level: int, ids: tuple[str, ...], as_json: bool) -> None:
    from smdash.store import triage

    found = _step(
        desk,
        ids,
        lambda conn, actor, ids, step: triage.set_priority(conn, actor, ids, level, desk.clock.now(), step=step),
    )
    words = ngettext("{n} mention has priority {level} now", "{n} mentions have priority {level} now", len(found))
    tell(found, as_json, words.format(n=len(found), level=level), priority=level)


@click.command("star", help=_("Star mentions; - reads ids from stdin."))
@IDS
@click.option("--off", is_flag=True, help=_("take the star away"))
@as_json
@click.pass_obj
def star(desk: Desk, ids: tuple[str, ...], off: bool, as_json: bool) -> None:
    from smdash.store import triage

    found = _step(
        desk, ids, lambda conn, actor, ids, step: triage.star(conn, actor, ids, not off, desk.clock.now(), step=step)
    )
    words = (
        ngettext("star taken from {n} mention", "star taken from {n} mentions", len(found))
        if off
        else ngettext("{n} mention starred", "{n} mentions starred", len(found))
    )
    tell(found, as_json, words.format(n=len(found)), star=not off)


@click.command("claim", help=_("Hold mentions for yourself for 10 minutes; - reads ids from stdin."))
@IDS
@click.option("--release", is_flag=True, help=_("give them back"))
@as_json
@click.pass_obj
def claim(desk: Desk, ids: tuple[str, ...], release: bool, as_json: bool) -> None:
    from smdash.store import claims

    wanted = list(dict.fromkeys(numbers(ids)))
    now = desk.clock.now()
    with desk.store.writing() as conn:
        actor = desk.actor(conn)
        if release:
            found = [one for one in wanted if claims.release(conn, actor, one)]
            others = {}
        else:
            tried = {one: claims.hold(conn, actor, one, now) for one in wanted}
            others = {one: other for one, other in tried.items() if other is not None}
            found = [one for one in wanted if one not in others]
    if release:
        words = ngettext("{n} mention given back", "{n} mentions given back", len(found))
        tell(found, as_json, words.format(n=len(found)))
        return
    until = now + claims.HOLD
    zone = find_zone(desk.team().zone)
    taken = [{"id": one, "by": other.name, "since": output.time(other.since)} for one, other in others.items()]
    words = ngettext("{n} mention held until {time}", "{n} mentions held until {time}", len(found))
    sentence = words.format(n=len(found), time=formats.clock_time(until, zone))
    tell(found, as_json, sentence, until=output.time(until), taken=taken)
    for one, other in others.items():
        since = formats.clock_time(other.since, zone)
        output.note(_("{who} is on mention {id} since {time}").format(who=other.name, id=one, time=since))
    if others:
        raise click.exceptions.Exit(1)


COMMANDS = (done, reopen, take, assign, label, unlabel, snooze, priority, star, claim)
