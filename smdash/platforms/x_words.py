"""Whether two texts are the same to X, which shows them otherwise than they were sent."""

from __future__ import annotations

import re

from smdash.core.text import clean, one_line

_SCHEME = re.compile(r"\bhttps?://(?:www\.)?", re.IGNORECASE)
_SLASH = re.compile(r"/(?=\s|$)")
# One of those whom an answer is for, whom X puts before it.
_NAME = re.compile(r"@\w{1,50}(?:\s+|$)")
_MOST_NAMES = 50


def folded(text: str) -> str:
    """As it can be compared: an address without its scheme, which X adds, and blanks as they may be."""
    return one_line(_SLASH.sub("", _SCHEME.sub("", clean(text))))


def is_same(shown: str, sent: str, *, answer: bool = False) -> bool:
    """Whether X may have made *shown* of *sent*; an *answer* may begin with the names of those whom it is for."""
    one, other = folded(shown), folded(sent)
    for _name in range(_MOST_NAMES if answer else 0):
        named = _NAME.match(one)
        if one == other or named is None:
            break
        one = one[named.end() :]
    return one == other
