"""Finding the mentions that answer a query, fast at any size of the desk.

Words are asked of the full-text index first, in the order of arrival. Where a label or queued replies leave few rows,
those are gathered and sorted. Else the list is walked in its order until enough were found, over an index that holds
all attributes of the open ones: 100,000 of them take 13 ms. Of the closed ones at most CLOSED_LIMIT are looked through
(of those with the words CLOSED_WORDS_LIMIT); ``capped`` says so.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, tzinfo

from smdash.core.networks import CODES
from smdash.core.query import Names, Query
from smdash.core.query.terms import has_words
from smdash.core.records import Actor
from smdash.store.conditions import Condition, Plan, every, has_label, plan
from smdash.store.driver import Connection
from smdash.store.inbox import COLUMNS, FROM, KEYS, InboxWindow, Order, beside, bounds, records

# A list that was asked for shows at most this many rows; its count then says "or more".
MATCH_LIMIT = 1_000
# Up to so many rows are gathered by what leaves few.
GATHER_LIMIT = 4_000
# Up to so many rows are read for their words rather than asked of the full-text index.
RARE_LIMIT = 1_000
# Up to about so many matches are sorted rather than looked for along the goals.
SORT_LIMIT = 10_000
# Of what is closed, nine tenths of a desk, at most so many rows are looked through.
CLOSED_LIMIT = 20_000
CLOSED_WORDS_LIMIT = 50_000
# Where only words are named that must not be there, at most so many rows are looked through.
WITHOUT_LIMIT = 20_000
# How many open ones are looked at in one step at least where they are walked by their goals.
WALK_STEP = 2_000
# Stretches of ids are asked of the full-text index apart where so many others lie between.
_GAP = 2_000
_LAST = 2**63 - 1

Place = tuple[str, int]


def names(conn: Connection) -> Names:
    """The names that a query can mean on this desk, for reading and completing it."""
    accounts = conn.execute("SELECT DISTINCT platform, name FROM account ORDER BY name").fetchall()
    return Names(
        platforms=tuple(sorted({row[0] for row in accounts}, key=lambda name: (name not in CODES, name))),
        accounts=tuple(dict.fromkeys(row[1] for row in accounts)),
        labels=tuple(row[0] for row in conn.execute("SELECT name FROM label ORDER BY name").fetchall()),
        logins=tuple(row[0] for row in conn.execute("SELECT login FROM member ORDER BY login").fetchall()),
        handles=_handles(conn),
    )


def _handles(conn: Connection) -> tuple[str, ...]:
    """Who wrote last, for completing."""
    rows = conn.execute(
        "SELECT author_handle FROM mention i WHERE state = 'open' ORDER BY sent_at DESC, id DESC LIMIT 200"
    ).fetchall()
    return tuple(dict.fromkeys(row[0] for row in rows))


def find(
    conn: Connection,
    query: Query,
    order: Order,
    *,
    now: datetime,
    me: Actor | None,
    zone: tzinfo,
    limit: int | None = MATCH_LIMIT,
) -> InboxWindow:
    """The mentions that answer the query, the first *limit* of the order; without a limit all of them.

    *now* is UTC, *zone* the team's. The closed ones have no time left, so in that order those that wait longest are
    taken.
    """
    found, capped = _found(conn, plan(conn, query, now, me, zone), order, limit)
    key, descending = KEYS[order]
    way = "DESC" if descending else "ASC"
    rows = conn.execute(
        f"SELECT {COLUMNS} {FROM} WHERE i.id IN (SELECT value FROM json_each(?)) ORDER BY {key} {way}, i.id {way}",
        (json.dumps([one for _key, one in found]),),
    ).fetchall()
    return InboxWindow(0, len(rows), records(conn, rows), capped=capped)


def count(
    conn: Connection, query: Query, *, now: datetime, me: Actor | None, zone: tzinfo, limit: int = MATCH_LIMIT
) -> tuple[int, bool]:
    """How many mentions answer the query, at most *limit*, and whether there may be more."""
    found, capped = _found(conn, plan(conn, query, now, me, zone), Order.NEWEST, limit)
    return len(found), capped


def _found(conn: Connection, wanted: Plan, order: Order, limit: int | None) -> tuple[list[Place], bool]:
    """Keys and ids in the order, and whether there may be more."""
    found: list[Place] = []
    capped = False
    # The full-text index is asked once for all states; the other indexes are each for one.
    parts = [wanted.states] if wanted.words and wanted.states else [(state,) for state in wanted.states]
    for states in parts:
        search = _Search(conn, wanted, states, order, limit)
        found += search.places()
        capped = capped or search.capped
    if len(parts) > 1:
        found.sort(reverse=KEYS[order][1])
    return (found, capped) if limit is None else (found[:limit], capped or len(found) > limit)


class _Search:
    """A search in one state, or by words in several; ``capped`` says afterwards that not all was looked through."""

    def __init__(
        self, conn: Connection, wanted: Plan, states: tuple[str, ...], order: Order, limit: int | None
    ) -> None:
        self.conn = conn
        self.wanted = wanted
        self.order = order
        self.limit = limit
        self.capped = False
        self.is_open = states == ("open",)
        # Written out: SQLite takes a partial index only where its own condition stands.
        if self.is_open:
            self.in_state = "i.state = 'open'"
        elif len(states) == 1:
            self.in_state = f"i.state = '{states[0]}' AND i.state <> 'open' AND i.own = 0"
        else:
            named = ", ".join(f"'{state}'" for state in states)
            self.in_state = f"i.state IN ({named}) AND (i.state = 'open' OR i.own = 0)"

    def places(self) -> list[Place]:
        """At most one more than the limit, in the order."""
        if self.wanted.words:
            return self._with_the_words()
        candidates = self._gathered()
        return self._walked(self._step_size()) if candidates is None else self._kept(candidates)

    def _with_the_words(self) -> list[Place]:
        """What the full-text index gives, by arrival, since it can stop early so; of more, those of nearest goals."""
        if self.is_open and self.wanted.quick and self.limit is not None:
            rare = self._quickly(RARE_LIMIT)
            if rare is not None:
                return self._kept(rare)
        first, last = self._ends()
        key, descending = KEYS[self.order]
        where = self.wanted.where
        reads = -1 if self.is_open or self.limit is None else CLOSED_WORDS_LIMIT
        matches = (
            "SELECT rowid AS id FROM mention_text WHERE mention_text MATCH ? AND rowid BETWEEN ? AND ? "
            f"ORDER BY rowid {'DESC' if descending else 'ASC'} LIMIT ?"
        )
        values = (self._words(), first, last, reads)
        found: list[Place] = self.conn.execute(
            f"SELECT {key}, i.id FROM ({matches}) t CROSS JOIN mention i ON i.id = t.id "
            f"WHERE {self.in_state} AND {where.sql} LIMIT ?",
            (*values, *where.values, -1 if self.limit is None else self.limit + 1),
        ).fetchall()
        more = self.limit is not None and len(found) > self.limit
        if more and self.limit is not None and self.is_open and self.order is Order.TIME_LEFT:
            if (last - first) * self.limit <= SORT_LIMIT * (found[-1][1] - first):
                return self.conn.execute(
                    f"SELECT {key}, i.id FROM ({matches}) t CROSS JOIN mention i ON i.id = t.id "
                    f"WHERE {self.in_state} AND {where.sql} ORDER BY 1, 2 LIMIT ?",
                    (*values, *where.values, self.limit + 1),
                ).fetchall()
            # Each question to the index costs the same at first: as many rows a step as held enough by their arrival.
            return self._walked(max(WALK_STEP, (found[-1][1] - first) * 5 // 4))
        if not more and reads > 0:
            (read,) = self.conn.execute(f"SELECT count(*) FROM ({matches})", values).fetchone()
            self.capped = self.capped or read == reads
        return sorted(found, reverse=descending)

    def _kept(self, candidates: list[int]) -> list[Place]:
        """Those of the ids that answer."""
        key, descending = KEYS[self.order]
        where = self.wanted.where
        rows = self.conn.execute(
            f"SELECT {key}, i.id, i.body, i.author_handle, i.author_name, a.platform, a.name "
            "FROM json_each(?) j CROSS JOIN mention i ON i.id = j.value CROSS JOIN account a ON a.id = i.account_id "
            f"WHERE {self.in_state} AND {where.sql}",
            (json.dumps(candidates), *where.values),
        ).fetchall()
        if self.wanted.by_words:
            # The index would be asked for each row apart, at ten times what reading its words costs.
            terms = [(str(term.values[0]), term.negated) for term in self.wanted.terms]
            rows = [row for row in rows if all(has_words(text, row[2:], negated=left) for text, left in terms)]
        found = sorted(((row[0], row[1]) for row in rows), reverse=descending)
        return found if self.limit is None else found[: self.limit + 1]

    def _gathered(self) -> list[int] | None:
        """Ids among which all answers are, where something leaves few enough."""
        first, last = self._ends()
        if first > last:
            return []
        most = GATHER_LIMIT + 1
        for sql in self._sources():
            rows = self.conn.execute(f"{sql} LIMIT ?", (first, last, most)).fetchall()
            if len(rows) < most:
                # One with two of the labels comes twice.
                return list(dict.fromkeys(row[0] for row in rows))
        return None

    def _quickly(self, most: int) -> list[int] | None:
        """Ids of the open ones that keep to the quick conditions, unless there are more."""
        quick = every(self.wanted.quick)
        rows = self.conn.execute(
            f"SELECT i.id FROM mention i INDEXED BY mention_open_by_wait WHERE i.state = 'open' AND {quick.sql} "
            "LIMIT ?",
            (*quick.values, most + 1),
        ).fetchall()
        return [row[0] for row in rows] if len(rows) <= most else None

    def _sources(self) -> Iterator[str]:
        """What may leave few rows: SQL that gives ids between two of them."""
        if self.wanted.queued:
            yield (
                "SELECT d.mention_id FROM delivery d WHERE d.state IN "
                "('queued', 'sending', 'failed', 'unknown', 'held') AND d.state = 'queued' AND d.kind = 'reply' "
                "AND d.mention_id BETWEEN ? AND ?"
            )
        for labels in self.wanted.labels:
            yield (
                "SELECT l.mention_id FROM mention_label l INDEXED BY mention_label_by_label "
                f"WHERE l.label_id IN ({', '.join(map(str, labels))}) AND l.mention_id BETWEEN ? AND ?"
            )

    def _words(self) -> str:
        return f"({self.wanted.words}) NOT ({self.wanted.without})" if self.wanted.without else self.wanted.words

    def _ends(self) -> tuple[int, int]:
        """The first and the last id that may answer: most of what a desk has ever seen is done."""
        if not self.is_open:
            return 1, _LAST
        # Two questions: SQLite answers one for both ends by reading all between them.
        (first,) = self.conn.execute("SELECT min(i.id) FROM mention i WHERE i.state = 'open'").fetchone()
        (last,) = self.conn.execute("SELECT max(i.id) FROM mention i WHERE i.state = 'open'").fetchone()
        return (1, 0) if first is None else (first, last)

    def _step_size(self) -> int:
        most = _LAST if self.limit is None else self.limit + 1
        if not self.wanted.without:
            return most
        # Of those closed no more is read than can be at once, so there is one step.
        return min(2 * most, _LAST) if self.is_open else _LAST

    def _walked(self, step: int) -> list[Place]:
        """The list's rows, so many at a step, until there are as many as are wanted."""
        most = _LAST if self.limit is None else self.limit + 1
        found: list[Place] = []
        place: Place | None = None
        looked = 0
        while len(found) < most:
            rows = self._step(place, step)
            looked += len(rows)
            kept = self._with_words([row[1] for row in rows])
            found += [row for row in rows if row[1] in kept]
            if len(rows) < step:
                break
            if looked >= WITHOUT_LIMIT and self.limit is not None and not self.wanted.words:
                self.capped = True
                break
            place = rows[-1]
        return found[:most]

    def _step(self, after: Place | None, most: int) -> list[Place]:
        """Up to so many rows after a place that keep to the conditions, in the order."""
        key, descending = KEYS[self.order]
        walked = key if self.is_open else "i.sent_at"
        way, sign = ("DESC", "<") if descending else ("ASC", ">")
        place = Condition("1") if after is None else Condition(beside(walked, sign), bounds(after))
        where = every((place, *self.wanted.quick, *map(has_label, self.wanted.labels), *self.wanted.slow))
        index = "mention_closed"
        if self.is_open:
            index = "mention_open_by_goal" if self.order is Order.TIME_LEFT else "mention_open_by_wait"
        elif (edge := self._edge(way)) is not None:
            self.capped = True
            where = every((Condition(beside("i.sent_at", ">" if descending else "<"), bounds(edge)), where))
        return self.conn.execute(
            f"SELECT {key}, i.id FROM mention i INDEXED BY {index} WHERE {self.in_state} AND {where.sql} "
            f"ORDER BY {walked} {way}, i.id {way} LIMIT ?",
            (*where.values, most),
        ).fetchall()

    def _edge(self, way: str) -> Place | None:
        """Where the walk through those closed ends, if there are more than are looked through."""
        if self.limit is None or not (self.wanted.where.sql != "1" or self.wanted.by_words):
            return None
        place: Place | None = self.conn.execute(
            f"SELECT i.sent_at, i.id FROM mention i INDEXED BY mention_closed WHERE {self.in_state} "
            f"ORDER BY i.sent_at {way}, i.id {way} LIMIT 1 OFFSET ?",
            (CLOSED_LIMIT,),
        ).fetchone()
        return place

    def _with_words(self, ids: list[int]) -> set[int]:
        """Those of the ids that have the words, and none of those that must not be there."""
        if not ids or not self.wanted.by_words:
            return set(ids)
        asked = self._words() if self.wanted.words else self.wanted.without
        found: set[int] = set()
        for first, last in _runs(sorted(ids)):
            rows = self.conn.execute(
                "SELECT t.rowid FROM mention_text t WHERE t.mention_text MATCH ? AND t.rowid BETWEEN ? AND ?",
                (asked, first, last),
            ).fetchall()
            found.update(row[0] for row in rows)
        return found.intersection(ids) if self.wanted.words else set(ids) - found


def _runs(ids: list[int]) -> list[tuple[int, int]]:
    """Ends of the stretches that hold these ids, cut where nothing of theirs lies for long."""
    runs = [(ids[0], ids[0])]
    for one in ids[1:]:
        if one - runs[-1][1] > _GAP:
            runs.append((one, one))
        else:
            runs[-1] = (runs[-1][0], one)
    return runs
