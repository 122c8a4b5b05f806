"""``smdash post``: add, list, show, hold, cancel; the others are in the modules beside this."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from smdash.cli import options, output, post_flow, post_import, post_lint, post_media, post_mix, post_slots
from smdash.cli.desk import Desk
from smdash.cli.options import as_json, only_ids
from smdash.core import formats, labels
from smdash.core.clock import find_zone
from smdash.core.records import Category, Format, PostState
from smdash.core.text import clean, clean_name
from smdash.locale import gettext as _
from smdash.locale import ngettext

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from smdash.core.figures import Figure
    from smdash.core.records import Actor, Post
    from smdash.store.driver import Connection


@click.group(help=_("Planned content."))
def command() -> None:
    pass


for _one in (
    *post_flow.COMMANDS, *post_import.COMMANDS, *post_lint.COMMANDS, *post_media.COMMANDS, *post_mix.COMMANDS,
    *post_slots.COMMANDS,
):  # fmt: skip
    command.add_command(_one)


def shapes(desk: Desk, found: Sequence[Post]) -> list[dict[str, Any]]:
    """Posts as ``--json`` gives them."""
    from smdash.store import attachments

    with desk.store.reading() as conn:
        files = attachments.of_posts(conn, [post.id for post in found])
    return [_shape(post) | {"attachments": post_media.shape(files.get(post.id, ()))} for post in found]


def shape(desk: Desk, post: Post) -> dict[str, Any]:
    """A post as ``--json`` gives it (DESIGN.md section 5)."""
    return shapes(desk, [post])[0]


def _shape(post: Post) -> dict[str, Any]:
    """Without its files; its state is the one that people see."""
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
        "versions": {"/".join(account): text for account, text in post.versions},
        "first_comment": post.first_comment,
        "approvals": [{"by": one.by, "at": output.time(one.at)} for one in post.approvals],
        "approvals_missing": post.approvals_missing,
        "deliveries": [
            {
                "account": one.account,
                "platform": one.platform,
                "state": one.state.value,
                "remote_url": one.remote_url,
                "error": one.error,
                "part": one.part,
            }
            for one in post.deliveries
        ],
    }


def _figures(post: Post, counted: Mapping[int, Sequence[Figure]]) -> list[dict[str, Any]]:
    """The newest figures of what went out, one each."""
    return [
        {
            "platform": one.platform,
            "account": one.account,
            "part": one.part,
            "name": figure.name,
            "value": figure.value,
            "at": output.time(figure.at),
        }
        for one in post.deliveries
        for figure in counted.get(one.id, ())
    ]


@command.command(
    "add",
    help=_(
        "Plan a post. With a time it is ready to go out, or waits for approval where the team requires that; without "
        "one it is a draft."
    ),
    cls=post_media.WithFiles,
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
@click.option(
    "--body", help=_("the text; - reads it from stdin, and a line of --- alone begins the next post of a thread")
)
@post_flow.editor
@post_flow.version
@post_flow.first_comment
@click.option("--media", multiple=True, metavar="FILE", help=_("a picture, video or sound; repeat for several"))
@click.option("--alt", multiple=True, metavar="TEXT", help=_("what the file of the --media before it shows"))
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
    body: str | None,
    editor: bool,
    versions: tuple[tuple[str, str], ...],
    first_comment: str | None,
    media: tuple[str, ...],
    alt: tuple[str, ...],
    campaign: str | None,
    offer: str | None,
    offer_until: str | None,
    wish: str | None,
    as_json: bool,
) -> None:
    from smdash.store import attachments, posts, slots

    team = desk.team()
    zone = find_zone(team.zone)
    now = desk.clock.now()
    text = post_flow.written(body, editor, "")
    if text is None:
        raise click.UsageError(_("say what it says with --body, or write it with --editor"))
    due_at = options.planned(at, zone, now, "--at") if at and not options.is_slot(at) else None
    until = options.when(offer_until, zone, now, "--offer-until") if offer_until else None
    files = post_media.take_given(desk)
    if files and click.get_current_context().get_parameter_source("format_") is click.core.ParameterSource.DEFAULT:
        format_ = files[0].probe.kind
    with desk.store.writing() as conn:
        chosen = list({one.id: one for one in (posts.find_account(conn, name) for name in accounts)}.values())
        own = post_flow.versions_by_id(chosen, versions, lambda name: posts.find_account(conn, name))
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
            versions={key: said for key, said in own.items() if said and said != text},
            first_comment=clean(first_comment).strip() or None if first_comment else None,
        )
        attachments.write(conn, desk.actor(conn), post_id, files, now, fresh=True)
        post = posts.get(conn, post_id)
    post_lint.tell(desk, post_id)
    if as_json:
        output.dump(shape(desk, post))
    else:
        post_flow.say_where(desk, post)


@command.command("list", help=_("All posts by time, drafts last."))
@click.option("--awaiting", is_flag=True, help=_("only those that wait for approval, the next to go out first"))
@click.option("--awaiting-me", is_flag=True, help=_("only those that you may approve, the next to go out first"))
@click.option("--state", "states", multiple=True, help=_("only these states"))
@as_json
@only_ids
@click.pass_obj
def list_(
    desk: Desk, awaiting: bool, awaiting_me: bool, states: tuple[str, ...], as_json: bool, only_ids: bool
) -> None:
    from smdash.core.posts import SHOWN
    from smdash.store import posts

    known = [*PostState, *SHOWN]
    for state in states:
        if state not in known:
            raise click.BadParameter(
                _("“{state}” is not a state; known: {known}").format(state=state, known=", ".join(known)),
                param_hint="--state",
            )
    me = desk.member() if awaiting_me else None
    with desk.store.reading() as conn:
        if awaiting_me:
            rows = posts.awaiting_member(conn, me.member_id if me else 0, desk.clock.now())
        else:
            rows = posts.awaiting(conn) if awaiting else posts.select(conn)
    if states:
        rows = tuple(post for post in rows if post.shown in states or post.state in states)
    if as_json:
        output.dump(shapes(desk, rows))
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
            _("nothing waits for your approval")
            if awaiting_me
            else _("nothing waits for approval")
            if awaiting
            else _("no post is planned; add one with: smdash post add")
        )


@command.command("show", help=_("One post with its deliveries and history."))
@click.argument("post_id", metavar="ID", type=options.ID)
@as_json
@click.pass_obj
def show(desk: Desk, post_id: int, as_json: bool) -> None:
    from smdash.core import approval_words, figures
    from smdash.store import approving, events, metrics, posts

    me = desk.member()
    with desk.store.reading() as conn:
        post = posts.get(conn, post_id)
        history = events.history(conn, "post", post_id)
        way = approving.way(conn, post, me.member_id if me else 0)
        counted = metrics.of_deliveries(conn, [one.id for one in post.deliveries])
    if as_json:
        told = [{"at": output.time(one.at), "who": one.who, "verb": one.verb, "detail": one.detail} for one in history]
        output.dump(shape(desk, post) | {"history": told, "figures": _figures(post, counted)})
        return
    zone = find_zone(desk.team().zone)
    parts = [labels.state(post.shown), labels.category(post.category), labels.post_format(post.format)]
    output.say(", ".join([*parts, *([post.campaign] if post.campaign else []), post.author]))
    if post.due_at:
        output.say(formats.whole_moment(post.due_at, zone))
    if said := approval_words.sentences(post, way, zone):
        output.say("\n".join([*said, f"({approval_words.recorded()})"]))
    if post.offer:
        output.say(_("offer: {offer}").format(offer=post.offer))
    output.say("\n" + post.body + "\n")
    for account, text in post.versions:
        output.say(_("version for {account}:").format(account="/".join(account)) + "\n" + text + "\n")
    if post.first_comment:
        output.say(_("first comment: {text}").format(text=post.first_comment) + "\n")
    with desk.store.reading() as conn:
        post_media.say_of(conn, desk, post_id)
    for one in post.deliveries:
        which = labels.part(one.part) if len(post.deliveries) > len(post.accounts) else ""
        line = " ".join(filter(None, (f"{one.platform}/{one.account}", which))) + f": {labels.state(one.state)}"
        output.say(" ".join([line, one.remote_url or "", one.error or ""]).rstrip())
        if one.id in counted:
            output.say("  " + figures.sentence(counted[one.id], zone))
    for happening in history:
        detail = f" ({happening.detail})" if happening.verb in ("approve", "reject") and happening.detail else ""
        output.say(
            f"{formats.short_moment(happening.at, zone)}  {happening.who}: {labels.verb(happening.verb)}{detail}"
        )


@command.command("hold", help=_("Hold what a post still has to send; let it go with smdash post release."))
@click.argument("post_id", metavar="ID", type=options.ID)
@as_json
@click.pass_obj
def hold(desk: Desk, post_id: int, as_json: bool) -> None:
    from smdash.store import resolving

    held = _turn(desk, resolving.hold_post, post_id, as_json)
    if held is not None:
        words = ngettext("{n} delivery of post {id} is held", "{n} deliveries of post {id} are held", held)
        output.say(words.format(n=held, id=post_id))


@command.command("release", help=_("Let go again what was held of a post; at once, where its time has passed."))
@click.argument("post_id", metavar="ID", type=options.ID)
@as_json
@click.pass_obj
def release(desk: Desk, post_id: int, as_json: bool) -> None:
    from smdash.store import resolving

    gone = _turn(desk, resolving.release_post, post_id, as_json)
    if gone is not None:
        words = ngettext("{n} delivery of post {id} goes on", "{n} deliveries of post {id} go on", gone)
        output.say(words.format(n=gone, id=post_id))


def _turn(
    desk: Desk, work: Callable[[Connection, Actor, int, datetime], int], post_id: int, as_json: bool
) -> int | None:
    """Do it with a post and dump that as JSON, or say how many deliveries it was done with."""
    from smdash.store import posts

    with desk.store.writing() as conn:
        count = work(conn, desk.actor(conn), post_id, desk.clock.now())
        post = posts.get(conn, post_id)
    if not as_json:
        return count
    output.dump(shape(desk, post))
    return None


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
        output.dump(shape(desk, post))
    else:
        output.say(_("post {id} is called off").format(id=post_id))
