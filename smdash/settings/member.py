"""``config.toml``: what is a member's own (database, theme, language, look)."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from smdash.locale import LANGUAGES
from smdash.locale import gettext as _
from smdash.settings import paths
from smdash.settings.toml import Reader, load


class MemberSettings(NamedTuple):
    """A member's own settings.

    ``database``: the shared file. ``theme``: a theme's name. ``language``: ``en`` or ``id``. ``plain``: draw with
    ASCII. ``problems``: what was wrong in the file, a sentence each; the rest of it counts.
    """

    database: str | None = None
    theme: str | None = None
    language: str | None = None
    plain: bool = False
    problems: tuple[str, ...] = ()


def read(path: Path | None = None) -> MemberSettings:
    """Read ``config.toml``; a bad key is reported and the others count. Raises SettingsError for broken TOML."""
    path = path or paths.config_dir() / "config.toml"
    reader = Reader(path, load(path))
    database = reader.get("database", str)
    theme = reader.get("theme", str)
    language = reader.get("language", str)
    plain = reader.get("plain", bool, False)
    if language is not None and language not in LANGUAGES:
        reader.problem("language", _("expected one of {known}").format(known=", ".join(LANGUAGES)))
        language = None
    reader.finish()
    return MemberSettings(database, theme, language, plain, tuple(reader.problems))
