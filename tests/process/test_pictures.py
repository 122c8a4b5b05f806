"""What small updates leave on the screen is what a whole new picture shows, cell by cell and colour by colour."""

from __future__ import annotations

import random
import signal
from pathlib import Path

import pytest

from smdash.core.text import clean
from smdash.store.connection import Store
from tests.conftest import Smdash
from tests.desk import arrive
from tests.payloads import HOSTILE
from tests.pty_screen import Pty

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs Linux's /proc")
KEYS = [
    b"j",
    b"k",
    b"d",
    b"u",
    b" ",
    b"J",
    b"G",
    b"g",
    b"\t",
    b"s",
    b"z",
    b"1",
    b"2",
    b"3",
    b"4",
    b"\x1b[B",
    b"\x1b[6~",
]
WIDE = ["kopi ☕ susu 🧋", "नमस्ते kak", "日本語のコメント", "👩‍👩‍👧 keluarga", "مرحبا", "e\u0301\u0302\u0303 tumpuk"]


def cells(terminal: Pty) -> list[list[tuple[object, ...]]]:
    """Each cell's letter and look; a blank shows its background only."""
    rows: list[list[tuple[object, ...]]] = []
    for y in range(terminal.size[1]):
        row: list[tuple[object, ...]] = []
        for x in range(terminal.size[0]):
            cell = terminal.screen.buffer[y][x]
            look = (cell.bg, cell.reverse) if cell.data in (" ", "") else (cell.fg, cell.bg, cell.bold, cell.reverse)
            row.append((cell.data, *look))
        rows.append(row)
    return rows


def renewed(terminal: Pty) -> None:
    """Have everything drawn anew, as after a stop from outside."""
    terminal.signal(signal.SIGSTOP)
    terminal.until_state("T")
    terminal.signal(signal.SIGCONT)
    terminal.drain(0.3)


@pytest.mark.parametrize("size", [(80, 24), (160, 45)])
def test_a_walk_of_keys_leaves_the_picture_that_a_new_one_would_be(
    smdash: Smdash, store: Store, size: tuple[int, int]
) -> None:
    dice = random.Random(11)
    arrive(
        store,
        *[f"Kak pesanan nomor {at} belum sampai" for at in range(70)],
        *WIDE,
        *[clean(payload[1]) for payload in HOSTILE[:30]],
    )
    with Pty(smdash.db, smdash.env, size=size) as terminal:
        terminal.ready()
        for turn in range(3):
            # The last ones are made of small updates alone: another pane or size would draw everything anew.
            for key in [*dice.choices(KEYS, k=10), b"2", b"g", b"j", b" ", b"d", b"j"]:
                terminal.type(key)
                terminal.drain(0.02)
            # Ages in days, which stay the same for as long as the two pictures are taken.
            arrive(store, f"baru {turn}", minutes_ago=3_100)
            terminal.drain(0.8)
            seen = cells(terminal)
            renewed(terminal)
            whole = cells(terminal)
            different = [
                (y, x, seen[y][x], whole[y][x])
                for y in range(1, size[1] - 2)  # the clock and the remarks go on by themselves
                for x in range(size[0])
                if seen[y][x] != whole[y][x]
            ]
            assert not different, (turn, different[:5], terminal.text)
