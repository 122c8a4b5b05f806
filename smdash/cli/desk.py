"""What every command needs: the database's path, the open store, and who is acting."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from smdash.core.clock import Clock, SystemClock
from smdash.core.errors import InputError
from smdash.core.text import clean_name
from smdash.locale import gettext as _
from smdash.settings import member, paths

if TYPE_CHECKING:
    from smdash.core.records import Actor, Team
    from smdash.store.connection import Store
    from smdash.store.driver import Connection


class Desk:
    """The global options of one run; opens things when they are first asked for."""

    def __init__(self, db: Path | None, *, read_only: bool = False, clock: Clock | None = None) -> None:
        self._db = db
        self.read_only = read_only
        self.clock = clock or SystemClock()
        self._settings: member.MemberSettings | None = None
        self._store: Store | None = None

    @property
    def settings(self) -> member.MemberSettings:
        """The member's ``config.toml``. Raises SettingsError."""
        if self._settings is None:
            self._settings = member.read()
        return self._settings

    @property
    def path(self) -> Path:
        """--db, else SMDASH_DB, else ``config.toml``, else the XDG data folder."""
        if self._db is not None:
            return self._db
        if named := os.environ.get("SMDASH_DB"):
            return Path(named)
        if named := self.settings.database:
            return Path(named).expanduser()
        return paths.default_database()

    @property
    def store(self) -> Store:
        """The open database. Raises StoreError."""
        if self._store is None:
            from smdash.store.connection import open_store

            self._store = open_store(self.path, clock=self.clock, read_only=self.read_only)
        return self._store

    def must_write(self) -> None:
        """Refuse before anything beside the database is written. Raises StoreReadOnly."""
        with self.store.writing():
            pass

    def team(self) -> Team:
        """The team's settings."""
        from smdash.store import teams

        with self.store.reading() as conn:
            return teams.team(conn)

    def member(self) -> Actor | None:
        """Who is acting, if known to the team already."""
        from smdash.store import teams

        login, real = logins()
        with self.store.reading() as conn:
            return teams.find_member(conn, login, real)

    def actor(self, conn: Connection) -> Actor:
        """Who is acting; a login not known yet joins as a specialist. The caller holds the write lock."""
        from smdash.store import teams

        login, real = logins()
        known = teams.find_member(conn, login, real)
        return known or teams.join(conn, login, paths.full_name(login), real, self.clock.now())


def logins() -> tuple[str, str]:
    """The login that is acted for (SMDASH_MEMBER, else one's own) and the real one. Raises InputError."""
    real = paths.login()
    acted_for = os.environ.get("SMDASH_MEMBER") or real
    if clean_name(acted_for) != acted_for:
        raise InputError(_("SMDASH_MEMBER is not a login; name the OS login of a member"))
    return acted_for, real
