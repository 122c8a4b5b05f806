"""TOML that a person wrote: what is broken is told in plain words by its line, and the rest is read all the same."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from smdash.locale import gettext as _
from smdash.locale import noop

# After this many broken places a file is no TOML at all, and more sentences help nobody.
MOST_PROBLEMS = 25

_HEAD = re.compile(r"\s*\[\[?\s*[\w\"'. -]+\]\]?\s*(#.*)?$")
_LOWER_HEAD = re.compile(r"\s*\[+\s*[\w\"'-]+\s*\.")
_BROKEN_HEAD = re.compile(r"\s*(\[\[?[^=]*|[^=\[]*\w[^=\[]*\]\]?)\s*$")
_STATEMENT = re.compile(r"\s*([\w\"'.-]+)\s*=")
# What may begin a line that does not belong to the list or text before it.
_BEGINS = re.compile(r"\s*([\w\"'.-]+\s*=|\[|[A-Za-z_])")
_PLACE = re.compile(r"\(at (?:line (\d+), column \d+|end of document)\)")

# The beginning of tomllib's message -> what it means to a person.
_MEANING = (
    ("Cannot overwrite", noop("this key or table is there twice; the first one counts")),
    ("Duplicate inline", noop("this key is there twice")),
    ("Cannot declare", noop("this table is there twice; the first one counts")),
    ("Cannot mutate", noop("this key belongs to a table that was closed already")),
    ("Invalid value", noop("a value is expected: text in quotes, a number, true or false, or a list in [ ]")),
    ("Expected '=' after a key", noop("expected: key = value")),
    ("Invalid statement", noop("expected: key = value, or [table]")),
    ("Invalid initial character for a key", noop("a key has letters, digits, _ and -; put others in quotes")),
    ("Expected newline or end of document", noop("there is more on the line than one key and its value")),
    ("Unterminated string", noop("a text is not closed; end it with the quote that it begins with")),
    ("Expected '\"'", noop("a text is not closed; end it with the quote that it begins with")),
    ("Illegal character", noop("there is a character that TOML does not allow, or a text that is not closed")),
    ("Unescaped '\\'", noop("write \\\\ for a backslash in quotes, or put the text in 'single quotes'")),
    ("Unclosed array", noop("a list is not closed; end it with ]")),
    ("Unclosed inline table", noop("a table in one line is not closed; end it with }")),
    ("Expected ']'", noop("a table's head is not closed; write it as [table], or [[account]] for each account")),
)


class Broken(NamedTuple):
    """A broken place: its line (from 1), the table it is in, the word that the line begins with, and what is wrong."""

    line: int
    table: str
    key: str
    words: str


class Parsed(NamedTuple):
    """What could be read, and what could not. ``text`` is the file's without its broken places, line by line.

    ``complete`` is false where reading was given up.
    """

    table: dict[str, Any]
    broken: tuple[Broken, ...]
    text: str
    complete: bool = True


def parse(text: str, *, whole_tables: bool = False) -> Parsed:
    """Read TOML; statements that are broken are left out and told.

    With *whole_tables* a table with a broken statement is left out whole: where half an account is worse than none.
    """
    import tomllib

    lines = text.replace("\r\n", "\n").split("\n")
    broken: list[Broken] = []
    while True:
        try:
            left = "\n".join(lines)
            return Parsed(tomllib.loads(left), tuple(broken), left)
        except (tomllib.TOMLDecodeError, RecursionError) as problem:
            place = _PLACE.search(str(problem))
            said = int(place[1]) if place and place[1] else len(lines)
            first = _beginning(lines, min(said, len(lines)))
            key = re.match(r"\W*([\w-]*)", lines[first - 1])
            broken.append(Broken(first, _table_of(lines, first), key[1] if key else "", _words(problem)))
            if len(broken) >= MOST_PROBLEMS:
                return Parsed({}, tuple(broken), "", complete=False)
            _leave_out(lines, first, whole_tables=whole_tables)


def _words(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return _("nested too deeply; expected tables of plain values")
    problem = str(error)
    for beginning, meaning in _MEANING:
        if problem.startswith(beginning):
            return _(meaning)
    return _("this is not TOML ({problem})").format(problem=_PLACE.sub("", problem).strip())


def _beginning(lines: list[str], said: int) -> int:
    """The line on which the broken statement begins: all before it can be read, and nothing that ends later."""
    import tomllib

    for at in range(said - 1, 0, -1):
        if not (_STATEMENT.match(lines[at]) or _HEAD.match(lines[at]) or at == said - 1):
            continue
        try:
            tomllib.loads("\n".join(lines[:at]) + "\n")
        except (tomllib.TOMLDecodeError, RecursionError):
            continue
        return at + 1
    return 1


def _leave_out(lines: list[str], first: int, *, whole_tables: bool) -> None:
    """Blank the statement that begins on this line, with its further lines; after a head, all that is below it."""
    begin = first - 1
    below = _looks_like_head(lines[begin])
    if whole_tables and (not below or _LOWER_HEAD.match(lines[begin])):
        heads = [at for at in range(begin) if _HEAD.match(lines[at]) and not _LOWER_HEAD.match(lines[at])]
        if heads:
            begin, below = heads[-1], True
    # With a table goes what is below it, such as [account.secrets]: it would become the table's before.
    whole = whole_tables and below

    def goes_on(line: str) -> bool:
        if not below:
            return not _BEGINS.match(line)
        return not _HEAD.match(line) or (whole and _LOWER_HEAD.match(line) is not None)

    end = first
    while end < len(lines) and goes_on(lines[end]):
        end += 1
    lines[begin:end] = [""] * (end - begin)


def _looks_like_head(line: str) -> bool:
    return bool(_HEAD.match(line) or (line.strip() and _BROKEN_HEAD.match(line)))


def _table_of(lines: list[str], line: int) -> str:
    """The name of the table that a line belongs to, or nothing above the first one."""
    for text in reversed(lines[:line]):
        if _HEAD.match(text):
            return text.split("#")[0].strip().strip("[]").strip().replace('"', "")
    return ""
