"""How often other people's changes are drawn: at once, or on a slow line once in a while and then all together."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class Pace:
    """Gathers topics and hands them on at most once in ``gap_s``."""

    def __init__(self, gap_s: float, reload: Callable[[frozenset[str]], None]) -> None:
        self._gap_s = gap_s
        self._reload = reload
        self._waiting: frozenset[str] = frozenset()
        self._last = float("-inf")
        self._handle: asyncio.TimerHandle | None = None

    def moved(self, topics: frozenset[str]) -> None:
        """These topics moved."""
        self._waiting |= topics
        if self._handle is not None:
            return
        loop = asyncio.get_running_loop()
        left = self._last + self._gap_s - loop.time()
        if left <= 0:
            self._go()
        else:
            self._handle = loop.call_later(left, self._go)

    def _go(self) -> None:
        self._handle = None
        self._last = asyncio.get_running_loop().time()
        topics, self._waiting = self._waiting, frozenset()
        self._reload(topics)

    def stop(self) -> None:
        """Hand on nothing more."""
        if self._handle is not None:
            self._handle.cancel()
