"""The dashboard with a stopwatch at its writes: ``python -m tests.bench.timed_desk DATABASE FIGURES``.

For ``load`` alone. Each write's milliseconds (waiting for the lock included) go into the file FIGURES, a line each;
one that was refused writes the name of its error instead.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import Any

os.environ.setdefault("TEXTUAL_ANIMATIONS", "none")
os.environ.setdefault("TEXTUAL_FPS", "200")

from smdash.core.clock import SystemClock
from smdash.core.errors import SmdashError
from smdash.tui import theme
from smdash.tui.app import DeskApp
from smdash.tui.backend import Backend
from smdash.tui.terminal import TerminalOptions


class TimedBackend(Backend):
    """Notes how long each write of the member took."""

    figures: Any = None

    def _write_now(self, *work: Any) -> Any:
        if len(work) > 1 and work[1] is not None:
            # A heartbeat, which may be left out, is not a member's write.
            return super()._write_now(*work)
        began = time.perf_counter()
        try:
            return super()._write_now(*work)
        except SmdashError as problem:
            self.figures.write(f"{type(problem).__name__}\n")
            raise
        finally:
            self.figures.write(f"{(time.perf_counter() - began) * 1000:.3f}\n")
            self.figures.flush()


def main() -> None:
    path, figures = map(Path, sys.argv[1:3])
    login = f"member{os.getpid() % 10}"
    with figures.open("w", encoding="utf-8") as out:
        TimedBackend.figures = out
        backend = TimedBackend(path, SystemClock(), read_only=False, login=login, real_login=login, name=login)
        app = DeskApp(backend, theme.load("dark"), SystemClock(), TerminalOptions())
        app.prepare()
        app.run()


if __name__ == "__main__":
    main()
