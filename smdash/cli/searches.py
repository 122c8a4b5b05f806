"""``smdash search``: what is looked for on networks, whose hits come to the mentions as ``kind:listening``."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import click

from smdash.cli import options, output
from smdash.cli.desk import Desk
from smdash.cli.options import ID, as_json, only_ids
from smdash.core import formats, labels
from smdash.core.clock import find_zone
from smdash.core.errors import Refused
from smdash.locale import gettext as _

if TYPE_CHECKING:
    from smdash.core.records import Job
    from smdash.core.searches import Search
    from smdash.platforms.base import Searching


@click.group(
    help=_("Saved searches: what people say who don't name the account. Their hits are mentions of the kind listening.")
)
def command() -> None:
    pass


@command.command(
    "add", help=_("Save a search, in the network's own words; quotes keep a phrase together, # finds a hashtag.")
)
@click.argument("query", metavar=_("QUERY"))
@click.option("--account", required=True, help=_("in whose name it is asked: NAME or NETWORK/NAME"))
@click.option(
    "--every", metavar=_("DURATION"), help=_("how often, such as 30m; else as often as the network's kind is")
)
@as_json
@click.pass_obj
def add(desk: Desk, query: str, account: str, every: str | None, as_json: bool) -> None:
    from smdash.store import posts, searches

    interval_s = _interval(every)
    desk.refuse_read_only()
    with desk.store.writing() as conn:
        found = posts.find_account(conn, account)
        network = _searching(found.platform)
        text = _query(query, network)
        search_id = searches.add(conn, desk.actor(conn), desk.clock.now(), found, text, interval_s)
    if as_json:
        output.dump({"id": search_id, "query": text, "platform": found.platform, "account": found.name})
        return
    output.say(
        _("search {id} is saved: {query} on {account}, every {span}").format(
            id=search_id,
            query=text,
            account=f"{found.platform}/{found.name}",
            span=_span(interval_s or network.interval_s),
        )
    )
    if network.note:
        output.note(_(network.note))


@command.command(
    "edit", help=_("Change a search's words or how often it is asked; new words are looked for from the beginning.")
)
@click.argument("search_id", metavar="ID", type=ID)
@click.option("--query", metavar=_("QUERY"), help=_("the new words"))
@click.option("--every", metavar=_("DURATION"), help=_("how often, such as 30m; “usual” for the network's own"))
@as_json
@click.pass_obj
def edit(desk: Desk, search_id: int, query: str | None, every: str | None, as_json: bool) -> None:
    from smdash.store import searches

    if query is None and every is None:
        raise click.UsageError(_("name what to change: --query or --every"))
    usual = every == "usual"
    interval_s = None if usual else _interval(every)
    desk.refuse_read_only()
    with desk.store.writing() as conn:
        actor, now = desk.actor(conn), desk.clock.now()
        text = None if query is None else _query(query, _searching(searches.get(conn, search_id).platform))
        changed = searches.edit(conn, actor, now, search_id, query=text, interval_s=interval_s, usual=usual)
    _tell(search_id, _("changed") if changed else _("nothing to change"), int(changed), as_json)


@command.command("pause", help=_("Look for it no more until it is resumed; what it found stays."))
@click.argument("search_id", metavar="ID", type=ID)
@as_json
@click.pass_obj
def pause(desk: Desk, search_id: int, as_json: bool) -> None:
    found = _pause(desk, search_id, on=True)
    _tell(search_id, _("{query} is not looked for any more; again with: smdash search resume {id}").format(
        query=found.query, id=search_id), 1, as_json)  # fmt: skip


@command.command("resume", help=_("Look for it again, from where it was."))
@click.argument("search_id", metavar="ID", type=ID)
@as_json
@click.pass_obj
def resume(desk: Desk, search_id: int, as_json: bool) -> None:
    found = _pause(desk, search_id, on=False)
    _tell(search_id, _("{query} is looked for again").format(query=found.query), 1, as_json)


@command.command("remove", help=_("Take a search away; what it found stays, and undo brings it back."))
@click.argument("search_id", metavar="ID", type=ID)
@as_json
@click.pass_obj
def remove(desk: Desk, search_id: int, as_json: bool) -> None:
    from smdash.store import searches

    desk.refuse_read_only()
    with desk.store.writing() as conn:
        found = searches.remove(conn, desk.actor(conn), desk.clock.now(), search_id)
    _tell(search_id, _("search {id} is removed: {query}").format(id=search_id, query=found.query), 1, as_json)


@command.command("list", help=_("The saved searches, how much each found, and what of it was answered."))
@as_json
@only_ids
@click.pass_obj
def list_(desk: Desk, as_json: bool, only_ids: bool) -> None:
    from smdash.store import jobs, searches

    with desk.store.reading() as conn:
        rows = searches.select(conn, desk.clock.now())
        health = {job.name: job for job in jobs.select(conn)}
    if only_ids:
        output.ids(row.id for row in rows)
        return
    if as_json:
        output.dump([_plain(row, health.get(row.job)) for row in rows])
        return
    output.table(
        ["ID", _("NETWORK"), _("ACCOUNT"), _("STATE"), _("FOUND"), _("WEEK"), _("OPEN"), _("ANSWERED"), _("QUERY")],
        (
            (row.id, row.platform, row.account, _state(row, health.get(row.job)), row.found, row.week, row.open,
             row.answered, row.query)
            for row in rows
        ),
    )  # fmt: skip
    if not rows:
        output.note(_("no search is saved; save one with: smdash search add QUERY --account NAME"))


@command.command("show", help=_("One search, and how its last look went."))
@click.argument("search_id", metavar="ID", type=ID)
@as_json
@click.pass_obj
def show(desk: Desk, search_id: int, as_json: bool) -> None:
    from smdash.store import jobs, searches

    now = desk.clock.now()
    with desk.store.reading() as conn:
        row = searches.get(conn, search_id, now)
        job = next((one for one in jobs.select(conn) if one.name == row.job), None)
    if as_json:
        output.dump(_plain(row, job))
        return
    zone = find_zone(desk.team().zone)
    network = _usual(row.platform)
    interval_s = row.interval_s or (network.interval_s if network is not None else None)
    lines = [
        (_("query"), row.query),
        (_("account"), f"{row.platform}/{row.account}"),
        (_("state"), _state(row, job)),
        (_("every"), _span(interval_s) if interval_s else ""),
        (_("saved"), " ".join(one for one in (formats.short_moment(row.created_at, zone), row.by) if one)),
        (_("found"), _("{n}, {week} of them within seven days").format(n=row.found, week=row.week)),
        (_("of them"), _("{open} open, {answered} answered").format(open=row.open, answered=row.answered)),
        (_("last look"), formats.short_moment(job.last_ok_at, zone) if job and job.last_ok_at else _("none yet")),
        (_("said"), job.error if job and job.error else ""),
    ]
    for name, value in lines:
        if value:
            output.say(f"{name}: {value}")


def _state(row: Search, job: Job | None) -> str:
    """A search's state, and whether its looks fail."""
    if row.status == "active" and job is not None and job.failures:
        return _("fails")
    return labels.status(row.status)


