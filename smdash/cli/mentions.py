"""``smdash mention``: list and show; what changes mentions is in the modules beside this."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from smdash.cli import mention_acts, mention_erase, mention_ingest, mention_replies, output
from smdash.cli.desk import Desk
from smdash.cli.options import ID, as_json, checked, only_ids
from smdash.core import formats, labels
from smdash.core.clock import find_zone
from smdash.core.errors import InputError
from smdash.core.networks import author
from smdash.core.records import MentionState
from smdash.locale import gettext as _

if TYPE_CHECKING:
    from smdash.core.records import Mention


@click.group(help=_("What people wrote to or about the accounts."))
def command() -> None:
    pass


for _module in (mention_ingest, mention_acts, mention_replies, mention_erase):
    for _one in _module.COMMANDS:
        command.add_command(_one)


def shape(row: Mention) -> dict[str, Any]:
    """A mention as ``--json`` gives it (DESIGN.md section 5)."""
    return {
        "id": row.id,
        "platform": row.platform,
        "account": row.account,
        "kind": row.kind.value,
        "author_handle": row.author_handle,
        "author_name": row.author_name,
        "body": row.body,
        "url": row.url,
        "sent_at": output.time(row.sent_at),
        "due_at": output.time(row.due_at),
        "state": row.state.value,
        "assignee": row.assignee,
        "priority": row.priority,
        "labels": list(row.labels),
    }


@command.command("list", help=_("The open mentions, oldest first, or those that answer a query; see the README."))
@click.argument("query", metavar=_("[QUERY]"), default="")
@click.option("--view", metavar=_("NAME"), help=_("those of a view; a query beside it narrows it"))
@click.option(
    "--state", "states", multiple=True, type=click.Choice([state.value for state in MentionState]),
    help=_("these states instead of the open ones"),
)  # fmt: skip
@click.option("--all", "every", is_flag=True, help=_("all states"))
@click.option(
    "--sort", "order", type=click.Choice(["waiting", "newest", "time_left"]), default="waiting",
    help=_("longest waiting first (as it is unless said), newest first, or by the time left"),
)  # fmt: skip
@click.option("--limit", type=ID, help=_("at most this many"))
@as_json
@only_ids
@click.pass_obj
def list_(
    desk: Desk,
    query: str,
    view: str | None,
    states: tuple[str, ...],
    every: bool,
    order: str,
    limit: int | None,
    as_json: bool,
    only_ids: bool,
) -> None:
    from smdash.store import inbox

    if query.strip() or view is not None or order != "waiting":
        rows = _answering(desk, query, view, list(MentionState) if every else states, order, limit)
    else:
        wanted = list(MentionState) if every else [MentionState(state) for state in states] or [MentionState.OPEN]
        with desk.store.reading() as conn:
            rows = inbox.select(conn, wanted, limit or -1)
    if as_json:
        output.dump([shape(row) for row in rows])
        return
    if only_ids:
        output.ids(row.id for row in rows)
        return
    now = desk.clock.now()
    output.table(
        ["ID", _("WAITS"), _("NETWORK"), _("ACCOUNT"), _("KIND"), _("WHO"), _("STATE"), _("TEXT")],
        (
            (
                row.id,
                formats.short_age(now - row.sent_at),
                row.platform,
                row.account,
                labels.kind(row.kind),
                author(row.author_handle, row.author_name)[0],
                labels.state(row.state),
                row.body,
            )
            for row in rows
        ),
    )
    if not rows:
        output.note(_("no mention is open") if not query and view is None else _("no mention answers this query"))


def _answering(
    desk: Desk, text: str, view: str | None, states: Sequence[str], order: str, limit: int | None
) -> tuple[Mention, ...]:
    """The mentions of a view or query. Raises click's BadParameter for what is none."""
    from smdash.core.query import Query, Term, parse
    from smdash.store import finding, views
    from smdash.store.inbox import Order

    me = desk.member()
    zone = find_zone(desk.team().zone)
    with desk.store.reading() as conn:
        names = finding.names(conn)
        terms = checked(lambda: parse(text, names), "QUERY").terms
        if view is not None:
            found = views.named(conn, me.member_id if me else None, view)
            terms = parse(found.query).terms + terms
        if states:
            terms += (Term("is", tuple(str(state) for state in states)),)
        return finding.find(conn, Query(terms), Order(order), now=desk.clock.now(), me=me, zone=zone, limit=limit).rows


@command.command("show", help=_("One mention with its thread and history."))
@click.argument("mention_id", metavar="ID", type=ID)
@as_json
@click.pass_obj
def show(desk: Desk, mention_id: int, as_json: bool) -> None:
    from smdash.store import inbox, searches

    with desk.store.reading() as conn:
        whole = inbox.whole(conn, mention_id)
        queries = searches.of_mention(conn, mention_id)
    if whole is None:
        raise InputError(_("there is no mention {id}").format(id=mention_id))
    if as_json:
        output.dump(
            {
                **shape(whole.mention),
                "received_at": output.time(whole.received_at),
                "edited_at": output.time(whole.edited_at),
                "reply_until": output.time(whole.reply_until),
                "answered_at": output.time(whole.mention.answered_at),
                "searches": queries,
                "thread": [shape(row) for row in whole.thread],
                "history": [
                    {"at": output.time(one.at), "who": one.who, "verb": one.verb, "detail": one.detail}
                    for one in whole.history
                ],
            }
        )
        return
    zone = find_zone(desk.team().zone)
    row = whole.mention
    output.say(f"{row.author_name} ({row.author_handle}), {labels.kind(row.kind)}, {row.platform}/{row.account}")
    output.say(f"{formats.whole_moment(row.sent_at, zone)}, {labels.state(row.state)}")
    if row.url:
        output.say(row.url)
    if queries:
        output.say(_("found by: {queries}").format(queries=", ".join(queries)))
    output.say("\n" + row.body)
    for earlier in whole.thread:
        if earlier.id != row.id:
            output.say(f"\n{earlier.author_name}, {formats.short_moment(earlier.sent_at, zone)}:\n{earlier.body}")
    for one in whole.history:
        output.say(f"{formats.short_moment(one.at, zone)}  {one.who}: {labels.verb(one.verb)}")
