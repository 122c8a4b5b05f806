"""A look at a calendar that campaigns are kept in step with, as a job of the service."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from smdash.core import campaign_ics, schedule
from smdash.core.campaign_ics import Found
from smdash.core.clock import find_zone
from smdash.core.errors import ErrorKind, InputError, SettingsError
from smdash.core.records import CampaignKind, Counts, Job, Team
from smdash.core.text import one_line
from smdash.locale import gettext as _
from smdash.locale import ngettext
from smdash.platforms import apart
from smdash.platforms.base import LIVE, Credentials, Platform
from smdash.platforms.calendars import Fetched, fetch
from smdash.platforms.problems import problem
from smdash.settings.calendars import CALDAV, ICS, CalendarSettings
from smdash.settings.references import TEXT, Reference
from smdash.store import calendars, jobs, teams
from smdash.store.calendars import Calendar
from smdash.store.driver import Connection
from smdash.store.jobs import JobSpec

if TYPE_CHECKING:
    from smdash.platforms.client import Client
    from smdash.sync.rounds import Rounds

# What its jobs are called, as if it were a network.
PLATFORM = Platform("calendar", "CalDAV, ICS", "CA", LIVE, needs_token=False, is_account=False)
# From so many letters on a part of a secret address is taken for what makes it one.
LONG = 16
# Sentences of one look that its health row tells.
TOLD = 5


class Watched(NamedTuple):
    """A calendar that is looked at: its row, and how the service's owner (or the row itself) says to reach it."""

    calendar: Calendar
    settings: CalendarSettings


def project(conn: Connection, settings: Sequence[CalendarSettings], now: datetime) -> list[tuple[JobSpec, Watched]]:
    """The calendars to look at: those of ``sync.toml``, and public addresses that the team keeps in the database.

    The caller holds the write lock.
    """
    found: dict[int, tuple[JobSpec, Watched]] = {}
    for one in settings:
        kind = CampaignKind(one.campaign_kind)
        row = calendars.ensure(conn, now, one.name, one.kind, one.shown_url, kind)
        found.setdefault(row.id, _watched(row, one))
    for row in calendars.select(conn):
        if row.kind == ICS and row.url and row.id not in found:
            public = CalendarSettings(row.name, ICS, Reference(TEXT, row.url), campaign_kind=row.campaign_kind.value)
            found[row.id] = _watched(row, public)
    return list(found.values())


def _watched(row: Calendar, settings: CalendarSettings) -> tuple[JobSpec, Watched]:
    spec = JobSpec(calendars.job_name(row.id), row.name, PLATFORM.name, None, None, settings.interval_s)
    return spec, Watched(row, settings)


def credentials(watched: Watched) -> Credentials:
    """How to reach it, read now. Raises SettingsError."""
    address, password = watched.settings.secrets()
    one = watched.settings
    hidden = {}
    if watched.calendar.url is None:
        # It may let in whoever has it, and even a part of it is a secret, but for words that stand in every address.
        parts = (part for part in re.split(r"[/?&=]", address) if len(part) >= LONG)
        hidden = {str(number): part for number, part in enumerate((address, *parts))}
    return Credentials(PLATFORM.name, one.name, address, password, one.user, secrets=hidden)


async def look(rounds: Rounds, job: Job, watched: Watched, whose: Credentials, began: float) -> Counts:
    """One look: what the calendar changed is written, with the cursor and the health.

    Raises PlatformError, and StoreError where nothing could be written.
    """
    if rounds.client is None:
        raise SettingsError([_("there is no network")])
    now = rounds.clock.now()
    team = await rounds.read(teams.team)
    today = now.astimezone(find_zone(team.zone)).date()
    # On another day other occurrences are in the span, and another zone has other days.
    stamp = f"{today.isoformat()} {team.zone} {watched.calendar.campaign_kind.value}"
    known = _known(job.cursor, stamp)
    fetched = await fetch_from(watched.settings.kind, whose, known, rounds.client, now)
    found = None if fetched.data is None else await read(fetched.data, team, now, watched, whose)

    def write(conn: Connection) -> Counts:
        # What was told of the last change is worth a look until the next one.
        counts, notice = Counts(), None if job.failures else job.error
        calendar = next((one for one in calendars.select(conn) if one.id == watched.calendar.id), None)
        if found is not None and calendar is not None:
            decision = calendars.compare(conn, calendar, found, today)
            written = calendars.write(conn, calendars.SERVICE, now, calendar, decision)
            counts, notice = written.counts, told(found, written.told)
        if found is not None:
            jobs.keep_cursor(conn, job.name, json.dumps([stamp, fetched.known]))
        moment = rounds.clock.now()
        due = schedule.after_success(moment, timedelta(seconds=job.interval_s), rounds.dice())
        seconds = rounds.clock.monotonic() - began
        jobs.succeed(
            conn, job.name, moment, next_at=due, counts=counts, seconds=seconds, quota=None, notice=notice
        )  # fmt: skip
        return counts

    return await rounds.write(write)


async def fetch_from(kind: str, whose: Credentials, known: str, client: Client, now: datetime) -> Fetched:
    """The calendar, if it changed since *known*. Raises PlatformError."""
    if kind == CALDAV:
        from smdash.platforms import caldav_source

        return await caldav_source.fetch(whose, known, client, now)
    return await fetch(whose, known, client, now)


async def read(data: bytes, team: Team, now: datetime, watched: Watched, whose: Credentials) -> Found:
    """The campaigns in it, worked out in a process of its own. Raises PlatformError."""
    zone = find_zone(team.zone)
    host = whose.url.partition("://")[2].partition("/")[0].partition("?")[0]
    try:
        return await apart.apart(
            campaign_ics.read, data, zone, now.astimezone(zone).date(), kind=watched.calendar.campaign_kind,
            database=team.database_id,
        )  # fmt: skip
    except InputError as wrong:
        sentence = _("what {host} sent is no calendar that can be used: {problem}")
        raise problem(ErrorKind.SERVER, sentence.format(host=host, problem=wrong)) from None
    except apart.TooMuch:
        sentence = _("the calendar at {host} takes too much time or memory to read")
        raise problem(ErrorKind.SERVER, sentence.format(host=host)) from None


def told(found: Found, sentences: Sequence[str]) -> str | None:
    """What a person should know of a look, in one line: what was kept, and what could not be read."""
    said = list(sentences[:TOLD])
    if len(sentences) > TOLD:
        more = len(sentences) - TOLD
        said.append(ngettext("and {n} more", "and {n} more", more).format(n=more))
    if found.bad:
        # The lines of what a server sent are nowhere to be looked up; its UID is.
        named = "; ".join(f"“{bad.uid}”: {bad.reason}" if bad.uid else bad.reason for bad in found.bad[:TOLD])
        words = ngettext("{n} event was left out: {named}", "{n} events were left out: {named}", len(found.bad))
        said.append(words.format(n=len(found.bad), named=named))
    if not said:
        return None
    # Made as errors are, so that no secret is in it.
    return str(problem(ErrorKind.UNKNOWN, one_line(". ".join(said))))


def _known(cursor: str | None, stamp: str) -> str:
    """What is known of the calendar, if it was read with the same eyes."""
    try:
        found = json.loads(cursor or "[]")
    except ValueError:
        return ""
    if isinstance(found, list) and len(found) == 2 and found[0] == stamp and isinstance(found[1], str):
        return found[1]
    return ""
