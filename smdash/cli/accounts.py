"""``smdash account``: add, edit, list, check. Secrets stay in the service user's own files."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import click

from smdash.cli import output
from smdash.cli.desk import Desk
from smdash.cli.options import as_json, only_ids
from smdash.core import labels
from smdash.core.errors import ErrorKind, InputError, PlatformError, SmdashError
from smdash.core.text import clean_name, safe_link
from smdash.locale import gettext as _

if TYPE_CHECKING:
    from smdash.platforms.base import Credentials, Platform, Verified
    from smdash.settings.vault import FileVault


@click.group(help=_("Brand profiles on networks."))
def command() -> None:
    pass


@command.command("add", help=_("Connect an account; run it as the service's user."))
@click.argument("platform")
@click.option("--name", required=True, help=_("what the team calls it"))
@click.option("--handle", default="", help=_("whose the token is, where the network must be told (Bluesky)"))
@click.option("--url", default="", help=_("the server's address, where the network has several"))
@click.option(
    "--token-file", type=click.Path(path_type=Path), help=_("a file that holds the token alone; it stays where it is")
)
@click.option("--no-check", is_flag=True, help=_("don't ask the network now"))
@click.pass_obj
def add(desk: Desk, platform: str, name: str, handle: str, url: str, token_file: Path | None, no_check: bool) -> None:
    from smdash.cli import service_user
    from smdash.platforms import registry
    from smdash.platforms.base import Credentials
    from smdash.settings import service
    from smdash.store import teams

    desk.refuse_read_only()
    found = registry.find_live(platform)
    title = clean_name(name)
    if not title or "/" in title:
        raise click.BadParameter(_("a name without “/” is needed"), param_hint="--name")
    service_user.require(desk, f"smdash account add {found.name} --name {title} …")
    url = url.rstrip("/") or found.default_url
    if (found.needs_url or url) and not safe_link(url):
        raise click.BadParameter(
            _("{platform} needs its server's http or https address").format(platform=found.title), param_hint="--url"
        )
    handle = _handle(handle, found)
    if found.needs_token and token_file is None:
        raise click.UsageError(_("{platform} needs --token-file").format(platform=found.title))
    if found.needs_token and url.startswith("http://") and not _stays_near(url):
        raise click.BadParameter(
            _("over http:// anybody on the way could read the token; use the server's https address"),
            param_hint="--url",
        )
    token = service.read_token(token_file) if token_file else ""
    if token_file and service.readable_by_others(token_file):
        output.note(_("others can read {path}; mend it with: chmod 600 {path}").format(path=token_file))
    verified = None
    if not no_check:
        try:
            verified = asyncio.run(
                verify(Credentials(found.name, title, url, token, handle, _vault(desk, found.name, title)), desk)
            )
        except PlatformError as problem:
            if problem.kind not in (ErrorKind.NETWORK, ErrorKind.RATE, ErrorKind.SERVER):
                raise
            output.note(_("not checked: {problem}; the service will try again").format(problem=problem))
    team = desk.team()
    if verified and verified.missing_scopes:
        output.note(_("missing scopes: {scopes}").format(scopes=", ".join(verified.missing_scopes)))
    service.add_account(
        service.AccountSettings(
            found.name,
            title,
            url,
            token_file=str(token_file.absolute()) if token_file else "",
            database=team.database_id,
            handle=handle,
        )
    )
    with desk.store.writing() as conn:
        teams.put_account(
            conn,
            found.name,
            title,
            desk.clock.now(),
            url=verified.url if verified else url or None,
            handle=verified.handle if verified else None,
            remote_id=verified.remote_id if verified else None,
            limits=verified.limits if verified else None,
        )
    whose = f" (@{verified.handle})" if verified else ""
    output.say(_("account {platform}/{name}{whose} is connected").format(platform=found.name, name=title, whose=whose))


def _handle(text: str, platform: Platform) -> str:
    """The handle as the platform takes it. Raises a usage error where it is lacking or of no use."""
    from smdash.settings import service

    if not platform.needs_handle:
        if text:
            raise click.BadParameter(
                _("{platform} needs none, its token says whose it is").format(platform=platform.title),
                param_hint="--handle",
            )
        return ""
    if not text:
        raise click.UsageError(
            _("{platform} needs --handle, whose the app password is").format(platform=platform.title)
        )
    try:
        return service.handle(text)
    except InputError as problem:
        raise click.BadParameter(str(problem), param_hint="--handle") from problem


def _vault(desk: Desk, platform: str, name: str) -> FileVault:
    """Where the service keeps this account's session; what is asked here is then not asked again there."""
    from smdash.settings.vault import FileVault

    return FileVault(desk.team().database_id, platform, name)


def _stays_near(url: str) -> bool:
    """Whether the address leads to this machine or a private network only, where no stranger carries the token."""
    from urllib.parse import urlsplit

    from smdash.platforms.addresses import is_private_host

    try:
        return is_private_host(urlsplit(url).hostname or "")
    except ValueError:
        return False


