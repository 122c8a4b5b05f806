"""One root for what a person can mend; anything else is a bug and may crash.

A message is one plain sentence that names the file, line or field and says what is expected.
sqlite, HTTP and OS errors are translated into these where they enter.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum


class SmdashError(Exception):
    """Root of the errors that end in one sentence on the screen or on stderr."""


class InputError(SmdashError):
    """A value that somebody typed or sent is not usable."""


class SettingsError(SmdashError):
    """One or more problems in a settings file, each with its place."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


class Refused(SmdashError):
    """The thing asked for is well formed, but the state of the desk forbids it."""


class TakenOver(Refused):
    """Another service works for this database now."""


class StoreError(SmdashError):
    """The shared file can't be used as asked."""


class StoreMissing(StoreError):
    """There is no database at this path."""


class StoreForeign(StoreError):
    """The file is not a smdash database."""


class StoreNewer(StoreError):
    """The file was written by a newer smdash."""


class StoreDamaged(StoreError):
    """SQLite can't read the file."""


class StoreBusy(StoreError):
    """Somebody held the write lock for longer than the busy timeout."""


class StoreReadOnly(StoreError):
    """The file, its folder or this connection may not be written."""


class StoreFull(StoreError):
    """The disk has no room."""


class StoreReplaced(StoreError):
    """The path now leads to another file than the one that was opened."""


class ErrorKind(StrEnum):
    """The kinds that every network's errors are sorted into."""

    AUTH = "auth"
    PERMISSION = "permission"
    RATE = "rate"
    QUOTA = "quota"
    DUPLICATE = "duplicate"
    REJECTED = "rejected"
    GONE = "gone"
    NETWORK = "network"
    SERVER = "server"
    UNKNOWN = "unknown"


class PlatformError(SmdashError):
    """A network said no, or said nothing.

    ``retry_at`` (UTC) is set when the network named the earliest time for another call. ``arrived`` is false only where
    the network surely did nothing of what was asked: of anything else a write may be done.
    """

    def __init__(
        self, kind: ErrorKind, message: str, *, retry_at: datetime | None = None, arrived: bool = True
    ) -> None:
        super().__init__(message)
        self.kind = kind
        self.retry_at = retry_at
        self.arrived = arrived
        # What kept the call from being answered, where that is known: "name", "refused", "tls", "private", "time" or
        # "redirects".
        self.reason = ""

    @property
    def needs_person(self) -> bool:
        """Whether waiting can't mend it."""
        return self.kind in (ErrorKind.AUTH, ErrorKind.PERMISSION, ErrorKind.GONE, ErrorKind.REJECTED)
