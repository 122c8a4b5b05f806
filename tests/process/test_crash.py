"""A bug: the terminal is put back, a person reads one sentence, and the report holds neither locals nor secrets."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from smdash.core.clock import FixedClock
from smdash.core.records import Actor
from smdash.store.connection import Store
from tests.conftest import Smdash
from tests.desk import monday
from tests.terminal import Terminal

SECRET = "kanari-7f3a9c1e5b"

# Each breaks the dashboard at another seam; the local must never be printed.
BREAKS = {
    "drawing": "MentionsPane.draw = broken",
    "a key": "MentionsPane.action_sort = broken",
    "a task": "async def later(*words): broken()\nDeskApp._undo = later",
    "a read": "MentionsPane.reader = lambda self: (lambda conn: broken()) if self.order != 'waiting' else read(self)",
    "a thread": "DeskApp.action_theme = DeskScreen.action_theme = lambda self: threading.Thread(target=broken).start()",
    "a timer": "DeskScreen.action_stop = lambda self: asyncio.get_running_loop().call_soon(broken)",
    "a panic": "DeskScreen.action_help = lambda self: self.app.panic('[b]isi')",
}
KEYS = {"drawing": "", "a key": "s", "a task": "u", "a read": "s", "a thread": "t", "a timer": "T", "a panic": "?"}
SCRIPT = """
import asyncio, sys, threading
from smdash.tui.app import DeskApp
from smdash.tui.panes.mentions import MentionsPane
from smdash.tui.screens.desk import DeskScreen
from smdash.cli.app import run

DeskScreen.action_switch = lambda self: DeskScreen.action_theme(self)
read = MentionsPane.reader

def broken(*words):
    private = "isi yang hanya lokal"
    raise RuntimeError("rusak \\x1b[31m token={secret} " + str(len(private)))

{breaks}
sys.exit(run(sys.argv[1:]))
"""


def broken_dashboard(smdash: Smdash, what: str) -> tuple[Terminal, list[str | bytes | Path]]:
    script = SCRIPT.format(breaks=BREAKS[what], secret=SECRET)
    command = [sys.executable, "-c", script, "--db", smdash.db]
    return Terminal(command, smdash.env), command


@pytest.mark.parametrize("what", BREAKS)
def test_a_bug_in_the_dashboard_ends_it_with_one_sentence(
    smdash: Smdash, store: Store, actor: Actor, tmp_path: Path, what: str
) -> None:
    monday(store, actor)
    terminal, _command = broken_dashboard(smdash, what)
    with terminal:
        if KEYS[what]:
            terminal.until(lambda text: "2 Mentions" in text)
            terminal.press(KEYS[what])
        assert terminal.end() == 1
        assert terminal.restored
        shown = terminal.text
        raw = bytes(terminal.raw)
    state = Path(smdash.env["SMDASH_STATE_DIR"])
    (report,) = state.glob("crash-*.txt")
    # The screen wraps the sentence.
    assert "smdash: smdash met a bug" in shown and report.name in shown.replace("\n", "").replace(" ", "")
    assert b"\x1b[?1049l" in raw and b"\x1b[?25h" in raw
    told = report.read_text()
    for secret in (SECRET, "yang hanya lokal", "Kopi Senja"):
        assert secret not in told and secret.encode() not in raw[raw.index(b"\x1b[?1049l") :], secret
    assert "Traceback (most recent" not in shown and "\x1b" not in told
    assert report.stat().st_mode & 0o777 == 0o600 and state.stat().st_mode & 0o777 == 0o700
    assert ("rusak" in told and "in broken" in told) or what == "a panic"


def test_a_bug_in_a_command_is_one_sentence(smdash: Smdash, clock: FixedClock) -> None:
    script = (
        "import sys; from smdash.cli import desk, main\n"
        f"def broken(self): raise KeyError('token={SECRET}')\n"
        "desk.Desk.team = broken\n"
        "sys.argv[1:] = sys.argv[1:]; main()"
    )
    for words in (["hours", "week"], ["status"]):
        done = subprocess.run(
            [sys.executable, "-c", script, "--db", smdash.db, *words], env=smdash.env, capture_output=True, text=True
        )
        assert done.returncode == 1
        assert done.stderr.startswith("smdash: smdash met a bug (KeyError)") and done.stderr.count("\n") == 1
        assert SECRET not in done.stderr + done.stdout
    for report in Path(smdash.env["SMDASH_STATE_DIR"]).glob("crash-*.txt"):
        assert SECRET not in report.read_text()


def test_few_reports_are_kept_and_a_full_disk_is_said(smdash: Smdash) -> None:
    state = Path(smdash.env["SMDASH_STATE_DIR"])
    state.mkdir(mode=0o700)
    for number in range(9):
        (state / f"crash-2026010{number}T000000.txt").touch()
    script = "import sys; from smdash.cli import crash; sys.stdout.write(crash.report(RuntimeError('x' * 9_000_000)))"
    said = subprocess.run([sys.executable, "-c", script], env=smdash.env, capture_output=True, text=True).stdout
    kept = sorted(state.glob("crash-*.txt"))
    assert len(kept) == 5 and str(kept[-1]) in said and kept[-1].stat().st_size < 100_000
    assert "9000014 characters" in kept[-1].read_text()
    blocked = state / "file"
    blocked.touch()
    said = subprocess.run(
        [sys.executable, "-c", script],
        env=smdash.env | {"SMDASH_STATE_DIR": str(blocked)},
        capture_output=True,
        text=True,
    ).stdout
    assert "could not be written" in said and "RuntimeError" in said
