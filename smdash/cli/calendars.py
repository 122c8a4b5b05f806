"""``smdash calendar``: calendars that the service looks at, so that campaigns are kept in step with them."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import click

from smdash.cli import output
from smdash.cli.desk import Desk
from smdash.cli.options import as_json, only_ids
from smdash.core import formats, labels
from smdash.core.clock import find_zone
from smdash.core.errors import ErrorKind, InputError, PlatformError, Refused, SettingsError
from smdash.core.records import CampaignKind
from smdash.core.text import clean_name
from smdash.locale import gettext as _
from smdash.settings import references

if TYPE_CHECKING:
    from smdash.platforms.base import Credentials
    from smdash.settings.calendars import CalendarSettings
    from smdash.settings.references import Reference

_TYPES = ("ics", "caldav")
# Words of an address that let whoever has it in.
_SECRET = re.compile(r"/private-|secret|token|[?&](?:key|auth|sig|signature|code|pass(?:word)?)=", re.IGNORECASE)


@click.group(help=_("Calendars that campaigns are kept in step with."))
def command() -> None:
    pass


@command.command(
    "add",
    help=_(
        "Keep campaigns in step with a calendar: a public ICS address, or with --user a CalDAV calendar. With a "
        "password or a secret address, run it as the service's user. The service looks every 15 minutes."
    ),
)
@click.argument("address", metavar="[URL]", required=False)
@click.option("--name", default="", help=_("what the team calls it"))
@click.option("--kind", type=click.Choice([one.value for one in CampaignKind]), default=CampaignKind.EVENT.value,
              show_default=True, help=_("of events whose categories name none"))  # fmt: skip
@click.option("--type", "type_", type=click.Choice(_TYPES), help=_("caldav with --user, ics without, unless given"))
@click.option("--calendar", default="", metavar="NAME", help=_("which of the calendars there, where it has several"))
@click.option("--user", default="", help=_("the user name there"))
@click.option("--password-file", type=click.Path(path_type=Path), help=_("a file that holds the password alone"))
@click.option("--password-env", default="", metavar="NAME", help=_("a variable of the service's environment"))
@click.option("--password-credential", default="", metavar="NAME", help=_("a credential that systemd hands over"))
@click.option("--password-keyring", default="", metavar="SERVICE/USER", help=_("a place in the system's keyring"))
@click.option("--address-file", type=click.Path(path_type=Path), help=_("a file that holds a secret address alone"))
@click.option("--no-check", is_flag=True, help=_("don't look at the address now"))
@click.pass_obj
def add(
    desk: Desk,
    address: str | None,
    name: str,
    kind: str,
    type_: str | None,
    calendar: str,
    user: str,
    password_file: Path | None,
    password_env: str,
    password_credential: str,
    password_keyring: str,
    address_file: Path | None,
    no_check: bool,
) -> None:
    from smdash.settings.calendars import CALDAV, CalendarSettings
    from smdash.store import calendars

    desk.refuse_read_only()
    type_ = type_ or ("caldav" if user else "ics")
    place = _address(address, address_file)
    password = _password(
        {
            references.FILE: str(password_file.absolute()) if password_file else "",
            references.ENV: password_env,
            references.CREDENTIAL: password_credential,
            references.KEYRING: password_keyring,
        }
    )
    if bool(user) != (password is not None):
        raise click.UsageError(_("a user name and a password go together: --user with --password-file"))
    if calendar and type_ != CALDAV:
        raise click.UsageError(_("--calendar goes with a CalDAV calendar"))
    private = type_ == CALDAV or password is not None or place.kind != references.TEXT
    _refuse_others(desk, private=private, secret=not private and bool(_SECRET.search(place.value)))
    one = CalendarSettings(
        clean_name(name), type_, place, user, password, kind, database=desk.team().database_id if private else ""
    )
    one = _checked(desk, one, calendar, check=not no_check)
    with desk.store.writing() as conn:
        actor, now = desk.actor(conn), desk.clock.now()
        url = one.shown_url if private else place.value
        row = calendars.add(conn, actor, now, one.name, one.kind, url, CampaignKind(kind))
        if private:
            # Within the transaction: the row is not there where the file can't be written.
            from smdash.settings import service

            service.add_calendar(one)
    output.say(_("calendar {id} “{name}” is looked at by the service").format(id=row.id, name=row.name))


def _address(typed: str | None, file: Path | None) -> Reference:
    from smdash.settings.calendars import checked_address
    from smdash.settings.references import Reference

    if (typed is None) == (file is None):
        raise click.UsageError(_("give the calendar's address, or a file that holds it with --address-file"))
    if file is not None:
        return Reference(references.FILE, str(file.absolute()))
    try:
        return Reference(references.TEXT, checked_address(str(typed)))
    except InputError as problem:
        raise click.BadParameter(str(problem), param_hint="URL") from problem


def _password(named: dict[str, str]) -> Reference | None:
    from smdash.settings import service
    from smdash.settings.references import Reference

    given = [Reference(kind, value) for kind, value in named.items() if value]
    if len(given) > 1:
        names = ", ".join(f"--password-{one.kind}" for one in given)
        raise click.UsageError(_("the password is in one place only; leave one of {options}").format(options=names))
    for one in given:
        if wrong := references.problem_of(one.kind, one.value):
            raise click.BadParameter(wrong, param_hint=f"--password-{one.kind}")
        if one.kind == references.FILE and service.readable_by_others(one.path):
            output.note(_("others can read {path}; mend it with: chmod 600 {path}").format(path=one.path))
    return given[0] if given else None


def _refuse_others(desk: Desk, *, private: bool, secret: bool) -> None:
    """Raise Refused where it is the service's user who has to run this."""
    from smdash.cli import service_user
    from smdash.settings import service

    if secret:
        raise Refused(
            _(
                "this address looks like a secret, and the whole team can read the database; put it into a file of the "
                "service's user and run as that user: smdash calendar add --address-file FILE"
            )
        )
    if private:
        service_user.require(desk, "smdash calendar add …")
        if wrong := service.problems():
            # Before anything is asked: a file that is not understood is not written into.
            raise SettingsError(wrong)


