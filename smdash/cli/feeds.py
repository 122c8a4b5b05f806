"""``smdash feed``: add, list."""

from __future__ import annotations

import asyncio
from urllib.parse import urlsplit

import click

from smdash.cli import output
from smdash.cli.desk import Desk
from smdash.cli.options import as_json, only_ids
from smdash.core import labels
from smdash.core.errors import ErrorKind, PlatformError
from smdash.core.text import clean_name, safe_link
from smdash.locale import gettext as _


@click.group(help=_("Feeds that are read for curation."))
def command() -> None:
    pass


@command.command("add", help=_("Follow a feed; the address of a page that names one will do."))
@click.argument("url")
@click.option("--no-check", is_flag=True, help=_("don't look at the address now"))
@click.pass_obj
def add(desk: Desk, url: str, no_check: bool) -> None:
    from smdash.cli.service_user import is_service_user
    from smdash.store import feeds

    desk.refuse_read_only()
    url = url.strip()
    if not safe_link(url) or not _host(url):
        raise click.BadParameter(
            _("“{url}” is not an http or https address").format(url=clean_name(url)), param_hint="URL"
        )
    title = None
    trusted = is_service_user(desk)
    if not no_check:
        try:
            url, title = asyncio.run(_discover(url, owner_typed=trusted))
        except PlatformError as problem:
            if problem.kind not in (ErrorKind.NETWORK, ErrorKind.RATE, ErrorKind.SERVER):
                raise
            output.note(_("not checked: {problem}; the service will try again").format(problem=problem))
    if trusted:
        allow_if_private(url)
    with desk.store.writing() as conn:
        feed_id = feeds.add(conn, desk.actor(conn), desk.clock.now(), url, title)
    output.say(_("feed {id} is followed: {title}").format(id=feed_id, title=title or url))


def _host(url: str) -> str:
    """The host that an address names, or nothing."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


async def _discover(url: str, *, owner_typed: bool) -> tuple[str, str | None]:
    from smdash.platforms.client import Client
    from smdash.platforms.feeds import discover

    async with Client() as client:
        return await discover(url, client, owner_typed=owner_typed)


def allow_if_private(url: str) -> None:
    """The service's owner typed it, so the service may go there; written where only that owner can write."""
    from smdash.platforms.addresses import is_private_host
    from smdash.settings import service

    host = _host(url)
    if is_private_host(host) and host not in service.read().private_hosts:
        service.allow_private_host(host)


@command.command("list", help=_("The feeds that are followed."))
@as_json
@only_ids
@click.pass_obj
def list_(desk: Desk, as_json: bool, only_ids: bool) -> None:
    from smdash.store import feeds

    with desk.store.reading() as conn:
        rows = feeds.select(conn)
    if as_json:
        output.dump([row._asdict() for row in rows])
    elif only_ids:
        output.ids(row.id for row in rows)
    else:
        output.table(
            ["ID", _("ITEMS"), _("UNREAD"), _("STATE"), _("TITLE"), _("ADDRESS")],
            ((row.id, row.items, row.unread, labels.status(row.status), row.title or "", row.url) for row in rows),
        )
        if not rows:
            output.note(_("no feed is followed; add one with: smdash feed add URL"))
