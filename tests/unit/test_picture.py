"""What is sent of a picture makes the terminal show all of it, whatever came before and however little is sent at once."""

from __future__ import annotations

import random
import re

import pyte
import pytest

from smdash.tui.flow import LEAST, Flow
from smdash.tui.picture import Picture

WIDTH, HEIGHT = 40, 8
# Wide letters have a test of their own: of one that is half overwritten pyte keeps a half, which terminals blank.
TEXTS = ["Kak pesanan", "─" * 9, "│", " " * 20, "  ", "budi", "▸", "a" * 15, "Ωmega ±3", "é", "x y  z"]
LOOKS = ["", "1;38;2;1;2;3;48;2;9;9;9", "38;2;4;5;6;48;2;9;9;9", "38;2;4;5;6;48;2;7;7;7", "4;31", "7"]


def frame(dice: random.Random, whole: bool) -> str:
    """Something that Textual may draw."""
    out = []
    for y in range(HEIGHT) if whole else dice.sample(range(HEIGHT), 2):
        x = 0 if whole else dice.randrange(WIDTH)
        out.append(f"\x1b[{y + 1};{x + 1}H")
        while x < WIDTH:
            text, look = dice.choice(TEXTS), dice.choice(LOOKS)
            if x + pyte.screens.wcwidth(text[0]) * len(text) > WIDTH:
                text = " " * (WIDTH - x)
            x += sum(pyte.screens.wcwidth(letter) for letter in text)
            out.append(f"\x1b[{look}m{text}\x1b[0m" if look else text)
            if not whole and dice.random() < 0.4:
                break
    return "".join(out) + "\x1b[1;1H"


def screen(data: str, shown: pyte.Screen | None = None) -> pyte.Screen:
    shown = shown or pyte.Screen(WIDTH, HEIGHT)
    shown.reset_mode(pyte.modes.DECAWM >> 5, private=True)
    pyte.Stream(shown).feed(data)
    return shown


def seen(shown: pyte.Screen) -> list[list[tuple[object, ...]]]:
    """The cells as they are seen: of a blank its background, underline and reverse alone."""
    return [
        [
            (one.data, one.bg, one.underscore, one.reverse, *(() if one.data == " " else (one.fg, one.bold)))
            for one in (shown.buffer[y][x] for x in range(WIDTH))
        ]
        for y in range(HEIGHT)
    ]


@pytest.mark.parametrize("erases", [True, False])
def test_the_terminal_shows_what_was_drawn(erases: bool) -> None:
    dice = random.Random(3)
    for _round in range(30):
        picture, direct, lean = Picture(erases=erases), pyte.Screen(WIDTH, HEIGHT), pyte.Screen(WIDTH, HEIGHT)
        for turn in range(8):
            data = frame(dice, whole=turn == 0)
            screen(data, direct)
            picture.take(data, urgent=dice.random() < 0.5)
            screen(picture.changes(dice.choice([1, 60, 10_000])), lean)
        while not picture.is_shown:
            screen(picture.changes(100), lean)
        assert seen(lean) == seen(direct)
        assert picture.changes(10_000) == ""


def test_wide_letters_and_words_of_doubtful_width_keep_their_columns() -> None:
    line = "\x1b[1;1H│ 日本語 \U0001f64f ok हिन्दी            │\x1b[1;1H"
    picture = Picture()
    picture.take(line)
    first = picture.changes(10_000)
    assert seen(screen(first))[0][0][0] == "│"
    # After each word of doubtful width the column is said again.
    assert re.search("\x1b\\[2X\U0001f64f\x1b\\[12G", first) and re.search("हिन्दी\x1b\\[\\d+G", first)
    # What may have been covered by the old word is drawn again, the right border too.
    picture.take(line.replace("ok", "ya").replace("\U0001f64f", "\U0001f600"))
    assert picture.changes(10_000).count("│") == 1


def test_what_was_drawn_already_costs_nothing() -> None:
    picture = Picture()
    data = frame(random.Random(4), whole=True)
    picture.take(data)
    assert picture.changes(100_000)
    picture.take(data)
    assert picture.changes(100_000) == ""
    picture.forget()
    picture.take(data)
    assert picture.changes(100_000)


def test_what_answers_a_key_goes_first() -> None:
    picture = Picture()
    picture.take("\x1b[1;1Hdatang lagi\x1b[2;1Hdan lagi\x1b[1;1H")
    picture.take("\x1b[5;1Htekan\x1b[1;1H", urgent=True)
    assert "tekan" in picture.changes(1) and "datang lagi" in picture.changes(1)


def test_only_the_newest_picture_is_sent() -> None:
    picture = Picture()
    for number in range(1000):
        picture.take(f"\x1b[1;1Hgambar {number:04}\x1b[1;1H")
    assert picture.changes(10_000).count("gambar") == 1


def test_sequences_that_are_no_drawing_are_handed_on() -> None:
    picture = Picture()
    assert picture.take("\x1b[?1049h\x1b]52;c;YQ==\x07\x1b]22;default\x07") == "\x1b[?1049h\x1b]52;c;YQ==\x07"
    assert picture.changes(10_000) == "\x1b[1;1H"


def drive(rate: float, seconds: float) -> Flow:
    """A desk that always has more to say, on a line of so many bytes a second with 20 ms of delay."""
    flow, now, free_at, coming = Flow(), 0.0, 0.0, []
    flow.answers = True
    while now < seconds:
        while coming and coming[0] <= now:
            flow.answered(coming.pop(0))
        if (room := flow.room(0)) > 0:
            size = min(room, 400)
            free_at = max(free_at, now) + size / rate
            if flow.sent(size, now, more=True):
                coming.append(free_at + 0.02)
        now += 0.001
    return flow


def test_a_slow_line_is_never_given_more_than_a_moments_worth() -> None:
    assert LEAST <= drive(20_000, 20).window <= 20_000 * 0.35


def test_a_fast_line_is_not_held_back() -> None:
    assert drive(2_000_000, 20).window > 32_000
