"""What every command needs: the database's path, the open store, and who is acting."""

from __future__ import annotations

import os
import sys
import time
from datetime import UTC, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from smdash.core import formats
from smdash.core.clock import Clock, FixedClock, SystemClock, find_zone
from smdash.core.errors import InputError, SettingsError, StoreReadOnly
from smdash.core.text import clean_name
from smdash.locale import gettext as _
from smdash.settings import member, paths

if TYPE_CHECKING:
    from smdash.core.records import Actor, Team
    from smdash.store.batches import Parts
    from smdash.store.connection import Store
    from smdash.store.driver import Connection

T = TypeVar("T")


class Desk:
    """The global options of one run; opens things when they are first asked for."""

    def __init__(
        self, db: Path | None, *, read_only: bool = False, clock: Clock | None = None, at: str | None = None
    ) -> None:
        self._db = db
        # What is looked at from another time is never written: it would be dated wrongly.
        self.read_only = read_only or at is not None
        self._at = at
        self.looks_back = at is not None
        self._clock = clock or SystemClock()
        self._settings: member.MemberSettings | None = None
        self._store: Store | None = None
        # The private copy in which --at looks back.
        self._copy: Path | None = None

    @property
    def settings(self) -> member.MemberSettings:
        """The member's ``config.toml``; what is wrong in it is in its ``problems``."""
        if self._settings is None:
            self._settings = member.read()
        return self._settings

    def check_at(self) -> None:
        """Refuse an --at that is no time even where nobody asks for the clock. Raises click's BadParameter.

        It is read in the team's zone when the clock is asked for; one that this zone's clocks skip is refused then.
        """
        if self._at is not None:
            standing(self._at, UTC)

    @property
    def clock(self) -> Clock:
        """The machine's clock, or one that stands at --at. Raises click's BadParameter for what is no time."""
        self._look_back()
        return self._clock

    def _look_back(self) -> None:
        """Where --at names an earlier time, go on with a copy of the file as it was then. Raises StoreError."""
        if self._at is None:
            return
        at, self._at = self._at, None
        present = SystemClock().now()
        self._clock = standing(at, find_zone(self.team().zone))
        if self._clock.now() < present:
            from smdash.store import past

            self.store.close()
            self._copy, self._store = past.copy(self.path, self._clock.now()), None
            if sys.stderr.isatty():
                from smdash.cli import output

                output.note(
                    _("as it was {moment}; texts are today's").format(
                        moment=formats.short_moment(self._clock.now(), find_zone(self.team().zone))
                    )
                )
        else:
            self.store.clock = self._clock

    @property
    def why_read_only(self) -> str:
        """What to tell who wants to change something, where that is not allowed."""
        return _("with --at things can only be looked at; leave it out to change them") if self.looks_back else ""

    @property
    def path(self) -> Path:
        """--db, else SMDASH_DB, else ``config.toml``, else the XDG data folder.

        With an --at that is over, a copy of it. Raises SettingsError where ``config.toml`` may name a database that
        can't be read there.
        """
        self._look_back()
        if self._copy is not None:
            return self._copy
        if self._db is not None:
            return self._db
        if named := os.environ.get("SMDASH_DB"):
            return Path(named)
        if named := self.settings.database:
            return Path(named).expanduser()
        if self.settings.database_lost:
            raise SettingsError(
                [*self.settings.problems, _("which database is meant is not clear; mend that, or use --db")]
            )
        return paths.default_database()

    @property
    def store(self) -> Store:
        """The open database. Raises StoreError."""
        self._look_back()
        if self._store is None:
            from smdash.store.connection import open_store

            self._store = open_store(
                self.path, clock=self._clock, read_only=self.read_only, why_read_only=self.why_read_only
            )
        return self._store

    def refuse_read_only(self) -> None:
        """Refuse at once what would be refused when it is written. Raises StoreReadOnly."""
        if self.store.read_only:
            raise StoreReadOnly(self.store.why_read_only)

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

    def write_parts(self, work: Parts[T]) -> None:
        """Write something long in short transactions. Raises SmdashError; what is in the file by then stays there."""
        from smdash.store import batches

        while work.more:
            with self.store.writing() as conn:
                part = work.part(conn, self.actor(conn))
            work.add(part)
            if work.more:
                time.sleep(batches.REST_S)


def standing(at: str, zone: tzinfo) -> FixedClock:
    """A clock that stands at a time that somebody typed; whole seconds. Raises click's BadParameter."""
    from smdash.cli import options

    now = SystemClock().now()
    return FixedClock(options.when(at, zone, now, "--at").replace(microsecond=0))


def logins() -> tuple[str, str]:
    """The login that is acted for (SMDASH_MEMBER, else one's own) and the real one. Raises InputError."""
    real = paths.login()
    acted_for = os.environ.get("SMDASH_MEMBER") or real
    if clean_name(acted_for) != acted_for:
        raise InputError(_("SMDASH_MEMBER is not a login; name the OS login of a member"))
    return acted_for, real
