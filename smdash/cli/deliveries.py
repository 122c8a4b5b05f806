"""``smdash delivery``: list, show, resolve. What goes out, what became of it, and the only safe next steps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from smdash.cli import options, output
from smdash.cli.desk import Desk
from smdash.cli.options import as_json, only_ids
from smdash.core import formats, labels
from smdash.core.clock import find_zone
from smdash.core.records import DeliveryState
from smdash.locale import gettext as _

if TYPE_CHECKING:
    from smdash.store.resolving import Attempt, Row

# What still needs the service or a person.
_OPEN = ("queued", "sending", "failed", "unknown", "held")


@click.group(help=_("What goes out, and what became of it."))
def command() -> None:
    pass


def shape(row: Row) -> dict[str, Any]:
    return {
        "id": row.id,
        "kind": row.kind,
        "platform": row.platform,
        "account": row.account,
        "state": row.state.value,
        "due_at": output.time(row.due_at),
        "sent_at": output.time(row.sent_at),
        "next_at": output.time(row.next_at),
        "held_for": row.held_for,
        "error": row.error,
        "remote_id": row.remote_id,
        "remote_url": row.remote_url,
        "post": row.post_id,
        "mention": row.mention_id,
        "part": row.part,
        "body": row.body,
        "gone_at": output.time(row.gone_at),
    }


def _what(row: Row) -> str:
    """What it does, and of a thread which part it is."""
    words = labels.delivery_kind(row.kind)
    return words if row.part == 1 else f"{words}, {labels.part(row.part)}"


@command.command("list", help=_("Deliveries that are not out yet, by their time; --state shows others."))
@click.option("--state", "states", multiple=True, type=click.Choice([one.value for one in DeliveryState]))
@as_json
@only_ids
@click.pass_obj
def list_(desk: Desk, states: tuple[str, ...], as_json: bool, only_ids: bool) -> None:
    from smdash.store import resolving

    wanted = tuple(DeliveryState(one) for one in states or _OPEN)
    with desk.store.reading() as conn:
        rows = resolving.select(conn, wanted)
    if as_json:
        output.dump([shape(row) for row in rows])
        return
    if only_ids:
        output.ids(row.id for row in rows)
        return
    zone = find_zone(desk.team().zone)
    output.table(
        ["ID", _("DUE"), _("STATE"), _("ACCOUNT"), _("WHAT"), _("WHY"), _("TEXT")],
        (
            (
                row.id,
                formats.short_moment(row.due_at, zone),
                labels.state(row.state),
                f"{row.platform}/{row.account}",
                _what(row),
                row.error or "",
                row.body,
            )
            for row in rows
        ),
    )
    if not rows:
        output.note(_("nothing waits to go out"))


@command.command("show", help=_("One delivery: what is known, what was tried, and what can be done."))
@click.argument("delivery_id", metavar="ID", type=options.ID)
@as_json
@click.pass_obj
def show(desk: Desk, delivery_id: int, as_json: bool) -> None:
    from smdash.store import resolving

    with desk.store.reading() as conn:
        row = resolving.get(conn, delivery_id)
        tried = resolving.attempts(conn, delivery_id)
    if as_json:
        output.dump(shape(row) | {"attempts": [_attempt(one) for one in tried]})
        return
    zone = find_zone(desk.team().zone)
    output.say(f"{row.platform}/{row.account}: {_what(row)}, {labels.state(row.state)}")
    output.say(_("due {moment}").format(moment=formats.whole_moment(row.due_at, zone)))
    for line in (row.error, row.remote_url):
        if line:
            output.say(line)
    if row.gone_at is not None:
        at = formats.short_moment(row.gone_at, zone)
        output.say(_("it was there, and at {time} it was not any more").format(time=at))
    output.say("\n" + row.body + "\n")
    for one in tried:
        words = [formats.short_moment(one.at, zone), labels.attempt(one.what, one.outcome), one.error or ""]
        output.say("  ".join(word for word in words if word))
    if next_steps := _next_steps(row):
        output.say(next_steps)


def _attempt(one: Attempt) -> dict[str, Any]:
    return one._asdict() | {"at": output.time(one.at)}


def _next_steps(row: Row) -> str:
    """The only safe things to do with it."""
    if row.state is DeliveryState.UNKNOWN and row.next_at is not None:
        return _("the service is finding out whether it is out; wait for that")
    if row.state is DeliveryState.UNKNOWN:
        return _(
            "look on the network itself, then: smdash delivery resolve {id} sent (it is there), "
            "or: smdash delivery resolve {id} again (it is not)"
        ).format(id=row.id)
    if row.state is DeliveryState.HELD and row.held_for == "lint":
        return _(
            "smdash post lint {post} says what is wrong; smdash delivery resolve {id} cancel keeps it here"
        ).format(post=row.post_id, id=row.id)
    if row.state in (DeliveryState.FAILED, DeliveryState.HELD):
        return _("smdash delivery resolve {id} again, or: smdash delivery resolve {id} cancel").format(id=row.id)
    if row.state is DeliveryState.QUEUED:
        return _("smdash delivery resolve {id} cancel keeps it here").format(id=row.id)
    return ""


@command.command("resolve", help=_("Decide: sent (you saw it there), again (it is not there, send it), cancel."))
@click.argument("delivery_id", metavar="ID", type=options.ID)
@click.argument("what", type=click.Choice(["sent", "again", "cancel"]))
@click.option("--url", help=_("where it is, for sent"))
@as_json
@click.pass_obj
def resolve(desk: Desk, delivery_id: int, what: str, url: str | None, as_json: bool) -> None:
    from smdash.store import resolving

    if url is not None and what != "sent":
        raise click.BadParameter(_("--url goes with sent"), param_hint="--url")
    now = desk.clock.now()
    with desk.store.writing() as conn:
        actor = desk.actor(conn)
        if what == "sent":
            resolving.saw_sent(conn, actor, delivery_id, now, url)
        elif what == "again":
            resolving.send_again(conn, actor, delivery_id, now)
        else:
            resolving.cancel(conn, actor, delivery_id, now)
        row = resolving.get(conn, delivery_id)
    if as_json:
        output.dump(shape(row))
    else:
        output.say(_("delivery {id} is {state} now").format(id=delivery_id, state=labels.state(row.state)))
