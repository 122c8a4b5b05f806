"""Slots in the team's TOML: ``[[slots]]`` with the days, the times, and whose they are."""

from __future__ import annotations

from smdash.core.errors import InputError
from smdash.core.query import Names
from smdash.core.records import Category
from smdash.core.slots import MOST_SLOTS, Slot, ordered, parse_time
from smdash.core.worktime import DAYS, WEEKDAYS
from smdash.locale import gettext as _
from smdash.settings.toml import Reader


def slots(readers: list[Reader], names: Names | None) -> tuple[Slot, ...]:
    """The slots of these tables; what is wrong is noted with its place. Accounts must be among *names*, if given."""
    found: list[Slot] = []
    for reader in readers:
        days, times = _days(reader), _times(reader)
        account, category = _account(reader, names), reader.get("category", str)
        if category is not None and category not in list(Category):
            reader.problem("category", _("expected one of {known}").format(known=", ".join(Category)))
        reader.finish()
        made = [Slot(day, at, account, category) for day in days for at in times]
        for one in made:
            if one in found:
                reader.problem("", _("{day} {at} is there twice").format(day=DAYS[one.weekday - 1], at=one.at))
        found += made
    if len(found) > MOST_SLOTS and readers:
        readers[-1].problem("", _("expected at most {most}").format(most=MOST_SLOTS))
    return ordered(found)


def _days(reader: Reader) -> list[int]:
    if "days" not in reader.table:
        return list(range(1, 8))
    words = reader.get("days", list, [])
    found: list[int] = []
    for word in words:
        name = word.lower() if type(word) is str else ""
        day = DAYS.index(name) if name in DAYS else WEEKDAYS.index(name) if name in WEEKDAYS else None
        if day is None:
            reader.problem("days", _("expected a list such as {example}").format(example='["mon", "wed", "fri"]'))
            return []
        if day + 1 in found:
            reader.problem("days", _("{day} is named twice").format(day=DAYS[day]))
        else:
            found.append(day + 1)
    if not found and type(reader.table["days"]) is list:
        reader.problem("days", _("expected a list such as {example}").format(example='["mon", "wed", "fri"]'))
    return found


def _times(reader: Reader) -> list[str]:
    texts = reader.get("at", list)
    if texts is None:
        if "at" not in reader.table:
            reader.problem("", _("“{key}” is missing").format(key="at"))
        return []
    if not texts or not all(type(text) is str for text in texts):
        reader.problem("at", _("expected a list such as {example}").format(example='["09:00", "16:30"]'))
        return []
    found: list[str] = []
    for text in texts:
        try:
            at = parse_time(text)
        except InputError as problem:
            reader.problem("at", str(problem))
            continue
        if at in found:
            reader.problem("at", _("{at} is named twice").format(at=at))
        else:
            found.append(at)
    return found


def _account(reader: Reader, names: Names | None) -> str | None:
    name: str | None = reader.get("account", str)
    if name is None or names is None or name in names.profiles:
        return name
    meant = [one for one in names.profiles if one.partition("/")[2] == name]
    if len(meant) == 1:
        return meant[0]
    if meant:
        reader.problem(
            "account",
            _("“{name}” is an account on several networks; say which: {choices}").format(
                name=name, choices=", ".join(meant)
            ),
        )
    else:
        reader.problem(
            "account",
            _("there is no account “{name}”; known: {known}").format(
                name=name, known=", ".join(names.profiles) or _("none yet")
            ),
        )
    return None
