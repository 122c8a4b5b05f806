"""``config.toml``: what is a member's own (database, theme, language, look)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from smdash.core.errors import SettingsError
from smdash.locale import LANGUAGES
from smdash.locale import gettext as _
from smdash.settings import paths
from smdash.settings.toml import Reader, broken_sentences, load

if TYPE_CHECKING:
    from smdash.settings.syntax import Parsed


class MemberSettings(NamedTuple):
    """A member's own settings.

    ``database``: the shared file. ``theme``: a theme's name. ``language``: ``en`` or ``id``. ``plain``: draw with
    ASCII. ``problems``: what was wrong in the file, a sentence each; the rest of it counts. ``database_lost``: the
    file may have named a database where it could not be read, so that no other must be taken in its place.
    """

    database: str | None = None
    theme: str | None = None
    language: str | None = None
    plain: bool = False
    problems: tuple[str, ...] = ()
    database_lost: bool = False


def read(path: Path | None = None) -> MemberSettings:
    """Read ``config.toml``; whatever is wrong in it is reported and the rest counts."""
    path = path or paths.config_dir() / "config.toml"
    try:
        parsed = load(path)
    except SettingsError as problem:
        return MemberSettings(problems=problem.problems, database_lost=True)
    if parsed is None:
        return MemberSettings()
    reader = Reader(path, parsed.table, text=parsed.text)
    reader.problems += broken_sentences(path, parsed)
    database = reader.get("database", str)
    theme = reader.get("theme", str)
    language = reader.get("language", str)
    plain = reader.get("plain", bool, False)
    if language is not None and language not in LANGUAGES:
        reader.problem("language", _("expected one of {known}").format(known=", ".join(LANGUAGES)))
        language = None
    reader.finish()
    lost = database is None and bool(reader.problems) and _may_name_database(parsed)
    return MemberSettings(database, theme, language, plain, tuple(reader.problems), lost)


def _may_name_database(parsed: Parsed) -> bool:
    """Whether a broken or misspelt line was perhaps the database's."""
    import difflib

    keys = [*parsed.table, *(one.key for one in parsed.broken)]
    return not parsed.complete or bool(difflib.get_close_matches("database", keys, 1, 0.75))
