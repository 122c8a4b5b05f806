"""Options and arguments that several nouns share."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import date, datetime, timedelta, tzinfo
from typing import Any, TypeVar

import click

from smdash.cli.click_words import places
from smdash.core.clock import parse_day, parse_duration, parse_when
from smdash.core.errors import InputError
from smdash.locale import gettext as _

F = TypeVar("F", bound=Callable[..., Any])
T = TypeVar("T")

as_json = click.option("--json", "as_json", is_flag=True, help=_("JSON for programs"))
# SQLite counts rows with 63 bits.
ID = click.IntRange(1, 2**63 - 1)
only_ids = click.option("-q", "--quiet", "only_ids", is_flag=True, help=_("ids only, one a line"))


def checked(read: Callable[[], T], name: str) -> T:
    """Run a reader of a typed value; what it refuses is wrong usage of the option *name*."""
    try:
        return read()
    except InputError as problem:
        raise click.BadParameter(str(problem), param_hint=places(name)) from problem


def when(text: str, zone: tzinfo, now: datetime, name: str) -> datetime:
    """A time that was typed for the option *name*."""
    return checked(lambda: parse_when(text, zone, now), name)


# Typed for a time: the next slot that nothing fills yet, the same word in both languages.
_SLOT = "slot"


def is_slot(text: str | None) -> bool:
    """Whether the next free slot is meant by what was typed for a time."""
    return text is not None and text.strip().casefold() == _SLOT


def planned(text: str, zone: tzinfo, now: datetime, name: str) -> datetime:
    """A time to plan for that was typed for the option *name*, also in words: ``besok 9``, ``Fri 14:00``, ``3h``."""
    from smdash.core.snooze import parse_planned

    return checked(lambda: parse_planned(text, zone, now), name)


def day(text: str, name: str) -> date:
    """A date that was typed for the option *name*."""
    return checked(lambda: parse_day(text), name)


def duration(text: str, name: str) -> timedelta:
    """A duration that was typed for the argument *name*."""
    return checked(lambda: parse_duration(text), name)


def numbers(values: tuple[str, ...], name: str = "ID") -> list[int]:
    """Ids from the command line, or from stdin where one of them is ``-``."""
    found: list[int] = []
    for value in values:
        words = sys.stdin.read().split() if value == "-" else [value]
        for word in words:
            if not (word.isascii() and word.isdigit()) or len(word) > 18:
                raise click.BadParameter(_("“{word}” is not an id").format(word=word), param_hint=places(name))
            found.append(int(word))
    return found
