"""Opening the dashboard."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from smdash.cli.desk import Desk, logins
from smdash.core.errors import SettingsError
from smdash.settings import paths

if TYPE_CHECKING:
    from smdash.tui.app import DeskApp


def make_dashboard(desk: Desk, theme: str | None = None) -> DeskApp:
    """The dashboard with its first rows, ready to run. Raises SmdashError; nothing is drawn before that."""
    # Textual reads these when it is imported: no motion over ssh, and a key is drawn within 5 ms.
    os.environ.setdefault("TEXTUAL_ANIMATIONS", "none")
    os.environ.setdefault("TEXTUAL_FPS", "200")
    from smdash.tui import theme as themes
    from smdash.tui.app import DeskApp
    from smdash.tui.backend import Backend

    settings = desk.settings
    problems = list(settings.problems)
    try:
        palette = themes.load(theme or settings.theme or themes.DEFAULT)
    except SettingsError as problem:
        if theme is not None:
            raise
        # What stands in a file must not keep anybody from their work.
        problems += problem.problems
        palette = themes.load(themes.DEFAULT)
    login, real = logins()
    backend = Backend(
        desk.path,
        desk.clock,
        read_only=desk.read_only,
        login=login,
        real_login=real,
        name=paths.full_name(login),
        why_read_only=desk.why_read_only,
    )
    app = DeskApp(backend, palette, desk.clock, plain=settings.plain, problems=problems)
    app.prepare()
    return app
