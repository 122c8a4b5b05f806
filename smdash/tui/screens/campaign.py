"""One campaign whole: phases with their posts by account, what is missing, milestones, goals, mentions and hours."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import BindingType

from smdash.core.campaign_words import lines
from smdash.core.clock import find_zone
from smdash.core.coverage import CampaignView
from smdash.core.errors import SmdashError
from smdash.store import campaign_view
from smdash.tui.actions import binding
from smdash.tui.folded import Folded
from smdash.tui.screens.details import DetailScreen
from smdash.tui.widgets.lines import Piece


class CampaignScreen(DetailScreen):
    """A campaign, read anew when it changes, and every minute for what time alone changes."""

    BINDINGS: ClassVar[list[BindingType]] = [binding("undo", show=True), binding("redo")]
    topics = frozenset({"campaign", "post", "hours", "team"})

    def __init__(self, campaign_id: int, name: str) -> None:
        super().__init__()
        self.campaign_id = campaign_id
        self._called = name
        self._whole: CampaignView | None = None
        self._reading = Folded(lambda work: self.host.spawn(work), self._reload)

    def reload(self, topics: frozenset[str]) -> None:
        if topics & self.topics:
            self._reading.ask()

    def tick(self) -> None:
        self._reading.ask()

    async def _reload(self) -> None:
        now = self.host.clock.now()
        try:
            found = await self.host.backend.read(lambda conn: campaign_view.view(conn, self.campaign_id, now))
        except SmdashError as problem:
            self.say(str(problem), "error")
            return
        again, self._whole = self._whole is not None, found
        zone = find_zone(found.campaign.zone)
        told = [Piece(one.text if one.heads else f"  {one.text}", one.style) for one in lines(found, now, zone)]
        self.document.show(found.campaign.name, told, keep_place=again)

    def text(self) -> str:
        return self._whole.campaign.name if self._whole else self._called

    def action_undo(self) -> None:
        self.host.undo()

    def action_redo(self) -> None:
        self.host.redo()
