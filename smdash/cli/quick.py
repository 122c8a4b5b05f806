"""The short way to ``smdash status``: no command-line library is imported for it."""

from __future__ import annotations

import gc
import os

from smdash.cli import prompt


def status(arguments: list[str]) -> bool:
    """Print the line and end the process; false leaves odd arguments and all errors to the long way."""
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
