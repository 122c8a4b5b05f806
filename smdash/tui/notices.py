"""The bell and the terminal's own notice, for what ``core.attention`` finds worth one.

Sources: ECMA-48 (BEL); OSC 9 as iTerm2 documents it ("proprietary escape codes"), which other terminals took over.
Inside tmux only the bell gets through, which tmux passes on to the window's flag.
"""

from __future__ import annotations

import os
from collections.abc import Callable

from smdash.core.attention import Reason
from smdash.locale import gettext as _
from smdash.tui.cells import literal

BELL = "\x07"


def words(reasons: list[Reason]) -> str:
    """What happened, in a few words."""
    said = {
        Reason.MINE: _("a mention is yours"),
        Reason.URGENT: _("something urgent"),
        Reason.SPIKE: _("far more than usual comes in"),
    }
    return ", ".join(said[one] for one in reasons)


def send(write: Callable[[str], None], reasons: list[Reason], *, bell: bool, notice: bool) -> None:
    """Ring, and have the terminal show a notice where it can."""
    if notice and not os.environ.get("TMUX"):
        # Never a digit first: there the sequence means something else (ConEmu).
        write(f"\x1b]9;smdash: {literal(words(reasons))}{BELL}")
    if bell:
        write(BELL)
