"""The dashboard's end, pauses and sizes, in real pseudo-terminals."""

from __future__ import annotations

import os
import random
import re
import signal
import sqlite3
import sys
import termios
import time
from pathlib import Path

import psutil
import pytest

from smdash.store.connection import Store
from tests.conftest import Smdash
from tests.desk import arrive
from tests.pty_screen import Pty

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs Linux's /proc")
WITHIN_S = 2.0
ALT_OFF = b"\x1b[?1049l"


@pytest.fixture
def desk(smdash: Smdash, store: Store) -> Smdash:
    """A team with some mentions; the account ``tester`` looks at it."""
    arrive(store, *[f"Kak pesanan nomor {at} belum sampai" for at in range(60)])
    return smdash


def open_desk(desk: Smdash, *options: str, size: tuple[int, int] = (80, 24), answers: bool = False,
              ignore_hup: bool = False, **env: str) -> Pty:  # fmt: skip
    return Pty(desk.db, desk.env | env, *options, size=size, answers=answers, ignore_hup=ignore_hup)


def configure(desk: Smdash, text: str) -> None:
    folder = Path(desk.env["SMDASH_CONFIG_DIR"])
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.toml").write_text(text)


# The end.


@pytest.mark.parametrize("ignore_hup", [False, True], ids=["told", "nohup"])
def test_a_terminal_that_is_closed_ends_the_dashboard(desk: Smdash, ignore_hup: bool) -> None:
    with open_desk(desk, ignore_hup=ignore_hup) as terminal:
        terminal.ready()
        terminal.hang_up()
        assert terminal.ended(WITHIN_S, reading=False) == 128 + signal.SIGHUP


def test_the_end_of_the_shell_ends_the_dashboard(desk: Smdash) -> None:
    command = ["/bin/sh", "-c", f"'{sys.executable}' -m smdash --db '{desk.db}'; exit 0"]
    with Pty(desk.db, desk.env, command=command) as terminal:
        terminal.ready()
        (child,) = psutil.Process(terminal.pid).children()
        terminal.signal(signal.SIGKILL)
        terminal.hang_up()
        child.wait(WITHIN_S)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_ends_the_dashboard_and_gives_the_terminal_back(desk: Smdash, number: signal.Signals) -> None:
    with open_desk(desk) as terminal:
        before = termios.tcgetattr(terminal.master)
        terminal.ready()
        assert termios.tcgetattr(terminal.master)[3] != before[3]
        terminal.signal(number)
        assert terminal.ended(WITHIN_S) == 128 + number
        assert termios.tcgetattr(terminal.master)[:4] == before[:4]
        tail = terminal.output[-400:]
        for off in (ALT_OFF, b"\x1b[?25h", b"\x1b[?1004l", b"\x1b[?2004l", b"\x1b[?1003l", b"\x1b[23;0t"):
            assert off in tail


def test_leaving_by_key_is_a_success(desk: Smdash) -> None:
    with open_desk(desk) as terminal:
        terminal.ready()
        terminal.type(b"\x11")
        assert terminal.ended(WITHIN_S) == 0
        assert ALT_OFF in terminal.output


def test_a_signal_while_the_terminal_does_not_read(desk: Smdash) -> None:
    with open_desk(desk, size=(200, 60)) as terminal:
        before = termios.tcgetattr(terminal.master)
        terminal.ready()
        # Nobody reads from here on; what the keys draw fills the terminal's buffer.
        for _turn in range(40):
            terminal.type(b"\x04\x15")
            time.sleep(0.01)
        terminal.signal(signal.SIGTERM)
        assert terminal.ended(WITHIN_S, reading=False) == 128 + signal.SIGTERM
        assert termios.tcgetattr(terminal.master)[:4] == before[:4]
        terminal.drain(0.05)
        assert ALT_OFF in terminal.output[-400:]


def test_a_signal_while_reading_takes_long(desk: Smdash) -> None:
    """A damaged or huge file: the reader's thread is in SQLite and can't be asked to stop."""
    slow = (
        "import sys, time\n"
        "from smdash.tui.backend import Backend\n"
        "real = Backend.read_now\n"
        "def read_now(self, work):\n"
        "    import threading\n"
        "    if threading.current_thread() is not threading.main_thread(): time.sleep(60)\n"
        "    return real(self, work)\n"
        "Backend.read_now = read_now\n"
        f"sys.argv = ['smdash', '--db', {str(desk.db)!r}]\n"
        "from smdash.cli import main\n"
        "main()\n"
    )
    with Pty(desk.db, desk.env, command=[sys.executable, "-c", slow]) as terminal:
        before = termios.tcgetattr(terminal.master)
        terminal.ready()
        terminal.type(b"d")
        terminal.drain(0.3)
        terminal.signal(signal.SIGTERM)
        assert terminal.ended(WITHIN_S) == 128 + signal.SIGTERM
        assert termios.tcgetattr(terminal.master)[:4] == before[:4]


def test_a_signal_in_the_middle_of_opening_screens(desk: Smdash) -> None:
    with open_desk(desk) as terminal:
        terminal.ready()
        terminal.type(b"?\x1b?\x1b\r\x1b?")
        terminal.signal(signal.SIGTERM)
        assert terminal.ended(WITHIN_S) == 128 + signal.SIGTERM
        assert b"Traceback" not in terminal.output


