"""``sync.toml``: the service user's own file (0600) with accounts, their secrets, and intervals."""

from __future__ import annotations

import stat
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from smdash.core.errors import SettingsError
from smdash.core.reasons import reason as why
from smdash.locale import gettext as _
from smdash.settings import accounts, calendars, files, paths, references
from smdash.settings.accounts import MINIMUM_INTERVAL_S, AccountSettings
from smdash.settings.accounts import handle as handle
from smdash.settings.calendars import CalendarSettings
from smdash.settings.programs import ProgramSettings, read_program
from smdash.settings.toml import Reader, broken_sentences, load, region

if TYPE_CHECKING:
    from tomlkit import TOMLDocument

__all__ = ["AccountSettings", "CalendarSettings", "ProgramSettings", "ServiceSettings", "handle"]

T = TypeVar("T", AccountSettings, ProgramSettings, CalendarSettings)


@dataclass(frozen=True, slots=True)
class ServiceSettings:
    """All of ``sync.toml``. ``private_hosts``: hosts on private addresses that feeds and redirects may reach.

    ``programs`` are those whose output is a source, ``calendars`` those whose events are campaigns. ``contact`` goes
    into the User-Agent, so that a feed's owner can write. ``problems``: all that is wrong in the file, a sentence each;
    ``loose`` are those of them that no account's
    job can tell.
    """

    accounts: tuple[AccountSettings, ...] = ()
    private_hosts: frozenset[str] = frozenset()
    feed_interval_s: int = 3_600
    contact: str = ""
    problems: tuple[str, ...] = ()
    loose: tuple[str, ...] = ()
    programs: tuple[ProgramSettings, ...] = ()
    calendars: tuple[CalendarSettings, ...] = ()


def path() -> Path:
    """Where ``sync.toml`` is."""
    return paths.config_dir() / "sync.toml"


def read(file: Path | None = None) -> ServiceSettings:
    """Read ``sync.toml``; whatever is wrong in it is reported and the rest counts.

    An account with a mistake keeps its place, with the mistake as its ``problem``; a table that is no TOML is left
    out whole, so that no account gets another one's token. Raises SettingsError for a file that can't be read at all.
    """
    file = file or path()
    parsed = load(file, whole_tables=True)
    if parsed is None:
        return ServiceSettings()
    top = Reader(file, parsed.table, text=parsed.text)
    loose = broken_sentences(file, parsed)
    if not parsed.complete:
        raise SettingsError(loose)
    told: list[str] = []
    found = _several(top, "account", accounts.read_account, loose, told)
    programs = _several(top, "exec", read_program, loose, told)
    kept = _several(top, "calendar", calendars.read_calendar, loose, told)
    hosts = top.get("private_hosts", list, [])
    if not all(type(host) is str for host in hosts):
        top.problem("private_hosts", _("expected a list of host names"))
        hosts = []
    interval = top.get("feed_interval_s", int, 3_600)
    contact = top.get("contact", str, "")
    if interval < MINIMUM_INTERVAL_S:
        top.problem("feed_interval_s", _("expected {least} or more").format(least=MINIMUM_INTERVAL_S))
        interval = 3_600
    top.finish()
    loose += top.problems
    every = [*broken_sentences(file, parsed), *top.problems, *told]
    return ServiceSettings(found, frozenset(hosts), interval, contact, tuple(every), tuple(loose), programs, kept)


def problems(file: Path | None = None) -> tuple[str, ...]:
    """All that is wrong in ``sync.toml``, a sentence each; none where there is no file."""
    try:
        return read(file).problems
    except SettingsError as problem:
        return problem.problems


def _several(
    top: Reader, name: str, read_one: Callable[[Reader], T], loose: list[str], told: list[str]
) -> tuple[T, ...]:
    """The tables of that name; what is wrong in one goes with it, or into *loose* where it has no place of its own."""
    found: list[T] = []
    taken: set[tuple[str, str, str]] = set()
    for number, fields in enumerate(top.get(name, list, []), start=1):
        if type(fields) is not dict:
            top.problem(name, _("expected tables headed [[{name}]]").format(name=name))
            break
        reader = Reader(top.path, fields, name, text=region(top.text, name, number))
        one = read_one(reader)
        # Programs have names of their own, whatever they are shown as; of calendars the case makes no other one.
        own = one.name.casefold() if name == "calendar" else one.name
        place = ("" if name == "exec" else one.platform, own, one.database)
        if place in taken:
            who = f"{one.platform}/{one.name}" if name == "account" else one.name
            reader.problem("name", _("{name} is there twice").format(name=who))
        told += reader.problems
        if place in taken or not (one.platform and one.name):
            loose += reader.problems
            continue
        taken.add(place)
        found.append(replace(one, problem="; ".join(reader.problems)))
    return tuple(found)


def add_account(account: AccountSettings, file: Path | None = None) -> None:
    """Write an account into ``sync.toml`` (0600), keeping what a person wrote there. Raises SettingsError."""
    _edit(file or path(), lambda document: accounts.put(document, account), accounts.spaced)


def add_calendar(calendar: CalendarSettings, file: Path | None = None) -> None:
    """Write a calendar into ``sync.toml`` (0600), keeping what a person wrote there. Raises SettingsError."""

    def finish(text: str) -> str:
        return accounts.spaced(text, "calendar")

    _edit(file or path(), lambda document: calendars.put(document, calendar), finish)


def remove_calendar(name: str, database: str, file: Path | None = None) -> None:
    """Take a calendar out of ``sync.toml``, where it is there. Raises SettingsError."""
    file = file or path()
    if any(one.name.casefold() == name.casefold() and one.database in ("", database) for one in read(file).calendars):
        _edit(file, lambda document: calendars.drop(document, name, database))


def allow_private_host(host: str, file: Path | None = None) -> None:
    """Let feeds reach a host on a private address. Raises SettingsError."""

    def edit(document: TOMLDocument) -> None:
        if "private_hosts" not in document:
            # A key of the top table must stand before the file's first table; tomlkit puts it there.
            document["private_hosts"] = []
        if host not in document["private_hosts"]:
            document["private_hosts"].append(host)

    _edit(file or path(), edit)


def _edit(file: Path, change: Callable[[TOMLDocument], object], finish: Callable[[str], str] = str) -> None:
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    if wrong := problems(file):
        # Writing into a file that is not understood could lose what a person meant.
        raise SettingsError(wrong)
    try:
        document = tomlkit.parse(file.read_text(encoding="utf-8")) if file.exists() else tomlkit.document()
        change(document)
        files.replace(file, finish(tomlkit.dumps(document)))
    except (OSError, TOMLKitError) as problem:
        reason = why(problem) if isinstance(problem, OSError) else problem
        raise SettingsError([_("can't write {path}: {problem}").format(path=file, problem=reason)]) from problem


def read_token(file: Path) -> str:
    """The first line of a token file. Raises SettingsError with what is wrong and what to do."""
    return references.read_file(file)


def readable_by_others(file: Path) -> bool:
    """Whether somebody beside its owner may read the file."""
    try:
        return bool(file.stat().st_mode & (stat.S_IRGRP | stat.S_IROTH))
    except OSError:
        return False
