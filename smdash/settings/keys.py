"""``[keys]`` in ``config.toml``: which keys a member wants for which action.

What an action and a key are is the dashboard's to say; here are only the wishes and the places that they stand at.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from smdash.locale import gettext as _
from smdash.settings.toml import Reader, line_of


class KeyWish(NamedTuple):
    """The keys that a member wants for an action (none: no key), and ``FILE:LINE: keys.ACTION`` for what is said."""

    action: str
    keys: tuple[str, ...]
    place: str


def read(reader: Reader, table: Mapping[str, Any]) -> tuple[KeyWish, ...]:
    """The wishes in the order of the file; what is no key or list of keys is a problem of the reader's."""
    wishes: dict[str, KeyWish] = {}
    for action, head, tail, value in _entries(table):
        line = line_of(reader.text, head, tail) or line_of(reader.text, "keys", action)
        place = f"{reader.path}{f':{line}' if line else ''}: keys.{action}"
        keys = [value] if type(value) is str else value
        if type(keys) is not list or not all(type(key) is str for key in keys):
            reader.problems.append(place + ": " + _("expected a key such as d or a list of keys"))
        elif action in wishes:
            reader.problems.append(place + ": " + _("set twice; the first one counts"))
        else:
            wishes[action] = KeyWish(action, tuple(keys), place)
    return tuple(wishes.values())


def _entries(table: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, str, str, Any]]:
    """Action, table, key in it and value; TOML makes tables of dotted names that stand without quotes."""
    for key, value in table.items():
        name = f"{above}.{key}" if above else key
        if type(value) is dict:
            yield from _entries(value, name)
        else:
            yield name, f"keys.{above}" if above else "keys", key, value