def _checked(desk: Desk, one: CalendarSettings, chosen: str, *, check: bool) -> CalendarSettings:
    """The calendar as it is kept, with its own address and a name. Raises SmdashError."""
    from dataclasses import replace

    from smdash.cli.service_user import is_service_user
    from smdash.platforms.base import Credentials
    from smdash.settings.references import Reference

    try:
        address, password = one.secrets()
    except SettingsError:
        if check:
            raise
        address, password = "", ""
    if address and is_service_user(desk):
        from smdash.cli.feeds import allow_if_private

        allow_if_private(address)
    name = one.name
    if check:
        try:
            found = asyncio.run(_look(Credentials("calendar", name, address, password, one.user), one.kind, desk))
        except PlatformError as problem:
            if problem.kind not in (ErrorKind.NETWORK, ErrorKind.RATE):
                raise
            output.note(_("not checked: {problem}; the service will try again").format(problem=problem))
            found = []
        if found:
            url, own = _choose(found, chosen)
            name = name or own
            if one.address is not None and one.address.kind == references.TEXT:
                one = replace(one, address=Reference(references.TEXT, url))
    name = clean_name(name or urlsplit(address).hostname or "")
    if not name:
        raise click.UsageError(_("the calendar has no name; say what it is called here with --name"))
    return replace(one, name=name)


async def _look(credentials: Credentials, kind: str, desk: Desk) -> list[tuple[str, str]]:
    """The addresses and names of the calendars there. Raises PlatformError."""
    from smdash.core import ics
    from smdash.platforms import caldav_source, calendars
    from smdash.platforms.client import Client
    from smdash.settings import service

    now = desk.clock.now()
    async with Client(private_hosts=service.read().private_hosts) as client:
        if kind == "caldav":
            return [(one.url, one.name) for one in await caldav_source.discover(credentials, client, now)]
        fetched = await calendars.fetch(credentials, "", client, now)
        return [(credentials.url, ics.Events(fetched.data or b"").name)]


def _choose(found: list[tuple[str, str]], chosen: str) -> tuple[str, str]:
    """The one that is meant. Raises InputError naming those that are there."""
    mine = [one for one in found if not chosen or chosen in one]
    if len(mine) == 1:
        return mine[0]
    names = ", ".join(name or url for url, name in found)
    raise InputError(_("choose one of the calendars there with --calendar: {names}").format(names=names))


@command.command("list", help=_("The calendars that campaigns come from."))
@as_json
@only_ids
@click.pass_obj
def list_(desk: Desk, as_json: bool, only_ids: bool) -> None:
    from smdash.store import calendars, jobs

    with desk.store.reading() as conn:
        rows = calendars.select(conn)
        counts = calendars.counts(conn)
        health = {job.name: job for job in jobs.select(conn)}
    jobs_of = {row.id: health.get(calendars.job_name(row.id)) for row in rows}
    if as_json:
        output.dump(
            [
                {
                    **row._asdict(),
                    "campaigns": counts.get(row.id, 0),
                    "last_ok_at": output.time(job.last_ok_at) if (job := jobs_of[row.id]) else None,
                    "error": job.error if job else None,
                }
                for row in rows
            ]
        )
        return
    if only_ids:
        output.ids(row.id for row in rows)
        return
    zone = find_zone(desk.team().zone)
    output.table(
        ["ID", _("NAME"), _("TYPE"), _("KIND"), _("CAMPAIGNS"), _("LAST GOOD"), _("PROBLEM")],
        (
            (
                row.id,
                row.name,
                {"file": _("file"), "ics": "ICS", "caldav": "CalDAV"}[row.kind],
                labels.campaign_kind(row.campaign_kind),
                counts.get(row.id, 0),
                formats.short_moment(job.last_ok_at, zone) if (job := jobs_of[row.id]) and job.last_ok_at else "",
                (job.error if job else "") or "",
            )
            for row in rows
        ),
    )
    if not rows:
        output.note(_("no calendar yet; add one with: smdash calendar add, or import a file: smdash campaign import"))


@command.command("remove", help=_("Look at a calendar no more; its campaigns stay as they are."))
@click.argument("name", metavar="NAME|ID")
@click.pass_obj
def remove(desk: Desk, name: str) -> None:
    from smdash.cli import service_user
    from smdash.settings import service
    from smdash.store import calendars

    desk.refuse_read_only()
    with desk.store.reading() as conn:
        found = calendars.find(conn, clean_name(name))
        kept = calendars.counts(conn).get(found.id, 0)
    if found.kind == calendars.CALDAV or (found.kind == calendars.ICS and not found.url):
        service_user.require(desk, f"smdash calendar remove {found.id}")
        service.remove_calendar(found.name, desk.team().database_id)
    with desk.store.writing() as conn:
        calendars.remove(conn, desk.actor(conn), desk.clock.now(), found)
    output.say(
        _("calendar “{name}” is looked at no more; campaigns that came from it: {count}").format(
            name=found.name, count=kept
        )
    )
