"""What changes a campaign after it was planned: its dates, phases and words, calling it off and bringing it back.

Each is one step of undo.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from smdash.core import campaign_plan
from smdash.core.clock import Span, decode, encode, find_zone
from smdash.core.errors import InputError, Refused
from smdash.core.records import Actor, Campaign, CampaignKind, Phase
from smdash.core.text import clean, clean_name
from smdash.locale import gettext as _
from smdash.store import brands, campaigns, events
from smdash.store.driver import Connection, new_id

LONGEST_NOTE = 2_000


def edit(
    conn: Connection,
    actor: Actor,
    campaign_id: int,
    now: datetime,
    *,
    name: str | None = None,
    kind: CampaignKind | None = None,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
    zone: str | None = None,
    brand: str | None = None,
    note: str | None = None,
    shift_phases: bool = False,
) -> tuple[str, ...]:
    """Change what is given of a campaign; an empty *brand* or *note* takes it away. Returns what is other than before.

    In another *zone* what is not given keeps its wall times, phases too. With *shift_phases* they move along with the
    dates, each keeping its share. The caller holds the write lock. Raises InputError for a name that is taken, an
    unknown zone or brand, an end before the start, and a phase that no longer fits; Refused for a campaign that was
    called off.
    """
    old = campaigns.standing(conn, campaign_id)
    old_zone, new_zone = find_zone(old.zone), find_zone(zone or old.zone)
    begin = starts_at or campaign_plan.rezoned(old.starts_at, old_zone, new_zone)
    end = ends_at or campaign_plan.rezoned(old.ends_at, old_zone, new_zone)
    wanted: dict[str, Any] = {}
    if name is not None:
        wanted["name"] = _named(name)
        if wanted["name"] != old.name:
            campaigns.refuse_name(conn, actor, now, wanted["name"], campaign_id)
    if kind is not None:
        wanted["kind"] = kind.value
    if brand is not None:
        wanted["brand_id"] = brands.find(conn, brand).id if brand else None
    if note is not None:
        wanted["note"] = clean(note, limit=LONGEST_NOTE).strip() or None
    # Both, so that two members who change one edge each undo no end before its start.
    wanted |= {"starts_at": encode(begin), "ends_at": encode(end), "zone": zone or old.zone}
    phases = _phases_moved(old, Span(begin, end), zone or old.zone, shift=shift_phases)
    step = events.next_step(conn)
    changed = _put(conn, actor, "campaign", campaign_id, now, "edit", wanted, step, pairs=(("starts_at", "ends_at"),))
    for phase, placed in zip(old.phases, phases, strict=True):
        put = {"starts_at": encode(placed.starts_at), "ends_at": encode(placed.ends_at)}
        row_id = _phase_id(conn, campaign_id, phase.name)
        if _put(conn, actor, "phase", row_id, now, "edit", put, step, pairs=(("starts_at", "ends_at"),)):
            changed |= {"phases"}
    return tuple(sorted(changed))


def cancel(conn: Connection, actor: Actor, campaign_id: int, now: datetime) -> Campaign:
    """Call a campaign off; its posts stay as they are. Returns it as it was. The caller holds the write lock.

    Raises InputError where there is none, Refused where it is called off already.
    """
    old = campaigns.standing(conn, campaign_id)
    _put(conn, actor, "campaign", campaign_id, now, "cancel", {"removed_at": encode(now)}, events.next_step(conn))
    return old


def restore(conn: Connection, actor: Actor, campaign_id: int, now: datetime) -> Campaign:
    """Bring back a campaign that was called off; returns it. The caller holds the write lock.

    Raises InputError where there is none, Refused where it was not called off.
    """
    if campaigns.get(conn, campaign_id).cancelled_at is None:
        raise Refused(_("campaign {id} was not called off").format(id=campaign_id))
    _put(conn, actor, "campaign", campaign_id, now, "restore", {"removed_at": None}, events.next_step(conn))
    return campaigns.get(conn, campaign_id)


def waiting_posts(conn: Connection, campaign_id: int) -> int:
    """How many of its posts are planned, and not out yet."""
    (count,) = conn.execute(
        "SELECT count(*) FROM post p WHERE p.campaign_id = ? AND p.state NOT IN ('cancelled', 'expired') "
        "AND NOT EXISTS (SELECT 1 FROM delivery d WHERE d.post_id = p.id AND d.state = 'sent')",
        (campaign_id,),
    ).fetchone()
    return int(count)


def add_phases(conn: Connection, actor: Actor, campaign_id: int, phases: Sequence[Phase], now: datetime) -> None:
    """Give a campaign more phases. The caller holds the write lock.

    Raises InputError for one that is outside, ends before it starts, or is there already.
    """
    old = campaigns.standing(conn, campaign_id)
    named = [phase._replace(name=_phase_named(phase.name)) for phase in phases]
    campaigns.refuse_dates(old.starts_at, old.ends_at, [*_inside(old), *named])
    known = {phase.name for phase in old.phases}
    for phase in named:
        if phase.name in known:
            raise InputError(_("the phase “{phase}” is there twice").format(phase=phase.name))
    step = events.next_step(conn)
    for phase in named:
        _add_phase(conn, actor, campaign_id, phase, now, step)


def add_template(conn: Connection, actor: Actor, campaign_id: int, now: datetime) -> tuple[Phase, ...]:
    """Give a campaign the phases that its kind usually has; returns them. The caller holds the write lock.

    Raises Refused where it has phases already.
    """
    old = campaigns.standing(conn, campaign_id)
    if old.phases:
        raise Refused(
            _("“{campaign}” has phases already; remove them first, or add one by its days").format(campaign=old.name)
        )
    phases = campaign_plan.phases(old.kind, Span(old.starts_at, old.ends_at), find_zone(old.zone))
    add_phases(conn, actor, campaign_id, phases, now)
    return phases


def edit_phase(
    conn: Connection,
    actor: Actor,
    campaign_id: int,
    phase: str,
    now: datetime,
    *,
    name: str | None = None,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
) -> bool:
    """Change a phase; whether it is other than before. The caller holds the write lock.

    Raises InputError where there is none, for dates outside the campaign and for a name that another phase has.
    """
    old = campaigns.standing(conn, campaign_id)
    found = _phase(old, phase)
    fresh = Phase(
        _phase_named(name) if name is not None else found.name, starts_at or found.starts_at, ends_at or found.ends_at
    )
    campaigns.refuse_dates(old.starts_at, old.ends_at, [fresh])
    if fresh.name != found.name:
        if any(one.name == fresh.name for one in old.phases):
            raise InputError(_("the phase “{phase}” is there twice").format(phase=fresh.name))
        _free_phase_name(conn, campaign_id, fresh.name)
    wanted = {"name": fresh.name, "starts_at": encode(fresh.starts_at), "ends_at": encode(fresh.ends_at)}
    row_id = _phase_id(conn, campaign_id, found.name)
    pairs = (("starts_at", "ends_at"),)
    return bool(_put(conn, actor, "phase", row_id, now, "edit", wanted, events.next_step(conn), pairs=pairs))


def remove_phase(conn: Connection, actor: Actor, campaign_id: int, phase: str, now: datetime) -> Phase:
    """Take a phase away; its posts stay. Returns it as it was. The caller holds the write lock.

    Raises InputError where there is none.
    """
    found = _phase(campaigns.standing(conn, campaign_id), phase)
    row_id = _phase_id(conn, campaign_id, found.name)
    _put(conn, actor, "phase", row_id, now, "remove", {"removed_at": encode(now)}, events.next_step(conn))
    return found


def _named(name: str) -> str:
    title = clean_name(name)
    if not title:
        raise InputError(_("a campaign needs a name"))
    return title


def _phase_named(name: str) -> str:
    title = clean_name(name)
    if not title:
        raise InputError(_("a phase needs a name"))
    return title


def _phase(campaign: Campaign, name: str) -> Phase:
    found = next((one for one in campaign.phases if one.name == name), None)
    if found is None:
        # Whatever its case, where that tells one.
        alike = [one for one in campaign.phases if one.name.casefold() == name.casefold()]
        if len(alike) != 1:
            raise InputError(
                _("“{campaign}” has no phase “{phase}”; it has: {known}").format(
                    campaign=campaign.name,
                    phase=name,
                    known=", ".join(one.name for one in campaign.phases) or _("none yet"),
                )
            )
        (found,) = alike
    return found


def _phase_id(conn: Connection, campaign_id: int, name: str) -> int:
    row = conn.execute("SELECT id FROM phase WHERE campaign_id = ? AND name = ?", (campaign_id, name)).fetchone()
    return int(row[0])


def _inside(campaign: Campaign) -> list[Phase]:
    """The phases that fit; what another's undo left outside is no reason to refuse a good one."""
    return [one for one in campaign.phases if campaign.starts_at <= one.starts_at and one.ends_at <= campaign.ends_at]


