"""Reading the items of a list that a stranger's server sent: what is whole is kept, what is not is counted."""

from __future__ import annotations

from typing import Any

from smdash.locale import ngettext


class Malformed(Exception):
    """An item lacks what a mention needs; the text is the field's name."""


class Skipped:
    """Counts items that were left out, by the field that was wrong."""

    def __init__(self) -> None:
        self._fields: dict[str, int] = {}

    def add(self, field: str) -> None:
        self._fields[field] = self._fields.get(field, 0) + 1

    def notice(self) -> str | None:
        """One sentence for the health row, or nothing."""
        if not self._fields:
            return None
        count = sum(self._fields.values())
        return ngettext(
            "{count} item was skipped: {fields} missing or malformed",
            "{count} items were skipped: {fields} missing or malformed",
            count,
        ).format(count=count, fields=", ".join(sorted(self._fields)))


def objects(value: object) -> list[dict[str, Any]]:
    """The objects of a JSON array, whatever else is in it."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def text_of(value: object) -> str:
    return value if isinstance(value, str) else ""
