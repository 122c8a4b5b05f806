"""What the app owes its terminal: looks, title, and what happens after a pause."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from textual.filter import LineFilter

from smdash.locale import gettext as _
from smdash.tui.driver import TerminalDriver
from smdash.tui.looks import Looks
from smdash.tui.terminal import TerminalOptions
from smdash.tui.title import WindowTitle
from smdash.tui.typed_ahead import TypedAhead

if TYPE_CHECKING:
    from rich.console import RenderableType
    from textual.screen import Screen

    from smdash.core.clock import Clock
    from smdash.tui.theme import Palette


class TerminalApp(TypedAhead):
    """Textual's app on a terminal as it is; says to its subclass when time has passed unseen (``woke``)."""

    palette: Palette

    def __init__(self, terminal: TerminalOptions, clock: Clock) -> None:
        # Textual would turn colours into greys, which are colours still; Looks takes them away.
        said = os.environ.pop("NO_COLOR", None)
        super().__init__(driver_class=TerminalDriver)
        if said is not None:
            os.environ["NO_COLOR"] = said
        self.terminal = terminal
        self.window_title = WindowTitle(
            on=terminal.title,
            every_s=terminal.title_every_s,
            now=clock.monotonic,
            separator="-" if terminal.plain else "·",
        )
        self._looks = Looks(terminal, self.console.color_system, lambda: self.palette)
        self._frame_lost = False
        self._frames_held = False

    def get_line_filters(self) -> list[LineFilter]:
        found = [*super().get_line_filters()]
        return [*found, self._looks] if self._looks.needed else found

    def end(self) -> None:
        """After the run: the process ends now, even if a thread is still reading. Raises SystemExit after a signal."""
        code = self.return_code or 0
        if isinstance(self._driver, TerminalDriver):
            self._driver.leaving.limit(code)
        if code:
            raise SystemExit(code)

    # Frames.

    def hold_frames(self) -> None:
        """Draw nothing until the terminal has caught up; what changes meanwhile is drawn then, once."""
        if not self._frames_held:
            self._frames_held = True
            self._begin_batch()

    def release_frames(self) -> None:
        """Draw what changed while frames were held."""
        if not self._frames_held:
            return
        self._frames_held = False
        self._end_batch()
        lost, self._frame_lost = self._frame_lost, False
        if self._batch_count == 0 and self._screen_stack:
            if lost:
                self.screen.refresh()
            self.screen.check_idle()

    @property
    def arranged_size(self) -> tuple[int, int] | None:
        """The size that pictures are drawn for now; the terminal's may be another one already."""
        return self.screen._compositor.size if self._screen_stack else None

    def redraw(self) -> None:
        """Draw everything anew: what is on the terminal is unknown."""
        if isinstance(self._driver, TerminalDriver):
            self._driver.redraw()
        if self._screen_stack:
            self.screen.refresh()

    def action_redraw(self) -> None:
        """Draw everything anew, for whoever sees what another program wrote there."""
        self.redraw()

    def _display(self, screen: Screen[Any], renderable: RenderableType | None) -> None:
        if self._frames_held and renderable is not None:
            # A new arrangement is rendered even within a batch, and then dropped by Textual.
            self._frame_lost = True
        super()._display(screen, renderable)

    # Pauses.

    def action_suspend_process(self) -> None:
        """Give the terminal to the shell until it says ``fg``."""
        if isinstance(self._driver, TerminalDriver):
            self._driver.suspend_process()

    def came_back(self, *, stopped: bool) -> None:
        """The terminal is the dashboard's again: what is on it is unknown."""
        with self._context():
            self.redraw()
            self.refresh(layout=True)
            self.woke()
            if not stopped:
                self.say(_("there is no shell to go back to here"))

    def woke(self) -> None:
        """Time has passed unseen (a stop, the machine's sleep, a clock that was set)."""

    def say(self, words: str, style: str = "accent") -> None:
        """Show a remark."""
