"""The themes that come with smdash: legible, told apart by every eye; and a member's own, good and broken."""

from __future__ import annotations

import itertools
import os
from pathlib import Path

import pytest
from coloraide import Color
from rich.style import Style

from smdash.core.errors import SettingsError
from smdash.tui import theme

SHIPPED = sorted(file.stem for file in theme.folder().glob("*.toml"))
INKS = ("base", "dim", "bold", "accent", "error", "warning", "success")
GROUNDS = ("", "cursor", "cursor_quiet")
# Web Content Accessibility Guidelines 2.2, success criteria 1.4.3 (text), 1.4.6 (enhanced) and 1.4.11 (borders).
TEXT, ENHANCED, BORDER = 4.5, 7.0, 3.0

# The sixteen colours as terminals ship them, in the order of their numbers.
# Sources: xterm's own defaults (XTerm-col.ad), the Linux console's (drivers/tty/vt/vt.c), Windows Terminal's Campbell
# and Visual Studio Code's integrated terminal (their documented defaults).
PALETTES = {
    "xterm": "000000 cd0000 00cd00 cdcd00 0000ee cd00cd 00cdcd e5e5e5 7f7f7f ff0000 00ff00 ffff00 5c5cff ff00ff 00ffff ffffff",
    "linux console": "000000 aa0000 00aa00 aa5500 0000aa aa00aa 00aaaa aaaaaa 555555 ff5555 55ff55 ffff55 5555ff ff55ff 55ffff ffffff",
    "campbell": "0c0c0c c50f1f 13a10e c19c00 0037da 881798 3a96dd cccccc 767676 e74856 16c60c f9f1a5 3b78ff b4009e 61d6d6 f2f2f2",
    "vs code": "000000 cd3131 0dbc79 e5e510 2472c8 bc3fbc 11a8cd e5e5e5 666666 f14c4c 23d18b f5f543 3b8eea d670d6 29b8db e5e5e5",
}


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a member's own themes."""
    monkeypatch.setenv("SMDASH_CONFIG_DIR", str(tmp_path))
    folder = tmp_path / "themes"
    folder.mkdir()
    return folder


def palettes() -> list[tuple[str, list[str] | None]]:
    """Every shipped theme; one in the terminal's own colours once for each common palette."""
    found: list[tuple[str, list[str] | None]] = []
    for name in SHIPPED:
        if theme.load(name).native:
            found += [(name, colors.split()) for colors in PALETTES.values()]
        else:
            found.append((name, None))
    return found


def shade(part: object, sixteen: list[str] | None) -> Color:
    """A rich colour as one to reckon with."""
    number = getattr(part, "number", None)
    if sixteen is not None and number is not None and getattr(part, "triplet", None) is None:
        return Color("#" + sixteen[number])
    return Color(part.triplet.hex)  # type: ignore[attr-defined]


def contrast(style: Style, sixteen: list[str] | None) -> float:
    return shade(style.color, sixteen).contrast(shade(style.bgcolor, sixteen), method="wcag21")


def test_there_are_eight() -> None:
    assert SHIPPED == ["ansi", "contrast-dark", "contrast-light", "dark", "kertas", "light", "safe", "teluk"]


@pytest.mark.parametrize(("name", "sixteen"), palettes())
def test_text_is_legible_on_every_ground(name: str, sixteen: list[str] | None) -> None:
    palette = theme.load(name)
    wanted = ENHANCED if name.startswith("contrast") else TEXT
    for ink, ground in itertools.product(INKS, GROUNDS):
        style = palette.style(ink) + (palette.style(ground) if ground else Style())
        assert contrast(style, sixteen) >= wanted, (ink, ground, round(contrast(style, sixteen), 2))
    assert contrast(palette.border_focus, sixteen) >= BORDER
    if name.startswith("contrast") or name == "ansi":
        assert contrast(palette.border, sixteen) >= BORDER


@pytest.mark.parametrize("eye", ["protan", "deutan"])
def test_the_safe_theme_is_told_apart_by_eyes_that_see_no_red_or_green(eye: str) -> None:
    """Machado, Oliveira and Fernandes 2009, "A Physiologically-based Model for Simulation of Color Vision Deficiency",
    in coloraide's implementation at full severity; ΔE 2000 of 10 and more is plainly another colour."""
    palette = theme.load("safe")
    seen = {
        name: Color(palette.style(name).color.triplet.hex).filter(eye, 1, method="machado")  # type: ignore[union-attr]
        for name in ("error", "warning", "success", "accent", "base", "dim")
    }
    for one, other in itertools.combinations(seen, 2):
        assert seen[one].delta_e(seen[other], method="2000") >= 10, (one, other)
    alarm = [seen[name].luminance() for name in ("error", "warning", "success")]
    assert max(alarm) / min(alarm) >= 2


