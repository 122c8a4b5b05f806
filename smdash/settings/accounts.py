"""``[[account]]`` in ``sync.toml``: one account, its secrets by reference, and what else its network asks for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from smdash.core.errors import InputError, SettingsError
from smdash.locale import gettext as _
from smdash.settings import references
from smdash.settings.references import Reference
from smdash.settings.toml import Reader

if TYPE_CHECKING:
    from tomlkit import TOMLDocument
    from tomlkit.items import Table

MINIMUM_INTERVAL_S = 15
MOST_BUDGET = 1_000_000_000
# Key in the table -> kind of reference.
TOKENS = {
    "token": references.TEXT,
    "token_file": references.FILE,
    "token_env": references.ENV,
    "token_credential": references.CREDENTIAL,
    "token_keyring": references.KEYRING,
}
_TEXTS = ("platform", "name", "handle", "url", *TOKENS, "database")
# A domain name, a DID or an e-mail address: one word with a dot or a colon in it.
_HANDLE = re.compile(r"[!-~]{1,250}", re.ASCII)
KEY = re.compile(r"[a-z][a-z0-9_]{0,60}")


@dataclass(frozen=True, slots=True)
class AccountSettings:
    """One account as the service's owner set it up.

    ``token`` is the secret itself; ``token_file``, ``token_env``, ``token_credential`` and ``token_keyring`` say where
    it is instead; ``url`` is the server's address, ``interval_s`` the seconds between two pulls, ``budget`` what its
    pulls may cost in a day or month, in the network's own units (``Platform.counting``). ``database`` is the id of the
    database that it belongs to; an account that names none belongs to every database that this user's service
    works for. ``handle`` is whose the secret is, for networks that need to be told. ``options`` and ``secrets`` are
    what else its network asks for. ``problem`` says what is wrong with it in the file; its jobs fail with that, and the
    other accounts' go on. ``places`` says where in the file the keys of options and secrets stand.
    """

    platform: str
    name: str
    url: str = ""
    token: str = field(default="", repr=False)
    token_file: str = ""
    interval_s: int | None = None
    database: str = ""
    handle: str = ""
    token_env: str = ""
    token_credential: str = ""
    token_keyring: str = ""
    options: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, Reference] = field(default_factory=dict)
    problem: str = field(default="", compare=False)
    places: Mapping[str, str] = field(default_factory=dict, compare=False, repr=False)
    budget: int | None = None

    @property
    def token_reference(self) -> Reference | None:
        """Where the token is, if it has one."""
        for key, kind in TOKENS.items():
            if value := getattr(self, key):
                return Reference(kind, value)
        return None

    def files(self) -> list[Path]:
        """Those that hold its secrets."""
        places = [*filter(None, [self.token_reference]), *self.secrets.values()]
        return [place.path for place in places if place.kind == references.FILE]

    def secret(self) -> str:
        """The token. Raises SettingsError when it can't be read or is empty, or the account is not usable."""
        if self.problem:
            raise SettingsError([self.problem])
        found = self.token_reference
        return found.read() if found else ""

    def other_secrets(self) -> dict[str, str]:
        """The secrets beside the token, read now. Raises SettingsError as ``secret`` does, naming the one."""
        if self.problem:
            raise SettingsError([self.problem])
        found = {}
        for key, reference in self.secrets.items():
            try:
                found[key] = reference.read()
            except SettingsError as problem:
                raise SettingsError([f"{key}: {problem}"]) from None
        return found


def read_account(reader: Reader) -> AccountSettings:
    """The account in a table; what is wrong in it goes into the reader's problems."""
    texts = {key: reader.get(key, str, "") for key in _TEXTS}
    for key in ("platform", "name"):
        if not texts[key] and type(reader.table.get(key, "")) is str:
            reader.problem(key, _("expected text"))
    if texts["handle"]:
        try:
            texts["handle"] = handle(texts["handle"])
        except InputError as problem:
            reader.problem("handle", str(problem))
    named = [key for key in TOKENS if texts[key]]
    for key in named[1:]:
        reader.problem(key, _("the token is named already, by {key}; leave one of them").format(key=named[0]))
    for key in named:
        kind = TOKENS[key]
        if kind != references.TEXT and (wrong := references.problem_of(kind, texts[key])):
            reader.problem(key, wrong)
    interval = reader.get("interval_s", int)
    if interval is not None and interval < MINIMUM_INTERVAL_S:
        reader.problem("interval_s", _("expected {least} or more").format(least=MINIMUM_INTERVAL_S))
        interval = None
    budget = reader.get("budget", int)
    if budget is not None and not 0 <= budget <= MOST_BUDGET:
        reader.problem("budget", _("expected {least} to {most}").format(least=0, most=MOST_BUDGET))
        budget = None
    places: dict[str, str] = {}
    options = _options(reader, places)
    secrets = _secrets(reader, places)
    reader.finish()
    return AccountSettings(interval_s=interval, budget=budget, options=options, secrets=secrets, places=places, **texts)


