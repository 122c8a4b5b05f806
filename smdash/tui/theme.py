"""Themes: TOML files with ten colours, turned into the styles that widgets draw with.

A style is made once a theme, never while drawing.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

from rich.style import Style

from smdash.core.errors import SettingsError
from smdash.locale import gettext as _

COLORS = (
    "background", "text", "dim", "border", "accent", "error", "warning", "success", "cursor", "cursor_quiet",
)  # fmt: skip
DEFAULT = "dark"


@dataclass(frozen=True, slots=True)
class Palette:
    """The styles of one theme. ``on_cursor`` gives a style its place on the cursor's row."""

    name: str
    dark: bool
    colors: dict[str, str]
    base: Style
    dim: Style
    bold: Style
    border: Style
    border_focus: Style
    accent: Style
    error: Style
    warning: Style
    success: Style
    cursor: Style
    cursor_quiet: Style

    def style(self, name: str) -> Style:
        """The style called *name* (``dim``, ``error`` …); unknown names are plain."""
        found: Style = getattr(self, name, self.base)
        return found


def folder() -> Path:
    """Where the themes that come with smdash lie: in the package, or in the checkout of an editable install."""
    packaged = Path(__file__).parent.parent / "themes"
    return packaged if packaged.is_dir() else packaged.parent.parent / "themes"


def names() -> list[str]:
    """The themes that come with smdash."""
    return sorted(file.stem for file in folder().glob("*.toml"))


def load(name: str) -> Palette:
    """The theme called *name*. Raises SettingsError with what is wrong and what is expected."""
    file = folder() / f"{name}.toml"
    if name not in names():
        raise SettingsError(
            [_("there is no theme “{name}”; known: {known}").format(name=name, known=", ".join(names()))]
        )
    try:
        content = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as problem:
        raise SettingsError([_("{path}: {problem}").format(path=file, problem=problem)]) from problem
    return read(content, file)


def read(content: dict[str, object], file: Path) -> Palette:
    """Make a palette of a theme file's content. Raises SettingsError with every problem at once."""
    from textual.color import Color, ColorParseError

    problems: list[str] = []
    for key in content:
        if key not in ("name", "dark", "colors"):
            problems.append(_("{path}: {key}: unknown key").format(path=file, key=key))
    colors = content.get("colors")
    if type(colors) is not dict:
        raise SettingsError([*problems, _("{path}: colors: expected a table").format(path=file)])
    for key in colors:
        if key not in COLORS:
            problems.append(
                _("{path}: colors.{key}: unknown colour; known: {known}").format(
                    path=file, key=key, known=", ".join(COLORS)
                )
            )
    for key in COLORS:
        value = colors.get(key)
        # A bad colour would crash only when it is drawn, so it is parsed here.
        try:
            Color.parse(str(value))
        except ColorParseError:
            problems.append(
                _("{path}: colors.{key}: “{value}” is not a colour such as #7cc4ff").format(
                    path=file, key=key, value=value
                )
            )
    if problems:
        raise SettingsError(problems)
    return build(str(content.get("name", file.stem)), bool(content.get("dark", True)), colors)


def build(name: str, dark: bool, colors: dict[str, str]) -> Palette:
    """Make the styles of ten colours."""
    background = colors["background"]

    def ink(key: str, *, bold: bool | None = None) -> Style:
        return Style(color=colors[key], bgcolor=background, bold=bold)

    return Palette(
        name=name,
        dark=dark,
        colors=dict(colors),
        base=ink("text"),
        dim=ink("dim"),
        bold=ink("text", bold=True),
        border=ink("border"),
        border_focus=ink("accent"),
        accent=ink("accent"),
        error=ink("error", bold=True),
        warning=ink("warning"),
        success=ink("success"),
        cursor=Style(bgcolor=colors["cursor"]),
        cursor_quiet=Style(bgcolor=colors["cursor_quiet"]),
    )
