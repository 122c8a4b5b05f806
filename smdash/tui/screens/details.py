"""One row whole: a mention with its thread and history, a post with its deliveries, a campaign, an activity."""

from __future__ import annotations

import asyncio
from collections.abc import Hashable
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import Screen

from smdash.core.errors import SmdashError
from smdash.core.text import safe_link
from smdash.locale import gettext as _
from smdash.locale import noop
from smdash.store import inbox
from smdash.store.inbox import MentionWhole
from smdash.tui.actions import UNBOUND, binding, key_word
from smdash.tui.folded import Folded
from smdash.tui.host import Hosted
from smdash.tui.panes.campaigns import CampaignsPane
from smdash.tui.panes.hours import HoursPane
from smdash.tui.panes.today import TodayPane
from smdash.tui.screens.mention_text import paragraphs, title
from smdash.tui.triage_keys import TriageKeys
from smdash.tui.widgets.document import Document
from smdash.tui.widgets.lines import Line, Lines, Piece, spread
from smdash.tui.widgets.pane import Pane

if TYPE_CHECKING:
    from smdash.tui.app import DeskApp


# How long a remark stays on the last line (seconds).
REMARK_S = 4.0


class Hints(Lines):
    """The last line of a detail: its keys, or a remark."""

    DEFAULT_CSS = "Hints { height: 1; dock: bottom; }"

    def __init__(self) -> None:
        super().__init__()
        self.remark: Piece | None = None

    def say(self, words: str, style: str) -> None:
        """Show a remark for some seconds."""
        remark = self.remark = Piece(" " + words, style)
        self.redraw()
        asyncio.get_running_loop().call_later(REMARK_S, self._end, remark)

    def _end(self, remark: Piece) -> None:
        # Another may have taken its place meanwhile.
        if self.remark is remark and self.is_attached:
            self.remark = None
            self.redraw()

    def make_line(self, y: int) -> Line:
        if self.remark is not None:
            return spread([self.remark], self.size.width)
        line: Line = [Piece(" ")]
        seen: set[str | None] = set()
        for active in self.screen.active_bindings.values():
            if active.binding.show and active.node is self.screen and active.binding.key != UNBOUND:
                if active.binding.id in seen:
                    continue
                seen.add(active.binding.id)
                line += [
                    Piece(key_word(active.binding.key), "accent"),
                    Piece(f" {_(active.binding.description)}  ", "dim"),
                ]
        return spread(line, self.size.width)


class DetailScreen(Hosted, Screen[None], inherit_bindings=False):
    """A document over the desk; escape goes back."""

    BINDINGS: ClassVar[list[BindingType]] = [
        binding("back", show=True),
        binding("list.copy", show=True),
        binding("list.link", show=True),
    ]
    topics: frozenset[str] = frozenset()

    def __init__(self) -> None:
        super().__init__()
        self.document = Document()
        self.hints = Hints()

    def compose(self) -> ComposeResult:
        yield self.document
        yield self.hints

    def on_mount(self) -> None:
        self.document.focus()
        self.reload(frozenset(self.topics))

    def reload(self, topics: frozenset[str]) -> None:
        """Read again, if these topics touch what is shown."""

    def tick(self) -> None:
        """The clock moved on; a document shows whole times, so nothing changes."""

    def say(self, words: str, style: str) -> None:
        """Show a remark on the last line."""
        self.hints.say(words, style)

    def text(self) -> str:
        """What copying gives."""
        return ""

    def link(self) -> str | None:
        """Where the thing can be seen on the network."""
        return None

    def action_back(self) -> None:
        self.dismiss()

    def action_copy(self) -> None:
        self.host.copy_to_clipboard(self.text())
        self.host.say(_("copied"))

    def action_link(self) -> None:
        if link := safe_link(self.link()):
            self.host.open_link(link)
        else:
            self.host.say(_("there is no link"))


class MentionScreen(TriageKeys, DetailScreen):
    """A mention; `d` sets it to done and shows the next one of the list."""

    BINDINGS: ClassVar[list[BindingType]] = [
        binding("mention.done", label=noop("done, next"), show=True),
        binding("mention.snooze", show=True),
        binding("mention.assign", show=True),
        binding("mention.reply", show=True),
        binding("mention.saved"),
        binding("mention.note"),
        binding("mention.person", show=True),
        binding("mention.take"),
        binding("mention.label"),
        binding("mention.priority"),
        binding("mention.star"),
        binding("list.repeat"),
        binding("undo", show=True),
        binding("redo"),
    ]
    topics = frozenset({"mention", "note", "post"})

    def __init__(self, mention_id: int) -> None:
        super().__init__()
        self.mention_id = mention_id
        self._whole: MentionWhole | None = None
        self._reading = Folded(lambda work: self.host.spawn(work), self._reload)

    def reload(self, topics: frozenset[str]) -> None:
        if topics & self.topics:
            self._reading.ask()

    async def _reload(self) -> None:
        wanted = self.mention_id
        try:
            found = await self.host.backend.read(lambda conn: inbox.whole(conn, wanted))
        except SmdashError as problem:
            self.say(str(problem), "error")
            return
        if found is None:
            self.dismiss()
            self.host.say(_("this mention is gone"))
            return
        again = self._whole is not None and self._whole.mention.id == found.mention.id
        self._whole = found
        self.document.show(title(found.mention), paragraphs(self.host, found), keep_place=again)
        self.host.seen_notes([note.id for note in found.notes])

    def text(self) -> str:
        return self._whole.mention.body if self._whole else ""

    def link(self) -> str | None:
        return self._whole.mention.url if self._whole else None

    def triage_ids(self) -> list[int]:
        return [self.mention_id]

    def reply_id(self) -> int:
        return self.mention_id

    def leave(self, ids: list[int]) -> None:
        """The mention went off the list: the next one of the list is shown."""
        if self.mention_id not in ids:
            return
        pane = self.host.desk.mentions
        following = pane.cursor_key
        if isinstance(following, int) and following != self.mention_id:
            self.mention_id = following
            self._whole = None
            self.reload(self.topics)
        else:
            self.dismiss()

    def action_undo(self) -> None:
        self.host.undo()

    def action_redo(self) -> None:
        self.host.redo()


class PlainScreen(DetailScreen):
    """A document that is made once of what the pane holds."""

    def __init__(self, title: str, paragraphs: list[Piece], text: str, link: str | None) -> None:
        super().__init__()
        self._title_words, self._paragraphs, self._text, self._link = title, paragraphs, text, link

    def on_mount(self) -> None:
        super().on_mount()
        self.document.show(self._title_words, self._paragraphs)

    def text(self) -> str:
        return self._text

    def link(self) -> str | None:
        return self._link


def open_details(app: DeskApp, pane: Pane, key: Hashable) -> None:
    """Show the row with this key whole."""
    if isinstance(key, int) and pane is app.desk.mentions:
        app.push_screen(MentionScreen(key))
    elif isinstance(pane, TodayPane) and (post := pane.whole(key)):
        from smdash.tui.screens.post import PostScreen

        app.push_screen(PostScreen(post.id))
    elif isinstance(pane, CampaignsPane) and (campaign := pane.whole(key)):
        from smdash.tui.screens.campaign import CampaignScreen

        app.push_screen(CampaignScreen(campaign.id, campaign.name))
    elif isinstance(pane, HoursPane) and pane.whole(key):
        app.timer.switch(str(key))
