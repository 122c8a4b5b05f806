"""What may stand at the cursor of a query that is being typed."""

from __future__ import annotations

from smdash.core.query.reading import FIELDS, IS, KINDS, Names, platforms
from smdash.core.query.terms import PRIORITY_WORDS
from smdash.core.query.words import lowered

# More than these fit under no input.
MOST = 20


def complete(text: str, cursor: int, names: Names) -> list[str]:
    """The fields or values that go on from the word at the cursor, best first; each replaces that whole word.

    The word is what ``word_at`` names. Nothing is offered where nothing was begun, or inside quotes.
    """
    word = text[word_at(text, cursor) : cursor]
    sign = "-" if word.startswith("-") else ""
    field, colon, typed = word.removeprefix("-").partition(":")
    if not colon:
        begun = lowered(field)
        return [f"{sign}{name}:" for name in FIELDS if begun and name.startswith(begun)]
    field = lowered(field)
    if field not in FIELDS or '"' in typed:
        return []
    *before, last = typed.split(",")
    head = f"{sign}{field}:" + "".join(f"{one}," for one in before)
    begun = lowered(last.removeprefix("@"))
    taken = set(map(lowered, before))
    known = [one for one in values(field, names) if lowered(one).startswith(begun) and lowered(one) not in taken]
    return [head + (f'"{one}"' if " " in one or "," in one else one) for one in known[:MOST]]


def word_at(text: str, cursor: int) -> int:
    """Where the word begins that ends at the cursor (characters)."""
    began = cursor
    while began and not text[began - 1].isspace():
        began -= 1
    return began


def values(field: str, names: Names) -> list[str]:
    """The values that a field knows."""
    return list(
        {
            "is": IS,
            "kind": KINDS,
            "platform": platforms(names),
            "account": names.accounts,
            "label": names.labels,
            "assignee": ("me", "none", *names.logins),
            "from": names.handles,
            "priority": (*PRIORITY_WORDS, ">=1"),
            "before": ("1h", "1d", "2d", "1w"),
            "after": ("1h", "1d", "2d", "1w"),
            "followers": (">=1000", ">=10000"),
        }.get(field, ())
    )
