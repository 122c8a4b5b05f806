"""This desk's heartbeat, so that colleagues see who is online; and how many are, for the header."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING

from smdash.core.errors import SmdashError
from smdash.store import claims
from smdash.tui.backend import HURRIED_MS

if TYPE_CHECKING:
    from smdash.core.records import Actor
    from smdash.store.driver import Connection
    from smdash.tui.app import DeskApp

# The first beat waits until the first picture stands (seconds).
FIRST_AFTER_S = 1.0


class Presence:
    """Beats while the desk is open. A beat that can't be written is left out: presence is news, not work."""

    topics = frozenset({"claim"})

    def __init__(self, app: DeskApp) -> None:
        self._app = app
        # What the rows of this desk in ``claim`` are known by.
        self.session = os.urandom(8).hex()
        self._handle: asyncio.TimerHandle | None = None
        self._reading = False
        self._stopped = False
        self._hurried = False
        self.online = 0

    def start(self) -> None:
        """Begin to beat, in a moment; a desk that only reads is not seen."""
        if not self._app.backend.read_only:
            self._again(FIRST_AFTER_S)
        self.reload()

    def woke(self) -> None:
        """Beat at once: after a pause, or by a clock that was set, the last beat doesn't count any more."""
        self._hurried = True
        if self._handle is not None and not self._stopped:
            self._handle.cancel()
            self._again(0.0)

    def stop(self) -> None:
        """Beat no more; ``take_back`` takes the row away."""
        self._stopped = True
        if self._handle is not None:
            self._handle.cancel()

    def take_back(self, conn: Connection, _actor: Actor) -> None:
        """The last write of a desk that closes."""
        claims.leave(conn, self.session)

    def _again(self, seconds: float) -> None:
        loop = asyncio.get_running_loop()
        self._handle = loop.call_later(seconds, lambda: self._app.spawn(self._beat()))

    async def _beat(self) -> None:
        # While this one is on its way there is none to cancel; what wakes us meanwhile has the next one hurry.
        self._handle, hurried, self._hurried = None, self._hurried, False
        now = self._app.clock.now()
        try:
            await self._app.backend.write(
                lambda conn, actor: claims.beat(conn, actor.member_id, self.session, now), busy_ms=HURRIED_MS
            )
        except SmdashError:
            pass
        if not self._stopped:
            self._again(0.0 if self._hurried else claims.BEAT.total_seconds())
        if hurried:
            # What was counted before that counted by the beats of another time.
            self.reload()

    def reload(self) -> None:
        """Count again."""
        if not (self._reading or self._stopped):
            self._reading = True
            self._app.spawn(self._count())

    async def _count(self) -> None:
        now = self._app.clock.now()
        try:
            found = await self._app.backend.read(lambda conn: claims.online(conn, now))
        except SmdashError:
            return
        finally:
            self._reading = False
        if found != self.online:
            self.online = found
            self._app.desk.header.redraw()
