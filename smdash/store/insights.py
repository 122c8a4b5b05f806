"""What insights are counted from: posts with their figures at equal ages, mentions by day, answers and hours by week.

All of it comes from indexes that hold what is asked for (``schema_insights``), a short range of them at a time. Nothing
is written.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta, tzinfo
from typing import NamedTuple

from smdash.core import insights as counting
from smdash.core.clock import Span, decode, encode, find_zone, start_of_day
from smdash.core.equal_age import Around
from smdash.core.insights import Aims, Complaints, Given, Insights, Out, Raw
from smdash.store import brands, posts, teams
from smdash.store.driver import Connection

# So many mentions at most are looked at for who wrote them before, so many with a label for how they ended, and so
# many answers of a week for how long they took: of more, as many from all over the week.
MOST_AUTHORS = 1_000
MOST_LABELLED = 2_000
MOST_ANSWERS = 2_000
# Who writes again within this is still in the same talk.
SAME_TALK = timedelta(hours=24)
# An entry is at most a few days long, so earlier starts need no look.
_LONGEST = timedelta(days=4)
_IN = "m.own = 0 AND m.kind <> 'listening'"


class Only(NamedTuple):
    """Of which accounts (ids) figures are read, or of all; *brand_id* goes for hours, which have no account."""

    account_ids: tuple[int, ...] | None = None
    brand_id: int | None = None


class Choices(NamedTuple):
    """What figures can be filtered by: ``platform/name`` of each account, and the brands where there are several."""

    accounts: tuple[str, ...]
    brands: tuple[str, ...]


def choices(conn: Connection) -> Choices:
    """The accounts and brands that there are."""
    names = tuple(f"{one.platform}/{one.name}" for one in teams.accounts(conn))
    return Choices(names, tuple(one.name for one in brands.select(conn)) if brands.are_shown(conn) else ())


def only(conn: Connection, brand: str | None, account: str | None) -> Only:
    """The filter by name. Raises InputError for an unknown brand or account."""
    brand_id = brands.find(conn, brand).id if brand else None
    if account:
        return Only((posts.find_account(conn, account).id,), brand_id)
    if brand_id is None:
        return Only()
    rows = conn.execute("SELECT id FROM account WHERE brand_id = ?", (brand_id,)).fetchall()
    return Only(tuple(row[0] for row in rows), brand_id)


def read(conn: Connection, number: int, now: datetime, chosen: Only = Only()) -> Insights:  # noqa: B008 (frozen)
    """All figures of the last *number* weeks, the present one among them."""
    team = teams.team(conn)
    zone, week_start = find_zone(team.zone), team.week_start % 7
    weeks = counting.weeks_until(now, zone, week_start, number)
    span = counting.span_of(weeks, zone, week_start)
    spans = {week.label: week.span(zone, week_start) for week in weeks}
    days = _days(conn, weeks[0].first_day(week_start), now.astimezone(zone).date(), zone, chosen)
    raw = Raw(
        outs=_outs(conn, span, chosen),
        days=days,
        answers={label: _answers(conn, one, chosen) for label, one in spans.items()},
        seconds={label: _seconds(conn, one, now, chosen) for label, one in spans.items()},
        aims=_aims(conn, span, sum(n for _day, n in days), chosen),
        followers=_followers(conn, weeks[0].first_day(week_start), chosen),
    )
    return counting.count(raw, weeks, now, zone, week_start)


def _of(chosen: Only, column: str = "m.account_id") -> str:
    """The condition on accounts, where some are chosen."""
    return "" if chosen.account_ids is None else f" AND +{column} IN (SELECT value FROM json_each(:accounts))"


def _values(span: Span, chosen: Only, **more: object) -> dict[str, object]:
    return {
        "start": encode(span.start),
        "end": encode(span.end),
        "accounts": json.dumps(chosen.account_ids or ()),
        **more,
    }


# Posts.


def _outs(conn: Connection, span: Span, chosen: Only) -> tuple[Out, ...]:
    """What went out within the span, the first part of each, with its captures; by time."""
    rows = conn.execute(
        "SELECT d.id, d.account_id, a.platform || '/' || a.name, p.category, p.format, d.sent_at FROM delivery d "
        "JOIN account a ON a.id = d.account_id JOIN post p ON p.id = d.post_id "
        "WHERE d.sent_at >= :start AND d.sent_at < :end AND d.state = 'sent' AND d.kind = 'post' AND d.part = 1"
        f"{_of(chosen, 'd.account_id')} ORDER BY d.sent_at, d.id",
        _values(span, chosen),
    ).fetchall()
    around = _around(conn, span, chosen)
    followed = _followed(conn, chosen)
    return tuple(
        Out(account, category, form, decode(sent), around.get(one, {}), _at_day(followed.get(account_id), sent))
        for one, account_id, account, category, form, sent in rows
    )


def _around(conn: Connection, span: Span, chosen: Only) -> dict[int, dict[int, dict[str, Around]]]:
    """The captures of what went out within the span, by delivery, age (hours) and name."""
    rows = conn.execute(
        "SELECT d.id, g.hours, g.name, g.before, g.before_s, g.after, g.after_s FROM delivery d "
        "CROSS JOIN metric_at_age g ON g.account_id = d.account_id AND g.remote_id = d.remote_id "
        "WHERE d.sent_at >= :start AND d.sent_at < :end AND d.state = 'sent' AND d.kind = 'post' AND d.part = 1"
        f"{_of(chosen, 'd.account_id')}",
        _values(span, chosen),
    ).fetchall()
    found: dict[int, dict[int, dict[str, Around]]] = {}
    for one, hours, name, *captures in rows:
        found.setdefault(one, {}).setdefault(hours, {})[name] = Around(*captures)
    return found


def _followed(conn: Connection, chosen: Only) -> dict[int, list[tuple[str, int]]]:
    """How many followed each account on which day, the first day first."""
    found: dict[int, list[tuple[str, int]]] = {}
    for account_id, _name in _accounts(conn, chosen):
        found[account_id] = conn.execute(
            "SELECT day, value FROM metric WHERE account_id = ? AND remote_id = '' AND name = 'followers' ORDER BY day",
            (account_id,),
        ).fetchall()
    return found


def _at_day(days: Sequence[tuple[str, int]] | None, sent: str) -> int | None:
    """How many followed on a day, or on the nearest before or else after it."""
    if not days:
        return None
    from bisect import bisect_right

    return days[max(bisect_right(days, (sent[:10], 2**63)) - 1, 0)][1]


def _accounts(conn: Connection, chosen: Only) -> list[tuple[int, str]]:
    rows = conn.execute("SELECT id, platform || '/' || name FROM account ORDER BY platform, name").fetchall()
    return [row for row in rows if chosen.account_ids is None or row[0] in chosen.account_ids]


def _followers(conn: Connection, first: date, chosen: Only) -> dict[str, tuple[int, int]]:
    """The first and the last known number of followers within the period, of accounts that have any."""
    found: dict[str, tuple[int, int]] = {}
    followed = _followed(conn, chosen)
    for account_id, name in _accounts(conn, chosen):
        known = [value for day, value in followed[account_id] if day >= first.isoformat()]
        if known:
            found[name] = known[0], known[-1]
    return found


# Mentions.


def _days(conn: Connection, first: date, last: date, zone: tzinfo, chosen: Only) -> tuple[tuple[date, int], ...]:
    """How many came in on each local day."""
    found: list[tuple[date, int]] = []
    start = start_of_day(first, zone)
    while first <= last:
        end = start_of_day(first + timedelta(days=1), zone)
        found.append((first, _number(conn, "", Span(start, end), chosen)))
        first, start = first + timedelta(days=1), end
    return tuple(found)


def _number(conn: Connection, more: str, span: Span, chosen: Only) -> int:
    """How many mentions were sent within the span, of those for which *more* holds."""
    row = conn.execute(
        f"SELECT count(*) FROM mention m WHERE {_IN} AND m.sent_at >= :start AND m.sent_at < :end{more}{_of(chosen)}",
        _values(span, chosen),
    ).fetchone()
    return int(row[0])


def _answers(conn: Connection, span: Span, chosen: Only) -> Given:
    """The first answers that were given within the span, and how long they took (seconds)."""
    given = (
        f"FROM mention m WHERE {_IN} AND m.answered_at IS NOT NULL AND m.answered_at >= :start "
        f"AND m.answered_at < :end AND m.response_s IS NOT NULL{_of(chosen)}"
    )
    (number,) = conn.execute(f"SELECT count(*) {given}", _values(span, chosen)).fetchone()
    every = max(number // MOST_ANSWERS, 1)
    rows = conn.execute(
        f"SELECT m.response_s {given} AND m.id % :every = 0", _values(span, chosen, every=every)
    ).fetchall()
    return Given(number, [row[0] for row in rows])


def _aims(conn: Connection, span: Span, mentions: int, chosen: Only) -> Aims:
    (answered,) = conn.execute(
        f"SELECT count(*) FROM mention m WHERE {_IN} AND m.answered_at IS NOT NULL AND m.answered_at >= :start "
        f"AND +m.sent_at >= :start{_of(chosen)}",
        _values(span, chosen),
    ).fetchone()
    praises, complaints = (_labelled(conn, words, span, chosen) for words in (counting.PRAISE, counting.COMPLAINT))
    authors, returning, sampled = _authors(conn, span, mentions, chosen)
    return Aims(
        mentions=mentions,
        answered=answered,
        hidden=_number(conn, " AND m.state = 'hidden'", span, chosen),
        urgent=_number(conn, " AND m.priority > 0", span, chosen),
        praise=len(praises.found) if praises.known else None,
        complaints=_complaints(complaints.found) if complaints.known else None,
        authors=authors,
        returning=returning,
        sampled=sampled,
        newest=praises.newest or complaints.newest,
    )


class _Labelled(NamedTuple):
    """Mentions with labels of a kind: when they were sent, their state, when they were done.

    ``known``: there is such a label; ``newest``: there may be more within the span than were looked at.
    """

    known: bool
    newest: bool
    found: list[tuple[str, str, str | None]]


def _labelled(conn: Connection, words: Iterable[str], span: Span, chosen: Only) -> _Labelled:
    """The newest mentions within the span that have a label with one of these words in its name."""
    labels = [one for one, name in conn.execute("SELECT id, name FROM label").fetchall() if counting.tells(words, name)]
    found: dict[int, tuple[str, str, str | None]] = {}
    newest = False
    for label in labels:
        rows = conn.execute(
            "SELECT m.id, m.sent_at, m.state, m.done_at FROM (SELECT mention_id AS id FROM mention_label "
            "WHERE label_id = :label ORDER BY mention_id DESC LIMIT :most) l CROSS JOIN mention m ON m.id = l.id "
            f"WHERE {_IN} AND m.sent_at >= :start AND m.sent_at < :end{_of(chosen)}",
            _values(span, chosen, label=label, most=MOST_LABELLED),
        ).fetchall()
        found |= {one: (sent, state, done) for one, sent, state, done in rows}
        oldest = conn.execute(
            "SELECT m.sent_at FROM mention_label l JOIN mention m ON m.id = l.mention_id WHERE l.label_id = ? "
            "ORDER BY l.mention_id DESC LIMIT 1 OFFSET ?",
            (label, MOST_LABELLED),
        ).fetchone()
        newest = newest or (oldest is not None and oldest[0] >= encode(span.start))
    return _Labelled(bool(labels), newest, list(found.values()))


def _complaints(found: Sequence[tuple[str, str, str | None]]) -> Complaints:
    took = [(decode(done) - decode(sent)).total_seconds() for sent, state, done in found if state == "done" and done]
    return Complaints(len(found), sum(1 for one in found if one[1] == "done"), counting.median(took))


def _authors(conn: Connection, span: Span, mentions: int, chosen: Only) -> tuple[int, int, bool]:
    """How many wrote, how many of them had written a day before or earlier, and whether that is from a sample."""
    sample = _sample(conn, span, chosen) if mentions > MOST_AUTHORS else None
    some = "" if sample is None else " AND m.id IN (SELECT value FROM json_each(:ids))"
    rows = conn.execute(
        "SELECT a.platform, m.author_handle, max(m.sent_at) FROM mention m JOIN account a ON a.id = m.account_id "
        f"WHERE {_IN} AND m.sent_at >= :start AND m.sent_at < :end AND m.erased_at IS NULL{some}{_of(chosen)} "
        "GROUP BY 1, 2",
        _values(span, chosen, ids=json.dumps(sample)),
    ).fetchall()
    asked = json.dumps([[platform, handle] for platform, handle, _sent in rows])
    firsts = conn.execute(
        "SELECT (SELECT o.sent_at FROM mention o JOIN account b ON b.id = o.account_id "
        "WHERE o.author_handle = j.value ->> 1 AND b.platform = j.value ->> 0 AND o.own = 0 ORDER BY o.id LIMIT 1) "
        "FROM json_each(?) j ORDER BY j.id",
        (asked,),
    ).fetchall()
    returning = sum(
        1
        for (_platform, _handle, sent), (first,) in zip(rows, firsts, strict=True)
        if first is not None and decode(sent) - decode(first) >= SAME_TALK
    )
    return len(rows), returning, sample is not None


def _sample(conn: Connection, span: Span, chosen: Only) -> list[int]:
    """Mentions from all over the span. They are numbered as they come, so that few need be looked at to find them."""
    if chosen.account_ids is None:
        first, last = (
            conn.execute(
                f"SELECT m.id FROM mention m WHERE {_IN} AND m.sent_at >= :start AND m.sent_at < :end "
                f"ORDER BY m.sent_at {order} LIMIT 1",
                _values(span, chosen),
            ).fetchone()[0]
            for order in ("ASC", "DESC")
        )
        step = max(abs(last - first) // MOST_AUTHORS, 1)
        return list(range(min(first, last), max(first, last) + 1, step))
    number = _number(conn, "", span, chosen)
    rows = conn.execute(
        f"SELECT m.id FROM mention m WHERE {_IN} AND m.sent_at >= :start AND m.sent_at < :end "
        f"AND m.id % :every = 0{_of(chosen)}",
        _values(span, chosen, every=max(number // MOST_AUTHORS, 1)),
    ).fetchall()
    return [row[0] for row in rows]


# Hours.


def _seconds(conn: Connection, span: Span, now: datetime, chosen: Only) -> Mapping[str, float]:
    """Confirmed time by activity within the span (seconds); what runs counts until now."""
    brand = "" if chosen.brand_id is None else " AND t.brand_id = :brand"
    rows = conn.execute(
        "SELECT k.key, sum(unixepoch(min(coalesce(t.ended_at, :now), :end)) - unixepoch(max(t.started_at, :start))) "
        "FROM time_entry t JOIN activity k ON k.id = t.activity_id WHERE t.state = 'confirmed' "
        "AND t.removed_at IS NULL AND t.started_at >= :early AND t.started_at < :end AND t.started_at < :now "
        f"AND coalesce(t.ended_at, :now) > :start{brand} GROUP BY k.key",
        _values(span, chosen, now=encode(now), early=encode(span.start - _LONGEST), brand=chosen.brand_id),
    ).fetchall()
    return dict(rows)
