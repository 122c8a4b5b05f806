"""The real dashboard in a pseudo-terminal of its own, and what a person there would see.

``answers`` makes the other side a terminal that knows synchronised output, ``silent`` one that answers nothing at all;
``rate`` is a line that carries so many bytes a second.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import re
import select
import signal
import struct
import sys
import termios
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

import pyte

PROBE = b"\x1b[?2026$p"
ANSWER = b"\x1b[?2026;2$y"


class Pty:
    """``command`` (the dashboard unless told) with its output and its screen."""

    def __init__(
        self,
        db: Path,
        env: dict[str, str],
        *options: str,
        size: tuple[int, int] = (80, 24),
        command: list[str] | None = None,
        answers: bool = False,
        ignore_hup: bool = False,
        silent: bool = False,
        rate: int | None = None,
    ) -> None:
        self.size = size
        self.rate = rate
        self._tokens, self._filled = 0.0, time.monotonic()
        # From where on the output is looked through for questions.
        self._asked_from = 0
        self._rest = b""
        self.answers = answers
        self.output = bytearray()
        self.screen = pyte.Screen(*size)
        if not silent:
            self.screen.write_process_input = lambda data: self.type(data.encode())
        self._stream = pyte.ByteStream(self.screen)
        self.code: int | None = None
        command = command or [sys.executable, "-m", "smdash", "--db", str(db), *options]
        self.pid, self.master = pty.fork()
        if self.pid == 0:
            # As a login shell starts it; nohup, and a script that runs the tests beside itself, ignore some of these.
            for number in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM):
                signal.signal(number, signal.SIG_DFL)
            if ignore_hup:
                signal.signal(signal.SIGHUP, signal.SIG_IGN)
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
            os.execvpe(command[0], command, env)
        self.resize(*size)

    def resize(self, columns: int, rows: int) -> None:
        """Another size, as a window manager would tell it."""
        self.size = (columns, rows)
        self.screen.resize(rows, columns)
        with contextlib.suppress(OSError):
            fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def read(self, timeout: float = 0.05) -> bytes:
        """One read, shown on the screen."""
        if not select.select([self.master], [], [], timeout)[0]:
            return b""
        try:
            got = os.read(self.master, self._allowed())
        except OSError:
            return b""
        self._tokens -= len(got)
        self.output += got
        # pyte doesn't know the private forms and would print their ends; one that was cut waits for its end.
        got_now, self._rest = _whole(self._rest + got)
        self._stream.feed(_known(got_now))
        if self.answers and (asked := self.output.count(PROBE, self._asked_from)):
            self._asked_from = self.output.rfind(PROBE) + len(PROBE)
            self.type(ANSWER * asked)
        return got

    def _allowed(self) -> int:
        """How many bytes the line lets through now; waits for the first ones."""
        if self.rate is None:
            return 65_536
        most = self.rate / 20
        while True:
            now = time.monotonic()
            self._tokens = min(self._tokens + (now - self._filled) * self.rate, most)
            self._filled = now
            if self._tokens >= 64:
                break
            time.sleep(64 / self.rate)
        return int(self._tokens)

    def drain(self, quiet: float = 0.3) -> bytes:
        """Everything until nothing comes for a while."""
        got = b""
        while chunk := self.read(quiet):
            got += chunk
        return got

    def type(self, keys: bytes) -> None:
        with contextlib.suppress(OSError):
            os.write(self.master, keys)

    @property
    def text(self) -> str:
        return "\n".join(line.rstrip() for line in self.screen.display)

    def until(self, holds: Callable[[str], bool], timeout: float = 20) -> str:
        """Wait until the screen's text satisfies."""
        end = time.monotonic() + timeout
        while not holds(self.text):
            assert time.monotonic() < end, f"not shown in {timeout} s; the screen was:\n{self.text}"
            self.read(0.1)
        return self.text

    def ready(self) -> Pty:
        """The desk stands."""
        self.until(lambda text: "Mentions" in text)
        self.drain(0.2)
        return self

    def signal(self, number: int) -> None:
        os.kill(self.pid, number)

    @property
    def state(self) -> str:
        """The process's state as the kernel names it."""
        return Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()[0]

    def until_state(self, state: str, timeout: float = 15) -> None:
        end = time.monotonic() + timeout
        while self.state != state:
            assert time.monotonic() < end, f"state {self.state}, not {state}"
            self.read(0.02)

    def ended(self, within: float, *, reading: bool = True) -> int:
        """The exit code; fails when the process is there still."""
        end = time.monotonic() + within
        while True:
            done, status = os.waitpid(self.pid, os.WNOHANG)
            if done:
                self.code = os.waitstatus_to_exitcode(status)
                if reading:
                    self.drain(0.05)
                return self.code
            assert time.monotonic() < end, f"still there after {within} s"
            if reading:
                self.read(0.02)
            else:
                time.sleep(0.02)

    def modes(self) -> list[object]:
        return termios.tcgetattr(self.master)[:4]

    def hang_up(self) -> None:
        """Close the terminal."""
        os.close(self.master)
        self.master = -1

    def __enter__(self) -> Pty:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _at: TracebackType | None
    ) -> None:
        if self.code is None:
            with contextlib.suppress(ProcessLookupError, ChildProcessError):
                os.kill(self.pid, signal.SIGKILL)
                os.waitpid(self.pid, 0)
        if self.master >= 0:
            os.close(self.master)


_CUT = re.compile(rb"\x1b(?:\[[0-9;?<=>$]*|\][^\x07\x1b]*(?:\x1b)?)?\Z")
_UNKNOWN = re.compile(
    rb"\x1b\[[?>=<][0-9;]*[\$]?[pu]|\x1b\[[<>][0-9]*u|\x1b\[2[23];0t|\x1b\]8;[^\x07\x1b]*\x1b\\|\x1bP.*?\x1b\\",
    re.DOTALL,
)


def _whole(data: bytes) -> tuple[bytes, bytes]:
    """The output up to a sequence whose end has not come yet, and that one's beginning."""
    cut = _CUT.search(data)
    return (data[: cut.start()], data[cut.start() :]) if cut else (data, b"")


def _known(data: bytes) -> bytes:
    """The output without what pyte 0.8 doesn't know: mode questions, kitty's keyboard, links, what is for tmux."""
    return _UNKNOWN.sub(b"", data)