def _phases_moved(old: Campaign, new: Span, zone: str, *, shift: bool) -> tuple[Phase, ...]:
    """The phases as they are under the new dates."""
    old_zone, new_zone = find_zone(old.zone), find_zone(zone)
    before = Span(old.starts_at, old.ends_at)
    if new.end <= new.start:
        campaigns.refuse_dates(*new, ())
    if shift and new != before:
        return campaign_plan.moved(old.phases, before, new, old_zone, new_zone)
    kept = tuple(
        phase._replace(
            starts_at=campaign_plan.rezoned(phase.starts_at, old_zone, new_zone),
            ends_at=campaign_plan.rezoned(phase.ends_at, old_zone, new_zone),
        )
        for phase in old.phases
    )
    if new != before:
        for phase in kept:
            if not new.start <= phase.starts_at < phase.ends_at <= new.end:
                raise InputError(
                    _(
                        "the phase “{phase}” would be outside these dates; move it first, or all with: --shift-phases"
                    ).format(phase=phase.name)
                )
    return kept


def _add_phase(conn: Connection, actor: Actor, campaign_id: int, phase: Phase, now: datetime, step: int) -> None:
    _free_phase_name(conn, campaign_id, phase.name)
    row_id = new_id(
        conn.execute(
            "INSERT INTO phase (campaign_id, name, starts_at, ends_at) VALUES (?, ?, ?, ?)",
            (campaign_id, phase.name, encode(phase.starts_at), encode(phase.ends_at)),
        )
    )
    # Undoing it is removing it.
    events.record(
        conn, actor, now, "add", "phase", row_id, detail=phase.name, before={"removed_at": encode(now)},
        after={"removed_at": None}, step=step,
    )  # fmt: skip


