"""What networks push: whether somebody listens, when something came last, and what could not be understood."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from smdash.cli.checks.patient import Check, Patient, error, good, warning, words
from smdash.core import formats
from smdash.core.errors import SettingsError, SmdashError
from smdash.core.health import Finding, is_behind
from smdash.core.records import Job
from smdash.locale import gettext as _
from smdash.locale import ngettext
from smdash.platforms import registry
from smdash.settings import paths
from smdash.settings import service as settings_file
from smdash.store import received, told
from smdash.store.received import Health
from smdash.sync.receive.listening import is_shown

# What was pushed is read within seconds; what lies about for longer is worth a word.
LATE = timedelta(minutes=2)
# Answers that did not get there are told of for a week.
FAILED = timedelta(days=7)
# Events for nobody of the team's are told of the last day.
LEFT_OUT = timedelta(days=1)


def receiver(patient: Patient) -> Iterator[Finding]:
    """Somebody listens, and what comes is understood."""
    if not patient.readable:
        return
    shown = [job for job in patient.jobs if received.is_push(job.name)]
    for account in _only_pushed():
        if received.job_name(*account) not in {job.name for job in shown}:
            yield warning(
                "receiver",
                _("nothing of {account} comes in without the receiver; start it with: smdash receive").format(
                    account=words("/".join(account))
                ),
            )
    if not shown:
        return
    yield from _listening(patient, [job for job in shown if job.state == "active"])
    with patient.reading() as conn:
        health = received.health(conn)
        left_out = {
            job.account_id: received.left_out(conn, job.account_id, patient.now - LEFT_OUT)
            for job in shown
            if job.account_id is not None
        }
        failed = {
            job.name: told.failed_since(conn, job.account_id, patient.now - FAILED)
            for job in shown
            if job.account_id is not None
        }
    for job in shown:
        if number := failed.get(job.name, 0):
            yield warning(
                "receiver",
                ngettext(
                    "{n} message of {account} counts as sent, and the network told later that it did not arrive; "
                    "see: smdash delivery list --state sent",
                    "{n} messages of {account} count as sent, and the network told later that they did not arrive; "
                    "see: smdash delivery list --state sent",
                    number,
                ).format(n=number, account=words(job.name.removesuffix(f"/{received.JOB}"))),
            )
        yield from _account(patient, job, health.get(job.account_id or 0), left_out.get(job.account_id or 0, 0))


def _listening(patient: Patient, active: list[Job]) -> Iterator[Finding]:
    """A receiver of this user is known by its lock, another's by what it writes into the health rows."""
    login = words((patient.recorded or {}).get("login") or paths.login())
    state = paths.state_dir_of(login)
    listens = bool(active) and not all(is_behind(job, patient.now) for job in active)
    if state is not None:
        listens = is_shown(state / patient.database_id)
    if listens:
        yield good("receiver", _("the receiver listens for what networks push"))
    elif active:
        yield error(
            "receiver",
            _(
                "the receiver does not run, so nothing that networks push comes in; start it as {login} with: {line}"
            ).format(login=login, line="smdash receive"),
        )


def _account(patient: Patient, job: Job, health: Health | None, left_out: int) -> Iterator[Finding]:
    account = words(job.name.removesuffix(f"/{received.JOB}"))
    clean = True
    if health is not None and health.unread:
        clean = False
        yield warning(
            "receiver",
            ngettext(
                "{n} push to {account} could not be read and is kept for {days} days: {problem}",
                "{n} pushes to {account} could not be read and are kept for {days} days; the last: {problem}",
                health.unread,
            ).format(
                n=health.unread, account=account, days=received.KEPT_UNREAD.days, problem=words(health.problem or "?")
            ),
        )
    if health is not None and health.since is not None and patient.now - health.since > LATE:
        clean = False
        yield warning(
            "receiver",
            ngettext(
                "{n} push to {account} waits to be read since {span}; start the receiver or the service",
                "{n} pushes to {account} wait to be read since {span}; start the receiver or the service",
                health.waiting,
            ).format(n=health.waiting, account=account, span=formats.short_span(patient.now - health.since)),
        )
    if not clean:
        return
    if job.last_ok_at is None:
        said = _("nothing was pushed to {account} yet").format(account=account)
    else:
        age = formats.short_span(max(patient.now - job.last_ok_at, timedelta()))
        said = _("the last push to {account} came {span} ago").format(account=account, span=age)
    if left_out:
        said += "; " + ngettext(
            "{n} event of today was for an account that the team does not have",
            "{n} events of today were for accounts that the team does not have",
            left_out,
        ).format(n=left_out)
    yield good("receiver", said)


def _only_pushed() -> list[tuple[str, str]]:
    """This user's accounts on networks of which nothing comes in but by pushes."""
    try:
        accounts = settings_file.read().accounts
    except SettingsError:
        return []  # the settings' check says so
    found: list[tuple[str, str]] = []
    for one in accounts:
        try:
            platform = registry.find_live(one.platform)
        except SmdashError:
            continue
        if platform.receive is not None and not platform.jobs:
            found.append((one.platform, one.name))
    return found


CHECKS: tuple[Check, ...] = (receiver,)
