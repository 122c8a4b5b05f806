"""The draft of a post that is being written: kept a moment after the letter, so that nothing typed is lost."""

from __future__ import annotations

import asyncio

from smdash.core import drafting
from smdash.core.errors import SmdashError
from smdash.locale import gettext as _
from smdash.store import post_drafts
from smdash.tui.screens.post_writing import Writing

# How long after the first letter since it was kept the draft is kept again (seconds).
DRAFT_AFTER_S = 1.0


class Keeping:
    """Keeps what stands in *writing* as its member's draft; ``rests`` while it is saved as a post."""

    def __init__(self, writing: Writing) -> None:
        self.rests = False
        self._writing = writing
        self._handle: asyncio.TimerHandle | None = None
        # What was kept last, as it was written.
        self._kept = ""

    def found(self) -> None:
        """What stands there is what the file holds."""
        self._kept = drafting.to_json(self._writing.state.typed)

    def later(self) -> None:
        """Something was typed."""
        if self._handle is None:
            # Not put off by the next letter: who types without a pause has a draft too.
            self._handle = asyncio.get_running_loop().call_later(DRAFT_AFTER_S, self._soon)

    def anew(self) -> None:
        """It is the draft of another post from here on."""
        self._kept = ""
        self.later()

    def cancel(self) -> None:
        """Nothing is kept any more unasked."""
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None

    async def keep(self) -> bool:
        """Keep what is typed as the draft; returns whether it is kept."""
        writing = self._writing
        typed, post_id, now = writing.state.typed, writing.post_id, writing.host.clock.now()
        text = drafting.to_json(typed)
        if text == self._kept:
            return True
        try:
            await writing.host.backend.write(
                lambda conn, actor: post_drafts.keep(conn, actor.member_id, post_id, typed, now)
            )
        except SmdashError as problem:
            writing.say(_("the draft is not kept: {reason}").format(reason=problem), "error")
            return False
        self._kept = text
        return True

    def _soon(self) -> None:
        self._handle = None
        if not self.rests:
            self._writing.host.spawn(self.keep())
