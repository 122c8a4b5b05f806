"""The team: its settings, and the members by their OS login."""

from __future__ import annotations

import json
import os
from datetime import datetime
from typing import Any, TypeVar

from smdash.core.clock import encode, find_zone
from smdash.core.errors import InputError, Refused
from smdash.core.mentions import DEFAULT_GOALS
from smdash.core.records import Account, Actor, Team
from smdash.locale import gettext as _
from smdash.store.driver import Connection

T = TypeVar("T")

DEFAULTS: dict[str, Any] = {
    "team": "",
    "zone": "Asia/Jakarta",
    "week_start": 0,
    "response_goals": DEFAULT_GOALS,
}


def start(conn: Connection, name: str | None, zone: str | None) -> None:
    """Write the settings of a new database, or change the named ones of an existing one."""
    wishes = {"team": name, "zone": zone}
    for key, default in {"database_id": os.urandom(8).hex(), **DEFAULTS}.items():
        conn.execute(
            "INSERT INTO setting (key, value) VALUES (?, ?) ON CONFLICT (key) DO NOTHING",
            (key, json.dumps(default)),
        )
    for key, wish in wishes.items():
        if wish is not None:
            put(conn, key, wish)


def put(conn: Connection, key: str, value: Any) -> None:
    """Set one setting (any JSON value)."""
    conn.execute(
        "INSERT INTO setting (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        (key, json.dumps(value, ensure_ascii=False)),
    )


def get(conn: Connection, key: str) -> Any:
    """One setting, or nothing."""
    row = conn.execute("SELECT value FROM setting WHERE key = ?", (key,)).fetchone()
    return _value(row[0]) if row else None


def stored(conn: Connection) -> dict[str, Any]:
    """Every setting that can be read; what another program wrote and is no JSON counts as not set."""
    rows = conn.execute("SELECT key, value FROM setting").fetchall()
    found = {key: _value(value) for key, value in rows}
    return {key: value for key, value in found.items() if value is not None}


def _value(text: Any) -> Any:
    try:
        return json.loads(text)
    except (ValueError, TypeError, RecursionError):
        return None


def team(conn: Connection) -> Team:
    """The settings that screens and the service need; the default for one that is no such thing."""
    found = stored(conn)
    goals = found.get("response_goals")
    return Team(
        database_id=_typed(found, "database_id", str, ""),
        name=_typed(found, "team", str, DEFAULTS["team"]),
        zone=_zone(found),
        week_start=_typed(found, "week_start", int, DEFAULTS["week_start"]),
        goals_minutes=dict(DEFAULT_GOALS)
        if not isinstance(goals, dict)
        else {kind: minutes for kind, minutes in goals.items() if type(minutes) is int},
        frozen=_frozen(found.get("freeze")),
    )


def _frozen(found: object) -> str:
    """``store.freezing`` in a line, for a screen."""
    if not isinstance(found, dict):
        return ""
    return f"{found.get('by', '')}: {found.get('reason', '')}"


def _typed(found: dict[str, Any], key: str, kind: type[T], default: T) -> T:
    value = found.get(key)
    return value if type(value) is kind else default


def _zone(found: dict[str, Any]) -> str:
    zone = _typed(found, "zone", str, "")
    try:
        find_zone(zone)
    except InputError:
        return str(DEFAULTS["zone"])
    return zone


def find_member(conn: Connection, login: str, real_login: str) -> Actor | None:
    """The member with this login, or nothing."""
    row = conn.execute("SELECT id, name FROM member WHERE login = ?", (login,)).fetchone()
    return Actor(row[0], login, row[1], real_login) if row else None


def join(conn: Connection, login: str, name: str, real_login: str, now: datetime) -> Actor:
    """The member with this login; a login not known yet joins as a specialist. The caller holds the write lock."""
    conn.execute(
        "INSERT INTO member (login, name, joined_at) VALUES (?, ?, ?) ON CONFLICT (login) DO NOTHING",
        (login, name, encode(now)),
    )
    found = find_member(conn, login, real_login)
    assert found is not None  # noqa: S101 (just written)
    return found


def accounts(conn: Connection) -> list[Account]:
    """All accounts, by platform and name."""
    rows = conn.execute(
        "SELECT a.id, a.platform, a.name, a.handle, a.url, a.status, b.name FROM account a "
        "LEFT JOIN brand b ON b.id = a.brand_id ORDER BY a.platform, a.name"
    ).fetchall()
    return [Account(*row) for row in rows]


def limits(conn: Connection) -> list[dict[str, int]]:
    """What the servers of the accounts told of their limits."""
    return [told(row[0]) for row in conn.execute("SELECT limits FROM account WHERE limits IS NOT NULL").fetchall()]


def told(text: object) -> dict[str, int]:
    """What stands in ``account.limits``; nothing for what is none."""
    found = _value(text)
    return found if isinstance(found, dict) else {}


def put_account(
    conn: Connection,
    platform: str,
    name: str,
    now: datetime,
    *,
    status: str = "active",
    handle: str | None = None,
    remote_id: str | None = None,
    url: str | None = None,
    limits: dict[str, int] | None = None,
) -> int:
    """Add an account or bring its row up to date; returns its id."""
    row = conn.execute(
        "INSERT INTO account (platform, name, handle, remote_id, url, status, limits, created_at) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (platform, name) DO UPDATE SET "
        "handle = coalesce(excluded.handle, handle), remote_id = coalesce(excluded.remote_id, remote_id), "
        "url = coalesce(excluded.url, url), status = excluded.status, limits = coalesce(excluded.limits, limits) "
        "RETURNING id",
        (platform, name, handle, remote_id, url, status, json.dumps(limits) if limits else None, encode(now)),
    ).fetchall()
    return int(row[0][0])


def pause(conn: Connection, actor: Actor, account: Account, now: datetime, *, on: bool) -> None:
    """Send nothing to an account, or send to it again; what is read from it goes on. The caller holds the write lock.

    Raises Refused where that is so already, and for an account that is not sent to at all.
    """
    from smdash.store import events

    name = f"{account.platform}/{account.name}"
    if account.status not in ("active", "paused"):
        raise Refused(_("nothing is sent to {account} anyway").format(account=name))
    if on == (account.status == "paused"):
        said = _("{account} is paused already") if on else _("{account} is not paused")
        raise Refused(said.format(account=name))
    conn.execute("UPDATE account SET status = ? WHERE id = ?", ("paused" if on else "active", account.id))
    events.record(conn, actor, now, "pause" if on else "resume", "account", account.id, detail=name)


def ensure_account(conn: Connection, platform: str, name: str, now: datetime) -> int:
    """The id of an account; one not known yet is recorded as external (no job of ours pulls it)."""
    row = conn.execute("SELECT id FROM account WHERE platform = ? AND name = ?", (platform, name)).fetchone()
    return int(row[0]) if row else put_account(conn, platform, name, now, status="external")
