"""Texts whose width terminals disagree on, found so that their columns can be kept straight.

Emoji, Devanagari, Arabic and the like are one, two or no cells wide depending on the terminal and its version. What
stands to their right (a holder, the right border) is then drawn too early or too late. So such a word is drawn as one
piece: the cells that it should take are blanked first, and an absolute column follows it.
"""

from __future__ import annotations

import re
from functools import lru_cache

from rich.cells import cell_len

# Scripts with joined or stacked letters, presentation selectors, symbols that may be drawn as emoji, emoji; and what
# Unicode's East Asian Width calls ambiguous, which some terminals draw two cells wide, but for the marks that smdash
# draws itself and the punctuation of its own sentences. Source: UAX 11.
DOUBTFUL = re.compile(
    "[\u00a1\u00a4\u00a7\u00a8\u00aa\u00ae\u00b0-\u00b4\u00b6\u00b8-\u00ba\u00bc-\u00bf\u00d7\u00f7"
    "\u0300-\u036f\u0391-\u03c9\u0401-\u0451\u0483-\u0489\u0590-\u10ff\u135d-\u135f\u1700-\u1dff\u200b-\u200f\u2016"
    "\u2020-\u2022\u2030-\u203e\u2074-\u208e\u20d0-\u20ff\u2103-\u214f\u2150-\u2211\u2213-\u23ff\u2460-\u24ff"
    "\u2592-\u2595\u25a1-\u25cb\u25ce-\u25ff"
    "\u2600-\u27bf\u2b00-\u2bff\u302a-\u302f\u3099-\u309a\ua66f-\ua6ff\ua800-\uabff\ue000-\uf8ff\ufb1d-\ufdff"
    "\ufe00-\ufe2f\ufe70-\ufeff\ufffd\uffa0\U00010a00-\U00011fff\U0001e000-\U0001efff\U0001f000-\U0001fbff]"
)
# The marks that smdash draws itself.
_OURS = frozenset("✓✎✗★↑↓←→‖▸▶▲▼■○●•")
_WORD = re.compile(" ?[^ ]+")


@lru_cache(4096)
def pieces(text: str) -> tuple[tuple[str, int], ...]:
    """The text as stretches with their widths in cells; a width below zero says that terminals disagree on it."""
    if not is_doubtful(text):
        return ((text, cell_len(text)),)
    found: list[tuple[str, int]] = []
    start = 0
    for match in _WORD.finditer(text):
        word = match[0]
        if not is_doubtful(word):
            continue
        if word[0] == " " and cell_len(word[1]):
            # The blank before a word belongs to it only where a mark stands on it.
            word = word[1:]
        at = match.end() - len(word)
        if at > start:
            found.append((text[start:at], cell_len(text[start:at])))
        found.append((word, -cell_len(word)))
        start = match.end()
    if start < len(text):
        found.append((text[start:], cell_len(text[start:])))
    return tuple(found)


def is_doubtful(text: str) -> bool:
    """Whether terminals disagree on how wide this is."""
    return not text.isascii() and any(letter not in _OURS for letter in DOUBTFUL.findall(text))
