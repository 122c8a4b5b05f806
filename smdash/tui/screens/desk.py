"""The desk: four live panes, and the lines around them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, ClassVar, cast

from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import Screen
from textual.widgets import Input

from smdash.core.errors import SmdashError
from smdash.locale import gettext as _
from smdash.tui.actions import bindings
from smdash.tui.compositor import LeanCompositor
from smdash.tui.host import Hosted
from smdash.tui.layout import DeskLayout, is_wide
from smdash.tui.panes import beside
from smdash.tui.panes.campaigns import CampaignsPane
from smdash.tui.panes.hours import HoursPane
from smdash.tui.panes.mentions import MentionsPane
from smdash.tui.panes.today import TodayPane
from smdash.tui.places import BY_NAME, NAMES, PLACES
from smdash.tui.widgets.bars import Header, KeyLine, SyncStrip
from smdash.tui.widgets.pane import Pane
from smdash.tui.widgets.preview import Preview

if TYPE_CHECKING:
    from smdash.store.driver import Connection
    from smdash.tui.panes.calendar import Calendar
    from smdash.tui.panes.week import HoursWeek
    from smdash.tui.widgets.reading import Reading

# A new pane is one module and one entry here, in the order of their numbers.
PANES: tuple[type[Pane], ...] = (TodayPane, MentionsPane, CampaignsPane, HoursPane)


class DeskScreen(Hosted, Screen[None], inherit_bindings=False):
    """Owns which pane is focused and whether it is zoomed; panes own their rows."""

    BINDINGS = bindings("everywhere")
    # Textual would scroll the panes' container; the desk always fits the terminal.
    CSS = "DeskScreen { overflow: hidden; } DeskScreen Input { padding: 0 1; }"
    # Empty, not None, which would leave it to the app to focus the first pane.
    AUTO_FOCUS = ""
    places = PLACES
    own_places = frozenset(place.name for place in PLACES if place.module)

    def __init__(self) -> None:
        super().__init__()
        self._compositor = LeanCompositor(self)
        self.header = Header()
        self.panes = tuple(pane() for pane in PANES)
        self.strip = SyncStrip()
        self.key_line = KeyLine()
        self.focused_index = 1
        self.zoomed = False
        self.place = NAMES[0]
        # The panes of places that were opened, by the places' names.
        self.opened: dict[str, Reading] = {}
        self.preview = Preview()
        self._trouble: str | None = None
        self._desk_layout = DeskLayout(self)

    @property
    def layout(self) -> DeskLayout:
        return self._desk_layout

    def compose(self) -> ComposeResult:
        yield self.header
        yield from self.panes
        yield self.preview
        yield self.strip
        yield self.key_line

    def on_mount(self) -> None:
        for pane, snapshot in zip(self.panes, self.host.first_snapshots, strict=True):
            pane.apply(snapshot)
        self.strip.apply(self.host.first_jobs)
        self.host.first_snapshots = []
        self.panes[self.focused_index].focus()

    @property
    def mentions(self) -> MentionsPane:
        return cast(MentionsPane, self.panes[1])

    @property
    def is_inbox(self) -> bool:
        """Whether the list of mentions and the one under the cursor have all the room."""
        return self.place == "inbox"

    @property
    def whole(self) -> Reading | None:
        """The pane that has all the room, where one is in such a place."""
        return self.opened.get(self.place)

    @property
    def calendar(self) -> Calendar | None:
        """The calendar, once it was opened."""
        return cast("Calendar | None", self.opened.get("calendar"))

    @property
    def week(self) -> HoursWeek | None:
        """The screen of the week's hours, once it was opened."""
        return cast("HoursWeek | None", self.opened.get("week"))

    @property
    def hours(self) -> HoursPane:
        """The pane of the week's hours."""
        return cast(HoursPane, self.panes[3])

    @property
    def pane(self) -> Pane:
        """The pane that has the focus, or had it last."""
        return self.panes[self.focused_index]

    def reload(self, topics: frozenset[str]) -> None:
        """Read again what these topics touch."""
        for pane in self.panes:
            if pane.topics & topics:
                pane.reload()
        if beside.TOPICS & topics:
            self.mentions.beside.reload()
        if self.preview.topics & topics:
            self.preview.reload()
        if self.whole is not None and self.whole.topics & topics:
            self.whole.reload()
        if self.strip.topics & topics:
            self.strip.reload()
        if "team" in topics:
            # The zone, or who "mine" is, may be another one.
            self.tick()

    def tick(self) -> None:
        """The clock moved on."""
        self.host.idle.tick()
        self.header.redraw()
        self.host.window_title.catch_up()
        self.strip.tick()
        for pane in self.panes:
            pane.tick()
        if self.whole is not None:
            self.whole.tick()

    def second(self) -> None:
        """A second passed within a minute: only what counts them is drawn anew."""
        for pane in self.panes:
            if pane.wants_seconds():
                pane.second()

    # Focus and zoom.

    def action_pane(self, number: int) -> None:
        self._leave_place(number - 1)
        self._focus(number - 1)

    def action_next_pane(self, step: int) -> None:
        self._leave_place()
        self._focus((self.focused_index + step) % len(self.panes))

    def _focus(self, index: int) -> None:
        self.panes[index].focus()

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        if isinstance(event.widget, Pane):
            index = self.panes.index(event.widget)
            if index != self.focused_index:
                self.focused_index = index
                if self.zoomed or not is_wide(self.size):
                    self._arrange_anew()
        self.key_line.redraw()

    def action_screen(self, step: int) -> None:
        """The places in turn; the inbox is the list of mentions with the one under the cursor beside."""
        self._go(NAMES[(NAMES.index(self.place) + step) % len(NAMES)])

    def open_place(self, name: str) -> Reading:
        """Show a place that has a pane of its own, wherever one is; returns the pane."""
        if self.place != name:
            self._go(name)
        return self.opened[name]

    def _go(self, place: str) -> None:
        self.place = place
        if BY_NAME[place].module:
            pane = self.opened.get(place)
            if pane is None:
                pane = self.opened[place] = BY_NAME[place].make()
                self.mount(pane, after=self.preview)
            # At once, so that what is typed after the key is that pane's.
            self.set_focus(pane)
            # It was told nothing while it was not shown.
            pane.tick()
            pane.reload()
        else:
            self._focus(1)
        self._arrange_anew()
        self.header.redraw()
        self.follow_cursor()

    def _leave_place(self, index: int | None = None) -> None:
        if self.whole is not None or (self.is_inbox and index != 1):
            self.place = NAMES[0]
            self._arrange_anew()
            self.header.redraw()

    def follow_cursor(self) -> None:
        """Show the mention under the cursor beside the list, where there is a beside."""
        key = self.mentions.cursor_key
        self.preview.follow(key if isinstance(key, int) else None)

    def action_zoom(self) -> None:
        self.zoomed = not self.zoomed
        self._arrange_anew()

    def _arrange_anew(self) -> None:
        # A screen's own refresh keeps its arrangement; a child's makes it be asked again.
        self.header.refresh(layout=True)

    def unzoom(self) -> None:
        """All panes again."""
        if self.place != NAMES[0]:
            self._go(NAMES[0])
        elif self.zoomed:
            self.action_zoom()

    # The filter's input.

    def open_filter(self) -> None:
        """Ask for the words that the focused pane's rows must have."""
        if any(not field.ended for field in self.query(FilterInput)):
            return
        field = FilterInput(self.pane)
        self.mount(field)
        # At once, so that what was typed after the key is text already.
        self.set_focus(field)

    @on(Input.Changed)
    def _filter_typed(self, event: Input.Changed) -> None:
        if isinstance(event.input, FilterInput):
            event.input.pane.set_filter(event.value.strip())

    @on(Input.Submitted)
    async def _filter_kept(self, event: Input.Submitted) -> None:
        if isinstance(event.input, FilterInput):
            await self.close_filter(event.input)

    async def close_filter(self, field: FilterInput) -> None:
        """Put the key line back."""
        await field.remove()
        self.key_line.redraw()

    # What the panes tell.

    @on(Pane.Opened)
    def _opened(self, event: Pane.Opened) -> None:
        from smdash.tui.screens.details import open_details

        open_details(self.host, event.pane, event.key)

    @on(Pane.Failed)
    def _failed(self, event: Pane.Failed) -> None:
        self.strip.show_error(event.sentence)

    @on(Pane.Recovered)
    def _recovered(self) -> None:
        if not any(pane.is_stale for pane in self.panes):
            self.strip.show_error(self._trouble)

    def show_trouble(self, sentence: str | None) -> None:
        """The whole file can't be read: say why, and on each pane since when; ``None`` when it can again."""
        self._trouble = sentence
        self.strip.show_error(sentence)
        if sentence is not None:
            for pane in (*self.panes, *self.opened.values()):
                pane.mark_stale()

    # Actions that any place may call.

    def action_undo(self) -> None:
        self.host.undo()

    def action_redo(self) -> None:
        self.host.redo()

    def action_switch(self) -> None:
        self.host.timer.switch()

    def action_stop(self) -> None:
        self.host.timer.menu()

    def action_new_post(self) -> None:
        if self.place == "calendar" and self.calendar is not None and self.calendar.slot is not None:
            self.calendar.plan_here()
        else:
            self.host.new_post()

    def action_assets(self) -> None:
        from smdash.tui.screens.assets import show

        self.host.spawn(show(self.host))

    def action_sync_screen(self) -> None:
        from smdash.tui.screens.sync import SyncScreen

        self.host.push_screen(SyncScreen())

    def action_review(self) -> None:
        from smdash.tui.screens.proposals import ProposalsScreen

        # Among the hours of a week it is the day under the cursor that is reviewed.
        day = self.week.day if self.place == "week" and self.week is not None else None
        self.host.push_screen(ProposalsScreen(day))

    def action_since(self) -> None:
        from smdash.tui.screens.since import SinceScreen

        self.host.push_screen(SinceScreen(self.host.left_at))

    def action_freeze(self) -> None:
        self.host.freeze()

    def action_theme(self) -> None:
        self.host.choose_theme()

    def action_help(self) -> None:
        from smdash.tui.screens.help import HelpScreen

        self.host.push_screen(HelpScreen())

    def action_leave(self) -> None:
        self.host.leave()


