"""How much an account may write within a while, so that no network has to say so."""

from __future__ import annotations

from collections import deque
from datetime import datetime, timedelta


class Caps:
    """Remembers each account's writes for as long as they count; times are UTC.

    A service that begins anew begins with none: then the network's own word (429) is what holds it back.
    """

    def __init__(self) -> None:
        self._writes: dict[int, deque[datetime]] = {}

    def note(self, account_id: int, at: datetime) -> None:
        """The account wrote something."""
        self._writes.setdefault(account_id, deque()).append(at)

    def is_full(self, account_id: int, most: tuple[int, int] | None, now: datetime) -> bool:
        """Whether the account wrote *most* already: so many within so many seconds."""
        written = self._writes.get(account_id)
        if most is None or written is None:
            return False
        count, seconds = most
        while written and now - written[0] >= timedelta(seconds=seconds):
            written.popleft()
        return len(written) >= count
