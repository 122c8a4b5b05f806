"""What the member has done on the screen and the file doesn't know yet, or whose news hasn't been read yet."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import Any

from smdash.core.records import Mention
from smdash.tui.widgets.rows import Item

# How a row looks after a step: a value for a field, or what makes one of the row.
Look = Mapping[str, Any | Callable[[Mention], Any]]


class Pending:
    """Rows that left, came back or changed before the file said so."""

    def __init__(self) -> None:
        # Rows that the member has just taken off the list: gone from the screen before the file knows.
        self.leaving: set[int] = set()
        # Rows that an undo has just put back on the screen, likewise.
        self.returning: dict[Hashable, Item] = {}
        # Rows that look otherwise by now, and how.
        self._looks: dict[Hashable, list[Look]] = {}
        # Those of all three that are written: the next read that begins will know of them.
        self._settled: set[Hashable] = set()

    @property
    def settled(self) -> frozenset[Hashable]:
        return frozenset(self._settled)

    def leave(self, ids: set[int]) -> None:
        """These go off the list."""
        self.leaving |= ids
        self._settled -= ids
        # One that an undo has just put back is done again.
        self.returning = {key: item for key, item in self.returning.items() if key not in ids}

    def come_back(self, left: Iterable[Item]) -> None:
        """These are on it again."""
        items = {item.key: item for item in left}
        self.leaving.difference_update(key for key in items if isinstance(key, int))
        self.returning |= items
        self._settled.difference_update(items)

    def alter(self, ids: Iterable[int], look: Look) -> None:
        """These look otherwise from now on."""
        for one in ids:
            self._looks.setdefault(one, []).append(look)
            self._settled.discard(one)

    def look(self, row: Mention) -> Mention:
        """The row as the member has left it."""
        for look in self._looks.get(row.id, ()):
            row = row._replace(**{name: value(row) if callable(value) else value for name, value in look.items()})
        return row

    def written(self, keys: Iterable[Hashable]) -> None:
        """The file knows of the last step with these."""
        self._settled.update(keys)

    def settle(self, keys: frozenset[Hashable]) -> None:
        """What is read of these is the truth again."""
        self.leaving -= keys
        self._settled -= keys
        self.returning = {key: item for key, item in self.returning.items() if key not in keys}
        self._looks = {key: looks for key, looks in self._looks.items() if key not in keys}

    def absent(self, items: Sequence[Item]) -> list[Item]:
        """Rows that an undo put back and that these don't hold yet."""
        if not self.returning:
            return []
        known = {item.key for item in items}
        return [item for key, item in self.returning.items() if key not in known]
