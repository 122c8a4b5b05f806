"""``smdash post``: add, list, show, hold, cancel; the others are in the modules beside this."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from smdash.cli import options, output, post_flow, post_import, post_lint, post_mix, post_slots
from smdash.cli.desk import Desk
from smdash.cli.options import as_json, only_ids
from smdash.core import formats, labels
from smdash.core.clock import find_zone
from smdash.core.records import Category, Format, PostState
from smdash.core.text import clean, clean_name
from smdash.locale import gettext as _
from smdash.locale import ngettext

if TYPE_CHECKING:
    from smdash.core.records import Post


@click.group(help=_("Planned content."))
def command() -> None:
    pass


for _one in (*post_flow.COMMANDS, *post_import.COMMANDS, *post_lint.COMMANDS, *post_mix.COMMANDS, *post_slots.COMMANDS):
    command.add_command(_one)


def shape(post: Post) -> dict[str, Any]:
    """A post as ``--json`` gives it (DESIGN.md section 5); its state is the one that people see."""
    return {
        "id": post.id,
        "due_at": output.time(post.due_at),
        "state": post.shown,
        "category": post.category.value,
        "format": post.format.value,
        "body": post.body,
        "campaign": post.campaign,
        "author": post.author,
        "offer": post.offer,
        "offer_until": output.time(post.offer_until),
        "accounts": [f"{platform}/{name}" for platform, name in post.accounts],
        "deliveries": [
            {
                "account": one.account,
                "platform": one.platform,
                "state": one.state.value,
                "remote_url": one.remote_url,
                "error": one.error,
            }
            for one in post.deliveries
        ],
    }


@command.command(
    "add",
    help=_(
        "Plan a post. With a time it is ready to go out, or waits for approval where the team requires that; without "
        "one it is a draft."
    ),
)
@click.option("--account", "accounts", multiple=True, required=True, help=_("an account; repeat for several"))
@click.option("--category", required=True, type=click.Choice([one.value for one in Category]))
@click.option(
    "--format", "format_", default="text", show_default=True, type=click.Choice([one.value for one in Format])
)
@click.option(
    "--at",
    help=_("when: now, slot (the next empty one), besok 9, Fri 14:00, 2026-11-23 14:30 (the team's zone), or ISO 8601"),
)
@click.option("--body", required=True, help=_("the text; - reads it from stdin"))
@click.option("--campaign", help=_("the campaign it belongs to"))
@click.option("--offer", help=_("what a hard sell offers"))
@click.option("--offer-until", help=_("until when it is offered"))
@click.option("--draft", "wish", flag_value="draft", help=_("keep it as a draft, even with a time"))
@click.option("--review", "wish", flag_value="review", help=_("ask for approval, where that is optional"))
@as_json
@click.pass_obj
def add(
    desk: Desk,
    accounts: tuple[str, ...],
    category: str,
    format_: str,
    at: str | None,
    body: str,
    campaign: str | None,
    offer: str | None,
    offer_until: str | None,
    wish: str | None,
    as_json: bool,
) -> None:
    from smdash.store import posts, slots

    team = desk.team()
    zone = find_zone(team.zone)
    now = desk.clock.now()
    text = clean(sys.stdin.read() if body == "-" else body).strip()
    if not text:
        raise click.BadParameter(_("a post needs a text"), param_hint="--body")
    due_at = options.planned(at, zone, now, "--at") if at and not options.is_slot(at) else None
    until = options.when(offer_until, zone, now, "--offer-until") if offer_until else None
    with desk.store.writing() as conn:
        chosen = list({one.id: one for one in (posts.find_account(conn, name) for name in accounts)}.values())
        if options.is_slot(at):
            due_at = slots.require_next(conn, now, chosen)
        post_id = posts.add(
            conn,
            desk.actor(conn),
            now,
            accounts=chosen,
            category=Category(category),
            format=Format(format_),
            body=text,
            due_at=due_at,
            zone=team.zone,
            campaign=clean_name(campaign) if campaign else None,
            offer=clean(offer) if offer else None,
            offer_until=until,
            wish=PostState(wish) if wish else None,
        )
        post = posts.get(conn, post_id)
    post_lint.tell(desk, post_id)
    if as_json:
        output.dump(shape(post))
    else:
        post_flow.say_where(desk, post)


@command.command("list", help=_("All posts by time, drafts last."))
@click.option("--awaiting", is_flag=True, help=_("only those that wait for approval, the next to go out first"))
@click.option("--state", "states", multiple=True, help=_("only these states"))
@as_json
@only_ids
@click.pass_obj
def list_(desk: Desk, awaiting: bool, states: tuple[str, ...], as_json: bool, only_ids: bool) -> None:
    from smdash.core.posts import SHOWN
    from smdash.store import posts

    known = [*PostState, *SHOWN]
    for state in states:
        if state not in known:
            raise click.BadParameter(
                _("“{state}” is not a state; known: {known}").format(state=state, known=", ".join(known)),
                param_hint="--state",
            )
    with desk.store.reading() as conn:
        rows = posts.awaiting(conn) if awaiting else posts.select(conn)
    if states:
        rows = tuple(post for post in rows if post.shown in states or post.state in states)
    if as_json:
        output.dump([shape(post) for post in rows])
        return
    if only_ids:
        output.ids(post.id for post in rows)
        return
    zone = find_zone(desk.team().zone)
    output.table(
        ["ID", _("WHEN"), _("STATE"), _("ACCOUNTS"), _("CATEGORY"), _("FORMAT"), _("CAMPAIGN"), _("AUTHOR"), _("TEXT")],
        (
            (
                post.id,
                formats.short_moment(post.due_at, zone) if post.due_at else "",
                labels.state(post.shown),
                " ".join(f"{platform}/{name}" for platform, name in post.accounts),
                labels.category(post.category),
                labels.post_format(post.format),
                post.campaign or "",
                post.author,
                post.body,
            )
            for post in rows
        ),
    )
    if not rows:
        output.note(
            _("nothing waits for approval") if awaiting else _("no post is planned; add one with: smdash post add")
        )


@command.command("show", help=_("One post with its deliveries and history."))
@click.argument("post_id", metavar="ID", type=options.ID)
@as_json
@click.pass_obj
def show(desk: Desk, post_id: int, as_json: bool) -> None:
    from smdash.store import events, posts

    with desk.store.reading() as conn:
        post = posts.get(conn, post_id)
        history = events.history(conn, "post", post_id)
    if as_json:
        told = [{"at": output.time(one.at), "who": one.who, "verb": one.verb, "detail": one.detail} for one in history]
        output.dump(shape(post) | {"history": told})
        return
    zone = find_zone(desk.team().zone)
    parts = [labels.state(post.shown), labels.category(post.category), labels.post_format(post.format)]
    output.say(", ".join([*parts, *([post.campaign] if post.campaign else []), post.author]))
    if post.due_at:
        output.say(formats.whole_moment(post.due_at, zone))
    if post.offer:
        output.say(_("offer: {offer}").format(offer=post.offer))
    output.say("\n" + post.body + "\n")
    for one in post.deliveries:
        line = f"{one.platform}/{one.account}: {labels.state(one.state)}"
        output.say(" ".join([line, one.remote_url or "", one.error or ""]).rstrip())
    for happening in history:
        detail = f" ({happening.detail})" if happening.verb == "reject" else ""
        output.say(
            f"{formats.short_moment(happening.at, zone)}  {happening.who}: {labels.verb(happening.verb)}{detail}"
        )


@command.command("hold", help=_("Hold what a post still has to send; let it go with smdash delivery resolve."))
@click.argument("post_id", metavar="ID", type=options.ID)
@as_json
@click.pass_obj
def hold(desk: Desk, post_id: int, as_json: bool) -> None:
    from smdash.store import posts, resolving

    with desk.store.writing() as conn:
        held = resolving.hold_post(conn, desk.actor(conn), post_id, desk.clock.now())
        post = posts.get(conn, post_id)
    if as_json:
        output.dump(shape(post))
        return
    words = ngettext("{n} delivery of post {id} is held", "{n} deliveries of post {id} are held", held)
    output.say(words.format(n=held, id=post_id))


@command.command("cancel", help=_("Call a post off; what is out already stays there."))
@click.argument("post_id", metavar="ID", type=options.ID)
@as_json
@click.pass_obj
def cancel(desk: Desk, post_id: int, as_json: bool) -> None:
    from smdash.store import posts, resolving

    with desk.store.writing() as conn:
        resolving.cancel_post(conn, desk.actor(conn), post_id, desk.clock.now())
        post = posts.get(conn, post_id)
    if as_json:
        output.dump(shape(post))
    else:
        output.say(_("post {id} is called off").format(id=post_id))