def _plain(row: Search, job: Job | None) -> dict[str, object]:
    return {
        "id": row.id,
        "query": row.query,
        "platform": row.platform,
        "account": row.account,
        "status": row.status,
        "interval_s": row.interval_s,
        "by": row.by,
        "created_at": output.time(row.created_at),
        "found": row.found,
        "week": row.week,
        "open": row.open,
        "answered": row.answered,
        "last_ok_at": output.time(job.last_ok_at) if job else None,
        "error": job.error if job else None,
    }


def _tell(search_id: int, sentence: str, changed: int, as_json: bool) -> None:
    if as_json:
        output.dump({"id": search_id, "changed": changed})
    else:
        output.say(sentence)


def _pause(desk: Desk, search_id: int, *, on: bool) -> Search:
    from smdash.store import searches

    desk.refuse_read_only()
    with desk.store.writing() as conn:
        return searches.pause(conn, desk.actor(conn), desk.clock.now(), search_id, on=on)


def _span(seconds: int) -> str:
    return formats.short_span(timedelta(seconds=seconds))


def _interval(every: str | None) -> int | None:
    return None if every is None else int(options.duration(every, "--every").total_seconds())


def _query(query: str, network: Searching) -> str:
    from smdash.core.searches import checked

    return options.checked(lambda: checked(query, longest=network.longest, tags_only=network.tags_only), "QUERY")


def _usual(platform: str) -> Searching | None:
    """How a network is searched, or nothing."""
    from smdash.platforms import registry

    return next((one.searching for one in registry.all_platforms() if one.name == platform), None)


def _searching(platform: str) -> Searching:
    """How a network is searched. Raises Refused, with those that can be, where it can't."""
    from smdash.platforms import registry

    found = _usual(platform)
    if found is None:
        able = ", ".join(one.name for one in registry.shown() if one.searching is not None)
        raise Refused(
            _("{network} has no search that a program may use; those that have: {names}").format(
                network=platform, names=able
            )
        )
    return found
