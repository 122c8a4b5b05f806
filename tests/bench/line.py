"""A slow line: 20 KB a second, as a pseudo-terminal that is read so slowly, or through sshd and a throttled device.

``--ssh 1`` takes the second way (root, see ``tests/ssh_line.py``). Per bandwidth setting and rate of arrivals: seconds to
the first paint, and how many bytes it took; milliseconds from a key to the first and to the last changed cell of the
list it is meant for; how far the open count on the screen is behind the file; bytes a minute. Last, what a desk grows
by while nobody reads, and how long it then takes to be current.
"""

from __future__ import annotations

import os
import re
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from smdash.core.records import IncomingMention, MentionKind
from smdash.store import mentions
from smdash.store.connection import open_store
from tests.bench.common import SMDASH, arguments, database, p95, report, uss_mb
from tests.pty_screen import Pty
from tests.ssh_line import SshLine, missing

SIZE, SMALLER = (120, 40), (116, 38)
# The mentions' rows at both sizes: what a key changes there, arrivals don't.
ROWS, COLUMNS = range(16, 34), range(2, 60)
QUIET_S = 0.6
OPEN = re.compile(r"2 Mentions · ([\d.,]+) open")


class Arrivals(threading.Thread):
    """Commits a mention so often, and knows when each count of open ones came to be."""

    def __init__(self, path: Path, per_s: float) -> None:
        super().__init__(daemon=True)
        self._path, self._per_s = path, per_s
        self._stop_asked = threading.Event()
        self.since: dict[int, float] = {}

    def run(self) -> None:
        with open_store(self._path, service=True) as store:
            with store.reading() as conn:
                count = conn.execute("SELECT count(*) FROM mention WHERE state = 'open'").fetchone()[0]
            while not self._stop_asked.wait(1 / self._per_s):
                now = datetime.now(UTC)
                one = IncomingMention(
                    "x", "kopi", f"line{time.time_ns()}", MentionKind.MENTION, "budi", "Budi", "masuk", None, now
                )
                with store.writing() as conn:
                    mentions.apply(conn, [one], {"mention": 240}, now)
                count += 1
                self.since[count] = time.monotonic()

    def stop(self) -> None:
        self._stop_asked.set()
        self.join()


@contextmanager
def arrivals(path: Path, per_s: int) -> Iterator[Arrivals | None]:
    if not per_s:
        yield None
        return
    running = Arrivals(path, per_s)
    running.start()
    try:
        yield running
    finally:
        running.stop()


class Watched:
    """A desk whose screen is looked at with every read."""

    def __init__(self, terminal: Pty, coming: Arrivals | None) -> None:
        self.terminal = terminal
        self._coming = coming
        self._shown = 0
        self.lags: list[float] = []

    def read(self, timeout: float) -> None:
        if self.terminal.read(timeout) and self._coming is not None:
            self._note_lag()

    def _row(self, y: int) -> str:
        row = self.terminal.screen.buffer[y]
        return "".join(row[x].data for x in range(self.terminal.size[0]))

    def _note_lag(self) -> None:
        assert self._coming is not None
        now = time.monotonic()
        for y in range(12, 20):
            if found := OPEN.search(self._row(y)):
                shown = int(re.sub(r"\D", "", found[1]))
                since = self._coming.since.get(self._shown + 1)
                if shown > self._shown and since is not None:
                    # The oldest one that was not to be seen until now.
                    self.lags.append((now - since) * 1000)
                self._shown = max(shown, self._shown)

    def list(self) -> tuple[tuple[str, str], ...]:
        buffer = self.terminal.screen.buffer
        return tuple((buffer[y][x].data, buffer[y][x].bg) for y in ROWS for x in COLUMNS)

    def step(self, act: Callable[[], None]) -> tuple[float, float]:
        """Milliseconds to the first and to the last change that this makes."""
        before = self.list()
        began = last = time.monotonic()
        first = None
        act()
        while time.monotonic() - last < (QUIET_S if first else 5):
            self.read(0.05)
            now = self.list()
            if now != before:
                before, last = now, time.monotonic()
                first = first or last
        return ((first or last) - began) * 1000, (last - began) * 1000

    def wait(self, seconds: float) -> int:
        """Only look; returns how many bytes came."""
        before, end = len(self.terminal.output), time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self.read(min(left, 0.2))
        return len(self.terminal.output) - before