def test_a_write_that_has_begun_is_finished(desk: Smdash, store: Store) -> None:
    with open_desk(desk) as terminal:
        terminal.ready()
        terminal.type(b"d")
        terminal.until(lambda text: "59 open" in text)
        terminal.signal(signal.SIGTERM)
        assert terminal.ended(WITHIN_S) == 128 + signal.SIGTERM
    with sqlite3.connect(desk.db) as conn:
        assert conn.execute("SELECT count(*) FROM mention WHERE state = 'done'").fetchone() == (1,)


def test_without_a_terminal_it_says_so(desk: Smdash) -> None:
    assert "needs a terminal" in desk.refused()


def test_a_terminal_without_a_cursor_is_refused(desk: Smdash) -> None:
    with open_desk(desk, TERM="dumb") as terminal:
        assert terminal.ended(20) == 1
        assert b"TERM" in terminal.output
        assert b"\x1b" not in terminal.output


# Pauses.


def test_ctrl_z_gives_the_shell_its_terminal_and_fg_brings_the_picture_back(desk: Smdash, store: Store) -> None:
    command = ["/bin/bash", "--norc", "-i"]
    with Pty(desk.db, desk.env | {"PS1": "ready> "}, command=command) as terminal:
        terminal.until(lambda text: "ready>" in text)
        shell = termios.tcgetattr(terminal.master)
        terminal.type(f"'{sys.executable}' -m smdash --db '{desk.db}'\n".encode())
        terminal.until(lambda text: "60 open" in text)
        terminal.drain(0.2)
        terminal.type(b"\x1a")
        end = time.monotonic() + 5
        while ALT_OFF not in terminal.output or b"Stopped" not in terminal.output:
            assert time.monotonic() < end
            terminal.read()
        assert termios.tcgetattr(terminal.master)[3] & termios.ISIG == shell[3] & termios.ISIG
        arrive(store, "Sementara itu datang satu lagi", minutes_ago=1)
        terminal.screen.reset()
        terminal.type(b"fg\n")
        terminal.until(lambda text: "61 open" in text and "1 Today" in text and "enter" in text)
        terminal.type(b"\x11")
        terminal.until(lambda text: "ready>" in text)


def test_where_no_shell_could_continue_it_nothing_stops(desk: Smdash) -> None:
    with open_desk(desk) as terminal:
        terminal.ready()
        terminal.type(b"\x1a")
        terminal.until(lambda text: "no shell" in text)
        terminal.type(b"j\x11")
        assert terminal.ended(5) == 0


def test_stopped_from_outside_and_continued_the_picture_is_current(desk: Smdash, store: Store) -> None:
    with open_desk(desk) as terminal:
        before = termios.tcgetattr(terminal.master)
        terminal.ready()
        threads = []
        for turn in range(3):
            terminal.signal(signal.SIGSTOP)
            terminal.until_state("T")
            arrive(store, f"Selama berhenti {turn}", minutes_ago=1)
            terminal.screen.reset()
            terminal.signal(signal.SIGCONT)
            terminal.until(lambda text, turn=turn: f"{61 + turn} open" in text and "1 Today" in text, 5)
            terminal.drain(0.2)
            threads.append(psutil.Process(terminal.pid).num_threads())
        assert threads[2] <= threads[0] + 1
        terminal.signal(signal.SIGTERM)
        assert terminal.ended(WITHIN_S) == 128 + signal.SIGTERM
        assert termios.tcgetattr(terminal.master)[:4] == before[:4]


# Sizes.


def test_a_storm_of_sizes_ends_with_the_right_picture(desk: Smdash) -> None:
    dice = random.Random(5)
    with open_desk(desk) as calm:
        calm.ready()
        right = without_time(calm.text)
    with open_desk(desk) as terminal:
        terminal.ready()
        for _turn in range(200):
            terminal.resize(dice.randint(1, 300), dice.randint(1, 100))
            terminal.read(0.01)
            if not _turn % 20:
                terminal.type(b"?" if _turn % 40 else b"\x1b")
        terminal.type(b"\x1b")
        terminal.resize(80, 24)
        terminal.until(lambda text: without_time(text) == right, 8)
        # And it stays right: nothing of an older picture comes late.
        terminal.drain(0.3)
        assert without_time(terminal.text) == right


@pytest.mark.parametrize("size", [(1, 1), (20, 5), (3, 40), (300, 2), (31, 24)])
def test_a_tiny_terminal_says_so_and_recovers(desk: Smdash, size: tuple[int, int]) -> None:
    with open_desk(desk, size=size) as terminal:
        first = "t" if size == (1, 1) else "the"
        terminal.until(lambda text: text.lower().startswith(first))
        terminal.drain(0.2)
        for key in (b"j", b"\r", b"\x1b", b"?", b"\x1b", b"t", b"\x1b", b"/"):
            terminal.type(key)
            # Escape and the next key in one go would be read as one key with alt.
            terminal.drain(0.2)
        terminal.type(b"\x1b")
        terminal.drain(0.2)
        terminal.resize(80, 24)
        terminal.until(lambda text: "60 open" in text and "j/k" in text)
        terminal.type(b"\x11")
        assert terminal.ended(WITHIN_S) == 0


def without_time(text: str) -> str:
    return re.sub(r"\d\d:\d\d|\b\d+[mhd]\b| now", "", text)


def test_idle_it_sleeps(desk: Smdash) -> None:
    with open_desk(desk) as terminal:
        terminal.ready()
        terminal.drain(1.5)
        process = psutil.Process(terminal.pid)
        before = process.cpu_times()
        time.sleep(2)
        after = process.cpu_times()
        # A spinning thread would use two whole seconds.
        assert after.user + after.system - before.user - before.system < 0.5
        assert os.path.exists(f"/proc/{terminal.pid}")
