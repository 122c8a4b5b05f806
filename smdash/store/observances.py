"""Observances: days that matter for content, typed by the team or taken from calendars."""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import date, datetime, timedelta
from typing import NamedTuple

from smdash.core.errors import InputError, Refused
from smdash.core.observances import TYPED, Entry, Found, Observance
from smdash.core.records import Actor
from smdash.core.team import LONGEST_OBSERVANCE
from smdash.locale import gettext as _
from smdash.store import events, goals
from smdash.store.driver import Connection, new_id

_COLUMNS = "id, day, until, name, holiday, source"


class Taken(NamedTuple):
    """What an import does: how many are new, changed, as they were, and gone."""

    new: int
    changed: int
    unchanged: int
    gone: int


def between(conn: Connection, first: date, last: date) -> tuple[Observance, ...]:
    """Those of which a day lies within these two, by their first day; what is no day is passed over."""
    rows = conn.execute(
        f"SELECT {_COLUMNS} FROM observance WHERE day >= ? AND day <= ? AND until >= ? ORDER BY day, name, id",
        ((first - timedelta(days=LONGEST_OBSERVANCE)).isoformat(), last.isoformat(), first.isoformat()),
    ).fetchall()
    found = []
    for number, day, until, name, holiday, source in rows:
        try:
            found.append(
                Observance(number, date.fromisoformat(day), date.fromisoformat(until), name, bool(holiday), source)
            )
        except ValueError:
            continue
    return tuple(found)


def add(
    conn: Connection, actor: Actor, now: datetime, day: date, until: date, name: str, *, holiday: bool = False
) -> int:
    """Write one down that somebody typed; returns its id. The caller holds the write lock.

    Raises InputError for an end before its beginning or more than a year after it, Refused where it is there already.
    """
    if not 0 <= (until - day).days < LONGEST_OBSERVANCE:
        raise InputError(
            _("it ends before it begins, or lasts longer than {most} days").format(most=LONGEST_OBSERVANCE)
        )
    uid = name.casefold()
    known = conn.execute(
        "SELECT id FROM observance WHERE source = ? AND uid = ? AND day = ?", (TYPED, uid, day.isoformat())
    ).fetchone()
    if known:
        raise Refused(_("“{name}” is there on that day already ({id})").format(name=name, id=known[0]))
    cursor = conn.execute(
        "INSERT INTO observance (day, until, name, holiday, source, uid) VALUES (?, ?, ?, ?, ?, ?)",
        (day.isoformat(), until.isoformat(), name, holiday, TYPED, uid),
    )
    found = new_id(cursor)
    events.record(conn, actor, now, "add", "observance", found, detail=name)
    if holiday:
        goals.begin_anew(conn)
    return found


def remove(conn: Connection, actor: Actor, now: datetime, ids: Collection[int] = (), source: str = "") -> int:
    """Take these away, or all of a source; returns how many. The caller holds the write lock.

    Raises InputError where one of the ids, or the source, is not there.
    """
    if source:
        chosen = [row[0] for row in conn.execute("SELECT id FROM observance WHERE source = ?", (source,)).fetchall()]
        if not chosen:
            raise InputError(_("there is no source “{source}”; see: smdash observance list").format(source=source))
    else:
        chosen = list(dict.fromkeys(ids))
    asked = json.dumps(chosen)
    rows = conn.execute(
        "SELECT id, name, holiday FROM observance WHERE id IN (SELECT value FROM json_each(?))", (asked,)
    ).fetchall()
    if missing := set(chosen) - {row[0] for row in rows}:
        raise InputError(_("there is no observance {id}").format(id=min(missing)))
    conn.execute("DELETE FROM observance WHERE id IN (SELECT value FROM json_each(?))", (asked,))
    if source:
        events.record(conn, actor, now, "remove", "observance", None, detail=source)
    else:
        for number, name, _holiday in rows:
            events.record(conn, actor, now, "remove", "observance", number, detail=name)
    if any(holiday for _number, _name, holiday in rows):
        goals.begin_anew(conn)
    return len(rows)


class Change(NamedTuple):
    """What an import of a source comes to; nothing is written yet."""

    counts: Taken
    put: tuple[Entry, ...]
    gone: tuple[int, ...]
    moves_goals: bool


def compare(conn: Connection, source: str, found: Found, since: date) -> Change:
    """What is to be written so that the source holds what was *found*; what ended before *since* stays."""
    rows = conn.execute(
        "SELECT id, uid, day, until, name, holiday FROM observance WHERE source = ?", (source,)
    ).fetchall()
    known = {(uid, day): (number, until, name, bool(holiday)) for number, uid, day, until, name, holiday in rows}
    wanted = {(one.uid, one.day.isoformat()): one for one in found.entries}
    new = [one for key, one in wanted.items() if key not in known]
    changed = [
        one
        for key, one in wanted.items()
        if key in known and known[key][1:] != (one.until.isoformat(), one.name, one.holiday)
    ]
    gone = [
        key
        for key, (_number, until, *_rest) in known.items()
        if found.whole and key not in wanted and key[0] not in found.spared and until >= since.isoformat()
    ]
    moves = (
        any(one.holiday for one in new)
        or any(known[key][3] for key in gone)
        or any(one.holiday or known[one.uid, one.day.isoformat()][3] for one in changed)
    )
    return Change(
        Taken(len(new), len(changed), len(wanted) - len(new) - len(changed), len(gone)),
        (*new, *changed),
        tuple(known[key][0] for key in gone),
        moves,
    )


def write(conn: Connection, actor: Actor, now: datetime, source: str, change: Change) -> None:
    """Write what ``compare`` found, with one event. The caller holds the write lock since then."""
    if not change.put and not change.gone:
        return
    conn.execute(
        "DELETE FROM observance WHERE id IN (SELECT value FROM json_each(?))", (json.dumps(list(change.gone)),)
    )
    conn.executemany(
        "INSERT INTO observance (day, until, name, holiday, source, uid) VALUES (?, ?, ?, ?, ?, ?) "
        "ON CONFLICT (source, uid, day) DO UPDATE SET until = excluded.until, name = excluded.name, "
        "holiday = excluded.holiday",
        [(one.day.isoformat(), one.until.isoformat(), one.name, one.holiday, source, one.uid) for one in change.put],
    )
    events.record(conn, actor, now, "import", "observance", None, detail=source)
    if change.moves_goals:
        goals.begin_anew(conn)
