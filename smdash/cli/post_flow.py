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
from smdash.core.errors import InputError
from smdash.core.records import Category, Format, PostState
from smdash.core.text import clean, clean_name
from smdash.locale import gettext as _
from smdash.locale import ngettext

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from smdash.core.records import Account, Post
    from smdash.store.driver import Connection

# Said in the help of every command that leans on who somebody is.
_RECORDED = _("Recorded, not verified: members are told apart by their login on this machine.")


editor = click.option("--editor", is_flag=True, help=_("write the text in your editor (VISUAL, else EDITOR)"))
version = click.option(
    "--version",
    "versions",
    nargs=2,
    multiple=True,
    metavar="ACCOUNT TEXT",
    help=_("another text for one of the accounts; empty for none of its own"),
)
first_comment = click.option(
    "--first-comment", help=_("what the account itself puts below the post, where the network has that")
)


def written(body: str | None, editor: bool, before: str) -> str | None:
    """The text of a post that was typed, piped in or written in the editor; nothing where none was given.

    Raises click's errors for an empty one, InputError where the editor fails.
    """
    text = body
    if editor:
        from smdash.settings.editor import Draft

        draft = Draft(before if body is None else body, "post", ".txt")
        try:
            draft.edit()
            text = draft.text()
        finally:
            draft.discard()
    elif body == "-":
        text = sys.stdin.read()
    if text is None:
        return None
    text = clean(text).strip()
    if not text:
        raise click.BadParameter(_("a post needs a text"), param_hint="--body")
    return text


def versions_by_id(
    chosen: Iterable[Account], versions: Iterable[tuple[str, str]], find: Callable[[str], Account]
) -> dict[int, str]:
    """The typed versions by the accounts' ids. Raises InputError for an account that the post does not go to."""
    known = {one.id for one in chosen}
    found = {}
    for name, text in versions:
        account = find(name)
        if account.id not in known:
            raise InputError(_("there is a version for {account}, but the post does not go there").format(account=name))
        found[account.id] = clean(text).strip()
    return found


def say_where(desk: Desk, post: Post) -> None:
    """What a post is now, and when it goes out if all goes well."""
    moment = formats.short_moment(post.due_at, find_zone(desk.team().zone)) if post.due_at else ""
    if post.state is PostState.READY:
        output.say(_("post {id} is scheduled for {moment}").format(id=post.id, moment=moment))
    elif post.state is PostState.REVIEW and (post.approvals or post.approvals_missing > 1):
        n = post.approvals_missing
        output.say(
            ngettext(
                "post {id} waits for {n} approval; it goes out on {moment} if it comes by then",
                "post {id} waits for {n} approvals; it goes out on {moment} if they come by then", n,
            ).format(id=post.id, n=n, moment=moment)
        )  # fmt: skip
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
        output.dump(shape(desk, post))
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
    help=_(
        "Let a post go out at its time, once as many approved it as the team asks for. Where approval is required, not "
        "one's own."
    )
    + "\n\n"
    + _RECORDED,
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
@click.option(
    "--body", help=_("the text; - reads it from stdin, and a line of --- alone begins the next post of a thread")
)
@editor
@version
@first_comment
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
    editor: bool,
    versions: tuple[tuple[str, str], ...],
    first_comment: str | None,
    campaign: str | None,
    offer: str | None,
    offer_until: str | None,
    as_json: bool,
) -> None:
    from smdash.store import post_flow, posts, slots

    given = (category, format_, at, body, first_comment, campaign, offer, offer_until)
    if not accounts and not versions and not editor and all(one is None for one in given):
        raise click.UsageError(_("say what to change, such as --at or --body"))
    team = desk.team()
    zone = find_zone(team.zone)
    now = desk.clock.now()
    with desk.store.reading() as conn:
        before = posts.get(conn, post_id)
    text = written(body, editor, before.body)
    clears = {"campaign": campaign, "offer": offer, "offer_until": offer_until, "first_comment": first_comment}
    wanted = post_flow.Edit(
        body=text,
        due_at=options.planned(at, zone, now, "--at") if at is not None and not options.is_slot(at) else None,
        category=Category(category) if category else None,
        format=Format(format_) if format_ else None,
        campaign=clean_name(campaign) if campaign else None,
        offer=clean(offer) if offer else None,
        offer_until=options.when(offer_until, zone, now, "--offer-until") if offer_until else None,
        first_comment=clean(first_comment).strip() or None if first_comment else None,
        clears=frozenset(name for name, value in clears.items() if value is not None and not value.strip()),
    )
    with desk.store.writing() as conn:
        if accounts:
            chosen = {one.id: one for one in (posts.find_account(conn, name) for name in accounts)}
            wanted = wanted._replace(accounts=tuple(chosen.values()))
        if versions:
            wanted = wanted._replace(versions=_versions(conn, before, wanted.accounts, versions))
        if options.is_slot(at):
            targets = wanted.accounts or slots.accounts_of(conn, post_id)
            wanted = wanted._replace(due_at=slots.require_next(conn, now, targets))
        changed = post_flow.edit(conn, desk.actor(conn), post_id, now, wanted, team.zone)
        post = posts.get(conn, post_id)
    if not changed and not as_json:
        output.note(_("nothing was changed"))
    post_lint.tell(desk, post_id)
    _tell(desk, post, as_json)


def _versions(
    conn: Connection, before: Post, accounts: tuple[Account, ...] | None, typed: tuple[tuple[str, str], ...]
) -> dict[str, str]:
    """All the versions that a post has after an edit: those that it had, and those that were typed."""
    from smdash.store import posts

    goes_to = accounts or [posts.find_account(conn, "/".join(one)) for one in before.accounts]
    by_id = versions_by_id(goes_to, typed, lambda name: posts.find_account(conn, name))
    found = {"/".join(account): text for account, text in before.versions}
    found |= {f"{one.platform}/{one.name}": by_id[one.id] for one in goes_to if one.id in by_id}
    return {account: text for account, text in found.items() if text}


COMMANDS = (submit, approve, reject, edit)
