"""Themes: TOML files with ten colours, turned into the styles that widgets draw with.

Those that come with smdash lie in the package, a member's own in ``themes/`` beside their ``config.toml``; an own
theme wins over ours of the same name. A style is made once a theme, never while drawing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.style import Style

from smdash.core.errors import SettingsError
from smdash.locale import gettext as _
from smdash.settings import paths, toml
from smdash.settings.toml import Reader

if TYPE_CHECKING:
    from textual.color import Color

COLORS = (
    "background", "text", "dim", "border", "accent", "error", "warning", "success", "cursor", "cursor_quiet",
)  # fmt: skip
# What a theme may leave out: the ink of the cursor's row, where no ink of its own would be legible on it.
OPTIONAL = ("cursor_text",)
DEFAULT = "dark"


@dataclass(frozen=True, slots=True)
class Palette:
    """The styles of one theme.

    ``name`` is what ``config.toml`` calls it, ``label`` what people read. ``native``: the colours are the sixteen of
    the member's own terminal.
    """

    name: str
    label: str
    dark: bool
    native: bool
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


def own_folder() -> Path:
    """Where a member's own themes lie."""
    return paths.config_dir() / "themes"


def files() -> dict[str, Path]:
    """The file of each theme by its name."""
    found: dict[str, Path] = {}
    for place in (folder(), own_folder()):
        try:
            found |= {file.stem: file for file in place.glob("*.toml")}
        except OSError:
            # Somebody whose own folder may not be entered (another user's HOME) has no themes there.
            continue
    return dict(sorted(found.items()))


def names() -> list[str]:
    """The themes that there are, ours and the member's own."""
    return list(files())


def load_file(file: Path) -> Palette:
    """The theme in a file. Raises SettingsError with every problem at once."""
    parsed = toml.load(file)
    if parsed is None:
        raise SettingsError([_("{path} is gone").format(path=file)])
    return read(parsed.table, file, toml.broken_sentences(file, parsed))


def load(name: str) -> Palette:
    """The theme called *name*. Raises SettingsError with what is wrong and what is expected."""
    known = files()
    if name not in known:
        raise SettingsError([unknown(name, list(known))])
    return load_file(known[name])


def unknown(name: str, known: list[str]) -> str:
    """The sentence on a theme that there isn't."""
    return _("there is no theme “{name}”; known: {known}").format(name=name, known=", ".join(known))


def choose(name: str | None) -> tuple[Palette, tuple[str, ...]]:
    """The theme called *name*, or ours that never fails, and what was wrong: no dashboard stays away for a colour."""
    try:
        return load(name or DEFAULT), ()
    except SettingsError as problem:
        fallback = load_file(folder() / f"{DEFAULT}.toml")
        said = _("theme “{name}” is in use instead").format(name=DEFAULT)
        return fallback, (*problem.problems[:-1], f"{problem.problems[-1]}; {said}")


def all_themes() -> tuple[list[Palette], tuple[str, ...]]:
    """Every theme that can be used, and what is wrong with the others."""
    usable: list[Palette] = []
    problems: list[str] = []
    for file in files().values():
        try:
            usable.append(load_file(file))
        except SettingsError as problem:
            problems += problem.problems
    return usable, tuple(problems)


def read(content: dict[str, Any], file: Path, broken: Sequence[str] = ()) -> Palette:
    """Make a palette of a theme file's content. Raises SettingsError with every problem at once, *broken* ones too."""
    reader = Reader(file, content, problems=[*broken])
    label = reader.get("name", str, file.stem)
    dark = reader.get("dark", bool, True)
    table = reader.get("colors", dict)
    if table is None and "colors" not in content:
        reader.problem(
            "colors", _("missing; expected a table with the colours {known}").format(known=", ".join(COLORS))
        )
    reader.finish()
    colors: dict[str, Color] = {}
    if table is not None:
        inner = Reader(file, table, "colors", reader.problems)
        for key in (*COLORS, *OPTIONAL):
            if (color := _color(inner, key)) is not None:
                colors[key] = color
        inner.finish()
    if reader.problems:
        raise SettingsError(reader.problems)
    return build(file.stem, label, dark, colors)


def _color(reader: Reader, key: str) -> Color | None:
    """The colour of a key, or nothing and a problem: a bad colour would crash only when it is drawn."""
    from textual.color import Color, ColorParseError

    if key not in reader.table and key not in OPTIONAL:
        reader.problem(key, _("missing; expected a colour such as #7cc4ff or ansi_blue"))
    value = reader.get(key, str)
    if value is None:
        return None
    try:
        color = Color.parse(value)
    except (ColorParseError, ValueError):
        color = None
    if color is None or color.auto or (color.a != 1 and color.ansi is None):
        reader.problem(key, _("“{value}” is not a colour such as #7cc4ff or ansi_blue").format(value=value[:40]))
        return None
    return color


def build(name: str, label: str, dark: bool, colors: dict[str, Color]) -> Palette:
    """Make the styles of the colours."""
    native = any(color.ansi is not None for color in colors.values())
    inks = {key: color.rich_color for key, color in colors.items()}
    background = inks["background"]

    def ink(key: str, *, bold: bool | None = None) -> Style:
        return Style(color=inks[key], bgcolor=background, bold=bold)

    def row(key: str) -> Style:
        if key != "cursor" or "cursor_text" not in inks:
            return Style(bgcolor=inks[key])
        # Never bold: many terminals draw bold in the brighter colour of the pair, which may not be legible here.
        return Style(color=inks["cursor_text"], bgcolor=inks[key], bold=False)

    return Palette(
        name=name,
        label=label,
        dark=dark,
        native=native,
        colors={key: _css(color) for key, color in colors.items()},
        base=ink("text"),
        dim=ink("dim"),
        bold=ink("text", bold=True),
        border=ink("border"),
        border_focus=ink("accent"),
        accent=ink("accent"),
        error=ink("error", bold=True),
        warning=ink("warning"),
        success=ink("success"),
        cursor=row("cursor"),
        cursor_quiet=row("cursor_quiet"),
    )


def _css(color: Color) -> str:
    """A colour as Textual's own widgets take it."""
    return color.css if color.ansi is not None else color.hex
