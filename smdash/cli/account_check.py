"""``smdash account check``: ask each network whether its token still works, for how long, and what is left."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from smdash.cli import output
from smdash.cli.account_said import counted, days_left, described, verify
from smdash.cli.desk import Desk
from smdash.cli.options import as_json
from smdash.core import figures
from smdash.core.errors import InputError, SmdashError
from smdash.locale import gettext as _

if TYPE_CHECKING:
    from smdash.core.figures import Followers
    from smdash.platforms.base import Platform, Verified
    from smdash.settings.accounts import AccountSettings


@dataclass(frozen=True, slots=True)
class _Result:
    account: str
    platform: Platform | None = None
    verified: Verified | None = None
    error: str | None = None
    followers: Followers | None = None

    def as_dict(self, now: datetime) -> dict[str, Any]:
        said = self.verified
        quota = said.quota if said else None
        return {
            "account": self.account,
            "ok": said is not None,
            "handle": said.handle if said else None,
            "missing_scopes": list(said.missing_scopes) if said else [],
            "expires_at": output.time(said.expires_at) if said else None,
            "days_left": days_left(said, now) if said else None,
            "quota": {"left": quota.left, "limit": quota.limit, "resets_at": output.time(quota.resets_at)}
            if quota
            else None,
            "notice": said.notice if said else None,
            "cost": self.platform.cost if self.platform and self.platform.cost else None,
            "error": self.error,
            **counted(self.followers),
        }

    def line(self, now: datetime) -> str:
        if self.verified is None or self.platform is None:
            return f"! {self.account}: {self.error}"
        words = [f"@{self.verified.handle}", *described(self.platform, self.verified, now)]
        if self.followers is not None:
            words.append(figures.followers(self.followers))
        return f"✓ {self.account}: {'; '.join(words)}"


@click.command("check", help=_("Ask each network whether its token still works, for how long, and what is left."))
@click.argument("names", metavar="[NAME]...", nargs=-1)
@as_json
@click.pass_obj
def check(desk: Desk, names: tuple[str, ...], as_json: bool) -> None:
    from smdash.cli import service_user
    from smdash.settings import service

    service_user.require(desk, "smdash account check")
    settings = service.read()
    for problem in settings.loose:
        output.error(problem)
    database_id = desk.team().database_id
    mine = [one for one in settings.accounts if one.database in ("", database_id)]
    chosen = [one for one in mine if not names or one.name in names or f"{one.platform}/{one.name}" in names]
    for name in names:
        if not any(name in (one.name, f"{one.platform}/{one.name}") for one in chosen):
            raise InputError(_("there is no account “{name}” in {path}").format(name=name, path=service.path()))
    results = [_ask(desk, one, database_id) for one in chosen]
    now = desk.clock.now()
    known = _followers(desk, now)
    results = [replace(result, followers=known.get(result.account)) for result in results]
    if as_json:
        output.dump([result.as_dict(now) for result in results])
    else:
        for result in results:
            output.say(result.line(now))
        if not results:
            output.note(_("no account yet; connect one with: smdash account add"))
    if settings.loose or not all(result.verified for result in results):
        raise click.exceptions.Exit(1)


def _followers(desk: Desk, now: datetime) -> dict[str, Followers]:
    """How many follow each account, as the service found it last."""
    from smdash.core.clock import find_zone
    from smdash.store import metrics, teams

    zone = find_zone(desk.team().zone)
    with desk.store.reading() as conn:
        found = metrics.followers(conn, now, zone)
        return {f"{one.platform}/{one.name}": found[one.id] for one in teams.accounts(conn) if one.id in found}


def _ask(desk: Desk, one: AccountSettings, database_id: str) -> _Result:
    from smdash.platforms import registry
    from smdash.settings.vault import FileVault
    from smdash.sync.secrets import credentials

    account = f"{one.platform}/{one.name}"
    try:
        platform = registry.find_live(one.platform)
        asked = credentials(one, platform, FileVault(database_id, one.platform, one.name))
        return _Result(account, platform, asyncio.run(verify(asked, desk)))
    except SmdashError as problem:
        return _Result(account, error=str(problem))
