"""The goals and the scope of a campaign: small sets beside its row, which its events carry whole for undo."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

from smdash.core.campaigns import FIGURES
from smdash.core.errors import InputError
from smdash.core.records import Actor, Scope
from smdash.locale import gettext as _
from smdash.store import campaign_belongs, campaigns, events
from smdash.store.driver import Connection

# What an event calls a set, its table, and what tells its rows apart.
SETS = {"goals": ("campaign_goal", ("figure", "target")), "scope": ("campaign_scope", ("kind", "value"))}
MOST = 10**12


def set_goals(conn: Connection, actor: Actor, campaign_id: int, now: datetime, goals: Mapping[str, int | None]) -> bool:
    """Give figures another goal, or (nothing) none; whether any is other than before. The caller holds the write lock.

    Raises InputError for an unknown figure, and for a goal that is no number from 1 on; Refused for a campaign that was
    called off.
    """
    campaigns.standing(conn, campaign_id)
    for figure, target in goals.items():
        if figure not in FIGURES:
            raise InputError(
                _("there is no figure “{figure}”; choose one of {known}").format(
                    figure=figure, known=", ".join(FIGURES)
                )
            )
        if target is not None and not 1 <= target <= MOST:
            raise InputError(_("a goal is a number from 1 to {most}").format(most=MOST))
    before = dict(_held(conn, "goals", campaign_id))
    after = {figure: target for figure, target in (before | dict(goals)).items() if target is not None}
    return _write(conn, actor, campaign_id, now, "goals", "goal", list(before.items()), list(after.items()))


def change_scope(
    conn: Connection,
    actor: Actor,
    campaign_id: int,
    now: datetime,
    pairs: Iterable[tuple[str, str]],
    *,
    add: bool = True,
) -> bool:
    """Let mentions belong to a campaign by these (kind, value), or no more; whether anything is other than before.

    The caller holds the write lock. Raises InputError as ``campaign_belongs.checked`` does, and for what is to be taken
    out of the scope and is not in it; Refused for a campaign that was called off.
    """
    campaigns.standing(conn, campaign_id)
    before = _held(conn, "scope", campaign_id)
    known = campaign_belongs.scopes(conn, campaign_id)
    after: set[tuple[str, int | str]] = set(before)
    for kind, value in pairs:
        if add:
            after.add((kind, campaign_belongs.checked(conn, kind, value)))
        else:
            after -= _meant([one for one in known if one.kind == kind], value)
    return _write(conn, actor, campaign_id, now, "scope", "scope", before, after)


def _meant(known: Sequence[Scope], value: str) -> set[tuple[str, str]]:
    """What of a scope is called so: its value, or of a search its words."""
    said = value.strip().casefold()
    found = {
        (one.kind, one.value)
        for one in known
        if said in (one.value.casefold(), one.words.casefold())
        or (one.kind == "search" and said and one.words.casefold().startswith(f"{said} ("))
    }
    if not found:
        raise InputError(
            _("“{value}” does not belong to it; it has: {known}").format(
                value=value, known=", ".join(one.words for one in known) or _("none yet")
            )
        )
    return found


def _held(conn: Connection, name: str, campaign_id: int) -> list[tuple[str, int | str]]:
    table, columns = SETS[name]
    rows = conn.execute(
        f"SELECT {', '.join(columns)} FROM {table} WHERE campaign_id = ? ORDER BY 1, 2", (campaign_id,)
    ).fetchall()
    return [(row[0], row[1]) for row in rows]


def _write(
    conn: Connection,
    actor: Actor,
    campaign_id: int,
    now: datetime,
    name: str,
    verb: str,
    before: Collection[tuple[str, int | str | None]],
    after: Collection[tuple[str, int | str | None]],
) -> bool:
    if set(before) == set(after):
        return False
    table, columns = SETS[name]
    conn.execute(f"DELETE FROM {table} WHERE campaign_id = ?", (campaign_id,))
    conn.executemany(
        f"INSERT INTO {table} (campaign_id, {', '.join(columns)}) VALUES (?, ?, ?)",
        [(campaign_id, *one) for one in after],
    )
    told = sorted(set(after) ^ set(before), key=str)
    detail = ", ".join(dict.fromkeys(str(one[0] if name == "goals" else one[1]) for one in told))
    events.record(
        conn, actor, now, verb, "campaign", campaign_id, detail=detail, before={name: sorted(before, key=str)},
        after={name: sorted(after, key=str)}, step=events.next_step(conn),
    )  # fmt: skip
    return True


def is_as(name: str, row: str, event: str) -> str:
    """That the set of the campaign *row* is as the event *event* left it, as an SQL condition."""
    table, columns = SETS[name]
    held = f"SELECT {', '.join(columns)} FROM {table} WHERE campaign_id = {row}.id"
    pair = "json_extract(j.value, '$[0]'), json_extract(j.value, '$[1]')"
    left = f"SELECT {pair} FROM json_each({event}.after, '$.{name}') j"
    return f"NOT EXISTS ({held} EXCEPT {left}) AND NOT EXISTS ({left} EXCEPT {held})"


def put_back(conn: Connection, name: str, event_ids: Collection[int]) -> None:
    """Make the set what it was before these events. The caller holds the write lock."""
    table, columns = SETS[name]
    chosen = {"events": json.dumps(list(event_ids))}
    of_them = "(SELECT value FROM json_each(:events))"
    conn.execute(
        f"DELETE FROM {table} WHERE campaign_id IN (SELECT subject_id FROM event WHERE id IN {of_them})", chosen
    )
    conn.execute(
        f"INSERT INTO {table} (campaign_id, {', '.join(columns)}) SELECT e.subject_id, json_extract(j.value, '$[0]'), "
        f"json_extract(j.value, '$[1]') FROM event e, json_each(e.before, '$.{name}') j WHERE e.id IN {of_them}",
        chosen,
    )
