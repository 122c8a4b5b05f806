"""The app: puts the backend, the desk and the clock together, and runs what members do."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from rich.segment import Segment
from textual.color import Color
from textual.events import Event, Key
from textual.filter import LineFilter
from textual.message import Message
from textual.theme import Theme

from smdash.core.clock import Clock
from smdash.core.errors import SmdashError
from smdash.core.records import Job
from smdash.locale import gettext as _
from smdash.locale import ngettext
from smdash.store import changes, jobs
from smdash.store.changes import TOPICS
from smdash.tui import theme as themes
from smdash.tui.actions import BY_ID, UNBOUND, bindings, key_word
from smdash.tui.backend import Backend, Watcher
from smdash.tui.cells import ASCII, CONTROL, UNICODE, Glyphs
from smdash.tui.idle import Idle
from smdash.tui.presence import Presence
from smdash.tui.screens.desk import DeskScreen
from smdash.tui.terminal import TerminalOptions
from smdash.tui.triage import Triage
from smdash.tui.widgets.pane import Pane

if TYPE_CHECKING:
    from textual.command import Provider

    from smdash.store.driver import Connection

T = TypeVar("T")

EVERYTHING = frozenset(TOPICS)
# How long "press q again" holds (seconds).
LEAVE_WITHIN_S = 3.0
# How long the strip tells of mistakes in the settings (seconds); help tells them as long as the desk is open.
PROBLEMS_S = 20.0
# How long after the start the screens that open later are imported (seconds).
WARM_UP_AFTER_S = 0.4


def _warm_up() -> None:
    for name in ("details", "help", "picker", "ask", "composer", "person", "post_composer"):
        importlib.import_module(f"smdash.tui.screens.{name}")
    for name in ("smdash.tui.acts", "smdash.store.undoing", "smdash.store.finding", "smdash.store.waking",
                 "smdash.tui.panes.calendar", "smdash.tui.timer"):  # fmt: skip
        importlib.import_module(name)
    importlib.import_module("babel.dates")
    importlib.import_module("humanize")


class ControlFilter(LineFilter):
    """The second wall: no control byte leaves in any segment, whatever widget made it."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        return [
            segment
            if segment.control or (segment.text.isascii() and segment.text.isprintable())
            else Segment(CONTROL.sub("", segment.text), segment.style)
            for segment in segments
        ]


def _commands() -> type[Provider]:
    """The palette's provider; its machinery is imported when the palette is first opened."""
    from smdash.tui.commands import DeskCommands

    return DeskCommands


