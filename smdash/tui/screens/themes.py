"""Choosing a theme: the look follows the cursor, enter keeps it, escape puts the old one back."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from smdash.core.errors import SettingsError
from smdash.locale import gettext as _
from smdash.locale import ngettext
from smdash.settings import member
from smdash.tui import theme as themes
from smdash.tui.screens.picker import Choice, Picker

if TYPE_CHECKING:
    from smdash.tui.app import DeskApp


def ask_for_theme(app: DeskApp) -> None:
    """Open the list of themes; those that can't be used are left out and said."""
    before = app.palette
    usable, problems = themes.all_themes()
    known = {palette.name: palette for palette in usable}
    # The one in use stays as it is, even where its file has changed or gone since.
    known[before.name] = before

    def look(name: str) -> None:
        app.use_theme(known[name])

    def chosen(name: str | None) -> None:
        app.use_theme(known[name] if name is not None else before)
        if name is not None:
            app.spawn(keep(app, name))

    choices = [Choice(palette.name, palette.label, _ground(palette)) for palette in known.values()]
    app.push_screen(Picker(_("Which theme?"), choices, before.name, look), chosen)
    if problems:
        n = len(problems)
        words = ngettext("{n} theme problem: {first}", "{n} theme problems: {first}", n).format(n=n, first=problems[0])
        app.desk.strip.say(words, "warning", 10.0)


def _ground(palette: themes.Palette) -> str:
    return _("dark") if palette.dark else _("light")


async def keep(app: DeskApp, name: str) -> None:
    """Write the theme into ``config.toml`` and say whether it was kept."""
    try:
        file = await asyncio.to_thread(member.keep, "theme", name)
    except SettingsError as problem:
        app.say(_("theme {name}, until you leave: {problem}").format(name=name, problem=problem), "warning")
        return
    app.say(_("theme {name}, kept in {path}").format(name=name, path=file))
