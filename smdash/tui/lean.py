"""Fewer bytes for the same picture: colours are sent only where they change.

Textual ends every stretch of text with a reset and begins the next with its whole style. Over ssh those bytes are
what a person waits for, so they are folded on their way out: a stretch that differs from the last one in its text
colour alone sends that colour alone, and one of blanks sends no text colour at all.
Source: ECMA-48, Select Graphic Rendition.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

_SGR = re.compile("\x1b\\[([0-9;]*)m")
# Cursor moves and modes: they lie between the stretches and don't care for looks.
_MOVES = re.compile("(?:\x1b\\[[0-9;?<=>]*[@-ln-~])+")


class Look(NamedTuple):
    """A style as a terminal knows it; empty texts are the terminal's own."""

    fore: str = ""
    back: str = ""
    marks: frozenset[str] = frozenset()


PLAIN = Look()
# What ends each mark: bold and faint, italic, underline, blink, reverse, strike.
_ENDS = {"1": "22", "2": "22", "3": "23", "4": "24", "5": "25", "7": "27", "9": "29"}


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


def step(old: Look, new: Look) -> str:
    """The shortest sequence from one look to another."""
    if old == new:
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


def fold(data: str) -> str:
    """The same output with the styles folded; it begins and ends with the terminal's own look."""
    if "\x1b[0m" not in data:
        return data
    out: list[str] = []
    active = wanted = PLAIN
    at = 0
    for match in _SGR.finditer(data):
        active = _text(data[at : match.start()], active, wanted, out)
        at = match.end()
        if match[1] in ("", "0"):
            wanted = PLAIN
            continue
        look = parse(match[1])
        if look is None or wanted != PLAIN:
            # Not of the shape that Textual writes: hand everything on as it came.
            return data
        wanted = look
    active = _text(data[at:], active, wanted, out)
    if active != PLAIN:
        out.append("\x1b[0m")
    return "".join(out)


def _text(text: str, active: Look, wanted: Look, out: list[str]) -> Look:
    """Write a stretch in its look; returns the look that is active then."""
    if not text:
        return active
    if wanted == PLAIN and (moves := _MOVES.match(text)):
        out.append(moves[0])
        text = text[moves.end() :]
        if not text:
            return active
    if text.isspace() and "\n" not in text and not (active.marks or wanted.marks) and wanted.back and active.fore:
        # Blanks show their background only.
        wanted = wanted._replace(fore=active.fore)
    out.append(step(active, wanted))
    out.append(text)
    return wanted
