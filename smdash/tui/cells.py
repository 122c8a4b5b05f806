"""Text in cells: cutting and padding at cell borders, bars in eighths, and the glyphs of both looks."""

from __future__ import annotations

import re
from dataclasses import dataclass

from rich.cells import cell_len, set_cell_size

from smdash.core.text import one_line
from smdash.locale import gettext as _

# The second wall: whatever slipped past ``core.text.clean`` (rows of another program) never reaches the terminal.
CONTROL = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff"
    "\U000e0000-\U000e0fff]"
)


# Terminals disagree on the width of these (joined emoji, presentation selectors, skin tones, keycaps); without them
# columns stay straight everywhere.
UNSTEADY = re.compile("[\u200c\u200d\u20e3\ufe00-\ufe0f\U0001f3fb-\U0001f3ff]")

# What is drawn as a picture two cells wide, and symbols that the selector after them makes one. Source: Unicode's
# emoji-data, Emoji_Presentation.
_EMOJI = re.compile(
    " ?(?:[\u00a9\u00ae\u203c-\u3299]\ufe0f|[\u231a\u231b\u23e9-\u23ec\u23f0\u23f3\u25fd\u25fe\u2614\u2615\u2648-\u2653"
    "\u267f\u2693\u26a1\u26aa\u26ab\u26bd\u26be\u26c4\u26c5\u26ce\u26d4\u26ea\u26f2\u26f3\u26f5\u26fa\u26fd\u2705\u270a\u270b"
    "\u2728\u274c\u274e\u2753-\u2755\u2757\u2795-\u2797\u27b0\u27bf\u2b1b\u2b1c\u2b50\u2b55\U0001f000-\U0001faff])"
    "[\u200d\u20e3\ufe0f\U0001f3fb-\U0001f3ff]*"
)
_keeps_emoji = True


def keep_emoji(keep: bool) -> None:
    """Whether people's emoji are drawn; without them columns are straight on any terminal."""
    global _keeps_emoji
    _keeps_emoji = keep


def steady(text: str) -> str:
    """The text without what terminals draw at widths of their own, and without emoji where they are not wanted."""
    if not _keeps_emoji:
        text = _EMOJI.sub("", text) or (_("(emoji)") if text else "")
    return UNSTEADY.sub("", text)


# No row of a terminal shows more characters; a long text must not be looked through for every row that is drawn.
_MOST_SHOWN = 4_000
# Characters to a cell: a letter with eight marks and some to spare.
_MOST_TO_A_CELL = 10


def literal(text: str) -> str:
    """The text on one line without anything that a terminal would obey, or would draw at a width of its own."""
    text = text[:_MOST_SHOWN]
    if text.isascii() and text.isprintable():
        return text
    return steady(CONTROL.sub("", one_line(text)))


def fit(text: str, width: int, *, right: bool = False) -> str:
    """Exactly *width* cells of the text: padded, or cut with ``…`` at a cell border."""
    if width <= 0:
        return ""
    text = text[: _MOST_TO_A_CELL * (width + 1)]
    size = len(text) if text.isascii() else cell_len(text)
    if size > width:
        if width == 1:
            return "…"
        return set_cell_size(text, width - 1) + "…" if not text.isascii() else text[: width - 1] + "…"
    padding = " " * (width - size)
    return padding + text if right else text + padding


def width_of(text: str) -> int:
    """The text's width in cells."""
    return len(text) if text.isascii() else cell_len(text)


@dataclass(frozen=True, slots=True)
class Glyphs:
    """What is drawn beside text; ``ASCII`` is the look of ``plain = true``."""

    top_left: str
    top_right: str
    bottom_left: str
    bottom_right: str
    across: str
    down: str
    thumb: str
    cursor: str
    marked: str
    running: str
    sent: str
    scheduled: str
    late: str
    unknown: str
    held: str
    sending: str
    draft: str
    star: str
    soon: str
    good: str
    waiting: str
    failing: str
    full: str
    empty: str
    tick: str
    eighths: str
    minus: str
    urgent: str
    very_urgent: str


UNICODE = Glyphs(*(*"╭╮╰╯─│┃▸■▶✓·!?‖↑✎★▲●○✗█░│", "▏▎▍▌▋▊▉", "−", "›", "»"))
ASCII = Glyphs(*(*"++++-|#>*>v.!?=^~*^o.x#.|", "", "-", "u", "U"))


def bar(fraction: float, width: int, glyphs: Glyphs, tick: float | None = None) -> tuple[str, str]:
    """A bar of *width* cells as its done and its open part; a tick marks the pace.

    The done part grows in eighths of a cell where the glyphs have them.
    """
    fraction = min(max(fraction, 0.0), 1.0)
    steps = round(fraction * width * 8)
    cells, rest = divmod(steps, 8)
    done = glyphs.full * cells
    if rest and glyphs.eighths and cells < width:
        done += glyphs.eighths[rest - 1]
    open_part = glyphs.empty * (width - len(done))
    if tick is not None and width:
        place = min(int(min(max(tick, 0.0), 1.0) * width), width - 1)
        if place >= len(done):
            inside = place - len(done)
            open_part = open_part[:inside] + glyphs.tick + open_part[inside + 1 :]
    return done, open_part
