"""Looks as a terminal knows them, and the shortest way from one to another.

Textual ends every stretch of text with a reset and begins the next with its whole style. Over ssh those bytes are
what a person waits for, so a stretch that differs from the last one in its text colour alone sends that colour alone.
Source: ECMA-48, Select Graphic Rendition.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple


class Look(NamedTuple):
    """A style as a terminal knows it; empty texts are the terminal's own. ``link`` is an OSC 8 address."""

    fore: str = ""
    back: str = ""
    marks: frozenset[str] = frozenset()
    link: str = ""


PLAIN = Look()
# What ends each mark: bold and faint, italic, underline, blink, reverse, strike.
_ENDS = {"1": "22", "2": "22", "3": "23", "4": "24", "5": "25", "7": "27", "9": "29"}
# The marks that can be seen on a blank: underline, reverse, strike.
_SEEN_ON_BLANKS = frozenset({"4", "7", "9"})


@lru_cache(2048)
def parse(parameters: str) -> Look | None:
    """The look that these parameters give after a reset, or nothing where they hold more than looks."""
    fore = back = ""
    marks: set[str] = set()
    rest = iter(parameters.split(";"))
    for part in rest:
        if part in ("38", "48"):
            kind = next(rest, "")
            count = {"2": 3, "5": 1}.get(kind)
            if count is None:
                return None
            value = ";".join([part, kind, *(next(rest, "") for _component in range(count))])
            if part == "38":
                fore = value
            else:
                back = value
        elif not part.isdigit() or part == "0":
            return None
        elif 30 <= int(part) <= 39 or 90 <= int(part) <= 97:
            fore = part
        elif 40 <= int(part) <= 49 or 100 <= int(part) <= 107:
            back = part
        else:
            marks.add(part)
    return Look(fore, back, frozenset(marks))


@lru_cache(2048)
def linked(look: Look, link: str) -> Look:
    """The same look, leading somewhere."""
    return look._replace(link=link)


@lru_cache(2048)
def on_blanks(look: Look) -> Look:
    """What can be seen of a look on blanks: two that differ in nothing else are the same there."""
    if look.link or look.marks & _SEEN_ON_BLANKS:
        return look
    return Look("", look.back)


@lru_cache(4096)
def step(old: Look, new: Look) -> str:
    """The shortest sequence from one look to another, links apart."""
    if old[:3] == new[:3]:
        return ""
    ended = {_ENDS.get(mark, "0") for mark in old.marks - new.marks}
    if "0" in ended or (old.fore and not new.fore) or (old.back and not new.back):
        parts = ["0", *sorted(new.marks), *([new.fore] if new.fore else []), *([new.back] if new.back else [])]
    else:
        # Ending bold ends faint too, so what is to stay is said again after it.
        parts = [*sorted(ended), *sorted(new.marks if ended else new.marks - old.marks)]
        if new.fore != old.fore:
            parts.append(new.fore)
        if new.back != old.back:
            parts.append(new.back)
    return f"\x1b[{';'.join(parts)}m"
