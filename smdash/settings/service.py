"""``sync.toml``: the service user's own file (0600) with accounts, their secrets, and intervals."""

from __future__ import annotations

import re
import stat
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from smdash.core.errors import InputError, SettingsError
from smdash.core.reasons import reason as why
from smdash.locale import gettext as _
from smdash.settings import files, paths
from smdash.settings.toml import Reader, broken_sentences, load

if TYPE_CHECKING:
    from tomlkit import TOMLDocument

MINIMUM_INTERVAL_S = 15
_TEXTS = ("platform", "name", "handle", "url", "token", "token_file", "database")
# A domain name, a DID or an e-mail address: one word with a dot or a colon in it.
_HANDLE = re.compile(r"[!-~]{1,250}", re.ASCII)


@dataclass(frozen=True, slots=True)
class AccountSettings:
    """One account as the service's owner set it up.

    ``token`` is the secret itself, ``token_file`` a file that holds it; ``url`` the server's address; ``interval_s``
    the seconds between two pulls. ``database`` is the id of the database that it belongs to; an account that names
    none belongs to every database that this user's service works for. ``handle`` is whose the secret is, for networks
    that need to be told. ``problem`` says what is wrong with it in the file; its jobs fail with that, and the other
    accounts' go on.
    """

    platform: str
    name: str
    url: str = ""
    token: str = field(default="", repr=False)
    token_file: str = ""
    interval_s: int | None = None
    database: str = ""
    handle: str = ""
    problem: str = field(default="", compare=False)

    def secret(self) -> str:
        """The token. Raises SettingsError when its file can't be read or is empty, or the account is not usable."""
        if self.problem:
            raise SettingsError([self.problem])
        if not self.token_file:
            return self.token
        return read_token(Path(self.token_file))


@dataclass(frozen=True, slots=True)
class ServiceSettings:
    """All of ``sync.toml``. ``private_hosts``: hosts on private addresses that feeds and redirects may reach.

    ``contact`` goes into the User-Agent, so that a feed's owner can write. ``problems``: all that is wrong in the
    file, a sentence each; ``loose`` are those of them that no account's job can tell.
    """

    accounts: tuple[AccountSettings, ...] = ()
    private_hosts: frozenset[str] = frozenset()
    feed_interval_s: int = 3_600
    contact: str = ""
    problems: tuple[str, ...] = ()
    loose: tuple[str, ...] = ()


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
    accounts: list[AccountSettings] = []
    told: list[str] = []
    taken: set[tuple[str, str, str]] = set()
    for number, fields in enumerate(top.get("account", list, []), start=1):
        if type(fields) is not dict:
            top.problem("account", _("expected tables headed [[account]]"))
            break
        reader = Reader(file, fields, "account", nth=number, text=parsed.text)
        account = _account(reader)
        place = (account.platform, account.name, account.database)
        if place in taken:
            reader.problem("name", _("{platform}/{name} is there twice").format(platform=place[0], name=place[1]))
        told += reader.problems
        if place in taken or not (account.platform and account.name):
            loose += reader.problems
            continue
        taken.add(place)
        accounts.append(replace(account, problem="; ".join(reader.problems)))
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
    return ServiceSettings(tuple(accounts), frozenset(hosts), interval, contact, tuple(every), tuple(loose))


def problems(file: Path | None = None) -> tuple[str, ...]:
    """All that is wrong in ``sync.toml``, a sentence each; none where there is no file."""
    try:
        return read(file).problems
    except SettingsError as problem:
        return problem.problems


def _account(reader: Reader) -> AccountSettings:
    texts = {key: reader.get(key, str, "") for key in _TEXTS}
    for key in ("platform", "name"):
        if not texts[key] and type(reader.table.get(key, "")) is str:
            reader.problem(key, _("expected text"))
    if texts["handle"]:
        try:
            texts["handle"] = handle(texts["handle"])
        except InputError as problem:
            reader.problem("handle", str(problem))
    interval = reader.get("interval_s", int)
    if interval is not None and interval < MINIMUM_INTERVAL_S:
        reader.problem("interval_s", _("expected {least} or more").format(least=MINIMUM_INTERVAL_S))
        interval = None
    reader.finish()
    return AccountSettings(interval_s=interval, **texts)


def handle(text: str) -> str:
    """A handle as a network takes it, without the "@" that people write before it. Raises InputError."""
    found = text.strip().removeprefix("@")
    if not _HANDLE.fullmatch(found) or not any(mark in found[1:-1] for mark in ".:"):
        raise InputError(_("expected a whole handle, such as kopi.bsky.social"))
    return found


def add_account(account: AccountSettings, file: Path | None = None) -> None:
    """Write an account into ``sync.toml`` (0600), keeping what a person wrote there. Raises SettingsError."""
    import tomlkit

    def edit(document: TOMLDocument) -> None:
        entries = document.setdefault("account", tomlkit.aot())
        for entry in entries:
            same = (entry.get("platform"), entry.get("name"), entry.get("database", ""))
            if same == (account.platform, account.name, account.database):
                break
        else:
            entry = tomlkit.table()
            entries.append(entry)
            entry = entries[-1]
        for key in _TEXTS:
            if value := getattr(account, key):
                entry[key] = value
            elif key in entry:
                del entry[key]

    _edit(file or path(), edit)


def allow_private_host(host: str, file: Path | None = None) -> None:
    """Let feeds reach a host on a private address. Raises SettingsError."""

    def edit(document: TOMLDocument) -> None:
        if "private_hosts" not in document:
            # A key of the top table must stand before the file's first table; tomlkit puts it there.
            document["private_hosts"] = []
        if host not in document["private_hosts"]:
            document["private_hosts"].append(host)

    _edit(file or path(), edit)


def _edit(file: Path, change: Callable[[TOMLDocument], None]) -> None:
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    if wrong := problems(file):
        # Writing into a file that is not understood could lose what a person meant.
        raise SettingsError(wrong)
    try:
        document = tomlkit.parse(file.read_text(encoding="utf-8")) if file.exists() else tomlkit.document()
        change(document)
        files.replace(file, tomlkit.dumps(document))
    except (OSError, TOMLKitError) as problem:
        reason = why(problem) if isinstance(problem, OSError) else problem
        raise SettingsError([_("can't write {path}: {problem}").format(path=file, problem=reason)]) from problem


def read_token(file: Path) -> str:
    """The first line of a token file. Raises SettingsError with what is wrong and what to do."""
    try:
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError as problem:
        raise SettingsError([_("there is no token file {path}").format(path=file)]) from problem
    except (OSError, UnicodeDecodeError) as problem:
        reason = why(problem) if isinstance(problem, OSError) else _("not text")
        raise SettingsError(
            [_("can't read the token file {path}: {reason}").format(path=file, reason=reason)]
        ) from problem
    token = text.strip()
    if not token or any(character.isspace() for character in token) or not token.isprintable():
        raise SettingsError([_("the token file {path} must hold the token alone, on one line").format(path=file)])
    return token


def readable_by_others(file: Path) -> bool:
    """Whether somebody beside its owner may read the file."""
    try:
        return bool(file.stat().st_mode & (stat.S_IRGRP | stat.S_IROTH))
    except OSError:
        return False
