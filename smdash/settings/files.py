"""Writing a settings file in one step: a reader finds the old one or the new one, never half of one."""

from __future__ import annotations

import os
from pathlib import Path

from smdash.settings.paths import make_private


def replace(file: Path, text: str, mode: int = 0o600) -> None:
    """Put *text* in the file's place; the folder is made where there is none. Raises OSError."""
    make_private(file.parent)
    temporary = file.with_name(f"{file.name}.{os.getpid()}.new")
    handle = os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    try:
        os.fchmod(handle, mode)
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as out:
            out.write(text)
            out.flush()
            os.fsync(out.fileno())
        temporary.replace(file)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
