"""Freeze: nothing goes out until somebody lifts it; what becomes due meanwhile is held, and let go one by one."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from smdash.core.clock import decode, encode
from smdash.core.errors import InputError, Refused
from smdash.core.records import Actor
from smdash.core.text import clean, one_line
from smdash.locale import gettext as _
from smdash.store import events, teams
from smdash.store.driver import Connection

KEY = "freeze"
LONGEST_REASON = 200


class Freeze(NamedTuple):
    """Who stopped everything, when (UTC) and why."""

    by: str
    at: datetime
    reason: str


def current(conn: Connection) -> Freeze | None:
    """The freeze that is on, or nothing."""
    found = teams.get(conn, KEY)
    if not isinstance(found, dict):
        return None
    return Freeze(str(found.get("by", "")), decode(str(found.get("at", ""))), str(found.get("reason", "")))


def reason(conn: Connection) -> str | None:
    """What to say of a delivery that is held by the freeze, or nothing where there is none."""
    found = current(conn)
    return None if found is None else _("frozen by {who}: {reason}").format(who=found.by, reason=found.reason)


def on(conn: Connection, actor: Actor, now: datetime, why: str) -> None:
    """Stop everything that goes out. The caller holds the write lock.

    Raises InputError without a reason, Refused where it is stopped already.
    """
    why = one_line(clean(why, limit=LONGEST_REASON)).strip()
    if not why:
        raise InputError(_("a freeze needs a reason, so that others know what to do"))
    present = current(conn)
    if present is not None:
        raise Refused(
            _("everything is frozen already, by {who}: {reason}").format(who=present.by, reason=present.reason)
        )
    teams.put(conn, KEY, {"by": actor.name, "at": encode(now), "reason": why})
    events.record(conn, actor, now, "freeze", "team", None, detail=why)


def off(conn: Connection, actor: Actor, now: datetime) -> int:
    """Lift it; returns how many deliveries it holds, which stay held until somebody lets each go.

    The caller holds the write lock. Raises Refused where nothing is frozen.
    """
    if current(conn) is None:
        raise Refused(_("nothing is frozen"))
    teams.put(conn, KEY, None)
    events.record(conn, actor, now, "unfreeze", "team", None)
    (held,) = conn.execute("SELECT count(*) FROM delivery WHERE state = 'held' AND held_for = 'freeze'").fetchone()
    return int(held)
