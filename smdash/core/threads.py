"""A thread in one text: a line of three hyphens alone parts what goes out as several posts, each below the one before.

So the text of each account, the files of the plan and ``$EDITOR`` carry threads without a word about them.
"""

from __future__ import annotations

import re

SEPARATOR = "---"
_LINE = re.compile(r"^[ \t]*---[ \t]*$", re.MULTILINE)
# The number that a delivery of the first comment has; the parts of a thread count from 1.
FIRST_COMMENT = 0


def parts(text: str) -> list[str]:
    """The posts that a text holds, at least one; what is empty between two separators is none."""
    found = [one.strip() for one in _LINE.split(text)]
    return [one for one in found if one] or [""]


def part(text: str, number: int) -> str:
    """The *number*th post of a text, from 1; empty where there are not so many."""
    found = parts(text)
    return found[number - 1] if 1 <= number <= len(found) else ""


def joined(texts: list[str]) -> str:
    """One text that ``parts`` takes apart again."""
    return f"\n{SEPARATOR}\n".join(texts)
