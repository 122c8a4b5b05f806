"""Which jobs should exist: one a source, from the owner's accounts and the team's feeds."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from smdash.core.errors import SmdashError
from smdash.core.networks import code
from smdash.core.searches import PAUSED, Search, label
from smdash.platforms import registry
from smdash.platforms.base import LIVE, JobKind, Platform
from smdash.platforms.exec import Exec, Program
from smdash.settings.accounts import AccountSettings
from smdash.settings.programs import ProgramSettings
from smdash.settings.service import ServiceSettings
from smdash.store import budgets, feeds, jobs, links, received, searches, teams
from smdash.store.driver import Connection
from smdash.store.jobs import JobSpec
from smdash.sync import calendars, metering

log = logging.getLogger("smdash.sync")
# How often the addresses of coming posts are looked at (seconds).
LINKS_S = 300
# How often a receiver says that it listens (seconds).
PUSH_S = 60


@dataclass(frozen=True, slots=True)
class Source:
    """What a job pulls from: a platform's kind of job, and the account, feed, program, search or calendar it is for."""

    platform: Platform
    kind: str
    account: AccountSettings | None = None
    account_id: int | None = None
    feed_id: int | None = None
    feed_url: str = ""
    program: ProgramSettings | None = None
    search: Search | None = None
    among: int = 1
    calendar: calendars.Watched | None = None


def project(conn: Connection, settings: ServiceSettings, database_id: str, now: datetime) -> dict[str, Source]:
    """Write the rows of all jobs that should exist and return what each pulls from.

    The caller holds the write lock. An account on an unknown or retired network is logged and left out.
    """
    specs: list[JobSpec] = []
    sources: dict[str, Source] = {}
    known = {(one.platform, one.name): one.id for one in teams.accounts(conn)}
    mine = [account for account in settings.accounts if account.database in ("", database_id)]
    shown = {job.name for job in jobs.select(conn)}
    for account in mine:
        try:
            platform = registry.find_live(account.platform)
        except SmdashError as problem:
            log.warning("%s/%s: %s", account.platform, account.name, problem)
            continue
        account_id = known.get((account.platform, account.name)) or teams.put_account(
            conn, account.platform, account.name, now, url=account.url or None
        )
        budgets.keep(conn, account_id, now, platform.counting, cost=platform.cost, most=account.budget)
        whose = _whose(account, platform, mine)
        for kind in platform.jobs:
            name = f"{account.platform}/{account.name}/{kind.key}"
            label = platform.title.lower() if len(platform.jobs) == 1 else kind.label or f"{whose} {kind.key}"
            specs.append(
                JobSpec(name, label, account.platform, account_id, None, account.interval_s or kind.interval_s)
            )
            sources[name] = Source(platform, kind.key, account, account_id)
        if platform.abilities.metrics:
            name = f"{account.platform}/{account.name}/{metering.JOB}"
            label = f"{whose} {metering.JOB}"
            every_s = metering.rhythm(platform).interval_s
            specs.append(JobSpec(name, label, account.platform, account_id, None, every_s))
            sources[name] = Source(platform, metering.JOB, account, account_id)
        if platform.receive is not None:
            push = push_spec(account, platform, account_id, mine)
            # Its row is made by the receiver, where one is used.
            specs += [push] if push.name in shown else []
    for program in settings.programs:
        if program.database in ("", database_id):
            name = f"exec/{program.name}"
            # The row's account keeps the job while a part of the file can't be read; nothing is sent to it.
            program_of = teams.ensure_account(conn, program.platform, program.account, now)
            specs.append(JobSpec(name, program.name, program.platform, program_of, None, program.interval_s))
            sources[name] = Source(_platform_of(program), "exec", program=program)
    reader = registry.find_live("feeds")
    for feed in feeds.select(conn):
        if feed.status == "active":
            name = f"feeds/{feed.id}"
            label = feed.title or urlsplit(feed.url).hostname or feed.url
            specs.append(JobSpec(name, label, "feeds", None, feed.id, settings.feed_interval_s))
            sources[name] = Source(reader, "feed", feed_id=feed.id, feed_url=feed.url)
    of_mine = [one for one in settings.calendars if one.database in ("", database_id)]
    for spec, watched in calendars.project(conn, of_mine, now):
        specs.append(spec)
        sources[spec.name] = Source(calendars.PLATFORM, "calendar", calendar=watched)
    _add_searches(conn, mine, shown, specs, sources)
    _add_figures_of_demo(conn, mine, specs, sources)
    if links.any_known(conn):
        # Its round makes the row, when there is something to look at for the first time.
        specs.append(JobSpec("links", "links", "links", None, None, LINKS_S))
    # While a part of the file can't be read, nobody knows whose jobs are over: their cursors are kept.
    jobs.project(conn, specs, keep_accounts=bool(settings.loose))
    return sources


