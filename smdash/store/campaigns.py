"""Campaigns and their phases."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

from smdash.core.clock import decode, encode
from smdash.core.errors import InputError
from smdash.core.records import Actor, Campaign, CampaignKind, Phase
from smdash.locale import gettext as _
from smdash.store import events
from smdash.store.driver import Connection, new_id


def add(
    conn: Connection,
    actor: Actor,
    now: datetime,
    *,
    name: str,
    kind: CampaignKind,
    starts_at: datetime,
    ends_at: datetime,
    zone: str,
    phases: Sequence[Phase] = (),
) -> int:
    """Write a campaign; *ends_at* is the first instant after it. The caller holds the write lock.

    Raises InputError for a name that is taken, an end before the start, or a phase that is outside the campaign or
    there twice.
    """
    if ends_at <= starts_at:
        raise InputError(_("the campaign ends before it starts; check --starts and --ends"))
    names = [phase.name for phase in phases]
    for phase in phases:
        if names.count(phase.name) > 1:
            raise InputError(_("the phase “{phase}” is there twice").format(phase=phase.name))
        if not starts_at <= phase.starts_at < phase.ends_at <= ends_at:
            raise InputError(
                _("the phase “{phase}” is outside the campaign, or ends before it starts").format(phase=phase.name)
            )
    if conn.execute("SELECT 1 FROM campaign WHERE name = ?", (name,)).fetchone():
        raise InputError(_("there is a campaign “{name}” already; choose another name").format(name=name))
    cursor = conn.execute(
        "INSERT INTO campaign (name, kind, starts_at, ends_at, zone, created_at) VALUES (?, ?, ?, ?, ?, ?)",
        (name, kind, encode(starts_at), encode(ends_at), zone, encode(now)),
    )
    campaign_id = new_id(cursor)
    conn.executemany(
        "INSERT INTO phase (campaign_id, name, starts_at, ends_at) VALUES (?, ?, ?, ?)",
        [(campaign_id, phase.name, encode(phase.starts_at), encode(phase.ends_at)) for phase in phases],
    )
    events.record(conn, actor, now, "add", "campaign", campaign_id)
    return campaign_id


def find(conn: Connection, name: str) -> int:
    """The id of the campaign of that name, or of that id. Raises InputError."""
    row = conn.execute("SELECT id FROM campaign WHERE name = ?", (name,)).fetchone()
    if row is None and name.isascii() and name.isdigit() and len(name) <= 18:
        row = conn.execute("SELECT id FROM campaign WHERE id = ?", (int(name),)).fetchone()
    if row is None:
        raise InputError(_("there is no campaign “{name}”; see: smdash campaign list").format(name=name))
    return int(row[0])


def select(conn: Connection, *, ending_after: datetime | None = None) -> tuple[Campaign, ...]:
    """Campaigns by their end; only those that end after the given time, where one is given."""
    rows = conn.execute(
        "SELECT v.id, v.name, v.kind, v.starts_at, v.ends_at, v.posts_done, v.posts_planned, b.name "
        "FROM v_campaigns v JOIN campaign c ON c.id = v.id LEFT JOIN brand b ON b.id = c.brand_id "
        "WHERE v.ends_at > ? ORDER BY v.ends_at, v.id",
        (encode(ending_after) if ending_after else "",),
    ).fetchall()
    phases: dict[int, list[Phase]] = {}
    for campaign_id, name, starts_at, ends_at in conn.execute(
        "SELECT campaign_id, name, starts_at, ends_at FROM phase "
        "WHERE campaign_id IN (SELECT value FROM json_each(?)) ORDER BY starts_at",
        (json.dumps([row[0] for row in rows]),),
    ).fetchall():
        phases.setdefault(campaign_id, []).append(Phase(name, decode(starts_at), decode(ends_at)))
    return tuple(
        Campaign(
            row[0],
            row[1],
            CampaignKind(row[2]),
            decode(row[3]),
            decode(row[4]),
            tuple(phases.get(row[0], ())),
            row[5],
            row[6],
            row[7],
        )
        for row in rows
    )
