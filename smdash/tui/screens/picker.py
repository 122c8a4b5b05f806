"""A small list over the screen from which one thing is chosen with one key."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, NamedTuple

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import ModalScreen

from smdash.tui.actions import binding
from smdash.tui.cells import fit, width_of
from smdash.tui.host import Hosted
from smdash.tui.widgets.lines import Line, Lines, Piece, spread

# The keys that choose a line at once, in order.
HOT_KEYS = "123456789abcdefgh"
# A picker holds as many lines as it has keys.
MOST_CHOICES = len(HOT_KEYS)


class Choice(NamedTuple):
    """What a line gives, what it says, a figure at its right edge, and a key of its own that chooses it, if any."""

    value: str
    words: str
    figure: str = ""
    key: str = ""


class ChoiceList(Lines, can_focus=True):
    """The lines of the picker."""

    def __init__(self, title: str, choices: list[Choice], at: int) -> None:
        super().__init__()
        self._title = title
        self.choices = choices
        self.at = at
        widest = max((width_of(one.words) + width_of(one.figure) for one in choices), default=10)
        self.styles.width = min(max(widest + 12, width_of(title) + 6), 76)
        # In a narrow terminal its frame is still whole.
        self.styles.max_width = "100%"
        self.styles.height = len(choices) + 2

    @property
    def hot_keys(self) -> list[str]:
        """The key that chooses each line, or a space; what a member moves with chooses none."""
        taken = {key for one in ("list.down", "list.up", "list.open", "back") for key in self.host.keys_of(one)}
        taken |= {one.key for one in self.choices}
        free = (key for key in HOT_KEYS if key not in taken)
        return [one.key or next(free, " ") for one in self.choices]

    def move(self, step: int) -> None:
        """Go up or down, around the ends."""
        self.at = (self.at + step) % len(self.choices)
        self.redraw()

    def make_line(self, y: int) -> Line:
        width, height = self.size
        glyphs = self.host.glyphs
        if y == 0:
            title = fit(self._title, min(width_of(self._title), max(width - 4, 0)))
            return spread(
                [Piece(f"{glyphs.top_left} ", "border_focus"), Piece(title + " ", "bold")],
                width,
                right=[Piece(glyphs.top_right, "border_focus")],
                fill=glyphs.across,
                style="border_focus",
            )
        if y == height - 1:
            inside = glyphs.across * (width - 2)
            return [Piece(f"{glyphs.bottom_left}{inside}{glyphs.bottom_right}", "border_focus")]
        at = y - 1
        choice = self.choices[at]
        row = "cursor" if at == self.at else ""
        hot = self.hot_keys[at]
        # Both whole where the line holds them; else the figure has half of it at most.
        whole = max(width - 8, 0)
        figure = fit(choice.figure, min(width_of(choice.figure), max(whole - width_of(choice.words), whole // 2)))
        room = whole - width_of(figure)
        return [
            Piece(glyphs.down, "border_focus"),
            Piece(f" {hot}  ", "accent", row),
            Piece(fit(choice.words, room) + " ", "base", row),
            Piece(figure + " ", "dim", row),
            Piece(glyphs.down, "border_focus"),
        ]

    def on_click(self, event: events.Click) -> None:
        if 0 < event.y <= len(self.choices):
            self.screen.dismiss(self.choices[event.y - 1].value)


class Picker(Hosted, ModalScreen[str | None], inherit_bindings=False):
    """Numbers and letters choose at once, enter chooses the line, escape nothing.

    ``look`` is called with each value that the cursor comes to.
    """

    # The desk stays in sight, so that a theme is seen on it.
    CSS = "Picker { align: center middle; background: transparent; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        binding("back", "dismiss(None)"),
        binding("list.down", "step(1)"),
        binding("list.up", "step(-1)"),
        binding("list.open", "choose"),
    ]

    def __init__(
        self,
        title: str,
        choices: list[Choice],
        chosen: str | None = None,
        look: Callable[[str], None] | None = None,
    ) -> None:
        super().__init__()
        self._look = look
        at = next((index for index, one in enumerate(choices) if one.value == chosen), 0)
        self.list = ChoiceList(title, choices, at)

    def compose(self) -> ComposeResult:
        yield self.list

    def on_mount(self) -> None:
        self.list.focus()

    def action_step(self, step: int) -> None:
        self.list.move(step)
        if self._look is not None:
            self._look(self.list.choices[self.list.at].value)

    def action_choose(self) -> None:
        self.dismiss(self.list.choices[self.list.at].value)

    def on_key(self, event: events.Key) -> None:
        keys = self.list.hot_keys
        if event.character and event.character in keys and event.character != " ":
            event.stop()
            self.dismiss(self.list.choices[keys.index(event.character)].value)
