"""Reading a TOML file into a frozen record, with every problem reported at once and by its place."""

from __future__ import annotations

import re
import stat
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from smdash.core.errors import SettingsError
from smdash.core.reasons import reason as why
from smdash.locale import gettext as _
from smdash.locale import noop

if TYPE_CHECKING:
    from smdash.settings.syntax import Parsed

# A settings file is written by hand; what is larger is something else (bytes).
MOST_BYTES = 1_000_000
_ANY_HEAD = re.compile(r"\s*\[\[?\s*([^\]]+?)\s*\]\]?")
TYPES = {
    str: noop("text"),
    bool: noop("true or false"),
    int: noop("a whole number"),
    list: noop("a list"),
    dict: noop("a table"),
}


def text_of(path: Path) -> str | None:
    """The file's text, or nothing where there is no file. Raises SettingsError for one that can't be read."""
    try:
        # A pipe or a terminal in the file's place would be waited for without an end.
        found = path.stat()
        if stat.S_ISREG(found.st_mode) and found.st_size > MOST_BYTES:
            raise SettingsError([_("{path} is larger than 1 MB; expected a settings file").format(path=path)])
        if not stat.S_ISREG(found.st_mode) and not stat.S_ISDIR(found.st_mode):
            raise SettingsError([_("{path} is not a file").format(path=path)])
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        return None
    except UnicodeDecodeError as problem:
        raise SettingsError([_("{path} is not UTF-8 text").format(path=path)]) from problem
    except OSError as problem:
        raise SettingsError([_("can't read {path}: {reason}").format(path=path, reason=why(problem))]) from problem


def load(path: Path, *, whole_tables: bool = False) -> Parsed | None:
    """What can be read of the file, and what is broken in it; nothing where there is no file.

    Raises SettingsError for a file that can't be read at all.
    """
    text = text_of(path)
    if text is None:
        return None
    from smdash.settings.syntax import parse

    return parse(text, whole_tables=whole_tables)


def broken_sentences(path: object, parsed: Parsed) -> list[str]:
    """A sentence for each broken place."""
    return [f"{path}:{one.line}: {one.words}" for one in parsed.broken]


class Reader:
    """Takes typed values out of one TOML table and collects what is wrong with it.

    *path* names the file in the sentences; *text* is its content, which is read from there unless given.
    """

    def __init__(
        self,
        path: Path | str,
        table: Mapping[str, Any],
        where: str = "",
        problems: list[str] | None = None,
        *,
        nth: int = 1,
        text: str | None = None,
    ) -> None:
        self.path = path
        self.table = table
        self.where = where
        self.nth = nth
        self.problems: list[str] = [] if problems is None else problems
        self._text = text
        self._seen: set[str] = set()

    def get(self, key: str, kind: type, default: Any = None) -> Any:
        """The value of *key* if it has the type, else the default (and a problem)."""
        self._seen.add(key)
        if key not in self.table:
            return default
        value = self.table[key]
        if type(value) is not kind:
            self.problem(key, _("expected {kind}").format(kind=_(TYPES[kind])))
            return default
        return value

    @property
    def text(self) -> str:
        """What the file says, for the places of its keys; nothing where it can't be read."""
        if self._text is None:
            try:
                self._text = text_of(Path(self.path)) or ""
            except SettingsError:
                self._text = ""
        return self._text

    def problem(self, key: str, text: str) -> None:
        """Note what is wrong with a key."""
        self.problems.append(f"{self.place(key)}: {text}")

    def place(self, key: str) -> str:
        """``FILE:LINE: table.key``, as sentences name it."""
        table, asked = self.where, key
        # A table in one line has its keys on the line of its own name.
        while not (line := line_of(self.text, table, asked, self.nth)) and "." in table:
            table, _dot, asked = table.rpartition(".")
        name = ".".join(filter(None, (self.where, key)))
        return f"{self.path}:{line}: {name}" if line else f"{self.path}: {name}"

    def below(self, key: str) -> Reader | None:
        """A reader of the table called *key*, or nothing where there is none."""
        table = self.get(key, dict)
        if table is None:
            return None
        return Reader(self.path, table, f"{self.where}.{key}" if self.where else key, self.problems, text=self._text)

    def each(self, key: str) -> list[Reader] | None:
        """A reader of each of the tables called *key*, or nothing where there is none; ``key = []`` is none of them."""
        tables = self.get(key, list)
        if tables is None:
            return None
        if not all(type(table) is dict for table in tables):
            self.problem(key, _("expected {kind}").format(kind=_(TYPES[dict])))
            return None
        where = f"{self.where}.{key}" if self.where else key
        return [
            Reader(self.path, table, where, self.problems, nth=nth, text=self._text)
            for nth, table in enumerate(tables, start=1)
        ]

    def finish(self) -> None:
        """Refuse keys that nobody asked for."""
        for key in self.table:
            if key not in self._seen:
                self.problem(key, unknown(key, self._seen))


def unknown(key: str, known: Iterable[str]) -> str:
    """What to say of a key that there isn't: the one that was perhaps meant, else all that there are."""
    import difflib

    names = sorted(known)
    if near := difflib.get_close_matches(key, names, 1):
        return _("unknown key; did you mean {near}?").format(near=near[0])
    return _("unknown key; known: {known}").format(known=", ".join(names))


def region(text: str, table: str, nth: int) -> str:
    """The *nth* table of that name with the tables below it; all other lines are blank, so that numbers stay."""
    inside, seen = False, 0
    lines = text.split("\n")
    for at, line in enumerate(lines):
        if head := _ANY_HEAD.match(line):
            name = head[1].replace('"', "")
            seen += name == table
            inside = seen == nth and (name == table or name.startswith(f"{table}."))
        if not inside:
            lines[at] = ""
    return "\n".join(lines)


def line_of(text: str, table: str, key: str, nth: int = 1) -> int:
    """The line that sets a key in a table (in the *nth* of that name), or of the table's head, or 0."""
    present, seen, head_line = "", 0, 0
    for number, line in enumerate(text.split("\n"), start=1):
        if head := _ANY_HEAD.match(line):
            present = head[1].replace('"', "")
            if not table and present == key:
                return number
            if present == f"{table}.{key}" and max(seen, 1) == nth:
                return number
            if present == table:
                seen += 1
                head_line = number if seen == nth else head_line
        elif (
            present == table and (not table or seen == nth) and re.match(rf"\s*[\"']?{re.escape(key)}[\"']?\s*=", line)
        ):
            return number
    return head_line
