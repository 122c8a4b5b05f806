"""Whether two texts are the same to X, which shows them otherwise than they were sent."""

from __future__ import annotations

import re

from smdash.core.text import clean, one_line

_SCHEME = re.compile(r"\bhttps?://(?:www\.)?", re.IGNORECASE)
_SLASH = re.compile(r"/(?=\s|$)")
# Whom an answer is for, which X puts before it.
_NAMES = re.compile(r"^(?:@\w{1,50}\s+)+")


def folded(text: str) -> str:
    """As it can be compared: an address without its scheme, which X adds, and blanks as they may be."""
    return one_line(_SLASH.sub("", _SCHEME.sub("", clean(text))))


def is_same(shown: str, sent: str, *, answer: bool = False) -> bool:
    """Whether X may have made *shown* of *sent*; an *answer* may begin with the names of those whom it is for."""
    one, other = folded(shown), folded(sent)
    return one == other or (answer and _NAMES.sub("", one) == _NAMES.sub("", other))
