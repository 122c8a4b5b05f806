"""Straight columns on every terminal: after text whose width terminals disagree on, the cursor is put where it belongs.

Emoji, Devanagari, Arabic and the like are one, two or no cells wide depending on the terminal and its version. What
stands to their right (a holder, the right border) is then drawn too early or too late. So such a text is preceded by
an erase of the cells it should take, and followed by an absolute column. Sources: ECMA-48, CUP, CHA and ECH.
"""

from __future__ import annotations

import re

from rich.cells import cell_len

# Scripts with joined or stacked letters, presentation selectors, symbols that may be drawn as emoji, emoji.
DOUBTFUL = re.compile(
    "[\u0300-\u036f\u0483-\u0489\u0590-\u10ff\u135d-\u135f\u1700-\u1dff\u200b-\u200f\u20d0-\u20ff\u231a-\u23ff"
    "\u2600-\u27bf\u2b00-\u2bff\u302a-\u302f\u3099-\u309a\ua66f-\ua6ff\ua800-\uabff\ufb1d-\ufdff\ufe00-\ufe2f"
    "\ufe70-\ufeff\uffa0\U00010a00-\U00011fff\U0001e000-\U0001efff\U0001f000-\U0001fbff]"
)
# The marks that smdash draws itself, which are one cell everywhere.
_OURS = frozenset("✓✎✗★")
_TOKEN = re.compile("\x1b\\[[0-9;?]*[A-Za-z]|\x1b\\][^\x07\x1b]*(?:\x07|\x1b\\\\)|[\r\n]")
_PLACE = re.compile("\x1b\\[(\\d+);(\\d+)H")


def align(data: str) -> str:
    """The same output with the cursor's column said again after each text of doubtful width."""
    if data.isascii() or not DOUBTFUL.search(data):
        return data
    out: list[str] = []
    column: int | None = None
    at = 0
    for match in _TOKEN.finditer(data):
        column = _text(data[at : match.start()], column, out)
        at = match.end()
        found = match[0]
        out.append(found)
        if place := _PLACE.fullmatch(found):
            column = int(place[2])
        elif found in "\r\n":
            column = 1
        elif found[-1] not in "mhl\x07\\":
            # Moved in some other way: nothing is known until the next absolute place.
            column = None
    _text(data[at:], column, out)
    return "".join(out)


def _text(text: str, column: int | None, out: list[str]) -> int | None:
    """Write a stretch without sequences; returns the column after it."""
    if not text or column is None:
        out.append(text)
        return column
    size = cell_len(text)
    doubtful = not text.isascii() and any(letter not in _OURS for letter in DOUBTFUL.findall(text))
    if doubtful and size:
        out.append(f"\x1b[{size}X{text}\x1b[{column + size}G")
    else:
        out.append(text)
    return column + size
