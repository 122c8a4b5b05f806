"""A thread in one text: a line of three hyphens alone parts what goes out as several posts, each below the one before.

So the text of each account, the files of the plan and ``$EDITOR`` carry threads without a word about them.
"""

from __future__ import annotations

import re

from smdash.core import limits

SEPARATOR = "---"
_LINE = re.compile(r"^[ \t]*---[ \t]*$", re.MULTILINE)
# The number that a delivery of the first comment has; the parts of a thread count from 1.
FIRST_COMMENT = 0


def parts(text: str) -> list[str]:
    """The posts that a text holds, at least one; what is empty between two separators is none."""
    found = [one.strip() for one in _LINE.split(text)]
    return [one for one in found if one] or [""]


def joined(texts: list[str]) -> str:
    """One text that ``parts`` takes apart again."""
    return f"\n{SEPARATOR}\n".join(texts)


def pieces(platform: str, text: str, first_comment: str | None) -> list[tuple[int, str]]:
    """What goes out to an account of this network, in this order: (number, text) of each post and of the comment.

    Where the network has no threads the text is one post, whatever is in it.
    """
    found = parts(text) if limits.threads(platform) else [text]
    comment = [(FIRST_COMMENT, first_comment)] if first_comment and limits.first_comment(platform) else []
    return [*enumerate(found, start=1), *comment]


def piece(platform: str, text: str, first_comment: str | None, number: int) -> str:
    """One of ``pieces``; empty where there is none of that number."""
    return dict(pieces(platform, text, first_comment)).get(number, "")
