"""One line that is asked for: words above it say what is expected, what it would mean, or what is wrong with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import ModalScreen
from textual.widgets import Input

from smdash.core.errors import InputError
from smdash.tui.cells import literal
from smdash.tui.host import Hosted
from smdash.tui.widgets.lines import Line, Lines, Piece, spread


class Words(Lines):
    """The line above the input."""

    DEFAULT_CSS = "Words { height: 1; }"

    def __init__(self, piece: Piece) -> None:
        super().__init__()
        self.piece = piece

    def say(self, piece: Piece) -> None:
        """Say something else."""
        self.piece = piece
        self.redraw()

    def make_line(self, y: int) -> Line:
        return spread([Piece(" "), self.piece._replace(text=literal(self.piece.text))], self.size.width)


class Ask(Hosted, ModalScreen[str | None], inherit_bindings=False):
    """Enter takes what was typed if ``check`` does, escape takes nothing.

    ``check`` says what the text would mean, and raises InputError for one that can't be taken. Nothing typed is nothing
    taken, unless ``empties``: then it is an empty text.
    """

    CSS = """
    Ask { background: transparent; align: left bottom; }
    Ask Input { height: 1; padding: 0 1; border: none; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [("escape", "dismiss(None)", "")]

    def __init__(
        self, asked: str, check: Callable[[str], str], *, value: str = "", hint: str = "", empties: bool = False
    ) -> None:
        super().__init__()
        self._asked = asked
        self._check = check
        self._empties = empties
        self.words = Words(Piece(asked, "bold"))
        self.input = Input(value, placeholder=hint, compact=True)

    def compose(self) -> ComposeResult:
        yield self.words
        yield self.input

    def on_mount(self) -> None:
        self.input.focus()

    def on_key(self, event: events.Key) -> None:
        # What was typed while this was on its way is text of the line already.
        if event.character and event.is_printable and not self.input.has_focus:
            event.stop()
            self.input.value += event.character
            self.input.cursor_position = len(self.input.value)

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        text = event.value.strip()
        if not text:
            self.words.say(Piece(self._asked, "bold"))
            return
        try:
            self.words.say(Piece(self._check(text) or self._asked, "accent"))
        except InputError:
            # Half a word is no mistake yet; enter says what is wrong.
            self.words.say(Piece(self._asked, "bold"))

    @on(Input.Submitted)
    def _taken(self, event: Input.Submitted) -> None:
        text = event.value.strip()
        try:
            if text:
                self._check(text)
        except InputError as problem:
            self.words.say(Piece(str(problem), "error"))
            return
        self.dismiss(text if text or self._empties else None)
