"""What ``smdash sync`` does by rows alone, for any member: list the jobs, ask the running service, pause and resume."""

from __future__ import annotations

from smdash.cli import output
from smdash.cli.desk import Desk
from smdash.core import formats, labels
from smdash.core.clock import find_zone
from smdash.core.errors import InputError
from smdash.core.health import service_seems_alive
from smdash.core.sync_health import HealthLine, advice
from smdash.locale import gettext as _


def show(desk: Desk, *, as_json: bool) -> None:
    """Each job with its health, in the order of the sync screen."""
    from smdash.store import sync_health

    now, zone = desk.clock.now(), find_zone(desk.team().zone)
    with desk.store.reading() as conn:
        picture = sync_health.read(conn, now)
    jobs = [line for line in picture.lines if line.sending is None]
    if as_json:
        for line in jobs:
            output.dump(_as_dict(line))
        return
    output.table(
        [_("JOB"), _("STATE"), _("LAST GOOD"), _("NEXT"), _("QUOTA"), _("PROBLEM")],
        (
            (
                line.job.name,
                _("failing") if line.job.failures and line.job.state == "active" else labels.status(line.job.state),
                "" if line.job.last_ok_at is None else formats.short_moment(line.job.last_ok_at, zone),
                "" if line.job.next_at is None else formats.short_moment(line.job.next_at, zone),
                "" if line.left is None else formats.number(line.left),
                " · ".join(filter(None, [line.job.error, advice(line)])),
            )
            for line in jobs
        ),
    )
    if not jobs:
        output.note(_("nothing is synced yet: smdash account add, smdash feed add"))
    elif not picture.alive:
        output.note(_("no service is running"))


def _as_dict(line: HealthLine) -> dict[str, object]:
    job, health = line.job, line.health
    return {
        "job": job.name,
        "label": job.label,
        "platform": job.platform,
        "state": job.state,
        "last_ok_at": output.time(job.last_ok_at),
        "next_at": output.time(job.next_at),
        "failures": job.failures,
        "error_kind": job.error_kind,
        "error": job.error,
        "quota": None if job.quota_left is None else {"left": job.quota_left, "limit": line.quota_limit},
        "budget": None
        if health is None
        else {"used": health.used, "limit": health.budget, "resets_at": output.time(health.resets_at)},
        "token_ends_at": None if health is None else output.time(health.token_ends_at),
        "advice": advice(line) or None,
    }


def _find(names: list[str], name: str) -> list[str]:
    """The jobs of that name, or below it."""
    found = [one for one in names if one == name or one.startswith(name.rstrip("/") + "/")]
    if not found:
        known = ", ".join(names) or _("none yet")
        raise InputError(_("there is no job “{name}”; known: {known}").format(name=name, known=known))
    return found


def ask(desk: Desk, name: str) -> None:
    """Have the service run a job, or all below the name, now. Raises Refused where it can't."""
    from smdash.store import jobs

    now = desk.clock.now()
    with desk.store.writing() as conn:
        known = jobs.select(conn)
        alive = service_seems_alive(known, now)
        asked = [jobs.ask(conn, one, now) for one in _find([job.name for job in known], name)]
    output.say(_("asked: {jobs}").format(jobs=", ".join(one.name for one in asked)))
    if not alive:
        output.note(_("no service seems to run that would do it: smdash sync"))


def pause(desk: Desk, name: str, *, on: bool) -> None:
    """Pause a job, or all below the name, or let them go on. Raises Refused where that is so already."""
    from smdash.store import jobs

    with desk.store.writing() as conn:
        actor, now = desk.actor(conn), desk.clock.now()
        found = _find([job.name for job in jobs.select(conn)], name)
        for one in found:
            jobs.pause(conn, actor, one, now, on=on)
    said = _("paused: {jobs}; again with: smdash sync --resume") if on else _("goes on: {jobs}")
    output.say(said.format(jobs=", ".join(found)))
