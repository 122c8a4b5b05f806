"""Somebody comes back to a timer that ran on without them: keys are noted as signs of work, time away is asked about.

A key is noted at most once a minute (more often where a few minutes are asked about), beside the event loop and only
while an entry runs. The first key after a pause waits a moment for the answer whether there is something to ask, and is
not acted on where there is: it was to wake the desk.
"""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import TYPE_CHECKING

from smdash.core.errors import SmdashError
from smdash.core.idle import DEFAULT_MINUTES
from smdash.tui.backend import HURRIED_MS
from smdash.tui.folded import Folded
from smdash.tui.widgets.lines import Lines

if TYPE_CHECKING:
    from smdash.core.records import Actor
    from smdash.store.driver import Connection
    from smdash.store.pulse import Seen
    from smdash.tui.app import DeskApp

# How far apart keys are noted at least (seconds), and how much of what is asked about (a part of it) at most.
EVERY_S, EVERY_PART = 60.0, 0.25
# A clock that moved on so far between two minutes' ticks did so while the machine slept (seconds).
SLEPT_S = 150.0
# How long the first key after a pause waits at most (seconds).
PATIENCE_S = 0.25


class Idle:
    """What a desk knows of its member's keys; so many *minutes* without one are asked about, with 0 nights alone."""

    def __init__(self, app: DeskApp, minutes: int) -> None:
        self._app = app
        self._minutes = minutes
        self._looking = Folded(lambda work: app.spawn(work), self._look_once)
        self._key_at = self._looked_at = app.clock.monotonic()
        self._every_s = min(EVERY_S, 60 * (minutes or DEFAULT_MINUTES) * EVERY_PART)
        # The last key, and the one before what is looked at: a sign of work that the file may not know yet.
        self._before: datetime | None = None
        self._last: datetime | None = None
        self._ticked_at = app.clock.now()
        # Whether a key was pressed since the file was last told.
        self._pressed = False
        # The question is on the screen, or waits for a text that is being written.
        self._shown = self._waits = False
        # A stretch that the member left undecided, and their keys since, which only this desk knows.
        self._left_open: datetime | None = None
        self._unsaid: list[datetime] = []

    async def key(self) -> bool:
        """A key was pressed; whether it goes no further."""
        now = self._app.clock.monotonic()
        pause, self._key_at = now - self._key_at, now
        self._before, self._last = self._last, self._app.clock.now()
        if self._shown or self._app.backend.read_only:
            return False
        self._pressed = True
        if pause >= 60 * (self._minutes or DEFAULT_MINUTES):
            self._looked_at = now
            await asyncio.wait({self._app.spawn(self._look_once())}, timeout=PATIENCE_S)
            return self._shown
        if now - self._looked_at >= self._every_s or (self._waits and self._may_ask()):
            self._looked_at = now
            self._looking.ask()
        return False

    def tick(self) -> None:
        """A minute is over, or more than that: the loop's own clock stands still while the machine sleeps."""
        now = self._app.clock.now()
        before, self._ticked_at = self._ticked_at, now
        if (now - before).total_seconds() > SLEPT_S:
            self.look()

    def look(self) -> None:
        """The desk was opened, or time has passed unseen: ask if there is something to ask."""
        if not (self._shown or self._app.backend.read_only):
            self._before = self._last
            self._looking.ask()

    def _may_ask(self) -> bool:
        """Whether nothing is written or chosen that a question would get in the way of."""
        return isinstance(self._app.focused, Lines) and not self._app.screen.is_modal

    async def _look_once(self) -> None:
        me, now, zone, minutes = self._app.backend.actor, self._app.clock.now(), self._app.zone, self._minutes
        if me is None:
            return
        keys = (*self._unsaid, *([self._before] if self._before else []))

        def read(conn: Connection) -> tuple[Seen, list[str]]:
            # In the reading thread: the first picture needs none of it.
            from smdash.store import hours, pulse

            return pulse.seen(conn, me.member_id, now, zone, minutes, keys=keys), hours.activities(conn)

        try:
            seen, activities = await self._app.backend.read(read)
        except SmdashError:
            return  # the panes say what is wrong; the next key looks again
        self._waits = False
        if seen.running is None or seen.away is None:
            self._left_open = None
            self._unsaid.clear()
            if seen.running is not None and self._pressed:
                await self._beat(now)
            return
        if self._left_open == seen.away.since:
            self._unsaid.append(now)
        elif not self._shown:
            if self._may_ask():
                self._ask(seen, activities)
            else:
                self._waits = True

    async def _beat(self, now: datetime) -> None:
        self._pressed = False

        def write(conn: Connection, actor: Actor) -> None:
            from smdash.store import pulse

            pulse.beat(conn, actor.member_id, now)

        try:
            await self._app.backend.write(write, busy_ms=HURRIED_MS)
        except SmdashError:
            self._pressed = True  # a later key is as good a sign

    def _ask(self, seen: Seen, activities: list[str]) -> None:
        from smdash.tui.screens.away import ask

        self._shown = True
        ask(self._app, seen, activities, self._answered)

    def _answered(self, left_open: datetime | None) -> None:
        """The question is off the screen; *left_open* is the begin of what was not decided."""
        self._shown = False
        self._left_open = left_open
        self._unsaid = [] if left_open is None else [left_open, self._app.clock.now()]
