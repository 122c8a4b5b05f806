"""Children of a test that work on one database at once: forks, so that a dozen of them cost no start of Python.

SQLite knows nothing of forks: no connection to their database may be open in the test while they are made.
"""

from __future__ import annotations

import json
import os
import signal
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from typing import Any


class Fork:
    """A child that does *work* and hands back what it returns; it ends with the ``with`` block."""

    def __init__(self, work: Callable[[], Any]) -> None:
        self._pipe, write = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            code = 1
            try:
                os.close(self._pipe)
                said = json.dumps({"result": work()})
                code = 0
            except BaseException:
                said = json.dumps({"crash": traceback.format_exc()})
            with suppress(OSError):
                os.write(write, said.encode())
            os._exit(code)
        os.close(write)
        self._ended = False

    def result(self) -> Any:
        """What it returned, once it is at its end."""
        said = b""
        while part := os.read(self._pipe, 65_536):
            said += part
        self._reap()
        found = json.loads(said)
        assert "crash" not in found, found["crash"]
        return found["result"]

    def signal(self, number: signal.Signals) -> None:
        """Send a signal; a stopped or killed child has been so before this returns."""
        os.kill(self.pid, number)
        if number is signal.SIGSTOP:
            os.waitpid(self.pid, os.WUNTRACED)
        if number is signal.SIGKILL:
            self._reap()

    def _reap(self) -> None:
        if not self._ended:
            os.waitpid(self.pid, 0)
            self._ended = True

    def __enter__(self) -> Fork:
        return self

    def __exit__(self, *_error: object) -> None:
        if not self._ended:
            os.kill(self.pid, signal.SIGKILL)
            self._reap()
        os.close(self._pipe)


class Gate:
    """Who waits at it goes on when another process opens it."""

    def __init__(self) -> None:
        self._read, self._write = os.pipe()

    def wait(self) -> None:
        """Wait until it is opened for this one."""
        os.close(self._write)
        os.read(self._read, 1)
        os.close(self._read)

    def open(self, times: int = 1) -> None:
        """Let so many that wait go on."""
        os.write(self._write, b"1" * times)


def until(holds: Callable[[], bool], seconds: float = 30) -> None:
    """Wait for something that must come."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not come"
        time.sleep(0.002)
