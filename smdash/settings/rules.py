"""Rules as TOML: ``[[rule]]`` tables in their order, each mistake told by its line and key."""

from __future__ import annotations

from typing import Any

from smdash.core.errors import InputError
from smdash.core.query import Names, parse
from smdash.core.records import PRIORITIES, MentionState
from smdash.core.rules import HOURS, LONGEST_NAME, MOST_RULES, NOBODY, Rule
from smdash.core.text import clean_name
from smdash.core.worktime import DAYS
from smdash.locale import gettext as _
from smdash.settings.toml import Reader

_MINE = ("is:mine", "assignee:me")


def rules(readers: list[Reader], names: Names | None) -> tuple[Rule, ...]:
    """Read the rules; *names* are those of the desk, for telling which of them there isn't."""
    found: list[Rule] = []
    for reader in readers:
        rule = _rule(reader, names)
        if rule.name and any(rule.name.casefold() == other.name.casefold() for other in found):
            reader.problem("name", _("there are two rules with this name"))
        found.append(rule)
    if len(found) > MOST_RULES:
        readers[MOST_RULES].problem("", _("expected {most} rules or fewer").format(most=MOST_RULES))
    return tuple(found)


def _rule(reader: Reader, names: Names | None) -> Rule:
    before = len(reader.problems)
    name = clean_name(reader.get("name", str, ""))
    hours = reader.get("hours", str)
    if hours is not None and hours not in HOURS:
        reader.problem("hours", _("expected one of {known}").format(known=", ".join(HOURS)))
    priority = reader.get("priority", int)
    if priority is not None and priority not in PRIORITIES:
        reader.problem("priority", _("expected a priority from {least} to {most}").format(least=0, most=PRIORITIES[-1]))
    assign = reader.get("assign", str)
    if assign is not None and assign != NOBODY and names is not None and assign not in names.logins:
        reader.problem(
            "assign", _("there is no member “{login}”; known: {known}").format(
                login=clean_name(assign), known=", ".join(names.logins)
            )
        )  # fmt: skip
    rule = Rule(
        name=name,
        query=_query(reader, names),
        hours=hours,
        days=_days(reader),
        label=_labels(reader),
        assign=assign,
        priority=priority,
        star=reader.get("star", bool, False),
        done=reader.get("done", bool, False),
        stop=reader.get("stop", bool, False),
        active=reader.get("active", bool, True),
    )
    reader.finish()
    if not 0 < len(name) <= LONGEST_NAME and (len(reader.problems) == before or name):
        reader.problem("name", _("expected a name of at most {most} letters").format(most=LONGEST_NAME))
    if len(reader.problems) == before and not rule.actions and not rule.stop:
        reader.problem("", _("this rule does nothing; expected label, assign, priority, star, done or stop"))
    return rule


def _query(reader: Reader, names: Names | None) -> str:
    text: str = reader.get("query", str, "")
    try:
        query = parse(text, names)
    except InputError as problem:
        reader.problem("query", str(problem))
        return text
    for term in query.terms:
        for value in term.values:
            if f"{term.field}:{value}" in _MINE:
                reader.problem("query", _("a rule acts for nobody, so “{word}” has no meaning").format(word=term))
    if MentionState.OPEN.value not in query.states:
        reader.problem("query", _("what arrives is open, so this rule would never be met"))
    return text


def _texts(reader: Reader, key: str) -> list[str]:
    """A list of texts; a single one may stand without its brackets."""
    value: Any = reader.table.get(key)
    if type(value) is str:
        reader.get(key, str)
        return [value]
    found: list[Any] = reader.get(key, list, [])
    if not all(type(one) is str for one in found):
        reader.problem(key, _("expected a list such as {example}").format(example='["…", "…"]'))
        return []
    return found


def _days(reader: Reader) -> tuple[int, ...]:
    found = set()
    for text in _texts(reader, "days"):
        if text not in DAYS:
            reader.problem("days", _("expected some of {known}").format(known=", ".join(DAYS)))
            continue
        found.add(DAYS.index(text))
    return tuple(sorted(found))


def _labels(reader: Reader) -> tuple[str, ...]:
    found: dict[str, str] = {}
    for text in _texts(reader, "label"):
        name = clean_name(text)
        if not name or any(letter in name for letter in ' ,"'):
            reader.problem("label", _("“{name}” is no label; expected one word").format(name=name))
            continue
        found.setdefault(name.casefold(), name)
    return tuple(found.values())
