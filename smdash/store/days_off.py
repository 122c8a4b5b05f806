"""The days on which the team is off: those of its settings, and the holidays among its observances."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from functools import lru_cache

from smdash.core.worktime import LONGEST_OBSERVANCE, Holiday
from smdash.store import teams
from smdash.store.driver import Connection

Rows = tuple[tuple[str, str, str], ...]


def holidays(conn: Connection) -> tuple[Holiday, ...]:
    """One a day, in order; where a day has several names they stand beside each other, the settings' first."""
    rows = conn.execute("SELECT day, until, name FROM observance WHERE holiday = 1 ORDER BY day, id").fetchall()
    return _joined(stated(teams.get(conn, "holidays")), tuple(rows))


def stated(value: object) -> tuple[Holiday, ...]:
    """Those of the settings, as they are stored; what is no day is passed over."""
    if not isinstance(value, Mapping):
        return ()
    found = []
    for day, name in value.items():
        try:
            found.append(Holiday(date.fromisoformat(str(day)), str(name)))
        except ValueError:
            continue
    return tuple(sorted(found))


@lru_cache(4)
def _joined(own: tuple[Holiday, ...], rows: Rows) -> tuple[Holiday, ...]:
    names: dict[date, list[str]] = {}
    for one in own:
        names.setdefault(one.day, []).append(one.name)
    for first, last, name in rows:
        try:
            day, until = date.fromisoformat(first), date.fromisoformat(last)
        except ValueError:
            continue
        for number in range(min((until - day).days + 1, LONGEST_OBSERVANCE)):
            names.setdefault(day + timedelta(days=number), []).append(name)
    return tuple(Holiday(day, ", ".join(dict.fromkeys(filter(None, names[day])))) for day in sorted(names))
