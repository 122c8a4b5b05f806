"""Sync jobs: when each runs next, its cursor, and its health."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from smdash.core.clock import decode_optional, encode, encode_optional
from smdash.core.errors import ErrorKind, InputError, Refused
from smdash.core.formats import short_span
from smdash.core.records import Actor, Counts, Job, Quota
from smdash.locale import gettext as _
from smdash.store import events
from smdash.store.driver import Connection

_COLUMNS = (
    "name, label, platform, account_id, feed_id, interval_s, state, next_at, last_started_at, last_ok_at, failures, "
    "error, error_kind, cursor, quota_left"
)


# What a person asks for again within this is not asked of the network again.
ASKED_AGAIN = timedelta(seconds=15)
# The last part of the names of jobs that pull nothing: the network calls us.
PUSH = "/push"


class JobSpec(NamedTuple):
    """A job that should exist: name, what people call it, and how often (seconds)."""

    name: str
    label: str
    platform: str
    account_id: int | None
    feed_id: int | None
    interval_s: int


def project(conn: Connection, wanted: list[JobSpec], *, keep_accounts: bool = False) -> None:
    """Make the rows match what should run; cursors and health of known jobs stay. The caller holds the write lock.

    With *keep_accounts* jobs of accounts that are not wanted now stay as they are.
    """
    for spec in wanted:
        ensure(conn, spec)
    names = {spec.name for spec in wanted}
    for name, account_id in conn.execute("SELECT name, account_id FROM sync_job").fetchall():
        if name not in names and not (keep_accounts and account_id is not None):
            conn.execute("DELETE FROM sync_job WHERE name = ?", (name,))


def ensure(conn: Connection, spec: JobSpec) -> None:
    """Make one job's row, or bring its label and interval up to date. The caller holds the write lock."""
    conn.execute(
        "INSERT INTO sync_job (name, label, platform, account_id, feed_id, interval_s) VALUES (?, ?, ?, ?, ?, ?) "
        "ON CONFLICT (name) DO UPDATE SET label = excluded.label, interval_s = excluded.interval_s "
        "WHERE label <> excluded.label OR interval_s <> excluded.interval_s",
        spec,
    )


def select(conn: Connection) -> list[Job]:
    """All jobs by name."""
    rows = conn.execute(f"SELECT {_COLUMNS} FROM sync_job ORDER BY name").fetchall()
    return [Job._make((*row[:7], *map(decode_optional, row[7:10]), *row[10:])) for row in rows]


def begin(conn: Connection, name: str, now: datetime) -> None:
    """Note that a run has begun."""
    conn.execute("UPDATE sync_job SET last_started_at = ? WHERE name = ?", (encode(now), name))


def shift(conn: Connection, by: timedelta) -> None:
    """The wall clock was set by so much: what is still waited for is as far away as it was before."""
    for name, started, due in _times(conn):
        _set_times(conn, name, started and started + by, due and due + by)


def rebase(conn: Connection, now: datetime, margin: timedelta) -> None:
    """Mend jobs that began more than *margin* in the future: the clock was set back while no service ran.

    Such a job waits as long from now as it had to wait from its beginning: not for the clock to be there again, and
    not less than its interval or than a network asked for.
    """
    for name, started, due in _times(conn):
        if started is not None and started > now + margin:
            _set_times(conn, name, now, due and now + max(due - started, timedelta()))


def _times(conn: Connection) -> list[tuple[str, datetime | None, datetime | None]]:
    rows = conn.execute("SELECT name, last_started_at, next_at FROM sync_job").fetchall()
    return [(name, decode_optional(started), decode_optional(due)) for name, started, due in rows]


def _set_times(conn: Connection, name: str, started: datetime | None, due: datetime | None) -> None:
    conn.execute(
        "UPDATE sync_job SET last_started_at = ?, next_at = ? WHERE name = ?",
        (encode_optional(started), encode_optional(due), name),
    )


