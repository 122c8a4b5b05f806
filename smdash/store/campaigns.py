"""Campaigns and their phases."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from smdash.core.campaigns import FIGURES
from smdash.core.clock import decode, decode_optional, encode, find_zone
from smdash.core.errors import InputError, Refused
from smdash.core.records import Actor, Campaign, CampaignKind, Phase
from smdash.locale import gettext as _
from smdash.store import events
from smdash.store.driver import Connection, new_id

# The view has those that stand; of one that was called off its posts are counted alike.
_PLANNED = "(SELECT count(*) FROM post p WHERE p.campaign_id = c.id AND p.state NOT IN ('cancelled', 'expired'){out})"
_OUT = (
    " AND EXISTS (SELECT 1 FROM delivery d WHERE d.post_id = p.id AND d.state = 'sent') AND NOT EXISTS "
    "(SELECT 1 FROM delivery d WHERE d.post_id = p.id AND d.state NOT IN ('sent', 'cancelled'))"
)
_COLUMNS = (
    f"c.id, c.name, c.kind, c.starts_at, c.ends_at, coalesce(v.posts_done, {_PLANNED.format(out=_OUT)}), "
    f"coalesce(v.posts_planned, {_PLANNED.format(out='')}), b.name, "
    "c.zone, c.note, c.removed_at"
)
_FROM = "FROM campaign c {join} v_campaigns v ON v.id = c.id LEFT JOIN brand b ON b.id = c.brand_id"


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
    note: str | None = None,
) -> int:
    """Write a campaign; *ends_at* is the first instant after it. The caller holds the write lock.

    The name of one that was called off may be used again. Raises InputError for a name that is taken, an end before
    the start, or a phase that is outside the campaign or there twice.
    """
    refuse_dates(starts_at, ends_at, phases)
    refuse_name(conn, actor, now, name)
    cursor = conn.execute(
        "INSERT INTO campaign (name, kind, starts_at, ends_at, zone, note, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (name, kind, encode(starts_at), encode(ends_at), zone, note, encode(now)),
    )
    campaign_id = new_id(cursor)
    conn.executemany(
        "INSERT INTO phase (campaign_id, name, starts_at, ends_at) VALUES (?, ?, ?, ?)",
        [(campaign_id, phase.name, encode(phase.starts_at), encode(phase.ends_at)) for phase in phases],
    )
    # Undoing it is calling it off.
    events.record(
        conn, actor, now, "add", "campaign", campaign_id, before={"removed_at": encode(now)},
        after={"removed_at": None}, step=events.next_step(conn),
    )  # fmt: skip
    return campaign_id


def refuse_dates(starts_at: datetime, ends_at: datetime, phases: Sequence[Phase]) -> None:
    """Raise InputError for an end before the start, and for a phase outside the campaign or there twice."""
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


def refuse_name(conn: Connection, actor: Actor, now: datetime, name: str, but: int | None = None) -> None:
    """Raise InputError for a name that another campaign has; one that was called off gives it up.

    The caller holds the write lock.
    """
    row = conn.execute("SELECT id, removed_at FROM campaign WHERE name = ? AND id IS NOT ?", (name, but)).fetchone()
    if row is None:
        return
    if row[1] is None:
        raise InputError(_("there is a campaign “{name}” already; choose another name").format(name=name))
    taken = {one for (one,) in conn.execute("SELECT name FROM campaign").fetchall()}
    free = next(one for one in other_names(name, row[0]) if one not in taken)
    conn.execute("UPDATE campaign SET name = ? WHERE id = ?", (free, row[0]))
    events.record(conn, actor, now, "rename", "campaign", row[0], detail=free)


def other_names(name: str, number: int) -> Iterator[str]:
    """Names for a row that gives up its own, the plainest first."""
    yield f"{name} ({number})"
    for again in itertools.count(2):
        yield f"{name} ({number}-{again})"


def find(conn: Connection, name: str, *, cancelled: bool = False) -> int:
    """The id of the campaign of that name or id; *cancelled*: of one that was called off. Raises InputError."""
    which = "removed_at IS NOT NULL" if cancelled else "removed_at IS NULL"
    row = conn.execute(f"SELECT id FROM campaign WHERE name = ? AND {which}", (name,)).fetchone()
    if row is None and name.isascii() and name.isdigit() and len(name) <= 18:
        row = conn.execute(f"SELECT id FROM campaign WHERE id = ? AND {which}", (int(name),)).fetchone()
    if row is None:
        said = _("there is no campaign “{name}”; see: smdash campaign list")
        if cancelled:
            said = _("no campaign “{name}” was called off; see: smdash campaign list --cancelled")
        raise InputError(said.format(name=name))
    return int(row[0])


def get(conn: Connection, campaign_id: int) -> Campaign:
    """One campaign, also one that was called off. Raises InputError where there is none."""
    rows = conn.execute(f"SELECT {_COLUMNS} {_FROM.format(join='LEFT JOIN')} WHERE c.id = ?", (campaign_id,)).fetchall()
    if not rows:
        raise InputError(_("there is no campaign “{name}”; see: smdash campaign list").format(name=campaign_id))
    return _campaigns(conn, rows)[0]


def standing(conn: Connection, campaign_id: int) -> Campaign:
    """The campaign, that was not called off. Raises InputError for none, Refused for one that was."""
    found = get(conn, campaign_id)
    if found.cancelled_at is not None:
        raise Refused(
            _("“{campaign}” was called off; bring it back with: smdash campaign restore {id}").format(
                campaign=found.name, id=campaign_id
            )
        )
    return found


def select(conn: Connection, *, ending_after: datetime | None = None) -> tuple[Campaign, ...]:
    """Campaigns by their end; only those that end after the given time, where one is given."""
    rows = conn.execute(
        f"SELECT {_COLUMNS} {_FROM.format(join='JOIN')} WHERE c.ends_at > ? ORDER BY c.ends_at, c.id",
        (encode(ending_after) if ending_after else "",),
    ).fetchall()
    return _campaigns(conn, rows)


def select_ids(conn: Connection, ids: Sequence[int]) -> tuple[Campaign, ...]:
    """These campaigns, the last one to end first."""
    if not ids:
        return ()
    rows = conn.execute(
        f"SELECT {_COLUMNS} {_FROM.format(join='JOIN')} WHERE c.id IN (SELECT value FROM json_each(?)) "
        "ORDER BY c.ends_at DESC, c.id DESC",
        (json.dumps(list(ids)),),
    ).fetchall()
    return _campaigns(conn, rows)


def called_off(conn: Connection) -> tuple[Campaign, ...]:
    """The campaigns that were called off, the last one first."""
    rows = conn.execute(
        f"SELECT {_COLUMNS} {_FROM.format(join='LEFT JOIN')} WHERE c.removed_at IS NOT NULL "
        "ORDER BY c.removed_at DESC, c.id DESC"
    ).fetchall()
    return _campaigns(conn, rows)


@lru_cache(maxsize=100)
def _zone(name: str) -> str:
    """The zone of a campaign; what another program wrote and is none counts as UTC."""
    try:
        find_zone(name)
    except InputError:
        return "UTC"
    return name


def figure_order(figure: str) -> int:
    """Where a figure stands among a campaign's goals."""
    return FIGURES.index(figure) if figure in FIGURES else len(FIGURES)


def _campaigns(conn: Connection, rows: Sequence[Sequence[Any]]) -> tuple[Campaign, ...]:
    phases: dict[int, list[Phase]] = {}
    for campaign_id, name, starts_at, ends_at in conn.execute(
        "SELECT campaign_id, name, starts_at, ends_at FROM phase "
        "WHERE campaign_id IN (SELECT value FROM json_each(?)) AND removed_at IS NULL ORDER BY starts_at, id",
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
            _zone(row[8]),
            row[9],
            decode_optional(row[10]),
        )
        for row in rows
    )
