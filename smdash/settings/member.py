"""``config.toml``: what is a member's own (database, theme, language, look)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from smdash.core.errors import SettingsError
from smdash.locale import LANGUAGES
from smdash.locale import gettext as _
from smdash.settings import files, paths
from smdash.settings.toml import Reader, load

if TYPE_CHECKING:
    from smdash.settings.keys import KeyWish


class MemberSettings(NamedTuple):
    """A member's own settings.

    ``database``: the shared file. ``theme``: a theme's name. ``language``: ``en`` or ``id``. ``plain``: draw with
    ASCII. ``keys``: other keys for actions. ``problems``: what was wrong in the file, a sentence each; the rest counts.
    """

    database: str | None = None
    theme: str | None = None
    language: str | None = None
    plain: bool = False
    keys: tuple[KeyWish, ...] = ()
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
    wishes: tuple[KeyWish, ...] = ()
    if table := reader.get("keys", dict):
        from smdash.settings import keys

        wishes = keys.read(reader, table)
    reader.finish()
    return MemberSettings(database, theme, language, plain, keys=wishes, problems=tuple(reader.problems))


def keep(key: str, value: str) -> Path:
    """Set a key of ``config.toml``, leave everything else in it as it is, and return the file. Raises SettingsError."""
    # Of a link the file that it leads to is written, or the link would be a file afterwards.
    path = (paths.config_dir() / "config.toml").resolve()
    load(path)
    import tomlkit

    try:
        old = path.stat() if path.exists() else None
        document = tomlkit.parse(path.read_bytes() if old else "")
        document[key] = value
        files.replace(path, tomlkit.dumps(document), old.st_mode & 0o777 if old else 0o600)
    except OSError as problem:
        raise SettingsError(
            [_("can't write {path}: {reason}").format(path=path, reason=problem.strerror or problem)]
        ) from problem
    return path
