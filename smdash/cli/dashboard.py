"""Opening the dashboard."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from smdash.cli.desk import Desk, logins
from smdash.settings import paths

if TYPE_CHECKING:
    from smdash.tui.app import DeskApp
    from smdash.tui.keymap import Keymap


def make_dashboard(desk: Desk, theme: str | None = None) -> DeskApp:
    """The dashboard with its first rows, ready to run. Raises SmdashError; nothing is drawn before that."""
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
    if theme is not None and theme not in (known := themes.names()):
        import click

        raise click.BadParameter(themes.unknown(theme, known), param_hint="--theme")
    palette, wrong = themes.choose(theme or settings.theme)
    problems = [*settings.problems, *wrong]
    keys: Keymap = {}
    if settings.keys:
        from smdash.tui import keymap

        keys, misfits = keymap.make(settings.keys)
        problems += misfits
    login, real = logins()
    backend = Backend(
        desk.path,
        desk.clock,
        read_only=desk.read_only,
        login=login,
        real_login=real,
        name=paths.full_name(login),
        why_read_only=desk.why_read_only,
        looks_back=desk.looks_back,
    )
    options = terminal.options(
        os.environ,
        color=settings.color,
        plain=settings.plain,
        emoji=settings.emoji,
        mouse=settings.mouse,
        title=settings.title,
        low=settings.bandwidth == "low",
        bell=settings.bell,
        notify=settings.notify,
        quiet_hours=settings.quiet_hours,
        idle_minutes=settings.idle_minutes,
    )
    app = DeskApp(backend, palette, desk.clock, options, keys=keys, problems=problems)
    app.prepare()
    terminal.check(os.environ, is_terminal=os.isatty(0) and os.isatty(2))
    return app


def run_dashboard(app: DeskApp) -> None:
    """Return when the member leaves. Raises whatever ended the dashboard, once the terminal is put back.

    Raises SystemExit with the code of the signal that ended it.
    """
    app.run(mouse=app.terminal.mouse)
    if app.crash is not None:
        raise app.crash
    app.end()
