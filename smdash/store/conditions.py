"""A query's terms as SQL over ``mention i``, sorted by what answers them: an index, the full-text index, or the row."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime, tzinfo
from typing import Any, NamedTuple

from smdash.core.clock import encode
from smdash.core.query import Query, Term
from smdash.core.query.terms import STATES, URGENT, Bound, Moment, Value
from smdash.core.query.words import is_indexed, is_literal, lowered
from smdash.core.records import Actor
from smdash.store.driver import Connection

_CONTAINS = (
    "(i.body LIKE ? ESCAPE '\\' OR i.author_name LIKE ? ESCAPE '\\' OR i.author_handle LIKE ? ESCAPE '\\' "
    "OR i.account_id IN ({accounts}))"
)
_QUEUED = "EXISTS (SELECT 1 FROM delivery d WHERE d.mention_id = i.id AND d.kind = 'reply' AND d.state = 'queued')"
_IS = {
    "any": "1",
    "assigned": "i.assignee_id IS NOT NULL",
    "unassigned": "i.assignee_id IS NULL",
    "starred": "i.star = 1",
    "answered": "i.answered_at IS NOT NULL",
    # Said twice, since SQLite takes a partial index for its own condition alone.
    "urgent": f"(i.priority > 0 AND i.priority >= {URGENT})",
    "woke": "i.woke IS NOT NULL",
    "queued": _QUEUED,
}


class Condition(NamedTuple):
    """A piece of SQL and its values."""

    sql: str
    values: tuple[Any, ...] = ()


class Plan(NamedTuple):
    """What a query asks of the store.

    ``quick`` conditions read only what the index of the open ones holds; ``slow`` ones read rows. ``words`` must be
    found by the full-text index, ``without`` must not be; ``labels`` are ids of which a mention has one.
    """

    states: tuple[str, ...]
    quick: tuple[Condition, ...]
    slow: tuple[Condition, ...]
    words: str
    without: str
    labels: tuple[tuple[int, ...], ...]
    queued: bool
    terms: tuple[Term, ...]

    @property
    def by_words(self) -> bool:
        """Whether the full-text index must be asked."""
        return bool(self.words or self.without)

    @property
    def where(self) -> Condition:
        """All conditions but those of words, the quick ones first."""
        return every((*self.quick, *(has_label(ids) for ids in self.labels), *self.slow))


def plan(conn: Connection, query: Query, now: datetime, me: Actor | None, zone: tzinfo) -> Plan:
    """Look up the query's names and sort its terms by what answers them."""
    reader = _Reader(conn, now, me, zone)
    quick: list[Condition] = []
    slow: list[Condition] = []
    words: list[str] = []
    without: list[str] = []
    labels: list[tuple[int, ...]] = []
    for term in query.terms:
        value = term.values[0]
        if not term.field and isinstance(value, str):
            _put_words(value, term.negated, reader, slow, words, without)
        elif term.field == "label" and not term.negated:
            labels.append(reader.labels(term.values))
        elif term.field == "from":
            slow.append(reader.condition(term))
            if not term.negated and all(_has_word(str(one)) for one in term.values):
                words.append("author : (" + " OR ".join(_quoted(str(one)) for one in term.values) + ")")
        elif term.field == "is" and all(one in STATES for one in term.values):
            continue  # the states say it
        else:
            held = term.field == "label" or "queued" in term.values
            (slow if held else quick).append(reader.condition(term))
    queued = any(term == Term("is", ("queued",)) for term in query.terms)
    return Plan(
        query.states,
        tuple(quick),
        tuple(slow),
        " AND ".join(words),
        " OR ".join(without),
        tuple(labels),
        queued,
        tuple(term for term in query.terms if not term.field),
    )


def every(conditions: Iterable[Condition]) -> Condition:
    """All of them together."""
    found = list(conditions)
    return Condition(" AND ".join(one.sql for one in found) or "1", tuple(v for one in found for v in one.values))


def has_label(ids: Sequence[int]) -> Condition:
    """The mention has one of the labels."""
    return Condition(
        f"EXISTS (SELECT 1 FROM mention_label l WHERE l.mention_id = i.id AND l.label_id IN ({_numbers(ids)}))"
    )


