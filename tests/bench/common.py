"""What the benchmarks share: a database of any size, a pseudo-terminal that measures, medians, one way to report."""

from __future__ import annotations

import argparse
import fcntl
import json
import os
import platform
import pty
import random
import select
import shutil
import signal
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from smdash.core.clock import encode
from smdash.store import migrations, teams
from smdash.store.connection import create_file, open_store

HELLO = """
from textual.app import App
from textual.widgets import Static

class Hello(App):
    def compose(self):
        yield Static("hello")

Hello().run()
"""
SMDASH = [sys.executable, "-m", "smdash"]
WORDS = [
    "kak",
    "pesanan",
    "saya",
    "belum",
    "sampai",
    "buka",
    "jam",
    "berapa",
    "hari",
    "minggu",
    "terima",
    "kasih",
    "enak",
    "sekali",
    "harga",
    "grosir",
    "kopi",
    "susu",
    "promo",
    "diskon",
    "antar",
    "ke",
    "rumah",
    "masih",
    "ada",
    "stok",
    "mau",
    "tanya",
    "menu",
    "baru",
    "alamat",
    "parkir",
    "luas",
    "please",
    "when",
    "do",
    "you",
    "open",
]
KINDS = ("mention", "comment", "reply", "dm", "review")


def arguments(**defaults: int) -> argparse.Namespace:
    """``--json`` and one whole number for each keyword."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--json", action="store_true")
    for name, value in defaults.items():
        parser.add_argument(f"--{name}", type=int, default=value)
    return parser.parse_args()


def report(name: str, figures: dict[str, Any], as_json: bool) -> None:
    """Print the figures with date and machine."""
    figures = {
        "bench": name,
        "date": datetime.now(UTC).date().isoformat(),
        "python": platform.python_version(),
        "cores": os.cpu_count(),
        **figures,
    }
    if as_json:
        print(json.dumps(figures))
    else:
        for key, value in figures.items():
            print(f"{key:>28}  {value}")


def news(turn: int) -> str:
    """A word that differs from the one of the turn before in every letter: only cells that changed are sent."""
    dice = random.Random(turn)
    return "".join(dice.choices("npqtuvwxyz" if turn % 2 else "bfghijklm", k=9))


def p95(values: list[float]) -> float:
    return statistics.quantiles(values, n=20)[18] if len(values) > 1 else values[0]


def rows(count: int, open_part: float = 0.1, seed: int = 1) -> Iterator[tuple[Any, ...]]:
    """Rows for a bare INSERT into mention; the newest tenth is open."""
    dice = random.Random(seed)
    now = datetime.now(UTC)
    for at in range(count):
        sent = now - timedelta(seconds=(count - at) * 20)
        body = " ".join(dice.choices(WORDS, k=dice.randint(4, 22)))
        state = "open" if at >= count * (1 - open_part) else "done"
        handle = f"user{dice.randint(1, 50_000)}"
        due = encode(sent + timedelta(hours=4))
        yield (dice.randint(1, 6), f"r{at}", dice.choice(KINDS), handle, handle, body, None, encode(sent), encode(sent),
               None, None, None, 0, state, due, None, None)  # fmt: skip


@contextmanager
def database(mentions: int) -> Iterator[Path]:
    """A team with posts, campaigns, hours and this many mentions, a tenth of them open.

    A million rows take a minute to write: with SMDASH_BENCH_CACHE set, a database made within the last three hours is
    kept in that folder and copied.
    """
    with tempfile.TemporaryDirectory(prefix="smdash-bench-") as folder:
        path = Path(folder) / "desk.db"
        cache = os.environ.get("SMDASH_BENCH_CACHE")
        if cache is None:
            build(path, mentions)
        else:
            kept = Path(cache) / f"desk-{migrations.VERSION}-{mentions}.db"
            if not kept.exists() or time.time() - kept.stat().st_mtime > 3 * 3600:
                kept.parent.mkdir(parents=True, exist_ok=True)
                kept.unlink(missing_ok=True)
                build(kept, mentions)
            shutil.copyfile(kept, path)
        with open_store(path) as store, store.writing() as conn:
            # The timer runs on in what was kept, and a desk would ask what the time since then was.
            conn.execute("INSERT OR REPLACE INTO pulse SELECT id, ? FROM member", (encode(datetime.now(UTC)),))
        yield path


def build(path: Path, mentions: int) -> None:
    """Fill a new database without the ingest path, which has its own benchmark."""
    from smdash.core.records import CampaignKind, Category, Format
    from smdash.store import campaigns, posts, time_entries
    from smdash.store.mentions import _INSERT

    create_file(path)
    now = datetime.now(UTC)
    with open_store(path) as store:
        with store.writing() as conn:
            teams.start(conn, "Kopi Senja", "Asia/Jakarta")
            import getpass

            actor = teams.join(conn, getpass.getuser(), "Ana", getpass.getuser(), now)
            for at in range(6):
                teams.put_account(
                    conn, ("instagram", "facebook_page", "x", "whatsapp", "linkedin", "mastodon")[at], "kopi", now
                )
            accounts = teams.accounts(conn)
            campaigns.add(conn, actor, now, name="Gajian hemat", kind=CampaignKind.PROMOTION,
                          starts_at=now - timedelta(days=2), ends_at=now + timedelta(days=3), zone="Asia/Jakarta")  # fmt: skip
            for at in range(12):
                posts.add(conn, actor, now, accounts=accounts[at % 3 : at % 3 + 2], category=Category.EDUCATION,
                          format=Format.IMAGE, body=f"Cara seduh nomor {at}", due_at=now + timedelta(hours=at - 4),
                          zone="Asia/Jakarta", campaign="Gajian hemat")  # fmt: skip
            time_entries.start(conn, actor, now, "conversation", at=now - timedelta(minutes=42))
        batch: list[tuple[Any, ...]] = []
        for row in rows(mentions):
            batch.append(row)
            if len(batch) == 20_000:
                with store.writing() as conn:
                    conn.executemany(_INSERT, batch)
                batch.clear()
        with store.writing() as conn:
            conn.executemany(_INSERT, batch)


class Terminal:
    """A program in a pseudo-terminal of its own; what it writes is timed and counted."""

    def __init__(
        self, command: list[str], *, columns: int = 120, rows: int = 40, env: dict[str, str] | None = None
    ) -> None:
        self.started = time.perf_counter()
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
            os.environ.update({"TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8", **(env or {})})
            os.execvp(command[0], command)
        self.output = b""

    def wait_for(self, needle: bytes, timeout: float = 20.0) -> float:
        """Seconds from the start until the program has written the needle."""
        while needle not in self.output:
            self.read(0.5)
            if time.perf_counter() - self.started > timeout:
                raise TimeoutError(f"{needle!r} was not drawn; last: {self.output[-300:]!r}")
        return time.perf_counter() - self.started

    def read(self, timeout: float) -> bytes:
        """What is written within the timeout, at most one read."""
        ready, _w, _x = select.select([self.fd], [], [], timeout)
        if not ready:
            return b""
        try:
            got = os.read(self.fd, 65_536)
        except OSError:
            return b""
        self.output += got
        return got

    def quiet(self, for_seconds: float = 0.25) -> bytes:
        """Read until nothing comes for a while."""
        got = b""
        while chunk := self.read(for_seconds):
            got += chunk
        return got

    def key(self, keys: bytes, settle: float = 0.06) -> tuple[float, int]:
        """Send keys; seconds to the first byte that comes back, and how many bytes came."""
        began = time.perf_counter()
        os.write(self.fd, keys)
        first = self.read(2.0)
        took = time.perf_counter() - began
        return took, len(first) + len(self.quiet(settle))

    def close(self) -> None:
        try:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        except (ProcessLookupError, ChildProcessError):
            pass
        os.close(self.fd)

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()


def median_seconds(work: Callable[[], Any], times: int) -> float:
    """The median of how long *work* takes."""
    found = []
    for _turn in range(times):
        began = time.perf_counter()
        work()
        found.append(time.perf_counter() - began)
    return statistics.median(found)


def run_quietly(command: list[str]) -> None:
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)


def uss_mb(pid: int) -> float:
    """Memory that belongs to the process alone, in MB."""
    import psutil

    return psutil.Process(pid).memory_full_info().uss / 1e6
