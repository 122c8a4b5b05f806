"""Terminals of other kinds and wishes: without colours, with sixteen, ASCII, without emoji, mouse or title; tmux."""

from __future__ import annotations

import base64
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from smdash.store.connection import Store
from tests.conftest import Smdash
from tests.desk import arrive
from tests.pty_screen import Pty

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
TEXTS = (
    "Kak pesanan saya belum sampai", "enak sekali \U0001f600 kopinya", "日本語のコメント で す", f"{FAMILY} keluarga",
    "hati \u2764\ufe0f merah", "ก็ดี มาก", "e\u0301 aksen", "ﷺ lebar",
)  # fmt: skip
COLOR = re.compile(rb"\x1b\[(?:[0-9;]*;)?(?:3[0-8]|4[0-8]|9[0-7]|10[0-7])(?:;[0-9;]*)?m")


@pytest.fixture
def desk(smdash: Smdash, store: Store) -> Smdash:
    arrive(store, *TEXTS, minutes_ago=600)
    smdash.env["SSH_CONNECTION"] = "x"
    return smdash


def configure(desk: Smdash, text: str) -> None:
    folder = Path(desk.env["SMDASH_CONFIG_DIR"])
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.toml").write_text(text)


def seen(desk: Smdash, keys: bytes = b"j", size: tuple[int, int] = (110, 40), **env: str) -> Pty:
    """A desk that was looked at and left; what it wrote is in ``output``."""
    with Pty(desk.db, desk.env | env, size=size) as term:
        term.ready()
        term.type(keys)
        term.drain(0.3)
        term.type(b"\x11")
        assert term.ended(5) == 0
    return term


def test_no_colour_writes_none_and_still_shows_the_cursors_row(desk: Smdash) -> None:
    term = seen(desk, NO_COLOR="1", COLORTERM="truecolor")
    assert not COLOR.findall(bytes(term.output))
    assert re.search(rb"\x1b\[(?:\d+;)*7(?:;\d+)*m", term.output)
    configure(desk, "color = true\n")
    assert COLOR.findall(bytes(seen(desk, NO_COLOR="1", COLORTERM="truecolor").output))


@pytest.mark.parametrize(
    ("term", "forbidden"), [("xterm", rb"[34]8;[25];"), ("screen-256color", rb"[34]8;2;"), ("linux", rb"[34]8;[25];")]
)
def test_no_more_colours_than_the_terminal_has(desk: Smdash, term: str, forbidden: bytes) -> None:
    output = bytes(seen(desk, TERM=term, COLORTERM="").output)
    assert not re.search(forbidden, output)
    assert COLOR.findall(output)


def test_ascii_alone_where_it_is_wished(desk: Smdash) -> None:
    configure(desk, "plain = true\n")
    with Pty(desk.db, desk.env, size=(110, 40)) as term:
        text = term.ready().text
        people = [line for line in text.splitlines() if "tamu" in line]
        assert len(people) == len(TEXTS)
        frame = [line for line in text.splitlines() if line not in people]
        assert "".join(frame).isascii(), frame
        assert "+" in text and "| " in text and not set("╭│─▸▶…·") & set(text)


def test_what_a_member_does_not_wish_is_not_written(desk: Smdash) -> None:
    wanted = bytes(seen(desk).output)
    configure(desk, "emoji = false\nmouse = false\ntitle = false\n")
    unwanted = bytes(seen(desk).output)
    for sequence in (b"\x1b[?1000h", b"\x1b]2;smdash", "\U0001f600".encode()):
        assert sequence in wanted and sequence not in unwanted, sequence
    assert b"kopinya" in unwanted


def test_the_title_counts_and_links_are_links(desk: Smdash) -> None:
    output = bytes(seen(desk, b"\r").output)
    titles = re.findall(rb"\x1b\]2;([^\x07]*)\x07", output)
    assert titles[-1].decode() == f"smdash · {len(TEXTS)} open · {len(TEXTS)} overdue"
    assert re.search(rb"\x1b\]8;id=[0-9a-f]+;https://kopi\.example/p/1\x1b\\", output)
    for name in ("linux", "vt220"):
        silent = bytes(seen(desk, b"\r", TERM=name).output)
        assert b"\x1b]2;" not in silent and b"\x1b]8;" not in silent


def test_a_copy_reaches_the_terminal(desk: Smdash) -> None:
    output = bytes(seen(desk, b"y").output)
    assert b"\x1b]52;c;" + base64.b64encode(TEXTS[0].encode()) in output


# A real tmux.


@pytest.fixture
def tmux(tmp_path: Path) -> Iterator[list[str]]:
    if shutil.which("tmux") is None:
        pytest.skip("tmux is not installed")
    # A socket's path may be 107 bytes long.
    call = ["tmux", "-L", f"smdash-test-{os.getpid()}", "-f", "/dev/null"]
    yield call
    subprocess.run([*call, "kill-server"], capture_output=True, check=False)


def captured(call: list[str]) -> list[str]:
    return subprocess.run(
        [*call, "capture-pane", "-p"], capture_output=True, text=True, check=False
    ).stdout.splitlines()


def test_in_tmux_borders_stand_copies_arrive_and_attaching_elsewhere_fits(desk: Smdash, tmux: list[str]) -> None:
    inside = [*tmux, "new-session", sys.executable, "-m", "smdash", "--db", str(desk.db)]
    env = desk.env | {"TERM": "xterm-256color", "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"}
    with Pty(desk.db, env, command=inside, size=(80, 25)) as first:
        first.ready()
        wait_for(lambda: sum("tamu" in line for line in captured(tmux)) == len(TEXTS))
        for line in captured(tmux):
            # Whatever tmux thinks of a character's width, the frame's right side is where it belongs.
            assert not line.lstrip().startswith("│") or line.endswith(("│", "┃")), line
        first.output.clear()
        first.type(b"y")
        first.until(lambda _text: b"]52;" in bytes(first.output), 5)
        assert base64.b64encode(TEXTS[0].encode()) in bytes(first.output)
        # The laptop is taken elsewhere: attached at another size, the picture fits that one and nothing else is left.
        first.hang_up()
        with Pty(desk.db, env, command=[*tmux, "attach"], size=(120, 41)) as second:
            second.until(lambda text: "1 Today" in text and "4 Hours" in text and "j/k" in text)
            second.until(lambda text: max(map(len, text.splitlines()[:-1])) == 120, 5)
            second.type(b"\x11")
            assert second.ended(5) == 0


def wait_for(holds: Callable[[], bool], timeout: float = 20.0) -> None:
    end = time.monotonic() + timeout
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_a_key_draws_anew_what_another_program_wrote_over(desk: Smdash) -> None:
    with Pty(desk.db, desk.env) as term:
        right = term.ready().text
        term.screen.erase_in_display(2)
        term.screen.draw("another program's words")
        term.type(b"\x0c")
        term.until(lambda text: text == right, 5)
