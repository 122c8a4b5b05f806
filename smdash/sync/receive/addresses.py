"""At which paths which accounts' networks push, and the secrets by which they are known."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from smdash.core.errors import SettingsError, SmdashError
from smdash.platforms import registry
from smdash.platforms.base import Platform
from smdash.platforms.push import Receiver
from smdash.settings import service as settings_file
from smdash.settings.service import AccountSettings
from smdash.store import jobs, received, teams
from smdash.store.connection import Store
from smdash.sync.plan import Source, push_spec
from smdash.sync.secrets import Secrets

log = logging.getLogger("smdash.receive")


@dataclass(frozen=True, slots=True)
class Address:
    """An account that is pushed to. ``problem`` says why its secrets can't be had; the network then has to wait."""

    platform: str
    account: str
    account_id: int
    receiver: Receiver
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    problem: str = ""

    @property
    def path(self) -> str:
        """The path of its address."""
        return f"/{self.platform}/{self.account}"


class Addresses:
    """Read from ``sync.toml``, and again when that changes."""

    def __init__(self, database_id: str, file: Path | None = None) -> None:
        self._database_id = database_id
        self._file = file or settings_file.path()
        self._secrets = Secrets()
        self._told: tuple[str, ...] = ()

    def stamp(self) -> object:
        """Something that differs when ``sync.toml`` does."""
        try:
            found = self._file.stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_ino, found.st_size

    def read(self, store: Store, now: datetime) -> dict[str, Address]:
        """Every address by its path; accounts not known yet get their rows. Raises SettingsError and StoreError."""
        settings = settings_file.read(self._file)
        mine = [one for one in settings.accounts if one.database in ("", self._database_id)]
        pushed = [(one, *what) for one in mine if (what := _pushing(one.platform)) is not None]
        known = _ensure(store, [(one, platform) for one, platform, _receiver in pushed], mine, now)
        found: dict[str, Address] = {}
        problems = list(settings.problems)
        for one, platform, receiver in pushed:
            account_id = known[one.platform, one.name]
            secrets: dict[str, str] = {}
            problem = ""
            try:
                said = self._secrets.credentials(Source(platform, "push", one, account_id), self._database_id)
                secrets = {"token": said.token, **said.options, **said.secrets}
            except SettingsError as error:
                problem = str(error)
                problems.append(problem)
            address = Address(one.platform, one.name, account_id, receiver, secrets, problem)
            found[address.path] = address
        self._say(tuple(dict.fromkeys(problems)))
        return found

    def _say(self, problems: tuple[str, ...]) -> None:
        """Log what is wrong, once until something else is."""
        for sentence in problems:
            if sentence not in self._told:
                log.error("%s", sentence)
        self._told = problems


def _ensure(
    store: Store,
    pushed: Sequence[tuple[AccountSettings, Platform]],
    mine: Sequence[AccountSettings],
    now: datetime,
) -> dict[tuple[str, str], int]:
    """The accounts' ids; rows that are missing, those of their health too, are written."""
    with store.reading() as conn:
        known = {(one.platform, one.name): one.id for one in teams.accounts(conn)}
        shown = {job.name for job in jobs.select(conn)}
    missing = [one for one, _platform in pushed if (one.platform, one.name) not in known]
    unshown = [(one, platform) for one, platform in pushed if received.job_name(one.platform, one.name) not in shown]
    # Where every row is there, nobody has to wait for the write lock.
    if missing or unshown:
        with store.writing() as conn:
            for one in missing:
                known[one.platform, one.name] = teams.put_account(
                    conn, one.platform, one.name, now, url=one.url or None
                )
            for one, platform in unshown:
                jobs.ensure(conn, push_spec(one, platform, known[one.platform, one.name], mine))
    return known


def _pushing(name: str) -> tuple[Platform, Receiver] | None:
    """The platform and what judges its pushes, where it is one that pushes."""
    try:
        platform = registry.find_live(name)
    except SmdashError as problem:
        log.debug("%s: %s", name, problem)
        return None
    if platform.receive is None:
        return None
    try:
        return platform, platform.receive()
    except Exception:
        log.exception("what judges the pushes of %s can't be imported", name)
        return None
