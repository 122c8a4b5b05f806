"""click's own words (``Usage:``, ``Missing option``) through our catalogue.

click takes its words from the stdlib's gettext, whose language is the environment's alone and whose domain has no
catalogue of click's; so the modules of click that speak to people are given our functions. They ask when a command
is made or a sentence is said, and names that another click doesn't have are left out: then it speaks English.
"""

from __future__ import annotations

import importlib
import re
from typing import Any

import click

from smdash.locale import gettext, ngettext, noop

_SPEAKING = ("core", "decorators", "exceptions", "formatting", "parser", "termui", "types")

# What click says on our ways, for the catalogue.
_SAID = (
    noop("Usage:"),
    noop("Options"),
    noop("Positional arguments"),
    noop("Show this message and exit."),
    noop("Show the version and exit."),
    noop("%(prog)s, version %(version)s"),
    noop("Error: {message}"),
    noop("Error: invalid input"),
    noop("default: {default}"),
    noop("required"),
    noop("Missing command."),
    noop("Missing argument"),
    noop("Missing option"),
    noop("Missing parameter"),
    noop("Missing parameter: {param_name}"),
    noop("Choose from:\n\t{choices}"),
    noop("No such option {name!r}."),
    noop("No such command {name!r}."),
    noop("Option {name!r} does not take a value."),
    noop("Argument {name!r} takes {nargs} values."),
    noop("Invalid value: {message}"),
    noop("Invalid value for {param_hint}: {message}"),
    noop("{value!r} is not a valid {number_type}."),
    noop("{value} is not in the range {range}."),
    noop("{name} {filename!r} does not exist."),
    noop("{name} {filename!r} is a directory."),
    noop("{name} {filename!r} is a file."),
    noop("{name} {filename!r} is not readable."),
    noop("{name} {filename!r} is not writable."),
    noop("Could not open file {filename!r}: {message}"),
    noop("unknown error"),
    noop("directory"),
    noop("file"),
    noop("path"),
    noop("integer"),
)


def _said_of_several(n: int) -> tuple[str, ...]:
    """The same of what has plural forms."""
    return (
        ngettext("Got unexpected extra argument ({args})", "Got unexpected extra arguments ({args})", n),
        ngettext("{value!r} is not {choice}.", "{value!r} is not one of {choices}.", n),
        ngettext("Option {name!r} requires an argument.", "Option {name!r} requires {nargs} arguments.", n),
        ngettext("Did you mean {possibility}?", "(Did you mean one of: {possibilities}?)", n),
    )


# The names of what one writes in a command's place, as usage lines and error sentences have them.
PLACES = frozenset(
    (
        noop("OPTIONS"),
        noop("COMMAND"),
        noop("ARGS"),
        noop("TEXT"),
        noop("FILE"),
        noop("NAME"),
        noop("LOGIN"),
        noop("FROM"),
        noop("ACCOUNT TEXT"),
        noop("TO"),
        noop("DAY"),
        noop("TIME"),
        noop("JOB"),
        noop("ACTIVITY"),
        noop("DURATION"),
        noop("MINUTES"),
        noop("TAG"),
        noop("PLATFORM"),
        noop("LABEL"),
        noop("WHEN"),
        noop("WORD"),
        noop("NETWORK"),
        noop("HANDLE"),
        noop("VALUE"),
        noop("RULE"),
        noop("REASON"),
        noop("NUMBER"),
        noop("ACCOUNT"),
        noop("POST"),
        noop("WHAT"),
        noop("KEY"),
        noop("PATH"),
        noop("SERVICE"),
        noop("USER"),
        noop("TOPIC"),
        noop("HOST"),
        noop("PORT"),
        noop("OCTAL"),
        noop("PHASE"),
        noop("FIGURE"),
        noop("ZONE"),
    )
)
_PLACE = re.compile(r"[A-Z]{2,}")


def places(text: str) -> str:
    """Usage with the names of places in the language in use; what the table doesn't have (``ID``) stays."""
    return _PLACE.sub(lambda found: gettext(found[0]) if found[0] in PLACES else found[0], text)


class _Formatter(click.HelpFormatter):
    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        super().write_usage(prog, places(args), prefix)


def _translated(make: Any) -> Any:
    def make_metavar(self: click.Parameter, ctx: click.Context) -> str:
        return places(make(self, ctx))

    return make_metavar


def install() -> None:
    """Let click speak with our catalogue from now on; a repeat changes nothing."""
    if click.Context.formatter_class is _Formatter:
        return
    for name in _SPEAKING:
        module = importlib.import_module(f"click.{name}")
        for word, ours in (("_", gettext), ("ngettext", ngettext)):
            if hasattr(module, word):
                setattr(module, word, ours)
    click.Context.formatter_class = _Formatter
    # Of a range click would say that a word is "not a valid integer range".
    for number in (type(click.INT), click.IntRange):
        setattr(number, "name", gettext("integer"))  # noqa: B010 (mypy: a constant)
    for kind in (click.Option, click.Argument):
        setattr(kind, "make_metavar", _translated(kind.make_metavar))  # noqa: B010 (mypy: a method)
