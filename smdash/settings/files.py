"""Writing a settings file in one step: a reader finds the old one or the new one, never half of one."""

from __future__ import annotations

import os
import re
import time
from contextlib import suppress
from pathlib import Path

from smdash.settings.paths import make_private

# A temporary file that is older was left by a process that was killed; no replacing takes that long (seconds).
LEFT_AFTER_S = 3600


def replace(file: Path, text: str, mode: int = 0o600) -> None:
    """Put *text* in the file's place; the folder is made where there is none. Raises OSError.

    What a killed process left of an earlier replacing goes too: it may hold a token that nobody looks after.
    """
    make_private(file.parent)
    _remove_left(file)
    temporary = file.with_name(f"{file.name}.{os.getpid()}.new")
    temporary.unlink(missing_ok=True)
    handle = os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600)
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


def _remove_left(file: Path) -> None:
    ours = re.compile(re.escape(file.name) + r"\.\d+\.new")
    with suppress(OSError):
        for one in file.parent.iterdir():
            if ours.fullmatch(one.name) and time.time() - one.lstat().st_mtime > LEFT_AFTER_S:
                one.unlink(missing_ok=True)
