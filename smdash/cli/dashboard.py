"""Opening the dashboard."""

from __future__ import annotations

import os

from smdash.cli.desk import Desk, logins
from smdash.settings import paths


def open_dashboard(desk: Desk, theme: str | None = None) -> None:
    """Open the dashboard and return when the member leaves. Raises SmdashError before anything is drawn."""
    # Textual reads these when it is imported: no motion over ssh, and a key is drawn within 5 ms.
    os.environ.setdefault("TEXTUAL_ANIMATIONS", "none")
    os.environ.setdefault("TEXTUAL_FPS", "200")
    settings = desk.settings
    if settings.bandwidth == "low" and os.environ.get("COLORTERM") in ("truecolor", "24bit"):
        # A colour of 256 costs half the bytes of one of sixteen million.
        os.environ.setdefault("TEXTUAL_COLOR_SYSTEM", "256")
    from smdash.tui import cells, terminal
    from smdash.tui import theme as themes
    from smdash.tui.app import DeskApp
    from smdash.tui.backend import Backend

    cells.keep_emoji(settings.emoji)
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
    options = terminal.options(
        os.environ,
        color=settings.color,
        plain=settings.plain,
        emoji=settings.emoji,
        mouse=settings.mouse,
        title=settings.title,
        low=settings.bandwidth == "low",
    )
    app = DeskApp(backend, palette, desk.clock, options)
    app.prepare()
    terminal.check(os.environ, is_terminal=os.isatty(0) and os.isatty(2))
    app.run(mouse=options.mouse)
    app.end()
