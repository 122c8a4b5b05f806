"""The team's views as TOML: ``[[view]]`` tables in their order, each mistake told by its line and key."""

from __future__ import annotations

from smdash.core.errors import InputError
from smdash.core.query import Names, parse
from smdash.core.views import MOST_VIEWS, NamedQuery, checked_name
from smdash.locale import gettext as _
from smdash.settings.toml import Reader


def views(readers: list[Reader], names: Names | None) -> tuple[NamedQuery, ...]:
    """Read the views; *names* are those of the desk, for telling which of them there isn't."""
    found: list[NamedQuery] = []
    for reader in readers:
        name: str = reader.get("name", str, "")
        text: str = reader.get("query", str, "")
        reader.finish()
        for key in ("name", "query"):
            if key not in reader.table:
                reader.problem("", _("“{key}” is missing").format(key=key))
        try:
            name = checked_name(name) if type(reader.table.get("name")) is str else name
        except InputError as problem:
            reader.problem("name", str(problem))
        try:
            text = parse(text, names).text
        except InputError as problem:
            reader.problem("query", str(problem))
        if any(name.casefold() == other.name.casefold() for other in found if name):
            reader.problem("name", _("there are two views with this name"))
        found.append(NamedQuery(name, text))
    if len(found) > MOST_VIEWS:
        readers[MOST_VIEWS].problem("", _("expected {most} views or fewer").format(most=MOST_VIEWS))
    return tuple(found)
