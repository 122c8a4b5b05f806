"""What stands beside a mention and is no part of it: who is writing a reply, and what is on its way out.

It is read by itself, a few rows at a time, so that a claim never has anybody's list read again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from smdash.core import formats
from smdash.core.errors import SmdashError
from smdash.locale import gettext as _
from smdash.store import claims
from smdash.store.claims import Claim

if TYPE_CHECKING:
    from smdash.store.driver import Connection
    from smdash.tui.app import DeskApp

TOPICS = frozenset({"claim"})


class Beside:
    """Tells ``changed`` with the ids whose rows look otherwise."""

    def __init__(self, host: Callable[[], DeskApp], changed: Callable[[set[int]], None]) -> None:
        self._host = host
        self._changed = changed
        self._claims: dict[int, list[Claim]] = {}
        self._reading: asyncio.Task[None] | None = None
        self._again = False

    @property
    def ticks(self) -> bool:
        """Whether something here counts seconds."""
        return bool(self._claims)

    def reload(self) -> None:
        """Read again; calls while a read is under way are folded into one."""
        if self._reading is not None and not self._reading.done():
            self._again = True
            return
        self._reading = self._host().spawn(self._read())

    async def _read(self) -> None:
        host = self._host()
        while True:
            self._again = False
            now = host.clock.now()

            def read(conn: Connection, at: datetime = now) -> dict[int, list[Claim]]:
                return claims.claims_on(conn, None, at)

            try:
                found = await host.backend.read(read)
            except SmdashError:
                return  # the list itself says what is wrong
            before, self._claims = self._claims, found
            if moved := {one for one in before.keys() | found.keys() if before.get(one) != found.get(one)}:
                self._changed(moved)
            if not self._again:
                return

    def words(self, mention_id: int, now: datetime) -> str:
        """Who is on it and for how long, or nothing; one's own claim is no news to oneself."""
        actor = self._host().backend.actor
        others = [one for one in self._claims.get(mention_id, ()) if actor is None or one.member_id != actor.member_id]
        if not others:
            return ""
        first = others[0]
        span = formats.minutes_seconds(max(now - first.since, timedelta()))
        said = _("{who} has it {span}") if first.until is not None else _("{who} replying {span}")
        return said.format(who=first.name, span=span)