class FilterInput(Input):
    """Where the words of a filter are typed; escape takes the filter back."""

    BINDINGS: ClassVar[list[BindingType]] = [("escape", "give_up", ""), ("tab", "complete", "")]

    def __init__(self, pane: Pane) -> None:
        super().__init__(
            value=pane.filter_text, compact=True, placeholder=_("rows with these words; enter keeps, esc shows all")
        )
        self.pane = pane
        # Whether it is on its way out, and takes no text any more.
        self.ended = False

    async def _on_key(self, event: events.Key) -> None:
        if self.ended:
            # What is typed after enter or escape is no text of the filter; it goes up and then to the pane.
            event.prevent_default()
        self.ended = self.ended or event.key in ("enter", "escape")

    async def action_submit(self) -> None:
        self.ended = True
        self.screen.set_focus(self.pane)
        await super().action_submit()

    async def action_complete(self) -> None:
        """Go on with the field or value that was begun; where there are several, name them."""
        text, cursor = self.value, self.cursor_position

        def read(conn: Connection) -> tuple[int, list[str]]:
            # In the reading thread: the first picture needs no query.
            from smdash.core import query
            from smdash.store import finding

            return query.word_at(text, cursor), query.complete(text, cursor, finding.names(conn))

        try:
            start, found = await self.pane.host.backend.read(read)
        except SmdashError as problem:
            self.pane.host.say(str(problem), "error")
            return
        if not found or self.value != text:
            return
        # All of them may begin alike for some letters more.
        word = os.path.commonprefix(found)  # noqa: RUF071 (letters are what is typed)
        if len(word) > cursor - start:
            self.value = text[:start] + word + text[cursor:]
            self.cursor_position = start + len(word)
        if len(found) > 1:
            self.pane.host.say("  ".join(found[:12]))

    async def action_give_up(self) -> None:
        self.ended = True
        self.screen.set_focus(self.pane)
        self.pane.set_filter("")
        screen = self.screen
        if isinstance(screen, DeskScreen):
            await screen.close_filter(self)
