"""Where a bug ends: its traceback in a private file, one plain sentence on stderr.

The traceback holds no locals, and what looks like a secret is hidden: people send such files on.
"""

from __future__ import annotations

import os
import platform
import traceback
from datetime import UTC, datetime
from pathlib import Path

from smdash import __version__
from smdash.core.reasons import reason as why
from smdash.core.text import clean
from smdash.locale import gettext as _
from smdash.settings import paths

# How many reports are kept.
KEPT = 5
# Characters of a report, and of one of its lines: a message may quote a whole text.
_LONGEST = 60_000
_LONGEST_LINE = 500
# A line longer than this is not quoted at all: it would be searched for secrets for seconds.
_UNREAD = 100_000


def report(error: BaseException) -> str:
    """Keep what is needed to mend the bug, and return the sentence that tells of it."""
    try:
        path = _write(_words(error))
    except OSError as problem:
        return _("smdash met a bug ({kind}) and stopped; the report could not be written: {reason}").format(
            kind=type(error).__name__, reason=why(problem)
        )
    return _("smdash met a bug ({kind}) and stopped; please pass on the report in {path}").format(
        kind=type(error).__name__, path=path
    )


def _words(error: BaseException) -> str:
    from smdash.platforms.redact import scrub

    told = "".join(traceback.format_exception(error))
    whole = "\n".join(line if len(line) <= _UNREAD else f"[{len(line)} characters]" for line in told.split("\n"))
    # Secrets go first: a cut through the middle of one would hide it from the redaction.
    told = scrub(whole)
    lines = [line if len(line) <= _LONGEST_LINE else line[:_LONGEST_LINE] + "…" for line in told.split("\n")]
    head = f"smdash {__version__}, Python {platform.python_version()}, {platform.system()} {platform.release()}"
    text = "\n".join([head, *lines])
    # The end of a traceback says most.
    return clean(text if len(text) <= _LONGEST else text[:1_000] + "\n…\n" + text[-_LONGEST:], limit=2 * _LONGEST)


def _write(text: str) -> Path:
    folder = paths.state_dir()
    paths.make_private(folder)
    name = f"crash-{datetime.now(UTC):%Y%m%dT%H%M%S.%f}-{os.getpid()}.txt"
    handle = os.open(folder / name, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8", errors="replace") as out:
        out.write(text)
    for old in sorted(folder.glob("crash-*.txt"))[:-KEPT]:
        old.unlink(missing_ok=True)
    return folder / name
