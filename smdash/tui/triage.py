"""The app's part that works on mentions: what rings, what comes back, and the keys' work behind ``acts``."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

from smdash.core.attention import Attention, Figures
from smdash.core.errors import SmdashError
from smdash.store.inbox import InboxCounts
from smdash.tui import notices
from smdash.tui.backend import HURRIED_MS
from smdash.tui.deeds import Deeds

if TYPE_CHECKING:
    from smdash.tui.acts import Acts
    from smdash.tui.app import DeskApp


class Triage(Deeds):
    """``acts`` is imported when it is first needed: the first picture needs none of it."""

    def __init__(self, *words: Any, **options: Any) -> None:
        super().__init__(*words, **options)
        self.attention = Attention(self.terminal.quiet_hours)

    @cached_property
    def acts(self) -> Acts:
        """What the keys of a mention do."""
        from smdash.tui.acts import Acts

        return Acts(cast("DeskApp", self))

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
