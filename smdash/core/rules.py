"""Rules that act on what arrives: which of them a mention meets, in their order, and what they make of it.

A rule is met where its query holds and the time fits at which the mention was written. What earlier rules did counts
for later ones: their labels are there, and one that is done meets no rule that asks for open ones. A rule that ends the
list (``stop``) is the last one that is asked where it is met.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, tzinfo
from typing import NamedTuple

from smdash.core.errors import InputError
from smdash.core.goals import Calendar
from smdash.core.query import Facts, Query, parse
from smdash.core.records import PRIORITIES, MentionState
from smdash.core.worktime import DAYS

HOURS = ("inside", "outside")
# What ``assign`` says to take the holder away.
NOBODY = "none"
MOST_RULES = 200
LONGEST_NAME = 60


class Rule(NamedTuple):
    """A rule as people write it.

    ``hours``: met only by what was written inside or outside of working hours; ``days``: only on these local days
    (Monday is 0), all of them where none is named. ``assign`` is a login or NOBODY. What an action doesn't say stays.
    """

    name: str
    query: str = ""
    hours: str | None = None
    days: tuple[int, ...] = ()
    label: tuple[str, ...] = ()
    assign: str | None = None
    priority: int | None = None
    star: bool = False
    done: bool = False
    stop: bool = False
    active: bool = True

    @property
    def actions(self) -> list[tuple[str, str]]:
        """What it does, as pairs of a verb and what with."""
        found = [("label", name) for name in self.label]
        if self.assign is not None:
            found.append(("assign", self.assign))
        if self.priority is not None:
            found.append(("priority", str(self.priority)))
        return [*found, *((verb, "") for verb in ("star", "done") if getattr(self, verb))]


class Ready(NamedTuple):
    """A rule whose query has been read."""

    rule: Rule
    query: Query


class Hit(NamedTuple):
    """A rule that was met, and the mention after it."""

    rule: Rule
    after: Facts


def ready(rules: Iterable[Rule]) -> tuple[Ready, ...]:
    """The active ones with their queries read; one whose query can't be read (any more) is left out."""
    found = []
    for rule in rules:
        if rule.active:
            try:
                found.append(Ready(rule, parse(rule.query)))
            except InputError:
                continue
    return tuple(found)


def run(rules: Sequence[Ready], facts: Facts, calendar: Calendar, now: datetime, zone: tzinfo) -> list[Hit]:
    """The rules that an arriving mention meets, in order, each with what it made of it."""
    hits: list[Hit] = []
    for rule, query in rules:
        if not _in_time(rule, facts.sent_at, calendar):
            continue
        if query.matches(facts, now=now, me=None, zone=zone):
            facts = act(rule, facts)
            hits.append(Hit(rule, facts))
            if rule.stop:
                break
    return hits


def _in_time(rule: Rule, sent_at: datetime, calendar: Calendar) -> bool:
    if rule.days and calendar.weekday(sent_at) not in rule.days:
        return False
    return rule.hours is None or calendar.is_working(sent_at) is (rule.hours == "inside")


def act(rule: Rule, facts: Facts) -> Facts:
    """The mention after a rule's actions."""
    present = {name.casefold() for name in facts.labels}
    labels = (*facts.labels, *(name for name in rule.label if name.casefold() not in present))
    assignee = facts.assignee if rule.assign is None else None if rule.assign == NOBODY else rule.assign
    return facts._replace(
        labels=labels,
        assignee=assignee,
        priority=facts.priority if rule.priority is None else rule.priority,
        starred=facts.starred or rule.star,
        state=MentionState.DONE.value if rule.done else facts.state,
    )


def to_plain(rule: Rule) -> dict[str, object]:
    """The form in which TOML and the book of events hold a rule: what it doesn't say is left out."""
    plain: dict[str, object] = {"name": rule.name}
    if rule.query:
        plain["query"] = rule.query
    if rule.hours is not None:
        plain["hours"] = rule.hours
    if rule.days:
        plain["days"] = [DAYS[day] for day in rule.days]
    if rule.label:
        plain["label"] = list(rule.label)
    if rule.assign is not None:
        plain["assign"] = rule.assign
    if rule.priority is not None:
        plain["priority"] = rule.priority
    plain.update({key: True for key in ("star", "done", "stop") if getattr(rule, key)})
    if not rule.active:
        plain["active"] = False
    return plain


def from_plain(plain: Mapping[str, object]) -> Rule:
    """Read what ``to_plain`` gave; of what another program put in its place, what can't be meant is left out."""

    def among(key: str, good: Callable[[object], bool]) -> list[object]:
        value = plain.get(key)
        return [one for one in value if good(one)] if isinstance(value, list) else []

    hours, assign, priority = plain.get("hours"), plain.get("assign"), plain.get("priority")
    return Rule(
        name=str(plain.get("name", "")),
        query=str(plain.get("query", "")),
        hours=str(hours) if hours in HOURS else None,
        days=tuple(DAYS.index(str(day)) for day in among("days", lambda one: one in DAYS)),
        label=tuple(str(name) for name in among("label", lambda one: isinstance(one, str) and bool(one))),
        assign=assign if isinstance(assign, str) else None,
        priority=priority if isinstance(priority, int) and priority in PRIORITIES else None,
        star=plain.get("star") is True,
        done=plain.get("done") is True,
        stop=plain.get("stop") is True,
        active=plain.get("active") is not False,
    )
