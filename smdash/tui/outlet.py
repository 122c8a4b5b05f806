"""The way out to the terminal: a thread that writes, and knows how far the terminal is behind.

Textual's own writer puts whole frames into a queue of thirty and makes the event loop wait when it is full: a terminal
that stops reading then stops the dashboard, signals included. This one never makes anybody wait.
"""

from __future__ import annotations

import os
import select
import threading
from collections.abc import Callable

# What is handed to the terminal at once (bytes), and how long one look whether it reads again lasts (seconds).
CHUNK = 4_096
LOOK_S = 0.2
# Ends a sequence that was cut in its middle. Source: ECMA-48, CAN.
CANCEL = b"\x18"


def own_handle(fd: int) -> int:
    """A non-blocking handle of the terminal that nobody shares, or the given one where it can't be had.

    The shell has the same open file: setting that one to non-blocking would disturb the shell.
    """
    try:
        return os.open(os.ttyname(fd), os.O_WRONLY | os.O_NOCTTY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return fd


class Outlet(threading.Thread):
    """Writes what it is given in order. ``drained`` and ``gone`` are called in this thread."""

    def __init__(self, fd: int, drained: Callable[[], None], gone: Callable[[], None]) -> None:
        super().__init__(name="terminal", daemon=True)
        self._shared = fd
        self._fd = own_handle(fd)
        self._drained = drained
        self._gone = gone
        self._waiting: list[bytes] = []
        self._size = 0
        self._half_written = False
        self._ending = False
        self._dead = False
        self._changed = threading.Condition()

    @property
    def pending(self) -> int:
        """Bytes that the terminal has not taken yet."""
        return self._size

    def write(self, data: bytes) -> None:
        """Have something written; returns at once. What the terminal takes without waiting needs no thread."""
        with self._changed:
            if self._dead or self._ending:
                return
            written = 0 if self._waiting else self._write_now(data)
            if written < len(data):
                self._half_written = self._half_written or written > 0
                self._waiting.append(data[written:])
                self._size += len(data) - written
                self._changed.notify()

    def _write_now(self, data: bytes) -> int:
        """How much of it was taken at once; on a handle that others share a write could wait."""
        if self._fd == self._shared:
            return 0
        try:
            return os.write(self._fd, data[:CHUNK])
        except OSError:
            # Full, or gone, which the thread finds out.
            return 0

    def drop(self) -> None:
        """Forget what is not written yet; a sequence that was cut by this is ended."""
        with self._changed:
            self._waiting = [CANCEL] if self._half_written else []
            self._size = len(self._waiting)

    def stop(self, within_s: float) -> None:
        """Write what is left and end; what a terminal doesn't take within the time is dropped."""
        with self._changed:
            self._ending = True
            self._changed.notify()
        self.join(within_s)
        with self._changed:
            self._dead = True
            self._waiting = []
            self._changed.notify()
        if not self.is_alive() and self._fd != self._shared:
            os.close(self._fd)
            self._fd = self._shared

    def run(self) -> None:
        while True:
            with self._changed:
                while not self._waiting and not self._ending and not self._dead:
                    self._changed.wait()
                if self._dead or not self._waiting:
                    return
                data = b"".join(self._waiting)
                self._waiting = [data]
            if not select.select([], [self._fd], [], LOOK_S)[1]:
                continue
            try:
                written = os.write(self._fd, data[:CHUNK])
            except BlockingIOError:
                continue
            except OSError:
                # EIO, EPIPE: nobody reads there any more.
                with self._changed:
                    self._dead = True
                    self._waiting, self._size = [], 0
                self._gone()
                return
            self._took(data, written)

    def _took(self, data: bytes, written: int) -> None:
        with self._changed:
            # Dropped in the meantime: what was written is the beginning of what is forgotten.
            if self._waiting and self._waiting[0] is data:
                rest = data[written:]
                self._waiting[:1] = [rest] if rest else []
                self._size -= written
                self._half_written = bool(rest)
            else:
                self._waiting.insert(0, CANCEL)
                self._half_written = False
            empty = not self._waiting
        if empty:
            self._drained()
