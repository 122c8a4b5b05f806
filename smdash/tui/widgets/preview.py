"""The mention under the cursor, whole, beside the list: it follows the cursor a moment later."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING

from smdash.core.errors import SmdashError
from smdash.locale import gettext as _
from smdash.store import inbox
from smdash.tui.screens.mention_text import paragraphs, title
from smdash.tui.widgets.document import Document

if TYPE_CHECKING:
    from smdash.store.driver import Connection
    from smdash.store.inbox import MentionWhole

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
        self._reading: asyncio.Task[None] | None = None

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
        if self._is_open and (self._reading is None or self._reading.done()):
            self._reading = self.host.spawn(self._read())

    def on_resize(self) -> None:
        self.reload()

    async def _read(self) -> None:
        while True:
            wanted = self._wanted
            if wanted is None:
                self._shown = None
                self.show(_("nothing chosen"), [])
                return
            try:
                found = await self.host.backend.read(partial(_whole, mention_id=wanted))
            except SmdashError as problem:
                self.host.say(str(problem), "error")
                return
            if not self.is_attached:
                return
            if found is not None:
                again = wanted == self._shown
                self._shown = wanted
                self.show(title(found.mention), paragraphs(self.host, found), keep_place=again)
                self.host.seen_notes([note.id for note in found.notes])
            if wanted == self._wanted:
                return


def _whole(conn: Connection, mention_id: int) -> MentionWhole | None:
    return inbox.whole(conn, mention_id)