class DeskApp(Triage, inherit_bindings=False):
    """The dashboard. It never touches the network and its event loop never waits for the file."""

    TITLE = "smdash"
    COMMANDS: ClassVar = {_commands}
    BINDINGS: ClassVar = [*bindings("app")]
    CSS = "Screen { background: $background; }"
    INLINE_PADDING = 0
    ANIMATION_LEVEL: ClassVar[str] = "none"

    class Moved(Message):
        """Somebody committed; these topics moved."""

        def __init__(self, topics: frozenset[str]) -> None:
            super().__init__()
            self.topics = topics

    class Replaced(Message):
        """The path leads to another file now."""

    def __init__(
        self,
        backend: Backend,
        palette: themes.Palette,
        clock: Clock,
        terminal: TerminalOptions,
        *,
        keys: Mapping[str, tuple[str, ...]] | None = None,
        problems: Sequence[str] = (),
    ) -> None:
        self.palette = palette
        super().__init__(terminal, clock)
        self.backend = backend
        self.clock = clock
        self.glyphs: Glyphs = ASCII if terminal.plain else UNICODE
        # What was wrong in the member's settings, a sentence each; help shows them.
        self.problems = tuple(problems)
        self.desk = DeskScreen()
        self.presence = Presence(self)
        self.idle = Idle(self, terminal.idle_minutes)
        self.first_snapshots: list[Any] = []
        self.first_jobs: list[Job] = []
        self._watcher: Watcher | None = None
        self._baseline: dict[str, int] = {}
        self._tick_handle: asyncio.TimerHandle | None = None
        self._leave_asked = float("-inf")
        # When the member was here last, as far as is known when the desk opens.
        self.left_at: datetime | None = None
        self._last_day = clock.now().astimezone(self.zone).date()
        self._last_minute: datetime | None = clock.now().replace(second=0, microsecond=0)
        self._control_filter = ControlFilter()
        self._keys = dict(keys or {})
        if self._keys:
            self.set_keymap({action_id: ",".join(own) or UNBOUND for action_id, own in self._keys.items()})
        self._use_theme(palette)

    # Start and end.

    def get_default_screen(self) -> DeskScreen:
        return self.desk

    def prepare(self) -> None:
        """Read the first rows before the event loop begins, so that the first paint is a real one."""
        # Panes look up their app in the context; before the loop runs nobody has set it.
        with self._context():
            readers = [pane.reader() for pane in self.desk.panes]

        def read(conn: Connection) -> tuple[dict[str, int], list[Any], list[Job]]:
            return changes.sequences(conn), [one(conn) for one in readers], jobs.select(conn)

        self._baseline, self.first_snapshots, self.first_jobs = self.backend.read_now(read)

    def on_mount(self) -> None:
        self.guard()
        self._watcher = Watcher(
            self.backend,
            self._baseline,
            lambda topics: self._tell(self.Moved(topics)),
            lambda: self._tell(self.Replaced()),
            # What is called later is posted as a message as well.
            lambda sentence: self.call_later(self._note_trouble, sentence),
            lambda: self.call_later(self.woke),
            self.terminal.refresh_gap_s,
        )
        self._watcher.start()
        self.presence.start()
        self._schedule_tick()
        if self.problems:
            words = ngettext(
                "your settings have {n} problem; {key} shows it", "your settings have {n} problems; {key} shows them",
                len(self.problems),
            )  # fmt: skip
            self.desk.strip.say(
                words.format(n=len(self.problems), key=" ".join(self.key_words("help"))), "warning", PROBLEMS_S
            )
        # What the first key would have to import is imported once the first picture stands, beside the event loop.
        self.set_timer(WARM_UP_AFTER_S, lambda: self.spawn(self._warm_up()))

    async def _warm_up(self) -> None:
        await asyncio.to_thread(_warm_up)
        # What stands beside the rows comes once the picture does, since reading it takes imports of its own.
        self.desk.mentions.beside.reload()
        self.read_notes()
        self.idle.look()
        from smdash.tui.screens import since

        self.spawn(since.greet(self))

    def _tell(self, message: Message) -> None:
        """Post a message from the watching thread, which is the one thing that threads may do."""
        self.post_message(message)

    def on_unmount(self) -> None:
        if self._watcher is not None:
            self._watcher.stop()
        if self._tick_handle is not None:
            self._tick_handle.cancel()
        self.presence.stop()
        self.backend.close(self.presence.take_back)

    def get_line_filters(self) -> list[LineFilter]:
        return [*super().get_line_filters(), self._control_filter]

    async def on_event(self, event: Event) -> None:
        if isinstance(event, Key) and not event.is_forwarded and await self.idle.key():
            return
        await super().on_event(event)

    # Changes and time.

    def on_desk_app_moved(self, event: Moved) -> None:
        topics = event.topics
        if "team" in topics:
            self.spawn(self._reread_team(topics))
        else:
            self._reload(topics)

    async def _reread_team(self, topics: frozenset[str]) -> None:
        try:
            await self.backend.reread_team()
        except SmdashError as problem:
            self.say(str(problem), "error")
        self._reload(topics)

    def _reload(self, topics: frozenset[str]) -> None:
        if self.presence.topics & topics:
            self.presence.reload()
        if "note" in topics:
            self.read_notes()
        for screen in self.screen_stack:
            reload = getattr(screen, "reload", None)
            if reload is not None:
                reload(topics)

    async def on_desk_app_replaced(self) -> None:
        try:
            await self.backend.reopen()
        except SmdashError as problem:
            self.desk.show_trouble(str(problem))
            return
        self.desk.show_trouble(None)
        self.say(_("the database was replaced; this is what it holds now"), "warning")
        self._reload(EVERYTHING)

    def _note_trouble(self, sentence: str | None) -> None:
        self.desk.show_trouble(sentence)
        if sentence is None:
            self._reload(EVERYTHING)

    def _schedule_tick(self) -> None:
        """Wake at the next full minute, or second while a countdown is in its last hour."""
        now = self.clock.now()
        seconds = not self.terminal.low and any(pane.wants_seconds() for pane in self.desk.panes)
        past = now.microsecond / 1e6 + (0 if seconds else now.second)
        self._tick_handle = asyncio.get_running_loop().call_later((1 if seconds else 60) - past + 0.01, self._tick)

    def tick_anew(self) -> None:
        """Something began or ended that counts seconds."""
        if self._tick_handle is not None:
            self._tick_handle.cancel()
            self._schedule_tick()

    def _tick(self) -> None:
        now = self.clock.now()
        minute = now.replace(second=0, microsecond=0)
        with self._context():
            if minute == self._last_minute:
                self.desk.second()
                self._schedule_tick()
                return
            self._last_minute = minute
            self.spawn(self.wake_mentions())
            before, today = self._last_day, now.astimezone(self.zone).date()
            if before != today:
                # A new local day (and perhaps week): the panes' spans moved.
                self._reload(EVERYTHING)
            for screen in self.screen_stack:
                tick = getattr(screen, "tick", None)
                if tick is not None:
                    tick()
            self._schedule_tick()
        self._last_day = today

    def woke(self) -> None:
        """Time has passed unseen: everything is read and drawn for what the clock says now."""
        if self._tick_handle is not None:
            self._tick_handle.cancel()
        self._reload(EVERYTHING)
        self.presence.woke()
        self.idle.look()
        self._last_minute = None
        self._tick()

    # Remarks.

    def say(self, words: str, style: str = "accent") -> None:
        """Show a remark where the member looks: on the detail that is open, else on the strip."""
        top = self.screen
        if top is not self.desk and hasattr(top, "say"):
            top.say(words, style)
        else:
            self.desk.strip.say(words, style)

    def leave(self) -> None:
        """Leave, asked once."""
        now = self.clock.monotonic()
        if now - self._leave_asked <= LEAVE_WITHIN_S:
            self.exit()
            return
        self._leave_asked = now
        self.say(_("press {key} again to leave").format(key=self.key_of("leave")), "warning")

    # Themes, keys, palette.

    def choose_theme(self) -> None:
        """Ask for a theme; the look follows the cursor, and escape puts the present one back."""
        from smdash.tui.screens.themes import ask_for_theme

        ask_for_theme(self)

    def use_theme(self, palette: themes.Palette) -> None:
        """Draw everything in this theme."""
        if palette is self.palette:
            return
        self._use_theme(palette)
        for screen in self.screen_stack:
            for widget in screen.query("*"):
                repaint = getattr(widget, "repaint", None)
                if repaint is not None:
                    repaint()

    def _use_theme(self, palette: themes.Palette) -> None:
        self.palette = palette
        colors = palette.colors
        theme = Theme(
            # Two names in turn, since Textual takes notice of another name only; a member's would not do as one.
            "smdash-b" if self.theme == "smdash-a" else "smdash-a",
            primary=colors["accent"],
            accent=colors["accent"],
            warning=colors["warning"],
            error=colors["error"],
            success=colors["success"],
            foreground=colors["text"],
            background=colors["background"],
            surface=colors["cursor_quiet"],
            panel=colors["cursor_quiet"],
            dark=palette.dark,
            ansi=palette.native,
            # Textual's own widgets ask for these by name in a theme of the terminal's colours, and don't make them.
            variables={"ansi-background": colors["background"], "ansi-foreground": colors["text"]},
        )
        self.register_theme(theme)
        self.theme = theme.name

    def keys_of(self, action_id: str) -> list[str]:
        """The keys that an action has now."""
        own = self._keys.get(action_id)
        if own is not None:
            return list(own)
        return BY_ID[action_id].keys.split(",") if BY_ID[action_id].keys else []

    def key_words(self, action_id: str) -> list[str]:
        """The keys of an action as people read them."""
        return [key_word(key) for key in self.keys_of(action_id)]

    def key_of(self, action_id: str) -> str:
        """The first key of an action; one without a key is named as the list of all commands has it."""
        words = self.key_words(action_id)
        return words[0] if words else f"“{_(BY_ID[action_id].help)}”"

    async def run_by_id(self, action_id: str) -> None:
        """Do what an action's key does here; one that has none here is done on the desk."""
        for active in self.screen.active_bindings.values():
            if active.binding.id == action_id:
                await self.run_action(active.binding.action, active.node)
                return
        action = BY_ID[action_id]
        pane: Pane = self.desk.pane
        target: Any = self.desk if action.where == "everywhere" else pane
        if action.where in ("mentions", "hours"):
            target = self.desk.mentions if action.where == "mentions" else self.desk.panes[3]
        elif action.where in self.desk.own_places:
            target = self.desk.open_place(action.where)
        elif action.where == "posts":
            target = self.desk.panes[0]
        await self.run_action(action.action, target)

    def action_command_palette(self) -> None:
        """Show all commands."""
        from smdash.tui.commands import Commands

        if not self.screen.has_class("--textual-command-palette"):
            self.push_screen(Commands(placeholder=_("words of a command…"), id="--command-palette"))

    def get_system_commands(self, screen: Any) -> Any:
        """The palette holds the desk's own actions only."""
        return iter(())