def _put_words(
    text: str, negated: bool, reader: _Reader, slow: list[Condition], words: list[str], without: list[str]
) -> None:
    indexed, literal = is_indexed(text), is_literal(text)
    begins = _quoted(text) + "*"
    if not negated:
        if indexed:
            words.append(begins)
        if literal:
            # "50%" begins where the index knows 50; that the sign follows is seen in the row alone.
            slow.append(reader.contains(text))
    elif literal:
        found = reader.contains(text)
        slow.append(Condition(f"NOT {found.sql}", found.values))
    else:
        without.append(begins)


def _has_word(text: str) -> bool:
    return any(one.isalnum() for one in text)


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def _numbers(ids: Iterable[int]) -> str:
    """Written out, because SQLite plans better with them than with a subquery."""
    return ", ".join(str(int(one)) for one in ids)


class _Reader:
    """Writes terms as SQL; asks the database for the ids of the names in them."""

    def __init__(self, conn: Connection, now: datetime, me: Actor | None, zone: tzinfo) -> None:
        self.conn = conn
        self.now = now
        self.me = me
        self.zone = zone
        self._accounts: list[tuple[int, str, str]] | None = None

    def condition(self, term: Term) -> Condition:
        """One of the values holds, or none where the term is negated."""
        found = [self._holds(term.field, value) for value in term.values]
        sql = "(" + " OR ".join(one.sql for one in found) + ")"
        return Condition(f"{sql} IS NOT TRUE" if term.negated else sql, tuple(v for one in found for v in one.values))

    def contains(self, text: str) -> Condition:
        """The text stands somewhere in the row."""
        small = lowered(text)
        ids = [row[0] for row in self.accounts() if small in lowered(row[1]) or small in lowered(row[2])]
        pattern = "%" + text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        return Condition(_CONTAINS.format(accounts=_numbers(ids)), (pattern,) * 3)

    def accounts(self) -> list[tuple[int, str, str]]:
        if self._accounts is None:
            self._accounts = self.conn.execute("SELECT id, platform, name FROM account").fetchall()
        return self._accounts

    def labels(self, values: Sequence[Value]) -> tuple[int, ...]:
        rows = self.conn.execute(
            "SELECT id FROM label WHERE name COLLATE NOCASE IN (SELECT value FROM json_each(?))",
            (json.dumps([str(value) for value in values]),),
        ).fetchall()
        return tuple(row[0] for row in rows)

    def _holds(self, field: str, value: Value) -> Condition:
        if isinstance(value, Bound):
            return Condition(f"i.{field} {value.sign} ?", (value.number,))
        if isinstance(value, Moment):
            return Condition(
                f"i.sent_at {'<' if field == 'before' else '>='} ?", (encode(value.instant(self.now, self.zone)),)
            )
        match field:
            case "is":
                return self._is(value)
            case "from":
                return Condition("i.author_handle = ? COLLATE NOCASE", (value,))
            case "platform":
                ids = _numbers(row[0] for row in self.accounts() if row[1] == value)
                return Condition(f"i.account_id IN ({ids})")
            case "account":
                ids = _numbers(row[0] for row in self.accounts() if lowered(row[2]) == lowered(value))
                return Condition(f"i.account_id IN ({ids})")
            case "assignee":
                return self._assigned(value)
            case "label":
                return has_label(self.labels((value,)))
            case _:
                return Condition("i.kind = ?", (value,))

    def _is(self, value: str) -> Condition:
        if value in STATES:
            return Condition("i.state = ?", (value,))
        if value == "mine":
            return self._assigned("me")
        if value == "overdue":
            return Condition("i.due_at < ?", (encode(self.now),))
        return Condition(_IS[value])

    def _assigned(self, value: str) -> Condition:
        if value == "none":
            return Condition("i.assignee_id IS NULL")
        if value == "me":
            return Condition("i.assignee_id = ?", (-1 if self.me is None else self.me.member_id,))
        row = self.conn.execute("SELECT id FROM member WHERE login = ?", (value,)).fetchone()
        return Condition("i.assignee_id = ?", (row[0] if row else -1,))
