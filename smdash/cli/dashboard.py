"""Opening the dashboard."""

from __future__ import annotations

import os

from smdash.cli.desk import Desk, logins
from smdash.settings import paths


def open_dashboard(desk: Desk, theme: str | None = None) -> None:
    """Open the dashboard and return when the member leaves.

    Raises SmdashError before anything is drawn, and whatever ended the dashboard once the terminal is put back.
    """
    # Textual reads these when it is imported: no motion over ssh, and a key is drawn within 5 ms.
    os.environ.setdefault("TEXTUAL_ANIMATIONS", "none")
    os.environ.setdefault("TEXTUAL_FPS", "200")
    from smdash.tui import theme as themes
    from smdash.tui.app import DeskApp
    from smdash.tui.backend import Backend

    settings = desk.settings
    palette = themes.load(theme or settings.theme or themes.DEFAULT)
    login, real = logins()
    backend = Backend(
        desk.path,
        desk.clock,
        read_only=desk.read_only,
        login=login,
        real_login=real,
        name=paths.full_name(login),
    )
    app = DeskApp(backend, palette, desk.clock, plain=settings.plain)
    app.prepare()
    app.run()
    if app.crash is not None:
        raise app.crash
