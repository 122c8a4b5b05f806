"""How an adapter's errors come to be: one clean printable line, without a secret.

Every PlatformError of this room is made here, because its message ends on a screen and in a log.
"""

from __future__ import annotations

from datetime import datetime

from smdash.core.errors import ErrorKind, PlatformError
from smdash.core.text import clean, one_line
from smdash.platforms.redact import scrub

MESSAGE_LIMIT = 600
QUOTE_LIMIT = 200


def problem(kind: ErrorKind, message: str, *, retry_at: datetime | None = None, arrived: bool = True) -> PlatformError:
    """A PlatformError whose *message* is one line, cleaned and without secrets."""
    line = one_line(clean(scrub(message), limit=MESSAGE_LIMIT))
    # A server's words may hold characters that no Unicode has yet.
    shown = line if line.isprintable() else "".join(one if one.isprintable() else "\ufffd" for one in line)
    return PlatformError(kind, shown, retry_at=retry_at, arrived=arrived)


def quote(text: str) -> str:
    """A server's own words, fit to stand inside our sentence: one line, at most 200 characters."""
    # Secrets go first: a cut through the middle of one would hide it from the redaction.
    return one_line(clean(scrub(text[: 4 * QUOTE_LIMIT]), limit=QUOTE_LIMIT))