def measure(watched: Watched, times: int) -> dict[str, object]:
    terminal = watched.terminal
    figures: dict[str, object] = {}

    def typed(keys: bytes) -> Callable[[], None]:
        return lambda: terminal.type(keys)

    def sized(size: tuple[int, int]) -> Callable[[], None]:
        return lambda: terminal.resize(*size)

    steps = {
        "move": [typed(b"j"), typed(b"k")],
        "half_page": [typed(b"\x04")],
        "open": [typed(b"\r"), typed(b"q")],
        "resize": [sized(SMALLER), sized(SIZE)],
    }
    for name, acts in steps.items():
        took = [watched.step(acts[turn % len(acts)]) for turn in range(times)]
        if name == "half_page":
            # The first ones only move within what is shown.
            took = took[2:]
        if name == "open":
            figures["back_last_ms"] = round(statistics.median(last for _first, last in took[1::2]))
            took = took[::2]
        figures[f"{name}_first_ms"] = round(statistics.median(first for first, _last in took))
        figures[f"{name}_first_p95_ms"] = round(p95([first for first, _last in took]))
        figures[f"{name}_last_ms"] = round(statistics.median(last for _first, last in took))
    return figures


def blocked(watched: Watched, seconds: int) -> dict[str, object]:
    """Nobody reads for a while (only where the desk is this process's own child)."""
    terminal = watched.terminal
    before = uss_mb(terminal.pid)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        terminal.type(b"\x04\x15j")
        time.sleep(0.5)
    grown = uss_mb(terminal.pid) - before
    began, size = time.monotonic(), len(terminal.output)
    watched.lags.clear()
    # Current: what is shown came less than a second ago.
    while not watched.lags or watched.lags[-1] > 1000:
        watched.read(0.1)
        if time.monotonic() - began > 60:
            break
    return {
        "blocked_s": seconds,
        "blocked_grown_mb": round(grown, 2),
        "blocked_then_current_s": round(time.monotonic() - began, 2),
        "blocked_then_bytes": len(terminal.output) - size,
    }


def main() -> None:
    asked = arguments(mentions=10_000, rate=20_000, times=12, ssh=0, seconds=20, blocked=60)
    if asked.ssh and (why := missing()):
        raise SystemExit(why)
    with ExitStack() as stack:
        path = stack.enter_context(database(asked.mentions))
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        line = stack.enter_context(SshLine(asked.rate)) if asked.ssh else None
        for bandwidth in ("full", "low"):
            config = folder / bandwidth
            config.mkdir()
            (config / "config.toml").write_text(f'bandwidth = "{bandwidth}"\n')
            env = {
                "TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8", "SMDASH_CONFIG_DIR": str(config),
                "SMDASH_STATE_DIR": str(folder / "state"),
            }  # fmt: skip
            for per_s in (0, 1, 20):
                with arrivals(path, per_s) as coming:
                    began = time.monotonic()
                    if line is not None:
                        terminal = Pty(path, dict(os.environ), command=line.desk(path, env), size=SIZE)
                    else:
                        command = [*SMDASH, "--db", str(path)]
                        terminal = Pty(path, os.environ | env, command=command, size=SIZE, rate=asked.rate)
                    with terminal:
                        watched = Watched(terminal, coming)
                        while not OPEN.search(terminal.text) or "4 Hours" not in terminal.text:
                            watched.read(0.1)
                        # The last row of the first picture.
                        while "j/k" not in terminal.text:
                            watched.read(0.1)
                        painted = time.monotonic() - began
                        size = len(terminal.output)
                        watched.wait(1)
                        terminal.type(b"2")
                        watched.wait(1)
                        watched.lags.clear()
                        figures = {
                            "way": "ssh" if line else "pty", "bandwidth": bandwidth, "arrivals_per_s": per_s,
                            "paint_s": round(painted, 2), "paint_bytes": size, **measure(watched, asked.times),
                            "bytes_per_minute": watched.wait(asked.seconds) * 60 // asked.seconds,
                        }  # fmt: skip
                        if watched.lags:
                            figures["lag_ms"] = round(statistics.median(watched.lags))
                            figures["lag_p95_ms"] = round(p95(watched.lags))
                            figures["lag_most_ms"] = round(max(watched.lags))
                        if asked.blocked and per_s == 20 and line is None:
                            figures |= blocked(watched, asked.blocked)
                    report("line", figures, asked.json)


if __name__ == "__main__":
    main()
