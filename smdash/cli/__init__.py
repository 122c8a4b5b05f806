"""The command line. Commands live one module a noun and are imported only when they run."""

from __future__ import annotations

import os
import sys


def main() -> None:
    """Entry of the console script: choose the language, run the command, and end with one sentence on errors."""
    _open_streams()
    _choose_language(sys.argv[1:])
    from smdash.cli import quick

    short = quick.status if "status" in sys.argv[1:] else quick.dashboard
    if short(sys.argv[1:]):
        return
    from smdash.cli.app import run

    sys.exit(run(sys.argv[1:]))


def _open_streams() -> None:
    """Whatever the streams are (closed, of a small character set, of bytes that are no text), nothing may crash."""
    sys.stdin = sys.stdin or open(os.devnull, encoding="utf-8")  # noqa: SIM115, PTH123 (open until the end)
    sys.stdout = sys.stdout or open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        if reconfigure := getattr(stream, "reconfigure", None):
            reconfigure(errors="replace")


def _choose_language(arguments: list[str]) -> None:
    """click reads help texts when commands are made, so the language is known before they are imported."""
    from smdash import locale
    from smdash.settings import member

    asked = None
    for index, argument in enumerate(arguments):
        if argument == "--lang":
            asked = arguments[index + 1] if index + 1 < len(arguments) else None
        elif argument.startswith("--lang="):
            asked = argument.removeprefix("--lang=")
    try:
        own = member.read().language
    except Exception:  # noqa: BLE001 the command that needs the file reports it
        own = None
    locale.use(locale.pick(asked, own, locale.from_environment()))
