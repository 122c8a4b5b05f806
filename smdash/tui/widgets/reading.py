"""The half of a pane that reads: again when told, one read at a time, and what a failure leaves on the screen."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar

from textual.message import Message

from smdash.core.errors import SmdashError
from smdash.tui.cells import Glyphs
from smdash.tui.folded import Folded
from smdash.tui.widgets.lines import Lines

if TYPE_CHECKING:
    from smdash.store.driver import Connection

# How long a failed read waits before it is tried again (seconds).
RETRY_S = 2.0


class Reading(Lines):
    """Lines whose content is a snapshot, read in another thread. After a failure the last one stays, marked stale."""

    # What moves the content.
    topics: ClassVar[frozenset[str]]

    class Failed(Message):
        """The file could not be read; the old rows stay."""

        def __init__(self, sentence: str) -> None:
            super().__init__()
            self.sentence = sentence

    class Recovered(Message):
        """It was read again after a failure."""

    def __init__(self) -> None:
        super().__init__()
        self._reading = Folded(lambda work: self.host.spawn(work), self._reload)
        self._failed_since: datetime | None = None

    def reader(self) -> Callable[[Connection], Any]:
        """What to read, as a function that runs in the reading thread; it must not touch the widget."""
        raise NotImplementedError  # each reader's own; ABCMeta can't stand beside Textual's private metaclass

    def apply(self, snapshot: Any) -> None:
        """Take what was read, in the event loop's thread."""
        raise NotImplementedError  # each reader's own; ABCMeta can't stand beside Textual's private metaclass

    def tick(self) -> None:
        """The clock moved on."""
        self.redraw()

    @property
    def glyphs(self) -> Glyphs:
        return self.host.glyphs

    @property
    def now(self) -> datetime:
        return self.host.clock.now()

    def reload(self) -> None:
        """Read again soon; calls while a read is under way are folded into one."""
        self._reading.ask()

    async def _reload(self) -> None:
        try:
            snapshot = await self.host.backend.read(self.reader())
        except SmdashError as problem:
            if self.is_attached:
                self.mark_stale()
                self.post_message(self.Failed(str(problem)))
                asyncio.get_running_loop().call_later(RETRY_S, self._retry)
            return
        if not self.is_attached:
            return
        if self._failed_since is not None:
            self._failed_since = None
            self.post_message(self.Recovered())
        self.apply(snapshot)

    def _retry(self) -> None:
        if self.is_attached and self.is_stale:
            self.reload()

    @property
    def is_stale(self) -> bool:
        """Whether the rows are older than they should be."""
        return self._failed_since is not None

    def mark_stale(self) -> None:
        """The rows stay, and the title says since when they are no longer true."""
        self._failed_since = self._failed_since or self.now
        self.redraw_lines([0])