def keep_cursor(conn: Connection, name: str, cursor: str | None) -> None:
    """Keep how far a job has read; in the same transaction as what it read."""
    conn.execute("UPDATE sync_job SET cursor = ? WHERE name = ?", (cursor, name))


def succeed(
    conn: Connection,
    name: str,
    now: datetime,
    *,
    next_at: datetime,
    counts: Counts,
    seconds: float,
    quota: Quota | None,
    notice: str | None,
) -> None:
    """Write a good run's health; *seconds* is how long it took."""
    conn.execute(
        "UPDATE sync_job SET last_ok_at = ?, next_at = ?, last_new = ?, last_changed = ?, last_seconds = ?, "
        "failures = 0, error = ?, error_kind = NULL, quota_left = ?, quota_limit = ?, quota_resets_at = ? "
        "WHERE name = ?",
        (
            encode(now),
            encode(next_at),
            counts.new,
            counts.changed,
            round(seconds, 3),
            notice,
            quota.left if quota else None,
            quota.limit if quota else None,
            encode_optional(quota.resets_at) if quota else None,
            name,
        ),
    )


def fail(conn: Connection, name: str, *, next_at: datetime, kind: str, error: str) -> None:
    """Write a failed run's health; the cursor stays where it was."""
    conn.execute(
        "UPDATE sync_job SET next_at = ?, failures = failures + 1, error = ?, error_kind = ? WHERE name = ?",
        (encode(next_at), error, kind, name),
    )


def wait(conn: Connection, name: str, *, until: datetime, notice: str) -> None:
    """The job's account has used up its budget: it waits, and that is no failure."""
    conn.execute(
        "UPDATE sync_job SET next_at = ?, failures = 0, error = ?, error_kind = ? WHERE name = ?",
        (encode(until), notice, ErrorKind.QUOTA.value, name),
    )


def get(conn: Connection, name: str) -> Job:
    """One job. Raises InputError for a name that none has."""
    found = next((one for one in select(conn) if one.name == name), None)
    if found is None:
        raise InputError(_("there is no job “{name}”").format(name=name))
    return found


def ask(conn: Connection, name: str, now: datetime) -> Job:
    """Have the service run a job now: it looks every second. The caller holds the write lock.

    Raises InputError for an unknown name, and Refused where it is paused, ran a moment ago, or its network asked to
    wait.
    """
    job = get(conn, name)
    if name.endswith(PUSH):
        raise Refused(_("nothing is pulled by this one: the network calls us"))
    if job.state != "active":
        raise Refused(_("it is paused; resume it first"))
    if job.next_at is not None and job.next_at > now:
        if job.failures and job.error_kind in (ErrorKind.RATE, ErrorKind.QUOTA):
            left = short_span(job.next_at - now)
            raise Refused(_("the network asked to wait another {span}").format(span=left))
        if job.last_started_at is not None and timedelta() <= now - job.last_started_at < ASKED_AGAIN:
            raise Refused(_("it ran a moment ago"))
    conn.execute("UPDATE sync_job SET next_at = ? WHERE name = ?", (encode(now), name))
    return job


def pause(conn: Connection, actor: Actor, name: str, now: datetime, *, on: bool) -> None:
    """Pull nothing for a job, or pull again, at once unless its network asked to wait. The caller holds the write lock.

    Raises InputError for an unknown name, and Refused where that is so already.
    """
    job = get(conn, name)
    if name.endswith(PUSH):
        raise Refused(_("nothing is pulled by this one: the network calls us"))
    if on == (job.state == "paused"):
        raise Refused(_("it is paused already") if on else _("it is not paused"))
    if job.state not in ("active", "paused"):
        raise Refused(_("it is over"))
    waits = job.error_kind in (ErrorKind.RATE, ErrorKind.QUOTA) and job.next_at is not None
    conn.execute(
        "UPDATE sync_job SET state = ?, next_at = ? WHERE name = ?",
        ("paused" if on else "active", encode_optional(job.next_at if on or waits else now), name),
    )
    events.record(conn, actor, now, "pause" if on else "resume", "job", None, detail=name)
