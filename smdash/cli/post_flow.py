"""``smdash post submit|approve|reject|edit``: a post's way through approval, and changes on that way."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from smdash.cli import options, output, post_lint
from smdash.cli.desk import Desk
from smdash.cli.options import as_json
from smdash.core import formats, labels
from smdash.core.clock import find_zone
from smdash.core.records import Category, Format, PostState
from smdash.core.text import clean, clean_name
from smdash.locale import gettext as _

if TYPE_CHECKING:
    from smdash.core.records import Post

# Said in the help of every command that leans on who somebody is.
_RECORDED = _("Recorded, not verified: members are told apart by their login on this machine.")


def say_where(desk: Desk, post: Post) -> None:
    """What a post is now, and when it goes out if all goes well."""
    moment = formats.short_moment(post.due_at, find_zone(desk.team().zone)) if post.due_at else ""
    if post.state is PostState.READY:
        output.say(_("post {id} is scheduled for {moment}").format(id=post.id, moment=moment))
    elif post.state is PostState.REVIEW:
        output.say(
            _("post {id} waits for approval; it goes out on {moment} if somebody approves it by then").format(
                id=post.id, moment=moment
            )
        )
    elif post.due_at is None:
        output.say(_("post {id} is a draft; it has no time yet").format(id=post.id))
    else:
        output.say(_("post {id} is “{state}”").format(id=post.id, state=labels.state(post.shown)))


def _tell(desk: Desk, post: Post, as_json: bool) -> None:
    from smdash.cli.posts import shape

    if as_json:
        output.dump(shape(post))
    else:
        say_where(desk, post)


@click.command("submit", help=_("Ask for approval of a draft; where the team has none, it is ready at once."))
@click.argument("post_id", metavar="ID", type=options.ID)
@as_json
@click.pass_obj
def submit(desk: Desk, post_id: int, as_json: bool) -> None:
    from smdash.store import post_flow, posts

    with desk.store.writing() as conn:
        post_flow.submit(conn, desk.actor(conn), post_id, desk.clock.now())
        post = posts.get(conn, post_id)
    _tell(desk, post, as_json)


@click.command(
    "approve",
    help=_("Let a post go out at its time. Where approval is required, not one's own.") + "\n\n" + _RECORDED,
)
@click.argument("post_id", metavar="ID", type=options.ID)
@as_json
@click.pass_obj
def approve(desk: Desk, post_id: int, as_json: bool) -> None:
    from smdash.store import post_flow, posts

    with desk.store.writing() as conn:
        post_flow.approve(conn, desk.actor(conn), post_id, desk.clock.now())
        post = posts.get(conn, post_id)
    _tell(desk, post, as_json)


@click.command("reject", help=_("Send a post back to its author, with a reason.") + "\n\n" + _RECORDED)
@click.argument("post_id", metavar="ID", type=options.ID)
@click.argument("reason", metavar="REASON", nargs=-1, required=True)
@as_json
@click.pass_obj
def reject(desk: Desk, post_id: int, reason: tuple[str, ...], as_json: bool) -> None:
    from smdash.store import post_flow, posts

    with desk.store.writing() as conn:
        post_flow.reject(conn, desk.actor(conn), post_id, desk.clock.now(), " ".join(reason))
        post = posts.get(conn, post_id)
    if as_json:
        _tell(desk, post, as_json)
    else:
        output.say(_("post {id} is sent back to {author}").format(id=post_id, author=post.author))


@click.command(
    "edit",
    help=_(
        "Change a post that is not out yet. Where approval is required, another text, time or account needs approval "
        "again."
    ),
)
@click.argument("post_id", metavar="ID", type=options.ID)
@click.option("--account", "accounts", multiple=True, help=_("an account; repeat for several; these and no others"))
@click.option("--category", type=click.Choice([one.value for one in Category]))
@click.option("--format", "format_", type=click.Choice([one.value for one in Format]))
@click.option(
    "--at",
    help=_("when: now, slot (the next empty one), besok 9, Fri 14:00, 2026-11-23 14:30 (the team's zone), or ISO 8601"),
)
@click.option("--body", help=_("the text; - reads it from stdin"))
@click.option("--campaign", help=_("the campaign it belongs to; empty for none"))
@click.option("--offer", help=_("what a hard sell offers; empty for nothing"))
@click.option("--offer-until", help=_("until when it is offered; empty for no end"))
@as_json
@click.pass_obj
def edit(
    desk: Desk,
    post_id: int,
    accounts: tuple[str, ...],
    category: str | None,
    format_: str | None,
    at: str | None,
    body: str | None,
    campaign: str | None,
    offer: str | None,
    offer_until: str | None,
    as_json: bool,
) -> None:
    from smdash.store import post_flow, posts, slots

    if not accounts and all(one is None for one in (category, format_, at, body, campaign, offer, offer_until)):
        raise click.UsageError(_("say what to change, such as --at or --body"))
    team = desk.team()
    zone = find_zone(team.zone)
    now = desk.clock.now()
    text = None
    if body is not None:
        text = clean(sys.stdin.read() if body == "-" else body).strip()
        if not text:
            raise click.BadParameter(_("a post needs a text"), param_hint="--body")
    clears = {"campaign": campaign, "offer": offer, "offer_until": offer_until}
    wanted = post_flow.Edit(
        body=text,
        due_at=options.planned(at, zone, now, "--at") if at is not None and not options.is_slot(at) else None,
        category=Category(category) if category else None,
        format=Format(format_) if format_ else None,
        campaign=clean_name(campaign) if campaign else None,
        offer=clean(offer) if offer else None,
        offer_until=options.when(offer_until, zone, now, "--offer-until") if offer_until else None,
        clears=frozenset(name for name, value in clears.items() if value is not None and not value.strip()),
    )
    with desk.store.writing() as conn:
        if accounts:
            chosen = {one.id: one for one in (posts.find_account(conn, name) for name in accounts)}
            wanted = wanted._replace(accounts=tuple(chosen.values()))
        if options.is_slot(at):
            targets = wanted.accounts or slots.accounts_of(conn, post_id)
            wanted = wanted._replace(due_at=slots.require_next(conn, now, targets))
        changed = post_flow.edit(conn, desk.actor(conn), post_id, now, wanted, team.zone)
        post = posts.get(conn, post_id)
    if not changed and not as_json:
        output.note(_("nothing was changed"))
    post_lint.tell(desk, post_id)
    _tell(desk, post, as_json)


COMMANDS = (submit, approve, reject, edit)
