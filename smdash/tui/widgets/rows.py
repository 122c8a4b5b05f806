"""What a pane shows: rows with keys, as a stretch of a list that may be much longer."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any, NamedTuple


class Item(NamedTuple):
    """A row; one without a key is a rule or a heading, which the cursor passes over."""

    key: Hashable | None
    data: Any


class Rows(NamedTuple):
    """Items *start* and following of a list of *total*.

    ``gone_at`` is where the row under the cursor was, when it is not among them any more.
    """

    start: int
    total: int
    items: Sequence[Item]
    gone_at: int | None = None
