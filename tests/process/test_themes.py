"""Themes in a real terminal: what is sent for them, and what the picker says when something is in its way."""

from __future__ import annotations

import re
from pathlib import Path

from tests.conftest import Smdash
from tests.pty_screen import Pty

SIZE = (160, 30)
_SGR = re.compile(rb"\x1b\[([0-9;:]*)m")


def pick(term: Pty) -> None:
    """Open the picker and keep the next theme."""
    term.type(b":")
    term.until(lambda text: "words of a command" in text)
    term.type(b"choose a theme")
    term.until(lambda text: "Half a page down" not in text)
    term.type(b"\r")
    term.until(lambda text: "Which theme?" in text)
    term.type(b"j\r")
    term.until(lambda text: "Which theme?" not in text)


def own_theme(desk: Smdash, name: str, content: str) -> None:
    folder = Path(desk.env["SMDASH_CONFIG_DIR"]) / "themes"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.toml").write_text(content)


def colours(desk: Smdash, theme: str) -> set[bytes]:
    """The kinds of colour that the desk sends: of sixteen, of 256, of sixteen million."""
    with Pty(desk.db, desk.env | {"COLORTERM": "truecolor"}, "--theme", theme, size=SIZE) as term:
        term.ready()
        for key, words in (
            (b":", "words of a command"),
            (b"t", "Which"),
            (b"?", "Keys and marks"),
            (b"/", "rows with"),
        ):
            term.type(key)
            term.until(lambda text, words=words: words in text)
            term.type(b"\x1b")
            term.until(lambda text, words=words: words not in text)
        found = _SGR.findall(bytes(term.output))
    assert found
    return {kind for one in found for kind in re.findall(rb"(?:^|[;:])[34]8[;:]([25])(?=[;:])", one)}


def test_the_theme_of_the_terminals_colours_sends_those_sixteen_alone(smdash: Smdash) -> None:
    assert colours(smdash, "ansi") == set()
    assert colours(smdash, "dark"), "this test could not have failed"


def test_a_theme_is_kept_where_there_was_no_config_file(smdash: Smdash) -> None:
    config = Path(smdash.env["SMDASH_CONFIG_DIR"]) / "config.toml"
    assert not config.exists()
    with Pty(smdash.db, smdash.env, size=SIZE) as term:
        term.ready()
        pick(term)
        term.until(lambda text: "kept in" in text)
    assert config.read_text().startswith("theme = ") and config.stat().st_mode & 0o777 == 0o600


def test_a_config_file_that_cannot_be_written_leaves_the_theme_until_the_end(smdash: Smdash) -> None:
    """A folder in the file's place: nobody can write that, root neither."""
    with Pty(smdash.db, smdash.env, size=SIZE) as term:
        term.ready()
        config = Path(smdash.env["SMDASH_CONFIG_DIR"]) / "config.toml"
        config.mkdir(parents=True)
        pick(term)
        text = term.until(lambda text: "until you leave:" in text)
        assert "folder" in text and "Mentions" in text
    assert config.is_dir() and not list(config.iterdir())


def test_a_broken_own_theme_is_told_in_the_picker_and_the_others_work(smdash: Smdash) -> None:
    own_theme(smdash, "senja", "colors = red")
    with Pty(smdash.db, smdash.env, size=SIZE) as term:
        term.ready()
        term.type(b":")
        term.until(lambda text: "words of a command" in text)
        term.type(b"choose a theme")
        term.until(lambda text: "Half a page down" not in text)
        term.type(b"\r")
        text = term.until(lambda text: "Which theme?" in text and "2 theme problems:" in text, timeout=5)
        assert "senja.toml:1" in text
        term.type(b"j\r")
        term.until(lambda text: "kept in" in text)


def test_a_theme_that_there_is_not_is_one_clear_error(smdash: Smdash) -> None:
    said = smdash("--theme", "nonsense")
    assert said.code == 2 and "there is no theme “nonsense”; known: ansi, " in said.err and "--theme" in said.err
