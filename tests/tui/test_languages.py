"""Every screen in a made-up language, 1.6 times as long, and in Indonesian: no word missed, nothing out of shape.

Data is Cyrillic here, so that a word in plain letters is smdash's own and was never translated.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from rich.cells import cell_len

from smdash import locale
from smdash.core.clock import FixedClock
from smdash.store import teams, triage
from smdash.store.connection import Store
from tests import foreign, pseudo
from tests.conftest import ZONE, member
from tests.desk import desk_app
from tests.tui.conftest import screen_text, until

SIZES = [(80, 24), (120, 40), (160, 45)]
# Keys as keyboards name them, the account, the code of its network, the zone, Textual's mark for a link.
DATA = pseudo.names_of_time() | {
    *("enter", "esc", "tab", "space", "home", "end", "pgup", "pgdn", "shift", "instagram", "IG", "WIB", "https"),
}
WAYS = {
    "every pane": ["1", "2", "3", "4"],
    "alone": ["1", "+", "+", "2", "+", "+", "3", "+", "+", "4", "+", "M", "h", "l", "l", "+"],
    "details": ["1", "enter", "G", "g", "escape", "2", "enter", "j", "G", "escape", "3", "enter", "escape"],
    "help": ["question_mark", "G", "escape"],
    "palette": ["colon", "down", "escape", "colon", "0", "escape", "escape"],
    "pickers": ["t", "j", "escape", "t", "3", "T", "T"],
    "steps": ["d", "u", "space", "space", "asterisk", "d", "u", "u", "u", "s", "s", "s", "y", "o", "V", "q", "escape"],
    "insights": [
        "left_square_bracket",
        *"jjj",
        "enter",
        "escape",
        *"jj",
        "enter",
        "G",
        "escape",
        "j",
        "enter",
        "escape",
        *"hy",
    ],
    "filter": ["slash", "0", "7", "enter", "escape", "slash", "0", "escape"],
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return pseudo.make(tmp_path_factory.mktemp("pseudo"))


@pytest.fixture
def longer(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(locale, "_FOLDER", folder)
    locale.use("id")
    yield
    locale.use("en")


def check_shape(text: str, size: tuple[int, int], *, overlaid: bool) -> None:
    """Whole lines as wide as the terminal, and frames whose corners belong together."""
    lines = text.splitlines()
    assert len(lines) == size[1]
    for line in lines:
        assert cell_len(line) == size[0], line
        left, right = line.count("╭") + line.count("╰"), line.count("╮") + line.count("╯")
        assert overlaid or left == right, text


def cut_without_sign(text: str) -> list[str]:
    """The header, titles and lines below in which a message ends neither with its bracket nor with ``…``.

    Paragraphs go on in their next line, so rows are looked at for their frame only.
    """
    lines = text.splitlines()
    found = []
    for line in [lines[0], *(one for one in lines if "╭" in one), *lines[-2:]]:
        for part in re.split("[╮╯]", line):
            if part.count("⟦") > part.count("⟧") and "…" not in part:
                found.append(line)
    return found


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
async def test_every_screen_in_a_longer_language(
    store: Store, db: Path, clock: FixedClock, size: tuple[int, int], longer: None
) -> None:
    foreign.desk(store)
    async with desk_app(db, clock).run_test(size=size) as pilot:
        for name, way in WAYS.items():
            for key in way:
                await pilot.press(key)
                picture = screen_text(pilot)
                check_shape(picture, size, overlaid=name == "pickers")
                where = f"{name}, after {key}:\n{picture}"
                assert not pseudo.left_out(picture, DATA), where
                assert name == "pickers" or not cut_without_sign(picture), where
                if name == "every pane":
                    keys = picture.splitlines()[-1]
                    assert "enter ⟦" in keys and keys.rstrip().endswith("⟧"), where


@pytest.mark.parametrize("size", [SIZES[0], SIZES[2]], ids=lambda size: f"{size[0]}x{size[1]}")
async def test_the_review_of_hours_and_the_question_after_a_time_away(
    store: Store, db: Path, clock: FixedClock, size: tuple[int, int], longer: None
) -> None:
    actor = foreign.desk(store)
    with store.writing() as conn:
        for hours_ago, ids in ((26, [1]), (4, [2, 3]), (2, [4])):
            triage.finish(conn, actor, ids, clock.now() - timedelta(hours=hours_ago))
    app = desk_app(db, clock)
    async with app.run_test(size=size) as pilot:
        await pilot.press("i")
        await until(pilot, lambda text: text.count("?") >= 2)
        for key in ("h", "a", "l", "a", "u", "c", "escape", "x", "A", "a", "escape"):
            await pilot.press(key)
            await pilot.pause(0.05)
            picture = screen_text(pilot)
            check_shape(picture, size, overlaid=key == "c")
            assert not pseudo.left_out(picture, DATA), f"after {key}:\n{picture}"
            assert key == "c" or not cut_without_sign(picture), f"after {key}:\n{picture}"
        clock.move(timedelta(hours=20))
        app.desk.tick()
        picture = await until(pilot, lambda text: "(20:00)" in text)
        assert not pseudo.left_out(picture, DATA), picture
        check_shape(picture, size, overlaid=True)


async def test_an_empty_desk_and_a_read_only_one(store: Store, db: Path, clock: FixedClock, longer: None) -> None:
    size = SIZES[0]
    member(store, foreign.LOGIN, foreign.NAME)
    with store.writing() as conn:
        teams.start(conn, foreign.TEAM, ZONE)
    async with desk_app(db, clock, read_only=True).run_test(size=size) as pilot:
        for key in ("1", "2", "3", "4", "d", "u", "t", "escape"):
            await pilot.press(key)
            picture = screen_text(pilot)
            check_shape(picture, size, overlaid=True)
            assert not pseudo.left_out(picture, DATA), picture
            assert key == "t" or not cut_without_sign(picture), picture


async def test_indonesian_keeps_its_shape(store: Store, db: Path, clock: FixedClock) -> None:
    size = SIZES[0]
    foreign.desk(store)
    locale.use("id")
    try:
        async with desk_app(db, clock).run_test(size=size) as pilot:
            for name in ("every pane", "details", "pickers"):
                for key in WAYS[name]:
                    await pilot.press(key)
                    check_shape(screen_text(pilot), size, overlaid=name == "pickers")
            await pilot.press("2")
            assert screen_text(pilot).splitlines()[-1].rstrip().endswith("z tunda  ? bantuan")
    finally:
        locale.use("en")
