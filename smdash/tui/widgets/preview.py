"""The mention under the cursor, whole, beside the list: it follows the cursor a moment later."""

from __future__ import annotations

import asyncio

from smdash.core.errors import SmdashError
from smdash.locale import gettext as _
from smdash.store import inbox
from smdash.tui.folded import Folded
from smdash.tui.screens.mention_text import paragraphs, title
from smdash.tui.widgets.document import Document

# How long the cursor must rest before its mention is read (seconds): a held key passes over many.
REST_S = 0.06


class Preview(Document, can_focus=False):
    """Reads nothing while it is not shown."""

    topics = frozenset({"mention", "note", "post", "team"})

    def __init__(self) -> None:
        super().__init__(_("nothing chosen"))
        self._wanted: int | None = None
        self._shown: int | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._reading = Folded(lambda work: self.host.spawn(work), self._read)

    @property
    def _is_open(self) -> bool:
        return self.size.height > 2

    def follow(self, mention_id: int | None) -> None:
        """The cursor is on this mention."""
        self._wanted = mention_id
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._is_open and mention_id != self._shown:
            self._timer = asyncio.get_running_loop().call_later(REST_S, self.reload)

    def reload(self) -> None:
        """Read it again."""
        self._timer = None
        if self._is_open:
            self._reading.ask()

    def on_resize(self) -> None:
        self.reload()

    async def _read(self) -> None:
        wanted = self._wanted
        if wanted is None:
            self._shown = None
            self.show(_("nothing chosen"), [])
            return
        try:
            found = await self.host.backend.read(lambda conn: inbox.whole(conn, wanted))
        except SmdashError as problem:
            self.host.say(str(problem), "error")
            return
        if found is None or not self.is_attached:
            return
        again = wanted == self._shown
        self._shown = wanted
        self.show(title(found.mention), paragraphs(self.host, found), keep_place=again)
        self.host.seen_notes([note.id for note in found.notes])
