"""Leaving in time: what ends the dashboard from outside ends it within two seconds, cleanly where that is possible."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import asyncio

    from textual.app import App

# How long the orderly way may take before the process ends at once (seconds): a write that has begun is done by then.
GRACE_S = 1.5
ENDING = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


def exit_code(number: int) -> int:
    """The exit code of a program that a signal ended, as shells count."""
    return 128 + number


class Leaving:
    """Hears the signals and the terminal's end. ``give_back`` restores the terminal without the event loop."""

    def __init__(self, app: App[Any], loop: asyncio.AbstractEventLoop, give_back: Callable[[], None]) -> None:
        self._app = app
        self._loop = loop
        self._give_back = give_back
        self._code: int | None = None

    @property
    def begun(self) -> bool:
        return self._code is not None

    def hear(self) -> None:
        """Listen to the signals that end a program; one that the parent had ignored (nohup) stays ignored."""
        for number in ENDING:
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, self._caught)

    def _caught(self, number: int, _frame: object) -> None:
        if self._code == exit_code(number) and number != signal.SIGHUP:
            # Asked a second time: don't wait for the orderly way. (A closing terminal sends its signal twice.)
            self._force()
        self.begin(exit_code(number))

    def begin(self, code: int) -> None:
        """End with this code. May be called in any thread; the first one counts."""
        if self._code is not None:
            return
        self.limit(code)
        try:
            self._loop.call_soon_threadsafe(lambda: self._app.exit(return_code=code))
        except RuntimeError:
            # The loop has ended already: the process is on its way out.
            return

    def limit(self, code: int) -> None:
        """From now on the process has its grace, whatever a thread is busy with."""
        self._code = code
        timer = threading.Timer(GRACE_S, self._force)
        timer.daemon = True
        timer.start()

    def _force(self) -> None:
        try:
            self._give_back()
        finally:
            os._exit(self._code or 0)
