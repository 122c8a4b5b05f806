"""Reading a TOML file into a frozen record, with every problem reported at once and by its place."""

from __future__ import annotations

import re
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from smdash.core.errors import SettingsError
from smdash.locale import gettext as _
from smdash.locale import noop

# A settings file is written by hand; what is larger is something else (bytes).
MOST_BYTES = 1_000_000
TYPES = {
    str: noop("text"),
    bool: noop("true or false"),
    int: noop("a whole number"),
    list: noop("a list"),
    dict: noop("a table"),
}


def load(path: Path) -> dict[str, Any]:
    """The file's content; a missing file is an empty one. Raises SettingsError."""
    try:
        # A pipe or a terminal in the file's place would be waited for without an end.
        found = path.stat()
        if stat.S_ISREG(found.st_mode) and found.st_size > MOST_BYTES:
            raise SettingsError([_("{path} is larger than 1 MB; expected a settings file").format(path=path)])
        if not stat.S_ISREG(found.st_mode) and not stat.S_ISDIR(found.st_mode):
            raise SettingsError([_("{path} is not a file").format(path=path)])
        raw = path.read_bytes()
    except FileNotFoundError:
        return {}
    except OSError as problem:
        raise SettingsError(
            [_("can't read {path}: {reason}").format(path=path, reason=problem.strerror or problem)]
        ) from problem
    import tomllib

    try:
        return tomllib.loads(raw.decode("utf-8"))
    except UnicodeDecodeError as problem:
        raise SettingsError([_("{path} is not UTF-8 text").format(path=path)]) from problem
    except tomllib.TOMLDecodeError as problem:
        raise SettingsError([_("{path}: {problem}").format(path=path, problem=problem)]) from problem
    except RecursionError as problem:
        raise SettingsError(
            [_("{path} is nested too deeply; expected tables of plain values").format(path=path)]
        ) from problem


class Reader:
    """Takes typed values out of one TOML table and collects what is wrong with it."""

    def __init__(
        self, path: Path, table: Mapping[str, Any], where: str = "", problems: list[str] | None = None, *, nth: int = 1
    ) -> None:
        self.path = path
        self.table = table
        self.where = where
        self.nth = nth
        self.problems: list[str] = [] if problems is None else problems
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

    def problem(self, key: str, text: str) -> None:
        """Note what is wrong with a key."""
        line = line_of(self.path, self.where, key, self.nth)
        place = f"{self.path}:{line}" if line else str(self.path)
        name = f"{self.where}.{key}" if self.where else key
        self.problems.append(f"{place}: {name}: {text}")

    def finish(self) -> None:
        """Refuse keys that nobody asked for."""
        for key in self.table:
            if key not in self._seen:
                self.problem(key, _("unknown key; known: {known}").format(known=", ".join(sorted(self._seen))))


def line_of(path: Path, table: str, key: str, nth: int = 1) -> int:
    """The line that sets a key in a table (in the *nth* of that name), or of the table's head, or 0."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return 0
    present, seen, head_line = "", 0, 0
    for number, line in enumerate(lines, start=1):
        if head := re.match(r"\s*\[\[?\s*([^\]]+?)\s*\]\]?", line):
            present = head[1].replace('"', "")
            if not table and present == key:
                return number
            if present == table:
                seen += 1
                head_line = number if seen == nth else head_line
        elif (
            present == table and (not table or seen == nth) and re.match(rf"\s*[\"']?{re.escape(key)}[\"']?\s*=", line)
        ):
            return number
    return head_line
