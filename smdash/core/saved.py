"""Fields in saved replies: ``{first_name}`` and the like are filled with what is known, the others stay visible.

A saved reply is read as a template once; what a stranger wrote is only ever put in, so that braces in a name stay
braces. In a template ``{{`` and ``}}`` stand for braces, as in Python (string.Formatter).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from string import Formatter
from typing import NamedTuple

from smdash.core.errors import InputError
from smdash.core.records import Mention
from smdash.core.text import one_line
from smdash.locale import gettext as _

# What a mention and its account tell; any other name is a member's to fill, such as ``{order_url}``.
KNOWN = ("first_name", "name", "handle", "account", "network", "link", "member")

_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_IN_TEXT = re.compile(r"\{([a-z][a-z0-9_]{0,39})\}")
_LETTERS = re.compile(r"[^\W\d_]")


class Filled(NamedTuple):
    """A text with its fields filled, the names of those that are not, and what was put in."""

    text: str
    missing: tuple[str, ...]
    given: tuple[str, ...] = ()


def fields(body: str) -> tuple[str, ...]:
    """The names of a template's fields, each once, in their order.

    Raises InputError for braces that are no field.
    """
    found: dict[str, None] = {}
    for _text, name, layout, conversion in _parse(body):
        if name is None:
            continue
        if layout or conversion or not _NAME.fullmatch(name):
            raise InputError(_("“{name}” is no field; expected one such as first_name").format(
                name="{" + name + (f"!{conversion}" if conversion else "") + (f":{layout}" if layout else "") + "}"
            ))  # fmt: skip
        found[name] = None
    return tuple(found)


def _parse(body: str) -> list[tuple[str, str | None, str | None, str | None]]:
    try:
        return list(Formatter().parse(body))
    except ValueError as problem:
        raise InputError(_("a field is not closed; write {open} for a brace").format(open="{{")) from problem


def fill(body: str, values: Mapping[str, str]) -> Filled:
    """Fill a template's fields; an empty value counts as not known.

    A body that is no template (another program may have written it) is given as it is.
    """
    try:
        fields(body)
        parts = _parse(body)
    except InputError:
        return Filled(body, unfilled(body))
    done: list[str] = []
    missing: dict[str, None] = {}
    given: list[str] = []
    for text, name, _layout, _conversion in parts:
        done.append(text)
        if name is None:
            continue
        value = values.get(name, "")
        if value:
            done.append(value)
            given.append(value)
        else:
            done.append("{" + name + "}")
            missing[name] = None
    return Filled("".join(done), tuple(missing), tuple(given))


def unfilled(text: str, given: Iterable[str] = ()) -> tuple[str, ...]:
    """The names of fields that a text about to be sent still shows.

    ``given`` are values that were put in (``Filled.given``): braces in them are somebody's name, no field.
    """
    for value in sorted(set(given), key=len, reverse=True):
        if "{" in value:
            text = text.replace(value, "")
    return tuple(dict.fromkeys(_IN_TEXT.findall(text)))


def values_of(mention: Mention, member: str) -> dict[str, str]:
    """What is known for the fields in an answer to this mention by this member."""
    name = one_line(mention.author_name)
    return {
        "first_name": first_name(name),
        "name": name,
        "handle": "@" + mention.author_handle.removeprefix("@") if mention.author_handle else "",
        "account": mention.account,
        "network": mention.platform,
        "link": mention.url or "",
        "member": member,
    }


def first_name(name: str) -> str:
    """The first word of a name that has letters, as it is written."""
    for word in name.split():
        if _LETTERS.search(word):
            return word
    return ""