def _add_searches(
    conn: Connection,
    mine: Sequence[AccountSettings],
    shown: set[str],
    specs: list[JobSpec],
    sources: dict[str, Source],
) -> None:
    """A job for each saved search whose account is here, on a network that can be searched."""
    by_name = {(one.platform, one.name): one for one in mine}
    # The demo's one account plays all of its networks.
    player = next((one for one in mine if one.platform == "demo"), None)
    saved = searches.planned(conn)
    among = Counter(one.account_id for one in saved if one.status != PAUSED)
    for one in saved:
        account = by_name.get((one.platform, one.account)) or player
        try:
            platform = registry.find_live(one.platform if account is not player else "demo")
        except SmdashError:
            continue
        if account is None or platform.searching is None:
            log.warning("search %s: nothing here can ask %s/%s", one.id, one.platform, one.account)
            continue
        # What it has read is kept while it is paused.
        if one.status == PAUSED and one.job not in shown:
            continue
        named = label(platform.code, one.query)
        interval_s = one.interval_s or platform.searching.interval_s
        specs.append(JobSpec(one.job, named, one.platform, one.account_id, None, interval_s))
        if one.status != PAUSED:
            sources[one.job] = Source(
                platform,
                "search" if account is not player else one.platform,
                account,
                one.account_id,
                search=one,
                among=among[one.account_id],
            )


def _add_figures_of_demo(
    conn: Connection, mine: Sequence[AccountSettings], specs: list[JobSpec], sources: dict[str, Source]
) -> None:
    """A job that measures each account that the demo's one account plays and whose network counts anything."""
    player = next((one for one in mine if one.platform == "demo"), None)
    if player is None or teams.get(conn, "demo") is not True:
        return
    from smdash.platforms import demo_figures

    demo, own = registry.find_live("demo"), {(one.platform, one.name) for one in mine}
    for one in teams.accounts(conn):
        if demo_figures.tells(one.platform) and (one.platform, one.name) not in own:
            name = f"{one.platform}/{one.name}/{metering.JOB}"
            every_s = metering.rhythm(demo).interval_s
            specs.append(JobSpec(name, f"{code(one.platform)} {metering.JOB}", one.platform, one.id, None, every_s))
            played = AccountSettings(one.platform, one.name, url=player.url)
            sources[name] = Source(demo, metering.JOB, played, one.id)


def _platform_of(one: ProgramSettings) -> Platform:
    """The platform that a program's lines are shown as, with the program as its adapter."""
    program = Program(
        one.name, one.platform, one.account, one.command, one.timeout_s, one.memory_mb * 1024 * 1024, one.env
    )
    title = next((known.title for known in registry.all_platforms() if known.name == one.platform), one.platform)
    return Platform(
        name=one.platform,
        title=title,
        code=code(one.platform),
        status=LIVE,
        load=lambda: Exec(program),
        jobs=(JobKind("exec", one.interval_s),),
        needs_token=False,
    )


def push_spec(
    account: AccountSettings, platform: Platform, account_id: int, mine: Sequence[AccountSettings]
) -> JobSpec:
    """The health row of what the network pushes for an account; nothing is pulled by it."""
    name = received.job_name(account.platform, account.name)
    label = f"{_whose(account, platform, mine)} {received.JOB}"
    return JobSpec(name, label, account.platform, account_id, None, PUSH_S)


def _whose(account: AccountSettings, platform: Platform, mine: Sequence[AccountSettings]) -> str:
    """What the strip calls an account: a brand has the same name on several networks more often than not."""
    shared = any(one.name == account.name and one.platform != account.platform for one in mine)
    return f"{platform.code} {account.name}" if shared else account.name
