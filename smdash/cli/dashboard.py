"""Opening the dashboard."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from smdash.cli.desk import Desk, logins
from smdash.settings import paths

if TYPE_CHECKING:
    from smdash.tui.keymap import Keymap


def open_dashboard(desk: Desk, theme: str | None = None) -> None:
    """Open the dashboard and return when the member leaves. Raises SmdashError before anything is drawn."""
    # Textual reads these when it is imported: no motion over ssh, and a key is drawn within 5 ms.
    os.environ.setdefault("TEXTUAL_ANIMATIONS", "none")
    os.environ.setdefault("TEXTUAL_FPS", "200")
    from smdash.tui import theme as themes
    from smdash.tui.app import DeskApp
    from smdash.tui.backend import Backend

    settings = desk.settings
    if theme is not None and theme not in (known := themes.names()):
        raise click.BadParameter(themes.unknown(theme, known), param_hint="--theme")
    palette, problems = themes.choose(theme or settings.theme)
    problems = (*settings.problems, *problems)
    keys: Keymap = {}
    if settings.keys:
        from smdash.tui import keymap

        keys, wrong = keymap.make(settings.keys)
        problems = (*problems, *wrong)
    login, real = logins()
    backend = Backend(
        desk.path,
        desk.clock,
        read_only=desk.read_only,
        login=login,
        real_login=real,
        name=paths.full_name(login),
    )
    app = DeskApp(backend, palette, desk.clock, plain=settings.plain, keys=keys, problems=problems)
    app.prepare()
    app.run()