async def verify(credentials: Credentials, desk: Desk) -> Verified:
    """Ask the network whose token it is. Raises PlatformError."""
    from smdash.platforms import registry
    from smdash.platforms.client import Client
    from smdash.platforms.echoes import without_echoes

    platform = registry.find_live(credentials.platform)
    if platform.load is None:
        raise PlatformError(
            ErrorKind.PERMISSION, _("{platform} can't be asked for its token").format(platform=platform.title)
        )
    async with Client() as client:
        return without_echoes(await platform.load().verify(credentials, client, desk.clock.now()))


@command.command("edit", help=_("Change whose account it is."))
@click.argument("name", metavar="NAME")
@click.option("--brand", required=True, help=_("the brand that it belongs to; empty for none"))
@as_json
@click.pass_obj
def edit(desk: Desk, name: str, brand: str, as_json: bool) -> None:
    from smdash.store import brands, posts

    with desk.store.writing() as conn:
        found = posts.find_account(conn, name)
        changed = brands.give(conn, desk.actor(conn), desk.clock.now(), "account", found.id, clean_name(brand))
    if as_json:
        output.dump({"id": found.id, "changed": int(changed)})
    else:
        output.say(_("changed") if changed else _("nothing was changed"))


def _pause(desk: Desk, name: str, *, on: bool) -> str:
    from smdash.store import posts, teams

    with desk.store.writing() as conn:
        found = posts.find_account(conn, name)
        teams.pause(conn, desk.actor(conn), found, desk.clock.now(), on=on)
    return f"{found.platform}/{found.name}"


@command.command("pause", help=_("Send nothing to an account until it is resumed; what comes in from it goes on."))
@click.argument("name", metavar="NAME")
@click.pass_obj
def pause(desk: Desk, name: str) -> None:
    account = _pause(desk, name, on=True)
    output.say(_("nothing goes out to {account} now; again with: smdash account resume").format(account=account))


@command.command("resume", help=_("Send to an account again; what was due more than an hour ago waits for a person."))
@click.argument("name", metavar="NAME")
@click.pass_obj
def resume(desk: Desk, name: str) -> None:
    output.say(_("what is due goes out to {account} again").format(account=_pause(desk, name, on=False)))


@command.command("list", help=_("The accounts that the team has."))
@as_json
@only_ids
@click.pass_obj
def list_(desk: Desk, as_json: bool, only_ids: bool) -> None:
    from smdash.store import brands, teams

    with desk.store.reading() as conn:
        several = brands.are_shown(conn)
        rows = teams.accounts(conn)
    if as_json:
        output.dump(
            [
                {
                    "id": row.id,
                    "platform": row.platform,
                    "name": row.name,
                    "handle": row.handle,
                    "url": row.url,
                    "status": row.status,
                    "brand": row.brand,
                }
                for row in rows
            ]
        )
    elif only_ids:
        output.ids(row.id for row in rows)
    else:
        output.table(
            ["ID", _("NETWORK"), _("NAME"), *([_("BRAND")] if several else []), _("HANDLE"), _("STATE"), _("ADDRESS")],
            (
                (
                    row.id,
                    row.platform,
                    row.name,
                    *([row.brand or ""] if several else []),
                    row.handle or "",
                    labels.status(row.status),
                    row.url or "",
                )
                for row in rows
            ),
        )
        if not rows:
            output.note(_("no account yet; connect one with: smdash account add"))


@command.command("check", help=_("Ask each network whether its token still works."))
@click.argument("names", metavar="[NAME]...", nargs=-1)
@as_json
@click.pass_obj
def check(desk: Desk, names: tuple[str, ...], as_json: bool) -> None:
    from smdash.cli import service_user
    from smdash.platforms.base import Credentials
    from smdash.settings import service

    service_user.require(desk, "smdash account check")
    settings = service.read()
    for problem in settings.loose:
        output.error(problem)
    mine = [one for one in settings.accounts if one.database in ("", desk.team().database_id)]
    chosen = [one for one in mine if not names or one.name in names or f"{one.platform}/{one.name}" in names]
    for name in names:
        if not any(name in (one.name, f"{one.platform}/{one.name}") for one in chosen):
            raise InputError(_("there is no account “{name}” in {path}").format(name=name, path=service.path()))
    results: list[tuple[str, bool, str | None, tuple[str, ...], str | None]] = []
    for one in chosen:
        try:
            vault = _vault(desk, one.platform, one.name)
            credentials = Credentials(one.platform, one.name, one.url, one.secret(), one.handle, vault)
            verified = asyncio.run(verify(credentials, desk))
            results.append((f"{one.platform}/{one.name}", True, verified.handle, verified.missing_scopes, None))
        except SmdashError as problem:
            results.append((f"{one.platform}/{one.name}", False, None, (), str(problem)))
    if as_json:
        keys = ("account", "ok", "handle", "missing_scopes", "error")
        output.dump([dict(zip(keys, result, strict=True)) for result in results])
    for account, good, handle, missing, error in () if as_json else results:
        words = f"@{handle}" if good else str(error)
        if missing:
            words += "; " + _("missing scopes: {scopes}").format(scopes=", ".join(missing))
        output.say(f"{'✓' if good else '!'} {account}: {words}")
    if not results and not as_json:
        output.note(_("no account yet; connect one with: smdash account add"))
    if settings.loose or not all(good for _account, good, *_rest in results):
        raise click.exceptions.Exit(1)
