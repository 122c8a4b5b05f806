"""What happened since the member was here last, and the remark about it when a desk opens after hours."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from smdash.core.errors import SmdashError
from smdash.core.since import WORTH_TELLING, Since, heading, sentences
from smdash.locale import gettext as _
from smdash.store import since
from smdash.tui.cells import literal
from smdash.tui.folded import Folded
from smdash.tui.screens.details import DetailScreen
from smdash.tui.widgets.lines import Piece

if TYPE_CHECKING:
    from smdash.tui.app import DeskApp

# How long the strip shows the remark (seconds).
REMARK_S = 15.0


async def greet(app: DeskApp) -> None:
    """Note when the member was here last; after hours away the strip tells the first thing that happened since."""
    actor = app.backend.actor
    if actor is None:
        return
    now, zone = app.clock.now(), app.zone
    try:
        app.left_at = await app.backend.read(lambda conn: since.left_at(conn, actor.member_id))
        left = app.left_at
        if left is None or now - left < WORTH_TELLING or app.problems or app.backend.looks_back:
            return
        found = await app.backend.read(lambda conn: since.read(conn, actor.member_id, left, now, zone))
    except SmdashError:
        return  # the panes read the same file, and say what is wrong with it
    first = next(sentences(found), None)
    if first is not None:
        words = _("{since}: {what}; all of it: {key} and “{command}”").format(
            since=heading(found, now, zone), what=first, key=app.key_of("palette"), command=_("since you left")
        )
        app.desk.strip.say(words, "accent", REMARK_S)


class SinceScreen(DetailScreen):
    """A sentence a thing, the pressing ones first."""

    topics = frozenset({"mention", "post", "campaign", "team", "note"})

    def __init__(self, left: datetime | None) -> None:
        super().__init__()
        self._left = left
        self._found: Since | None = None
        self._reading = Folded(lambda work: self.host.spawn(work), self._reload)

    def reload(self, topics: frozenset[str]) -> None:
        if topics & self.topics:
            self._reading.ask()

    async def _reload(self) -> None:
        now, actor, zone = self.host.clock.now(), self.host.backend.actor, self.host.zone
        left = self._left
        if left is None or actor is None:
            self.document.show(_("Since you left"), [Piece(_("you were not here before"), "dim")])
            return
        try:
            found = await self.host.backend.read(lambda conn: since.read(conn, actor.member_id, left, now, zone))
        except SmdashError as problem:
            self.say(str(problem), "error")
            return
        if not self.is_attached:
            return
        again, self._found = self._found is not None, found
        pieces = [Piece(heading(found, now, zone), "dim"), Piece("")]
        pieces += [Piece(literal(one)) for one in sentences(found)]
        if found.is_quiet:
            pieces.append(Piece(_("nothing happened"), "dim"))
        self.document.show(_("Since you left"), pieces, keep_place=again)

    def text(self) -> str:
        return "" if self._found is None else "\n".join(sentences(self._found))