def _free_phase_name(conn: Connection, campaign_id: int, name: str) -> None:
    """A phase that was removed gives its name up."""
    row = conn.execute(
        "SELECT id FROM phase WHERE campaign_id = ? AND name = ? AND removed_at IS NOT NULL", (campaign_id, name)
    ).fetchone()
    if row is not None:
        taken = {one for (one,) in conn.execute("SELECT name FROM phase WHERE campaign_id = ?", (campaign_id,))}
        free = next(one for one in campaigns.other_names(name, row[0]) if one not in taken)
        conn.execute("UPDATE phase SET name = ? WHERE id = ?", (free, row[0]))


def _put(
    conn: Connection,
    actor: Actor,
    subject: str,
    row_id: int,
    now: datetime,
    verb: str,
    wanted: Mapping[str, Any],
    step: int,
    *,
    pairs: Sequence[tuple[str, str]] = (),
) -> set[str]:
    """Write the columns that are other than they were, with their event; *pairs* are written down together."""
    columns = list(wanted)
    row = conn.execute(f"SELECT {', '.join(columns)} FROM {subject} WHERE id = ?", (row_id,)).fetchone()
    held = dict(zip(columns, row, strict=True))
    changed = {column for column in columns if not _same(held[column], wanted[column])}
    if not changed:
        return set()
    noted = changed | {column for pair in pairs for column in pair if changed & set(pair)}
    after = {column: wanted[column] for column in columns if column in noted}
    conn.execute(
        f"UPDATE {subject} SET {', '.join(f'{column} = :{column}' for column in after)} WHERE id = :row_id",
        {**after, "row_id": row_id},
    )
    detail = ", ".join(sorted(changed)) if verb == "edit" else None
    events.record(
        conn, actor, now, verb, subject, row_id, detail=detail, before={column: held[column] for column in after},
        after=after, step=step,
    )  # fmt: skip
    return changed


def _same(held: Any, wanted: Any) -> bool:
    """Whether a column is so already; another program may write the same instant otherwise."""
    if isinstance(held, str) and isinstance(wanted, str) and wanted.endswith("Z"):
        return held == wanted or (held[:1].isdigit() and decode(held) == decode(wanted))
    return bool(held == wanted)
