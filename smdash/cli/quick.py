"""The short ways to ``smdash status`` and to the dashboard: no command-line library is imported for them."""

from __future__ import annotations

import gc
import os
import sys
from pathlib import Path

from smdash.cli.desk import Desk
from smdash.locale import LANGUAGES


def status(arguments: list[str]) -> bool:
    """Print the line and end the process; false leaves odd arguments and all errors to the long way."""
    from smdash.cli import prompt

    gc.disable()
    asked = prompt.desk_of(arguments)
    if asked is None:
        return False
    try:
        words = prompt.line(*asked)
    except Exception:  # noqa: BLE001 the long way meets it again and says it in a sentence
        gc.enable()
        return False
    try:
        print(words, flush=True)  # noqa: T201 (click is what this avoids)
    except OSError:
        return False
    # Nothing is left to close, and taking the interpreter down costs as much as reading the file did.
    os._exit(0)


def dashboard(arguments: list[str]) -> bool:
    """Open the dashboard; false leaves every command, odd arguments and all errors to the long way."""
    database: str | None = None
    theme: str | None = None
    read_only = False
    rest = iter(arguments)
    for argument in rest:
        if argument == "--read-only":
            read_only = True
            continue
        value = next(rest, None) if argument in ("--db", "--theme", "--lang") else None
        if value is None or (argument == "--lang" and value not in LANGUAGES):
            return False
        if argument == "--db":
            database = value
        elif argument == "--theme":
            theme = value
    from smdash.cli.dashboard import make_dashboard, run_dashboard

    try:
        app = make_dashboard(Desk(Path(database) if database else None, read_only=read_only), theme)
    except Exception:  # noqa: BLE001 the long way meets it again and says it in a sentence
        return False
    try:
        run_dashboard(app)
    except Exception as bug:  # noqa: BLE001 whatever it is, a person gets one sentence
        from smdash.cli import crash, output

        output.error(crash.report(bug))
        sys.exit(1)
    return True
