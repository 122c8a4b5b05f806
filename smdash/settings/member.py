"""``config.toml``: what is a member's own (database, theme, language, look)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from smdash.core.errors import InputError, SettingsError
from smdash.core.idle import DEFAULT_MINUTES, MOST_MINUTES
from smdash.core.reasons import reason as why
from smdash.locale import LANGUAGES
from smdash.locale import gettext as _
from smdash.settings import files, paths
from smdash.settings.toml import Reader, broken_sentences, load, text_of

if TYPE_CHECKING:
    from smdash.core.worktime import Interval
    from smdash.settings.keys import KeyWish
    from smdash.settings.syntax import Parsed

BANDWIDTHS = ("full", "low")


class MemberSettings(NamedTuple):
    """A member's own settings.

    ``database``: the shared file. ``theme``: a theme's name. ``language``: ``en`` or ``id``. ``plain``: draw with
    ASCII. ``color``: draw in colours, where unset as ``NO_COLOR`` says. ``emoji``: keep them in people's text.
    ``mouse``: ask the terminal for its events. ``title``: write the window's title. ``bandwidth``: ``full`` or ``low``.
    ``bell``, ``notify``: ring, and have the terminal show a notice, for what is one's own, urgent or a spike.
    ``quiet_hours``: wall times of the team's zone without either. ``idle_minutes``: after so long without a key under a
    running timer the desk asks what the time was, 0 for never. ``keys``: other keys for actions. ``problems``: what
    was wrong in the file, a sentence each; the rest of it counts. ``database_lost``: the file may have named a database
    where it could not be read, so that no other must be taken in its place.
    """

    database: str | None = None
    theme: str | None = None
    language: str | None = None
    plain: bool = False
    color: bool | None = None
    emoji: bool = True
    mouse: bool = True
    title: bool = True
    bandwidth: str = "full"
    bell: bool = True
    notify: bool = True
    quiet_hours: tuple[Interval, ...] = ()
    idle_minutes: int = DEFAULT_MINUTES
    keys: tuple[KeyWish, ...] = ()
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
    color = reader.get("color", bool)
    emoji = reader.get("emoji", bool, True)
    mouse = reader.get("mouse", bool, True)
    title = reader.get("title", bool, True)
    bandwidth = reader.get("bandwidth", str, "full")
    if language is not None and language not in LANGUAGES:
        reader.problem("language", _("expected one of {known}").format(known=", ".join(LANGUAGES)))
        language = None
    if bandwidth not in BANDWIDTHS:
        reader.problem("bandwidth", _("expected one of {known}").format(known=", ".join(BANDWIDTHS)))
        bandwidth = "full"
    bell = reader.get("bell", bool, True)
    notify = reader.get("notify", bool, True)
    quiet: tuple[Interval, ...] = ()
    if (texts := reader.get("quiet_hours", list)) is not None:
        quiet = _quiet(reader, texts)
    idle_minutes = reader.get("idle_minutes", int, DEFAULT_MINUTES)
    if not 0 <= idle_minutes <= MOST_MINUTES:
        reader.problem("idle_minutes", _("expected minutes from 0 (never) to {most}").format(most=MOST_MINUTES))
        idle_minutes = DEFAULT_MINUTES
    wishes: tuple[KeyWish, ...] = ()
    if table := reader.get("keys", dict):
        from smdash.settings import keys

        wishes = keys.read(reader, table)
    reader.finish()
    lost = database is None and bool(reader.problems) and _may_name_database(parsed)
    return MemberSettings(
        database,
        theme,
        language,
        plain,
        color,
        emoji,
        mouse,
        title,
        bandwidth,
        bell,
        notify,
        quiet,
        idle_minutes,
        wishes,
        problems=tuple(reader.problems),
        database_lost=lost,
    )


def _quiet(reader: Reader, texts: list[object]) -> tuple[Interval, ...]:
    """Quiet hours; a night may go over midnight."""
    from smdash.core.worktime import DAY_MINUTES, Interval, parse_interval

    found: list[Interval] = []
    for text in texts:
        start, _dash, end = str(text).partition("-")
        try:
            if not isinstance(text, str) or not end:
                raise InputError(_("expected a list such as {example}").format(example='["22:00-07:00"]'))
            first = parse_interval(f"{start}-24:00")
            last = parse_interval(f"00:00-{end}")
        except InputError as problem:
            reader.problem("quiet_hours", str(problem))
            return ()
        if first.start < last.end:
            found.append(Interval(first.start, last.end))
        else:
            found += [Interval(first.start, DAY_MINUTES), Interval(0, last.end)]
    return tuple(found)


def _may_name_database(parsed: Parsed) -> bool:
    """Whether a broken or misspelt line was perhaps the database's."""
    import difflib

    keys = [*parsed.table, *(one.key for one in parsed.broken)]
    return not parsed.complete or bool(difflib.get_close_matches("database", keys, 1, 0.75))


def keep(key: str, value: str) -> Path:
    """Set a key of ``config.toml``, leave everything else in it as it is, and return the file. Raises SettingsError."""
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    # Of a link the file that it leads to is written, or the link would be a file afterwards.
    path = (paths.config_dir() / "config.toml").resolve()
    try:
        old = path.stat() if path.exists() else None
        document = tomlkit.parse(text_of(path) or "")
        document[key] = value
        files.replace(path, tomlkit.dumps(document), old.st_mode & 0o777 if old else 0o600)
    except OSError as problem:
        raise SettingsError([_("can't write {path}: {reason}").format(path=path, reason=why(problem))]) from problem
    except TOMLKitError as problem:
        raise SettingsError(
            [_("{path} is broken, so nothing was written to it; mend it first").format(path=path)]
        ) from problem
    return path
