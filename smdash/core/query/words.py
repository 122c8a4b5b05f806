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
_ASCII_GAP = re.compile("[^a-z0-9]+")
_ASCII_LOWER = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}


def folded(text: str) -> str:
    """The words of a text, each after one space: ``" kak pesanan"``.

    So ``folded("PESAN") in folded(text)`` says whether a word of the text begins with "pesan".
    """
    if text.isascii():
        found = _ASCII_GAP.sub(" ", text.lower())
    else:
        found = "".join(_letter(one) for one in text)
    words = found.split(" ")
    return " " + " ".join(word for word in words if word)


@lru_cache(4096)
def _letter(character: str) -> str:
    """The character as the index holds it, nothing for an accent, a space for what parts words."""
    if "\u0300" <= character <= "\u0331" and unicodedata.category(character) == "Mn":
        return ""
    category = unicodedata.category(character)
    if category[0] not in "LN" and category != "Co":
        return " "
    lower = character.lower()
    lower = lower if len(lower) == 1 else character
    plain = unicodedata.normalize("NFD", lower)[0]
    return plain if plain.isascii() and plain.isalnum() else lower


def is_indexed(text: str) -> bool:
    """Whether the index can find it: there is a letter or digit, and its script puts spaces between words."""
    return folded(text) != " " and not _UNSPACED.search(text)


def is_literal(text: str) -> bool:
    """Whether the text itself must be seen in a row: it has signs, or a script that the index does not part."""
    return not is_indexed(text) or not all(one.isalnum() or one == " " for one in text)


def lowered(text: str) -> str:
    """For comparing as SQLite's LIKE and NOCASE do: only A to Z are folded."""
    return text.translate(_ASCII_LOWER)
