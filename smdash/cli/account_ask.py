"""Asking a person in a terminal: on stderr, so that stdout keeps what a command says; secrets without an echo."""

from __future__ import annotations

import shutil
import signal
import sys
import textwrap
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import TypeVar

import click

from smdash.cli import output
from smdash.core.errors import InputError, SettingsError
from smdash.locale import gettext as _

T = TypeVar("T")


def note(text: str, indent: str = "") -> None:
    """A remark of several lines on stderr, broken between words where a terminal shows it."""
    if not sys.stderr.isatty():
        output.note(text)
        return
    lines = textwrap.wrap(
        text, columns(), initial_indent=indent, subsequent_indent=indent or "  ",
        break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip
    for line in lines:
        output.note(line)


def columns() -> int:
    """How many cells of a line may be written on."""
    return max(shutil.get_terminal_size().columns - 1, 30)


def is_terminal() -> bool:
    """Whether somebody is there to be asked."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def ask(label: str, read: Callable[[str], T], default: str = "") -> T:
    """Ask until the answer can be read. Raises click's Abort on ^C and at the end of the input."""
    while True:
        try:
            typed = click.prompt(label, default=default or None, err=True, prompt_suffix=": ")
            return read(str(typed))
        except (InputError, SettingsError) as problem:
            output.note(f"  {problem}")


def ask_optional(label: str, read: Callable[[str], T], default: str = "") -> T | None:
    """``ask`` for something that may be left out with an empty answer."""
    while True:
        typed = click.prompt(label, default=default, show_default=bool(default), err=True, prompt_suffix=": ")
        if not str(typed).strip():
            return None
        try:
            return read(str(typed))
        except (InputError, SettingsError) as problem:
            output.note(f"  {problem}")


def ask_hidden(label: str, read: Callable[[str], T], *, optional: bool = False) -> T | None:
    """``ask`` for a secret: what is typed is not shown."""
    label = _("{label} (it is not shown)").format(label=label)
    while True:
        typed = click.prompt(label, default="", show_default=False, hide_input=True, err=True, prompt_suffix=": ")
        if not typed.strip() and optional:
            return None
        try:
            return read(typed)
        except InputError as problem:
            output.note(f"  {problem}")


def choose(question: str, answers: Sequence[str]) -> int:
    """Which of the numbered answers, from 0; the first one is the default."""
    output.note(question)
    for number, answer in enumerate(answers, start=1):
        output.note(f"  {number}  {answer}")

    def read(text: str) -> int:
        number = text.strip()
        if number.isascii() and number.isdecimal() and 1 <= int(number[:3]) <= len(answers):
            return int(number) - 1
        raise InputError(_("expected a number from 1 to {most}").format(most=len(answers)))

    return ask(_("number"), read, "1")


def agree(question: str, *, default: bool) -> bool:
    """Yes or no, by the first letter in either language."""
    yes, no = _("yes"), _("no")

    def read(text: str) -> bool:
        word = text.strip().casefold()
        for meaning, words in ((True, (yes, "yes")), (False, (no, "no"))):
            if word and any(known.casefold().startswith(word) for known in words):
                return meaning
        raise InputError(_("expected {yes} or {no}").format(yes=yes, no=no))

    return ask(question, read, yes if default else no)


@contextmanager
def orderly() -> Iterator[None]:
    """A signal that ends the program ends it by way of its ``finally``: the terminal echoes again then."""

    def leave(number: int, _frame: FrameType | None) -> None:
        raise click.exceptions.Exit(128 + number)

    before = {number: signal.signal(number, leave) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
