"""``[[exec]]`` in ``sync.toml``: programs whose output is a source."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from smdash.locale import gettext as _
from smdash.settings.accounts import MINIMUM_INTERVAL_S
from smdash.settings.toml import Reader

INTERVAL_S, TIMEOUT_S, MEMORY_MB = 300, 60, 512
LONGEST_S, LEAST_MB, MOST_MB = 3_600, 16, 65_536
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,60}")
_PLATFORM = re.compile(r"[a-z][a-z0-9_]{0,60}")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,200}")


@dataclass(frozen=True, slots=True)
class ProgramSettings:
    """A program that the service runs.

    ``platform`` and ``account`` are what its lines are shown as where they say nothing else. ``command`` is the program
    and its arguments, without a shell; ``env`` names the variables of the service that it gets. ``timeout_s`` is
    seconds for a run, ``memory_mb`` megabytes for each of its processes. ``problem`` says what is wrong with it in the
    file.
    """

    name: str
    platform: str
    account: str = ""
    command: tuple[str, ...] = field(default=(), repr=False)
    interval_s: int = INTERVAL_S
    timeout_s: int = TIMEOUT_S
    memory_mb: int = MEMORY_MB
    env: tuple[str, ...] = ()
    database: str = ""
    problem: str = field(default="", compare=False)


def read_program(reader: Reader) -> ProgramSettings:
    """The program in a table; what is wrong in it goes into the reader's problems."""
    texts = {key: reader.get(key, str, "") for key in ("name", "platform", "account", "database")}
    for key, shape in (("name", _NAME), ("platform", _PLATFORM)):
        value = texts[key]
        if type(reader.table.get(key, "")) is str and not shape.fullmatch(value):
            reader.problem(key, _("expected a word of small letters, digits and _"))
            texts[key] = ""
    if "/" in texts["account"] or not texts["account"].isprintable():
        reader.problem("account", _("a name without “/” is needed"))
    command = _texts(reader, "command")
    if type(reader.table.get("command", [])) is list and not (command and command[0]):
        reader.problem("command", _('expected a list: the program and its arguments, such as ["/opt/forum", "--new"]'))
    env = _texts(reader, "env")
    for one in env:
        if not _VARIABLE.fullmatch(one):
            reader.problem("env", _("expected a list of names of variables"))
            break
    program = ProgramSettings(
        texts["name"],
        texts["platform"],
        texts["account"] or texts["name"],
        command,
        _number(reader, "interval_s", INTERVAL_S, MINIMUM_INTERVAL_S, 7 * 86_400),
        _number(reader, "timeout_s", TIMEOUT_S, 1, LONGEST_S),
        _number(reader, "memory_mb", MEMORY_MB, LEAST_MB, MOST_MB),
        env,
        texts["database"],
    )
    reader.finish()
    return program


def _texts(reader: Reader, key: str) -> tuple[str, ...]:
    found = reader.get(key, list, [])
    if not all(type(one) is str and "\0" not in one for one in found):
        reader.problem(key, _("expected a list of texts"))
        return ()
    return tuple(found)


def _number(reader: Reader, key: str, default: int, least: int, most: int) -> int:
    found: int = reader.get(key, int, default)
    if not least <= found <= most:
        reader.problem(key, _("expected {least} to {most}").format(least=least, most=most))
        return default
    return found
