"""``smdash team``: show, edit, import, export. The settings are TOML outside and rows of the database inside."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from smdash.cli import output
from smdash.cli.desk import Desk
from smdash.cli.options import as_json
from smdash.core import labels
from smdash.core.errors import InputError, SettingsError, SmdashError
from smdash.core.reasons import reason as why
from smdash.locale import gettext as _

if TYPE_CHECKING:
    from smdash.core.query import Names
    from smdash.core.team import TeamSettings
    from smdash.settings.editor import Draft

# What a goal or slot can be for.
_FOR = ("kind", "platform", "priority", "account", "category", "days")


@click.group(help=_("The team's settings: zone, hours, holidays, goals, rules, activities, mix."))
def command() -> None:
    pass


@command.command("show", help=_("The settings."))
@as_json
@click.pass_obj
def show(desk: Desk, as_json: bool) -> None:
    from smdash.core import team
    from smdash.settings import team as toml

    found, _names = _present(desk)
    if as_json:
        output.dump(team.plain(found))
    else:
        output.say(toml.write(found).rstrip("\n"))


@command.command("export", help=_("Write the settings as TOML into a file, or to stdout."))
@click.argument("target", metavar="[FILE]", type=click.Path(path_type=Path), required=False)
@click.option("--force", is_flag=True, help=_("write over a file that is there"))
@click.pass_obj
def export(desk: Desk, target: Path | None, force: bool) -> None:
    from smdash.settings import team as toml

    text = toml.write(_present(desk)[0])
    if target is None or str(target) == "-":
        sys.stdout.write(text)
        return
    try:
        with target.open("w" if force else "x", encoding="utf-8") as out:
            out.write(text)
    except FileExistsError as problem:
        raise InputError(_("{path} is there already; add --force to write over it").format(path=target)) from problem
    except OSError as problem:
        raise InputError(_("can't write {path}: {problem}").format(path=target, problem=why(problem))) from problem
    output.say(_("the team's settings are in {path}").format(path=target))


@command.command("import", help=_("Take the settings from a TOML file, or from stdin with -."))
@click.argument("source", metavar="FILE|-")
@click.option("--dry-run", is_flag=True, help=_("only say what would change"))
@click.pass_obj
def import_(desk: Desk, source: str, dry_run: bool) -> None:
    from smdash.settings import team as toml
    from smdash.store import goals, rules, team_settings

    text, name = settings_text(source)
    if dry_run:
        present, names = _present(desk)
        wanted = toml.read(text, name, present, names)
        _tell(present, wanted, dry_run=True)
        _tell_rest(desk, present, wanted)
        return
    desk.refuse_read_only()
    with desk.store.writing() as conn:
        present = team_settings.read(conn)
        wanted = toml.read(text, name, present, rules.names(conn))
        if wanted != present:
            team_settings.write(conn, desk.actor(conn), desk.clock.now(), wanted, verb="import")
    goals.catch_up(desk.store)
    _tell(present, wanted)
    _tell_rest(desk, present, wanted)


@command.command("edit", help=_("Open the settings in your editor (VISUAL, else EDITOR)."))
@click.pass_obj
def edit(desk: Desk) -> None:
    from smdash.settings import team as toml
    from smdash.settings.editor import Draft
    from smdash.store import goals, team_settings

    desk.refuse_read_only()
    seen, names = _present(desk)
    written = toml.write(seen)
    draft = Draft(written, "team")
    try:
        wanted = _edited(draft, written, seen, names)
        if wanted is not None:
            with desk.store.writing() as conn:
                team_settings.write(conn, desk.actor(conn), desk.clock.now(), wanted, verb="edit", seen=seen)
            goals.catch_up(desk.store)
    except BaseException as problem:
        _keep(draft, written)
        if isinstance(problem, click.Abort):
            raise click.exceptions.Exit(1) from problem
        raise
    draft.discard()
    if wanted is not None:
        _tell(seen, wanted)
        _tell_rest(desk, seen, wanted)
    else:
        output.say(_("nothing was changed"))


def _edited(draft: Draft, written: str, seen: TeamSettings, names: Names) -> TeamSettings | None:
    """The settings as the member leaves them, or nothing where the text is as it was.

    Mistakes are shown all at once, and the editor is offered again. Raises click's Abort when that is declined.
    """
    from smdash.settings import team as toml

    while True:
        draft.edit()
        try:
            text = draft.text()
            return None if text == written else toml.read(text, str(draft.path), seen, names)
        except SettingsError as problem:
            output.error(str(problem))
        click.confirm(_("edit again?"), default=True, abort=True, err=True)


def _keep(draft: Draft, written: str) -> None:
    """What somebody typed is not lost, whatever went wrong."""
    try:
        if draft.text() == written:
            draft.discard()
            return
    except SmdashError:
        if not draft.path.exists():
            return
    output.note(
        _("what you wrote is kept in {path}; take it in with: smdash team import {path}").format(path=draft.path)
    )


def _present(desk: Desk) -> tuple[TeamSettings, Names]:
    """The settings, and the names that their rules can mean."""
    from smdash.store import rules, team_settings

    with desk.store.reading() as conn:
        return team_settings.read(conn), rules.names(conn)


def settings_text(source: str) -> tuple[str, str]:
    """The text of a file or of stdin, and its name in sentences. Raises SettingsError."""
    from smdash.settings.toml import text_of

    if source == "-":
        name = _("stdin")
        try:
            return sys.stdin.buffer.read().decode("utf-8-sig"), name
        except UnicodeDecodeError as problem:
            raise SettingsError([_("{path} is not UTF-8 text").format(path=name)]) from problem
    found = text_of(Path(source))
    if found is None:
        raise SettingsError([_("can't read {path}: {reason}").format(path=source, reason=_("there is no such file"))])
    return found, source


def _tell(before: TeamSettings, after: TeamSettings, *, dry_run: bool = False) -> None:
    """A line for each thing that changed."""
    from smdash.core import team

    names = team.changed(before, after)
    old, new = team.plain(before), team.plain(after)
    if not names:
        output.say(_("nothing would change") if dry_run else _("nothing was changed"))
    for name in names:
        for line in _differences(labels.setting(name), old[name], new[name]):
            output.say(line)


def _tell_rest(desk: Desk, before: TeamSettings, after: TeamSettings) -> None:
    """What another rule of approval leaves as it is, where there is any."""
    from smdash.core.approval import Policy
    from smdash.store import approving

    old, new = (Policy(one.approval, one.approvers) for one in (before, after))
    # Another number counts where several have to approve, and nowhere else.
    if (old.mode, old.needed) == (new.mode, new.needed):
        return
    with desk.store.reading() as conn:
        found = approving.rest(conn, new)
    for line in approving.rest_words(found, new):
        output.say(line)


def _differences(name: str, old: object, new: object) -> list[str]:
    if _are_tables(old) or _are_tables(new):
        old, new = _by_head(old), _by_head(new)
    if not isinstance(old, dict) or not isinstance(new, dict):
        return [f"{name}: {_value(old)} → {_value(new)}"]
    keys = [*old, *(key for key in new if key not in old)]
    lines = [
        f"{name}, {key}: {_value(old.get(key))} → {_value(new.get(key))}"
        for key in keys
        if old.get(key) != new.get(key)
    ]
    return lines or [_("{name}: another order").format(name=name)]


def _are_tables(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(one, dict) for one in value)


def _by_head(value: object) -> dict[str, object]:
    """Goals, rules and slots by what tells them apart: a rule's name, or what a goal or slot is for."""
    found: dict[str, object] = {}
    for one in value if isinstance(value, list) else ():
        rest = dict(one)
        head = rest.pop("name", None) or ", ".join(_value(rest.pop(key)) for key in _FOR if key in rest)
        found[str(head)] = "; ".join(key if part is True else f"{key} {_value(part)}" for key, part in rest.items())
    return found


def _value(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()  # as the file says it
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return "–" if value in (None, "") else str(value)
