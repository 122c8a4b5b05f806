"""The team's slots, and which of those to come are empty."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, datetime, timedelta

from smdash.core import slots
from smdash.core.clock import Span, decode, encode, find_zone, start_of_day
from smdash.core.errors import InputError, Refused
from smdash.core.records import Account
from smdash.core.slots import Filler, Opening, Slot
from smdash.locale import gettext as _
from smdash.store import days_off, posts, teams
from smdash.store.driver import Connection

_DAY = timedelta(days=1)
# How far ahead a free slot is looked for (days).
FARTHEST = 90


def select(conn: Connection) -> tuple[Slot, ...]:
    """All slots, in the order of the week; what another program wrote and is no time is passed over."""
    rows = conn.execute(
        "SELECT s.weekday, s.at, a.platform || '/' || a.name, s.category FROM slot s "
        "LEFT JOIN account a ON a.id = s.account_id"
    ).fetchall()
    found = []
    for weekday, at, account, category in rows:
        try:
            found.append(Slot(weekday, slots.parse_time(at), account, category))
        except InputError:
            continue
    return slots.ordered(found)


def replace(conn: Connection, wanted: Iterable[Slot]) -> None:
    """Put these in the place of all. The caller holds the write lock. Raises InputError for an unknown account."""
    ids = {f"{one.platform}/{one.name}": one.id for one in teams.accounts(conn)}
    rows = []
    for one in slots.ordered(wanted):
        if one.account is not None and one.account not in ids:
            raise InputError(
                _("there is no account “{name}”; known: {known}").format(
                    name=one.account, known=", ".join(ids) or _("none yet")
                )
            )
        rows.append((one.weekday, one.at, ids[one.account] if one.account else None, one.category))
    conn.execute("DELETE FROM slot")
    conn.executemany("INSERT INTO slot (weekday, at, account_id, category) VALUES (?, ?, ?, ?)", rows)


def between(conn: Connection, first: date, last: date, now: datetime) -> tuple[Opening, ...]:
    """The empty slots of these local days, both included, that are still to come, by time."""
    zone = find_zone(teams.team(conn).zone)
    known = select(conn)
    today = now.astimezone(zone).date()
    first = max(first, today)
    if not known or last < first:
        return ()
    # A post may fill a slot that is over, or one of the day after; so those beside are looked at as well.
    off = {one.day for one in days_off.holidays(conn)}
    found = slots.openings(known, first - _DAY, last + _DAY, zone, off)
    if not found:
        return ()
    filling = _fillers(conn, Span(found[0].at - slots.WITHIN, found[-1].at + slots.WITHIN))
    end = start_of_day(last + _DAY, zone)
    return tuple(one for one in slots.empty(found, filling) if now < one.at < end)


def empty(conn: Connection, now: datetime, days: int) -> tuple[Opening, ...]:
    """The empty slots to come within so many local days, today being the first, by time."""
    today = now.astimezone(find_zone(teams.team(conn).zone)).date()
    return between(conn, today, today + (days - 1) * _DAY, now)


def next_free(conn: Connection, now: datetime, accounts: Collection[Account] = ()) -> datetime | None:
    """The next empty slot of one of these accounts, else the next that is for any (UTC); nothing where there is none.

    Without accounts it is the next of all. Ask within the transaction that writes the post, or two may get the same.
    """
    found = empty(conn, now, FARTHEST)
    if not accounts:
        return found[0].at if found else None
    names = {f"{one.platform}/{one.name}" for one in accounts}
    own = next((one.at for one in found if one.account in names), None)
    return own or next((one.at for one in found if one.account is None), None)


def require_next(conn: Connection, now: datetime, accounts: Collection[Account]) -> datetime:
    """Like ``next_free``. Raises Refused with what to do about it where there is none."""
    found = next_free(conn, now, accounts)
    if found is not None:
        return found
    known = select(conn)
    if not known:
        raise Refused(_("the team has no slots; add some with smdash team edit, or name a time"))
    names = [f"{one.platform}/{one.name}" for one in accounts]
    if not any(one.account is None or one.account in names for one in known):
        raise Refused(
            _("the team has no slots for {accounts}; add some with smdash team edit, or name a time").format(
                accounts=", ".join(names)
            )
        )
    raise Refused(_("no slot is empty within {n} days; name a time").format(n=FARTHEST))


def accounts_of(conn: Connection, post_id: int) -> tuple[Account, ...]:
    """The accounts that a post goes to."""
    named = set(posts.get(conn, post_id).accounts)
    return tuple(one for one in teams.accounts(conn) if (one.platform, one.name) in named)


def _fillers(conn: Connection, span: Span) -> list[Filler]:
    """The posts within the span, by time, as ``posts.between`` has them; a delivery that was called off is none."""
    rows = conn.execute(
        "SELECT p.id, p.due_at, a.platform || '/' || a.name FROM post p "
        "JOIN post_account pa ON pa.post_id = p.id JOIN account a ON a.id = pa.account_id "
        "WHERE p.due_at >= ? AND p.due_at <= ? AND p.state NOT IN ('cancelled', 'expired', 'idea') "
        "AND (SELECT coalesce(min(d.state = 'cancelled'), 0) FROM delivery d WHERE d.kind = 'post' "
        "AND d.post_id = p.id AND d.account_id = pa.account_id AND d.replaced = 0) = 0 "
        "ORDER BY p.due_at, p.id, a.platform, a.name",
        (encode(span.start), encode(span.end)),
    ).fetchall()
    found: dict[int, tuple[datetime, list[str]]] = {}
    for post_id, due_at, account in rows:
        found.setdefault(post_id, (decode(due_at), []))[1].append(account)
    return [Filler(at, tuple(accounts)) for at, accounts in found.values()]
