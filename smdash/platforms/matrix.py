"""What each network's adapter does, as README shows it: generated, so that it can't say what is not so.

``python -m smdash.platforms.matrix README.md`` puts our own networks' table between its marks.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import fields
from pathlib import Path

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


def put_between_marks(text: str, table: str) -> str:
    """The text with *table* between the marks. Raises ValueError where it has no marks."""
    if between_marks(text) is None:
        raise ValueError("no marks")
    before, begin, rest = text.partition(BEGINS + "\n")
    return before + begin + table + ENDS + rest.partition(ENDS)[2]


def main(arguments: list[str]) -> int:
    """Bring the table of a file up to the registry; the status is 0 where that was done."""
    from smdash.platforms.built_in import PLATFORMS

    if len(arguments) != 1:
        sys.stderr.write("usage: python -m smdash.platforms.matrix README.md\n")
        return 2
    file = Path(arguments[0])
    text = file.read_text(encoding="utf-8")
    if between_marks(text) is None:
        sys.stderr.write(f"{file} has no line: {BEGINS}\n")
        return 1
    table = markdown(one for one in PLATFORMS if not one.hidden)
    file.write_text(put_between_marks(text, table), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
