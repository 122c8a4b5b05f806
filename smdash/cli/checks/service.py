"""The service and its jobs, and the files that are its user's alone."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from smdash.cli.checks.patient import Check, Patient, error, good, may_change, warning, words
from smdash.core.errors import SettingsError, SmdashError
from smdash.core.health import Finding, is_behind, service_seems_alive
from smdash.locale import gettext as _
from smdash.locale import ngettext
from smdash.settings import member, paths
from smdash.settings import service as settings_file
from smdash.store import files, received
from smdash.sync.lock import holder


def service(patient: Patient) -> Iterator[Finding]:
    """The service works, here, and its jobs are not behind."""
    if not patient.readable:
        return
    active = [job for job in patient.jobs if job.state == "active" and not received.is_push(job.name)]
    recorded = patient.recorded
    if recorded is None:
        yield good("service", _("no service has worked for this database yet; it is started with: smdash sync"))
        return
    login, host = words(recorded.get("login")), words(recorded.get("host"))
    if host != socket.gethostname():
        yield warning(
            "service",
            _(
                "the service is {login} on {host}, not {here}; if it moved, start it with: smdash sync --take-over"
            ).format(login=login, host=host, here=socket.gethostname()),
        )
        return
    state = paths.state_dir_of(login)
    process = holder(state / patient.database_id) if state else None
    if process is not None:
        yield good(
            "service",
            _("the service works: {login} on {host}, process {pid}").format(login=login, host=host, pid=process),
        )
    elif not active or (state is None and service_seems_alive(active, patient.now)):
        yield good("service", _("the service is {login}'s on {host}; no job is late").format(login=login, host=host))
    elif state is not None or all(is_behind(job, patient.now) for job in active):
        yield error(
            "service",
            _("the service does not run, so nothing new comes in; start it as {login} with: smdash sync").format(
                login=login
            ),
        )


def jobs(patient: Patient) -> Iterator[Finding]:
    """No job fails, none is behind."""
    if not patient.readable:
        return
    clean = True
    for job in patient.jobs:
        if job.failures:
            clean = False
            yield warning(
                "jobs",
                ngettext("{job} failed: {error}", "{job} failed {n} times in a row: {error}", job.failures).format(
                    job=words(job.name), n=job.failures, error=words(job.error or job.error_kind or "?")
                ),
            )
        # Of those that nobody pulls another check tells.
        elif is_behind(job, patient.now) and not received.is_push(job.name):
            clean = False
            yield warning(
                "jobs", _("{job} is behind; run it with: smdash sync --once --only {job}").format(job=words(job.name))
            )
    if clean and patient.jobs:
        yield good(
            "jobs",
            ngettext("{n} job, none fails or is behind", "{n} jobs, none fails or is behind", len(patient.jobs)).format(
                n=len(patient.jobs)
            ),
        )


def settings(patient: Patient) -> Iterator[Finding]:
    """What stands in the two settings files can be used."""
    try:
        problems = [*member.read().problems]
    except SettingsError as problem:
        problems = [*problem.problems]
    problems += settings_file.problems()
    problems += _lacking()
    for problem_said in problems:
        yield error("settings", words(problem_said))
    if not problems:
        yield good("settings", _("the settings in {path} can be read").format(path=paths.config_dir()))


def _lacking() -> list[str]:
    """What accounts lack of what their networks need, and networks that there aren't."""
    from smdash.platforms import registry
    from smdash.sync import secrets

    found: list[str] = []
    try:
        accounts = settings_file.read().accounts
    except SettingsError:
        return []  # told already
    for one in accounts:
        try:
            found += secrets.problems(replace(one, problem=""), registry.find_live(one.platform))
        except SmdashError as problem:
            found.append(f"{one.platform}/{one.name}: {problem}")
    return found


def tokens(patient: Patient) -> Iterator[Finding]:
    """Tokens and the service's folders are readable by their owner alone."""
    recorded = patient.recorded
    if recorded is not None and recorded.get("login") != paths.login():
        yield good(
            "tokens",
            _("tokens are {login}'s; doctor looks at them when that user runs it").format(
                login=words(recorded["login"])
            ),
        )
        return
    found = settings_file.path()
    # Path.exists raises for a folder that may not be entered.
    private = [found] if os.path.exists(found) else []  # noqa: PTH110
    clean = True
    missing = not private
    try:
        settings = settings_file.read(found)
        named = [file for one in settings.accounts for file in one.files()]
        named += [file for one in settings.calendars for file in one.files()]
    except SettingsError:
        named, missing = [], False  # the settings' check says so
    for token in dict.fromkeys(named):
        try:
            settings_file.read_token(token)
        except SettingsError as problem:
            clean = False
            yield error("tokens", str(problem))
        else:
            private.append(token)
    for one in private:
        if settings_file.readable_by_others(one):
            clean = False
            yield error(
                "tokens",
                _("others can read {path}; mend it with: chmod 600 {path}").format(path=one),
                _close(one, 0o600),
            )
    state = paths.state_dir()
    if os.path.isdir(state) and files.mode_of(state) & 0o077:  # noqa: PTH112
        clean = False
        yield error(
            "tokens",
            _("others can enter {path}; mend it with: chmod 700 {path}").format(path=state),
            _close(state, 0o700),
        )
    if patient.readable and missing and any(job.account_id is not None for job in patient.jobs):
        clean = False
        yield error(
            "tokens",
            _("{path} is missing, so no account is pulled; connect them again with: smdash account add").format(
                path=found
            ),
        )
    if clean:
        yield good("tokens", _("tokens and the service's folder are their owner's alone"))


def _close(path: Path, mode: int) -> Callable[[], str] | None:
    if not may_change(path):
        return None

    def work() -> str:
        files.change(path, mode=mode)
        return _("{path} is its owner's alone now").format(path=path)

    return work


CHECKS: tuple[Check, ...] = (service, jobs, settings, tokens)
