"""Words as the full-text index sees them: runs of letters and digits, case and accents folded.

Written after what FTS5's tokenizer ``unicode61 remove_diacritics 2`` does (sqlite.org/fts5.html, section 4.3.1), so
that a rule decides about an arriving mention as a search finds it later; a test compares the two over all characters.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

# Thai, Lao, Burmese, Khmer, kana and Han put no spaces between words: the index holds whole runs of them as one word.
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")
# The tokenizer's tables are of Unicode 6.1: what was not assigned then, newer emoji above all, it takes for letters.
_NEWER = re.compile(
    "[\u20ba-\u20c0\u23f4-\u23ff\u2b4d-\u2b4f\u2b5a-\u2b73\u2b76-\u2b95\u2b97-\u2bff\u2e3c-\u2e5d\U0001f02c-\U0001f02f"
    "\U0001f094-\U0001f09f\U0001f0af-\U0001f0b0\U0001f0bf-\U0001f0c0\U0001f0d0\U0001f0e0-\U0001f10f\U0001f12f"
    "\U0001f16c-\U0001f16f\U0001f19b-\U0001f1e5\U0001f203-\U0001f20f\U0001f23b-\U0001f23f\U0001f249-\U0001f24f"
    "\U0001f252-\U0001f2ff\U0001f321-\U0001f32f\U0001f336\U0001f37d-\U0001f37f\U0001f394-\U0001f39f\U0001f3c5"
    "\U0001f3cb-\U0001f3df\U0001f3f1-\U0001f3ff\U0001f43f\U0001f441\U0001f4f8\U0001f4fd-\U0001f4ff"
    "\U0001f53e-\U0001f53f\U0001f544-\U0001f54f\U0001f568-\U0001f5fa\U0001f641-\U0001f644\U0001f650-\U0001f67f"
    "\U0001f6c6-\U0001f6ff\U0001f774-\U0001fbff]"
)
# The accents that a letter may lose.
_ACCENTS = frozenset(
    "\u0300\u0301\u0302\u0303\u0304\u0306\u0307\u0308\u0309\u030a\u030b\u030c\u030f\u0311\u031b\u0323\u0324\u0325\u0326"
    "\u0327\u0328\u032d\u032e\u0330\u0331"
)
_ASCII_GAP = re.compile("[^a-z0-9]+")
_ASCII_LOWER = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}


@lru_cache(64)  # a team's rules ask for the same few texts again and again
def folded(text: str) -> str:
    """The words of a text, each after one space: ``" kak pesanan"``.

    So ``folded("PESAN") in folded(text)`` says whether a word of the text begins with "pesan".
    """
    found = _ASCII_GAP.sub(" ", text.lower()) if text.isascii() else "".join(map(_letter, text))
    words = found.split(" ")
    return " " + " ".join(word for word in words if word)


@lru_cache(4096)
def _letter(character: str) -> str:
    """The character as the index holds it, nothing for an accent, a space for what parts words."""
    if character in _ACCENTS:
        return ""
    category = unicodedata.category(character)
    if _NEWER.match(character):
        return character
    if category[0] not in "LN" and category != "Co":
        return " "
    small = character.casefold()
    lower = small if len(small) == 1 else character.lower()[0]
    plain = unicodedata.normalize("NFD", lower)[0]
    return plain if plain.isascii() and plain.isalnum() else lower


def is_indexed(text: str) -> bool:
    """Whether the index can find it: there is a letter or digit, and its script puts spaces between words."""
    return any(one.isalnum() for one in text) and folded(text) != " " and not _UNSPACED.search(text)


def is_literal(text: str) -> bool:
    """Whether the text itself must be seen in a row: it has signs, or a script that the index does not part."""
    return not is_indexed(text) or not all(one.isalnum() or one == " " for one in text)


def lowered(text: str) -> str:
    """For comparing as SQLite's LIKE and NOCASE do: only A to Z are folded."""
    return text.translate(_ASCII_LOWER)
