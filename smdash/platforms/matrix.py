"""What each network's adapter does, as README shows it: generated, so that it can't say what is not so."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields

from smdash.platforms.base import Abilities, Platform

ABILITIES = tuple(one.name for one in fields(Abilities))
# README holds the table between these lines.
BEGINS, ENDS = "<!-- networks: smdash platform list --markdown -->", "<!-- networks end -->"


def markdown(platforms: Iterable[Platform]) -> str:
    """The table in Markdown, in English, with a line end after each row."""
    lines = [("network", *ABILITIES, "status"), ("---", *(":-:" for _ability in ABILITIES), "---")]
    for one in platforms:
        able = ("✓" if getattr(one.abilities, name) else "·" for name in ABILITIES)
        status = one.status.replace("_", " ")
        lines.append((one.name, *able, f"{status} {one.retired_on}" if one.retired_on else status))
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def between_marks(text: str) -> str | None:
    """The table that a text holds between the two marks, or nothing where it has no marks."""
    _before, begin, rest = text.partition(BEGINS + "\n")
    table, end, _after = rest.partition(ENDS)
    return table if begin and end else None
