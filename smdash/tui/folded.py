"""Work that is asked for again while it is under way: one at a time, and all that was asked meanwhile is one more."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any


class Folded:
    """``spawn`` runs a coroutine beside the event handlers, as ``Guarded.spawn`` does; ``work`` does it once."""

    def __init__(
        self,
        spawn: Callable[[Coroutine[Any, Any, Any]], asyncio.Task[Any]],
        work: Callable[[], Coroutine[Any, Any, None]],
    ) -> None:
        self._spawn = spawn
        self._work = work
        self._task: asyncio.Task[None] | None = None
        self._again = False

    def ask(self) -> None:
        """Have it done soon, by what is true then."""
        if self._task is not None and not self._task.done():
            self._again = True
            return
        self._task = self._spawn(self._run())

    async def _run(self) -> None:
        self._again = True
        while self._again:
            self._again = False
            await self._work()
