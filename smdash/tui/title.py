"""The terminal window's title: how many mentions are open and overdue, seen while another window is in front.

Sources: ECMA-48 (OSC), xterm's control sequences (OSC 2; CSI 22 t and 23 t put the old title aside and back).
"""

from __future__ import annotations

from collections.abc import Callable

from smdash.core import formats
from smdash.locale import gettext as _
from smdash.tui.cells import literal

PUT_ASIDE = "\x1b[22;0t"
PUT_BACK = "\x1b[23;0t"


class WindowTitle:
    """Writes the title when the counts change, at most once in ``every_s``; switched off it writes nothing."""

    def __init__(self, *, on: bool, every_s: float, now: Callable[[], float], separator: str = "·") -> None:
        self._on = on
        self._every_s = every_s
        self._now = now
        self._separator = separator
        self._words = "smdash"
        self._counted = False
        self._shown = ""
        self._shown_at = float("-inf")
        self._write: Callable[[str], None] | None = None

    def open(self, write: Callable[[str], None]) -> None:
        """The dashboard has the terminal (again)."""
        if self._on:
            self._write = write
            write(PUT_ASIDE)
            self._shown = ""
            self._shown_at = float("-inf")
            self._send()

    def close(self) -> None:
        """The terminal goes back to the shell."""
        if self._write is not None:
            self._write(PUT_BACK)
            self._write = None

    def counts(self, open_count: int, overdue: int) -> None:
        """Take the counts; what comes too soon is shown with the next ones, or by ``catch_up``."""
        words = ["smdash", _("{n} open").format(n=formats.number(open_count))]
        if overdue:
            words.append(_("{n} overdue").format(n=formats.number(overdue)))
        self._words = literal(f" {self._separator} ".join(words))
        self._counted = True
        self.catch_up()

    def catch_up(self) -> None:
        """Show counts that came too soon after the last ones."""
        if self._write is not None and self._now() - self._shown_at >= self._every_s:
            self._send()

    def _send(self) -> None:
        if self._write is None or self._words == self._shown:
            return
        self._write(f"\x1b]2;{self._words}\x07")
        self._shown = self._words
        if self._counted:
            # The first counts follow the bare name at once.
            self._shown_at = self._now()
