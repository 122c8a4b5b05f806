"""The app's part that works on mentions: what rings, what comes back, and the keys' work behind ``acts``."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

from smdash.core.attention import Attention, Figures
from smdash.core.errors import SmdashError
from smdash.locale import gettext as _
from smdash.store.inbox import InboxCounts
from smdash.tui import notices
from smdash.tui.backend import HURRIED_MS
from smdash.tui.deeds import Deeds

if TYPE_CHECKING:
    from smdash.core.records import Actor
    from smdash.store.driver import Connection
    from smdash.store.notes import Note
    from smdash.tui.acts import Acts
    from smdash.tui.app import DeskApp


class Triage(Deeds):
    """``acts`` is imported when it is first needed: the first picture needs none of it."""

    def __init__(self, *words: Any, **options: Any) -> None:
        super().__init__(*words, **options)
        self.attention = Attention(self.terminal.quiet_hours)

        # Notes that name this member and that they have not seen.
        self.notes_for_me: tuple[Note, ...] = ()

    @cached_property
    def acts(self) -> Acts:
        """What the keys of a mention do."""
        from smdash.tui.acts import Acts

        return Acts(cast("DeskApp", self))

    def read_notes(self) -> None:
        """Read anew which notes name this member."""
        self.spawn(self._read_notes())

    async def _read_notes(self) -> None:
        me = self.backend.actor
        if me is None:
            return

        def read(conn: Connection) -> tuple[Note, ...]:
            # In the reading thread, and after the first picture.
            from smdash.store import notes

            return notes.unseen(conn, me.member_id)

        try:
            found = await self.backend.read(read)
        except SmdashError:
            return  # the list itself says what is wrong
        known = {one.id for one in self.notes_for_me}
        fresh = [one for one in found if one.id not in known]
        self.notes_for_me = found
        if fresh:
            self.say(_("note for you by {who}: {words}").format(who=fresh[-1].who, words=fresh[-1].body), "warning")
        if self.desk.is_attached:
            self.desk.mentions.redraw_lines([0])

    def seen_notes(self, ids: list[int]) -> None:
        """The member has these notes on their screen."""
        wanted = [one.id for one in self.notes_for_me if one.id in set(ids)]
        if not wanted or self.backend.read_only:
            return
        self.notes_for_me = tuple(one for one in self.notes_for_me if one.id not in set(wanted))
        self.desk.mentions.redraw_lines([0])
        now = self.clock.now()

        def write(conn: Connection, actor: Actor) -> int:
            from smdash.store import notes

            return notes.mark_seen(conn, actor.member_id, wanted, now)

        self.spawn(self.perform(write))

    def notice(self, counts: InboxCounts) -> None:
        """Ring for what came in that is one's own, urgent or far more than usual."""
        reasons = self.attention.notice(Figures(counts.open, counts.mine, counts.urgent), self.clock.now(), self.zone)
        if reasons and self._driver is not None:
            notices.send(self._driver.write, reasons, bell=self.terminal.bell, notice=self.terminal.notify)

    async def wake_mentions(self) -> None:
        """Bring back what was put aside until now, where no service has done it; what fails is tried in a minute."""
        now = self.clock.now()
        if self.backend.read_only:
            return
        from smdash.store import waking

        try:
            if await self.backend.read(lambda conn: waking.due(conn, now)):
                await self.backend.write(lambda conn, _actor: waking.wake(conn, now), busy_ms=HURRIED_MS)
        except SmdashError:
            return
