"""Reading the items of a list that a stranger's server sent: what is whole is kept, what is not is counted."""

from __future__ import annotations

from typing import Any

from smdash.core.errors import ErrorKind
from smdash.locale import gettext as _
from smdash.locale import ngettext
from smdash.platforms.problems import problem

# Servers may answer more than was asked for, but reading thousands would hold up every other job.
MOST_ON_A_PAGE = 1_000


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


def refuse_flood(items: list[Any], host: str) -> None:
    """Refuse a page of far more items than were asked for. Raises PlatformError (server)."""
    if len(items) > MOST_ON_A_PAGE:
        sentence = _("{host} sent {count} items on one page; at most {most} are read")
        raise problem(ErrorKind.SERVER, sentence.format(host=host, count=len(items), most=MOST_ON_A_PAGE))


def objects(value: object) -> list[dict[str, Any]]:
    """The objects of a JSON array, whatever else is in it."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def text_of(value: object) -> str:
    return value if isinstance(value, str) else ""
