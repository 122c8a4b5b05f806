"""What an account's sessions leave behind, in the service's own folder (0700), one file an account (0600).

Tokens that a network renews by itself can't live in ``sync.toml``, which is a person's, nor in the shared database.
"""

from __future__ import annotations

import asyncio
import fcntl
import hashlib
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from smdash.core.errors import SettingsError
from smdash.core.reasons import reason as why
from smdash.locale import gettext as _
from smdash.settings import files, paths
from smdash.settings.paths import make_private

# Longer than any session; what is longer was not written by smdash.
_MOST_BYTES = 100_000
# How often a lock that another process holds is asked for again, and for how long (seconds).
_POLL_S = 0.05
_PATIENCE_S = 60.0


class FileVault:
    """One account's text; see ``platforms.base.Vault``. Keep one object an account: its lock is the account's."""

    def __init__(self, database_id: str, platform: str, name: str) -> None:
        # A name may hold any letters and be long, so that it is not fit for a file's name.
        key = hashlib.sha256(name.encode()).hexdigest()[:16]
        self._folder = paths.state_dir() / database_id
        self._file = self._folder / f"session-{platform}-{key}"
        self._lock = asyncio.Lock()

    def load(self) -> str | None:
        """The text, or nothing. Raises SettingsError."""
        try:
            with self._file.open("rb") as opened:
                return opened.read(_MOST_BYTES).decode("utf-8", "replace")
        except FileNotFoundError:
            return None
        except OSError as problem:
            raise self._problem(problem) from None

    def save(self, text: str) -> None:
        """Replace the file in one step. Raises SettingsError."""
        try:
            self._make_folder()
            files.replace(self._file, text)
        except OSError as problem:
            # The cause is dropped: a crash report that printed its frames would print the text.
            raise self._problem(problem) from None

    def forget(self) -> None:
        """Take the file away. Raises SettingsError."""
        try:
            self._file.unlink(missing_ok=True)
        except OSError as problem:
            raise self._problem(problem) from None

    @asynccontextmanager
    async def alone(self) -> AsyncIterator[None]:
        """One renewal at a time, in this process and among processes (``account check`` beside the service)."""
        async with self._lock:
            try:
                self._make_folder()
                handle = os.open(f"{self._file}.lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
            except OSError as problem:
                raise self._problem(problem) from None
            try:
                await self._wait(handle)
                yield
            finally:
                os.close(handle)

    async def _wait(self, handle: int) -> None:
        """Until the lock is ours, or for a minute: two renewals at once are a waste, a service that hangs is worse."""
        for _turn in range(int(_PATIENCE_S / _POLL_S)):
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return
            except OSError:
                await asyncio.sleep(_POLL_S)

    def _make_folder(self) -> None:
        make_private(self._folder)
        if self._folder.stat().st_mode & 0o077:
            self._folder.chmod(0o700)

    def _problem(self, problem: OSError) -> SettingsError:
        return SettingsError(
            [
                _("can't keep the session in {path}: {reason}; set SMDASH_STATE_DIR to a folder of your own").format(
                    path=self._file, reason=why(problem)
                )
            ]
        )
