"""What a query is made of, and whether one mention answers it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta, tzinfo
from functools import lru_cache
from typing import NamedTuple, TypeAlias

from smdash.core.clock import start_of_day
from smdash.core.query import words
from smdash.core.records import Actor, MentionState

# What begins like this is a field; an address is none.
FIELD = re.compile(r"([^\W\d_]+):(?!//)")
STATES = tuple(state.value for state in MentionState)
# From normal to urgent, by their numbers.
PRIORITY_WORDS = ("normal", "high", "urgent")
URGENT = len(PRIORITY_WORDS) - 1


class Facts(NamedTuple):
    """What a query can ask of one mention. ``assignee`` is a login; times are UTC."""

    text: str
    author_handle: str
    author_name: str
    platform: str
    account: str
    kind: str
    sent_at: datetime
    followers: int | None = None
    state: str = "open"
    assignee: str | None = None
    priority: int = 0
    labels: tuple[str, ...] = ()
    due_at: datetime | None = None
    starred: bool = False
    answered: bool = False
    woke: bool = False
    queued: bool = False


class Bound(NamedTuple):
    """A number that a column is compared with; ``sign`` is one of ``= >= <= > <``."""

    sign: str
    number: int

    def __str__(self) -> str:
        return f"{'' if self.sign == '=' else self.sign}{self.number}"

    def holds(self, value: int | None) -> bool:
        """Whether a value keeps to it; what is not known doesn't."""
        if value is None:
            return False
        if self.sign == "=":
            return value == self.number
        if self.sign[0] == ">":
            return value > self.number or (self.sign == ">=" and value == self.number)
        return value < self.number or (self.sign == "<=" and value == self.number)


class Moment(NamedTuple):
    """A time that was typed: so long ago, or a wall time in the team's zone (a day: its first instant)."""

    text: str
    ago: timedelta | None = None
    wall: datetime | None = None
    whole_day: bool = False

    def __str__(self) -> str:
        return self.text

    def instant(self, now: datetime, zone: tzinfo) -> datetime:
        """The instant that is meant (UTC)."""
        if self.wall is None:
            return now - (self.ago or timedelta())
        if self.whole_day:
            return start_of_day(self.wall.date(), zone)
        return self.wall.replace(tzinfo=self.wall.tzinfo or zone).astimezone(now.tzinfo)


Value: TypeAlias = str | Bound | Moment


class Term(NamedTuple):
    """One condition: the field has one of the values, or, negated, none of them. The field of words is ``""``."""

    field: str
    values: tuple[Value, ...]
    negated: bool = False

    def __str__(self) -> str:
        sign = "-" if self.negated else ""
        if not self.field:
            text = str(self.values[0])
            return sign + (f'"{text}"' if needs_quotes(text) else text)
        return f"{sign}{self.field}:" + ",".join(
            f'"{value}"' if any(one.isspace() or one == "," for one in str(value)) else str(value)
            for value in self.values
        )


def needs_quotes(text: str) -> bool:
    """Whether a text would be read as something else without quotes around it."""
    return text[0] == "-" or FIELD.match(text) is not None or any(one.isspace() for one in text)


class Query(NamedTuple):
    """All terms must hold. Without an ``is:`` that names a state, open is meant."""

    terms: tuple[Term, ...] = ()

    @property
    def text(self) -> str:
        """The canonical form, which ``parse`` reads back as the same query."""
        return " ".join(map(str, self.terms))

    @property
    def states(self) -> tuple[str, ...]:
        """The states that a mention may be in to answer the query."""
        named = [
            term
            for term in self.terms
            if term.field == "is" and any(value == "any" or value in STATES for value in term.values)
        ]
        found = STATES if named else STATES[:1]
        for term in named:
            if "any" in term.values:
                found = () if term.negated else found
            elif all(value in STATES for value in term.values):
                found = tuple(one for one in found if (one in term.values) is not term.negated)
        return found

    def matches(self, facts: Facts, *, now: datetime, me: Actor | None, zone: tzinfo) -> bool:
        """Whether a mention answers the query, as the store's search would find it. *now* is UTC."""
        return facts.state in self.states and all(
            has_words(str(term.values[0]), facts[:5], negated=term.negated)
            if not term.field
            else any(_holds(term.field, value, facts, now, me, zone) for value in term.values) is not term.negated
            for term in self.terms
        )


def _holds(field: str, value: Value, facts: Facts, now: datetime, me: Actor | None, zone: tzinfo) -> bool:
    if isinstance(value, Bound):
        return value.holds(facts.priority if field == "priority" else facts.followers)
    if isinstance(value, Moment):
        instant = value.instant(now, zone)
        return facts.sent_at < instant if field == "before" else facts.sent_at >= instant
    match field:
        case "is":
            return _is(value, facts, now, me)
        case "from":
            return words.lowered(facts.author_handle) == words.lowered(value)
        case "account":
            return words.lowered(facts.account) == words.lowered(value)
        case "label":
            return words.lowered(value) in map(words.lowered, facts.labels)
        case "assignee":
            login = None if me is None else me.login
            return _assigned(facts.assignee, value, login)
        case _:
            return bool(getattr(facts, field) == value)


def _assigned(assignee: str | None, value: str, me: str | None) -> bool:
    if value == "none":
        return assignee is None
    return assignee is not None and assignee == (me if value == "me" else value)


def _is(value: str, facts: Facts, now: datetime, me: Actor | None) -> bool:
    match value:
        case "any":
            return True
        case "mine":
            return me is not None and facts.assignee == me.login
        case "assigned":
            return facts.assignee is not None
        case "unassigned":
            return facts.assignee is None
        case "overdue":
            return facts.due_at is not None and facts.due_at < now
        case "urgent":
            return facts.priority >= URGENT
        case "starred" | "answered" | "woke" | "queued":
            return bool(getattr(facts, value))
        case _:
            return facts.state == value


@lru_cache(512)
def _wanted(text: str) -> tuple[str | None, str | None]:
    """What must stand among the folded words, and in the text itself."""
    return (
        words.folded(text) if words.is_indexed(text) else None,
        words.lowered(text) if words.is_literal(text) else None,
    )


def has_words(text: str, row: Sequence[str], *, negated: bool = False) -> bool:
    """Whether a row (text, handle, name, platform, account) answers a term of words.

    What has signs is left out wherever it stands, though it is found only at the beginning of a word.
    """
    indexed, literal = _wanted(text)
    if negated:
        return not (_contains(literal, row) if literal is not None else _begins(indexed, row))
    return (indexed is None or _begins(indexed, row)) and (literal is None or _contains(literal, row))


def _begins(wanted: str | None, row: Sequence[str]) -> bool:
    body, handle, name, platform, account = row
    return wanted is not None and any(
        wanted in words.folded(part) for part in (body, f"{name} {handle}", f"{platform} {account}")
    )


def _contains(wanted: str, row: Sequence[str]) -> bool:
    return any(wanted in words.lowered(part) for part in row)