def _options(reader: Reader, places: dict[str, str]) -> dict[str, str]:
    below = reader.below("options")
    found: dict[str, str] = {}
    for key, value in below.table.items() if below else ():
        assert below is not None  # noqa: S101 for the type checker
        places[f"options.{key}"] = below.place(key)
        # Networks' ids are numbers more often than not, and a person writes them without quotes.
        if type(value) is int:
            value = str(value)
        if type(value) is not str or not value.isprintable():
            below.problem(key, _("expected text"))
        elif not KEY.fullmatch(key):
            below.problem(key, _("a key is small letters, digits and _"))
        else:
            found[key] = value
    return found


def _secrets(reader: Reader, places: dict[str, str]) -> dict[str, Reference]:
    below = reader.below("secrets")
    found: dict[str, Reference] = {}
    for key, value in below.table.items() if below else ():
        assert below is not None  # noqa: S101 for the type checker
        places[f"secrets.{key}"] = below.place(key)
        if not KEY.fullmatch(key):
            below.problem(key, _("a key is small letters, digits and _"))
        elif (reference := _reference(below, key, value)) is not None:
            found[key] = reference
    return found


def _reference(reader: Reader, key: str, value: Any) -> Reference | None:
    if type(value) is str and value:
        return Reference(references.TEXT, value)
    if type(value) is not dict or len(value) != 1 or next(iter(value)) not in references.KINDS:
        expected = ", ".join(f'{{ {kind} = "…" }}' for kind in references.KINDS)
        reader.problem(key, _("expected text, or one of {expected}").format(expected=expected))
        return None
    kind, named = next(iter(value.items()))
    wrong = references.problem_of(kind, named) if type(named) is str else _("expected text")
    if wrong:
        reader.problem(key, f"{kind}: {wrong}")
        return None
    return Reference(kind, named)


def handle(text: str) -> str:
    """A handle as a network takes it, without the "@" that people write before it. Raises InputError."""
    found = text.strip().removeprefix("@")
    if not _HANDLE.fullmatch(found) or not any(mark in found[1:-1] for mark in ".:"):
        raise InputError(_("expected a whole handle, such as kopi.bsky.social"))
    return found


def put(document: TOMLDocument, account: AccountSettings) -> None:
    """Write an account into a document, in the place of the same one where there is one; comments stay."""
    import tomlkit

    entries = document.setdefault("account", tomlkit.aot())
    for entry in entries:
        same = (entry.get("platform"), entry.get("name"), entry.get("database", ""))
        if same == (account.platform, account.name, account.database):
            break
    else:
        entries.append(tomlkit.table())
        entry = entries[-1]
    wanted: dict[str, Any] = {key: getattr(account, key) for key in _TEXTS}
    bring(entry, {key: wanted[key] or None for key in _TEXTS})
    _put_table(entry, "options", dict(account.options))
    secrets: dict[str, Any] = {}
    for key, reference in account.secrets.items():
        if reference.kind == references.TEXT:
            secrets[key] = reference.value
        else:
            secrets[key] = tomlkit.inline_table()
            secrets[key][reference.kind] = reference.value
    _put_table(entry, "secrets", secrets)


def spaced(text: str, table: str = "account") -> str:
    """The file's text with an empty line before its last account (or *table*), which may have been appended."""
    before, head, after = text.rpartition(f"\n[[{table}]]")
    if not head or before.endswith("\n") or before.rpartition("\n")[2].startswith("#"):
        return text
    return f"{before}\n{head}{after}"


def _put_table(entry: Table, name: str, wanted: dict[str, Any]) -> None:
    import tomlkit

    if name not in entry:
        if not wanted:
            return
        entry[name] = tomlkit.table()
    table: Any = entry[name]
    bring(table, {key: wanted.get(key) for key in (*wanted, *table)})
    if not wanted:
        del entry[name]


def bring(table: Any, wanted: Mapping[str, Any]) -> None:
    """Set the keys of a table to these values, and take those away whose value is nothing."""
    for key, value in wanted.items():
        if value is None:
            if key in table:
                del table[key]
        elif key not in table or table[key] != value:
            table[key] = value