def test_the_usual_green_and_red_would_fail_that_test() -> None:
    seen = [Color(color).filter("deutan", 1, method="machado") for color in ("#b35900", "#7d7a00")]
    assert seen[0].delta_e(seen[1], method="2000") < 10


def test_the_terminals_own_colours_are_passed_on_as_such() -> None:
    palette = theme.load("ansi")
    styles = [palette.style(name) for name in (*INKS, "border", "cursor", "cursor_quiet")]
    colors = [part for style in styles for part in (style.color, style.bgcolor) if part is not None]
    assert all(color.triplet is None for color in colors)


def write(folder: Path, name: str, **changes: str | None) -> Path:
    """A theme file; changes set keys of ``colors``, ``None`` leaves one out."""
    colors = theme.load("dark").colors | changes
    lines = [f'{key} = "{value}"' for key, value in colors.items() if value is not None]
    file = folder / f"{name}.toml"
    file.write_text("\n".join(["[colors]", *lines]) + "\n", encoding="utf-8")
    return file


def test_an_own_theme_is_known_and_wins_over_ours(own: Path) -> None:
    write(own, "senja", text="#123456")
    write(own, "light", text="#654321")
    assert theme.names() == sorted([*SHIPPED, "senja"])
    assert theme.load("senja").base.color.triplet.hex == "#123456"  # type: ignore[union-attr]
    assert theme.load("light").base.color.triplet.hex == "#654321"  # type: ignore[union-attr]


def test_a_broken_theme_is_reported_with_every_problem_and_the_rest_works(own: Path) -> None:
    file = write(own, "senja", text="blau", error=None, cursor="#ffffff80", dimm="#123456")
    file.write_text('dark = "yes"\n' + file.read_text() + "\n[more]\na = 1\n")
    write(own, "fajar")
    usable, problems = theme.all_themes()
    assert sorted(palette.name for palette in usable) == sorted([*SHIPPED, "fajar"])
    assert [problem.replace(str(file), "FILE") for problem in problems] == [
        "FILE:1: dark: expected true or false",
        "FILE:14: more: unknown key; known: colors, dark, name",
        "FILE:4: colors.text: “blau” is not a colour such as #7cc4ff or ansi_blue",
        "FILE:2: colors.error: missing; expected a colour such as #7cc4ff or ansi_blue",
        "FILE:10: colors.cursor: “#ffffff80” is not a colour such as #7cc4ff or ansi_blue",
        "FILE:12: colors.dimm: unknown key; did you mean dim?",
    ]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\xff\xfe", "is not UTF-8 text"),
        (b"colors = red", "senja.toml:1: a value is expected"),
        (b"x = " + b"[" * 5000, "nested too deeply"),
        (b"#" * 1_000_001, "is larger than 1 MB"),
        (b"", "colors: missing; expected a table with the colours background, text"),
        (b"colors = 3", "colors: expected a table"),
        (b"[colors]\ntext = 3", "colors.text: expected text"),
    ],
)
def test_a_file_that_is_no_theme_is_one_sentence_and_dark_is_used(own: Path, content: bytes, words: str) -> None:
    (own / "senja.toml").write_bytes(content)
    palette, problems = theme.choose("senja")
    assert palette.name == "dark"
    assert words in "\n".join(problems) and problems[-1].endswith("theme “dark” is in use instead")
    assert all(str(own / "senja.toml") in problem for problem in problems)


def test_a_folder_or_a_pipe_in_a_themes_place_is_one_sentence(own: Path) -> None:
    (own / "folder.toml").mkdir()
    os.mkfifo(own / "pipe.toml")
    usable, problems = theme.all_themes()
    assert [palette.name for palette in usable] == SHIPPED
    assert ["it is a folder" in problems[0], "is not a file" in problems[1], len(problems)] == [True, True, 2]


def test_a_broken_dark_of_ones_own_falls_back_to_ours(own: Path) -> None:
    write(own, "dark", text="nothing")
    palette, problems = theme.choose(None)
    assert palette.base == theme.load_file(theme.folder() / "dark.toml").base and len(problems) == 1


def test_a_theme_that_there_is_not_names_those_that_there_are(own: Path) -> None:
    with pytest.raises(SettingsError, match="there is no theme “senja”; known: ansi, contrast-dark"):
        theme.load("senja")
