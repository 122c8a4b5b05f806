"""A real process in a pseudo-terminal: its bytes as they came, and the picture that a terminal emulator makes of them."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Self

import pyte


class Terminal:
    """Runs *command*; ``raw`` is every byte it wrote, ``lines`` what stands on the screen."""

    def __init__(
        self, command: Sequence[str | bytes | Path], env: dict[str, str], columns: int = 120, rows: int = 40
    ) -> None:
        self.raw = bytearray()
        self.columns, self.rows = columns, rows
        self._screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self._screen)
        self._fd, inner = pty.openpty()
        fcntl.ioctl(inner, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.modes = termios.tcgetattr(inner)
        self._inner = inner
        self.process = subprocess.Popen(
            command, env=env, stdin=inner, stdout=inner, stderr=inner, start_new_session=True, close_fds=True
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_problem: object) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        os.close(self._fd)
        os.close(self._inner)

    @property
    def alive(self) -> bool:
        return self.process.poll() is None

    @property
    def lines(self) -> list[str]:
        return list(self._screen.display)

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    def read(self, quiet_s: float = 0.15, longest_s: float = 5.0) -> str:
        """Take what comes until nothing has come for a while; returns the screen's text."""
        end = time.monotonic() + longest_s
        while time.monotonic() < end and select.select([self._fd], [], [], quiet_s)[0]:
            try:
                data = os.read(self._fd, 65_536)
            except OSError:
                break
            if not data:
                break
            self.raw += data
            self._stream.feed(data)
        return self.text

    def until(self, holds: Callable[[str], bool], longest_s: float = 30.0) -> str:
        """Read until the condition holds for the screen's text; fails with the last text otherwise."""
        end = time.monotonic() + longest_s
        while not holds(text := self.read(0.05, 1.0)):
            assert time.monotonic() < end, f"not shown in {longest_s} s; the screen was:\n{text}"
        return text

    def press(self, keys: str, quiet_s: float = 0.15) -> str:
        """Type, and read what it does."""
        os.write(self._fd, keys.encode())
        return self.read(quiet_s)

    def click(self, column: int, row: int, times: int = 1) -> str:
        """Press and release the left button on a cell (from 0)."""
        for _time in range(times):
            os.write(self._fd, f"\x1b[<0;{column + 1};{row + 1}M\x1b[<0;{column + 1};{row + 1}m".encode())
        return self.read()

    def end(self, longest_s: float = 10.0) -> int:
        """Read to the process's end; returns its exit code."""
        end = time.monotonic() + longest_s
        while self.alive and time.monotonic() < end:
            self.read(0.05, 0.5)
        self.read(0.1)
        return self.process.wait(1)

    @property
    def restored(self) -> bool:
        """Whether the terminal takes lines and echoes again, as it did before."""
        return termios.tcgetattr(self._inner)[3] == self.modes[3]
